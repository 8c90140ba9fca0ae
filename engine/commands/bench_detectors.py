"""neocog bench --beside FILE: our detector and somebody's, from a camera's picture to its boxes, taking turns."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from engine import photographs
from engine.vision.forward import likeliest
from engine.vision.inference import Eyes
from engine.vision.letterbox import Placement, blank, enter, photograph, resize
from engine.vision.networks import open_network
from engine.vision.runtimes import Network, Runtime, boxes_of, runtimes
from models.nms import FLOOR, detections

TURNS = 100
CAMERA = 640, 480


@dataclass(frozen=True, slots=True)
class DetectorSpeed:
    """Median milliseconds from a camera's picture to its boxes, and in what the network ran."""

    runtime: str
    boxes: float


def beside(eyes: Eyes, file: str) -> dict[str, DetectorSpeed]:
    """Our detector and the one of an exported file, each in the quickest runtime that it has here; UserError as
    open_network has it."""
    other = open_network(file)
    pixels = cv2.resize(photographs.photograph("astronaut")[:384], CAMERA, interpolation=cv2.INTER_AREA)
    finders = {"ours": (eyes.runtimes[0], finder(eyes.detector, eyes.runtimes[0], eyes.device)),
               file: quickest(other, eyes.device, pixels)}
    spent = {name: [] for name in finders}
    for _ in range(TURNS):
        for name, (_, find) in finders.items():
            spent[name].append(seconds(find, pixels))
    return {name: DetectorSpeed(str(runtime), 1000 * statistics.median(spent[name]))
            for name, (runtime, _) in finders.items()}


def quickest(network: Network, device: torch.device, pixels: np.ndarray) -> tuple[Runtime, Callable]:
    """Of a network's ways to run the quickest."""
    able = [(runtime, finder(network, runtime, device)) for runtime in runtimes(network, device, "auto")]
    return min(able, key=lambda each: min(seconds(each[1], pixels) for _ in range(10)))


def seconds(find: Callable, pixels: np.ndarray) -> float:
    start = time.perf_counter()
    find(pixels)
    return time.perf_counter() - start


def finder(network: Network, runtime: Runtime, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
    """Pixels (H, W, 3) to boxes, rows x y w h score class, as the eyes do it."""
    run = boxes_of(network, runtime, photograph(network).to(device))[0]

    @torch.inference_mode()
    def find(pixels: np.ndarray) -> np.ndarray:
        place = Placement.letterboxed(pixels.shape[:2], network)
        found = likeliest(*run(enter(resize(pixels, place), blank(place.canvas, runtime.dtype, device))), FLOOR)
        return detections([found.cpu().numpy()], [(place.width, place.height)], FLOOR)

    return find
