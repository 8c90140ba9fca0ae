"""neocog bench, the cameras: frames a second with one and with sixteen, and what a frame costs on a graphics card."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch

from engine.capture.demo import Demo
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.runtimes import Run

CAMERAS = 16
SECONDS = 2.0  # of each measurement
PICTURES = 8  # of the demo, in turn
TURNS = 100  # of which the median is told


@dataclass(frozen=True, slots=True)
class CameraSpeed:
    """Frames a second of one camera, and of CAMERAS together, each seen by its own eyes in its own thread."""

    one: float
    all: float


@dataclass(frozen=True, slots=True)
class CardSpeed:
    """Milliseconds on a CUDA card: a picture's way there, a row of numbers' back, a frame as one captured graph and
    call by call, and each network's pass alone, as a graph."""

    up: float
    down: float
    graph: float
    calls: float
    detector: float
    features: float


def camera_speed(eyes: Eyes) -> CameraSpeed:
    pictures = [Demo().picture(1.0 + index) for index in range(PICTURES)]
    every = [eyes.another() for _ in range(CAMERAS)]
    for each in every:
        each(Frame(pictures[0], 0, 0.0))

    def frames(each: Eyes, end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            each(Frame(pictures[count % PICTURES], count, count / 60))
            count += 1
        return count

    one = frames(every[0], time.perf_counter() + SECONDS) / SECONDS
    with ThreadPoolExecutor(CAMERAS) as pool:
        start = time.perf_counter()
        together = sum(pool.map(frames, every, CAMERAS * [start + SECONDS]))
        return CameraSpeed(one, together / (time.perf_counter() - start))


@torch.inference_mode()
def card_speed(eyes: Eyes) -> CardSpeed:
    """Of eyes on a CUDA card."""
    pixels = Demo().picture(1.0)
    forward = eyes.another().forward(pixels.shape)
    row = torch.from_numpy(forward(pixels)[0]).to(eyes.device)
    picture, back = torch.from_numpy(pixels).pin_memory(), torch.empty(row.shape, pin_memory=True)
    there = picture.to(eyes.device)
    return CardSpeed(
        up=spent(lambda: there.copy_(picture, non_blocking=True)),
        down=spent(lambda: back.copy_(row, non_blocking=True)),
        graph=spent(lambda: forward(pixels)),
        calls=spent(lambda: forward.uncaptured(pixels)),
        **{name: spent(graph_of(run, given).replay)
           for name, run, given in zip(("detector", "features"), forward.runs, forward.inputs, strict=True)})


def graph_of(run: Run, picture: torch.Tensor) -> torch.cuda.CUDAGraph:
    """A network's pass as a graph; forward.inputs, that it reads, must outlive it."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run(picture)
    return graph


def spent(act: Callable[[], object]) -> float:
    """Median milliseconds until the card has done it."""
    times = []
    for _ in range(TURNS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        act()
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)
