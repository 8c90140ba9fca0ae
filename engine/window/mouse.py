"""The mouse in the operator's window: it chooses units, turns what is chosen, moves zones and corners, draws."""

import pygame

from engine.parameters import Parameters
from engine.window import controls
from engine.window.composition import Composition
from engine.window.hit_test import HitTest
from engine.window.zones import Grip

LEFT, RIGHT = 1, 3  # buttons
TWICE = 400  # milliseconds in which a second click enlarges


class Mouse:
    """Callable: (event); place is where it is, None while it is outside the window."""

    def __init__(self, parameters: Parameters, composition: Composition, hits: HitTest):
        self.parameters, self.composition, self.hits = parameters, composition, hits
        self.place: tuple[int, int] | None = None
        self.held: Grip | None = None  # a zone
        self.held_in_inset = False
        self.drawing = False  # it holds the pen of a sheet
        self.clicked = -TWICE

    def __call__(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEMOTION:
            self.move(event)
        elif event.type == pygame.WINDOWLEAVE:
            self.place = None
        elif event.type == pygame.MOUSEWHEEL:
            if self.place and not self.hits.main.collidepoint(self.place):
                controls.nudge(self.parameters, event.y, "mouse")
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (LEFT, RIGHT):
            self.click(event.pos, event.button)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (LEFT, RIGHT):
            self.release()

    def move(self, event: pygame.event.Event) -> None:
        """Draw, or pull what is held: a zone, or the chosen corner of the projection."""
        self.place, main = event.pos, self.hits.main
        if self.drawing:
            self.draw(event.pos)
        elif self.held:
            self.held.pull(self.parameters, self.hits.in_frame(event.pos, self.held_in_inset))
        elif event.buttons[0] and self.parameters["view/corner"] != "none" and main.width:
            controls.pull(self.parameters, event.rel[0] / main.width, event.rel[1] / main.height, "mouse")

    def click(self, place: tuple[int, int], button: int) -> None:
        """Take hold of the zone under the mouse, or with the right button put it back; where there is none, choose the
        unit; at the second click look through it, or go back to the wall. On a sheet the left draws, the right
        wipes."""
        inset = self.hits.inset.collidepoint(place)
        if "drawing/pen" in self.parameters and (inset or self.parameters["view/name"] == "camera"):
            self.drawing = True
            self.draw(place)
            self.parameters.set("drawing/pen" if button == LEFT else "drawing/wipe", 1, "mouse")
            return
        zone = self.hits.zone(place, inset) if self.parameters["view/corner"] == "none" else None
        if button == RIGHT and zone:
            self.parameters.restore(f"zone/{zone.shape.name}", "mouse")
        elif button == LEFT and zone:
            self.held, self.held_in_inset = zone, inset
        if button == RIGHT or zone:
            return
        now = pygame.time.get_ticks()
        twice, self.clicked = now - self.clicked < TWICE, now
        unit = self.hits.unit(place)
        if unit is not None:
            self.parameters.set(getattr(self.composition.seen, "entry", "view/unit"), unit, "mouse")
        if twice and self.hits.main.collidepoint(place):
            self.parameters.set("view/name", "wall" if self.parameters["view/name"] == "unit" else "unit", "mouse")
            self.clicked = -TWICE

    def draw(self, place: tuple[int, int]) -> None:
        """Move the pen on a sheet that is drawn on."""
        at = self.hits.in_frame(place, self.hits.inset.collidepoint(place))
        for axis, value in zip("xy", at, strict=True):
            self.parameters.set(f"drawing/{axis}", value, "mouse")

    def release(self) -> None:
        """Let go of a zone, or lift the pen."""
        self.held = None
        if self.drawing:
            self.drawing = False
            for path in ("drawing/pen", "drawing/wipe"):
                self.parameters.set(path, 0, "mouse")
