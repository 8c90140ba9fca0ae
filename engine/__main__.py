"""The command line: neocog [PATCH] performs; list, look, check, listen and bench are its smaller commands."""

import argparse
import os
import signal
import sys
from dataclasses import replace

from engine.errors import Wrong
from engine.settings import Settings, TargetSettings, read_rig


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str):
        raise Wrong(f"{message}; {self.prog} --help shows the choices")


def above_zero(kind):
    def number(text: str):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = f"{kind.__name__} above zero"  # argparse names it in its message
    return number


def size(text: str) -> tuple[int, int]:
    width, height = map(above_zero(int), text.lower().split("x"))
    return width, height


def display(text: str) -> int:
    """The number in a line of `neocog list`, or alone."""
    return int(text.partition(":")[0])


def stage(parser: Parser) -> None:
    """The options of a show."""
    add = parser.add_argument
    add("patch", nargs="?", help="a shipped patch by name, or the path of a .py file (hello)")
    add("--source", metavar="URI",
        help="camera number or name, file, folder, http(s):// or rtsp:// stream, demo, pattern")
    add("--osc", metavar="[PROFILE@]HOST:PORT", nargs="+", action="extend",
        help="where OSC goes (neocog@127.0.0.1:9000); profiles: neocog, split")
    add("--rig", metavar="FILE", help="a toml file that says what this room has")
    add("--detector", metavar="NETWORK", help="detector, or FILE.py:NAME")
    add("--features", metavar="NETWORK", help="features, or FILE.py:NAME")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where the networks run")
    add("--headless", action="store_true", help="no window: a status line in the terminal")
    add("--fullscreen", action="store_true")
    add("--display", metavar="N", type=display, help="the screen for the window (0)")
    add("--size", metavar="WxH", type=size, help="the window's size (1280x720)")
    add("--seconds", metavar="S", type=above_zero(float), help="end after so long")
    add("--frames", metavar="N", type=above_zero(int),
        help="end after so many frames; files and the demo then play each one")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The rig file with the command line on top."""
    settings = read_rig(arguments.rig) if arguments.rig else Settings()
    given = {name: value for name, value in vars(arguments).items() if value is not None and value is not False}

    def over(part, *names):
        return replace(part, **{name: given[name] for name in names if name in given})

    window = over(settings.window, "size", "fullscreen", "display", "headless")
    networks = over(settings.networks, "detector", "features")
    osc = settings.osc
    if "osc" in given:
        osc = replace(osc, target=tuple(map(TargetSettings, given["osc"])))
    settings = replace(settings, window=window, networks=networks, osc=osc)
    return over(settings, "patch", "source", "device", "seconds", "frames")


def perform_command(arguments: argparse.Namespace) -> None:
    from engine.stage import put_on
    put_on(settings_of(arguments))


def list_command(arguments: argparse.Namespace) -> None:
    from engine.listing import listing
    print("\n".join(listing()))


def look_command(arguments: argparse.Namespace) -> None:
    from engine.look import look
    look(arguments.images, arguments.device, arguments.json)


def check_command(arguments: argparse.Namespace) -> None:
    from engine.check import check
    check(arguments.patch)


def listen_command(arguments: argparse.Namespace) -> None:
    from engine.listen import listen
    listen(arguments.port)


def bench_command(arguments: argparse.Namespace) -> None:
    from engine.bench import bench
    bench(arguments.device, arguments.json)


def look_options(parser: Parser) -> None:
    parser.add_argument("images", metavar="IMAGE", nargs="+")
    device_and_json(parser)


def device_and_json(parser: Parser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--json", action="store_true", help="one object a line, for programs")


COMMANDS = {
    "list": (list_command, lambda parser: None, "name cameras, MIDI ports, sound devices, displays, networks, patches"),
    "look": (look_command, look_options, "run both networks over pictures"),
    "check": (check_command, lambda parser: parser.add_argument("patch"), "audition a patch and print its cues"),
    "listen": (listen_command, lambda parser: parser.add_argument("port", nargs="?", type=int, default=9000),
               "print the OSC that arrives"),
    "bench": (bench_command, device_and_json, "measure this machine"),
}


def parse(words: list[str]):
    """The command to run and its arguments."""
    if words and words[0] in COMMANDS:
        command, options, about = COMMANDS[words[0]]
        parser = Parser(prog=f"neocog {words[0]}", description=about)
        options(parser)
        return command, parser.parse_args(words[1:])
    commands = "\n".join(f"  neocog {name:8}{about}" for name, (_, _, about) in COMMANDS.items())
    parser = Parser(prog="neocog", description="Plays a convolutional network like an instrument.",
                    epilog=f"other commands:\n{commands}", formatter_class=argparse.RawDescriptionHelpFormatter)
    stage(parser)
    return perform_command, parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 after a sentence about what was wrong with what was asked for."""
    # Threads that wait for each other by spinning starve when another program wants a core: beside a busy one the eyes
    # fell from 120 to 6 frames a second, with this to 50, and alone they lose nothing. Read when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command, arguments = parse(sys.argv[1:] if words is None else words)
        command(arguments)
    except Wrong as wrong:
        print(f"neocog: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # neocog … | head
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
