"""Who OSC is sent to: a line of the rig or of the command line, checked word by word."""

import ipaddress
import re
from dataclasses import asdict, dataclass

from engine.errors import UserError
from engine.osc.encoding import LIMIT, PREFIX, checked
from engine.osc.profiles import PROFILES
from engine.settings import OscSettings

LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"  # of a host name; letters of any language
MOST_RATE = 1000  # frames a second
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
NUMBER = re.compile(r"\d+|0[xX][0-9a-fA-F]*")  # a name that ends so is an address, whole or not
IPV6 = re.compile(
    r"\[([0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]"
)  # a zone as in fe80::1%eth0 says by which interface


def host_and_port(text: str, what: str) -> tuple[str, int]:
    """HOST:PORT or [IPV6]:PORT taken apart, the host without brackets; UserError for what is neither.

    Half an address and one with leading zeros are refused: the system would take them for other machines.
    """
    host, _, port = text.rpartition(":")
    if "://" in text:
        raise UserError(f"{what} wants HOST:PORT, found {text!r}: leave out {text.partition('://')[0]}://")
    if "," in text:
        raise UserError(f"{what} is one HOST:PORT, found {text!r}: name each on its own, with a space between them")
    if not port.isdecimal() or not host:
        raise UserError(f"{what} wants HOST:PORT (as in 127.0.0.1:9000), found {text!r}")
    if ":" in host or "[" in host:
        inside = IPV6.fullmatch(host)
        if not inside or not is_address(inside[1]):
            raise UserError(f"{what} wants an ipv6 address in brackets (as in [::1]:9000), found {text!r}")
        return inside[1], int(port)
    if NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and not is_address(host):
        raise UserError(
            f"{what} wants a whole ipv4 address, four numbers from 0 to 255 without leading zeros (as in 192.168.1.5), "
            f"found {host!r}"
        )
    if not NAME.fullmatch(host):
        raise UserError(f"{what} wants HOST:PORT (as in 127.0.0.1:9000 or laptop.local:9000), found {text!r}")
    return host, int(port)


def authority(host: str, port: int) -> str:
    """HOST:PORT as in a URL: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_address(host: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who listens: rate in frames a second, 0 for every frame; limit in bytes a datagram.

    inputs are the numbers that the profile wekinator sends, none for all of the layers; metres the width and height of
    what the camera sees, for augmenta. To a multicast group, ttl is how many routers a datagram passes less one, and
    interface the address (for IPv6 the name) of the network it leaves by, "" for the system's choice. prefix stands
    before every address, and is the source's name for TUIO, so that a receiver can tell two senders apart.
    """

    host: str
    port: int = 9000
    profile: str = "neocog"
    rate: float = 0.0
    flip_x: bool = False
    flip_y: bool = False
    bundle: bool = True
    limit: int = LIMIT
    inputs: tuple[str, ...] = ()
    metres: tuple[float, float] = (1.0, 1.0)
    ttl: int = 1
    interface: str = ""
    prefix: str = ""

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UserError(f"no osc profile {self.profile!r}: choose from {', '.join(PROFILES)}")
        if not 1 <= self.port <= 65535:
            raise UserError(f"an osc target wants a port from 1 to 65535, found {self.port}")
        if self.rate != 0 and not 1 <= self.rate <= MOST_RATE:
            raise UserError(f"an osc target's rate is 0 for every frame, or 1 to {MOST_RATE} a second, "
                            f"found {self.rate}")
        if not 1000 <= self.limit <= LIMIT:
            raise UserError(f"an osc target's limit is 1000 to {LIMIT} bytes, found {self.limit}")
        if not 0 <= self.ttl <= 255:
            raise UserError(f"an osc target's ttl is 0 (this machine) to 255, found {self.ttl}")
        if self.interface and ":" not in self.host and not is_address(self.interface):
            raise UserError(f"an osc target's interface is an address of this machine, found {self.interface!r}")
        if self.prefix and self.profile not in ("neocog", "split", "tuio"):
            raise UserError(f"prefix is for the profiles neocog, split and tuio, found it for {self.profile}: "
                            "leave it out")
        if self.prefix:
            checked(self.prefix, PREFIX)
        if self.inputs and self.profile != "wekinator":
            raise UserError(f"inputs are for the profile wekinator, found them for {self.profile}: leave them out")

    @classmethod
    def parse(cls, to: str, **options) -> "Target":
        """A target from [PROFILE@]HOST:PORT, as in split@192.168.1.5:9000; options are the other fields."""
        profile, at, place = to.rpartition("@")
        host, port = host_and_port(place, "an osc target [PROFILE@]HOST:PORT")
        return cls(host, port, profile if at else "neocog", **options)

    def __str__(self) -> str:
        return authority(self.host, self.port)


def targets_of(settings: OscSettings) -> list[Target]:
    """The targets that a rig names; UserError for one that cannot be."""
    return [Target.parse(**asdict(target)) for target in settings.target]
