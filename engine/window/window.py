"""The window on the performer's screen or projector: the wall, the camera, one unit; keys and mouse."""

import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import pygame
import torch
from pygame import Rect

from engine.parameters import Parameters
from engine.values import EngineStatus, Percept, Scene
from engine.window import controls
from engine.window.drawing import Canvas
from engine.window.feature_pictures import FeaturePictures
from engine.window.layout import Layout, arrange, corner, within
from engine.window.side_panel import SidePanel
from engine.window.text import Typeface
from engine.window.views.wall import Wall, fit
from models.sheets import sheets

HINTS = {
    "SDL_FRAMEBUFFER_ACCELERATION": "0",  # X11's shared memory shows a picture in 0.1 ms, SDL's detour over OpenGL in 4
    "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",  # a projector goes on while the performer types elsewhere
}
REPEAT = 400, 40  # milliseconds until a held key repeats, and between repeats
REPEATING = {"left", "right", "up", "down", "-", "=", "+"}
AGAIN = 3.0  # seconds in which a second press leaves


class Window:
    """Shows percepts and hands back what keys say. It stays on the thread that opened it.

    size in pixels; fullscreen is borderless on display 0, 1, ...; pygame.error if there is no such screen. features
    is the name of the network that is felt: what its units respond to is shown beside them, if it is known.
    """

    def __init__(self, parameters: Parameters, size: tuple[int, int] = (1280, 720), display: int = 0, features: str = ""):
        for hint, value in HINTS.items():
            os.environ.setdefault(hint, value)
        pygame.display.init()
        pygame.display.set_caption("Neocog")
        pygame.key.set_repeat(*REPEAT)
        typeface, self.feature_pictures = Typeface(), FeaturePictures(sheets(features))
        self.canvas, self.side_panel, self.wall = Canvas(typeface), SidePanel(typeface, self.feature_pictures), Wall()
        self.parameters, self.frozen, self.time, self.leaving = parameters, None, 0.0, float("-inf")
        self.grid, self.tiles = None, Rect(0, 0, 0, 0)  # the wall as it is on the screen, for clicks
        self.down = set()  # keys that are held
        self.size, self.display = size, display
        self._open()

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *raised) -> None:
        self.close()

    def close(self) -> None:
        pygame.display.quit()

    def poll(self) -> None:
        """Act on keys and mouse since the last call: what they turn stands in the table."""
        for event in pygame.event.get():
            self._take(event)
        if self.parameters["view/fullscreen"] != self.full:
            self._open()

    def show(self, percept: Percept, scene: Scene, patch, status: EngineStatus) -> None:
        """Draw the page for a frame and put it on the screen."""
        parameters, self.grid, self.time = self.parameters, None, scene.time
        self.frozen = (self.frozen or (still(percept), scene)) if parameters["view/freeze"] else None
        percept, seen = self.frozen or (percept, scene)
        surface = pygame.display.get_surface()
        self.canvas.begin(surface)
        if not parameters["view/blackout"]:
            height, width = percept.frame.pixels.shape[:2]
            view, text = parameters["view/name"], parameters["view/text"]
            layout = arrange(surface.get_size(), view, text, width / height)
            if text:
                surface.blit(self.side_panel(layout, parameters, scene, patch, status), layout.panel)
            DRAW[view](self, layout, percept, seen)
            if text:
                self.canvas.banner(dict.fromkeys(status.notices), layout)
            if parameters["view/help"]:
                self.canvas.help(controls.help_lines(parameters), layout)
        pygame.display.flip()

    def save(self) -> None:
        """Keep the picture that is shown, under a name that is free."""
        file = next(file for file in (Path(f"neocog-{number}.png") for number in count(1)) if not file.exists())
        saved = cv2.imwrite(str(file), self.canvas.picture(), (cv2.IMWRITE_PNG_COMPRESSION, 1))
        refused = f"could not save {file}: start from a folder that can be written to"
        self.parameters.answer("show/picture", f"saved {file}" if saved else refused)

    def _wall(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        self._tiles(layout.main, layout, percept)
        if layout.inset:
            self._camera_in(layout.inset, layout, percept, scene)

    def _camera(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        height, width = percept.frame.pixels.shape[:2]
        self._camera_in(within(layout.main, width / height), layout, percept, scene)
        self._tiles(layout.strip, layout, percept)

    def _unit(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        height, width = percept.frame.pixels.shape[:2]
        layer, mirror = self.parameters["view/layer"], self.parameters["view/mirror"]
        if layer in percept.maps:
            maps = percept.maps[layer]
            bright = self.wall.unit(maps, layer, percept.frame.time, self.unit(len(maps)), mirror)
            rect = within(layout.main, width / height)
            self.canvas.glow(percept.frame.pixels, bright, rect, mirror)
            place = corner(rect, layout)
            if (picture := self.feature_pictures(self.parameters, len(maps), place.width)) is not None:
                self.canvas.surface.blit(picture, place)
        if layout.inset:
            self._tiles(layout.inset, layout, percept)

    def unit(self, count: int) -> int:
        """The unit that is looked at, in a layer of so many."""
        return min(int(self.parameters["view/unit"]), count - 1)

    def _camera_in(self, rect: Rect, layout: Layout, percept: Percept, scene: Scene) -> None:
        mirror = self.parameters["view/mirror"]
        self.canvas.camera(percept.frame.pixels, rect, mirror)
        self.canvas.boxes(scene.tracks, rect, mirror, layout)

    def _tiles(self, rect: Rect, layout: Layout, percept: Percept) -> None:
        layer = self.parameters["view/layer"]
        if layer not in percept.maps:
            return
        maps = percept.maps[layer]
        self.grid = fit(maps.shape[0], tuple(maps.shape[1:]), rect.size)
        mosaic = self.wall(maps, layer, percept.frame.time, self.grid, self.parameters["view/mirror"])
        self.tiles = self.canvas.wall(mosaic, self.grid, rect, layout)
        if self.parameters["view/text"]:
            tile = Rect(self.grid.corner(self.unit(len(maps))), (self.grid.width, self.grid.height))
            self.canvas.outline(tile.move(self.tiles.topleft), layout)

    def _take(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.parameters.set("show/quit", 1, "keys")
        elif event.type == pygame.VIDEORESIZE and not self.full:
            self.size = event.size
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and self.grid is not None:
            unit = self.grid.unit(event.pos[0] - self.tiles.left, event.pos[1] - self.tiles.top)
            if unit is not None:
                self.parameters.set("view/unit", unit, "mouse")
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
            controls.press(key, self.parameters, self.grid.columns if self.grid else 1)

    def _leave(self, key: str) -> None:
        """Leave at the second press: in a dark room fingers slip."""
        if 0 <= self.time - self.leaving < AGAIN:
            self.parameters.set("show/quit", 1, "keys")
        else:
            self.leaving = self.time
            self.parameters.answer("show/quit", f"press {key} again to leave", AGAIN)

    def _open(self) -> None:
        """Put the window up, or change it between a window and the full screen."""
        self.full = self.parameters["view/fullscreen"]
        screens = pygame.display.get_desktop_sizes()
        display = min(self.display, len(screens) - 1)  # a projector may have been unplugged
        size, flag = (screens[display], pygame.FULLSCREEN) if self.full else (self.size, pygame.RESIZABLE)
        for _ in range(2):  # the first leaves the full screen, and only the second is heard about the size (X11)
            pygame.display.set_mode(size, flag, display=display)
        pygame.mouse.set_visible(not self.full)
        self.canvas.begin(pygame.display.get_surface())


DRAW = {"wall": Window._wall, "camera": Window._camera, "unit": Window._unit}


def still(percept: Percept) -> Percept:
    """A percept that keeps its picture and maps while the engine writes new ones into theirs."""
    frame = replace(percept.frame, pixels=percept.frame.pixels.copy())
    kept = replace(percept, frame=frame, maps={tap: maps.clone() for tap, maps in percept.maps.items()})
    if any(maps.is_cuda for maps in kept.maps.values()):
        torch.cuda.synchronize()  # the next frame is written on another stream
    return kept
