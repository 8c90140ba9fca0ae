"""Networks by name: the shipped pair, pulled ones, exported ones, or anybody's own from a Python file, my.py:net."""

import re
from pathlib import Path
from typing import Any

from torch import nn

from engine.errors import UserError
from engine.python_file import run
from models import FEATURES, NETWORKS, load
from models.published import CATALOGUE, names, open_published, pulled
from models.yolox import COCO


def open_network(name: str, beside: Path = Path(), kind: str = "detector") -> Any:
    """A shipped or pulled network by its name, FILE.onnx (see Exported), or FILE.py:NAME, a torch module or a function
    that returns one.

    FILE is looked for beside a patch first, then where the program was started. kind, "detector" or "features", is
    what an exported file is taken for. After any of them ?size=PIXELS is the long side of the picture that it gets:
    in a larger one a detector finds smaller things, and takes longer; with ?size=PIXELS+PIXELS... it gets several.

    A network has `classes` (names), `size` (the long side of the picture it wants, in pixels) and `stride` (its input's
    sides are multiples of it). It is called with (1, 3, H, W) RGB in 0..1. A feature network returns (taps, logits):
    {name: (1, C, h, w)} and (1, classes). A detector returns (boxes, scores): (1, N, 4) centre and size in input
    pixels, and (1, N, classes) in 0..1.
    """
    file, _, options = name.partition("?")
    if file.endswith(".onnx"):
        from engine.vision.exported import Exported  # and with it, only then, two libraries
        return Exported(beside / file if (beside / file).is_file() else Path(file), options, kind)
    network = of_torch(file, beside)
    if options:
        more, several = (r"(\+[1-9]\d{1,3})*", ", or several, as 320+640") if kind == "detector" else ("", "")
        if not re.fullmatch(r"size=[1-9]\d{1,3}" + more, options):
            raise UserError(f"{file} takes ?size= with pixels from 10 to 9999{several}, found ?{options}")
        network.long_sides = tuple(map(int, options.removeprefix("size=").split("+")))
        network.size = network.long_sides[0]
    return network


def of_torch(name: str, beside: Path) -> nn.Module:
    ships = NETWORKS | FEATURES
    if name in ships or name in CATALOGUE:
        try:
            return load(name) if name in ships else from_catalogue(name)
        except ValueError as error:
            raise UserError(str(error)) from error
    file, _, attribute = name.rpartition(":")
    if not file.endswith(".py"):
        raise UserError(f"no network {name!r}: name one of {', '.join([*ships, *CATALOGUE])}, or give FILE.py:NAME "
                        "or FILE.onnx")
    path = beside / file if (beside / file).is_file() else Path(file)
    network = from_file(path, attribute)
    for wanted, kind in (("classes", (tuple, list)), ("size", int), ("stride", int)):
        if not isinstance(getattr(network, wanted, None), kind):
            raise UserError(f"{name} has no `{wanted}`: a network tells its classes, size and stride")
    network.classes = tuple(map(str, network.classes))
    return network.eval()


def from_catalogue(name: str) -> Any:
    """A pulled network; ValueError in one sentence if it is not there."""
    published = CATALOGUE[name]
    if published.build:
        return open_published(name)
    from engine.vision.exported import Exported
    classes = names() if published.kind == "features" else COCO
    return Exported(pulled(name), published.options, published.kind, classes)


def from_file(path: Path, attribute: str) -> nn.Module:
    try:
        found = getattr(run(path, path.read_text("utf-8-sig")), attribute)
        network = found if isinstance(found, nn.Module) else found()
    except (Exception, SystemExit) as error:
        raise UserError(f"network {path}:{attribute} does not load: {type(error).__name__}: {error}") from error
    if not isinstance(network, nn.Module):
        raise UserError(f"network {path}:{attribute} is a {type(network).__name__}: wanted a torch module, or a "
                        "function that returns one")
    return network
