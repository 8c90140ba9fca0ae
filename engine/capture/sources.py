"""Sources: where frames come from. `open_source` turns what the performer typed into one."""

import contextlib
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from engine.capture.cameras import Camera, again, capture, choose, plugged_in
from engine.capture.decoder import STREAMS, Decoder, film, stream
from engine.capture.demo import Demo
from engine.capture.drawing import Drawing
from engine.capture.framing import Framed
from engine.capture.live import Live
from engine.capture.ndi import Ndi, installed
from engine.capture.pictures import KINDS
from engine.capture.readers import Drawn, hush, large_enough
from engine.capture.simulator import Crowd
from engine.capture.slideshow import Slideshow, reader
from engine.capture.snapshots import Snapshots
from engine.capture.srt import Srt, program
from engine.capture.test_card import Card
from engine.errors import UserError
from engine.libraries import NotLoaded, load
from engine.parameters import Parameters
from engine.record.journal import is_recording  # a folder that a show was recorded into is a source
from engine.record.recorder import VIDEO
from engine.settings import CameraSettings
from engine.values import Frame

DRAWN = {"demo": Demo, "test-card": Card}
SMOOTH = 60.0  # pictures a second of what is drawn; a machine that cannot keep up takes the newest


class Offline:
    """A source that gives every picture in turn, at once: each has its own moment as its time, nothing is ever dropped.

    `ended` turns true when a video is through; drawn pictures and slides go on for ever. timeout is not used.
    """

    offline, ended, stale, dropped = True, False, False, 0

    def __init__(self, name: str, reader):
        self.name = name
        self.rate = reader.rate
        self.reader = reader
        self.count = 0

    @property
    def notice(self) -> str:
        """What there is to say of what plays."""
        return self.reader.notice

    def newer(self, than: int, timeout: float) -> Frame | None:
        """The next frame; None when the video is through."""
        picture = None if self.ended else self.reader.read()
        if picture is None:
            self.ended = True
            return None
        self.count += 1
        pixels, moment = picture
        return Frame(pixels, self.count - 1, moment, source=self.name, moment=moment)

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()


def open_source(
    uri: str | None,
    camera: CameraSettings = CameraSettings(),
    every_frame: bool = False,
    clock: Callable[[], float] = time.monotonic,
    parameters: Parameters | None = None,
) -> Live | Offline:
    """Frames from a camera ("0", "C920"), a video, a picture, a folder of pictures, a stream, "ndi://NAME", or
    "demo", "test-card", "crowd:N", "drawing".

    Nothing named is the first camera, or the demo where there is none. Files and drawings play in their own time and
    start over; a folder plays in natural order, its pictures for 5 s each, its videos once; of a recording the camera
    plays. With every_frame they give every picture at once instead, and a video ends; cameras and streams are live all
    the same. camera is what a camera is asked for: 640x480 takes a third of the time that 1280x720 does to send and
    decode, and the networks see 320. parameters is the table in which a drawing's pen stands. Frames are RGB, no side
    above 1280 pixels. UserError for what is not there or cannot be read.
    """
    hush()
    if uri == "drawing" and parameters:
        return Live(uri, partial(Drawn, Drawing(parameters).picture, SMOOTH), clock).start()
    name, open_reader, live_only = plan(uri, camera)
    if every_frame and not live_only:
        return Offline(name, open_reader())
    return Live(name, open_reader, clock).start()


def plan(uri: str | None, settings: CameraSettings) -> tuple[str, Callable, bool]:
    """A source's name, what opens a reader for it, and whether it can only be live."""
    if not uri:
        try:
            there, why = plugged_in(), "no camera found"
        except NotLoaded as error:
            there, why = [], str(error)
        return camera(there[0], there, settings) if there else (f"demo ({why})", partial(drawn, Demo), False)
    uri = plain(uri)
    if uri in DRAWN:
        return uri, partial(drawn, DRAWN[uri]), False
    if uri.startswith("crowd:"):
        return uri, partial(Drawn, Crowd.parse(uri).picture, SMOOTH), False
    if uri.startswith("ndi://"):
        return uri, sender(unquote(uri.removeprefix("ndi://")), settings), True
    if "://" in uri and not uri.startswith("file://"):
        name = public_name(uri)
        if uri.startswith("srt://"):
            program()
        return name, lambda: Framed(network(uri), settings), True
    path = path_of(uri)
    if os.path.isdir(path):
        if is_recording(path):
            return path, video(os.path.join(path, VIDEO)), False
        Slideshow(path).close()
        return path, partial(Slideshow, path), False
    if os.path.isfile(path):
        return path, file(path), False
    there = plugged_in()
    return camera(choose(uri, there), there, settings)


def pace(uri: str | None, settings: CameraSettings) -> float:
    """How many pictures a second a source brings at most, as far as is known before it is opened: as many as a camera
    is asked for, SMOOTH of what is drawn or lies in a file."""
    if not uri:
        with contextlib.suppress(NotLoaded):
            return settings.rate if plugged_in() else SMOOTH
        return SMOOTH
    uri = plain(uri)
    drawn = uri in (*DRAWN, "drawing") or os.path.exists(path_of(uri))
    return SMOOTH if drawn else settings.rate


def plain(uri: str) -> str:
    """An address with its kind in small letters, as FFmpeg wants it."""
    kind, mark, rest = uri.partition("://")
    return kind.lower() + mark + rest if mark else uri


def drawn(drawing: type[Demo] | type[Card]) -> Drawn:
    """A reader for a drawing; the demo takes most of a second to set up."""
    return Drawn(drawing().picture, SMOOTH)


def path_of(uri: str) -> str:
    """The path that an address of a file, or a path, means."""
    if uri.startswith("file://"):
        return url2pathname(uri.removeprefix("file://"))
    return os.path.expanduser(uri) if uri.startswith("~/") else uri


def file(path: str) -> Callable:
    """What opens a reader for a picture, moving picture or video, once its first picture has been seen."""
    if not path.lower().endswith(KINDS):
        return video(path)
    reader(path).close()
    return partial(reader, path, float("inf"))


def video(path: str) -> Callable:
    """What opens a reader for a video, once its first picture has been seen."""
    with contextlib.closing(film(path)) as opened:
        first = opened.read()
    if first is None:
        raise UserError(f"{path} is damaged: it opens as a video, but no picture in it can be read")
    large_enough(first.pixels, path)
    return partial(film, path)


def sender(name: str, settings: CameraSettings) -> Callable:
    """What opens a reader for an NDI source, each time for the same; UserError where NDI cannot be received."""
    if not installed():
        raise UserError('ndi:// wants a package more, cyndilib: pip install -e ".[ndi]"')
    load("cyndilib.finder")

    def opened() -> Framed:
        nonlocal name
        reader = Ndi(name)
        name = reader.name
        return Framed(reader, settings)

    return opened


def network(address: str) -> Decoder | Snapshots:
    """A reader for what an address gives: a stream, a video, or a picture that is asked for again and again."""
    if address.startswith("srt://"):
        return Srt(address)
    opened = stream(address)  # some servers answer no more than once
    if not opened.container.format.name.endswith("_pipe"):  # as FFmpeg calls single pictures
        return opened
    opened.close()
    return Snapshots(address)


def camera(chosen: Camera, there: list[Camera], settings: CameraSettings) -> tuple[str, Callable, bool]:
    """The plan for a camera: each time it is opened it is looked for anew, for its number may have changed."""
    if platform.system() == "Darwin":  # macOS asks the user for permission only in the main thread
        with contextlib.suppress(UserError):
            capture(chosen, settings).close()
    return f"camera {chosen}", lambda: Framed(capture(again(chosen, there, plugged_in()), settings), settings), True


def public_name(address: str) -> str:
    """A stream's address as it may be shown: without user name, password and query. UserError if it is none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    scheme = address.partition("://")[0]
    if scheme not in STREAMS or not (host or scheme in ("srt", "udp") and port):  # udp://:5000 takes what arrives there
        kinds = ", ".join((*STREAMS, "ndi"))
        raise UserError(f"{address!r} is no address of a stream, which is like rtsp://host/path ({kinds})")
    return f"{parts.scheme}://{host or ''}{f':{port}' if port else ''}{parts.path}"
