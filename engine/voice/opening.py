"""What a voice is played with, opened as far as it is there: a sound device, a microphone, a network."""

from collections.abc import Callable
from pathlib import Path

from engine.choosing import Missing
from engine.errors import UserError
from engine.libraries import NotLoaded
from engine.priority import ahead
from engine.settings import VoiceSettings
from engine.voice.devices import FILE, portaudio


def can_sound(settings: VoiceSettings, strict: bool) -> bool:
    """Whether PortAudio loads; where it does not a printed line, or its error if a device was named and strict."""
    try:
        portaudio()
    except NotLoaded as error:
        if settings.device and strict:
            raise
        print(f"{error}; {FILE}", flush=True)
        return False
    return True


def unless_named(settings: VoiceSettings, step: Callable, strict: bool):
    """What a step towards sound gives; where it fails and no device was named, a printed line and None.

    A named device that is missing gives None too, unless strict.
    """
    try:
        return step()
    except UserError as wrong:
        if settings.device and (strict or not isinstance(wrong, Missing)):
            raise
        if not settings.device:
            print(wrong, flush=True)
        return None


def open_microphone(wanted: str, strict: bool):
    """The microphone of this name, None without one; where it does not open and not strict, a printed line and None."""
    if not wanted:
        return None
    from engine.voice.hearing import Microphone

    try:
        return Microphone(wanted)
    except UserError as wrong:
        if strict or not isinstance(wrong, Missing):
            raise
        print(f"{wrong}; nobody leads the voice", flush=True)
        return None


def voice_of(settings: VoiceSettings, trial: bool):
    """The generator for this rig, with all lanes, and how many of them may sound.

    One's own voice or the shipped one; with a trial as many lanes as this machine holds.
    """
    from models.disk import load
    from models.generator import Generator, lanes_held, measure

    try:
        network = load("voice", Path(settings.name)) if settings.name else load("voice")
    except ValueError as error:
        raise UserError(str(error)) from error
    if not trial:
        return Generator(network, settings.lanes), settings.lanes
    measure(network, 1)  # compiles, which other programs need not wait for
    return Generator(network, settings.lanes), ahead(lambda: lanes_held(network, settings.lanes))
