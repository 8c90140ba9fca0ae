"""How long streams take to their first picture: python -m tests.capture.first_picture prints the table.

Each is sent by a real program on this machine, H.264 with a key picture every second unless said; timed are the
opening by a show, until a picture is there, and the same from the moment on at which a sender that died is back.
"""

import socket
import statistics
import subprocess
import time
from collections.abc import Iterable

from engine.capture.sources import open_source
from tests.capture.test_rtsp import PYTHON, SERVER
from tests.footage import wait_for
from tests.osc.programs import free_port

TIMES = 3
LEAD = 2.0  # seconds that a sender has played before
FFMPEG = ["ffmpeg", "-v", "quiet", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=25"]
SOUND = ["-f", "lavfi", "-i", "sine", "-c:a", "aac"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-pix_fmt", "yuv420p"]
MJPEG = ["-c:v", "mjpeg", "-f", "mpjpeg", "-listen", "1"]
STREAMS: dict[str, tuple[list[str], str]] = {  # what it is: the sender's words, the address; {port} is a free one
    "RTSP, Motion JPEG (GStreamer)": ([PYTHON, str(SERVER), "{port}"], "rtsp://127.0.0.1:{port}/live"),
    "RTMP, no sound": ([*FFMPEG, *H264, "-f", "flv", "-listen", "1", "rtmp://127.0.0.1:{port}/live/x"],
                       "rtmp://127.0.0.1:{port}/live/x"),
    "RTMP, with sound": ([*FFMPEG, *SOUND, *H264, "-f", "flv", "-listen", "1", "rtmp://127.0.0.1:{port}/live/x"],
                         "rtmp://127.0.0.1:{port}/live/x"),
    "UDP": ([*FFMPEG, *H264, "-f", "mpegts", "udp://127.0.0.1:{port}"], "udp://127.0.0.1:{port}"),
    "TCP": ([*FFMPEG, *H264, "-f", "mpegts", "tcp://127.0.0.1:{port}?listen=1"], "tcp://127.0.0.1:{port}"),
    "SRT": ([*FFMPEG, *H264, "-f", "mpegts", "srt://127.0.0.1:{port}?mode=listener"], "srt://127.0.0.1:{port}"),
    "HTTP, Motion JPEG": ([*FFMPEG, *MJPEG, "http://127.0.0.1:{port}/"], "http://127.0.0.1:{port}/"),
}


def measured(sender: list[str], address: str) -> tuple[float, float]:
    """Seconds to the first picture, and to the next one once a dead sender was started again."""
    port = free_port(socket.SOCK_STREAM)
    command = [word.format(port=port) for word in sender]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(LEAD)
    began = time.monotonic()
    source = open_source(address.format(port=port))
    try:
        frame = wait_for(source, lambda frame: not frame.stale)
        first = time.monotonic() - began
        program.kill()
        program.wait()
        frame = wait_for(source, lambda frame: frame.stale, frame.index)
        program, began = subprocess.Popen(command, stdout=subprocess.DEVNULL), time.monotonic()
        wait_for(source, lambda frame: not frame.stale, frame.index)
        return first, time.monotonic() - began
    finally:
        source.close()
        program.kill()
        program.wait()


def row(name: str, cells: Iterable[tuple[float, float]]) -> str:
    first, again = (statistics.median(seconds) for seconds in zip(*cells, strict=True))
    return f"| {name} | {first:.1f} | {again:.1f} |"


def main() -> None:
    print("| stream | first picture, s | back after its sender is, s |", "|---|---|---|", sep="\n")
    for name, stream in STREAMS.items():
        print(row(name, [measured(*stream) for _ in range(TIMES)]), flush=True)


if __name__ == "__main__":
    main()
