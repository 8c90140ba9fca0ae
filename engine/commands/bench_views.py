"""neocog bench, the views: what a picture of each takes, onto a surface like the window's, and the switching to it."""

import statistics
import time
from dataclasses import dataclass, replace

import pygame

from engine.capture.demo import Demo
from engine.parameters import Parameters
from engine.show import plain
from engine.tracking.tracker import Tracker
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.window import controls
from engine.window.composition import Composition
from engine.window.drawing import Canvas, Typeface
from engine.window.views import NAMES, views

SIZES = (1280, 720), (1920, 1080)
PICTURES = 24  # of the demo, one after the other as in a show of RATE
RATE, START = 60, 1.0  # frames a second, and the second of the demo at which they begin
WALL = "wall of 64"  # the view of a layer of so many maps, all of them shown
SHOWN = {**{name: {"view/name": name} for name in NAMES},
         WALL: {"view/name": "wall", "view/layer": "conv2", "view/tiles": 64}}


@dataclass(frozen=True, slots=True)
class ViewSpeed:
    """Milliseconds: the median picture, and the first one after another view was shown, with the fade between them."""

    picture: float
    first: float


def view_speed(eyes: Eyes) -> dict[str, dict[str, ViewSpeed]]:
    """By size, as "1280x720", and by view; each was drawn once before, as the window has it."""
    seen, tracker = [], Tracker(tuple(eyes.detector.classes))
    demo, table = Demo(), Parameters()
    for index in range(PICTURES):
        moment = START + index / RATE
        percept = eyes(Frame(demo.picture(moment), index, moment))
        kept = {tap: maps.clone() for tap, maps in percept.maps.items()}  # the next frame is written over them
        seen.append((replace(percept, maps=kept), tracker(percept)))
    controls.declare(table)
    controls.see(table, {tap: len(maps) for tap, maps in percept.maps.items()})
    return {f"{size[0]}x{size[1]}": speed_at(size, eyes, table, seen) for size in SIZES}


def speed_at(size: tuple[int, int], eyes: Eyes, table: Parameters, seen: list) -> dict[str, ViewSpeed]:
    composition, canvas = Composition(views(plain(eyes), "features")), Canvas(Typeface())
    surface = pygame.Surface(size, depth=32)
    canvas.begin(surface)

    def shown(number: int, moment: float) -> float:
        percept, scene = seen[number]
        start = time.perf_counter()
        picture = composition(percept, scene, table, size, moment)
        canvas.put(picture, surface.get_rect())
        return 1000 * (time.perf_counter() - start)

    for _ in NAMES:
        composition.rehearse(*seen[0], table, size)
    shown(0, 0.0)
    found, moment = {}, 10.0
    for name, turned in SHOWN.items():
        for path, value in turned.items():
            table.set(path, value, "bench")
        times = [shown(number, moment + number / RATE) for number in range(PICTURES)]
        faded = moment + 10.0  # long after the fade
        found[name] = ViewSpeed(
            statistics.median(shown(number, faded + number / RATE) for number in range(PICTURES)), times[0])
        moment = faded + 10.0
    return found
