"""The column of text: the patch and its knobs, the layers, the guess, and how the engine is doing."""

import pygame
from pygame import Rect

from engine.parameter import Parameter
from engine.parameters import Parameters
from engine.values import EngineStatus, Scene
from engine.window.colours import ACCENT, DIM, FAINT, GROUND, TEXT
from engine.window.drawing import Typeface
from engine.window.feature_pictures import FeaturePictures
from engine.window.layout import Layout
from engine.window.meters import meters
from engine.window.text import BOLD, REGULAR

# it is written anew when these are turned
WATCHED = ("view/layer", "view/unit", "view/parameter", "view/turned", "view/name", "view/mirror", "view/lens")
RATE = 5  # times a second that the column is written anew
SMALLEST = 48  # pixels, of the picture of what the chosen unit responds to


class SidePanel:
    """Writes the column onto a surface of its own, anew at 5 Hz and whenever a key was pressed."""

    def __init__(self, typeface: Typeface, feature_pictures: FeaturePictures):
        self.typeface, self.feature_pictures = typeface, feature_pictures
        self.written = None

    def __call__(
        self, layout: Layout, parameters: Parameters, scene: Scene, patch, status: EngineStatus
    ) -> pygame.Surface:
        """The column as a surface of the size of layout.panel."""
        state = (layout, int(scene.time * RATE), *(parameters[path] for path in WATCHED))
        if state != self.written:
            self.written = state
            self.surface = pygame.Surface(layout.panel.size)
            self.surface.fill(GROUND)
            self._write(layout, parameters, scene, patch, status)
        return self.surface

    def _write(self, layout: Layout, parameters: Parameters, scene: Scene, patch, status: EngineStatus) -> None:
        self.small, self.size, self.large = layout.pixels(12, 10), layout.pixels(14, 11), layout.pixels(24, 14)
        self.space = layout.pixels(8)
        self.top, self.bottom = (layout.inset.height + self.space if layout.inset else 0), layout.panel.height
        rate = f"{status.fps:.1f} fps", f"{status.latency * 1000:.0f} ms", f"{status.dropped} dropped"
        rate += (f"{status.underruns} underruns",) if status.underruns else ()
        self.bottom -= self._height(self.size)
        self._row(self.bottom, self.size, TEXT, *rate)
        if layout.inset:
            if scene.classes and scene.classes[0].likely:
                self._row(self.top, self.size, TEXT, scene.classes[0].name, f"{scene.classes[0].score:.0%}")
            self._skip(self.size, 1)
        self._skip(0, 2)
        self._line(patch.name, self.large, TEXT, BOLD)
        self._line(patch.doc.partition("\n")[0], self.small, DIM)
        self._skip(0, 2)
        turned = parameters["view/turned"]
        beside = {turned: parameters.entries[turned]} if turned else {}
        self._numbers({**beside, **parameters.below("patch")}, turned or parameters["view/parameter"])
        self._skip(0, 1)
        self._layers(parameters)
        told = [(name, f"{milliseconds:.1f} ms") for name, milliseconds in status.stages]
        told += [("voices, dB", meters(status.meters))] if status.meters else []
        told += [("malformed packets", str(status.malformed))] * (status.malformed > 0)
        room = max(0, (self.bottom - self.top - 2 * self.space) // self._height(self.small))
        top = self.bottom - self.space - len(told[:room]) * self._height(self.small)
        side = min(top - self.top - 2 * self.space, self.surface.get_width())
        if parameters["view/lens"] and parameters["view/name"] != "unit" and side >= SMALLEST and (
                picture := self.feature_pictures(parameters, self._units(parameters), side)) is not None:
            self.surface.blit(picture, (0, self.top + self.space))
        self.top = top
        for words in told[:room]:
            self._row(self.top, self.small, DIM, *words)
            self._skip(self.small, 0)

    def _units(self, parameters: Parameters) -> int:
        return int(parameters.entries["view/unit"].param.high) + 1

    def _numbers(self, numbers: dict[str, Parameter], chosen: str) -> None:
        step = self._height(self.size) + self.space
        room = max(1, (self.bottom - self.top - 4 * step) // step)
        place = list(numbers).index(chosen) if chosen in numbers else 0
        first = max(0, min(place - room + 1, len(numbers) - room))
        width, line = self.surface.get_width(), max(2, self.space // 4)
        for name, number in list(numbers.items())[first : first + room]:
            inks = (TEXT, ACCENT) if name == chosen else (DIM, DIM)
            self._row(self.top, self.size, inks[0], name, str(number))
            bar = Rect(0, self.top + self._height(self.size), width, line)
            self.surface.fill(FAINT, bar)
            self.surface.fill(inks[1], Rect(bar.topleft, (round(width * number.normal), line)))
            self.top += step

    def _layers(self, parameters: Parameters) -> None:
        left, step = 0, self._height(self.size)
        for name in parameters.entries["view/layer"].choices:
            ink, weight = (ACCENT, BOLD) if name == parameters["view/layer"] else (DIM, REGULAR)
            word = self.typeface.cut(name, self.size, self.surface.get_width(), weight)
            words = self.typeface.draw(word, self.size, ink, weight)
            if left and left + words.get_width() > self.surface.get_width():
                left, self.top = 0, self.top + step
            if self.top + step > self.bottom:
                return
            self.surface.blit(words, (left, self.top))
            left += words.get_width() + self.size
        self.top += step
        if self.top + step <= self.bottom:
            self._line(f"unit {parameters['view/unit']:.0f} of {self._units(parameters)}", self.size, TEXT)

    def _row(self, top: int, size: int, ink: tuple, *words: str) -> None:
        """Words spread over the width, the first flush left, the last flush right; as many as have room."""
        room = self.surface.get_width()
        drawn = [self.typeface.draw(self.typeface.cut(word, size, room), size, ink) for word in words]
        while (free := room - sum(word.get_width() for word in drawn)) < 0 and len(drawn) > 1:
            drawn.pop()
        left = 0
        for word in drawn:
            self.surface.blit(word, (left, top))
            left += word.get_width() + free / max(1, len(drawn) - 1)

    def _line(self, words: str, size: int, ink: tuple, weight: int = REGULAR) -> None:
        words = self.typeface.cut(words, size, self.surface.get_width(), weight)
        self.surface.blit(self.typeface.draw(words, size, ink, weight), (0, self.top))
        self._skip(size, 0)

    def _skip(self, size: int, spaces: int) -> None:
        self.top += self._height(size) + spaces * self.space

    def _height(self, size: int) -> int:
        return round(size * 1.4)
