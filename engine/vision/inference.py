"""The eyes: both networks over a frame, one small picture up to the device and one short row of numbers down."""

import copy
import time

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.values import Frame, Guess, Percept
from engine.vision.device import device_of
from engine.vision.layer_statistics import Statistics
from engine.vision.letterbox import Fit, blank, resize
from engine.vision.nms import distinct
from engine.vision.onednn import has_kernels, pack

CANDIDATES = 100  # boxes that come down from the device, before overlapping ones are dropped
FLOOR = 0.15  # a score below it is no candidate
GUESSES = 5
NEARLY = 1.1  # times as long as the quickest is as good as the quickest
PRECISIONS = {"cpu": (torch.float32, torch.bfloat16), "cuda": (torch.float16,), "mps": (torch.float32, torch.float16)}


def precisions(device: torch.device) -> tuple[torch.dtype, ...]:
    """Those worth a measurement: a processor is asked for the kernels that it has."""
    return tuple(dtype for dtype in PRECISIONS[device.type]
                 if device.type != "cpu" or dtype == torch.float32 or has_kernels(dtype))


class Eyes:
    """Callable: Frame -> Percept. Holds the two networks in the precision that is quickest on this device."""

    def __init__(self, detector: nn.Module, features: nn.Module, device: str = "auto"):
        """Move the networks to the device and check by running that they keep their contract (see open_network)."""
        self.device = device_of(device)
        self.shape: tuple[int, ...] = ()
        self.dtype, self.detector, self.features = self.quickest(detector, features)
        self.statistics = Statistics()

    def quickest(self, detector: nn.Module, features: nn.Module) -> tuple:
        """The precision with the shortest measured pass, and the pair in it; on the CPU also the count of threads.

        Fewer threads win where they are nearly as quick: that leaves cores to the camera and to other programs.
        """
        trials = []
        most = torch.get_num_threads()
        counts = [2**power for power in range(most.bit_length()) if 2**power < most] + [most]
        for dtype in precisions(self.device):
            pair = [copy.deepcopy(network).to(self.device, dtype, memory_format=torch.channels_last)
                    for network in (detector, features)]
            blanks = [blank((network.size, network.size), dtype, self.device) for network in pair]
            for count in counts if self.device.type == "cpu" else [most]:
                torch.set_num_threads(count)
                trials.append((min(passes(*pair, *blanks) for _ in range(6)), count, dtype, *pair))
        shortest = min(trial[0] for trial in trials)
        _, count, dtype, detector, features = min(
            (trial for trial in trials if trial[0] <= NEARLY * shortest), key=lambda trial: trial[1])
        torch.set_num_threads(count)
        return dtype, detector, features

    def __call__(self, frame: Frame) -> Percept:
        if frame.pixels.shape != self.shape:
            self.prepare(frame.pixels)
        numbers, maps = self.replay(frame.pixels)
        return self.read(frame, numbers, maps)

    def prepare(self, pixels: np.ndarray) -> None:
        """Get ready for frames of this shape, and warm up on one, so that only the first of a size waits."""
        self.shape = pixels.shape
        self.boxed = Fit.letterboxed(self.shape[:2], self.detector)
        self.felt = Fit.stretched(self.shape[:2], self.features)
        passes(self.detector, self.features, *self.blanks())
        self.quick = [pack(network, picture) for network, picture in
                      zip((self.detector, self.features), self.blanks(), strict=True)]
        self.statistics = Statistics()
        self.replay = self.on_cuda(pixels) if self.device.type == "cuda" else self.look
        for _ in range(3):
            self.replay(pixels)

    def blanks(self) -> tuple[Tensor, Tensor]:
        """Empty inputs of the sizes in use, to measure the bare networks with."""
        return tuple(blank(fit.canvas, self.dtype, self.device) for fit in (self.boxed, self.felt))

    @torch.inference_mode()
    def look(self, pixels: np.ndarray | Tensor) -> tuple[np.ndarray, dict[str, Tensor]]:
        """Everything that happens on the device: (numbers, maps)."""
        detector, features = self.quick
        small = resize(pixels, self.boxed)
        boxes, scores = detector(self.enter(small))
        if self.felt.width <= self.boxed.width:
            pixels = small[:self.boxed.height, :self.boxed.width]
        taps, logits = features(self.enter(resize(pixels, self.felt)))
        best, order = scores[0].amax(1).float().topk(min(CANDIDATES, scores.shape[1]))
        label = scores[0, order].argmax(1)
        found = torch.cat((boxes[0, order].float(), best[:, None], label[:, None]), 1)
        guesses = logits[0].float().softmax(0).topk(min(GUESSES, logits.shape[1]))
        embedding = next(reversed(taps.values()))[0].float().mean((1, 2))
        parts = (self.statistics.measure(taps), guesses.values, guesses.indices, embedding, found)
        numbers = torch.cat([part.reshape(-1) for part in parts])
        maps = {name: tap[0] for name, tap in taps.items()}
        return (numbers if numbers.is_cuda else numbers.cpu().numpy()), maps

    def enter(self, canvas: np.ndarray | Tensor) -> Tensor:
        """A picture (h, w, 3) as a network's input: (1, 3, h, w) in 0..1, channels last."""
        return torch.as_tensor(canvas).to(self.device, self.dtype).mul_(1 / 255).permute(2, 0, 1)[None]

    def on_cuda(self, pixels: np.ndarray):
        """A replay: upload from pinned memory, a captured CUDA graph on its own stream, one download.

        A network of somebody's that cannot be captured (it asks the processor what to do) is called frame by frame.
        """
        pinned = torch.from_numpy(pixels.copy()).pin_memory()
        picture = pinned.to(self.device)
        stream, usual = torch.cuda.Stream(), torch.cuda.current_stream()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.stream(stream):
                for _ in range(3):  # cuDNN chooses its kernels before the capture
                    self.look(picture)
            stream.synchronize()
            with torch.cuda.graph(graph, stream=stream):
                numbers, maps = self.look(picture)
        except RuntimeError:
            torch.cuda.set_stream(usual)  # a capture that breaks off stays on its own
            return self.uncaptured
        down = torch.empty(numbers.shape, pin_memory=True)

        def replay(pixels: np.ndarray):
            pinned.numpy()[...] = pixels
            with torch.cuda.stream(stream):
                picture.copy_(pinned, non_blocking=True)
                graph.replay()
                down.copy_(numbers, non_blocking=True)
            stream.synchronize()
            return down.numpy(), maps

        return replay

    def uncaptured(self, pixels: np.ndarray) -> tuple[np.ndarray, dict[str, Tensor]]:
        numbers, maps = self.look(torch.from_numpy(pixels).to(self.device))
        return numbers.cpu().numpy(), maps

    def read(self, frame: Frame, numbers: np.ndarray, maps: dict[str, Tensor]) -> Percept:
        """The row of numbers as a Percept."""
        names, width = self.features.classes, next(reversed(maps.values())).shape[0]
        count, told = min(GUESSES, len(names)), self.statistics.length
        layers, guesses, rest = numbers[:told], numbers[told:told + 2 * count].tolist(), numbers[told + 2 * count:]
        classes = tuple(Guess(int(label), names[int(label)], score)
                        for score, label in zip(guesses[:count], guesses[count:], strict=True))
        embedding, found = rest[:width], rest[width:].reshape(-1, 6)
        found = found[found[:, 4] >= FLOOR]
        found[:, :4] /= 2 * (self.boxed.width, self.boxed.height)
        return Percept(frame, distinct(found), self.statistics.layers(layers), classes, embedding.copy(), maps)


@torch.inference_mode()
def passes(detector: nn.Module, features: nn.Module, boxed: Tensor, felt: Tensor) -> float:
    """Seconds of the two bare forward passes; UserError if what they return breaks the contract of open_network."""
    start = time.perf_counter()
    try:
        boxes, scores = detector(boxed)
        taps, logits = features(felt)
        if boxed.device.type != "cpu":
            getattr(torch, boxed.device.type).synchronize()
        seconds = time.perf_counter() - start
        found = {name: tuple(tap.shape) for name, tap in taps.items()}
        boxes, scores, logits = tuple(boxes.shape), tuple(scores.shape), tuple(logits.shape)
    except Exception as error:
        raise UserError(f"a network fails ({type(error).__name__}: {error!s:.200}): a detector takes a picture "
                    "(1, 3, H, W) and returns boxes and scores, a feature network returns taps and logits") from error
    if len(boxes) != 3 or boxes != (1, boxes[1], 4) or scores != (1, boxes[1], len(detector.classes)):
        raise UserError(f"a detector returns boxes (1, N, 4) and scores (1, N, {len(detector.classes)}), "
                    f"found {boxes} and {scores}")
    if not found or logits != (1, len(features.classes)) or any(len(shape) != 4 for shape in found.values()):
        raise UserError(f"a feature network returns taps name -> (1, C, H, W) and logits (1, {len(features.classes)}), "
                    f"found {found} and {logits}")
    return seconds
