"""Real messages through a real JACK server: instruments, controllers and keyboards that come and go."""

import time
from contextlib import suppress

import pytest

from engine.cues import Control, Note
from engine.errors import UserError
from engine.midi.input import MidiIn, midi_inputs
from engine.midi.library import KINDS, Client, MidiError, abandon, library
from engine.midi.output import MidiOut, midi_outputs
from engine.values import Change
from tests.jack_server import jack_ports
from tests.parts import PATIENCE
from tests.percepts import STATUS
from tests.scenes import scene

NOTHING = scene()


def until(true, seconds: float = PATIENCE):
    """Wait for something of the real world; what it was."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)
    return value


def api():
    """The MIDI system that the engine would use now."""
    with suppress(MidiError):
        client = Client("output", "neocog-test")
        client.close()
        return client.api
    return None


def peer(kind: str, name: str):
    """Somebody else's instrument ("input") or controller ("output")."""
    client = getattr(library(), KINDS[kind])(until(api), name)
    client.open_virtual_port(name)
    return client


def leave(client) -> None:
    client.close_port()
    client.delete()


def reach(midi: MidiOut, synth) -> None:
    """Wait until messages arrive; a connection in JACK loses those of its first moment."""
    until(lambda: midi.send(NOTHING, [Control(119, 0.0), Control(119, 1.0)], STATUS, 0.0) or synth.get_message())


def heard(synth, count: int) -> list[list[int]]:
    """The next notes and controllers below 119 that reach an instrument, so many of them."""
    messages = []

    def more():
        while message := synth.get_message():
            messages.extend([message[0]] if message[0][1] < 119 else [])
        return len(messages) >= count

    until(more)
    return messages


def test_an_instrument_hears_the_very_notes(jack_server):
    synth = peer("input", "loud synth")
    until(lambda: any("loud synth" in name for name in midi_outputs()))
    with pytest.raises(UserError, match="no midi output is called 'quiet': give the number or a part of .*loud synth"):
        MidiOut("quiet", strict=True)
    midi = MidiOut("Loud")
    reach(midi, synth)
    midi.send(NOTHING, [Note(60, 1.0, 0.5), Control(7, 0.5, 2)], STATUS, 0.0)
    midi.tick(0.5)
    midi.send(NOTHING, [Note(61, 0.5, 9.0)], STATUS, 0.5)
    assert heard(synth, 4) == [[0x90, 60, 127], [0xB1, 7, 64], [0x80, 60, 64], [0x90, 61, 64]]
    for value in range(128):
        midi.send(NOTHING, [Control(number, value / 127) for number in range(16)], STATUS, 0.6)
        assert heard(synth, 16) == [[0xB0, number, value] for number in range(16)]
    midi.close(0.7)
    assert heard(synth, 1) == [[0x80, 61, 64]]
    leave(synth)


def test_an_instrument_that_is_unplugged_is_found_again(jack_server):
    synth = peer("input", "loud synth")
    midi = MidiOut("0")
    reach(midi, synth)
    midi.send(NOTHING, [Note(60, 1.0, 99.0)], STATUS, 0.0)
    assert heard(synth, 1) == [[0x90, 60, 127]]
    midi.tick(0.0)
    assert midi.notices == ()
    leave(synth)
    midi.tick(0.9)
    assert midi.notices == ()
    midi.tick(1.0)
    assert len(midi.notices) == 1 and midi.notices[0].endswith("loud synth' is gone: looking for it")
    midi.send(NOTHING, [Note(60)], STATUS, 1.1)
    other = peer("input", "other synth")
    midi.tick(2.0)
    assert len(midi.notices) == 1, "another port is not taken silently, though it is number 0 now"
    synth = peer("input", "loud synth")
    midi.tick(3.0)
    assert midi.notices == ()
    reach(midi, synth)
    midi.send(NOTHING, [Note(62, 1.0, 0.5)], STATUS, 3.1)
    assert heard(synth, 1) == [[0x90, 62, 127]]
    assert other.get_message() is None
    midi.close(3.2)
    leave(synth)
    leave(other)


def test_a_controller_turns_knobs(jack_server):
    controller = peer("output", "eight knobs")
    until(lambda: any("eight knobs" in name for name in midi_inputs()))
    clock = iter(range(1000))
    knobs = MidiIn("knobs", (1, 2), lambda: next(clock) / 1000)
    assert until(lambda: controller.send_message([0xB0, 2, 127]) or knobs.poll()) == [Change("knob/1", 1.0, "midi")]
    controller.send_message([0xB3, 1, 0])
    until(lambda: Change("knob/0", 0.0, "midi") in knobs.poll())
    assert knobs.notices == ()
    knobs.close()
    leave(controller)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_server_that_ends_does_not_hold_up_the_show(jack_server, restarted):
    synth = peer("input", "loud synth")
    if api() != library().RtMidiAPI.UNIX_JACK:
        pytest.skip("ALSA goes before JACK here")
    midi = MidiOut("loud")
    midi.send(NOTHING, [Note(60)], STATUS, 0.0)
    abandon(synth)
    jack_server.end()
    if restarted:
        jack_server.start()
        synth, _ = peer("input", "loud synth"), peer("output", "other")
    for _ in range(100):
        midi.send(NOTHING, [Control(7, step % 2) for step in range(100)], STATUS, 0.0)
    assert "is gone" in midi.notices[0]
    midi.tick(1.0)
    assert midi.notices == () if restarted else "is gone" in midi.notices[0]
    if restarted:
        reach(midi, synth)
        midi.send(NOTHING, [Note(62, 1.0, 9.0)], STATUS, 2.0)
        assert heard(synth, 1) == [[0x90, 62, 127]]
        leave(synth)
    midi.close(3.0)


def test_a_keyboard_plays_on_after_its_server_was_restarted(jack_server):
    keyboard = peer("output", "keys")
    keys = MidiIn("keys", (), iter(range(1000)).__next__)
    if api() != library().RtMidiAPI.UNIX_JACK:
        pytest.skip("ALSA goes before JACK here")
    assert until(lambda: keyboard.send_message([0x90, 60, 127]) or keys.poll())
    abandon(keyboard)
    jack_server.end()
    jack_server.start()
    keyboard = peer("output", "keys")
    keys.poll()
    until(lambda: keyboard.send_message([0x90, 62, 127]) or keys.poll())
    keys.close()
    leave(keyboard)


def test_the_names_in_the_patchbay_are_the_same_in_every_show(jack_server):
    synth, keyboard = peer("input", "synth"), peer("output", "keys")
    if api() != library().RtMidiAPI.UNIX_JACK:
        pytest.skip("ALSA goes before JACK here")
    midi, keys = MidiOut("synth"), MidiIn("keys", ())
    assert {"neocog-output:output", "neocog-input:input"} <= set(jack_ports())
    assert not any("neocog" in line for line in midi_outputs() + midi_inputs()), "nobody plugs into itself"
    midi.close(0.0)
    keys.close()
    leave(synth)
    leave(keyboard)
