"""Cameras: which ones there are, which one is meant, and finding that same one again after it was unplugged."""

import os
import platform
import re
from dataclasses import dataclass

import cv2

from engine.capture.readers import USUAL_RATE, Picture, reduced
from engine.choosing import matching
from engine.errors import UserError
from engine.libraries import NotLoaded, load
from engine.settings import CameraSettings

BACKENDS = {"Linux": cv2.CAP_V4L2, "Darwin": cv2.CAP_AVFOUNDATION, "Windows": cv2.CAP_DSHOW}


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: its number, its name, and the place where it is plugged in, in the system's own words."""

    number: int
    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"

    @property
    def identity(self) -> str:
        """What stays the same when numbers change: its name, and in brackets the end of its place."""
        return f"{self.name} [{os.path.basename(self.place)}]"


def cameras() -> list[str]:
    """The cameras there are, one a line; each line names its camera to `open_source`, today and after a restart."""
    there = plugged_in()
    return [f"{camera.number}: {camera.identity}" if twins(camera, there) else str(camera) for camera in there]


def twins(camera: Camera, there: list[Camera]) -> bool:
    """Whether there is another one of its name."""
    return sum(other.name == camera.name for other in there) > 1


def plugged_in() -> list[Camera]:
    """The cameras there are, in the order of their numbers; NotLoaded where nothing can list them."""
    listing = load("cv2_enumerate_cameras")
    try:
        found = listing.enumerate_cameras(BACKENDS.get(platform.system(), cv2.CAP_ANY))
    except Exception as error:  # what a driver or the system's own words lead it to
        raise NotLoaded(f"the cameras cannot be listed ({type(error).__name__}: {error!s:.200})") from error
    return sorted((Camera(c.index, c.name, place(c.index, c.path or "")) for c in found), key=lambda c: c.number)


def place(number: int, path: str) -> str:
    """Where a camera is plugged in; on Linux that is the USB port, for /dev/video0 may be another camera tomorrow."""
    port = f"/sys/class/video4linux/video{number}/device"
    return os.path.realpath(port) if os.path.exists(port) else path


def choose(wanted: str, there: list[Camera]) -> Camera:
    """The camera with this number, line or part of a name; UserError lists the candidates.

    Of a line the name counts, and for twins the place in brackets: the number may be another one's after a restart.
    """
    name = re.sub(r"^/dev/video(?=\d+$)|^\d+: ", "", wanted)
    numbers = matching(name, {camera.number: camera.identity for camera in there})
    fits = [camera for camera in there if camera.number in numbers]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(f'"{camera.number}: {camera.identity}"' for camera in fits or there)
    if fits:
        raise UserError(f'{wanted!r} fits more than one camera: {names}; give a number or more of the name')
    have = f"the cameras are {names}" if there else "there is no camera"
    raise UserError(
        f'no camera, file or folder is called {wanted!r} ({have}); '
        "give a camera's number or name, the path of a video, picture or folder, a stream, demo, test-card, drawing "
        "or crowd:N"
    )


def again(camera: Camera, before: list[Camera], now: list[Camera]) -> Camera:
    """The same camera among those plugged in now, whatever its number; UserError if it is not there.

    It is known by its name and, where others of that name were plugged in before, by its place too.
    """
    same = [other for other in now
            if other.name == camera.name and (other.place == camera.place or not twins(camera, before))]
    if not same:
        raise UserError("it is not plugged in")
    return min(same, key=lambda other: other.place != camera.place)


class Captured:
    """A reader of a camera that OpenCV has opened. None means that no more comes."""

    paced, end = False, 0.0

    def __init__(self, device: cv2.VideoCapture, notice: str = ""):
        self.notice = notice
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


def capture(camera: Camera, wanted: CameraSettings) -> Captured:
    """A reader for a camera that has been asked for what is wanted, in Motion JPEG.

    Uncompressed pictures do not fit through USB 2 at more than 640x480. Two buffers: one fills while the other is
    decoded, so nothing old can queue up; with one, many cameras fall to half their rate. What the driver then says it
    does otherwise is in the reader's notice.
    """
    device = cv2.VideoCapture(camera.number, BACKENDS.get(platform.system(), cv2.CAP_ANY))
    if not device.isOpened():
        raise UserError("another program uses it, or it does not answer")
    device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # first: the sizes on offer depend on it
    device.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.size[0])
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.size[1])
    device.set(cv2.CAP_PROP_FPS, wanted.rate)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 2)
    refused = [name for name in CONTROLS if not turned(device, name, getattr(wanted, name))]
    told = f"{camera} does not take {' and '.join(refused)} as the rig has it" if refused else ""
    return Captured(device, told)


ON_OFF = {"Linux": (3, 1), "Windows": (0.75, 0.25)}.get(platform.system(), (1, 0))  # of automatic exposure
CONTROLS = {  # what turns it, what leaves it to the camera, and how that is said there
    "exposure": (cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE, ON_OFF),
    "gain": (cv2.CAP_PROP_GAIN, cv2.CAP_PROP_AUTO_EXPOSURE, ON_OFF),
    "white_balance": (cv2.CAP_PROP_WB_TEMPERATURE, cv2.CAP_PROP_AUTO_WB, (1, 0)),
}


def turned(device: cv2.VideoCapture, name: str, value: str) -> bool:
    """Whether a camera takes a value: "auto" or a number; "" leaves it as it is."""
    number, automatic, (on, off) = CONTROLS[name]
    if value in ("", "auto"):
        return not value or device.set(automatic, on)
    device.set(automatic, off)
    return device.set(number, float(value)) and device.get(number) == float(value)
