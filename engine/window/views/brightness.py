"""How bright a unit is shown: 0 for what it says of nothing, 1 for the most that it says of real pictures."""

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from engine.photographs import photograph
from engine.values import Percept
from engine.vision.letterbox import Placement  # the one with which the eyes bend a frame to the network

RELEASE = 3.0  # seconds in which a ceiling forgets most of a peak (to 1/e)
SETTLE = 1.5  # seconds in which a background follows most of a change
QUIET = 0.25  # a ceiling is at least this part of the layer's median one
EVEN = (
    0.3  # what stands out from its background by less than this part of the ceiling is not brought to full brightness
)
SURE = 0.02  # what is less above the background than this part of the ceiling is nothing: a half's rounding
PICTURES = ("astronaut", "chelsea", "coffee", "rocket", "camera")


class Brightness:
    """Callable: (percept, tap) -> a layer's maps as brightness, (C, H, W) float32 in 0..1 on their device.

    With units, (n,), those maps alone, (n, H, W): what is not shown costs nothing, and is followed from where it was.

    What a unit says of a black picture is subtracted, and so is its mean over the picture, followed slowly: an even
    field is dark, whatever the light. A unit's ceiling jumps up with its peak and sinks back within seconds, but never
    below what it reaches on photographs: black and noise stay dark. network is the plain feature network that the
    maps came from; without one there is no black and no photograph to know of.
    """

    def __init__(self, network: nn.Module | None = None):
        self.network = network
        self.shape, self.black, self.least = (), {}, {}
        self.followed: dict[str, tuple[np.ndarray, ...]] = {}  # times, grounds and peaks of units by tap
        self.quiet: dict[str, float] = {}  # the least ceiling of a layer's units, as when it was last seen whole

    @torch.inference_mode()
    def __call__(self, percept: Percept, tap: str, units: np.ndarray | None = None) -> Tensor:
        if self.network is not None and percept.frame.pixels.shape != self.shape:
            self.learn(percept.frame.pixels.shape)
        maps, black, chosen = percept.maps[tap], self.black.get(tap), slice(None) if units is None else units
        count, there = len(maps), chosen if units is None else torch.from_numpy(units).to(maps.device)
        black = 0.0 if black is None or black.shape != maps.shape else black.to(maps.device)[there]
        maps = torch.nan_to_num_(maps[there].float() - black, 0.0, 0.0, 0.0).clamp_min_(0)  # inf must not stay
        ground, peak = self.follow(tap, percept.frame.time, maps, chosen, count)
        least = self.least.get(tap)
        if least is not None and len(least) == count:
            peak = np.maximum(peak, least[chosen])
        if units is None:
            self.quiet[tap] = max(QUIET * float(np.median(peak)), 1e-6)
        peak = np.maximum(peak, self.quiet.get(tap, 1e-6))
        floor = ground + SURE * peak
        floor, span = torch.from_numpy(np.stack((floor, np.maximum(peak - floor, EVEN * peak)))).to(maps.device)
        return maps.sub_(floor[:, None, None]).div_(span[:, None, None]).clamp_(0, 1)

    def follow(self, tap: str, time: float, maps: Tensor, chosen, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Background and peak of each of the chosen of so many units, after their maps: a background goes after the
        mean slowly, a peak jumps up and sinks slowly."""
        times, ground, peak = self.followed.get(tap, ((), (), ()))
        if len(times) != count:
            times, ground, peak = np.full(count, -np.inf), *np.zeros((2, count), np.float32)
        passed = np.maximum(0.0, time - times[chosen])
        mean, most = torch.stack((maps.mean((1, 2)), maps.amax((1, 2)))).cpu().numpy()
        times[chosen] = time
        ground[chosen] = mean + (ground[chosen] - mean) * np.exp(-passed / SETTLE)
        peak[chosen] = np.maximum(most, most + (peak[chosen] - most) * np.exp(-passed / RELEASE))
        self.followed[tap] = times, ground, peak
        return ground[chosen], peak[chosen]

    def learn(self, shape: tuple[int, ...]) -> None:
        """What each unit says of black, and its mean peak over the photographs, for frames of this shape."""
        self.shape = shape
        canvas = Placement.stretched(shape[:2], self.network).canvas
        weight = next(self.network.parameters())
        pictures = np.stack([np.zeros((*canvas, 3), np.uint8), *(
            cv2.resize(picture, canvas[::-1], interpolation=cv2.INTER_AREA) for picture in map(photograph, PICTURES))])
        pictures = torch.from_numpy(pictures).to(weight.device, weight.dtype).mul_(1 / 255).permute(0, 3, 1, 2)
        taps, _ = self.network(pictures)
        self.black = {tap: maps[0].float() for tap, maps in taps.items()}
        self.least = {tap: (maps[1:].float() - maps[:1].float()).amax((2, 3)).mean(0).cpu().numpy()
                      for tap, maps in taps.items()}
