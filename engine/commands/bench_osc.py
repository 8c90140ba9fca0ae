"""How fast OSC leaves: our encoder beside python-osc's OscBundleBuilder, saying the same bytes."""

import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from time import perf_counter

import numpy as np
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.osc.encoding import BUNDLE, LIMIT
from engine.osc.frame_template import FrameTemplate, piece
from engine.osc.profiles import PROFILES, Neocog
from engine.osc.profiles.neocog import TOGETHER
from engine.osc.profiles.profile import GUESSES, OBJECT, WRAP, of_row
from engine.tracking.tracker import Tracker
from engine.values import COLUMNS, EngineStatus, Frame, Layer, Percept, Scene, Tracks

numbers_of = attrgetter(*list(COLUMNS)[:len(OBJECT)])
AGAIN = 10  # runs in a row: the first finds its code and data gone from the caches


@dataclass(frozen=True, slots=True)
class OscSpeed:
    """Seconds, ours and the builder's: encode, a bundle of objects from ready numbers; send, a frame out of the socket.

    In send both start from the same scene and end with the same bytes in the same datagrams: ours as a show does it,
    the builder's as a careful user of python-osc would, who builds every message once. profiles is a frame of a hundred
    objects and five layers in all profiles, one after the other.
    """

    encode: float
    builder_encode: float
    send: float
    builder_send: float
    profiles: float


def crowd(count: int) -> Scene:
    """A scene of so many objects and nothing else, as the tracker makes it."""
    tracker, boxes = Tracker(("thing",)), np.zeros((count, 6), np.float32)
    boxes[:, 0], boxes[:, 1:5] = (np.arange(count) + 0.5) / max(count, 1), (0.3, 0.5 / max(count, 1), 0.2, 0.9)
    for index in range(5):
        frame = Frame(np.zeros((1, 1, 3), np.uint8), index, index / 30)
        scene = tracker(Percept(frame, boxes, {}, (), np.zeros(0, np.float32), {}))
    return scene


def hundred() -> Scene:
    """A scene of a hundred objects and five layers."""
    numbers = np.random.default_rng(1).random((100, len(COLUMNS)))
    numbers[:, :3] = np.column_stack((range(1, 101), range(100), np.zeros(100)))
    layers = {f"conv{number}": Layer(0.5, 1.0, 0.5, 0.5, 0.5, 0.5, 0.1, ((3, 0.9), (1, 0.5))) for number in range(1, 6)}
    return replace(crowd(0), tracks=Tracks.of(numbers, ("thing",)), layers=layers)


def built(address: str, arguments: Iterable[int | float]) -> OscMessage:
    """A message by python-osc's builder."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def bundled(messages: Iterable[OscMessage]) -> bytes:
    """A bundle by python-osc's builder."""
    builder = OscBundleBuilder(IMMEDIATELY)
    for message in messages:
        builder.add_content(message)
    return builder.build().dgram


def built_frame(scene: Scene, status: EngineStatus) -> list[bytes]:
    """What the profile neocog says of objects alone, by python-osc's builders, in datagrams of at most LIMIT."""
    rows = list(map(numbers_of, scene.tracks))
    header = [
        built("/frame", (scene.index, scene.time % WRAP, len(rows))),
        built("/stale", (int(scene.stale),)),
        built("/alive", [row[0] for row in rows]),
    ]
    body = [built("/object/update", row) for row in rows]
    for some in range(0, len(rows), TOGETHER):
        pairs = [(track.id, track.unseen) for track in scene.tracks[some : some + TOGETHER]]
        body.append(built("/object/unseen", list(chain.from_iterable(pairs))))
    body += [built(f"/guess/{k}", (0, 0.0)) for k in range(GUESSES)]
    body.append(built("/engine", (status.fps, status.latency * 1000.0, status.dropped)))
    frames, room = [], 0
    for message in body:
        if message.size + 4 > room:
            frames.append(list(header))
            room = LIMIT - len(BUNDLE) - sum(known.size + 4 for known in header)
        frames[-1].append(message)
        room -= message.size + 4
    return [bundled(messages) for messages in frames]


def shortest(*calls: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of the shortest run of each: what the code costs while nobody disturbs it.

    They take turns, so that a machine which slows down for a moment slows all of them.
    """
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for place, call in enumerate(calls):
            for _ in range(AGAIN):
                start = perf_counter()
                call()
                best[place] = min(best[place], perf_counter() - start)
    return best


def osc_speed(objects: int = 20, rounds: int = 100) -> OscSpeed:
    """Measure frames of so many objects, sent to a port of this machine."""
    scene, status, profile, full = crowd(objects), EngineStatus(), Neocog(), hundred()
    every = [make(("thing",), maps=[("layer/conv3/mean", "/mean")]) for make in PROFILES.values()]
    rows = list(map(numbers_of, scene.tracks))
    update = piece(("/object/update", OBJECT, range(len(OBJECT))))
    updates = FrameTemplate(1 << 16, 0, piece(), *(of_row(update, 0, index) for index in range(objects)))
    with ExitStack() as sockets:
        receiver, sender = (sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        receiver.bind(("127.0.0.1", 0))
        place = receiver.getsockname()

        def send(parts: list[bytes]) -> None:
            for part in parts:
                sender.sendto(part, place)

        return OscSpeed(*shortest(
            lambda: updates((), scene.tracks.numbers),
            lambda: bundled([built("/object/update", row) for row in rows]),
            lambda: send(profile(scene, status)),
            lambda: send(built_frame(scene, status)),
            lambda: [say(full, status) for say in every],
            rounds=rounds,
        ))
