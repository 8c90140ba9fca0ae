"""The eyes: both networks over a frame, in the runtimes that are quickest here."""

import copy
import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from engine import photographs
from engine.values import Frame, Guess, Percept
from engine.vision.device import device_of
from engine.vision.forward import GUESSES, Forward
from engine.vision.letterbox import Placement, blank
from engine.vision.runtimes import Network, Run, boxes_of, choose, taps_of
from models.nms import FLOOR, detections

SHAPES = 8  # of frames that are kept ready, those longest unused are forgotten first
CANVASES = 32  # of the pictures that a network is kept ready for, 7 MB each; frames of many shapes share one
TRIES = 4  # frames, of which the quickest counts
COARSE = 8  # strides: of pictures that the detector looks at closely the sides are multiples, so that many share one
LIVE = 0.5  # of the time from one picture to the next is what a frame of a show may take with a second look


class Eyes:
    """Callable: Frame -> Percept. Holds the two networks, in the runtimes that are quickest on this device.

    Frames of any shape come in any order: what was made ready for one is kept. floor is the least score of a box,
    `sizes` the long sides of the pictures that the detector looks at: what it finds in any of them counts.
    """

    def __init__(self, detector: Network, features: Network, device: str = "auto", runtime: str = "auto",
                 tell: Callable[[str], None] = lambda line: None, floor: float = FLOOR):
        """Choose runtimes and check by running that networks keep their contract (see open_network); tell says so."""
        self.device, self.detector, self.features, self.floor = device_of(device), detector, features, floor
        self.threads, *self.runtimes = choose(detector, features, self.device, runtime, tell)
        self.sizes, self.strides = getattr(detector, "long_sides", (detector.size,)), 1
        self.forward, self.run = lru_cache(SHAPES)(self.prepare), lru_cache(CANVASES)(self.prepare_run)
        self.shape: tuple[int, ...] = ()

    def look_closely(self) -> None:
        """Look at all `closer` sizes of the detector as well from now on, for small things, whatever it takes. Who
        chose its `long_sides` keeps them."""
        closer = getattr(self.detector, "closer", ())
        if closer and not hasattr(self.detector, "long_sides"):
            self.sizes, self.strides = (self.detector.size, *closer), COARSE
            self.forward.cache_clear()

    def look_twice(self, within: float) -> None:
        """Look at a larger picture as well from now on: the first of the detector's `larger` sizes with which all that
        a frame takes here is so many seconds at most. Who chose its `long_sides` keeps them."""
        larger = getattr(self.detector, "larger", ())
        if hasattr(self.detector, "long_sides") or not larger:
            return
        if 2 * self.frame_time(TRIES) > within:  # with a second look it takes more than twice as long
            return
        for second in larger:
            self.sizes = self.detector.size, second
            if self.frame_time(TRIES) <= within:
                return
        self.sizes = self.sizes[:1]

    def frame_time(self, tries: int) -> float:
        """Seconds that a frame of a camera's proportions takes, the quickest of some; what was kept of frames is
        forgotten."""
        frame, spent = Frame(np.ascontiguousarray(photographs.photograph("astronaut")[:384]), 0, 0.0), []
        for _ in range(tries):
            start = time.perf_counter()
            self(frame)
            spent.append(time.perf_counter() - start)
        self.forward.cache_clear()
        self.shape = ()
        return min(spent)

    def another(self) -> "Eyes":
        """Eyes for another camera: the same networks, what is remembered of its frames its own."""
        other = copy.copy(self)
        other.forward, other.run = lru_cache(SHAPES)(other.prepare), lru_cache(CANVASES)(other.prepare_run)
        other.shape = ()
        return other

    def __str__(self) -> str:
        """How the networks run, for people."""
        detector, features = map(str, self.runtimes)
        both = detector if detector == features else f"{detector} and {features}"
        threads = f" on {self.threads} threads" if self.device.type == "cpu" else ""
        again = f", looking again at {' and '.join(map(str, self.sizes[1:]))} px" if len(self.sizes) > 1 else ""
        return f"{self.device} in {both}{threads}{again}"

    def __call__(self, frame: Frame) -> Percept:
        try:
            forward = self.forward(frame.pixels.shape)
            if frame.pixels.shape != self.shape:  # from here on a layer's change is told from this picture
                forward(frame.pixels)
                self.shape = frame.pixels.shape
            return self.read(frame, forward, *forward(frame.pixels))
        except Exception:  # out of memory, say: give back what is kept, and get ready anew
            self.forward.cache_clear()
            self.run.cache_clear()
            self.shape = ()
            raise

    def prepare(self, shape: tuple[int, int, int]) -> Forward:
        """Get ready for frames of a shape."""
        boxed = tuple(Placement.letterboxed(shape[:2], self.detector, size, self.strides) for size in self.sizes)
        felt = Placement.stretched(shape[:2], self.features)
        runs = *(self.run(0, place.canvas) for place in boxed), self.run(1, felt.canvas)
        return Forward(np.zeros(shape, np.uint8), boxed, felt, runs, tuple(self.runtimes), self.device, self.floor)

    def prepare_run(self, number: int, canvas: tuple[int, int]) -> Run:
        """A network, the first or the second, ready for pictures of one size; UserError if it does not take them."""
        network, check = ((self.detector, boxes_of), (self.features, taps_of))[number]
        return check(network, self.runtimes[number], blank(canvas, torch.float32, self.device))[0]

    @torch.inference_mode()
    def passes(self) -> float:
        """Seconds that the bare passes take on pictures like the last, fresh in the caches as in a frame."""
        forward = self.forward(self.shape)
        pictures = [torch.zeros_like(each) for each in forward.inputs]
        start = time.perf_counter()
        for run, picture in zip(forward.runs, pictures, strict=True):
            run(picture)
        if self.device.type != "cpu":
            getattr(torch, self.device.type).synchronize()
        return time.perf_counter() - start

    def read(self, frame: Frame, forward: Forward, numbers: np.ndarray, maps: dict[str, Tensor]) -> Percept:
        """The row of numbers as a Percept."""
        names, width = self.features.classes, next(reversed(maps.values())).shape[0]
        count, told = min(GUESSES, len(names)), forward.statistics.length
        layers, guesses, rest = numbers[:told], numbers[told:told + 2 * count].tolist(), numbers[told + 2 * count:]
        classes = tuple(Guess(int(label), names[int(label)], score)
                        for score, label in zip(guesses[:count], guesses[count:], strict=True))
        embedding, found = rest[:width], rest[width:].reshape(-1, forward.columns)
        looks = np.split(found, np.cumsum(forward.counts)[:-1])
        sizes = [(place.width, place.height) for place in forward.boxed]
        found = detections(looks, sizes, self.floor)
        layers = forward.statistics.layers(layers)
        return Percept(frame, found[:, :6].copy(), layers, classes, embedding.copy(), maps, found[:, 6:].copy())
