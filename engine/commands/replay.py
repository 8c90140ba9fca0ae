"""neocog replay: what a recorded show sent over OSC, again, with the same timing to the same targets."""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.errors import UserError
from engine.neighbours import Neighbours
from engine.osc.output import OscOut
from engine.osc.targets import Target
from engine.record.journal import Journal
from engine.values import Tracks

SPUN = 0.002  # seconds before a moment from which on it is waited for by looking at the clock: a sleep ends late
AHEAD = 100  # entries of the journal that are read before they are due, while there is time
READING = 0.006  # seconds that reading one takes at most, on a busy machine


def replay(folder: str, speed: float = 1.0, loop: bool = False, targets: Iterable[str] = ()) -> None:
    """Send a recording's OSC to its targets, or to these; speed 2 is twice as fast; with loop until Ctrl-C."""
    journal = Journal(Path(folder))
    header = journal.header
    to = [Target.parse(target) for target in targets] or [Target.parse(**target) for target in header["targets"]]
    places = ", ".join(f"{target.profile}@{target}" for target in to)
    print(f"{header['patch']} on {header['source']}, recorded {header['began']}, osc to {places}", flush=True)
    neighbours = Neighbours(to)
    neighbours.tick(0.0)
    for notice in neighbours.notices:
        print(notice, flush=True)
    port = OscOut(to, header["classes"], () if targets else header["maps"])
    played = play(journal, port, time.perf_counter, wait_to_the_moment, speed, loop, turning=not targets)
    neighbours.close(played)
    damaged = f", {journal.damaged} damaged lines left out" if journal.damaged else ""
    print(f"{played:.1f} seconds played{damaged}", flush=True)


def play(
    journal: Iterable[tuple],
    port: OscOut,
    clock: Callable[[], float],
    wait: Callable[[float], object],
    speed: float = 1.0,
    loop: bool = False,
    turning: bool = True,
) -> float:
    """Hand every entry to the port when it is due, with the time it had; how many seconds of the show were played.

    turning says whether the targets are turned as those of the show were. In a loop time runs on, round after round,
    and at the end of each all objects leave. UserError for a recording in which nothing was sent.
    """
    began, shift, start, now, scene = None, 0.0, None, 0.0, None
    try:
        for _ in itertools.count() if loop else range(1):
            entries = ReadAhead(journal)
            for kind, moment, *sent in entries:
                began, start = (clock(), moment) if began is None else (began, start)
                now = moment + shift
                due = began + (now - start) / speed
                while due - clock() > READING and entries.more():
                    pass
                wait(max(0.0, due - clock()))
                if kind == "send":
                    scene, cues, status = sent
                    port.send(scene, cues, status, now)
                elif kind == "turn" and turning:
                    port.turn(*sent)
                elif kind == "tick":
                    port.tick(now)
            if scene is None:
                raise UserError("this recording ends before anything was sent")
            if loop:
                nobody = replace(scene, tracks=Tracks(), born=Tracks(), gone=scene.tracks, stale=True)
                port.send(nobody, (), status, now)
                shift = now - start
        return now - start
    finally:
        port.close(now)


class ReadAhead:
    """Iterates over entries; more() reads one before it is due, and is False if AHEAD are waiting or none are left."""

    def __init__(self, entries: Iterable[tuple]) -> None:
        self.entries, self.waiting = iter(entries), deque()

    def __iter__(self) -> Iterator[tuple]:
        while self.waiting or self.more():
            yield self.waiting.popleft()

    def more(self) -> bool:
        if len(self.waiting) >= AHEAD:
            return False
        read = list(itertools.islice(self.entries, 1))
        self.waiting.extend(read)
        return bool(read)


def wait_to_the_moment(seconds: float) -> None:
    """Sleep for so many seconds, and end within some microseconds of them."""
    end = time.perf_counter() + seconds
    if seconds > SPUN:
        time.sleep(seconds - SPUN)
    while time.perf_counter() < end:
        pass
