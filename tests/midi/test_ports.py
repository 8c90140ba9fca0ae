"""Ports are known by name, place and number of twins: the second is opened as the second, and no twin is ever taken."""

import pytest

from engine.choosing import Missing
from engine.errors import UserError
from engine.midi import ports
from engine.midi.library import MidiError
from engine.midi.ports import Identity, MidiPort


class Client:
    """In place of the library's: the ports of one system, plugged and unplugged by the test."""

    there, opened, alive = {}, [], True

    def __init__(self, kind, name):
        self.name = name

    def ports(self):
        return dict(Client.there)

    def open(self, number):
        Client.opened.append(Client.there[number])

    def send(self, message):
        if Client.broken:
            raise MidiError("gone")

    def close(self):
        pass


@pytest.fixture
def plug(monkeypatch):
    """Say which ports there are."""
    monkeypatch.setattr(ports, "Client", Client)
    Client.opened, Client.broken = [], False

    def plugged(*names):
        Client.there = dict(enumerate(names))

    return plugged


def test_choosing_the_second_of_two_twins_opens_the_second(plug):
    plug("Keys 24:0", "Keys 28:0")
    MidiPort("output", "1")
    MidiPort("output", "Keys 28:0")
    assert Client.opened == ["Keys 28:0", "Keys 28:0"]
    with pytest.raises(UserError, match="fits more than one midi output"):
        MidiPort("output", "keys")


@pytest.mark.parametrize("names", [("Keys 24:0", "Keys 28:0"), ("Keys", "Keys")])
def test_a_twin_is_not_taken_for_the_one_that_was_unplugged(plug, names):
    plug(*names)
    port = MidiPort("output", "1")
    plug(names[0])
    port.look(0.0)
    assert not port.here and port.notice == "midi output 'Keys' is gone: looking for it"
    port.look(1.0)
    assert not port.here and len(Client.opened) == 1
    plug(*names)
    assert port.look(2.0) and Client.opened[-1] == names[1]


def test_the_only_one_of_its_name_comes_back_at_another_address(plug):
    plug("Keys 24:0", "Through 14:0")
    port = MidiPort("input", "keys")
    plug("Through 14:0")
    port.look(0.0)
    plug("Other 24:0", "Through 14:0", "Keys 28:0")
    assert port.look(1.0) and Client.opened == ["Keys 24:0", "Keys 28:0"]


def test_a_replaced_device_at_the_same_address_is_another_one(plug):
    plug("Keys 24:0")
    port = MidiPort("output", "keys")
    plug("Drums 24:0")
    port.look(0.0)
    assert not port.here
    plug("Drums 24:0", "Keys 28:0", "Keys 32:0")
    assert not port.look(1.0), "two have come, and it is not said which is ours"


def test_twins_are_told_apart_by_the_place_they_are_plugged_in(plug, tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "CARDS", str(tmp_path / "card{}"))

    def cards(**places):
        for card in ("card2", "card3"):
            (tmp_path / card).unlink(missing_ok=True)
        for card, place in places.items():
            (tmp_path / place).mkdir(exist_ok=True)
            (tmp_path / card).symlink_to(tmp_path / place)

    cards(card2="left", card3="right")
    plug("Keys 24:0", "Keys 28:0")
    port = MidiPort("output", "1")
    cards(card2="right", card3="left")  # both were unplugged and came back in another order
    port.look(0.0)
    port.look(1.0)
    assert Client.opened == ["Keys 28:0", "Keys 24:0"]


def test_a_port_that_is_missing_at_the_start_is_waited_for(plug):
    plug("Through 14:0")
    with pytest.raises(Missing, match="no midi output is called 'keys'"):
        MidiPort("output", "keys", strict=True)
    port = MidiPort("output", "keys")
    assert port.notice.endswith("give the number or a part of 0: Through 14:0; waiting for it")
    assert not port.look(0.0) and port.send(0x90, 60, 1) is None
    plug("Through 14:0", "Keys 24:0", "Keys 28:0")
    assert not port.look(1.0) and "fits more than one" in port.notice
    plug("Through 14:0", "Keys 24:0")
    assert port.look(2.0) and port.notice == "" and Client.opened == ["Keys 24:0"]


def test_a_port_that_refuses_a_message_is_gone_and_its_client_has_a_stable_name(plug):
    plug("Keys 24:0")
    port = MidiPort("output", "keys")
    assert port.client.name == "neocog-output"
    Client.broken = True
    port.send(0x90, 60, 1)
    assert not port.here
    Client.broken = False
    assert port.look(9.0) and port.client.name == "neocog-output"


def test_of_one_name_each_has_its_own_identity():
    names = {0: "Keys 24:0", 1: "Keys 24:1", 2: "Keys"}
    assert len({Identity.of(number, names) for number in names}) == 3
