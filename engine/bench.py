"""neocog bench: what this machine makes of a show, as ratios measured side by side wherever that can be."""

import json
import os
import platform
import socket
import statistics
import time
from dataclasses import replace

import torch
from tqdm import tqdm

from engine.eyes import Eyes, passes
from engine.networks import open_network
from engine.osc_bench import osc_speed
from engine.patch import Patch, find
from engine.perform import perform
from engine.rig import Rig
from engine.settings import OscSettings, Settings, TargetSettings, WindowSettings
from engine.sources import open_source
from engine.stage import first_scene
from engine.tracker import Tracker

FRAMES = 300  # measured frames of the demo
LIVE = 10.0  # seconds of a live show for the latency


def bench(device: str, as_json: bool) -> None:
    """Measure and print: the whole frame over its two forward passes, each stage, the latency, OSC over python-osc."""
    eyes = Eyes(open_network("detector"), open_network("features"), device)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        target = TargetSettings(f"127.0.0.1:{listener.getsockname()[1]}")
        settings = Settings(source="demo", device=device, window=WindowSettings(headless=True),
                            osc=OscSettings("127.0.0.1:0", (target,)))
        figures = {"machine": machine(eyes), "headless": whole_frame(eyes, settings)}
        windowed = replace(settings, window=WindowSettings())
        figures["window"] = whole_frame(eyes, windowed)
        figures["latency_ms"] = latency(eyes, replace(settings, seconds=LIVE))
    speed = osc_speed()
    figures["osc"] = {"frame_of_20_us": 1e6 * speed.send, "times_python_osc": speed.builder_send / speed.send}
    print(json.dumps(figures) if as_json else table(figures))


def machine(eyes: Eyes) -> dict[str, str | int]:
    name = torch.cuda.get_device_name() if eyes.device.type == "cuda" else processor()
    return {"device": name, "cores": os.cpu_count(), "precision": str(eyes.dtype).removeprefix("torch."),
            "torch": torch.__version__, "python": platform.python_version()}


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def whole_frame(eyes: Eyes, settings: Settings) -> dict:
    """Median milliseconds of a whole frame of the demo, capture left out, and of its two bare forward passes.

    Both are measured in turn, frame by frame, so that a machine that slows down slows both.
    """
    source = open_source("demo", every_frame=True)
    patch, tracker = Patch(find("hello"), first_scene(eyes)), Tracker(tuple(eyes.detector.classes))
    whole, bare = [], []
    with Rig(settings, tuple(eyes.detector.classes)) as rig:
        see, track, react, send, show = rig.stopwatch.around(
            eyes=eyes, tracker=tracker, patch=patch.react, send=rig.send, window=rig.show)
        for _ in tqdm(range(FRAMES), desc=type(rig.window).__name__.lower(), leave=False):
            frame = source.newer(-1, 0.0)
            inputs = [torch.rand(1, 3, *fit.canvas, device=eyes.device).to(
                eyes.dtype, memory_format=torch.channels_last) for fit in (eyes.boxed, eyes.felt)]
            bare.append(passes(eyes.detector, eyes.features, *inputs))
            start = time.perf_counter()
            percept = see(frame)
            scene = track(percept)
            send(scene, react(scene))
            show(percept, scene, patch)
            for change in rig.changes():
                patch.turn(change, scene)
            rig.tick()
            whole.append(time.perf_counter() - start)
        stages, kind = dict(rig.stopwatch.stages), type(rig.window).__name__.lower()
    return {"view": kind, "frame_ms": 1000 * statistics.median(whole), "two_passes_ms": 1000 * statistics.median(bare),
            "ratio": statistics.median(a / b for a, b in zip(whole, bare, strict=True)), "stages_ms": stages}


def latency(eyes: Eyes, settings: Settings) -> dict[str, float]:
    """Milliseconds from capture to the last datagram of a frame in a live show, and its frames a second."""
    patch, tracker = Patch(find("hello"), first_scene(eyes)), Tracker(tuple(eyes.detector.classes))
    late = []
    with Rig(settings, tuple(eyes.detector.classes)) as rig:
        send = rig.send

        def timed(scene, cues):
            send(scene, cues)
            late.append(1000 * (time.monotonic() - scene.time))

        rig.send = timed
        perform(rig, eyes, tracker, patch, first_scene(eyes))
        rate = rig.stopwatch.pulse().fps
    late.sort()
    return {"p50": late[len(late) // 2], "p99": late[len(late) * 99 // 100], "fps": rate}


def table(figures: dict) -> str:
    """The figures for people."""
    told = figures["machine"]
    lines = [f"{told['device']}, {told['cores']} cores, {told['precision']}, torch {told['torch']}", ""]
    for name in ("headless", "window"):
        part = figures[name]
        stages = "  ".join(f"{stage} {spent:.2f}" for stage, spent in part["stages_ms"].items())
        lines += [f"{part['view']:9} {part['frame_ms']:6.2f} ms a frame, two passes {part['two_passes_ms']:.2f} ms, "
                  f"ratio {part['ratio']:.2f}", f"          {stages}"]
    late, osc = figures["latency_ms"], figures["osc"]
    lines += [f"latency   {late['p50']:6.2f} ms from capture to datagram (median), {late['p99']:.2f} ms (p99), "
              f"{late['fps']:.1f} frames a second",
              f"osc       {osc['frame_of_20_us']:6.1f} us for a frame of 20 objects, "
              f"{osc['times_python_osc']:.0f} times as fast as python-osc's builder"]
    return "\n".join(lines)
