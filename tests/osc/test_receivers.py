"""Real receivers read what we send: Pure Data, liblo's oscdump, SuperCollider, node-osc, and neocog listen."""

import re
import shlex
import signal
import socket
import sys
from collections.abc import Callable

import pytest
from pythonosc.osc_packet import OscPacket

from engine.commands.listen import lines, listen
from engine.cues import Osc
from engine.errors import UserError
from engine.osc.encoding import message
from engine.osc.profiles import PROFILES
from engine.values import EngineStatus
from tests.osc.programs import SCREENLESS, Program, free_port
from tests.parts import PATIENCE, need, need_node
from tests.scenes import scene, track

SCRIPT = """thisProcess.openUDPPort(%d);
thisProcess.addOSCRecvFunc({ |message| "osc\\t%%".format(message.join("\\t")).postln });
"""
NODE = """const { Server } = require("node-osc");
const print = (message) => console.log(["osc", ...message].join("\\t"));
const server = new Server(%d, "127.0.0.1");
server.on("message", print);
server.on("bundle", (bundle) => bundle.elements.forEach(print));
"""
MAPS = [("layer/conv3/mean", "/composition/layers/1/video/opacity"), ("count/person", "/medias/1/speed")]
PATCH = """#N canvas 0 0 450 300 12;
#X obj 10 10 netreceive -u -b {port};
#X obj 10 40 oscparse;
#X obj 10 70 print osc;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
"""


def pd(port: int, folder) -> Program:
    need("pd")
    (folder / "receive.pd").write_text(PATCH.format(port=port))
    return Program(port, "pd", "-nogui", "-noaudio", "-nomidi", "-nrt", str(folder / "receive.pd"))


def pd_words(line: str) -> list[str]:
    """What Pd's print object printed: "osc: list object 3 x 0.5"; blanks within a word are escaped."""
    words = re.split(r"(?<!\\) ", line)
    assert words[0] == "osc:" and words[1] in ("list", "symbol")
    return [word.replace("\\", "") for word in words[2:]]


def oscdump(port: int, folder) -> Program:
    need("oscdump", "stdbuf")
    return Program(port, "stdbuf", "-oL", "oscdump", str(port))


def oscdump_words(line: str) -> list[str]:
    """What oscdump printed: time tag, address, types, arguments."""
    _, address, *rest = shlex.split(line)
    return [*address.split("/")[1:], *rest[1:]]


def sclang(port: int, folder) -> Program:
    need("sclang")
    (folder / "receive.scd").write_text(SCRIPT % port)
    return Program(port, "sclang", "-D", str(folder / "receive.scd"), **SCREENLESS)


def node(port: int, folder) -> Program:
    environment = need_node("node-osc")
    (folder / "receive.js").write_text(NODE % port)
    return Program(port, "node", str(folder / "receive.js"), **environment)


def tabbed_words(line: str) -> list[str]:
    """What a script of ours printed: address and arguments, with tabs between them."""
    address, *rest = line.removeprefix("osc\t").split("\t")
    return [*address.split("/")[1:], *rest]


def same(word: str, value: int | float | str) -> bool:
    return word == value if isinstance(value, str) else float(word) == pytest.approx(value, rel=1e-5, abs=1e-6)


def assert_read(program: Program, words: Callable, part: bytes) -> None:
    """The program reads the datagram as python-osc does, message by message."""
    sent = [timed.message for timed in OscPacket(part).messages]
    read = [words(line) for line in program.reads([part])]
    assert len(read) == len(sent)
    for got, packet in zip(read, sent, strict=True):
        wanted = [*packet.address.split("/")[1:], *packet.params]
        assert len(got) == len(wanted) and all(map(same, got, wanted)), (got, wanted)


RECEIVERS = pytest.mark.parametrize(
    ("start", "words"),
    [(pd, pd_words), (oscdump, oscdump_words), (sclang, tabbed_words), (node, tabbed_words)],
    ids=["pd", "oscdump", "sclang", "node"],
)


@RECEIVERS
def test_a_real_receiver_reads_every_message_with_its_values(start: Callable, words: Callable, tmp_path):
    crowd = [track(id=5000 + slot, slot=slot, x=slot / 7, vy=-0.125, age=slot * 100.0) for slot in range(20)]
    born, gone = crowd[-2:], [track(id=17, slot=19)]
    seen = scene(time=3.25, index=77, tracks=crowd, born=born, gone=gone)
    with start(free_port(), tmp_path) as program:
        for name in PROFILES:
            for bundle, limit in ((True, 1432), (True, 1000), (False, 1432)):
                profile = PROFILES[name](["person", "potted plant"], bundle=bundle, limit=limit, maps=MAPS)
                for part in profile(seen, EngineStatus(30.0, 0.01), [Osc("/hit", 3, 0.25, "hard blow")]):
                    assert_read(program, words, part)


def test_listen_prints_what_arrives_until_it_is_interrupted():
    port = free_port()
    with Program(port, sys.executable, "-m", "engine", "listen", str(port)) as program:
        start = program.socket.getsockname()[1]
        seen = scene(tracks=[track(age=2.0)])
        parts = PROFILES["split"](["potted plant"])(seen, EngineStatus(), [Osc("/hit", 3, "two words")])
        read = program.reads([*parts, b"nonsense"])
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(PATIENCE) == 0
    count = sum(len(OscPacket(part).messages) for part in parts)
    assert read[0] == f"# bundle of {len(OscPacket(parts[0]).messages)} from 127.0.0.1:{start}"
    assert "  /object/0/age                    2" in read
    assert read[-2] == "  /hit                             3 'two words'"
    assert read[-1] == f"! malformed packet of 8 bytes from 127.0.0.1:{start}: neither a message nor a bundle"
    assert len(read) == count + len(parts) + 1


def test_lines_are_aligned_and_strangers_cannot_write_on_the_terminal():
    read = lines(message("/a", 1, 0.123456, "b")[4:], "x:1")
    assert read == ["  /a                               1    0.1235       'b'"]
    assert lines(b"/\x1b[2J\0\0\0,s\0\0\x1b[2J\0\0\0\0", "x:1") == ["  /\\x1b[2J                 '\\x1b[2J'"]


def test_listen_says_when_the_port_is_taken():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 0))
        with pytest.raises(UserError, match="listen wants a free port"):
            listen(other.getsockname()[1])
