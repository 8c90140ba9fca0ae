"""The receivers in patches/receivers: those that can run here run, the others are read word by word."""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.osc.profiles import PROFILES
from engine.values import EngineStatus
from tests.ears import messages
from tests.osc.programs import SCREENLESS, Program, free_port
from tests.parts import need, need_node
from tests.scenes import scene, track

FILES = Path(__file__).parents[2] / "patches" / "receivers"
STATUS = EngineStatus(fps=30.0)
ONE = track(id=7, slot=2, x=0.25, y=0.5, w=0.5)
COMES, GOES = scene(index=1, tracks=[ONE], born=[ONE]), scene(index=2, gone=[ONE])
SAID = {
    message[0]: message
    for profile in ("split", "neocog")
    for seen in (COMES, scene(tracks=[ONE]), GOES)
    for message in messages(PROFILES[profile](["person", "cup"])(seen, STATUS))
}


def at_port(name: str, port: int, folder: Path) -> Path:
    """A receiver's file as it would be at another port than 9000."""
    text = (FILES / name).read_text()
    assert text.count(" 9000;") == 1
    (folder / name).write_text(text.replace(" 9000;", f" {port};"))
    return folder / name


def say(program: Program, seen) -> None:
    for part in PROFILES["neocog"](["person"])(seen, STATUS):
        program.socket.sendto(part, program.place)


def test_pd_sounds_an_object_as_long_as_it_is_there(tmp_path):
    need("pd")
    port = free_port()
    at_port("objects.pd", port, tmp_path)
    shutil.copy(FILES / "object-voice.pd", tmp_path)
    (tmp_path / "ear.pd").write_text(
        "#N canvas 0 0 450 300 12;\n#X obj 10 10 objects;\n#X obj 10 40 env~ 4096;\n#X obj 10 70 > 40;\n"
        "#X obj 10 100 change;\n#X obj 10 130 print sounds;\n"
        "#X connect 0 0 1 0;\n#X connect 1 0 2 0;\n#X connect 2 0 3 0;\n#X connect 3 0 4 0;\n"
    )
    command = "pd", "-nogui", "-noaudio", "-nomidi", "-nrt", str(tmp_path / "ear.pd")
    probe = PROFILES["neocog"]()(COMES, STATUS)[0]
    with Program(port, *command, ready="sounds: 1", probe=probe) as program:
        say(program, COMES)
        assert program.until("enter:")[-1] == "enter: 7 2 0 0.9 0.25 0.5 0.5 0.4 0 0 1"
        say(program, GOES)
        heard = program.until("sounds: 0")
        assert "leave: 7 2 0 0.9 0.25 0.5 0.5 0.4 0 0 1" in heard and not any("error" in line for line in heard)
        say(program, COMES)
        program.until("sounds: 1")
        program.until("sounds: 0")  # neocog has gone without a word: silence after two seconds


def test_supercollider_hears_every_layer(tmp_path):
    need("sclang")
    port = free_port()
    text = (FILES / "layers.scd").read_text()
    (tmp_path / "layers.scd").write_text(text.replace("port = 9000;", f"port = {port};"))
    command = "sclang", "-D", str(tmp_path / "layers.scd")
    with Program(port, *command, ready=f"listening on port {port}", **SCREENLESS) as program:
        heard = program.until("layer conv5", *PROFILES["neocog"]()(COMES, STATUS))
    told = [line for line in heard if line.startswith("neocog: layer")]
    assert told == [f"neocog: layer conv{number} says mean 0.25 change 0.1" for number in range(1, 6)]
    assert not any("ERROR" in line for line in heard)


def python(port: int, **options) -> Program:
    return Program(port, sys.executable, str(FILES / "objects.py"), str(port), **options)


def node(port: int, **options) -> Program:
    return Program(port, "node", str(FILES / "objects.js"), str(port), **options, **need_node("node-osc"))


@pytest.mark.parametrize("start", [python, node])
def test_a_script_keeps_a_list_of_the_objects(start):
    first = replace(scene(tracks=[track(id=1)]), layers={})  # one datagram, with the names
    probe = PROFILES["neocog"](["person"])(first, STATUS)[0]
    with start(free_port(), ready="enter 1", probe=probe) as program:
        say(program, COMES)
        told = program.until("enter 7")
        assert told[-1] == "enter 7 person at 0.25 0.50" and "leave 1 after 1.0 seconds" in told
        say(program, scene(index=2))  # the leave was lost; alive says it
        assert program.until("leave 7")[-1] == "leave 7 after 1.0 seconds"
        for part in PROFILES["neocog"](["person"], bundle=False)(COMES, STATUS):
            program.socket.sendto(part, program.place)
        assert program.until("enter 7")[-1] == "enter 7 person at 0.25 0.50"


def test_max_connects_what_there_is():
    patcher = json.loads((FILES / "objects.maxpat").read_text())["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    for (source, outlet), (target, inlet) in (entry["patchline"].values() for entry in patcher["lines"]):
        assert outlet < boxes[source]["numoutlets"] and inlet < boxes[target]["numinlets"]
    for box in boxes.values():
        words = box.get("text", "").split()
        if words[:1] == ["route"]:
            assert box["numoutlets"] == len(words) and set(words[1:]) <= SAID.keys() | {"/layer/conv3"}
        if words[:1] == ["unpack"]:
            assert box["numoutlets"] == len(words) - 1
    kinds = [int if word == "0" else float for word in boxes["object"]["text"].split()[1:]]
    assert kinds == [type(value) for value in SAID["/object/update"][1 : 1 + len(kinds)]]


@pytest.mark.parametrize(
    "name", ["objects.pd", "objects/objects.pde", "objects.py", "objects.js", "touchdesigner.md", "objects.maxpat"]
)
def test_every_address_in_a_file_is_one_that_is_sent(name):
    text = (FILES / name).read_text()
    named = set(re.findall(r"/(?:object|layer|class|count)/[a-z0-9]+(?:/[a-z]+)?|/alive", text))
    named |= {f"/{word}" for word in re.findall(r"`((?:object|layer|count)/\w+(?:/\w+)?)`", text)}
    assert all(
        address in SAID
        or address.rstrip("*").rstrip("/") in ("/class",)
        or address == "/layer/conv3"
        or address.replace("/object/0/", "/object/2/") in SAID
        for address in named
    ), named - SAID.keys()


def test_touchdesigner_unpacks_as_many_arguments_as_an_event_has():
    (names,) = re.findall(r"^ +(id, slot.*) = args$", (FILES / "touchdesigner.md").read_text(), re.MULTILINE)
    assert len(names.split(", ")) == len(SAID["/object/enter"]) - 1


def test_processing_takes_numbers_as_what_they_are():
    taken = re.findall(r"message\.get\((\d+)\)\.(int|float)Value", (FILES / "objects" / "objects.pde").read_text())
    assert len(taken) == 6
    assert all(type(SAID["/object/update"][1 + int(place)]).__name__ == kind for place, kind in taken)
