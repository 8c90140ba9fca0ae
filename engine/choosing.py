"""Which of the devices that are there is meant by a number or a part of a name."""

import re
from collections.abc import Mapping

from engine.errors import UserError


class Missing(UserError):
    """A device that was asked for is not there, and may come."""


def matching(wanted: str, there: Mapping[int, str]) -> list[int]:
    """The numbers of those meant: by whole name, by number, by line ("2: name"), by whole words, by part of the name.

    The first of these ways by which any is meant decides; none is meant by "". A part of a number is no part of a name:
    display 1 is not the one of 1280x720.
    """
    literal = re.escape(wanted)
    part = re.compile(rf"(?<!\d){literal}(?!\d)" if wanted.isdigit() else literal, re.IGNORECASE)
    words = re.compile(rf"(?<!\w){literal}(?!\w)", re.IGNORECASE)
    ways = (
        lambda number, name: name == wanted,
        lambda number, name: wanted in (str(number), f"{number}: {name}"),
        lambda number, name: words.search(name),
        lambda number, name: part.search(name),
    )
    found = ([number for number, name in there.items() if way(number, name)] for way in ways)
    return next(filter(None, found), []) if wanted else []


def choose(wanted: str, there: Mapping[int, str], kind: str) -> int:
    """The number of the one meant; UserError lists the candidates if it is more than one, Missing if it is none."""
    fits = matching(wanted, there)
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise UserError(f"{wanted!r} fits more than one {kind}: {lines(there, fits)}; give a number or more of the "
                        "name")
    if there:
        raise Missing(f"no {kind} is called {wanted!r}: give the number or a part of {lines(there, there)}")
    raise Missing(f"no {kind} is called {wanted!r}, there is none at all: connect one, or name none")


def lines(there: Mapping[int, str], numbers) -> str:
    return ", ".join(f"{number}: {there[number]}" for number in numbers)
