"""A player on the environment's JACK server, a process of its own: python -m tests.jack_player SECONDS WHAT RECORD.

WHAT is see, for both networks looking at frames meanwhile; hold, to stall the producer for half a second; hog, for a
thread that keeps the interpreter lock for 80 ms every second; restart, to say what becomes of a device that goes; or
sing, to follow the client "singer".
Prints when it sounds, and at the end its underruns and its stated latency. RECORD, if there is one, is a WAV file.
"""

import ctypes
import sys
import threading
import time
from pathlib import Path

import numpy as np

from engine.settings import VoiceSettings
from engine.steering import Steering
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from engine.voice.mixer import console
from engine.voice.output import DeviceOutput
from engine.voice.port import Voice
from engine.voice.ring_buffer import HOLD, TAKEN
from tests.voices import generator


def hog() -> None:
    """Hold the interpreter lock now and again, as a C extension may."""
    library = ctypes.PyDLL(None)
    while True:
        time.sleep(1)
        library.usleep(80_000)


def follow(player: DeviceOutput) -> None:
    """Say what becomes of a player whose device goes and comes back."""
    told, frames = "", None
    while frames is None or player.block[TAKEN] < frames:
        player.look(time.monotonic())
        if player.notice != told:
            told = player.notice
            print(told or "sounding again", flush=True)
            frames = None if told else 48_000
        time.sleep(0.01)
    print("recorded more", flush=True)


def sing(seconds: float) -> None:
    """Follow who sings, as a show does."""
    voice = Voice(VoiceSettings(device="system", input="singer"), offline=False, strict=True)
    steering = Steering((lambda: voice.hear(time.monotonic()),), voice.take, beside=True)
    print("sounding", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        voice.tick(time.monotonic())
        time.sleep(0.01)
    steering.close()
    voice.close(time.monotonic())


if __name__ == "__main__":
    seconds, what, record = (*sys.argv[1:], "")[:3]
    if what == "sing":
        sing(float(seconds))
        sys.exit()
    eyes = Eyes(open_network("detector"), open_network("features")) if what == "see" else None
    frame = Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0)
    player = DeviceOutput(voice := generator(), console(voice.lanes), record=Path(record) if record else None)
    if what == "hog":
        threading.Thread(target=hog, daemon=True).start()
    print("sounding", flush=True)
    end = time.monotonic() + float(seconds)
    held = end - float(seconds) / 2
    if what == "restart":
        follow(player)
        end = 0.0
    while (now := time.monotonic()) < end:
        player.block[HOLD] = what == "hold" and held < now < held + 0.5
        player.look(now)
        if eyes is not None:
            eyes(frame)
        else:
            time.sleep(0.01)
    print(player.underruns, player.latency, flush=True)
    player.close()
