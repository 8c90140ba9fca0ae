"""neocog bench: what this machine makes of a show, as ratios measured side by side wherever that can be."""

import json
import os
import platform
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import asdict, replace
from io import StringIO

import torch
from tqdm import tqdm

from engine.capture.sources import SMOOTH
from engine.commands.bench_cameras import camera_speed, card_speed
from engine.commands.bench_detectors import beside
from engine.commands.bench_osc import osc_speed
from engine.commands.bench_runtimes import runtime_speed
from engine.commands.bench_sound import STATED, gates
from engine.commands.bench_table import table
from engine.commands.bench_voice import voice_speed
from engine.commands.jack import library
from engine.libraries import NotLoaded
from engine.loop import loop
from engine.patch.loader import find
from engine.rig import Rig
from engine.settings import OscSettings, Settings, TargetSettings, VoiceSettings, WindowSettings
from engine.show import first_scene, prepare
from engine.vision.inference import LIVE, Eyes
from engine.vision.networks import open_network
from engine.window.displays import whole_pygame
from engine.window.terminal import Terminal

FRAMES = 400  # of the demo, for the ratios
SECONDS = 10.0  # of a live show, for the latency
GATES = 40  # notes on JACK: bench_sound by itself takes more


def bench(device: str, runtime: str, as_json: bool, file: str = "") -> None:
    """Measure and print: the whole frame over its two forward passes, each stage, the latency, runtimes, views, OSC,
    the voice, where JACK is how late its sound comes, and beside a detector in a FILE.onnx how quick ours is. What this
    machine lacks a screen or JACK for is not measured, and the table says so."""
    tell("what is quickest here")
    eyes = Eyes(open_network("detector"), open_network("features"), device, runtime)
    eyes.look_twice(LIVE / SMOOTH)
    figures = {"machine": machine(eyes)}
    if file:
        tell(f"our detector beside {file}")
        figures["beside"] = {name: asdict(speed) for name, speed in beside(eyes, file).items()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener, open(os.devnull, "w") as nowhere, \
            redirect_stdout(nowhere):
        listener.bind(("127.0.0.1", 0))
        target = TargetSettings(f"127.0.0.1:{listener.getsockname()[1]}")
        settings = Settings(source="demo", voice=VoiceSettings(device="none"),
                            osc=OscSettings("127.0.0.1:0", (target,)))
        for kind, window in (("headless", WindowSettings(headless=True)), ("window", WindowSettings())):
            tell(f"{FRAMES} frames of the demo, {'headless' if window.headless else 'with the window'}")
            figures[kind] = whole_frames(eyes, replace(settings, window=window, frames=FRAMES))
        tell(f"{SECONDS:g} seconds of a live show")
        figures["live"] = live(eyes, replace(settings, window=WindowSettings(headless=True), seconds=SECONDS))
    tell("one camera, and sixteen at once")
    figures["cameras"] = asdict(camera_speed(eyes))
    if eyes.device.type == "cuda":
        figures["card_ms"] = asdict(card_speed(eyes))
    figures["views_ms"] = {}
    with suppress(NotLoaded):  # the line of the window says why
        whole_pygame()
        from engine.commands.bench_views import view_speed
        tell("the views")
        figures["views_ms"] = {size: {name: asdict(speed) for name, speed in found.items()}
                               for size, found in view_speed(eyes).items()}
    tell("the runtimes side by side")
    figures["runtimes_ms"] = runtime_speed(device)
    tell("OSC")
    speed = osc_speed()
    figures["osc"] = {"frame_us": 1e6 * speed.send, "encode_times_python_osc": speed.builder_encode / speed.encode,
                      "frame_times_python_osc": speed.builder_send / speed.send, "profiles_us": 1e6 * speed.profiles}
    tell("the voice, alone and beside a show")
    figures["voice"] = asdict(voice_speed())
    figures["sound"] = []
    for latency in STATED if library() else ():  # without JACK nothing hears how late sound comes
        tell(f"{GATES} notes on JACK, asked for in {1000 * latency:.0f} ms")
        figures["sound"].append(asdict(gates(latency, GATES)))
    print(json.dumps(figures) if as_json else table(figures))


def tell(what: str) -> None:
    """Say on stderr what is being measured: the whole takes minutes."""
    print(f"measuring {what} ...", file=sys.stderr, flush=True)


def machine(eyes: Eyes) -> dict[str, str | int]:
    name = torch.cuda.get_device_name() if eyes.device.type == "cuda" else processor()
    return {"device": name, "cores": os.cpu_count(), "runtime": str(eyes),
            "torch": torch.__version__, "python": platform.python_version()}


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


class Metered:
    """A source that times what the loop does between two frames, and the two bare passes beside it.

    Each is measured in turn, frame by frame, so that a machine that slows down slows both; and they take turns at
    being first after a picture was drawn, since what comes second finds the networks in the caches.
    """

    def __init__(self, source, eyes: Eyes, progress: tqdm):
        self.source, self.eyes, self.progress = source, eyes, progress
        self.whole, self.bare = [], []
        self.start = None

    def __getattr__(self, name: str):
        return getattr(self.source, name)

    def newer(self, than: int, timeout: float):
        if self.start is not None:
            self.whole.append(time.perf_counter() - self.start)
            if len(self.bare) < len(self.whole):
                self.measure()
        frame = self.source.newer(than, timeout)
        self.progress.update()
        if len(self.whole) % 2:
            self.measure()
        self.start = time.perf_counter()
        return frame

    def measure(self) -> None:
        self.bare.append(self.eyes.passes())


@contextmanager
def opened(eyes: Eyes, settings: Settings) -> Iterator[tuple[Rig, Callable[[], None]]]:
    """An open rig, and what plays the show on it."""
    scene = first_scene(eyes)
    patch, tracker = prepare(settings, find("hello"), eyes, scene)
    with Rig(settings, patch.parameters, tuple(eyes.detector.classes)) as rig:
        yield rig, lambda: loop(rig, eyes, tracker, patch, scene)


def whole_frames(eyes: Eyes, settings: Settings) -> dict:
    """Median milliseconds of a whole frame of the demo, capture left out, and of its two bare forward passes; where a
    window is wanted and there is no screen, why it is missing."""
    with redirect_stdout(StringIO()) as said, opened(eyes, settings) as (rig, play):
        if not settings.window.headless and isinstance(rig.window, Terminal):
            return {"missing": next(line.partition(": running")[0] for line in said.getvalue().splitlines()
                                    if line.startswith("no screen"))}
        with tqdm(total=FRAMES, leave=False, disable=None) as progress:  # no bar where stderr is no terminal
            rig.source = Metered(rig.source, eyes, progress)
            play()
        whole, bare = (sorted(a + b for a, b in zip(times[::2], times[1::2], strict=False))
                       for times in (rig.source.whole, rig.source.bare))
        frame, two = 500 * statistics.median(whole), 500 * statistics.median(bare)
        return {"frame_ms": frame, "two_passes_ms": two, "ratio": frame / two,
                "stages_ms": dict(rig.stopwatch.stages)}


def live(eyes: Eyes, settings: Settings) -> dict[str, float]:
    """Milliseconds from capture to a frame's last datagram in a live show of the demo, and its frames a second."""
    late = []
    with opened(eyes, settings) as (rig, play):
        send = rig.send

        def timed(scene, cues):
            send(scene, cues)
            late.append(1000 * (rig.now() - scene.time))

        rig.send = timed
        play()
        late.sort()
        return {"latency_p50_ms": late[len(late) // 2], "latency_p99_ms": late[len(late) * 99 // 100],
                "fps": len(late) / SECONDS, "dropped": rig.source.dropped}
