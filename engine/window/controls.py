"""What the window adds to the table of parameters, and the keys that turn it; the help is drawn from the same table."""

from typing import NamedTuple

from engine.parameters import Parameters

VIEWS = ("wall", "camera", "unit")
MOST_UNITS = 65_535


def declare(parameters: Parameters, fullscreen: bool = False) -> None:
    """The entries of whatever shows the picture, a window or its peer without a screen."""
    parameters.choice("view/name", VIEWS[0], VIEWS, "what fills the picture")
    parameters.choice("view/layer", "", (), "the layer that is looked at")
    parameters.number("view/unit", 0, 0, MOST_UNITS, "the unit that is looked at, or click a tile", curve="whole")
    parameters.choice("view/parameter", "", (), "the parameter of the patch that keys turn")
    parameters.switch("view/freeze", False, "hold the picture")
    parameters.switch("view/blackout", False, "black")
    parameters.switch("view/mirror", False, "left and right change places")
    parameters.switch("view/text", True, "the page with its words, or the bare picture")
    parameters.switch("view/fullscreen", fullscreen, "fill the screen")
    parameters.switch("view/help", False, "this help")
    parameters.command("show/picture", "save a picture")


class Key(NamedTuple):
    """A key by pygame's name: how help writes it, the parameter it turns, and how.

    way is steps, or the word that it chooses and, pressed again, leaves for the first.
    """

    name: str
    label: str
    path: str
    way: int | str = 1


KEYS = (
    Key("left", "←", "view/layer", -1), Key("right", "→", "view/layer"),
    Key("return", "enter", "view/name", "unit"), Key("enter", "enter", "view/name", "unit"),
    Key("v", "v", "view/name"), Key("space", "space", "view/freeze"), Key("b", "b", "view/blackout"),
    Key("m", "m", "view/mirror"), Key("f", "f", "view/fullscreen"), Key("tab", "tab", "view/text"),
    Key("p", "p", "show/next"), Key("o", "o", "show/previous"), Key("s", "s", "show/picture"),
    Key(".", ".", "show/panic"), Key("h", "h", "view/help"),
)
BY_NAME = {key.name: key for key in KEYS}
NUDGES = {"-": -1, "=": 1, "+": 1}
NUMBERS = {str(number): number - 1 for number in range(1, 10)}
MOVES = {"up": -1, "down": 1}  # rows of the wall, or units where no wall is shown
BACK = ("view/help", "view/fullscreen")  # what escape closes, one a press, before it asks to leave


def press(key: str, parameters: Parameters, row: int = 1) -> None:
    """Turn what a key turns; row is the number of units in a row of the wall."""
    if key in BY_NAME:
        _, _, path, way = BY_NAME[key]
        if isinstance(way, int):
            parameters.step(path, way, "keys")
        else:
            choices = parameters.entries[path].choices
            parameters.set(path, choices[0] if parameters[path] == way else way, "keys")
    elif key in MOVES:
        count = int(parameters.entries["view/unit"].param.high) + 1
        parameters.set("view/unit", (parameters["view/unit"] + MOVES[key] * row) % count, "keys")
    elif key in NUDGES and parameters["view/parameter"]:
        parameters.step(f"patch/{parameters['view/parameter']}", NUDGES[key], "keys")
    elif key in NUMBERS:
        names = list(parameters.below("patch"))
        if NUMBERS[key] < len(names):
            parameters.set("view/parameter", names[NUMBERS[key]], "keys")


def help_lines(parameters: Parameters) -> list[tuple[str, str]]:
    """Key and meaning, one a line."""
    rows = {}
    for key in KEYS:
        rows.setdefault(key.path if key.path == "view/layer" else key.label, (key, []))[1].append(key.label)
    lines = [(" ".join(dict.fromkeys(labels)), meaning(key, parameters)) for key, labels in rows.values()]
    lines.insert(1, ("↑ ↓", parameters.entries["view/unit"].about))
    return lines + [("1 … 9", parameters.entries["view/parameter"].about), ("- =", "turn it"),
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
