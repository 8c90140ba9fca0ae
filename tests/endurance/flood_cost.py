"""What a flood costs a show beside its sender: python -m tests.endurance.flood_cost prints a row for each kind.

A show that plays 60 frames a second is left alone and flooded in turn. What it takes of a core for its frames in the
one is taken off what it takes in the other: the rest is what the flood costs it, whatever else the machine does.
"""

import itertools
import os
import socket
import time
from pathlib import Path

from tests.endurance import acts
from tests.endurance.show import Playing, Trial, attempt
from tests.virtual_show import Listener

TURNS, SECONDS = 6, 4.0
TICK = os.sysconf("SC_CLK_TCK")
KINDS = {
    "unknown names": acts.SMALL, "800 words each": acts.WORDS, "patterns that mean a hundred parameters": acts.PATTERNS,
    "names of three patches in turn": acts.PATCHES, "what is no OSC": acts.HOSTILE,
}


def spent(process: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Measured:
    """What a show that is flooded in every other turn takes, as what is done to it in a trial."""

    def __init__(self, packets: list[bytes]):
        self.packets, self.listener = packets, Listener()
        self.sent, self.sender, self.cost = 0, 0.0, {True: 0.0, False: 0.0}
        self.frames = {True: set(), False: set()}

    def __call__(self, show: Playing) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for turn in range(2 * TURNS):
                flooded, before, began = turn % 2 == 1, spent(show.process.pid), time.thread_time()
                self.turn(flooded, sender, ("127.0.0.1", show.port))
                self.cost[flooded] += spent(show.process.pid) - before
                self.sender += (time.thread_time() - began) * flooded

    def turn(self, flooded: bool, sender: socket.socket, place: tuple[str, int]) -> None:
        """Let it play for so many seconds; if it is flooded, as fast as one core can."""
        until, packets = time.monotonic() + SECONDS, itertools.cycle(self.packets)
        while time.monotonic() < until:
            if flooded:
                for packet in itertools.islice(packets, 1000):
                    sender.sendto(packet, place)
                self.sent += 1000
            else:
                time.sleep(0.05)
            self.listener.drain()
            self.frames[flooded] |= {arguments[0] for _, arguments in self.listener.messages("/frame")}
            self.listener.packets.clear()

    def row(self) -> list[str]:
        count = {flooded: len(frames) for flooded, frames in self.frames.items()}
        more = self.cost[True] - self.cost[False] * count[True] / count[False]
        seconds = TURNS * SECONDS
        return [f"{self.sent / seconds:,.0f}", f"{self.sender / seconds:.2f}", f"{more / seconds:.3f}"]


def row(name: str, packets: list[bytes]) -> str:
    measured = Measured(packets)
    words = "--osc", "127.0.0.1:{port}", f"127.0.0.1:{measured.listener.port}"
    outcome = attempt(Trial(name, during=measured, words=words), SECONDS)
    measured.listener.socket.close()
    return f"| {' | '.join((name, *(measured.row() if outcome.survived else [outcome.found])))} |"


def main() -> None:
    print("| flood | packets a second | of a core: the sender | the show, beside its frames |", "|---|---|---|---|",
          sep="\n")
    for name, packets in KINDS.items():
        print(row(name, packets), flush=True)


if __name__ == "__main__":
    main()
