"""neocog bench, the runtimes side by side: what a pass of each network takes in each that runs here."""

import time
from contextlib import suppress

import torch

from engine.errors import UserError
from engine.vision.device import device_of
from engine.vision.letterbox import photograph
from engine.vision.networks import open_network
from engine.vision.runtimes import RUNTIMES, boxes_of, runtimes, taps_of

ROUNDS = 60  # in which all take turns


@torch.inference_mode()
def runtime_speed(device: str) -> dict[str, dict[str, float]]:
    """Milliseconds of a pass by network and by runtime with its precision: of ROUNDS the shortest, threads as set."""
    place, speed = device_of(device), {}
    for kind, check in (("detector", boxes_of), ("features", taps_of)):
        network, able = open_network(kind), {}
        picture = photograph(network).to(place)
        for runtime in (each for name in RUNTIMES for each in runtimes(network, place, name)):
            with suppress(UserError):  # not installed, or not for this processor
                able[str(runtime)] = (check(network, runtime, picture)[0], picture.to(runtime.dtype))
        spent = {name: [] for name in able}
        for _ in range(ROUNDS):
            for name, (run, given) in able.items():
                start = time.perf_counter()
                run(given)
                if place.type != "cpu":
                    getattr(torch, place.type).synchronize()
                spent[name].append(1000 * (time.perf_counter() - start))
        speed[kind] = {name: min(times) for name, times in spent.items()}
    return speed
