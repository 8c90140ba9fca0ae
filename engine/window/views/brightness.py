"""How bright a unit is shown: 0 for what it says of nothing, 1 for the most that it says of real pictures."""

import cv2
import numpy as np
import torch
from numba import njit, types
from numba.types import f4, i8, u2, u4
from torch import Tensor, nn

from engine.photographs import photograph
from engine.values import Percept
from engine.vision.letterbox import Placement  # the one with which the eyes bend a frame to the network
from engine.vision.summary import bits_of

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
        maps, chosen = percept.maps[tap], slice(None) if units is None else units
        count, black = len(maps), self.black.get(tap)
        if black is None or black.shape != maps.shape:
            black = torch.zeros(maps.shape)
        black = self.black[tap] = black.to(maps.device)  # a frozen picture's maps are on the processor
        here = maps.device.type == "cpu"
        maps, mean, most = (rise_here if here else rise_there)(maps, black, units)
        ground, peak = self.follow(tap, percept.frame.time, mean, most, chosen, count)
        least = self.least.get(tap)
        if least is not None and len(least) == count:
            peak = np.maximum(peak, least[chosen])
        if units is None:
            self.quiet[tap] = max(QUIET * float(np.median(peak)), 1e-6)
        peak = np.maximum(peak, self.quiet.get(tap, 1e-6))
        floor = ground + SURE * peak
        span = np.maximum(peak - floor, EVEN * peak)
        if here:
            level(maps.permute(1, 2, 0).numpy(), floor, span)
            return maps
        floor, span = torch.from_numpy(np.stack((floor, span))).to(maps.device)
        return maps.sub_(floor[:, None, None]).div_(span[:, None, None]).clamp_(0, 1)

    def follow(self, tap: str, time: float, mean, most, chosen, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Background and peak of each of the chosen of so many units, after the mean and the highest of their maps: a
        background goes after the mean slowly, a peak jumps up and sinks slowly."""
        times, ground, peak = self.followed.get(tap, ((), (), ()))
        if len(times) != count:
            times, ground, peak = np.full(count, -np.inf), *np.zeros((2, count), np.float32)
        passed = np.maximum(0.0, time - times[chosen])
        times[chosen] = time
        ground[chosen] = mean + (ground[chosen] - mean) * np.exp(-passed / SETTLE)
        peak[chosen] = np.maximum(most, most + (peak[chosen] - most) * np.exp(-passed / RELEASE))
        self.followed[tap] = times, ground, peak
        return ground[chosen], peak[chosen]

    def learn(self, shape: tuple[int, ...]) -> None:
        """What each unit says of black, and its mean peak over the photographs, for frames of this shape."""
        self.shape = shape
        canvas = Placement.stretched(shape[:2], self.network).canvas
        weight = next(self.network.parameters(), torch.zeros(0))  # a network may have none
        pictures = np.stack([np.zeros((*canvas, 3), np.uint8), *(
            cv2.resize(picture, canvas[::-1], interpolation=cv2.INTER_AREA) for picture in map(photograph, PICTURES))])
        pictures = torch.from_numpy(pictures).to(weight.device, weight.dtype).mul_(1 / 255).permute(0, 3, 1, 2)
        taps, _ = self.network(pictures)
        self.black = {tap: maps.float().contiguous(memory_format=torch.channels_last)[0] for tap, maps in taps.items()}
        self.least = {tap: (maps[1:].float() - maps[:1].float()).amax((2, 3)).mean(0).cpu().numpy()
                      for tap, maps in taps.items()}


def rise_there(maps: Tensor, black: Tensor, units: np.ndarray | None) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """Maps, or those of some units, above what they are of black, with the mean and the highest of each."""
    there = slice(None) if units is None else torch.from_numpy(units).to(maps.device)
    maps = torch.nan_to_num_(maps[there].float() - black[there], 0.0, 0.0, 0.0).clamp_min_(0)  # inf must not stay
    return maps, *torch.stack((maps.mean((1, 2)), maps.amax((1, 2)))).cpu().numpy()


def rise_here(maps: Tensor, black: Tensor, units: np.ndarray | None) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """The same on the processor, in one go."""
    units = np.arange(len(maps)) if units is None else units
    risen, ends = np.empty((*maps.shape[1:], len(units)), np.float32), np.empty((2, len(units)), np.float32)
    rise(*bits_of(maps), units.astype(np.int64), black.permute(1, 2, 0).contiguous().numpy(), risen, ends)
    return torch.from_numpy(risen).permute(2, 0, 1), *ends


@njit([types.void(bits[:, :, ::1], i8, i8[::1], f4[:, :, ::1], f4[:, :, ::1], f4[:, ::1]) for bits in (u2, u4)],
      cache=True, error_model="numpy")
def rise(bits, shift, units, black, risen, ends):
    """Write how far the units of maps (see bits_of) are above black: risen (height, width, units), ends (2, units)."""
    height, width, channels = bits.shape
    words = np.empty(channels, np.uint32)
    total, most = np.zeros(len(units), np.float32), np.zeros(len(units), np.float32)
    line = words.view(np.float32)
    for y in range(height):
        for x in range(width):
            now, dark, here = bits[y, x], black[y, x], risen[y, x]
            for c in range(channels):
                words[c] = np.uint32(now[c]) << shift
            for c in range(channels):
                line[c] -= dark[c]
            if len(units) == channels:  # all of them
                for k in range(channels):
                    here[k] = line[k]
            else:
                for k in range(len(units)):
                    here[k] = line[units[k]]
            for k in range(len(units)):
                here[k] = here[k] if 0 < here[k] < np.inf else np.float32(0)
            for k in range(len(units)):
                total[k] += here[k]
            for k in range(len(units)):
                most[k] = max(most[k], here[k])
    ends[0], ends[1] = total / (height * width), most


@njit(types.void(f4[:, :, ::1], f4[::1], f4[::1]), cache=True, error_model="numpy")
def level(maps, floor, span):
    """Bring maps (height, width, units) into 0..1, each from its floor on and over its span."""
    for y in range(maps.shape[0]):
        for x in range(maps.shape[1]):
            here = maps[y, x]
            for k in range(len(floor)):
                here[k] = min(max((here[k] - floor[k]) / span[k], np.float32(0)), np.float32(1))
