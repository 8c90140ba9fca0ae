"""Microtuning: a Scala file (Manuel Op de Coul, huygens-fokker.org/scala/scl_format.html) says where the notes lie."""

import math
from pathlib import Path

from engine.errors import UserError

ROOT = 60  # the MIDI note that the first degree lies on; it keeps its pitch


class Tuning:
    """Degrees in cents above the root; the last is the interval after which the scale begins anew."""

    def __init__(self, cents: tuple[float, ...], name: str = ""):
        self.cents, self.name = cents, name

    def pitch(self, note: float) -> float:
        """The pitch, in MIDI notes with fractions, of a MIDI note; between two notes it is between their pitches."""
        low = math.floor(note)
        return self.degree(low) + (note - low) * (self.degree(low + 1) - self.degree(low))

    def degree(self, note: int) -> float:
        rounds, step = divmod(note - ROOT, len(self.cents))
        return ROOT + (rounds * self.cents[-1] + (self.cents[step - 1] if step else 0.0)) / 100


EQUAL = Tuning(tuple(100.0 * step for step in range(1, 13)), "equal temperament")


def read_scala(path: str) -> Tuning:
    """The scale in a .scl file; UserError says which line is none."""
    try:
        text = Path(path).read_text(encoding="latin-1")
    except OSError as error:
        raise UserError(f"no scala file {path!r}: {(error.strerror or 'it cannot be read').lower()}") from error
    lines = [line.strip() for line in text.splitlines() if not line.startswith("!")]
    try:
        name, count = lines[0], int(lines[1].split()[0])
        degrees = tuple(cents_of(line.split()[0]) for line in lines[2:2 + count])
    except (IndexError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise UserError(f"{path!r} is no scala file: wanted a name, a count, and so many cents or ratios") from error
    if len(degrees) != count or not degrees or degrees[-1] <= 0:
        raise UserError(f"{path!r} tells {count} notes and holds {len(degrees)}, or its last is no interval upwards")
    return Tuning(degrees, name)


def cents_of(word: str) -> float:
    """A pitch as Scala writes it: cents where there is a point, else a ratio or a whole number."""
    if "." in word:
        cents = float(word)
    else:
        above, _, below = word.partition("/")
        cents = 1200 * math.log2(int(above) / int(below or 1))
    if not math.isfinite(cents):
        raise ValueError(word)
    return cents
