"""neocog: the options of a show, and the settings that they and the rig file make."""

import argparse
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

from engine.arguments import RUNTIMES, Parser, above_zero, pair, size
from engine.rig_file import read_rig
from engine.settings import Settings, TargetSettings
from engine.side_channel import unblocked

TURNED = {"threshold": "detector/threshold", "fullscreen": "view/fullscreen"}  # options that are parameters


def show_options(parser: Parser) -> None:
    """The options of a show."""
    add = parser.add_argument
    add("patch", nargs="?", help="a shipped patch by name, or the path of a .py file (hello)")
    add("--source", metavar="URI",
        help="camera number or name, file, folder, a stream's address (rtsp, rtmp, http, udp, tcp, srt, ndi), demo, "
             "test-card, drawing, crowd:N")
    add("--osc", metavar="[PROFILE@]HOST:PORT", nargs="+", action="extend",
        help="where OSC goes (neocog@127.0.0.1:9000); profiles: neocog, split, wekinator, tuio, augmenta, tsps, map")
    add("--listen", metavar="[HOST:]PORT", help="where OSC comes in (127.0.0.1:9001)")
    add("--control", metavar="[HOST:]PORT",
        help="where the control page, OSCQuery and scenes as JSON are served (127.0.0.1:9080); none for nowhere")
    add("--midi-out", metavar="PORT", help="where notes and controllers go, by number or name")
    add("--midi-in", metavar="PORT", help="a controller or keyboard, by number or name")
    add("--record", metavar="FOLDER",
        help="keep the show in it: camera, scenes, cues and sound; FILE.wav keeps the sound alone")
    add("--log", metavar="FILE",
        help="keep what the show has to tell in it, and what was before in FILE.1 to FILE.4, 1 MB each")
    add("--rig", metavar="FILE", help="a toml file that says what this room has")
    pair(parser)
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where the networks run")
    add("--strict", action="store_true",
        help="end where a device of the rig is missing at the start: else it is waited for")
    add("--runtime", choices=RUNTIMES, help="what runs them; auto measures and takes the quickest")
    add("--headless", action="store_true",
        help="no window: a status line in the terminal, or one a minute in a file or pipe")
    add("--fullscreen", action="store_true")
    add("--display", metavar="DISPLAY", help="the screen for the window, by number, name or size (the first)")
    add("--operator", metavar="DISPLAY", help="the screen for a window of the operator's own")
    add("--size", metavar="WxH", type=size, help="the window's size (1280x720)")
    add("--seconds", metavar="S", type=above_zero(float), help="end after so long")
    add("--frames", metavar="N", type=above_zero(int),
        help="end after so many frames; files and the demo then play each one")


def on_this_machine(place: str) -> str:
    """HOST:PORT from a port alone as well."""
    return place if ":" in place or place == "none" else f"127.0.0.1:{place}"


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The rig file with the command line on top."""
    settings = replace(read_rig(arguments.rig), rig=arguments.rig) if arguments.rig else Settings()
    given = {name: value for name, value in vars(arguments).items() if value is not None and value is not False}

    def over(part, *names):
        return replace(part, **{name: given[name] for name in names if name in given})

    window = over(settings.window, "size", "display", "operator", "headless")
    networks = over(settings.networks, "detector", "features")
    osc = settings.osc
    if "osc" in given:
        if "patch" not in given and len(given["osc"]) > 1 and ":" not in given["osc"][-1]:
            given["patch"] = given["osc"].pop()  # neocog --osc HOST:PORT PATCH
        osc = replace(osc, target=tuple(map(TargetSettings, given["osc"])))
    if "listen" in given:
        osc = replace(osc, listen=on_this_machine(given["listen"]))
    control = settings.control
    if "control" in given:
        control = replace(control, listen=on_this_machine(given["control"]))
    midi = replace(settings.midi, out=given.get("midi_out", settings.midi.out),
                   input=given.get("midi_in", settings.midi.input))
    sound = given.get("record", "").lower().endswith((".wav", ".flac"))
    voice = over(settings.voice, *["record"] * sound)
    turned = {path: given[name] for name, path in TURNED.items() if name in given}
    settings = replace(settings, window=window, networks=networks, osc=osc, midi=midi, voice=voice, control=control,
                       parameters=settings.parameters | turned)
    return over(settings, "patch", "source", "device", "runtime", "log", "seconds", "frames", "strict",
                *["record"] * (not sound))


def show_command(arguments: argparse.Namespace) -> None:
    from engine.window.start import Start
    settings = settings_of(arguments)
    with redirect_stdout(unblocked(sys.stdout)), redirect_stderr(unblocked(sys.stderr)), Start(settings) as tell:
        tell("loading, which takes longer the very first time")
        from engine.show import run_show  # which takes seconds
        run_show(settings, tell)
