"""OSC 1.0 address patterns: /layer/*/mean, /object/[0-3]/x, /{view,tracker}/?moothing.

All ways in which a pattern may mean a name are followed at once: none takes longer than there are things in it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

WILD = re.compile(r"[*?\[\]{}]")
TOKEN = re.compile(r"\*+|\?|\[[^\]/]*\]|\{[^}/]*\}|[^*?\[\]{}]")
LONGEST = 64  # characters of a pattern


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
    """Whether the things of a part, in order, make up the whole name.

    The bits of places say how much of the name may be behind us, all ways at once.
    """
    places, everywhere = 1, (2 << len(name)) - 1
    for token in part:
        match token[0]:
            case "*":
                places = everywhere & -(places & -places)  # from the first of them on
            case "?":
                places = places << 1 & everywhere
            case "[":
                found = sum(bits for character, bits in where(name).items() if allows(token[1:-1], character))
                places = (places & found) << 1
            case "{":
                places = after_words(token[1:-1].split(","), name, places)
            case _:
                places = (places & where(name).get(token, 0)) << 1
        if not places:
            return False
    return bool(places >> len(name))


@lru_cache(1024)
def where(name: str) -> dict[str, int]:
    """At which places of a name each of its characters stands, a bit each."""
    found: dict[str, int] = {}
    for place, character in enumerate(name):
        found[character] = found.get(character, 0) | 1 << place
    return found


def after_words(words: list[str], name: str, places: int) -> int:
    """The places behind any of the words, each from any of the places."""
    behind = 0
    for word in words:
        place = name.find(word)
        while place >= 0:
            behind |= (places >> place & 1) << place + len(word)
            place = name.find(word, place + 1)
    return behind


def allows(inside: str, character: str) -> bool:
    """Whether a set such as [a-z0] or [!0-9] has a character; inside is what its brackets hold."""
    but = inside.startswith("!")
    found, place = False, but
    while place < len(inside):
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            found |= inside[place] <= character <= inside[place + 2]
            place += 3
        else:
            found |= character == inside[place]
            place += 1
    return found != but
