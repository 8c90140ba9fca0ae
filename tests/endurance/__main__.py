"""Whole programs under hostile circumstances: python -m tests.endurance [--only NAME] [--scale small|night].

Prints a row for each, and writes them into TABLE.md beside this file when all were tried.
"""

import argparse
import os
import platform
from datetime import date
from pathlib import Path

from tests.endurance.damage import KINDS, attempt_damage
from tests.endurance.frames import attempt_frames
from tests.endurance.show import Outcome, attempt
from tests.endurance.trials import TRIALS

SCALES = {"small": (3.0, 1), "night": (600.0, 100)}  # seconds that each show plays, how much more is done to it
FILES, FRAMES = 100, 10_000  # of each kind that are damaged; that one show plays
NAMES = "frames", *TRIALS, *KINDS
TABLE = Path(__file__).with_name("TABLE.md")
HEAD = """# Endurance

`python -m tests.endurance --scale {scale}`, {date}, {cores} cores, {machine}, {system}, load {load:.0f}: each
show plays {seconds:g} s after what was done to it. Frames a second before, while (where that takes time) and after it,
and megabytes that it has more then.

| trial | what was done | | before | while | after | MB more | found |
|---|---|---|---|---|---|---|---|
"""


def row(name: str, about: str, outcome: Outcome) -> str:
    word = "survived" if outcome.survived else "" if outcome.found.startswith("not tried") else "lost"
    rates = [f"{rate:.0f}" if rate else "" for rate in (outcome.before, outcome.during, outcome.after)]
    memory = f"{round(outcome.memory)}" if outcome.after else ""
    found = " ".join(outcome.found.replace("|", "/").split())
    return f"| {' | '.join((name, about, word, *rates, memory, found))} |"


def tried(name: str, scale: str) -> str:
    """The row of a trial."""
    seconds, times = SCALES[scale]
    if name == "frames":
        frames = FRAMES * times
        return row(name, f"{frames:,} frames in the show's own time", attempt_frames(frames))
    if name in TRIALS:
        return row(name, TRIALS[name].about, attempt(TRIALS[name], seconds, times))
    files = FILES * times
    return row(name, f"{files:,} files damaged in one to six places", attempt_damage(name, files))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=NAMES, metavar="NAME",
                        help=f"one of them: {', '.join(NAMES)}")
    parser.add_argument("--scale", choices=SCALES, default="small", help="how long each plays, how much is done to it")
    arguments = parser.parse_args()
    rows = []
    for name in [arguments.only] if arguments.only else NAMES:
        rows.append(tried(name, arguments.scale))
        print(rows[-1], flush=True)
    if not arguments.only:
        head = HEAD.format(scale=arguments.scale, date=date.today(), cores=os.cpu_count(), machine=platform.machine(),
                           system=platform.system(), load=os.getloadavg()[0], seconds=SCALES[arguments.scale][0])
        TABLE.write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
