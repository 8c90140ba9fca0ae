"""The picture for the audience: a view, what patches draw over it, and fades."""

from collections.abc import Iterable
from contextlib import contextmanager, suppress

import cv2
import numpy as np

from engine.draw import Draw, DrawCircle, DrawLine, DrawText
from engine.parameters import Parameters
from engine.values import Percept, Scene
from engine.window.colours import INK, track_colour
from engine.window.text import BOLD, height_of, width_of, write
from engine.window.views.camera import camera
from engine.window.views.labels import Labels
from engine.window.views.places import Places, corners, fixed
from engine.window.views.view import View, ViewParameters, black
from engine.window.zones import draw_zones

READ = ("layer", "mirror", "palette", "gamma", "under", "smooth", "order", "labels", "details", "lens", "technical",
        "target", "strength", "decay", "zoom", "turn", "style", "paint", "painter", "tested_on")  # taken as they are
CUTS = ("view/name", "view/layer", "view/unit", "view/palette", "view/order", "view/page", "view/tiles", "view/fit",
        "view/target", "view/cell")  # what is faded over when it is turned


def read(parameters: Parameters, size: tuple[int, int]) -> ViewParameters:
    """What the table says to views, for a picture of this size."""
    whole = {name: int(parameters[f"view/{name}"]) for name in ("unit", "tiles", "page", "cell")}
    return ViewParameters(size=size, **whole, **{name: parameters[f"view/{name}"] for name in READ})


class Composition:
    """Callable: (percept, scene, parameters, size, time, cues) -> picture, (H, W, 3) uint8 of that size or less.

    time is the show's, which goes on while a picture is frozen. In place of a view that fails, on a graphics card that
    is full, say, the camera's picture is shown until it is well again; trouble tells of it.
    """

    def __init__(self, views: dict[str, View]):
        self.views, self.unseen = views, list(views)
        self.cut: tuple = ()
        self.shown: np.ndarray | None = None  # the last picture
        self.before: np.ndarray | None = None  # what is being faded away from
        self.began = self.time = 0.0
        self.level = 1.0  # how far it is from black
        self.inside = (0.0, 0.0, 1.0, 1.0)  # where the view is in the picture: left, top, right, bottom
        self.trouble = ""

    def __call__(self, percept: Percept, scene: Scene, parameters: Parameters, size: tuple[int, int], time: float,
                 cues: Iterable[Draw] = ()) -> np.ndarray:
        passed, self.time = max(0.0, time - self.time), time
        self.dim(parameters, passed)
        if self.level <= 0:
            self.shown = self.before = None
            return black(size)
        picture = self.view(percept, scene, parameters, size)
        self.draw(picture, percept, scene, parameters, cues)
        picture = self.faded(picture, parameters, time)
        return picture if self.level >= 1 else cv2.convertScaleAbs(picture, alpha=self.level)

    @property
    def seen(self) -> View:
        return self.views.get(self.cut[0] if self.cut else "", None)

    def rehearse(self, percept: Percept, scene: Scene, parameters: Parameters, size: tuple[int, int]) -> None:
        """Draw one view that was not yet shown, for nobody: what it makes at its first picture, an evening's switching
        need not wait for."""
        if self.unseen:
            with suppress(RuntimeError):
                self.views[self.unseen.pop()](percept, scene, read(parameters, size))

    def dim(self, parameters: Parameters, passed: float) -> None:
        """Go towards black, or back."""
        fade, dark = parameters["view/fade"], parameters["view/blackout"]
        step = passed / fade if fade > 0 else 1.0
        self.level = max(0.0, self.level - step) if dark else min(1.0, self.level + step)

    def view(self, percept: Percept, scene: Scene, parameters: Parameters, size: tuple[int, int]) -> np.ndarray:
        """The chosen view, filling the size, or whole within it in the camera's proportions."""
        inner = size
        if parameters["view/fit"] == "contain":
            height, width = percept.frame.pixels.shape[:2]
            scale = min(size[0] / width, size[1] / height)
            inner = max(1, round(width * scale)), max(1, round(height * scale))
        name, wanted = parameters["view/name"], read(parameters, inner)
        try:
            picture, self.trouble = self.views[name](percept, scene, wanted), ""
        except RuntimeError as error:  # as torch's all are
            picture = camera(percept, scene, wanted)
            self.trouble = " ".join(f"the view {name} fails ({type(error).__name__}: {error})".split())[:200]
        return self.within(picture, size, inner)

    def within(self, picture: np.ndarray, size: tuple[int, int], inner: tuple[int, int]) -> np.ndarray:
        """A picture in the middle of a black one of a size's proportions, no larger than it must be."""
        height, width = picture.shape[:2]
        scale = min(inner[0] / width, inner[1] / height)
        part = width * scale / size[0], height * scale / size[1]
        wide, high = max(width, round(width / part[0])), max(height, round(height / part[1]))
        left, top = (wide - width) // 2, (high - height) // 2
        self.inside = left / wide, top / high, (left + width) / wide, (top + height) / high
        if (wide, high) == (width, height):
            return picture
        whole = black((wide, high))
        whole[top : top + height, left : left + width] = picture
        return whole

    def draw(
        self, picture: np.ndarray, percept: Percept, scene: Scene, parameters: Parameters, cues: Iterable[Draw]
    ) -> None:
        """Boxes on the camera's picture, and what the patch draws on any."""
        drawn = tuple(cues)
        boxes = parameters["view/name"] == "camera" and parameters["view/boxes"]
        if drawn or boxes:
            with self.part(picture, percept, parameters) as (part, places):
                if boxes:
                    technical(part, scene, places, parameters["view/labels"])
                for cue in drawn:
                    DRAWN[type(cue)](part, cue, places)

    def zoned(self, picture: np.ndarray, percept: Percept, scene: Scene, parameters: Parameters) -> np.ndarray:
        """A copy of a picture with the zones over it, for whoever moves them."""
        picture = picture.copy()
        with self.part(picture, percept, parameters) as (part, places):
            draw_zones(part, parameters, scene.zones, places)
        return picture

    @contextmanager
    def part(self, picture: np.ndarray, percept: Percept, parameters: Parameters):
        """The part of a picture where the view is, to be drawn on, and where the frame's places are in it."""
        height, width = picture.shape[:2]
        left, top, right, bottom = self.inside
        part = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
        drawn = part if part.flags.c_contiguous else np.ascontiguousarray(part)
        yield drawn, Places(percept.frame.pixels.shape[:2], drawn.shape[1::-1], parameters["view/mirror"])
        if drawn is not part:
            part[...] = drawn

    def back(self, x: float, y: float, shape: tuple[int, int], size: tuple[int, int], mirror: bool
             ) -> tuple[float, float]:
        """The place of a frame (height, width) that stands at a place 0..1 of the picture, for a picture of a size."""
        left, top, right, bottom = self.inside
        wide, high = (right - left) * size[0], (bottom - top) * size[1]
        return Places(shape, (wide, high), mirror).back((x - left) * size[0], (y - top) * size[1])

    def faded(self, picture: np.ndarray, parameters: Parameters, time: float) -> np.ndarray:
        """The picture, or on the way to it from what was shown before another view, layer or unit was chosen."""
        cut, fade = tuple(parameters[path] for path in CUTS), parameters["view/fade"]
        if cut != self.cut:
            self.before, self.began = (self.shown if self.cut else None), time
            self.cut = cut
        if self.before is not None:
            part = (time - self.began) / fade if fade > 0 else 1.0
            if 0 <= part < 1:
                size = max(picture.shape[1::-1], self.before.shape[1::-1])
                old, new = (
                    each if each.shape[1::-1] == size else cv2.resize(each, size) for each in (self.before, picture)
                )
                picture = cv2.addWeighted(new, part, old, 1 - part, 0)
            else:
                self.before = None
        self.shown = picture
        return picture


def technical(picture: np.ndarray, scene: Scene, places: Places, labels: bool) -> None:
    """Each object's corners in its colour, with name, number and score: for a rehearsal."""
    line, size = max(1, picture.shape[0] // 300), max(10, picture.shape[0] // 44)
    place = Labels(picture.shape[1::-1])
    for track in scene.tracks:
        colour, box = track_colour(track.id), places.box(track)
        corners(picture, box, colour, line)
        if labels:
            words = f"{track.name} {track.id}  {track.score:.0%}"
            width, height = width_of(words, size, BOLD) + size, height_of(size) + size // 4
            left, top = place(box[0], box[1] - height, width, height)
            cv2.rectangle(picture, (round(left), round(top)), (round(left + width), round(top + height)), colour, -1)
            write(picture, words, (left + size / 2, top), size, INK, BOLD)


def draw_line(picture: np.ndarray, cue: DrawLine, places: Places) -> None:
    points = np.array([fixed(*places.point(x, y)) for x, y in cue.points], np.int32)
    line = max(1, round(cue.width * picture.shape[0]))
    cv2.polylines(picture, [points], cue.closed, bytes_of(cue.colour), line, cv2.LINE_AA, 4)


def draw_circle(picture: np.ndarray, cue: DrawCircle, places: Places) -> None:
    line = -1 if cue.width <= 0 else max(1, round(cue.width * picture.shape[0]))
    radius = fixed(cue.radius * places.high)[0]
    cv2.circle(picture, fixed(*places.point(cue.x, cue.y)), max(1, radius), bytes_of(cue.colour), line, cv2.LINE_AA, 4)


def draw_text(picture: np.ndarray, cue: DrawText, places: Places) -> None:
    size = min(max(4, round(cue.size * picture.shape[0])), picture.shape[0])
    write(picture, cue.text, places.point(cue.x, cue.y), size, bytes_of(cue.colour), BOLD, (0.5, 0.5))


def bytes_of(colour: tuple[float, float, float]) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in colour)


DRAWN = {DrawLine: draw_line, DrawCircle: draw_circle, DrawText: draw_text}
