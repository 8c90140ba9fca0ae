"""Cameras: which ones there are, which one is meant, and finding that same one again after it was unplugged."""

import os
import platform
import re
from dataclasses import dataclass

import cv2
from cv2_enumerate_cameras import enumerate_cameras

from engine.capture.readers import USUAL_RATE, Picture, reduced
from engine.choosing import matching
from engine.errors import UserError

BACKENDS = {"Linux": cv2.CAP_V4L2, "Darwin": cv2.CAP_AVFOUNDATION, "Windows": cv2.CAP_DSHOW}


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: its number, its name, and the place where it is plugged in, in the system's own words."""

    number: int
    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"


def cameras() -> list[str]:
    """The cameras there are, one a line; each line names its camera to `open_source`."""
    return [str(camera) for camera in plugged_in()]


def plugged_in() -> list[Camera]:
    """The cameras there are, in the order of their numbers."""
    found = enumerate_cameras(BACKENDS.get(platform.system(), cv2.CAP_ANY))
    return sorted((Camera(c.index, c.name, place(c.index, c.path or "")) for c in found), key=lambda c: c.number)


def place(number: int, path: str) -> str:
    """Where a camera is plugged in; on Linux that is the USB port, for /dev/video0 may be another camera tomorrow."""
    port = f"/sys/class/video4linux/video{number}/device"
    return os.path.realpath(port) if os.path.exists(port) else path


def choose(wanted: str, there: list[Camera]) -> Camera:
    """The camera with this number, line or part of a name; UserError lists the candidates."""
    numbers = matching(re.sub(r"^/dev/video(?=\d+$)", "", wanted), {camera.number: camera.name for camera in there})
    fits = [camera for camera in there if camera.number in numbers]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(f'"{camera}"' for camera in fits or there)
    if fits:
        raise UserError(f'{wanted!r} fits more than one camera: {names}; give a number or more of the name')
    have = f"the cameras are {names}" if there else "there is no camera"
    raise UserError(
        f'no camera, file or folder is called {wanted!r} ({have}); '
        "give a camera's number or name, the path of a video, picture or folder, a stream, demo, test-card or crowd:N"
    )


def again(camera: Camera, before: list[Camera], now: list[Camera]) -> Camera:
    """The same camera among those plugged in now, whatever its number; UserError if it is not there.

    It is known by its name and, where others of that name were plugged in before, by its place too.
    """
    twins = sum(other.name == camera.name for other in before) > 1
    same = [other for other in now if other.name == camera.name and (other.place == camera.place or not twins)]
    if not same:
        raise UserError("it is not plugged in")
    return min(same, key=lambda other: other.place != camera.place)


class Captured:
    """A reader of a camera that OpenCV has opened. None means that no more comes."""

    paced, end, notice = False, 0.0, ""

    def __init__(self, device: cv2.VideoCapture):
        rate = device.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 1 <= rate <= 240 else USUAL_RATE  # a driver may say anything, or nothing
        self.device = device

    def read(self) -> Picture | None:
        try:
            good, pixels = self.device.read()
        except cv2.error:
            return None
        return Picture(cv2.cvtColor(reduced(pixels), cv2.COLOR_BGR2RGB)) if good else None

    def close(self) -> None:
        self.device.release()


def capture(camera: Camera, size: tuple[int, int]) -> Captured:
    """A reader for a camera, asked for Motion JPEG of this width and height at 30 pictures a second.

    Uncompressed pictures do not fit through USB 2 at more than 640x480. Two buffers: one fills while the other is
    decoded, so nothing old can queue up; with one, many cameras fall to half their rate.
    """
    device = cv2.VideoCapture(camera.number, BACKENDS.get(platform.system(), cv2.CAP_ANY))
    if not device.isOpened():
        raise UserError("another program uses it, or it does not answer")
    device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # first: the sizes on offer depend on it
    device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    device.set(cv2.CAP_PROP_FPS, 30)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 2)
    return Captured(device)
