"""What a room has and a show wants, as the rig file and the command line say it."""

from dataclasses import dataclass, field

from engine.errors import UserError


def bounded(where: str, value: float, low: float, high: float) -> None:
    """UserError for a value of the rig that is not from low to high."""
    if not low <= value <= high:
        raise UserError(f"{where} is {low} to {high}, found {value}")


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """[window]: size in pixels, the display that it is on, or no window at all.

    operator is the display of the operator's page, if that is to be a window of its own; the audience's picture is then
    alone on the other. Displays go by their number or a part of their name, which is their size.
    """

    size: tuple[int, int] = (1280, 720)
    display: str = ""
    operator: str = ""
    headless: bool = False

    def __post_init__(self) -> None:
        for side in self.size:
            bounded("a side of the window's size", side, 1, 16_384)


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """[camera]: what a camera is asked for, and how the pictures of cameras and streams are turned.

    size in pixels, rate in pictures a second. exposure, gain and white_balance are "auto" or a number in the driver's
    own unit, "" as the camera has it. First crop (left, top, width, height in 0..1), then rotate by 90, 180 or 270
    degrees clockwise, then mirror.
    """

    size: tuple[int, int] = (640, 480)
    rate: float = 30.0
    exposure: str = ""
    gain: str = ""
    white_balance: str = ""
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    rotate: int = 0
    mirror: bool = False

    def __post_init__(self) -> None:
        for side in self.size:
            bounded("a side of the camera's size", side, 16, 16_384)
        bounded("[camera] rate", self.rate, 0.1, 1000)
        if self.rotate not in (0, 90, 180, 270):
            raise UserError(f"[camera] rotate is 90, 180 or 270 degrees clockwise, or 0, found {self.rotate}")
        left, top, width, height = self.crop
        if not (0 <= left < left + width <= 1 and 0 <= top < top + height <= 1):
            raise UserError(f"[camera] crop is left, top, width, height within 0 to 1, found {list(self.crop)}")
        for name in ("exposure", "gain", "white_balance"):
            value = getattr(self, name)
            if value not in ("", "auto") and not value.lstrip("-").replace(".", "", 1).isdecimal():
                raise UserError(f'[camera] {name} is "auto" or a number in the driver\'s own unit, found {value!r}')


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """[[osc.target]]: to is [PROFILE@]HOST:PORT; rate in frames a second, 0 for each; limit in bytes a datagram.

    inputs are what Wekinator learns from, metres the size of what the camera sees (for augmenta); ttl and interface are
    for multicast. prefix (as in "/left") stands before every address, for receivers that hear more than one neocog.
    """

    to: str
    rate: float = 0.0
    flip_x: bool = False
    flip_y: bool = False
    bundle: bool = True
    limit: int = 1432
    inputs: tuple[str, ...] = ()
    metres: tuple[float, float] = (1.0, 1.0)
    ttl: int = 1
    interface: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class MapSettings:
    """[[osc.map]]: from is a number of the scene as the profile split calls it, to its address at the receiver."""

    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class OscSettings:
    """[osc]: where to listen, and the targets to send to.

    interface is for listening to a multicast group: the address (for IPv6 the name) of the network it comes by.
    """

    listen: str = "127.0.0.1:9001"
    target: tuple[TargetSettings, ...] = (TargetSettings("neocog@127.0.0.1:9000"),)
    map: tuple[MapSettings, ...] = ()
    interface: str = ""


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """[[midi.controller]]: a controller's number, 0 to 127, and channel, 1 to 16, and the parameter's path it turns."""

    number: int
    turns: str
    channel: int = 1

    def __post_init__(self) -> None:
        bounded("[[midi.controller]] number", self.number, 0, 127)
        bounded("[[midi.controller]] channel", self.channel, 1, 16)


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """[midi]: ports by number or part of their name, and the controller numbers of the knobs from left to right.

    controller is what was learned; it goes before the knobs. feedback is the output that leads back to the controller,
    for its motor faders and lights.
    """

    out: str = ""
    input: str = ""
    knobs: tuple[int, ...] = tuple(range(1, 9))
    controller: tuple[ControllerSettings, ...] = ()
    feedback: str = ""

    def __post_init__(self) -> None:
        for knob in self.knobs:
            bounded("a number of [midi] knobs", knob, 0, 127)


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """[voice]: sound device by number or part of its name, "none" for no sound; latency in seconds from cue to sound.

    lanes is how many sound at once; channels the device's that are played, 0 for stereo where it has it; ring where
    three loudspeakers or more stand, in degrees clockwise from the top of the picture, evenly without it; input is a
    microphone, by number or part of its name, that leads a voice; tuning is a Scala file for keys and notes; name is
    the folder of a voice of your own; record is a WAV file that all the sound goes into.
    """

    device: str = ""
    latency: float = 0.05
    lanes: int = 4
    channels: int = 0
    ring: tuple[float, ...] = ()
    input: str = ""
    tuning: str = ""
    name: str = ""
    record: str = ""

    def __post_init__(self) -> None:
        bounded("[voice] lanes", self.lanes, 1, 64)
        bounded("[voice] channels", self.channels, 0, 64)
        bounded("[voice] latency", self.latency, 0.02, 1.0)

    @property
    def asked(self) -> int:
        """How many channels the rig wants, by their number or by the ring; 0 if it leaves that to the device."""
        return self.channels or len(self.ring)


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """[control]: where the control page, OSCQuery and scenes as JSON are served, "none" for nowhere.

    origins are web pages from elsewhere that may steer the show too, as "https://editor.p5js.org".
    """

    listen: str = "127.0.0.1:9080"
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """[networks]: shipped or pulled names, FILE.onnx or FILE.py:NAME; "" is what the patch wants, else the shipped one.

    The detector may be "auto", the best that was pulled and is quick enough here; so it is where nobody names one.
    """

    detector: str = ""
    features: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole rig. source "" means the first camera, else the demo; seconds and frames 0 mean without end.

    parameters are turned at the start, by their paths. record is a folder that the whole show is recorded into. strict
    ends at the start what would else wait for a device that is missing. log is a file for what the show has to tell.
    rig is the file that all of this comes from, and that what is learned is kept in.
    """

    patch: str = "hello"
    source: str = ""
    device: str = "auto"
    runtime: str = "auto"
    record: str = ""
    log: str = ""
    seconds: float = 0.0
    frames: int = 0
    strict: bool = False
    rig: str = ""
    camera: CameraSettings = field(default_factory=CameraSettings)
    window: WindowSettings = field(default_factory=WindowSettings)
    osc: OscSettings = field(default_factory=OscSettings)
    midi: MidiSettings = field(default_factory=MidiSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    networks: NetworkSettings = field(default_factory=NetworkSettings)
    parameters: dict[str, float | str | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bounded("seconds", self.seconds, 0, float("inf"))
        bounded("frames", self.frames, 0, float("inf"))
