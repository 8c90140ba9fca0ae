"""Both networks over frames of one shape: one small picture up to the device, one short row of numbers down."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from engine.vision.appearance import looks
from engine.vision.layer_statistics import Statistics
from engine.vision.letterbox import Placement, blank, enter, resize
from engine.vision.runtimes import Run, Runtime
from models.exposure import expose
from models.nms import CANDIDATES, strongest

GUESSES = 20


class Forward:
    """Callable: pixels (H, W, 3) -> (numbers, maps), always of the shape that it was made with.

    numbers are the layers' (statistics.length of them), GUESSES probabilities and classes, the embedding, then rows of
    so many columns, x y w h score class and how it looks, of the likeliest boxes of each picture that the detector
    looks at, counts of them, in pixels of the first one's canvas. A processor leaves out those below floor. boxed says
    where a frame lies in each of those pictures, felt where in the feature network's; runs are the networks' for these
    inputs, in that order, in their runtimes.
    """

    columns, counts = 6, (0,)

    def __init__(self, pixels: np.ndarray, boxed: tuple[Placement, ...], felt: Placement, runs: tuple[Run, ...],
                 runtimes: tuple[Runtime, Runtime], device: torch.device, floor: float):
        self.boxed, self.felt, self.runs, self.device, self.floor = boxed, felt, runs, device, floor
        detector, features = (runtime.dtype for runtime in runtimes)
        self.inputs = (*(blank(place.canvas, detector, device) for place in boxed),
                       blank(felt.canvas, features, device))
        self.statistics = Statistics()
        self.replay = self.compute
        if device.type == "cuda":
            self.replay = self.captured(pixels) if all(each.name == "torch" for each in runtimes) else self.uncaptured
        if device.type != "cpu":  # kernels are chosen at the first passes; a processor's runs have had theirs
            for _ in range(2):
                self.replay(pixels)

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, dict[str, Tensor]]:
        return self.replay(pixels)

    @torch.inference_mode()
    def compute(self, pixels: np.ndarray | Tensor) -> tuple[np.ndarray | Tensor, dict[str, Tensor]]:
        """Everything that happens on the device."""
        first = self.boxed[0]
        canvases = [resize(pixels, place) for place in self.boxed]
        pictures = [canvas[:place.height, :place.width] for canvas, place in zip(canvases, self.boxed, strict=True)]
        if self.felt.width <= first.width and self.felt.height <= first.height:
            pixels = pictures[0]
        felt = resize(pixels, self.felt)  # before the detector's pictures change: layers show the light as it is
        seen = []
        for place, canvas, picture, entry, run in zip(self.boxed, canvases, pictures, self.inputs, self.runs):
            expose(picture)
            boxes, scores = (part.to(self.device) for part in run(enter(canvas, entry)))
            seen.append(likeliest(boxes * (first.width / place.width), scores, self.floor))
        taps, logits = self.runs[-1](enter(felt, self.inputs[-1]))
        taps, logits = {name: tap.to(self.device) for name, tap in taps.items()}, logits.to(self.device)
        found = torch.cat(seen)
        look = looks(taps, found, (first.width, first.height))
        self.columns, self.counts = 6 + look.shape[1], tuple(map(len, seen))
        guesses = logits[0].float().softmax(0).topk(min(GUESSES, logits.shape[1]))
        embedding = next(reversed(taps.values()))[0].float().mean((1, 2))
        found = torch.cat((found, look), 1)
        parts = (self.statistics.measure(taps), guesses.values, guesses.indices, embedding, found)
        maps = {name: tap[0] for name, tap in taps.items()}
        if found.device.type == "cpu":
            flat = [part.reshape(-1).numpy() for part in parts]
            return np.concatenate(flat, dtype=np.float32, casting="unsafe"), maps
        numbers = torch.cat([part.reshape(-1) for part in parts])
        return (numbers if numbers.is_cuda else numbers.cpu().numpy()), maps

    def captured(self, pixels: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, dict[str, Tensor]]]:
        """A replay: upload from pinned memory, a captured CUDA graph on its own stream, one download.

        A network of somebody's that cannot be captured (it asks the processor what to do) is called frame by frame.
        """
        pinned = torch.from_numpy(pixels).pin_memory()
        picture = pinned.to(self.device)
        stream, usual = torch.cuda.Stream(), torch.cuda.current_stream()
        stream.wait_stream(usual)  # what was made ready there
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.stream(stream):
                for _ in range(3):  # cuDNN chooses its kernels before the capture
                    self.compute(picture)
                with unasked():
                    self.compute(picture)
            stream.synchronize()
            with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
                numbers, maps = self.compute(picture)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            return self.uncaptured
        finally:
            torch.cuda.set_stream(usual)  # a capture that breaks off stays on its own
        down = torch.empty(numbers.shape, pin_memory=True)

        def replay(pixels: np.ndarray) -> tuple[np.ndarray, dict[str, Tensor]]:
            pinned.numpy()[...] = pixels
            stream.wait_stream(torch.cuda.current_stream())  # where the last frame's maps may still be read
            with torch.cuda.stream(stream):
                picture.copy_(pinned, non_blocking=True)
                graph.replay()
                down.copy_(numbers, non_blocking=True)
            stream.synchronize()
            return down.numpy(), maps

        return replay

    def uncaptured(self, pixels: np.ndarray) -> tuple[np.ndarray, dict[str, Tensor]]:
        numbers, maps = self.compute(torch.from_numpy(pixels.copy()).to(self.device))
        return numbers.cpu().numpy(), maps


@contextmanager
def unasked() -> Iterator[None]:
    """While it lasts, what makes the processor wait for CUDA is a RuntimeError; a capture that it broke off would leave
    torch's random numbers unusable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch tells that it does not know all of it
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def likeliest(boxes: Tensor, scores: Tensor, floor: float) -> Tensor:
    """Of a detector's answer the CANDIDATES likeliest boxes, the likeliest first: rows x y w h score class, float32.
    One box may be there as several classes.

    A processor leaves out what is below floor; a device's rows are always as many.
    """
    if scores.device.type == "cpu":
        by_class = scores[0].float().T.contiguous()
        return torch.from_numpy(strongest(boxes[0].float().contiguous().numpy(), by_class.numpy(), CANDIDATES, floor))
    best, order = scores[0].T.flatten().float().topk(min(CANDIDATES, scores[0].numel()))
    label, place = order // scores.shape[1], order % scores.shape[1]
    return torch.cat((boxes[0, place].float(), best[:, None], label[:, None]), 1)
