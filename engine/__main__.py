"""The command line: neocog [PATCH] performs; list, look, check, listen and bench are its smaller commands."""

import argparse
import io
import os
import signal
import sys
import tempfile

from engine.arguments import Parser, above_zero, between, device_and_json, pair
from engine.commands.show import show_command, show_options
from engine.errors import UserError
from engine.patch.time_limit import interrupt
from engine.side_channel import open_standard_streams


def list_command(arguments: argparse.Namespace) -> None:
    from engine.commands.list import lines
    print("\n".join(lines()))


def look_command(arguments: argparse.Namespace) -> None:
    from engine.commands.look import look
    look(arguments.images, arguments.detector, arguments.features, arguments.device, arguments.runtime,
         arguments.threshold, arguments.json)


def check_command(arguments: argparse.Namespace) -> None:
    from engine.commands.check import check
    check(arguments.patch, arguments.source, arguments.seconds)


def check_options(parser: Parser) -> None:
    parser.add_argument("patch")
    parser.add_argument("--source", metavar="URI", default="demo", help="a file, folder, crowd:N or test-card (demo)")
    parser.add_argument("--seconds", metavar="S", type=above_zero(float), default=10.0, help="of the source (10)")


def listen_command(arguments: argparse.Namespace) -> None:
    from engine.commands.listen import listen
    listen(arguments.port)


def replay_command(arguments: argparse.Namespace) -> None:
    from engine.commands.replay import replay
    replay(arguments.folder, arguments.speed, arguments.loop, arguments.osc)


def replay_options(parser: Parser) -> None:
    add = parser.add_argument
    add("folder", metavar="FOLDER", help="what neocog --record FOLDER made")
    add("--speed", metavar="X", type=above_zero(float), default=1.0, help="2 is twice as fast (1)")
    add("--loop", action="store_true", help="over and over, until Ctrl-C")
    add("--osc", metavar="[PROFILE@]HOST:PORT", nargs="+", action="extend", default=[],
        help="where OSC goes, if not to the targets of the show")


def gallery_command(arguments: argparse.Namespace) -> None:
    from engine.commands.gallery import gallery
    print(gallery(arguments.out))


def bench_command(arguments: argparse.Namespace) -> None:
    from engine.commands.bench import bench
    bench(arguments.device, arguments.runtime, arguments.json, arguments.beside)


def bench_options(parser: Parser) -> None:
    parser.add_argument("--beside", metavar="FILE.onnx", default="",
                        help="a detector whose speed is measured beside ours")
    device_and_json(parser)


def look_options(parser: Parser) -> None:
    from engine.tracking.tracker import THRESHOLD
    parser.add_argument("images", metavar="IMAGE", nargs="+")
    pair(parser)
    parser.set_defaults(detector="detector", features="features", threshold=THRESHOLD)
    device_and_json(parser)


def play_command(arguments: argparse.Namespace) -> None:
    from engine.commands.voice import voice_command
    voice_command(arguments)


def voice_options(parser: Parser) -> None:
    from engine.voice.levels import LEVELS
    add = parser.add_argument
    add("notes", metavar="NOTE", nargs="*",
        help="names (a2, eb3, f#1) or MIDI numbers (45, 45.5), played one after the other")
    add("--midi", metavar="FILE", default="", help="a MIDI file to play instead")
    add("--input", metavar="PORT", default="", help="a MIDI keyboard to play on, by number or name")
    add("-o", "--out", metavar="FILE", default="", help="a WAV or FLAC file; without one it sounds")
    add("--rate", metavar="HZ", type=between(8000, 384_000), default=48_000,
        help="samples a second of the file (48000)")
    add("--bits", type=int, choices=(16, 24, 32), default=16, help="bits a sample of the file (16)")
    add("--channels", metavar="N", type=above_zero(int), default=0, help="of the file or the device (2)")
    add("--test-channels", action="store_true", help="a tone from each loudspeaker in turn")
    add("--tuning", metavar="FILE", default="", help="a Scala file (.scl): where the notes lie, from middle C")
    default, low, high = LEVELS["voice/reverb"].span
    add("--reverb", metavar="X", type=between(low, high), default=default,
        help=f"amount of room, {low:g} to {high:g} ({default:g})")
    add("--seconds", metavar="S", type=above_zero(float), default=1.0, help="length of each note (1)")
    add("--voice", metavar="FOLDER", default="", help="a voice of your own, as neocog train voice makes it")
    add("--device", metavar="DEVICE", default="", help="sound device by number or name")
    add("--lanes", metavar="N", type=above_zero(int), default=4, help="how many sound at once (4)")
    for name, low, high, told in (("brightness", 0, 1, "0 to 1"), ("roughness", 0, 1, "0 to 1"),
                                  ("size", -0.5, 0.5, "octaves, -0.5 to 0.5"), ("attack", 0, 1, "0 as bowed to 1"),
                                  ("vibrato", 0, 1, "0 to 1"),
                                  ("instrument", 0, 63, "0, 1, as the voice has them, and between")):
        add(f"--{name}", metavar="X", type=between(low, high), help=told)


def networks_command(arguments: argparse.Namespace) -> None:
    from engine.commands.networks import networks, pull
    if arguments.what == "describe":
        from engine.commands.describe import describe
        print(describe(arguments.file, arguments.out))
    else:
        print(pull(arguments.name) if arguments.what else "\n".join(networks()))


def networks_options(parser: Parser) -> None:
    from models.published import CATALOGUE
    words = parser.add_subparsers(dest="what", metavar="pull NAME | describe FILE")
    words.add_parser("pull", help="fetch published weights").add_argument("name", choices=CATALOGUE)
    describing = words.add_parser("describe", help="tell and draw what an exported network is taken for")
    describing.add_argument("file", metavar="FILE.onnx", help="with options, if any: FILE.onnx?size=416&colours=bgr")
    describing.add_argument("-o", "--out", metavar="FILE", default="", help="where the drawing goes (FILE-seen.png)")
    parser.set_defaults(what="")


def train_command(arguments: argparse.Namespace) -> None:
    from engine.commands.train import train
    train(arguments)


def train_options(parser: Parser) -> None:
    from engine.commands.train import LESSONS
    told = "; ".join(f"{name}: {lesson.material}" for name, lesson in LESSONS.items())
    parser.add_argument("what", choices=LESSONS)
    parser.add_argument("data", metavar="MATERIAL", help=told)
    parser.add_argument("--out", metavar="FOLDER", help="where it goes (MATERIAL-WHAT); run again, it goes on")
    minutes = ", ".join(f"{name} {lesson.minutes:g}" for name, lesson in LESSONS.items())
    parser.add_argument("--minutes", type=above_zero(float), help=f"how long to train in all ({minutes})")


def gallery_options(parser: Parser) -> None:
    parser.add_argument("-o", "--out", metavar="FILE.png", default="neocog-views.png",
                        help="where it goes (neocog-views.png)")


COMMANDS = {
    "list": (list_command, lambda parser: None, "name cameras, MIDI ports, sound devices, displays, networks, patches"),
    "look": (look_command, look_options, "run both networks over pictures"),
    "check": (check_command, check_options, "audition a patch and print its cues"),
    "listen": (listen_command, lambda parser: parser.add_argument("port", nargs="?", type=int, default=9000),
               "print the OSC that arrives"),
    "replay": (replay_command, replay_options, "send what a recorded show sent, again"),
    "voice": (play_command, voice_options, "play notes, a MIDI file or a keyboard, on the sound device or into a file"),
    "networks": (networks_command, networks_options,
                 "tell which networks there are, pull published ones, describe exported ones"),
    "train": (train_command, train_options, "a voice, detector, feature network or painter of your own material"),
    "gallery": (gallery_command, gallery_options, "draw all views on the demo as one picture, without a screen"),
    "bench": (bench_command, bench_options, "measure this machine"),
}


def parse(words: list[str]):
    """The command to run and its arguments."""
    if words and words[0] in COMMANDS:
        command, options, about = COMMANDS[words[0]]
        parser = Parser(prog=f"neocog {words[0]}", description=about)
        options(parser)
        return command, parser.parse_args(words[1:])
    commands = "\n".join(f"  neocog {name:10}{about}" for name, (_, _, about) in COMMANDS.items())
    parser = Parser(prog="neocog", description="Plays a convolutional network like an instrument.",
                    epilog=f"other commands:\n{commands}", formatter_class=argparse.RawDescriptionHelpFormatter)
    show_options(parser)
    return show_command, parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 after a sentence about what was wrong with what was asked for."""
    # Threads that wait for each other by spinning for long starve when another program wants a core: beside a busy one
    # the eyes fell from 120 frames a second to 6, with this count to 60. A shorter one is slower alone. Read when torch
    # is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    if not any(os.access(place, os.W_OK) for place in (os.path.dirname(__file__), os.path.expanduser("~"))):
        # a service without a home: what numba compiles has to be kept somewhere, where nobody else can write
        if "NUMBA_CACHE_DIR" not in os.environ:
            os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="neocog-")
    open_standard_streams()
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # and not ignored, as in the background
        signal.signal(signal.SIGINT, interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for names that a log's code page lacks
    try:
        command, arguments = parse(sys.argv[1:] if words is None else words)
        command(arguments)
    except UserError as wrong:
        print(f"neocog: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # neocog … | head
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
