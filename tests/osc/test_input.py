"""OSC in: what is meant arrives, what is not is counted, and nothing ever raises or hangs."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg

from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.input import LARGEST, MESSAGES, PACKETS, SHOWN, OscIn
from engine.values import Change


@pytest.fixture
def osc_in():
    osc_in = OscIn("127.0.0.1:0")
    yield osc_in
    osc_in.close()


@pytest.fixture
def send(osc_in):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        yield lambda packet: sender.sendto(packet, osc_in.inlet.getsockname())


def packet(address, *arguments) -> bytes:
    return build_msg(address, arguments).dgram


def bundle(*packets, time=IMMEDIATELY) -> bytes:
    builder = OscBundleBuilder(time)
    return builder.build().dgram + b"".join(struct.pack(">i", len(one)) + one for one in packets)


def changed(**values) -> list[Change]:
    return [Change(name, value, "osc") for name, value in values.items()]


GOOD = [
    (("/param/speed", 0.5), Change("param/speed", 0.5, "osc")),
    (("/param/speed", 1), Change("param/speed", 1.0, "osc")),
    (("/patch", "tide"), Change("patch", "tide", "osc")),
    (("/patch/", "tide"), Change("patch", "tide", "osc")),
    (("/view", "wall"), Change("view", "wall", "osc")),
    (("/layer", "conv3"), Change("layer", "conv3", "osc")),
    (("/unit", 17), Change("unit", 17, "osc")),
    (("/unit", 17.0), Change("unit", 17, "osc")),
    (("/freeze", 1), Change("freeze", 1, "osc")),
    (("/blackout", 0), Change("blackout", 0, "osc")),
    (("/blackout", True), Change("blackout", 1, "osc")),
    (("/panic",), Change("panic", 1, "osc")),
    (("/panic", 1.0), Change("panic", 1, "osc")),
]
MALFORMED = [
    ("/param/speed",), ("/param/speed", "fast"), ("/param/speed", 1.0, 2.0), ("/param/speed", float("nan")),
    ("/patch", 3), ("/patch",), ("/unit", "seven"), ("/freeze", float("inf")), ("/layer", b"raw"), ("/unit", None),
]  # fmt: skip
UNKNOWN = [
    ("/speed", 1.0), ("/param", 1.0), ("/param/", 1.0), ("/param/a/b", 1.0), ("/freeze/1",), ("/",)
]  # fmt: skip


@pytest.mark.parametrize(("message", "change"), GOOD)
def test_each_address_becomes_its_change(osc_in, send, message, change):
    send(packet(*message))
    found = osc_in.poll(now=0.0)
    assert found == [change] and type(found[0].value) is type(change.value)
    assert (osc_in.malformed, osc_in.unknown, osc_in.notices) == (0, 0, ())


@pytest.mark.parametrize("message", MALFORMED)
def test_arguments_that_cannot_be_are_counted(osc_in, send, message):
    send(packet(*message))
    assert osc_in.poll(now=0.0) == []
    assert (osc_in.malformed, osc_in.unknown) == (1, 0) and "1 malformed" in osc_in.notices[0]


@pytest.mark.parametrize("message", UNKNOWN)
def test_addresses_that_do_not_exist_are_counted_and_named_for_a_while(osc_in, send, message):
    send(packet(*message))
    assert osc_in.poll(now=1.0) == []
    assert (osc_in.malformed, osc_in.unknown) == (0, 1)
    assert osc_in.notices == (f"osc in: nothing is called {message[0]!r}, 1 unknown so far",)
    osc_in.poll(now=2.0 + SHOWN)
    assert osc_in.notices == () and osc_in.unknown == 1


def test_bundles_keep_their_order_and_never_wait_for_their_time(osc_in, send):
    inner = bundle(packet("/unit", 2), packet("/freeze", 1), time=2.0e9)
    send(bundle(packet("/unit", 1), packet("/layer", "conv1"), inner, packet("/layer", "conv2"), time=2.05e9))
    assert osc_in.poll(now=0.0) == changed(unit=2, freeze=1, layer="conv2")


def test_of_what_arrives_in_one_poll_the_newest_of_each_name_counts(osc_in, send):
    for number in range(100):
        send(packet("/patch", ("tide", "choir")[number % 2]))
        send(packet("/unit", number))
    assert osc_in.poll(now=0.0) == changed(patch="choir", unit=99)
    send(packet("/voice/0/gate", 1))
    send(packet("/voice/0/gate", 0))
    send(packet("/voice/0/gate", 1))
    assert [change.value for change in osc_in.poll(now=0.1)] == [1, 0, 1]  # notes are played, every one


def test_a_poll_reads_only_so_much_and_the_next_goes_on(osc_in, send):
    for number in range(PACKETS + 10):
        send(packet("/voice/0/pitch", number))
    first, second = osc_in.poll(now=0.0), osc_in.poll(now=0.0)
    assert [change.value for change in first + second] == list(range(PACKETS + 10)) and len(second) == 10
    full = bundle(*[packet("/voice/0/gate", 1)] * 120)
    assert len(full) <= LARGEST
    for _ in range(20):
        send(full)
    assert len(osc_in.poll(now=0.0)) == MESSAGES // 120 * 120 + 120


def test_strangers_are_never_answered(osc_in):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in (b"/", b"nonsense", packet("/panic"), packet("/nobody"), bytes(60_000)):
            stranger.sendto(data, osc_in.inlet.getsockname())
        assert len(osc_in.poll(now=0.0)) == 1 and osc_in.malformed == 3 and osc_in.unknown == 1
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(100)


def test_what_the_system_complains_of_ends_no_poll(osc_in):
    """As on Windows, when a packet before was one too many for somebody."""
    osc_in.close()
    osc_in.inlet = Complaining([ConnectionResetError(), packet("/unit", 1), OSError(10040, "too long"), packet("/freeze", 1)])
    assert osc_in.poll(now=0.0) == changed(unit=1, freeze=1)


class Complaining:
    """A socket that hands over what it is given and raises what is an error."""

    def __init__(self, given):
        self.given = given

    def recv(self, size):
        if not self.given:
            raise BlockingIOError
        next = self.given.pop(0)
        if isinstance(next, Exception):
            raise next
        return next

    def close(self):
        pass


NASTY = [
    b"",
    b"\0",
    b"/unit",
    b"/unit\0\0\0,i\0\0",
    b"/unit\0\0\0,i\0\0\0\0",
    b"/unit\0\0\0,\xff\0\0",
    b"/unit\0\0\0,Q\0\0",  # python-osc's own parser writes a line to the terminal for each of these
    b"/unit\0\0\0,[[[\0\0\0\0",
    b"/\xff\xfe\0,i\0\0\0\0\0\1",
    b"#bundle\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", -4),  # python-osc's own parser never returns from this one
    b"#bundle\0" + bytes(8) + struct.pack(">i", -20) + b"/a\0\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", 2**31 - 1) + b"/a\0\0",
    packet("/unit", 1) + bytes(LARGEST),
]


@pytest.mark.parametrize("data", NASTY, ids=range(len(NASTY)))
def test_nasty_packets_are_counted_and_the_next_is_heard(osc_in, send, data, caplog):
    send(data)
    send(packet("/unit", 5))
    assert osc_in.poll(now=0.0) == [Change("unit", 5, "osc")]
    assert osc_in.malformed == 1 and not caplog.records


def test_bundles_in_bundles_end_somewhere():
    data = packet("/unit", 1)
    for _ in range(100):
        data = bundle(data)
    with pytest.raises(ValueError, match="too deep"):
        decode(data)


plain = [packet(*message) for message, _ in GOOD]
sound = st.sampled_from([*plain, bundle(packet("/unit", 1), bundle(packet("/panic")))])
spoilt = st.builds(
    lambda data, at, rest: data[:at] + rest + data[at + len(rest) :], sound, st.integers(0, 60), st.binary(max_size=8)
)
elements = st.binary(max_size=100).map(lambda rest: b"#bundle\0" + bytes(8) + rest)


@given(st.lists(st.binary(max_size=200) | sound | spoilt | elements))
def test_no_bytes_raise_or_hang(packets):
    osc_in = OscIn("127.0.0.1:0")
    osc_in.close()
    for data in packets:
        osc_in.begin()
        osc_in.read(data, 0.0)
        assert data not in plain or len(osc_in.changes) == 1
        assert all(isinstance(change, Change) and change.origin == "osc" for change in osc_in.changes.values())


def test_a_port_in_use_says_so():
    first = OscIn("127.0.0.1:0")
    port = first.inlet.getsockname()[1]
    with pytest.raises(UserError, match=f"cannot listen at 127.0.0.1:{port} .*another neocog, or listen at another"):
        OscIn(f"127.0.0.1:{port}")
    first.close()
    OscIn(f"127.0.0.1:{port}").close()


def test_all_networks_of_both_kinds_are_heard_at_once():
    try:
        osc_in = OscIn("[::]:0")
    except UserError:
        pytest.skip("this machine has no ipv6")
    port = osc_in.inlet.getsockname()[1]
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(packet("/unit", family), (host, port))
        assert osc_in.poll(now=0.0) == changed(unit=family)
    osc_in.close()


@pytest.mark.parametrize(
    "address", ["9001", "127.0.0.1", "127.0.0.1:99999", "::1:9001", "127.1:9001", "no.such.host.invalid:9001"]
)
def test_an_address_that_cannot_be_is_wrong(address):
    with pytest.raises(UserError, match="osc in"):
        OscIn(address)
