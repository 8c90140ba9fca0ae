"""The table of neocog listen: rates and values in place, and what receivers make of them."""

import socket

import pytest

from engine.commands.listen import MOST, Table, listen
from engine.osc.encoding import message
from engine.osc.profiles import PROFILES
from engine.osc.understanding import MOST as MOST_OBJECTS
from engine.osc.understanding import Understanding
from engine.values import EngineStatus
from tests.ears import messages
from tests.osc.programs import free_port
from tests.scenes import scene, track

STATUS = EngineStatus()


def test_rates_and_the_newest_values_stay_in_their_place():
    table = Table(0.0)
    for number in range(60):
        table.take(message("/a", number, 0.5)[4:], "10.0.0.5:7000")
        if number % 2:
            table.take(message("/b", "word")[4:], "10.0.0.5:7000")
    assert table.lines(2.0) == [
        "45 packets a second from 10.0.0.5:7000, the largest 16 bytes",
        "   30/s   /a                              59       0.5",
        "   15/s   /b                          'word'",
    ]
    table.take(message("/a", 1, 2.5)[4:], "10.0.0.6:1")
    assert table.lines(2.5)[1] == "   30/s   /a                               1       2.5"  # not yet a second
    assert table.lines(4.0)[1:] == [
        "    0/s   /a                               1       2.5",
        "    0/s   /b                          'word'",
    ]


def test_it_stays_within_the_terminal_and_within_memory():
    table = Table(0.0)
    for number in range(MOST + 50):
        table.take(message(f"/a/{number}", *range(40))[4:], f"10.0.0.5:{number}")
    table.take(b"nonsense", "10.0.0.5:1")
    table.take(message("/big", *range(400))[4:], "10.0.0.5:1")
    told = table.lines(1.0, width=60, height=10)
    assert len(told) == 9 and all(len(line) < 60 for line in told)  # and the cursor's line
    assert told[-1].endswith(f"and {MOST - 7 + 51} more, below /a") and len(table.latest) == len(table.senders) == MOST
    told = table.lines(1.0, width=200, height=10)
    assert told[0].endswith("the largest 2012 bytes (over 1432), 1 malformed")


def test_a_low_terminal_shows_something_of_everything_and_says_what_is_left():
    table = Table(0.0)
    for address, times in (("/layer/a", 60), ("/layer/b", 60), ("/layer/c", 60), ("/object/enter", 1),
                           ("/object/update", 60),
                           ("/frame", 60), ("/names/0", 1), ("/names/1", 1)):  # fmt: skip
        for _ in range(times):
            table.take(message(address, 1, 0.5)[4:], "a:1")
    told = table.lines(1.0, 80, 7)
    assert [line.split()[1] for line in told[1:5]] == ["/layer/a", "/object/update", "/frame", "/names/0"]
    assert told[5] == "        and 4 more, below /layer /object /names" and len(told) == 6
    assert len(table.lines(1.0, 80, 10)) == 9 and "more" in table.lines(1.0, 80, 9)[-1]
    told = table.lines(1.0, 30, 10)
    assert told[0] == "303 packets a second from a:…" and "more" not in told[-1]


def test_what_receivers_make_of_it_leaves_half_of_a_low_terminal():
    table = Table(0.0)
    for name in ("neocog", "split", "tuio", "augmenta", "tsps"):
        for part in PROFILES[name]()(scene(tracks=[track()]), STATUS):
            table.take(part, "a:1")
    assert table.lines(1.0, 80, 10)[-4:] == [
        "", "= neocog: 1 object: 1 at 0.50 0.50", "= split: 1 object: 0 at 0.50 0.50",
        "= and 3 profiles more"]  # fmt: skip
    assert [len(table.lines(1.0, 80, height)) for height in (5, 10, 24)] == [4, 9, 23]
    assert not any("more" in line for line in table.lines(1.0, 80, 70))


def test_the_table_is_drawn_again_and_again_until_it_is_interrupted():
    drawn, port = [], free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def write(text: str) -> None:
            drawn.append(text)
            if len(drawn) == 4:
                raise KeyboardInterrupt
            sender.sendto(message("/a", len(drawn))[4:], ("127.0.0.1", port))

        listen(port, write, table=True)
    assert all(text.startswith("\x1b[H\x1b[J") for text in drawn[1:])
    assert [text.split()[-1] for text in drawn[1:]] == ["1", "2", "3"]


def test_strangers_cannot_write_on_the_terminal():
    table = Table(0.0)
    table.take(b"/\x1b[2J\0\0\0,s\0\0\x1b[2J\0\0\0\0", "x:1")
    assert all(character.isprintable() for line in table.lines(1.0) for character in line)


@pytest.mark.parametrize("name", ["neocog", "split", "tuio", "augmenta", "tsps"])
def test_a_receiver_of_every_profile_knows_who_is_there(name):
    one, two = track(id=7, slot=2, x=0.25, y=0.5), track(id=9, slot=0, x=0.75, y=0.125)
    profile, understanding = PROFILES[name](), Understanding()
    keys = ("0", "2") if name == "split" else (7, 9)
    places = {"0": "0.75 0.12", "2": "0.25 0.50", 7: "0.25 0.50", 9: "0.75 0.12"}
    for seen, there in (
        (scene(index=1, tracks=[one, two], born=[one, two]), keys),
        (scene(index=2, tracks=[one], gone=[two]), (keys[0],) if name != "split" else ("2",)),
        (scene(index=3, gone=[one]), ()),
    ):
        for address, *arguments in messages(profile(seen, STATUS)):
            understanding.take(address, arguments)
        told = ", ".join(f"{key} at {places[key]}" for key in there)
        count = f"{len(there)} object{'' if len(there) == 1 else 's'}"
        assert understanding.lines() == [f"{name}: {count}" + (f": {told}" if told else "")]


def test_wekinator_says_how_many_inputs_and_which_it_would_not_take():
    understanding = Understanding()
    understanding.take("/wek/inputs", [0.5] * 35)
    assert understanding.lines() == ["wekinator: 35 inputs"]
    understanding.take("/wek/inputs", [0.5, 1, "a"])
    assert understanding.lines() == ["wekinator: 3 inputs, 2 no floats and read as 0"]


def test_odd_messages_do_not_confuse_it():
    understanding = Understanding()
    for id in range(2 * MOST_OBJECTS):
        understanding.take("/object/update", [id, *["x"] * 10])
    understanding.take("/object/update", [1])
    understanding.take("/object/3/x", [0.5])
    understanding.take("/tuio/2Dobj", ["set", 1])
    understanding.take("/", [])
    assert len(understanding.objects["neocog"]) == MOST_OBJECTS
    assert understanding.lines()[0].startswith(f"neocog: {MOST_OBJECTS} objects: 0 at ? ?")


def test_values_below_the_same_parent_share_a_line_whose_rate_is_the_quickest():
    table = Table(0.0)
    for number in range(8):
        table.take(message("/object/0/x", 0.25)[4:], "a:1")
        table.take(message("/stale", 1)[4:], "a:1")
        if number % 2:
            table.take(message("/object/0/y", 0.5)[4:], "a:1")
            table.take(message("/pair/a", 1)[4:], "a:1")
            table.take(message("/object/0/both", 1, 2)[4:], "a:1")
    table.take(message("/object/0/class", "cat")[4:], "a:1")
    table.take(message("/pair/b", 2)[4:], "a:1")
    assert table.lines(2.0)[1:6] == [
        "    4/s   /object/0/               x 0.25  y 0.5  class 'cat'",
        "    4/s   /stale                           1",
        "    2/s   /pair/a                          1",
        "    2/s   /object/0/both                   1         2",
        "    0/s   /pair/b                          2",
    ]
