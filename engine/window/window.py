"""The window on the performer's screen or projector: a view, and around it the operator's page; keys and mouse."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pygame
import torch
from pygame import Rect
from torch import nn

from engine.draw import Draw
from engine.parameters import Parameters
from engine.values import EngineStatus, Percept, Scene
from engine.window import controls
from engine.window.audience import Audience
from engine.window.colours import DIM
from engine.window.composition import Composition, technical
from engine.window.displays import put_up, sizes
from engine.window.drawing import Canvas, Typeface
from engine.window.feature_pictures import FeaturePictures
from engine.window.layout import Layout, arrange, within
from engine.window.projection import project, test_card, turned_size, unproject
from engine.window.side_panel import SidePanel
from engine.window.tour import Tour
from engine.window.views import views
from engine.window.views.glow import covering
from engine.window.views.places import Places
from engine.window.x_server import Server, leave_screen
from engine.window.zones import Grip, draw_zones, grip, shapes
from models.feature_pictures import unit_pictures

REPEAT = 400, 40  # milliseconds until a held key repeats, and between repeats
REPEATING = {"left", "right", "up", "down", "-", "=", "+"}
AGAIN = 3.0  # seconds in which a second press leaves
REACH = 9  # pixels from a zone's corner or a line at which the mouse still takes hold of it
LEFT, RIGHT = 1, 3  # buttons of the mouse
TWICE = 400  # milliseconds in which a second click enlarges
WAITING = "waiting for the first picture"


class Window:
    """Shows percepts and hands back what keys say. It stays on the thread that opened it.

    size in pixels; fullscreen is borderless on display 0, 1, ...; pygame.error if there is no such screen. With a
    display for the operator there are two windows: the page on that one, on the other the bare picture, whatever
    the operator does. features is the name of the network that is felt: what its units respond to is shown beside
    them, if it is known.
    """

    def __init__(
        self,
        parameters: Parameters,
        size: tuple[int, int] = (1280, 720),
        display: int = 0,
        features: str = "",
        network: nn.Module | None = None,
        operator: int | None = None,
    ):
        sizes()
        pygame.display.set_allow_screensaver(False)
        pygame.key.set_repeat(*REPEAT)
        typeface = Typeface()
        self.canvas = Canvas(typeface)
        self.side_panel = SidePanel(typeface, FeaturePictures(unit_pictures(features)))
        self.composition, self.tour = Composition(views(network, features)), Tour()
        self.parameters, self.frozen, self.time, self.leaving = parameters, None, 0.0, float("-inf")
        self.cues: tuple[Draw, ...] = ()  # what the patch draws
        self.main = self.inset = Rect(0, 0, 0, 0)  # where the pictures are on the screen, for the mouse
        self.shape = (1, 1)  # height and width of the camera's
        self.held: Grip | None = None  # a zone that the mouse holds
        self.held_in_inset = False
        self.drawing = False  # the mouse holds the pen of a sheet
        self.mouse, self.clicked = None, -TWICE
        self.down = set()  # keys that are held
        self.size, self.display = size, display if operator is None else operator
        self.shown_on = display  # the display that the audience looks at
        self.audience = None if operator is None else Audience(display, size, parameters["view/fullscreen"])
        self.composed, self.composed_size = None, size  # what the audience sees, upright, and for which size
        self.over_audience = False  # whether the mouse is in the audience's window
        self._open()

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *raised) -> None:
        self.close()

    def close(self) -> None:
        leave_screen()

    @property
    def ended(self) -> bool:
        """Whether the X server has ended, and the window with it."""
        return Server.ended

    def poll(self) -> None:
        """Act on keys and mouse since the last call: what they turn stands in the table."""
        for event in pygame.event.get():
            self._take(event)
        if self.ended:
            return
        if self.audience:
            self.audience.fill(self.parameters["view/fullscreen"])
        elif self.parameters["view/fullscreen"] != self.full:
            self._open()

    def draw(self, cues: tuple[Draw, ...]) -> None:
        """Take what the patch draws over the next picture."""
        self.cues = cues

    def show(self, percept: Percept, scene: Scene, patch, status: EngineStatus) -> None:
        """Draw the page for a frame and put it on the screen."""
        parameters, self.time = self.parameters, scene.time
        self.frozen = (self.frozen or (still(percept), scene)) if parameters["view/freeze"] else None
        percept, seen = self.frozen or (percept, scene)
        self.tour(parameters, scene)
        surface = pygame.display.get_surface()
        self.shape = height, width = percept.frame.pixels.shape[:2]
        page = parameters["view/text"]
        inset = parameters["view/inset"] and parameters["view/name"] != "camera"
        column = page and parameters["view/column"]
        layout = arrange(surface.get_size(), column, width / height, inset, parameters["view/big"])
        self.main, self.inset = layout.main, layout.inset
        shown = self.audience.size if self.audience else layout.main.size
        self.composed_size = turned_size(shown, self.turn)
        if self.audience:
            self.main = within(layout.main, self.composed_size[0] / self.composed_size[1])
        self.canvas.begin(surface, self.main)
        picture = self.composed = self.picture(percept, seen, self.composed_size, scene.time)
        if self.audience:
            self.audience.show(self.projected(picture, shown))
        if parameters["view/zones"] and not parameters["view/blackout"] and not parameters["view/card"]:
            picture = self.composition.zoned(picture, percept, seen, parameters)
        self.canvas.put(self.projected(picture, shown) if self.bare else picture, self.main)
        if page:
            self.page(layout, percept, seen, patch, status)
        self.composition.rehearse(percept, seen, parameters, self.composed_size)
        pointed = page or parameters["view/corner"] != "none" or parameters["view/zones"] or self.audience
        pygame.mouse.set_visible(bool(pointed) and not self.over_audience)
        pygame.display.flip()

    @property
    def bare(self) -> bool:
        """Whether this window is the projector's: without a page, and with no other window for the audience."""
        return self.audience is None and not self.parameters["view/text"]

    @property
    def turn(self) -> str:
        """How far the picture is turned for the projector, in degrees."""
        return self.parameters["projection/rotate"] if self.audience or self.bare else "0"

    def picture(self, percept: Percept, scene: Scene, size: tuple[int, int], time: float) -> np.ndarray:
        """What the audience sees, upright, for a size."""
        if self.parameters["view/card"]:
            return test_card(size, f"display {self.shown_on}")
        return self.composition(percept, scene, self.parameters, size, time, self.cues)

    def projected(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """A picture as the projector needs it, for a screen of a size."""
        parameters = self.parameters
        return project(picture, size, self.turn, controls.corners(parameters), parameters["projection/mask"])

    def page(self, layout: Layout, percept: Percept, scene: Scene, patch, status: EngineStatus) -> None:
        """What is for the operator alone: panel, camera, chosen tile, what is under the mouse, marks, notices, help."""
        parameters = self.parameters
        surface = pygame.display.get_surface()
        if layout.panel:
            surface.blit(self.side_panel(layout, parameters, scene, patch, status), layout.panel)
        if layout.inset:
            pixels = covering(percept.frame.pixels, layout.inset.size)
            pixels = cv2.flip(pixels, 1) if parameters["view/mirror"] else pixels.copy()
            places = Places(self.shape, layout.inset.size, parameters["view/mirror"])
            if parameters["view/boxes"]:
                technical(pixels, scene, places, True)
            draw_zones(pixels, parameters, scene.zones, places)
            self.canvas.put(pixels, layout.inset)
        if (tile := self.tile(int(parameters["view/unit"]))) is not None and not parameters["view/blackout"]:
            self.canvas.outline(tile, layout)
        told = list(dict.fromkeys(status.notices))
        if (under := self.under_mouse(percept, scene)) is not None:
            told.append(under)
        self.canvas.banner(told if parameters["view/strip"] else (), layout)
        marks = {word: parameters[path] for path, word in MARKS.items()}
        marks["recording"] |= status.recording
        self.canvas.marks([word for word, holds in marks.items() if holds], layout)
        if parameters["view/help"]:
            self.canvas.help(controls.help_lines(parameters), layout)

    def tile(self, unit: int) -> Rect | None:
        """Where a unit is on the screen, if the view that is shown has places for units."""
        rect = getattr(self.composition.seen, "rect", lambda unit: None)(unit)
        if rect is None:
            return None
        left, top, right, bottom = rect
        x, y, width, height = self.main
        return Rect(
            x + round(left * width),
            y + round(top * height),
            round((right - left) * width),
            round((bottom - top) * height),
        )

    def unit_at(self, place: tuple[float, float]) -> int | None:
        """The unit at a place on the screen."""
        if not self.main.width:
            return None
        x, y = (place[0] - self.main.left) / self.main.width, (place[1] - self.main.top) / self.main.height
        return getattr(self.composition.seen, "at", lambda x, y: None)(x, y)

    def zone_at(self, place: tuple[int, int], inset: bool) -> Grip | None:
        """What the mouse can take hold of at a place on the screen, of the zones in the camera's small picture or over
        the large one."""
        if not (inset or self.parameters["view/zones"]):
            return None
        at, beside = (self.frame_at((place[0] + step, place[1] + step), inset) for step in (0, REACH))
        reach = tuple(abs(there - here) for here, there in zip(at, beside, strict=True))
        return grip(shapes(self.parameters), at, reach)

    def frame_at(self, place: tuple[int, int], inset: bool) -> tuple[float, float]:
        """The place of the camera's frame, 0..1, that stands at a place on the screen in one of the two pictures."""
        parameters, area = self.parameters, self.inset if inset else self.main
        left, top, mirror = place[0] - area.left, place[1] - area.top, parameters["view/mirror"]
        if inset:
            return Places(self.shape, area.size, mirror).back(left, top)
        x, y = left / area.width, top / area.height
        if self.bare:
            x, y = unproject(x, y, self.turn, controls.corners(parameters))
        return self.composition.back(x, y, self.shape, self.composed_size, mirror)

    def under_mouse(self, percept: Percept, scene: Scene) -> str | None:
        """Number, statistics and place of the unit under the mouse."""
        elsewhere = self.mouse is None or hasattr(self.composition.seen, "entry")
        unit = None if elsewhere else self.unit_at(self.mouse)
        tap = self.parameters["view/layer"]
        layer, maps = scene.layers.get(tap), percept.maps.get(tap)
        if unit is None or layer is None or maps is None or unit >= len(maps):
            return None
        values = maps[unit].float().cpu().numpy()
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        place = (column + 0.5) / values.shape[1], (row + 0.5) / values.shape[0]
        return (f"{tap} unit {unit}: mean {values.mean():.3g} (the layer {layer.mean:.3g}), peak {values.max():.3g} at "
                f"{place[0]:.2f} {place[1]:.2f}, at rest in {(values <= 0).mean():.0%} of the picture")

    def shown(self) -> np.ndarray:
        """The picture that the audience sees, upright, (H, W, 3) uint8 RGB; nobody writes into it."""
        if self.composed.shape[1::-1] == self.composed_size:
            return self.composed
        return cv2.resize(self.composed, self.composed_size)

    def save(self) -> None:
        """Keep what the window shows, of two that of the audience, under a name that is free."""
        file = next(file for file in (Path(f"neocog-{number}.png") for number in count(1)) if not file.exists())
        picture = (self.audience or self).canvas.picture()
        saved = cv2.imwrite(str(file), picture, (cv2.IMWRITE_PNG_COMPRESSION, 1))
        refused = f"could not save {file}: start from a folder that can be written to"
        self.parameters.answer("show/picture", f"saved {file}" if saved else refused)

    def _take(self, event: pygame.event.Event) -> None:
        beside = self.audience is not None and self.audience.owns(event)
        if event.type in (pygame.QUIT, pygame.WINDOWCLOSE):  # of two windows the first that is closed
            self.parameters.set("show/quit", 1, "keys")
        elif beside and event.type in (pygame.WINDOWENTER, pygame.WINDOWLEAVE):
            self.over_audience = event.type == pygame.WINDOWENTER
        elif beside and event.type not in (pygame.KEYDOWN, pygame.KEYUP):
            return  # there is nothing to be clicked
        elif event.type == pygame.VIDEORESIZE and not self.full:
            self.size = event.size
        elif event.type == pygame.MOUSEMOTION:
            self.mouse = event.pos
            if self.drawing:
                self._draw(event.pos)
            elif self.held:
                self.held.pull(self.parameters, self.frame_at(event.pos, self.held_in_inset))
            elif event.buttons[0] and self.parameters["view/corner"] != "none" and self.main.width:
                controls.pull(self.parameters, event.rel[0] / self.main.width, event.rel[1] / self.main.height, "mouse")
        elif event.type == pygame.WINDOWLEAVE:
            self.mouse = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (LEFT, RIGHT):
            self._click(event.pos, event.button)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (LEFT, RIGHT):
            self._release()
        elif event.type == pygame.KEYUP:
            self.down.discard(event.key)
        elif event.type == pygame.KEYDOWN:
            self._press(event)

    def _press(self, event: pygame.event.Event) -> None:
        printed = event.unicode.isprintable() and event.unicode.strip()
        key = event.unicode.lower() if printed else pygame.key.name(event.key)
        held = event.key in self.down
        self.down.add(event.key)
        if held and key not in REPEATING:
            return
        shut = next((path for path in controls.BACK if self.parameters[path]), None) if key == "escape" else None
        if shut is not None:
            self.parameters.set(shut, 0, "keys")
        elif key in ("q", "escape"):
            self._leave(key)
        else:
            controls.press(key, self.parameters, self._neighbour(1), self._neighbour(-1))

    def _neighbour(self, way: int) -> int | None:
        """The unit a row under (1) or over (-1) the chosen one on the wall, round its edge; None if there is none."""
        tile = self.tile(int(self.parameters["view/unit"]))
        if tile is None:
            return None
        x, y = tile.center
        return self.unit_at((x, self.main.top + (y + way * tile.height - self.main.top) % self.main.height))

    def _draw(self, place: tuple[int, int]) -> None:
        """Move the pen on a sheet that is drawn on."""
        for axis, at in zip("xy", self.frame_at(place, self.inset.collidepoint(place)), strict=True):
            self.parameters.set(f"drawing/{axis}", at, "mouse")

    def _release(self) -> None:
        """Let go of a zone, or lift the pen."""
        self.held = None
        if self.drawing:
            self.drawing = False
            for path in ("drawing/pen", "drawing/wipe"):
                self.parameters.set(path, 0, "mouse")

    def _click(self, place: tuple[int, int], button: int) -> None:
        """Take hold of the zone under the mouse, or with the right button put it back; where there is none, choose the
        unit; at the second click look through it, or go back to the wall. On a sheet the left draws, the right
        wipes."""
        inset = self.inset.collidepoint(place)
        if "drawing/pen" in self.parameters and (inset or self.parameters["view/name"] == "camera"):
            self.drawing = True
            self._draw(place)
            self.parameters.set("drawing/pen" if button == LEFT else "drawing/wipe", 1, "mouse")
            return
        zone = self.zone_at(place, inset) if self.parameters["view/corner"] == "none" else None
        if button == RIGHT and zone:
            self.parameters.restore(f"zone/{zone.shape.name}", "mouse")
        elif button == LEFT and zone:
            self.held, self.held_in_inset = zone, inset
        if button == RIGHT or zone:
            return
        now = pygame.time.get_ticks()
        twice, self.clicked = now - self.clicked < TWICE, now
        unit = self.unit_at(place)
        if unit is not None:
            self.parameters.set(getattr(self.composition.seen, "entry", "view/unit"), unit, "mouse")
        if twice and self.main.collidepoint(place):
            self.parameters.set("view/name", "wall" if self.parameters["view/name"] == "unit" else "unit", "mouse")
            self.clicked = -TWICE

    def _leave(self, key: str) -> None:
        """Leave at the second press: in a dark room fingers slip."""
        if 0 <= self.time - self.leaving < AGAIN:
            self.parameters.set("show/quit", 1, "keys")
        else:
            self.leaving = self.time
            self.parameters.answer("show/quit", f"press {key} again to leave", AGAIN)

    def _open(self) -> None:
        """Put the window up, or change it between a window and the full screen."""
        self.full = self.parameters["view/fullscreen"] and self.audience is None
        surface = put_up(self.size, self.display, self.full)
        self.canvas.begin(surface)
        if not self.main.width:  # nothing was shown yet
            layout = arrange(surface.get_size(), False, 4 / 3)
            words = self.canvas.typeface.draw(WAITING, layout.pixels(22, 10), DIM)
            surface.blit(words, words.get_rect(center=surface.get_rect().center))
            pygame.display.flip()


MARKS = {"record/picture": "recording", "view/freeze": "frozen", "view/blackout": "black", "view/mirror": "mirrored"}


def still(percept: Percept) -> Percept:
    """A percept that keeps its picture and maps while the engine writes new ones into theirs."""
    frame = replace(percept.frame, pixels=percept.frame.pixels.copy())
    kept = replace(percept, frame=frame, maps={tap: maps.clone() for tap, maps in percept.maps.items()})
    if any(maps.is_cuda for maps in kept.maps.values()):
        torch.cuda.synchronize()  # the next frame is written on another stream
    return kept
