"""Streams of JPEG pictures over HTTP, from a server that does with them as a trial wants."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import numpy as np
from PIL import Image

from tests.http_server import http_server

Script = Callable[[int], Iterator[bytes]]  # what is sent to whoever asks for the n-th time; at its end it hangs up


class Camera(BaseHTTPRequestHandler):
    """Sends what the server's script says."""

    def log_message(self, *words) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        try:
            for picture in self.server.script(next(self.server.asked)):
                self.wfile.write(b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture))
                self.wfile.write(picture + b"\r\n")
            self.server.left += 1
        except OSError:  # nobody listens any more
            pass


def camera(script: Script) -> AbstractContextManager[ThreadingHTTPServer]:
    """A camera at 127.0.0.1; asked and left are how often somebody asked, and how often it was the first to hang up."""
    return http_server(Camera, script=script, asked=count(), left=0)


def jpeg(width: int, height: int, shade: int, square: int = 255) -> bytes:
    """A picture with a bright square on a ground of one shade."""
    pixels = np.full((height, width, 3), shade, np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = square
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG")
    return data.getvalue()


def paced(pictures: list[bytes], rate: float, times: int) -> Iterator[bytes]:
    """Pictures over and over, so many a second, so many in all."""
    for number in range(times):
        yield pictures[number % len(pictures)]
        time.sleep(1 / rate)


GREY = [jpeg(320, 240, shade) for shade in (60, 70, 80)]


def leaves(asked: int) -> Iterator[bytes]:
    """Five pictures, then it hangs up."""
    return paced(GREY, 20, 5)


def stalls(asked: int) -> Iterator[bytes]:
    """A second of pictures, then nothing, with the connection open."""
    yield from paced(GREY, 20, 20)
    time.sleep(3600)


def changes(asked: int) -> Iterator[bytes]:
    """Another size every fifth picture."""
    sizes = (320, 240), (1280, 720), (64, 48), (641, 359), (240, 320)
    return paced([jpeg(*size, 70) for size in sizes for _ in range(5)], 20, 10**6)


def huge(asked: int) -> Iterator[bytes]:
    """8K."""
    return paced([jpeg(7680, 4320, shade) for shade in (60, 80)], 5, 10**6)


def black(asked: int) -> Iterator[bytes]:
    """Nothing to be seen."""
    return paced([jpeg(640, 480, 0, 0)], 20, 10**6)
