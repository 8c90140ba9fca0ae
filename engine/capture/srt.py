"""SRT, which the FFmpeg in PyAV does not speak: the program ffmpeg of this machine hands the stream on."""

import shutil
import subprocess
import weakref

import av

from engine.capture.decoder import Decoder
from engine.errors import UserError


class Srt(Decoder):
    """A reader of the MPEG-TS at an srt:// address. ffmpeg passes its bytes on, unread, and ends with the reader."""

    def __init__(self, address: str):
        command = (program(), "-v", "quiet", "-nostdin", "-f", "data", "-i", address, "-map", "0", "-c", "copy",
                   "-f", "data", "-flush_packets", "1", "pipe:1")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0)
        # or as the show ends, should this still be waiting
        self.end_program = weakref.finalize(self, end, self.process)
        try:
            super().__init__(av.open(self.process.stdout, format="mpegts", metadata_errors="replace"), live=True)
        except (av.FFmpegError, ValueError, OSError) as error:
            self.end_program()
            raise UserError("it does not answer, or not with pictures in MPEG-TS") from error

    def close(self) -> None:
        self.end_program()
        super().close()


def end(process: subprocess.Popen) -> None:
    """End a program for good."""
    process.kill()
    process.wait()


def program() -> str:
    """Where ffmpeg is; UserError if it is nowhere."""
    path = shutil.which("ffmpeg")
    if path is None:
        raise UserError("srt:// wants the program ffmpeg, and it is not on this machine: install it, "
                        "or have the stream sent over udp:// or rtsp://")
    return path
