"""The window on the performer's screen or projector: a view, and around it the operator's page."""

from dataclasses import replace
from itertools import count
from math import inf
from pathlib import Path

import cv2
import numpy as np
import pygame
from torch import nn

from engine.draw import Draw
from engine.parameters import Parameters
from engine.values import EngineStatus, Percept, Scene
from engine.window import controls
from engine.window.audience import Audience
from engine.window.colours import DIM
from engine.window.composition import Composition, technical
from engine.window.displays import names, put_up
from engine.window.drawing import Canvas, Typeface
from engine.window.feature_pictures import FeaturePictures
from engine.window.hit_test import HitTest
from engine.window.keyboard import Keyboard
from engine.window.layout import Layout, arrange, within
from engine.window.mouse import Mouse
from engine.window.projection import project, test_card, turned_size
from engine.window.side_panel import SidePanel
from engine.window.tour import Tour
from engine.window.views import views
from engine.window.views.glow import covering
from engine.window.views.places import Places
from engine.window.views.view import QUICK
from engine.window.x_server import Server, leave_screen
from engine.window.zones import draw_zones
from models.feature_pictures import unit_pictures

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
        screens = dict(enumerate(names()))
        self.audience_display = f"display {display}: {screens.get(display, 'unplugged')}"
        pygame.display.set_allow_screensaver(False)
        typeface = Typeface()
        self.canvas = Canvas(typeface)
        self.side_panel = SidePanel(typeface, FeaturePictures(unit_pictures(features)))
        self.composition, self.tour = Composition(views(network, features)), Tour()
        self.parameters, self.frozen, self.time = parameters, None, 0.0
        self.cues: tuple[Draw, ...] = ()  # what the patch draws
        self.hits = HitTest(parameters, self.composition)
        self.keyboard, self.mouse = Keyboard(parameters, self.hits), Mouse(parameters, self.composition, self.hits)
        self.size, self.display = size, display if operator is None else operator
        self.audience = None if operator is None else Audience(display, size, parameters["view/fullscreen"])
        self.composed = None  # what the audience sees, upright
        self.looked, self.camera = -inf, np.zeros((0, 0, 3), np.uint8)  # when the small picture was drawn, and it
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
        hits = self.hits
        hits.shape = height, width = percept.frame.pixels.shape[:2]
        page = parameters["view/text"]
        inset = parameters["view/inset"] and parameters["view/name"] != "camera"
        column = page and parameters["view/column"]
        layout = arrange(surface.get_size(), column, width / height, inset, parameters["view/big"])
        hits.main, hits.inset = layout.main, layout.inset
        shown = self.audience.size if self.audience else layout.main.size
        hits.size, hits.turn = turned_size(shown, self.turn), self.turn if self.bare else None
        if self.audience:
            hits.main = within(layout.main, hits.size[0] / hits.size[1])
        self.canvas.begin(surface, hits.main)
        picture = self.composed = self.picture(percept, seen, hits.size, scene.time)
        if self.audience:
            self.audience.show(self.projected(picture, shown))
        if parameters["view/zones"] and not parameters["view/blackout"] and not parameters["view/card"]:
            picture = self.composition.zoned(picture, percept, seen, parameters)
        self.canvas.put(self.projected(picture, shown) if self.bare else picture, hits.main)
        if page:
            self.page(layout, percept, seen, patch, status)
        self.composition.rehearse(percept, seen, parameters, hits.size)
        pointed = page or parameters["view/corner"] != "none" or parameters["view/zones"] or self.audience
        pygame.mouse.set_visible(bool(pointed) and not self.over_audience)
        pygame.display.flip()

    @property
    def trouble(self) -> str:
        """Why the view that is wanted is not shown; empty if it is."""
        return self.composition.trouble

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
            return test_card(size, self.audience_display)
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
            if not 0 < self.time - self.looked < QUICK or self.camera.shape[1::-1] != layout.inset.size:
                self.looked, self.camera = self.time, self.beside(percept, scene, layout.inset.size)
            self.canvas.put(self.camera, layout.inset)
        if (tile := self.hits.tile(int(parameters["view/unit"]))) is not None and not parameters["view/blackout"]:
            self.canvas.outline(tile, layout)
        told = status.sentences
        if self.mouse.place and (under := self.hits.statistics(self.mouse.place, percept, scene)) is not None:
            told.append(under)
        self.canvas.banner(told if parameters["view/strip"] else (), layout)
        marks = {word: parameters[path] for path, word in MARKS.items()}
        marks["recording"] |= status.recording
        self.canvas.marks([word for word, holds in marks.items() if holds], layout)
        if parameters["view/help"]:
            self.canvas.help(controls.help_lines(parameters), layout)

    def beside(self, percept: Percept, scene: Scene, size: tuple[int, int]) -> np.ndarray:
        """The camera's picture of a size, with what was found in it and the zones."""
        mirror = self.parameters["view/mirror"]
        pixels = covering(percept.frame.pixels, size)
        pixels = cv2.flip(pixels, 1) if mirror else pixels.copy()
        places = Places(self.hits.shape, size, mirror)
        if self.parameters["view/boxes"]:
            technical(pixels, scene, places, True)
        draw_zones(pixels, self.parameters, scene.zones, places)
        return pixels

    def shown(self) -> np.ndarray:
        """The picture that the audience sees, upright, (H, W, 3) uint8 RGB; nobody writes into it."""
        if self.composed.shape[1::-1] == self.hits.size:
            return self.composed
        return cv2.resize(self.composed, self.hits.size)

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
        elif event.type in (pygame.KEYDOWN, pygame.KEYUP):
            self.keyboard(event, self.time)
        elif not beside:
            if event.type == pygame.VIDEORESIZE and not self.full:
                self.size = event.size
            self.mouse(event)
        elif event.type in (pygame.WINDOWENTER, pygame.WINDOWLEAVE):  # else there is nothing to be clicked
            self.over_audience = event.type == pygame.WINDOWENTER

    def _open(self) -> None:
        """Put the window up, or change it between a window and the full screen."""
        self.full = self.parameters["view/fullscreen"] and self.audience is None
        surface = put_up(self.size, self.display, self.full)
        self.canvas.begin(surface)
        if not self.hits.main.width:  # nothing was shown yet
            layout = arrange(surface.get_size(), False, 4 / 3)
            words = self.canvas.typeface.draw(WAITING, layout.pixels(22, 10), DIM)
            surface.blit(words, words.get_rect(center=surface.get_rect().center))
            pygame.display.flip()


MARKS = {"record/picture": "recording", "view/freeze": "frozen", "view/blackout": "black", "view/mirror": "mirrored"}


def still(percept: Percept) -> Percept:
    """A percept that keeps its picture and maps while the engine writes new ones into theirs."""
    frame = replace(percept.frame, pixels=percept.frame.pixels.copy())
    return replace(percept, frame=frame, maps={tap: maps.to("cpu", copy=True) for tap, maps in percept.maps.items()})
