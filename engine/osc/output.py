"""OSC out: every frame to every target, from one source port, and nothing that a target does can delay a frame."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Thread

import numpy as np

from engine.errors import UserError
from engine.osc.encoding import LIMIT
from engine.osc.profiles import PROFILES
from engine.values import Cue, EngineStatus, Osc, Scene, Tracks

BEAT = 0.9  # seconds without a frame after which the last is said again: with the loop's tick still within a second
NAMES = 3.0  # seconds from one telling of the names to the next
SLOWEST_RETRY = 60.0  # seconds between looking up a host name that fails, and one that works but may move


def host_and_port(text: str, what: str) -> tuple[str, int]:
    """HOST:PORT taken apart; UserError for IPv6 and for ports that do not exist."""
    host, _, port = text.rpartition(":")
    if "[" in text or ":" in host:
        raise UserError(f"{what} wants an ipv4 address or a name, found {text!r}: there is no ipv6 here, give the ipv4 one")
    if not re.fullmatch(r"[\w.-]+", host) or not port.isdecimal():
        raise UserError(f"{what} wants HOST:PORT (as in 127.0.0.1:9000), found {text!r}")
    return host, int(port)


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who listens: rate in frames a second, 0 for every frame; limit in bytes a datagram."""

    host: str
    port: int = 9000
    profile: str = "neocog"
    rate: float = 0.0
    flip_x: bool = False
    flip_y: bool = False
    bundle: bool = True
    limit: int = LIMIT

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UserError(f"no osc profile {self.profile!r}: choose from {', '.join(PROFILES)}")
        if not 1 <= self.port <= 65535:
            raise UserError(f"an osc target wants a port from 1 to 65535, found {self.port}")
        if self.rate != 0 and not 1 <= self.rate <= 1000:
            raise UserError(f"an osc target's rate is 0 for every frame, or 1 to 1000 a second, found {self.rate}")
        if not 1000 <= self.limit <= LIMIT:
            raise UserError(f"an osc target's limit is 1000 to {LIMIT} bytes, found {self.limit}")

    @classmethod
    def parse(cls, to: str, **options) -> "Target":
        """A target from [PROFILE@]HOST:PORT, as in split@192.168.1.5:9000; options are the other fields."""
        profile, at, place = to.rpartition("@")
        host, port = host_and_port(place, "an osc target [PROFILE@]HOST:PORT")
        return cls(host, port, profile if at else "neocog", **options)


class Whereabouts:
    """A host's IPv4 address, looked up off the main thread until found and every minute after.

    address is None until it is known, trouble says why; a lookup hands over one string, the newest wins.
    """

    def __init__(self, host: str, look_up: Callable[[str], str]) -> None:
        self.host, self.look_up = host, look_up
        self.address, self.trouble = None, ""
        self.wait, self.due = 0.5, float("inf")
        try:
            self.address = str(ipaddress.IPv4Address(host))
            self.thread = None
        except ValueError:
            self.start()

    def start(self) -> None:
        self.thread = Thread(target=self.look, name=f"look up {self.host}", daemon=True)
        self.thread.start()

    def look(self) -> None:
        try:
            self.address, self.trouble, self.wait = self.look_up(self.host), "", SLOWEST_RETRY
        except (OSError, UnicodeError):
            self.trouble = f"osc: no host is called {self.host!r}, trying again"
            self.wait = min(2 * self.wait, SLOWEST_RETRY)

    def at(self, now: float) -> str | None:
        """The address as far as known, at once."""
        if self.thread is not None and not self.thread.is_alive():
            self.thread, self.due = None, now + self.wait
        if now >= self.due:
            self.due = float("inf")
            self.start()
        return self.address


class Line:
    """The line to one target: what waits for its next frame, and what went wrong."""

    def __init__(self, target: Target, classes: Iterable[str], look_up: Callable[[str], str]) -> None:
        self.target, self.where, self.address = target, Whereabouts(target.host, look_up), None
        self.profile = PROFILES[target.profile](classes, target.flip_x, target.flip_y, target.bundle, target.limit)
        self.period = 1.0 / target.rate if target.rate else 0.0
        self.due = self.sent = self.named = float("-inf")
        self.born, self.gone, self.cues = Tracks(), Tracks(), ()
        self.lost, self.trouble = 0, ""

    def send(self, outlet: socket.socket, scene: Scene, cues: tuple[Osc, ...], status: EngineStatus, now: float) -> None:
        """Send the frame if the rate allows, with the events and cues of those skipped; else keep its own."""
        address = self.where.at(now)
        if address is None:
            return
        if address != self.address or now - self.named >= NAMES:
            self.address, self.named = address, now
            self.profile.forget()
        if now < self.due:
            self.born, self.gone, self.cues = self.born + scene.born, self.gone + scene.gone, self.cues + cues
            return
        if self.born or self.gone:
            scene = replace(scene, born=self.born + scene.born, gone=self.gone + scene.gone)
        if self.period:
            self.due = self.period + (self.due if now - self.due < self.period else now)  # on average the rate
        parts, self.sent = self.profile(scene, status, self.cues + cues), now
        self.born, self.gone, self.cues = Tracks(), Tracks(), ()
        failures = 0
        for part in parts:
            try:
                outlet.sendto(part, (address, self.target.port))
            except OSError as error:
                failures += 1
                self.trouble = (error.strerror or "the system refuses").lower()
        self.lost += failures
        if not failures:
            self.trouble = ""

    @property
    def notices(self) -> tuple[str, ...]:
        """What to show of this line."""
        failed = self.trouble and (
            f"osc to {self.target.host}:{self.target.port}: {self.lost} datagrams not sent, {self.trouble}"
        )
        return tuple(filter(None, (self.where.trouble, failed, self.profile.notice)))


class OscOut:
    """A port that says every scene, and a patch's Osc cues, to all targets; classes are the detector's class names.

    The source port stays the same until close: some receivers go by it. A target that cannot be found or reached is
    tried again and again, shows as a notice and costs the others nothing.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        classes: Iterable[str] = (),
        look_up: Callable[[str], str] = socket.gethostbyname,
    ) -> None:
        self.outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outlet.setblocking(False)
        self.outlet.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.outlet.bind(("", 0))
        self.lines = [Line(target, tuple(classes), look_up) for target in targets]
        self.scene = Scene(0.0, 0, Tracks(), Tracks(), Tracks(), {}, (), np.zeros(0, np.float32), stale=True)
        self.status = EngineStatus()

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """Send a frame and its Osc cues; cues for other ports are left alone."""
        self.scene, self.status = scene, status
        mine = tuple(cue for cue in cues if isinstance(cue, Osc))
        for line in self.lines:
            line.send(self.outlet, scene, mine, status, now)

    def tick(self, now: float) -> None:
        """Say the last scene again to every target that heard nothing for most of a second."""
        late = [line for line in self.lines if now - line.sent >= BEAT]
        if late:
            scene = replace(self.scene, born=Tracks(), gone=Tracks())
            for line in late:
                line.send(self.outlet, scene, (), self.status, now)

    def close(self, now: float) -> None:
        """Say goodbye: every object leaves, the last state has none and is stale."""
        scene = replace(self.scene, tracks=Tracks(), born=Tracks(), gone=self.scene.tracks, stale=True)
        for line in self.lines:
            line.due = now
            line.send(self.outlet, scene, (), self.status, now)
        self.outlet.close()

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands in the way of the targets, for the performer to see."""
        return tuple(notice for line in self.lines for notice in line.notices)
