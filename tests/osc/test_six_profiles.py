"""The program on the demo with six targets of six profiles at once.

Pure Data, SuperCollider, oscdump and node print what they got; vectors and TSPS are read by hand. All of them are told
of the same person at the same places.
"""

import subprocess
import sys
from contextlib import ExitStack

from tests.ears import Receiver
from tests.osc import reader
from tests.osc.programs import free_port
from tests.osc.test_receivers import node, oscdump, oscdump_words, pd, pd_words, sclang, tabbed_words
from tests.parts import PATIENCE

FRAMES = 60  # of the demo: the person is in its first picture
TOLD = 20  # places, at least, that any two receivers have in common: one in a hurry may miss some
PROGRAMS = {"neocog": (pd, pd_words), "split": (sclang, tabbed_words), "tuio": (oscdump, oscdump_words),
            "augmenta": (node, tabbed_words)}  # fmt: skip
BY_HAND = ("wekinator", "tsps")


def played(folder) -> dict[str, list[list]]:
    """What each profile's receiver got of a show: the words of each message, the parts of its address apart."""
    with ExitStack() as opened:
        programs = {name: opened.enter_context(start(free_port(), folder)) for name, (start, _) in PROGRAMS.items()}
        ears = {name: Receiver() for name in BY_HAND}
        ports = {name: program.place[1] for name, program in programs.items()}
        ports |= {name: ear.port for name, ear in ears.items()}
        targets = "".join(f'[[osc.target]]\nto = "{name}@127.0.0.1:{port}"\n' for name, port in ports.items())
        (folder / "room.toml").write_text(f'[osc]\nlisten = "127.0.0.1:0"\n[voice]\ndevice = "none"\n{targets}')
        words = ["hello", "--source", "demo", "--headless", "--frames", str(FRAMES), "--runtime", "torch", "--rig"]
        command = [sys.executable, "-m", "engine", *words, str(folder / "room.toml")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
        told = {name: [PROGRAMS[name][1](line) for line in program.reads([])] for name, program in programs.items()}
        for name, ear in ears.items():
            ear.socket.setblocking(False)
            told[name] = []
            while (data := arrived(ear)) is not None:
                assert len(data) <= 1432
                told[name] += [[*address.split("/")[1:], *rest] for address, *rest in reader.packet(data)]
            ear.socket.close()
        return told


def arrived(ear: Receiver) -> bytes | None:
    try:
        return ear.socket.recv(65536)
    except BlockingIOError:
        return None


def places(told: list[list], beginning: list, x: int) -> set[tuple[float, float]]:
    """Where the messages that begin so say that somebody is; x is that word's place among the rest, y follows it."""
    many = len(beginning)
    found = [message[many:] for message in told if [*map(str, message[:many])] == [*map(str, beginning)]]
    return {(round(float(rest[x]), 3), round(float(rest[x + 1]), 3)) for rest in found}


def test_six_receivers_of_six_profiles_are_told_of_the_same_person(tmp_path):
    told = played(tmp_path)
    seen = {
        "neocog": places(told["neocog"], ["object", "update", 1], 3),
        "tuio": places(told["tuio"], ["tuio", "2Dobj", "set", 1], 1),
        "augmenta": places([message[:2] + message[3:] for message in told["augmenta"]], ["object", "update", 1], 2),
        "tsps": places(told["tsps"], ["TSPS", "personUpdated", "", 1], 2),
    }
    slot = {axis: {round(float(message[3]), 3) for message in told["split"] if message[:3] == ["object", "0", axis]}
            for axis in "xy"}  # fmt: skip
    for name, where in seen.items():
        assert len(where & seen["neocog"]) >= min(TOLD, len(seen["neocog"])) > 5, name
        assert all(x in slot["x"] and y in slot["y"] for x, y in list(where)[:TOLD]), name
    vectors = [message[2:] for message in told["wekinator"] if message[:2] == ["wek", "inputs"]]
    assert len(vectors) >= FRAMES and {len(vector) for vector in vectors} == {35}
    assert {type(value) for vector in vectors for value in vector} == {float}
    assert ["count", "person", "1"] in told["neocog"]
    assert ["count", "person"] in [message[:2] for message in told["split"]]
