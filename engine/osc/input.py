"""OSC in: whoever may reach the port turns parameters; what is malformed or unknown is counted, shown and ignored."""

import re
from collections.abc import Callable, Iterable

from engine.allowance import SPENT, Allowance
from engine.osc.address_pattern import WILD, matching
from engine.osc.decoding import Argument, decode
from engine.osc.inlet import listening
from engine.parameter import Command, Name, is_finite
from engine.parameters import ANSWERS, NORMAL, PARAM, SHORT, Parameters, path_of
from engine.values import Change

SHARE, AT_ONCE = 0.03, 0.005  # seconds of work for strangers in each second, and at once
WHOLE = 65_536  # bytes read of a packet: no system calls one of that size too long
LARGEST = 4096  # bytes of a packet; more is malformed
SHOWN = 10.0  # seconds that a notice stays
MOST_OF = {"timbre": 3, "place": 2}  # numbers that a message of the voice takes at most, if not one
VOICE_ADDRESS = re.compile(r"voice/\d{1,3}/(pitch|loudness|gate|timbre|pan|place|instrument|attack|vibrato)")
LEARN = "midi/learn"  # and the path of a parameter: the next controller that is moved turns it


def value_of(address: str, arguments: list[Argument]) -> int | float | str | bool:
    """The one argument that a parameter takes, none is a press; ValueError for anything else.

    Pure Data sends every number as a float, so whole numbers may come as floats and the other way round.
    """
    if not arguments:
        return 1
    if len(arguments) > 1 or not (isinstance(arguments[0], str) or is_finite(arguments[0])):
        raise ValueError(f"{address!r:.60} takes one finite number or one word")
    return arguments[0]


def voice_change(address: str, arguments: list[Argument]) -> Change | None:
    """What a message plays on the voice, None for any other address; ValueError for arguments it cannot take."""
    sings = VOICE_ADDRESS.fullmatch(address.strip("/"))
    if sings is None:
        return None
    most = MOST_OF.get(sings[1], 1)
    if not 1 <= len(arguments) <= most or not all(map(is_finite, arguments)):
        wanted = f"one to {most} finite numbers" if most > 1 else "one finite number"
        raise ValueError(f"{address!r:.60} takes {wanted}")
    return Change(sings[0], tuple(arguments) if most > 1 else float(arguments[0]), "osc")


class OscIn:
    """A port that is polled: what arrives becomes changes, named by their place in the table of parameters.

    /param/<name> is a patch's parameter in its own unit, /param/<name>/normal its position 0..1; the engine's own have
    their paths (/view/layer, /tracker/smoothing) or short names (/layer, /panic). Wildcards of OSC 1.0 turn all that
    they mean, but press no command. /voice/<n>/<what> plays the voice, /midi/learn asks for a controller.

    malformed counts packets and messages that made no sense, unknown those that turn nothing there is: the table says
    what there is. Nobody is ever answered.
    """

    def __init__(self, address: str, parameters: Parameters, interface: str = "",
                 spent: Callable[[], float] = SPENT) -> None:
        """Listen at HOST:PORT, [::]:PORT on all networks and with both kinds of address; UserError if that cannot be.

        Where the host is a multicast group it is joined, by the network that has this interface. spent tells how many
        seconds were worked so far.
        """
        self.malformed = self.unknown = 0
        self.parameters = parameters
        self.notice, self.until = "", 0.0
        self.changes: dict[object, Change] = {}
        self.strange: dict[str, None] = {}  # names in them that nobody has, the newest last
        self.spent, self.work = spent, Allowance(SHARE, AT_ONCE)
        self.inlet = listening(address, interface)

    def poll(self, now: float, handed: Iterable[bytes] = ()) -> list[Change]:
        """The changes that have arrived, in order, of each parameter the newest; in bounded time, whatever was sent.

        What there is no time for waits in the socket, and what does not fit there the system drops. handed are packets
        that came another way, taken as far as there is time.
        """
        if now > self.until:
            self.notice = ""
        self.changes, self.strange, handed = {}, {}, iter(handed)
        allowed, began = self.work.earn(now), self.spent()
        while self.spent() - began < allowed:
            try:
                packet = next(handed, None)
                self.read(self.inlet.recv(WHOLE) if packet is None else packet, now)
            except BlockingIOError:
                break
            except OSError:  # on Windows somebody's closed port: the packets behind it are as good as any
                pass
        else:
            self.tell("more comes than there is time for: some is late or lost", now)
        self.work.pay(min(self.spent() - began, 2 * AT_ONCE), now)  # what took longer was no packet's fault
        for path in list(self.strange)[:-ANSWERS]:  # each answer costs the table more than its packet did
            del self.changes[path]
        return list(self.changes.values())

    def read(self, packet: bytes, now: float) -> None:
        """Take a packet's changes, count what is wrong with it."""
        try:
            if len(packet) > LARGEST:
                raise ValueError(f"a packet of more than {LARGEST} bytes")
            messages = decode(packet)
        except ValueError as error:
            return self.refuse(str(error), now)
        for address, arguments in messages:
            try:
                self.take(address, arguments)
            except ValueError as error:
                self.refuse(str(error), now)

    def take(self, address: str, arguments: list[Argument]) -> None:
        """Take what a message asks for; ValueError if it makes no sense."""
        if note := voice_change(address, arguments):
            self.changes[len(self.changes), note.name] = note  # every one counts: it may begin and end within a poll
            return
        name, value = address.strip("/"), value_of(address, arguments)
        if name == LEARN and value != "" and path_of(str(value)) not in self.parameters:
            raise ValueError(f"/{LEARN} takes the path of a parameter, and none to learn no more")
        for path in self.meant(name) if WILD.search(name) else (path_of(name),):
            if path not in self.parameters and path != LEARN:
                self.unknown += 1
                self.strange.pop(path, None)
                self.strange[path] = None
            self.changes.pop(path, None)
            self.changes[path] = Change(path, value, "osc")

    def meant(self, pattern: str) -> list[str]:
        """Every parameter that a pattern means, by its path or by the name it has in OSC."""
        ending = NORMAL if pattern.endswith(NORMAL) else ""
        pattern = pattern.removesuffix(NORMAL)
        entries = list(self.parameters.entries.items())  # a copy: the show may be changing patches meanwhile
        names = {path: path for path, entry in entries if not isinstance(entry, (Command, Name))}
        names |= {PARAM + path.removeprefix("patch/"): path for path in names if path.startswith("patch/")}
        names |= {short: path for short, path in SHORT.items() if path in names}
        return [path + ending for path in dict.fromkeys(names[name] for name in matching(pattern, names))]

    def refuse(self, reason: str, now: float) -> None:
        self.malformed += 1
        self.tell(f"{reason:.80}, {self.malformed} malformed so far", now)

    def tell(self, what: str, now: float) -> None:
        self.notice, self.until = f"osc in: {what}", now + SHOWN

    @property
    def notices(self) -> tuple[str, ...]:
        """What strangers sent in the last seconds that was no use."""
        return (self.notice,) if self.notice else ()

    def close(self) -> None:
        """Stop listening."""
        self.inlet.close()
