"""Files damaged byte by byte: python -m tests.endurance.damage KIND FILES reads so many, and prints what came of it.

Each has to be read, or refused in a sentence, within LONGEST. The n-th damaged file of a kind is always the same.
"""

import random
import subprocess
import sys
import tempfile
import time
import warnings
import wave
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import mido
import numpy as np
import torch

from engine.capture.sources import open_source
from engine.control import presets
from engine.errors import UserError
from engine.midi.file import read_midi
from engine.patch.loader import load
from engine.record.journal import NAME, Journal, line
from engine.rig_file import read_rig
from engine.show import table, turn
from engine.tracking.zone_file import ZoneFile
from engine.tracking.zones import Zone
from engine.vision.networks import open_network
from engine.voice.tuning import read_scala
from models import disk
from models.features import Features
from models.training.recordings import read_pieces
from tests.endurance.show import Outcome
from tests.footage import write_film
from tests.record.shows import recorded, show

LONGEST = 20.0  # seconds that a file may take
EDITS = 1, 1, 2, 6  # places of a file that are damaged, one of these numbers
RIG = """patch = "tide"
source = "demo"
log = "night.log"
[window]
fullscreen = true
size = [1280, 720]
[[osc.target]]
to = "split@192.168.1.20:7000"
rate = 30
[[osc.map]]
from = "layer/conv3/mean"
to = "/composition/opacity"
[midi]
knobs = [0, 1, 2, 30]
[parameters.view]
gamma = 1.6
"""
SCALE = "! just.scl\n!\nfive of seven\n 5\n!\n 9/8\n 5/4\n 386.3\n 3/2\n 2/1\n"
PATCH = '''"""Near."""
from engine import Note, Param
root = Param(60, 36, 84, "the note", "whole")
classes = "person"

def react(scene, p):
    for track in scene.born:
        yield Note(int(p.root), velocity=1 - track.x)
'''
ZONES = '{"door": {"declared": [[0, 0], [1, 0], [1, 1], [0, 1]], "left": 0, "top": 0.5, "right": 0.2, "bottom": 1}}'


class Kind(NamedTuple):
    """A kind of file: what it is called, what writes a good one, and what reads it."""

    name: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]


def picture(path: Path) -> None:
    y, x = np.mgrid[:48, :64]
    cv2.imwrite(str(path), np.dstack([x * 4, y * 5, x * y % 256]).astype(np.uint8))


def song(path: Path) -> None:
    notes = [mido.Message("note_on", note=50 + n, velocity=n % 2 * 90, time=60) for n in range(60)]
    mido.MidiFile(tracks=[mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=400_000), *notes])]).save(path)


def sound(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes((9000 * np.sin(np.arange(24_000) / 20)).astype(np.int16).tobytes())


def network(path: Path) -> None:
    layers = torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Conv2d(4, 8, 3, 2)
    with warnings.catch_warnings(action="ignore"):  # torch has another exporter, which wants a package more
        torch.onnx.export(torch.nn.Sequential(*layers).eval(), (torch.zeros(1, 3, 64, 64),), path, dynamo=False)


def weights(path: Path) -> None:
    network = Features(("cat", "dog")).eval()
    disk.save(network, path, {})


def hear(path: Path) -> None:
    complaints: list[str] = []
    if not read_pieces(path, complaints):
        raise UserError(" ".join(complaints))


def journal(path: Path) -> None:
    header = {"neocog": 1, "began": "now", "patch": "tide", "source": "demo", "classes": ("person",), "targets": ()}
    path.write_text("".join(map(line, [header, *recorded(show(0.5))])))


def look(path: Path) -> None:
    source = open_source(str(path), every_frame=True)
    for index in range(4):
        source.newer(index - 1, 0)
    source.close()


def room(path: Path) -> None:
    settings = read_rig(str(path))
    turn(table(settings, ("person",)), settings.parameters)


def zones(path: Path) -> None:
    if told := ZoneFile(path.with_name("mine.py"), {"door": Zone(0, 0, 1, 1)}).trouble:
        raise UserError(told)


KINDS = {
    "weights": Kind("features.safetensors", weights, lambda path: disk.build("features", path, path.read_bytes())),
    "exported networks": Kind("net.onnx", network, lambda path: open_network(str(path), path.parent, "features")),
    "rigs": Kind("room.toml", lambda path: path.write_text(RIG), room),
    "JPEG": Kind("a.jpg", picture, look),
    "PNG": Kind("a.png", picture, look),
    "WebP": Kind("a.webp", picture, look),
    "TIFF": Kind("a.tif", picture, look),
    "films": Kind("a.mp4", lambda path: write_film(path, list(range(60))), look),
    "MIDI": Kind("a.mid", song, lambda path: read_midi(str(path))),
    "WAV": Kind("a.wav", sound, hear),
    "recordings": Kind(NAME, journal, lambda path: list(Journal(path.parent))),
    "scales": Kind("a.scl", lambda path: path.write_text(SCALE), lambda path: read_scala(str(path))),
    "presets": Kind("a.json", lambda path: path.write_text('{"soft": {"view/name": "wall", "view/gamma": 1.5}}'),
                    presets.read),
    "zones": Kind("mine.zones.json", lambda path: path.write_text(ZONES), zones),
    "patches": Kind("mine.py", lambda path: path.write_text(PATCH), load),
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with bytes changed, cut out, put in or said twice, or cut off."""
    data = bytearray(content)
    for _ in range(chance.choice(EDITS)):
        start = chance.randrange(min(len(data), chance.choice((64, 1 << 40))) + 1)
        end = min(len(data), start + chance.choice((1, 1, 4, 100)))
        match chance.randrange(6):
            case 0:
                data[start:end] = chance.randbytes(end - start)
            case 1 if start < end:
                data[start] ^= 1 << chance.randrange(7)
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = chance.randbytes(chance.randint(1, 8))
            case 4:
                data[start:start] = data[start:end]
            case 5 if chance.random() < 0.3:
                del data[start:]
            case _:
                data[start:end] = bytes([chance.choice((0, 255, 128, 127))]) * (end - start)
    return bytes(data)


def read_damaged(kind: Kind, files: int) -> Counter:
    """How many files were read, refused, or ended otherwise (and how)."""
    came = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, kind.name)
        kind.write(path)
        kind.read(path)
        content = path.read_bytes()
        for number in range(files):
            path.write_bytes(damaged(content, random.Random(number)))
            began = time.monotonic()
            try:
                kind.read(path)
                came["read"] += 1
            except (UserError, ValueError) as error:
                plain = type(error) in (UserError, ValueError) and str(error).isprintable() and len(str(error)) < 700
                came["refused" if plain else f"file {number}: {error!r:.100}"] += 1
            except Exception as error:
                came[f"file {number}: {error!r:.100}"] += 1
            if time.monotonic() - began > LONGEST:
                came[f"file {number}: took {time.monotonic() - began:.0f} s"] += 1
    return came


def attempt_damage(name: str, files: int) -> Outcome:
    """Read so many damaged files in a program of its own, for some may end it."""
    try:
        done = subprocess.run([sys.executable, "-m", "tests.endurance.damage", name, str(files)], text=True,
                              capture_output=True, timeout=LONGEST * 10 + files)
    except subprocess.TimeoutExpired:
        return Outcome(False, "it hangs")
    if done.returncode < 0:
        return Outcome(False, f"signal {-done.returncode} ended it")
    told = done.stdout.strip().splitlines()
    return Outcome(done.returncode == 0, told[-1] if told else done.stderr.strip()[-200:])


def main(name: str, files: int) -> int:
    came = read_damaged(KINDS[name], files)
    wrong = [what for what in came if what not in ("read", "refused")]
    print("; ".join([f"{came['refused']} refused in a sentence, {came['read']} read", *islice(wrong, 3)]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
