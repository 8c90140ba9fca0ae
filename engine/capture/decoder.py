"""Videos and network streams through PyAV: every picture upright, in square pixels, at its own time."""

import os
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import av
import numpy as np
from av.sidedata.sidedata import SideDataContainer

from engine.capture.readers import LONGEST, USUAL_RATE, Picture, on_ground
from engine.errors import UserError

OPENING, NEXT = 5.0, 15.0  # seconds that a stream may take to open, and to bring its next picture
RATES = 0.01, 1000.0  # pictures a second that are believed
STREAMS = ("http", "https", "rtmp", "rtmps", "rtsp", "rtsps", "srt", "tcp", "udp")
SMOOTHLY = av.video.reformatter.Interpolation.BICUBIC
FINELY = av.video.reformatter.Interpolation.AREA
EXACTLY = av.video.reformatter.Interpolation.ACCURATE_RND | av.video.reformatter.Interpolation.FULL_CHR_H_INT
# A stream is looked at for a second, not five, which FFmpeg takes where it may have sound and has none.
LIVE = {"analyzeduration": "1000000"}
RTSP = {"rtsp_transport": "tcp"}  # pictures whose packets went missing on the way are worse than late ones


class Decoder:
    """A reader of what FFmpeg has opened. What a decoder marks as broken is not shown; None means that no more comes.

    Times are those in the file; where there is none, or one that runs back, a picture follows after the usual interval.
    """

    notice = ""

    def __init__(self, container: av.container.InputContainer, live: bool):
        self.container, self.frames = container, self.decoded()
        try:
            self.stream = container.streams.video[0]
        except IndexError:
            self.close()
            raise UserError("there is sound in it and no picture") from None
        told = float(self.stream.average_rate or self.stream.guessed_rate or 0)
        self.rate = told if RATES[0] <= told <= RATES[1] else USUAL_RATE
        self.paced = not live
        if live:
            self.stream.codec_context.thread_count = 1  # each further one would hold back one more picture
        else:
            self.stream.thread_type = "AUTO"
        self.first: float | None = None  # the file's own time of its first picture
        self.last = self.end = 0.0

    def decoded(self) -> Iterator[av.VideoFrame]:
        """All frames that can be had: a damaged one is left out, and a file that breaks off is at its end."""
        try:
            for packet in self.container.demux(self.stream):
                with suppress(av.FFmpegError):
                    yield from packet.decode()
        except av.FFmpegError as error:  # what it says names the address, with its password
            if not self.paced:
                raise UserError("it brings no more pictures") from error

    def read(self) -> Picture | None:
        for frame in self.frames:
            if frame.is_corrupt:
                continue
            seconds = float(frame.time) if frame.time is not None else None
            if self.first is None:
                self.first, moment = seconds or 0.0, 0.0
            else:
                moment = self.end if seconds is None else seconds - self.first
                moment = moment if moment > self.last else self.end
            self.last = moment
            self.end = moment + self.length(frame)
            return Picture(self.pixels(frame), moment)
        return None

    def length(self, frame: av.VideoFrame) -> float:
        """How long a picture stays, in seconds."""
        seconds = float((frame.duration or 0) * frame.time_base) if frame.time_base else 0.0
        return seconds if 1 / RATES[1] <= seconds <= 1 / RATES[0] else 1 / self.rate

    def pixels(self, frame: av.VideoFrame) -> np.ndarray:
        """The picture as it is to be seen: (H, W, 3) uint8 RGB."""
        aspect = float(self.stream.codec_context.sample_aspect_ratio or 1)
        aspect = aspect if 0.1 <= aspect <= 10 else 1.0
        width, height = frame.width * max(aspect, 1.0), frame.height / min(aspect, 1.0)
        scale = min(1.0, LONGEST / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        through = any(component.is_alpha for component in frame.format.components) or frame.format.name == "pal8"
        kept = (frame.width, frame.height) == size
        colours = frame.reformat(
            *size, format="rgba" if through else "rgb24", interpolation=(SMOOTHLY if kept else FINELY) | EXACTLY,
            src_color_range=RANGES.get(frame.format.name), dst_color_range="JPEG", threads=1)
        pixels = colours.to_ndarray()
        return upright(on_ground(pixels) if through else pixels, matrix(frame))

    def close(self) -> None:
        self.frames.close()  # else it and this hold each other, and pictures of many megabytes wait for the garbage
        self.container.close()


RANGES = {f"yuvj{kind}p": "JPEG" for kind in (411, 420, 422, 440, 444)}  # formats that say their range by their name


def matrix(frame: av.VideoFrame) -> np.ndarray:
    """How a picture is to be turned: rows are where its x and y axes go (2, 2), from the file's display matrix."""
    with suppress(ValueError):  # PyAV stumbles over kinds of data that it does not know
        for data in SideDataContainer(frame):  # that of frame.side_data and the frame would hold each other
            if data.type.name == "DISPLAYMATRIX":
                return np.frombuffer(bytes(data), np.int32)[[0, 1, 3, 4]].reshape(2, 2) // 65536
    quarter = round(frame.rotation / 90) % 4
    return np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarter)


def upright(pixels: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """The picture turned and mirrored by quarters; other angles are left alone."""
    (x_to_x, x_to_y), (y_to_x, y_to_y) = turned
    if abs(y_to_x) and abs(x_to_y) and not x_to_x and not y_to_y:
        pixels, x_to_x, y_to_y = pixels.transpose(1, 0, 2), y_to_x, x_to_y
    if x_to_x < 0:
        pixels = pixels[:, ::-1]
    if y_to_y < 0:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def film(path: str) -> Decoder:
    """A reader for a video file; UserError says what the file is instead of a video."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"{path} cannot be opened: {error.strerror.lower()}") from error
    if not start:
        raise UserError(f"{path} is empty; a video or a picture was wanted")
    if start.isascii() and b"\0" not in start:  # FFmpeg would play it as typeface, or fetch what a list names
        raise UserError(f"{path} is text; a video or a picture was wanted")
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"avif", b"avis"):
        raise UserError(f"{path} is a picture of the kind {start[8:12].decode()}: name it .avif if it is one, "
                        "else save it as jpeg")
    try:
        container = av.open(os.path.abspath(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
        return Decoder(container, live=False)
    except UserError as wrong:
        raise UserError(f"{path} is no video: {wrong}") from wrong
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UserError(f"{path} is not a video that can be read, or it is damaged") from error


def stream(address: str) -> Decoder:
    """A reader for a network stream, which may take 5 s to open and 15 s from one picture to the next."""
    options = LIVE | RTSP if address.startswith("rtsp") else LIVE
    try:
        container = av.open(address, options=options, timeout=(OPENING, NEXT), metadata_errors="replace")
    except av.HTTPUnauthorizedError as error:
        raise UserError(UNAUTHORIZED) from error
    except av.HTTPError as error:
        raise UserError(error.strerror.lower().replace("server returned", "it answers")) from error
    except av.ProtocolNotFoundError as error:
        raise UserError(f"the ffmpeg in here does not speak {urlsplit(address).scheme}") from error
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UserError("it does not answer, or not with pictures") from error
    return Decoder(container, live=not container.duration)  # a file on a server has a length


UNAUTHORIZED = "it wants a user and a password, or others: rtsp://user:password@host/path says both"
