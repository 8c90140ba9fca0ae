"""The window on the performer's screen or projector: the wall, the camera, one unit; keys and mouse."""

import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import cv2
import pygame
import torch
from pygame import Rect

from engine.values import Change, EngineStatus, Percept, Scene
from engine.window.controls import HELP, Controls, sentences
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


class Window:
    """Shows percepts and hands back what keys say. It stays on the thread that opened it.

    size in pixels; fullscreen is borderless on display 0, 1, ...; pygame.error if there is no such screen. features
    is the name of the network that is felt: what its units respond to is shown beside them, if it is known.
    """

    def __init__(self, size: tuple[int, int] = (1280, 720), fullscreen: bool = False, display: int = 0,
                 features: str = ""):
        for hint, value in HINTS.items():
            os.environ.setdefault(hint, value)
        pygame.display.init()
        pygame.display.set_caption("Neocog")
        pygame.key.set_repeat(*REPEAT)
        typeface, self.feature_pictures = Typeface(), FeaturePictures(sheets(features))
        self.canvas, self.side_panel, self.wall = Canvas(typeface), SidePanel(typeface, self.feature_pictures), Wall()
        self.controls, self.patch, self.frozen = Controls(fullscreen=fullscreen), None, None
        self.grid, self.tiles = None, Rect(0, 0, 0, 0)  # the wall as it is on the screen, for clicks
        self.down = set()  # keys that are held
        self.size, self.display = size, display
        self._open()

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *raised) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether the performer has left."""
        return self.controls.closed

    def close(self) -> None:
        pygame.display.quit()

    def changes(self) -> list[Change]:
        """Act on keys and mouse since the last call; what concerns the patch comes back."""
        changes = [self._take(event) for event in pygame.event.get()]
        if self.controls.fullscreen != self.full:
            self._open()
        return [change for change in changes if change is not None]

    def turn(self, change: Change) -> bool:
        """Take a change of layer, unit, view, freeze or blackout; False for any other."""
        return self.controls.turn(change)

    def show(self, percept: Percept, scene: Scene, patch, status: EngineStatus) -> None:
        """Draw the layout for a frame and put it on the screen."""
        controls, self.patch, self.grid = self.controls, patch, None
        self.frozen = (self.frozen or (still(percept), scene)) if controls.freeze else None
        percept, seen = self.frozen or (percept, scene)
        controls.see(scene.time, {tap: len(maps) for tap, maps in percept.maps.items()})
        surface = pygame.display.get_surface()
        self.canvas.begin(surface)
        if not controls.blackout:
            height, width = percept.frame.pixels.shape[:2]
            layout = arrange(surface.get_size(), controls.view, controls.text, width / height)
            if controls.text:
                surface.blit(self.side_panel(layout, controls, scene, patch, status), layout.panel)
            DRAW[controls.view](self, layout, percept, seen)
            if controls.text:
                self.canvas.banner(sentences(patch, status.notices + controls.notices), layout)
            if controls.help:
                self.canvas.help(HELP, layout)
        pygame.display.flip()

    def _wall(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        self._tiles(layout.main, layout, percept)
        if layout.inset:
            self._camera_in(layout.inset, layout, percept, scene)

    def _camera(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        height, width = percept.frame.pixels.shape[:2]
        self._camera_in(within(layout.main, width / height), layout, percept, scene)
        self._tiles(layout.strip, layout, percept)

    def _unit(self, layout: Layout, percept: Percept, scene: Scene) -> None:
        controls = self.controls
        height, width = percept.frame.pixels.shape[:2]
        if controls.layer:
            bright = self.wall.unit(percept.maps[controls.layer], controls.layer, percept.frame.time, controls.unit, controls.mirror)
            rect = within(layout.main, width / height)
            self.canvas.glow(percept.frame.pixels, bright, rect, controls.mirror)
            place = corner(rect, layout)
            if (like := self.feature_pictures(controls, place.width)) is not None:
                self.canvas.surface.blit(like, place)
        if layout.inset:
            self._tiles(layout.inset, layout, percept)

    def _camera_in(self, rect: Rect, layout: Layout, percept: Percept, scene: Scene) -> None:
        self.canvas.camera(percept.frame.pixels, rect, self.controls.mirror)
        self.canvas.boxes(scene.tracks, rect, self.controls.mirror, layout)

    def _tiles(self, rect: Rect, layout: Layout, percept: Percept) -> None:
        controls = self.controls
        if not controls.layer:
            return
        maps = percept.maps[controls.layer]
        self.grid = fit(maps.shape[0], tuple(maps.shape[1:]), rect.size)
        mosaic = self.wall(maps, controls.layer, percept.frame.time, self.grid, controls.mirror)
        self.tiles = self.canvas.wall(mosaic, self.grid, rect, layout)
        if controls.text:
            tile = Rect(self.grid.corner(controls.unit), (self.grid.width, self.grid.height))
            self.canvas.outline(tile.move(self.tiles.topleft), layout)

    def _take(self, event: pygame.event.Event) -> Change | None:
        if event.type == pygame.QUIT:
            self.controls.closed = True
        elif event.type == pygame.VIDEORESIZE and not self.full:
            self.size = event.size
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and self.grid is not None:
            unit = self.grid.unit(event.pos[0] - self.tiles.left, event.pos[1] - self.tiles.top)
            self.controls.unit = self.controls.unit if unit is None else unit
        elif event.type == pygame.KEYUP:
            self.down.discard(event.key)
        elif event.type == pygame.KEYDOWN:
            return self._press(event)
        return None

    def _press(self, event: pygame.event.Event) -> Change | None:
        printed = event.unicode.isprintable() and event.unicode.strip()
        key = event.unicode.lower() if printed else pygame.key.name(event.key)
        held = event.key in self.down
        self.down.add(event.key)
        if held and key not in REPEATING:
            return None
        if key == "s":
            self._save()
        return self.controls.press(key, self.patch.params if self.patch else {})

    def _save(self) -> None:
        file = next(file for file in (Path(f"neocog-{number}.png") for number in count(1)) if not file.exists())
        saved = cv2.imwrite(str(file), self.canvas.picture(), (cv2.IMWRITE_PNG_COMPRESSION, 1))
        refused = f"could not save {file}: start from a folder that can be written to"
        self.controls.say(f"saved {file}" if saved else refused)

    def _open(self) -> None:
        """Put the window up, or change it between a window and the full screen."""
        self.full = self.controls.fullscreen
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
