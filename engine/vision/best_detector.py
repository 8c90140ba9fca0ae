"""The detector that plays where none is named: the best of those that were pulled, if it is quick enough here."""

import json
import platform
from collections.abc import Callable, Collection
from contextlib import suppress

import torch

from engine.errors import UserError
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from models import load
from models.published import CATALOGUE, SHIPPED_AP, cache
from models.yolox import COCO

AUTO = "auto"
ENOUGH = 30.0  # pictures a second
TRIES = 8  # pictures, of which the quickest counts
SPEEDS = "neocog-speeds.json"  # beside what was pulled: pictures a second by network and machine


def best_detector(classes: Collection[str], speed: Callable[[str], float]) -> tuple[str, str]:
    """Its name, and a line that says why, "" where there was nothing to choose from.

    classes are those that a patch wants, and speed tells pictures a second of a pulled network by its name.
    """
    reasons = []
    there = [name for name, each in CATALOGUE.items() if each.ap > SHIPPED_AP and (cache() / each.file).is_file()]
    for name in sorted(there, key=lambda name: -CATALOGUE[name].ap):
        if unknown := sorted(set(classes) - set(COCO)):
            reasons.append(f"{name} knows no {unknown[0]}")
            continue
        try:
            pace = speed(name)
        except UserError as error:
            reasons.append(str(error))
            continue
        if pace >= ENOUGH:
            told = (f"{pace:.0f} pictures a second here, AP {CATALOGUE[name].ap:.2f} "
                    f"({SHIPPED_AP:.2f} of the one that ships)")
            return name, "; ".join((f"detector {name}: pulled, {told}", *reasons))
        reasons.append(f"{name} sees {pace:.0f} pictures a second here, {ENOUGH:.0f} wanted")
    return "detector", f"the detector that ships plays: {'; '.join(reasons)}" if reasons else ""


def speed_here(
    name: str,
    device: str = "auto",
    runtime: str = "auto",
    tell: Callable[[str], None] = lambda line: None,
    anew: bool = False,
) -> float:
    """Pictures a second that a pulled detector sees here, together with the features that ship.

    Measured once on a machine and remembered beside what was pulled, or measured anew. UserError if it does not play.
    """
    path, file = cache() / SPEEDS, cache() / CATALOGUE[name].file
    key = f"{name} {file.stat().st_size} {platform.node()} {device} {runtime} torch {torch.__version__}"
    try:
        known = {str(each): float(speed) for each, speed in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):  # none yet, or damaged
        known = {}
    if key not in known or anew:
        tell(f"measuring {name}, this once")
        known[key] = measured(name, device, runtime)
        with suppress(OSError):  # where it cannot be kept it is measured again
            path.write_text(json.dumps(known, indent=1), "utf-8")
    return known[key]


def measured(name: str, device: str, runtime: str) -> float:
    """Pictures a second, at best, of a camera's size."""
    threads = torch.get_num_threads()
    spent = Eyes(open_network(name), load("features"), device, runtime).frame_time(TRIES)
    torch.set_num_threads(threads)  # the eyes took as many as are best for them
    return 1 / spent
