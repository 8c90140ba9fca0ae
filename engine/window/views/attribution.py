"""Why: the places of the picture that speak for what the network says, as light on the picture."""

from contextlib import contextmanager

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from engine.values import LIKELY, Percept, Scene
from engine.window.colours import DIM, TEXT
from engine.window.text import BOLD, write
from engine.window.views.glow import glow, grey_of
from engine.window.views.second_pass import STRIDES, SecondPass
from engine.window.views.tiles import crop
from engine.window.views.view import ViewParameters, at_most, black

HOLD = 0.35  # seconds in which the light follows most of a change
USUAL = 0.6  # of all places, those that speak least, are dark: else a guess that is hardly sure lights everything
SURE = 0.2  # the class of a guess is held until another is this much likelier
MOST = 1280 * 720


class Attribution:
    """The view. parameters.target: "class" is the likeliest guess, "unit" the chosen one, "layer" the chosen layer as a
    whole, "object" the oldest that is there, which is what the network feels where that is.

    The broad light is Grad-CAM (Selvaraju et al. 2017) on the layer before what is asked about, its gradients place
    by place (Draelos and Carin 2020), for an object is somewhere; the fine light on it is the picture's gradient by
    guided backpropagation (Springenberg et al. 2014). Both follow over time.
    """

    def __init__(self, second_pass: SecondPass):
        self.second_pass = second_pass
        self.label, self.time = None, 0.0
        self.broad = self.fine = None

    def __call__(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> np.ndarray:
        size = at_most(MOST, parameters.size)
        if self.second_pass.plain is None:
            return black(size)
        title, score = self.target(percept, scene, parameters)
        broad, fine = self.gradients(percept, scene, parameters)
        kept = float(np.exp(-max(0.0, percept.frame.time - self.time) / HOLD))
        self.time = percept.frame.time
        if self.broad is None or self.broad.shape != broad.shape or self.fine.shape != fine.shape:
            self.broad, self.fine = broad, fine
        self.broad += (broad - self.broad) * (1 - kept)
        self.fine += (fine - self.fine) * (1 - kept)
        light = self.light(percept.frame.pixels.shape[:2], size, parameters)
        grey = grey_of(percept.frame.pixels, size, parameters.mirror)
        picture = glow(light, grey, parameters.palette, max(parameters.under, 0.2))
        if parameters.labels:
            text = max(12, size[1] // 16)
            write(picture, title, (size[0] // 32, size[1] - size[0] // 32), text, TEXT, BOLD, (0, 1))
            if score is not None:
                write(
                    picture, f"{score:.0%}", (size[0] - size[0] // 32, size[1] - size[0] // 32), text, DIM, BOLD, (1, 1)
                )
        return picture

    def target(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> tuple[str, float | None]:
        """What is asked about: its name, and the guess's probability."""
        if parameters.target == "object" and scene.tracks:
            return scene.tracks[0].name, scene.tracks[0].score
        if parameters.target in ("unit", "layer"):
            return f"{parameters.layer} {parameters.unit}" if parameters.target == "unit" else parameters.layer, None
        if not percept.classes:
            self.label = 0
            return "", None
        best = percept.classes[0]
        held = next((guess for guess in percept.classes if guess.label == self.label), None)
        if held is None or best.score > held.score + SURE * held.score:
            held, self.label = best, best.label
        return (held.name, held.score) if held.score >= LIKELY else ("", None)

    def gradients(self, percept: Percept, scene: Scene, parameters: ViewParameters) -> tuple[np.ndarray, np.ndarray]:
        """The broad light (h, w) and the fine one (H, W) of this frame, each about 0..1."""
        with torch.enable_grad(), guided(self.second_pass.network) as network:
            picture = self.second_pass.picture(percept.frame.pixels).requires_grad_(True)
            taps, logits = network(picture)
            score, before = self.score(taps, logits, scene, parameters)
            of_picture, *of_maps = torch.autograd.grad(score, (picture, *before), allow_unused=True)
        with torch.no_grad():
            # of the layers before, the last that it came by and that has an extent; a network may show others besides
            there = [(maps, gradient) for maps, gradient in zip(before, of_maps, strict=True)
                     if gradient is not None and maps[0, 0].numel() > 1]
            last, of_last = there[-1] if there else (picture, of_picture)
            broad = (of_last * last).sum(1)[0].clamp_min(0)
            broad = (broad - broad.quantile(USUAL)).clamp_min(0)
            fine = of_picture[0].abs().amax(0)
            fine = fine / (torch.quantile(fine, 0.995) + 1e-9)
            return (broad / (broad.amax() + 1e-6)).cpu().numpy(), fine.clamp(0, 1).cpu().numpy()

    def score(self, taps, logits, scene: Scene, parameters: ViewParameters) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The number that is asked about, and the layers before it, on one of whose maps the broad light is."""
        names, layers = list(taps), tuple(taps.values())
        if parameters.target == "object" and scene.tracks:
            maps, track = taps[names[-1]], scene.tracks[0]
            height, width = maps.shape[2:]
            y, x = ((torch.arange(side, device=maps.device) + 0.5) / side for side in (height, width))
            there = ((y - track.y).abs() < track.h / 2)[:, None] & ((x - track.x).abs() < track.w / 2)[None]
            return (maps * there).pow(2).mean(), layers[: max(1, len(names) - 1)]
        if parameters.target in ("unit", "layer") and parameters.layer in taps:
            maps = taps[parameters.layer]
            if parameters.target == "unit":
                maps = maps[:, min(parameters.unit, maps.shape[1] - 1)]
            return maps.pow(2).mean(), layers[: max(1, names.index(parameters.layer))]
        return logits[0, min(self.label or 0, logits.shape[1] - 1)], layers

    def light(self, shape: tuple[int, int], size: tuple[int, int], parameters: ViewParameters) -> np.ndarray:
        """Both lights as one, for the middle part of the frame that fills the picture, (H, W) uint8."""
        fine = cv2.sepFilter2D(self.fine, -1, STRIDES, STRIDES)
        broad = cv2.resize(self.broad, fine.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)
        both = (0.62 * broad + 0.9 * broad**0.5 * fine).clip(0, 1) ** (1 / parameters.gamma)
        top, bottom, left, right = crop(shape, size[0] / size[1])
        high, wide = both.shape[0] / shape[0], both.shape[1] / shape[1]
        onto = np.float32(
            [[(right - left) * wide / size[0], 0, left * wide], [0, (bottom - top) * high / size[1], top * high]]
        )
        light = cv2.warpAffine((255 * both).astype(np.uint8), onto, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
        return cv2.flip(light, 1) if parameters.mirror else light


@contextmanager
def guided(network: nn.Module):
    """The network so that only what excites comes back through its ReLUs, not what holds back."""
    def excite(module: nn.Module, taken: tuple[Tensor, ...], given: Tensor) -> None:
        given.register_hook(Tensor.relu)

    hooks = [module.register_forward_hook(excite) for module in network.modules() if isinstance(module, nn.ReLU)]
    try:
        yield network
    finally:
        for hook in hooks:
            hook.remove()
