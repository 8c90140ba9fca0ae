"""How fast OSC leaves: our encoder beside python-osc's OscBundleBuilder, saying the same bytes."""

import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.osc import BUNDLE, LIMIT, shape
from engine.osc_in import decode
from engine.profiles import OBJECT, OBJECT_TYPES, Neocog
from engine.values import Pulse, Scene, Track


@dataclass(frozen=True, slots=True)
class OscSpeed:
    """Seconds, ours and the builder's: encode, a bundle of objects from ready numbers; send, a frame out of the socket.

    In send ours starts from a scene, and the builder from ready numbers.
    """

    encode: float
    builder_encode: float
    send: float
    builder_send: float


def crowd(count: int) -> Scene:
    """A scene of so many objects and nothing else."""
    tracks = tuple(
        Track(index + 1000, index, index % 20, "thing", 0.9, index / count, 0.3, 0.1, 0.2, 0.01, -0.02, 7.5)
        for index in range(count)
    )
    return Scene(12.5, 400, tracks, (), (), {}, (), np.zeros(0, np.float32))


def builder(messages: Iterable[tuple[str, Iterable]]) -> bytes:
    """A bundle by python-osc's builders."""
    bundle = OscBundleBuilder(IMMEDIATELY)
    for address, arguments in messages:
        message = OscMessageBuilder(address)
        for argument in arguments:
            message.add_arg(argument)
        bundle.add_content(message.build())
    return bundle.build().dgram


def shortest(call: Callable[[], object], times: int) -> float:
    """Seconds of the shortest of so many calls: what the code costs while nobody disturbs it."""
    best = float("inf")
    for _ in range(times):
        start = perf_counter()
        call()
        best = min(best, perf_counter() - start)
    return best


def osc_speed(objects: int = 20, times: int = 300) -> OscSpeed:
    """Measure frames of so many objects, sent to a port of this machine."""
    scene, pulse, profile = crowd(objects), Pulse(), Neocog(limit=LIMIT)
    rows = [OBJECT(track) for track in scene.tracks]
    plain = [("/object/update", row) for row in rows]
    frame = [decode(part) for part in profile(scene, pulse)]

    def encode() -> bytes:
        return BUNDLE + b"".join(shape(("/object/update", OBJECT_TYPES)).each(rows))

    with ExitStack() as sockets:
        receiver, sender = (
            sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)
        )
        receiver.bind(("127.0.0.1", 0))
        place = receiver.getsockname()
        return OscSpeed(
            shortest(encode, times),
            shortest(lambda: builder(plain), times),
            shortest(lambda: [sender.sendto(part, place) for part in profile(scene, pulse)], times),
            shortest(lambda: [sender.sendto(builder(part), place) for part in frame], times),
        )
