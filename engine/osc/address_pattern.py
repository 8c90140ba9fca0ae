"""OSC 1.0 address patterns: /layer/*/mean, /object/[0-3]/x, /{view,tracker}/?moothing.

Every place in a name is looked at once for every thing in a pattern: no pattern takes longer than the product of both.
"""

import re
from collections.abc import Iterable

WILD = re.compile(r"[*?\[\]{}]")
TOKEN = re.compile(r"\*+|\?|\[[^\]/]*\]|\{[^}/]*\}|[^*?\[\]{}]")
LONGEST = 128  # characters of a pattern


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """Those of the names that a pattern means; part by part, no wildcard crosses a slash. ValueError if it is none."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern of more than {LONGEST} characters")
    parts = [tokens(part) for part in pattern.split("/")]
    return [name for name in names if means(parts, name.split("/"))]


def tokens(part: str) -> list[str]:
    """A part of a pattern in single things: a character, ?, *, a set in [], words in {}."""
    found = TOKEN.findall(part)
    if "".join(found) != part:
        raise ValueError("a pattern with a bracket that has no other")
    return found


def means(parts: list[list[str]], names: list[str]) -> bool:
    return len(parts) == len(names) and all(matches(part, name) for part, name in zip(parts, names, strict=True))


def matches(part: list[str], name: str) -> bool:
    """Whether the things of a part, in order, make up the whole name."""
    places = {0}  # how much of the name may be behind us
    for token in part:
        match token[0]:
            case "*":
                places = set(range(min(places), len(name) + 1))
            case "{":
                words = token[1:-1].split(",")
                places = {place + len(word) for place in places for word in words if name.startswith(word, place)}
            case _:
                places = {place + 1 for place in places if place < len(name) and is_one(token, name[place])}
        if not places:
            return False
    return len(name) in places


def is_one(token: str, character: str) -> bool:
    """Whether a character is what a single thing allows: itself, any (?), or one of a set such as [a-z] or [!0-9]."""
    if token == "?":
        return True
    if token[0] != "[":
        return character == token
    inside = token[1:-1]
    but = inside.startswith("!")
    inside = inside[but:]
    found, place = False, 0
    while place < len(inside):
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            found |= inside[place] <= character <= inside[place + 2]
            place += 3
        else:
            found |= character == inside[place]
            place += 1
    return found != but
