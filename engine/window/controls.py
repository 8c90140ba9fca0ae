"""What the window adds to the table of parameters, and the keys that turn it; the help is drawn from the same table."""

from typing import NamedTuple

import numpy as np

from engine.parameter import Name
from engine.parameters import Parameters
from engine.window.colours import PALETTES
from engine.window.projection import CORNERS, TURNS
from engine.window.sharing import NONE, WAYS
from engine.window.views import NAMES
from engine.window.views.view import NOTHING, SHIPPED

MOST_UNITS = 65_535


def declare(parameters: Parameters) -> None:
    """The entries of whatever shows the picture, a window or its peer without a screen."""
    parameters.choice("view/name", NAMES[0], NAMES, "what fills the picture")
    parameters.choice("view/layer", "", (), "the layer that is looked at")
    parameters.number("view/unit", 0, 0, MOST_UNITS, "the unit that is looked at, or click a tile", curve="whole")
    parameters.choice("view/parameter", "", (), "the parameter of the patch that keys turn")
    parameters.choice("view/turned", "", ("",), "what has no key of its own, to be turned as well")
    parameters.switch("view/freeze", False, "hold the picture")
    parameters.switch("view/blackout", False, "black")
    parameters.switch("view/mirror", False, "left and right change places")
    parameters.switch("view/text", True, "the operator's page, or the bare picture for an audience")
    parameters.switch("view/big", False, "the page's words large, to be read from afar")
    parameters.switch("view/column", True, "the column of words in the page")
    parameters.switch("view/inset", True, "the camera's picture in the column")
    parameters.switch("view/strip", True, "notices, and what is under the mouse, at the foot of the page")
    parameters.switch("view/zones", False,
                      "zones over the whole picture; there and in the camera's the mouse moves them")
    parameters.switch("view/fullscreen", False, "fill the screen")
    parameters.switch("view/help", False, "this help")
    parameters.command("show/picture", "save a picture")
    parameters.switch("record/picture", False, "keep the picture in a video, from now until it is pressed again")
    parameters.choice("view/share", NONE, (NONE, *WAYS), "hand the picture to other programs")
    for path, about in SWITCHES.items():
        parameters.switch(f"view/{path}", True, about)
    parameters.switch("view/technical", False, "objects with the numbers of a rehearsal, or calm for an audience")
    parameters.choice("view/palette", "dusk", PALETTES, "the colours that units glow in")
    parameters.choice("view/order", "activity", ("activity", "likeness", "number"),
                      "the strongest on the wall, those side by side that look alike, or all by number")
    parameters.choice("view/target", "class", ("class", "object", "layer", "unit"),
                      "what is asked for: attribution and dream")
    parameters.choice("view/fit", "cover", ("cover", "contain"), "fill the picture, or show all of the camera's")
    parameters.choice("view/painter", SHIPPED, (SHIPPED,), "who paints: what ships, or what a patch brings along")
    parameters.choice("view/tested_on", NOTHING, (NOTHING,), "what networks were tested on, if a patch has it")
    for path, (default, low, high, about, curve) in NUMBERS_OF_VIEWS.items():
        parameters.number(f"view/{path}", default, low, high, about, curve=curve)
    parameters.number("projection/mask", 0.0, 0.0, 0.5, "how much of the picture's edge fades to black")
    parameters.choice("projection/rotate", "0", TURNS, "turn the projection clockwise, in degrees")
    parameters.choice(
        "view/corner", "none", ("none", *CORNERS), "the corner of the projection that arrows and mouse pull"
    )
    parameters.switch("view/card", False, "a test card, to line a projector up by")
    for corner in CORNERS:
        for axis in ("x", "y"):
            parameters.number(f"projection/corners/{corner}/{axis}", 0.0, -0.5, 0.5, "keystone, part of the screen")


SWITCHES = {
    "smooth": "maps smooth, or as they are",
    "boxes": "objects on the camera's picture",
    "labels": "words in the picture",
    "details": "what stands beside a unit",
    "lens": "the picture of what a unit responds to",
}
NUMBERS_OF_VIEWS = {
    "gamma": (1.3, 0.4, 3.0, "lifts what glows weakly", "log"),
    "under": (0.25, 0.0, 1.0, "how much of the camera's picture shows under the maps", "linear"),
    "tiles": (24, 1, 1024, "units on the wall at a time", "whole"),
    "page": (0, 0, 255, "the page of a wall in order of number", "whole"),
    "strength": (0.4, 0.0, 1.0, "how far a dream climbs in a frame", "linear"),
    "decay": (0.1, 0.0, 1.0, "how much of the camera comes back into a dream in a frame", "linear"),
    "zoom": (0.02, -0.1, 0.1, "how much nearer a dream comes in a frame", "linear"),
    "turn": (0.0, -10.0, 10.0, "degrees that a dream turns in a frame", "linear"),
    "style": (0.0, 0.0, 3.0, "which style of a painter, and all between two; after the last the first again", "linear"),
    "paint": (1.0, 0.0, 1.0, "how much of the painting is over the camera's picture", "linear"),
    "cell": (35, 0, 99, "the cell of a confusion matrix that is looked into, or click it", "whole"),
    "tour": (0.0, 0.0, 600.0, "seconds until layer and unit wander on by themselves, 0 for never", "linear"),
    "fade": (0.5, 0.0, 10.0, "seconds from one view, layer or unit to the next, and to black", "linear"),
}


class Key(NamedTuple):
    """A key by pygame's name: how help writes it, the parameter it turns, and how.

    way is steps, or the word that it chooses and, pressed again, leaves for the first.
    """

    name: str
    label: str
    path: str
    way: int | str = 1


KEYS = (
    Key("left", "←", "view/layer", -1),
    Key("right", "→", "view/layer"),
    Key("return", "enter", "view/name", "unit"),
    Key("enter", "enter", "view/name", "unit"),
    Key("v", "v", "view/name"),
    Key("space", "space", "view/freeze"),
    Key("b", "b", "view/blackout"),
    Key("m", "m", "view/mirror"),
    Key("f", "f", "view/fullscreen"),
    Key("tab", "tab", "view/text"),
    Key("c", "c", "view/palette"),
    Key("x", "x", "view/boxes"),
    Key("l", "l", "view/labels"),
    Key("i", "i", "view/technical"),
    Key("a", "a", "view/order"),
    Key("[", "[", "view/page", -1),
    Key("]", "]", "view/page"),
    Key("z", "z", "view/zones"),
    Key("y", "y", "view/big"),
    Key("t", "t", "view/card"),
    Key("k", "k", "view/corner"),
    Key("p", "p", "show/next"),
    Key("o", "o", "show/previous"),
    Key("s", "s", "show/picture"),
    Key("r", "r", "record/picture"),
    Key("e", "e", "view/turned", -1),
    Key("d", "d", "view/turned"),
    Key("w", "w", "preset/keep"),
    Key(".", ".", "show/panic"),
    Key("h", "h", "view/help"),
)
BY_NAME = {key.name: key for key in KEYS}
NUDGES = {"-": -1, "=": 1, "+": 1}
NUMBERS = {str(number): number - 1 for number in range(1, 10)}
PRESETS = {f"f{number}": number - 1 for number in range(1, 13)}
MOVES = {"up": -1, "down": 1}  # rows of the wall, or units where no wall is shown
BACK = ("view/help", "view/card", "view/fullscreen")  # what escape closes, one a press, before it asks to leave


PULL = 1 / 500  # of the screen, that one press pulls a corner
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def pull(parameters: Parameters, x: float, y: float, origin: str) -> None:
    """Move the chosen corner of the projection by a part of the screen."""
    root = f"projection/corners/{parameters['view/corner']}"
    for axis, way in (("x", x), ("y", y)):
        parameters.set(f"{root}/{axis}", parameters[f"{root}/{axis}"] + way, origin)


def corners(parameters: Parameters) -> np.ndarray:
    """How far each corner of the projection is pulled, (4, 2) in parts of the screen."""
    return np.array([[parameters[f"projection/corners/{corner}/{axis}"] for axis in ("x", "y")]
                     for corner in CORNERS])


def turned(parameters: Parameters) -> str:
    """The path of what keys and the mouse's wheel turn; "" where there is nothing to turn."""
    name = parameters["view/parameter"]
    return parameters["view/turned"] or (f"patch/{name}" if name else "")


def nudge(parameters: Parameters, way: int, origin: str) -> None:
    """Turn what is chosen a step up or down."""
    if path := turned(parameters):
        parameters.step(path, way, origin)


def offer_rest(parameters: Parameters) -> None:
    """Let keys choose whatever no key turns, of all that is declared by now; "" is for the patch's own parameters."""
    keyed = {"view/unit", "view/parameter", "show/quit", *(key.path for key in KEYS)}
    rest = (path for path, entry in parameters.entries.items() if path not in keyed and not isinstance(entry, Name))
    parameters.offer("view/turned", ("", *sorted(rest)))


def press(key: str, parameters: Parameters, below: int | None = None, above: int | None = None) -> None:
    """Turn what a key turns; below and above are the units under and over the chosen one on a wall, if there is one."""
    if key in ARROWS and parameters["view/corner"] != "none":
        x, y = ARROWS[key]
        pull(parameters, x * PULL, y * PULL, "keys")
    elif key in BY_NAME:
        _, _, path, way = BY_NAME[key]
        if isinstance(way, int):
            parameters.step(path, way, "keys")
        else:
            choices = parameters.entries[path].choices
            parameters.set(path, choices[0] if parameters[path] == way else way, "keys")
    elif key in MOVES:
        count = int(parameters.entries["view/unit"].param.high) + 1
        next_row = below if MOVES[key] > 0 else above
        unit = (parameters["view/unit"] + MOVES[key]) % count if next_row is None else next_row
        parameters.set("view/unit", unit, "keys")
    elif key in NUDGES:
        nudge(parameters, NUDGES[key], "keys")
    elif key in NUMBERS:
        names = list(parameters.below("patch"))
        if NUMBERS[key] < len(names):
            parameters.set("view/turned", "", "keys")
            parameters.set("view/parameter", names[NUMBERS[key]], "keys")
    elif key in PRESETS:
        presets = parameters.entries["preset/play"].choices
        if PRESETS[key] < len(presets):
            parameters.set("preset/play", presets[PRESETS[key]], "keys")


def help_lines(parameters: Parameters) -> list[tuple[str, str]]:
    """Key and meaning, one a line."""
    rows = {}
    for key in KEYS:
        rows.setdefault(meaning(key, parameters), []).append(key.label)
    lines = [(" ".join(dict.fromkeys(labels)), about) for about, labels in rows.items()]
    lines.insert(1, ("↑ ↓", parameters.entries["view/unit"].about))
    return lines + [("1 … 9", parameters.entries["view/parameter"].about),
                    ("- =", "turn it, as the mouse's wheel does on the column"),
                    ("F1 … F12", parameters.entries["preset/play"].about),
                    ("q q", "leave; escape closes what is open first")]


def meaning(key: Key, parameters: Parameters) -> str:
    return "look through the unit, and back" if key.way == "unit" else parameters.entries[key.path].about


def see(parameters: Parameters, layers: dict[str, int]) -> None:
    """Take in which layers there are now, with how many units; a choice that is not among them gives way."""
    if parameters.entries["view/layer"].choices != tuple(layers):
        parameters.offer("view/layer", layers)
    count = layers.get(parameters["view/layer"], 0)
    if parameters.entries["view/unit"].param.high != max(1, count - 1):
        parameters.limit("view/unit", max(1, count - 1))
    pages = -(-count // max(1, int(parameters["view/tiles"])))
    if parameters.entries["view/page"].param.high != max(1, pages - 1):
        parameters.limit("view/page", max(1, pages - 1))
