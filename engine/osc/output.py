"""OSC out: every frame to every target, from one source port, and nothing that a target does can delay a frame."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from engine.cues import Cue, Osc
from engine.errors import UserError
from engine.osc.host_lookup import HostLookup, address_of
from engine.osc.outlet import Outlet, is_broadcast
from engine.osc.profiles import PROFILES
from engine.osc.targets import MOST_RATE, Target
from engine.parameters import Parameters
from engine.values import EngineStatus, Scene, Tracks

BEAT = 0.9  # seconds without a frame after which the last is said again: with the loop's tick still within a second
EARLY = 0.25  # of the time between two frames, that one may come before it is due: cameras are not even
NAMES = 3.0  # seconds from one telling of the names to the next

Turned = tuple[float, bool, bool]  # what of a target may be turned while it plays: rate, flip_x, flip_y


def declare(parameters: Parameters, targets: Iterable[Target]) -> None:
    """What of the targets may be turned; the first is output/1."""
    for number, target in enumerate(targets, 1):
        root = f"output/{number}"
        parameters.number(f"{root}/rate", target.rate, 0.0, MOST_RATE, f"frames a second to {target}, 0 for each")
        parameters.switch(f"{root}/flip_x", target.flip_x, f"left and right change places for {target}")
        parameters.switch(f"{root}/flip_y", target.flip_y, f"up and down change places for {target}")


def turned(parameters: Parameters) -> tuple[Turned, ...]:
    """What each target is turned to."""
    values = iter([entry.value for entry in parameters.below("output").values()])
    return tuple(zip(values, values, values, strict=True))


class Sender:
    """Sends to one target: keeps what waits for its next frame, and what went wrong."""

    def __init__(
        self, target: Target, classes: Iterable[str], maps: Sequence[tuple[str, str]], look_up: Callable[[str], str]
    ) -> None:
        self.target, self.host, self.address = target, HostLookup(target.host, look_up), None
        self.profile = PROFILES[target.profile](
            classes, target.flip_x, target.flip_y, target.bundle, target.limit, target.inputs, maps,
            target.metres, target.prefix,
        )
        self.turn(target.rate, target.flip_x, target.flip_y)
        self.due = self.sent = self.named = float("-inf")
        self.born, self.gone, self.cues = Tracks(), Tracks(), ()
        self.lost, self.trouble = 0, ""

    def turn(self, rate: float, flip_x: bool, flip_y: bool) -> None:
        """Send so many frames a second from now on, at least one, 0 for each; mirrored or not."""
        self.period = 1.0 / max(rate, 1.0) if rate else 0.0
        self.profile.flip_x, self.profile.flip_y = flip_x, flip_y

    def send(self, outlet: Outlet, scene: Scene, cues: tuple[Osc, ...], status: EngineStatus, now: float) -> None:
        """Send the frame if the rate allows, with the events and cues of those skipped; else keep its own."""
        address = self.host.at(now)
        if address is None:
            return
        if address != self.address or now - self.named >= NAMES:
            self.address, self.named = address, now
            self.profile.forget()
        if now < self.due - EARLY * self.period:
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
                outlet.send(part, address, self.target.port, self.target.ttl, self.target.interface)
            except OSError as error:
                failures += 1
                self.trouble = (error.strerror or "the system refuses").lower()
        self.lost += failures
        if not failures:
            self.trouble = ""

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands in the way of this target."""
        failed = self.trouble and f"osc to {self.target}: {self.lost} datagrams not sent, {self.trouble}"
        return tuple(filter(None, (self.host.trouble, failed, self.profile.notice)))


class OscOut:
    """A port that says every scene, and a patch's Osc cues, to all targets.

    classes are the detector's class names, maps pairs of a number's name and a receiver's own address; parameters the
    table that says how the targets are turned, without one they stay as they are.

    The source port stays the same until close: some receivers go by it. A target that cannot be found or reached is
    tried again and again, shows as a notice and costs the others nothing.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        classes: Iterable[str] = (),
        maps: Sequence[tuple[str, str]] = (),
        look_up: Callable[[str], str] = address_of,
        parameters: Parameters | None = None,
    ) -> None:
        """UserError for a target that cannot be."""
        targets = tuple(targets)
        if maps and not any(target.profile == "map" for target in targets):
            raise UserError('[[osc.map]] wants somebody to send to: add a target with to = "map@HOST:PORT"')
        self.senders = [Sender(target, tuple(classes), maps, look_up) for target in targets]
        self.outlet, self.parameters = Outlet(), parameters
        self.scene = Scene(0.0, 0, Tracks(), Tracks(), Tracks(), {}, (), np.zeros(0, np.float32), stale=True)
        self.status = EngineStatus()

    def send(self, scene: Scene, cues: Iterable[Cue], status: EngineStatus, now: float) -> None:
        """Send a frame and its Osc cues; cues for other ports are left alone."""
        self.scene, self.status = scene, status
        if self.parameters:
            for number, values in enumerate(turned(self.parameters), 1):
                self.turn(number, *values)
        mine = tuple(cue for cue in cues if isinstance(cue, Osc))
        for sender in self.senders:
            sender.send(self.outlet, scene, mine, status, now)

    def turn(self, number: int, rate: float, flip_x: bool, flip_y: bool) -> None:
        """Turn a target, counted from 1, to what it is to be from now on; one that is not there is left alone."""
        if 1 <= number <= len(self.senders):
            self.senders[number - 1].turn(rate, flip_x, flip_y)

    def tick(self, now: float) -> None:
        """Say the last scene again to every target that heard nothing for most of a second."""
        late = [sender for sender in self.senders if now - sender.sent >= BEAT]
        if late:
            scene = replace(self.scene, born=Tracks(), gone=Tracks())
            for sender in late:
                sender.send(self.outlet, scene, (), self.status, now)

    def close(self, now: float) -> None:
        """Say goodbye: every object leaves, the last state has none and is stale."""
        scene = replace(self.scene, tracks=Tracks(), born=Tracks(), gone=self.scene.tracks, stale=True)
        for sender in self.senders:
            sender.due = now
            sender.send(self.outlet, scene, (), self.status, now)
        self.outlet.close()

    @property
    def told(self) -> tuple[str, ...]:
        """What is good to know of the targets at the start."""
        return tuple(
            f"osc to {sender.target} reaches every machine of its network: it is a broadcast address"
            for sender in self.senders if sender.host.address and is_broadcast(sender.host.address)
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands in the way of the targets, for the performer to see."""
        return tuple(notice for sender in self.senders for notice in sender.notices)
