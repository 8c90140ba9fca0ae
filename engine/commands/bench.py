"""neocog bench: what this machine makes of a show, as ratios measured side by side wherever that can be."""

import json
import os
import platform
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, replace

import torch
from tqdm import tqdm

from engine.commands.bench_osc import osc_speed
from engine.commands.bench_runtimes import runtime_speed
from engine.commands.bench_sound import STATED, gates
from engine.commands.bench_voice import voice_speed
from engine.commands.jack import library
from engine.loop import loop
from engine.patch.loader import find
from engine.rig import Rig
from engine.settings import OscSettings, Settings, TargetSettings, VoiceSettings, WindowSettings
from engine.show import first_scene, prepare
from engine.vision.inference import Eyes
from engine.vision.networks import open_network

FRAMES = 400  # of the demo, for the ratios
SECONDS = 10.0  # of a live show, for the latency


def bench(device: str, runtime: str, as_json: bool) -> None:
    """Measure and print: the whole frame over its two forward passes, each stage, the latency, OSC, the voice, and
    where JACK is how late its sound comes."""
    eyes = Eyes(open_network("detector"), open_network("features"), device, runtime)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener, open(os.devnull, "w") as nowhere, \
            redirect_stdout(nowhere):
        listener.bind(("127.0.0.1", 0))
        target = TargetSettings(f"127.0.0.1:{listener.getsockname()[1]}")
        settings = Settings(source="demo", voice=VoiceSettings(device="none"),
                            osc=OscSettings("127.0.0.1:0", (target,)))
        figures = {"machine": machine(eyes)}
        for headless in (True, False):
            window = WindowSettings(headless=headless)
            figures |= whole_frames(eyes, replace(settings, window=window, frames=FRAMES))
        figures["live"] = live(eyes, replace(settings, window=WindowSettings(headless=True), seconds=SECONDS))
    figures["runtimes_ms"] = runtime_speed(device)
    speed = osc_speed()
    figures["osc"] = {"frame_us": 1e6 * speed.send, "encode_times_python_osc": speed.builder_encode / speed.encode,
                      "frame_times_python_osc": speed.builder_send / speed.send, "profiles_us": 1e6 * speed.profiles}
    figures["voice"] = asdict(voice_speed())
    figures["sound"] = [asdict(gates(stated)) for stated in STATED] if library() else []
    print(json.dumps(figures) if as_json else table(figures))


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
    """Median milliseconds of a whole frame of the demo, capture left out, and of its two bare forward passes."""
    with opened(eyes, settings) as (rig, play), tqdm(total=FRAMES, leave=False) as progress:
        rig.source = Metered(rig.source, eyes, progress)
        kind = type(rig.window).__name__.lower()
        progress.set_description(kind)
        if not settings.window.headless and kind == "terminal":
            return {}
        play()
        whole, bare = (sorted(a + b for a, b in zip(times[::2], times[1::2], strict=False))
                       for times in (rig.source.whole, rig.source.bare))
        frame, two = 500 * statistics.median(whole), 500 * statistics.median(bare)
        return {kind: {
            "frame_ms": frame, "two_passes_ms": two, "ratio": frame / two,
            "stages_ms": dict(rig.stopwatch.stages)}}


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


def table(figures: dict) -> str:
    """The figures for people."""
    told, now, osc, voice = (figures[part] for part in ("machine", "live", "osc", "voice"))
    lines = [f"{told['device']}, {told['cores']} cores, {told['runtime']}, torch {told['torch']}"]
    for kind in [kind for kind in ("terminal", "window") if kind in figures]:
        part = figures[kind]
        lines += [f"{kind:10}{part['frame_ms']:.2f} ms a frame, {part['ratio']:.2f} times its two forward passes "
                  f"({part['two_passes_ms']:.2f} ms)",
                  " " * 10 + ", ".join(f"{stage} {spent:.2f}" for stage, spent in part["stages_ms"].items())]
    lines += [f"{kind:10}" + ", ".join(f"{name} {spent:.1f}" for name, spent in found.items()) + " ms a pass"
              for kind, found in figures["runtimes_ms"].items()]
    return "\n".join(lines + [
        f"live      {now['fps']:.1f} frames a second, {now['dropped']} dropped; from capture to datagram "
        f"{now['latency_p50_ms']:.1f} ms (median), {now['latency_p99_ms']:.1f} ms (p99)",
        f"osc       20 objects encoded {osc['encode_times_python_osc']:.0f} times as fast as by python-osc's builder; "
        f"their frame takes {osc['frame_us']:.0f} us to the socket, {osc['frame_times_python_osc']:.0f} times as fast; "
        f"100 in every profile {osc['profiles_us']:.0f} us",
        f"voice     one {voice['one']:.1f} times real time, four {voice['four']:.1f}; beside a show "
        f"{voice['one_beside']:.1f} and {voice['four_beside']:.1f}; "
        f"{voice['one'] / voice['torch']:.0f} times plain torch step by step",
        f"          a block of four voices takes {voice['p50']:.0%} of its length (median), {voice['p99']:.0%} (p99), "
        f"{voice['worst']:.0%} (worst) beside the show",
        *(f"sound     asked for in {heard['stated']:.0f} ms, heard on JACK {heard['p50']:.0f} ms (median), "
          f"{heard['p99']:.0f} ms (p99) after its OSC gate, beside a show; dry {heard['underruns']} times"
          for heard in figures["sound"])])
