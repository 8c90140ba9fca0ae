"""The keys of the operator's window: each turns what the table of keys says."""

import pygame

from engine.parameters import Parameters
from engine.window import controls
from engine.window.hit_test import HitTest

REPEAT = 400, 40  # milliseconds until a held key repeats, and between repeats
REPEATING = {"left", "right", "up", "down", "-", "=", "+", "e", "d"}
AGAIN = 3.0  # seconds in which a second press leaves


class Keyboard:
    """Callable: (event, time) with the show's time; what a key turns stands in the table."""

    def __init__(self, parameters: Parameters, hits: HitTest):
        pygame.key.set_repeat(*REPEAT)
        self.parameters, self.hits = parameters, hits
        self.down = set()  # keys that are held
        self.leaving = float("-inf")  # when leaving was asked for

    def __call__(self, event: pygame.event.Event, time: float) -> None:
        if event.type == pygame.KEYUP:
            self.down.discard(event.key)
            return
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
            self.leave(key, time)
        else:
            controls.press(key, self.parameters, self.hits.neighbour(1), self.hits.neighbour(-1))

    def leave(self, key: str, time: float) -> None:
        """Leave at the second press: in a dark room fingers slip."""
        if 0 <= time - self.leaving < AGAIN:
            self.parameters.set("show/quit", 1, "keys")
        else:
            self.leaving = time
            self.parameters.answer("show/quit", f"press {key} again to leave", AGAIN)
