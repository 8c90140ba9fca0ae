"""OSC in: what is meant arrives, what is not is counted, and nothing ever raises, hangs or is answered."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg

from engine.errors import UserError
from engine.osc.decoding import decode
from engine.osc.input import AT_ONCE, LARGEST, SHARE, SHOWN, OscIn
from engine.parameters import Parameters
from engine.values import Change


def table() -> Parameters:
    """Parameters of every kind."""
    table = Parameters()
    table.choice("show/patch", "hello", ("hello", "tide", "choir"), "the patch that plays")
    table.command("show/panic", "silence at once")
    table.number("patch/speed", 0.5, 0.0, 20.0, "how fast", unit="Hz")
    table.number("patch/root", 60, 36, 84, "the lowest note", curve="whole")
    table.choice("view/name", "camera", ("camera", "wall"), "what fills the picture")
    table.choice("view/layer", "conv1", ("conv1", "conv2", "conv3"), "the layer shown")
    table.number("view/unit", 0, 0, 255, "the map shown", curve="whole")
    table.switch("view/freeze", False, "hold the picture")
    table.switch("view/blackout", False, "show nothing")
    table.number("tracker/smoothing", 0.5, 0.0, 1.0, "0 raw, 1 slow")
    return table


class Work:
    """Seconds that were worked, as a test says."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def osc_in(work):
    osc_in = OscIn("127.0.0.1:0", table(), spent=work)
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
    return [Change(path.replace("__", "/"), value, "osc") for path, value in values.items()]


GOOD = [
    (("/param/speed", 0.5), Change("patch/speed", 0.5, "osc")),
    (("/param/speed", 1), Change("patch/speed", 1, "osc")),
    (("/param/speed/normal", 0.25), Change("patch/speed/normal", 0.25, "osc")),
    (("/patch/speed", 0.5), Change("patch/speed", 0.5, "osc")),
    (("/patch", "tide"), Change("show/patch", "tide", "osc")),
    (("/patch/", "tide"), Change("show/patch", "tide", "osc")),
    (("/view", "wall"), Change("view/name", "wall", "osc")),
    (("/layer", "conv3"), Change("view/layer", "conv3", "osc")),
    (("/view/layer", "conv3"), Change("view/layer", "conv3", "osc")),
    (("/tracker/smoothing", 0.25), Change("tracker/smoothing", 0.25, "osc")),
    (("/unit", 17), Change("view/unit", 17, "osc")),
    (("/unit", 17.0), Change("view/unit", 17.0, "osc")),
    (("/freeze", 1), Change("view/freeze", 1, "osc")),
    (("/blackout", True), Change("view/blackout", True, "osc")),
    (("/blackout", False), Change("view/blackout", False, "osc")),
    (("/panic",), Change("show/panic", 1, "osc")),
    (("/panic", 1.0), Change("show/panic", 1.0, "osc")),
    (("/panic", 0), Change("show/panic", 0, "osc")),  # a release: the table takes it for no press
    (("/midi/learn", "view/unit"), Change("midi/learn", "view/unit", "osc")),
    (("/midi/learn", "param/speed"), Change("midi/learn", "param/speed", "osc")),
    (("/midi/learn", ""), Change("midi/learn", "", "osc")),
    (("/voice/2/pan", 0.25), Change("voice/2/pan", 0.25, "osc")),
    (("/voice/3/pitch", 60), Change("voice/3/pitch", 60.0, "osc")),
    (("/voice/3/timbre", 0.5, 0.25), Change("voice/3/timbre", (0.5, 0.25), "osc")),
]
MALFORMED = [
    ("/param/speed", 1.0, 2.0), ("/param/speed", float("nan")), ("/freeze", float("inf")), ("/layer", b"raw"),
    ("/unit", None), ("/voice/3/pitch",), ("/voice/3/gate", "on"), ("/voice/3/timbre", 1, 2, 3, 4),
    ("/view/[a", 1), ("/" + "*" * 129, 1),
    ("/midi/learn", "no/where"), ("/midi/learn", 3),
]  # fmt: skip


@pytest.mark.parametrize(("message", "change"), GOOD)
def test_each_address_becomes_its_change(osc_in, send, message, change):
    send(packet(*message))
    found = osc_in.poll(now=0.0)
    assert found == [change] and type(found[0].value) is type(change.value)
    assert (osc_in.malformed, osc_in.unknown, osc_in.notices) == (0, 0, ())


TURNS = [
    ("/param/speed", 4.5, "patch/speed", 4.5),
    ("/param/speed", 99.0, "patch/speed", 20.0),
    ("/param/speed/normal", 0.25, "patch/speed", 5.0),
    ("/p?ram/sp*/normal", 0.5, "patch/speed", 10.0),
    ("/param/root", 61.0, "patch/root", 61.0),
    ("/layer", "conv3", "view/layer", "conv3"),
    ("/view/layer/normal", 1.0, "view/layer", "conv3"),
    ("/unit", 17.0, "view/unit", 17.0),
    ("/freeze", 1.0, "view/freeze", True),
    ("/freeze", True, "view/freeze", True),
    ("/{freeze,blackout}", True, "view/blackout", True),
]


@pytest.mark.parametrize(("address", "argument", "path", "value"), TURNS)
def test_what_arrives_turns_the_table(osc_in, send, address, argument, path, value):
    send(packet(address, argument))
    for change in osc_in.poll(now=0.0):
        osc_in.parameters.set(change.name, change.value, change.origin)
    assert osc_in.parameters[path] == value and osc_in.parameters.notices == ()
    assert Change(path, value, "osc") in osc_in.parameters.changes(0.0)


def test_a_press_is_told_and_its_release_is_none(osc_in, send):
    pressed = []
    for argument in ((), (1,), (0,), (1.0,), (0.0,), (True,), (False,)):
        send(packet("/panic", *argument))
        for change in osc_in.poll(now=0.0):
            osc_in.parameters.set(change.name, change.value, change.origin)
        pressed.append(len(osc_in.parameters.changes(0.0)))
    assert pressed == [1, 1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    "address", ["/speed", "/param", "/param/tempo", "/param/a/b", "/freeze/1", "/", "/view/colour/normal"]
)
def test_what_nobody_has_is_counted_and_answered_by_the_table(osc_in, send, address):
    send(packet(address, 1.0))
    (change,) = osc_in.poll(now=0.0)
    osc_in.parameters.set(change.name, change.value, change.origin)
    assert osc_in.unknown == 1 and osc_in.malformed == 0 and "there is" in osc_in.parameters.notices[0]


def test_of_many_names_that_nobody_has_only_as_many_reach_the_table_as_it_answers(osc_in, send):
    for number in range(50):
        send(packet(f"/x{number}", 1.0))
    send(packet("/layer", 1.0))
    *strange, layer = osc_in.poll(now=0.0)
    assert [change.name for change in strange] == ["x47", "x48", "x49"] and osc_in.unknown == 50
    assert layer.name == "view/layer"


@pytest.mark.parametrize("message", MALFORMED)
def test_arguments_that_cannot_be_are_counted_and_told_for_a_while(osc_in, send, message):
    send(packet(*message))
    assert osc_in.poll(now=1.0) == []
    assert osc_in.malformed == 1 and "1 malformed" in osc_in.notices[0]
    osc_in.poll(now=2.0 + SHOWN)
    assert osc_in.notices == () and osc_in.malformed == 1


@pytest.mark.parametrize(
    ("address", "paths"),
    [
        ("/param/*", ["patch/speed", "patch/root"]),
        ("/param/sp*d/normal", ["patch/speed/normal"]),
        ("/patch/*", ["patch/speed", "patch/root"]),
        ("/{tracker,view}/[s-u]*", ["view/unit", "tracker/smoothing"]),
        ("/un?t", ["view/unit"]),
        ("/show/*", ["show/patch"]),  # a pattern presses nothing
        ("/view/unit[!a]", []),
    ],
)
def test_a_pattern_turns_all_that_it_means(osc_in, send, address, paths):
    send(packet(address, 1))
    assert osc_in.poll(now=0.0) == [Change(path, 1, "osc") for path in paths]
    assert osc_in.malformed == 0


def test_bundles_keep_their_order_and_never_wait_for_their_time(osc_in, send):
    inner = bundle(packet("/unit", 2), packet("/freeze", 1), time=2.0e9)
    send(bundle(packet("/unit", 1), packet("/layer", "conv1"), inner, packet("/layer", "conv2"), time=2.05e9))
    assert osc_in.poll(now=0.0) == changed(view__unit=2, view__freeze=1, view__layer="conv2")


def test_of_what_arrives_in_one_poll_the_newest_of_each_name_counts(osc_in, send):
    for number in range(100):
        send(packet("/patch", ("tide", "choir")[number % 2]))
        send(packet("/param/root", number))
    assert osc_in.poll(now=0.0) == changed(show__patch="choir", patch__root=99)
    send(packet("/voice/0/gate", 1))
    send(packet("/voice/0/gate", 0))
    send(packet("/voice/0/gate", 1))
    assert [change.value for change in osc_in.poll(now=0.1)] == [1, 0, 1]  # notes are played, every one


PACKET = AT_ONCE / 10  # seconds that each costs in these tests


@pytest.fixture
def costly(osc_in, work, monkeypatch):
    """Packets that cost something."""
    read = osc_in.read

    def worked(packet, now):
        work.seconds += PACKET
        read(packet, now)

    monkeypatch.setattr(osc_in, "read", worked)


def test_strangers_get_so_much_work_done_a_second_and_no_more(osc_in, send, costly):
    for number in range(100):
        send(packet("/voice/0/pitch", number))
    second = PACKET / SHARE  # until there is time for one more
    heard = [[change.value for change in osc_in.poll(now)] for now in (0.0, 0.0, 3.5 * second, 3.5 * second, 900.0)]
    assert [len(values) for values in heard] == [10, 0, 4, 0, 10]
    assert sum(heard, []) == list(range(24))  # nothing is lost: the rest waits
    assert osc_in.notices == ("osc in: more comes than there is time for: some is late or lost",)


def test_what_comes_by_the_control_server_has_the_same_time_and_waits_there(osc_in, send, costly):
    handed = iter([packet("/voice/0/pitch", number) for number in range(15)])
    send(packet("/voice/0/pitch", 99))
    heard = [[change.value for change in osc_in.poll(now, handed)] for now in (0.0, 900.0)]
    assert heard == [list(range(10)), [*range(10, 15), 99]]


def test_a_pause_of_the_machine_is_not_the_strangers_fault(osc_in, send, work, monkeypatch):
    monkeypatch.setattr(osc_in, "read", lambda packet, now: setattr(work, "seconds", work.seconds + 5.0))
    send(packet("/unit", 1))
    osc_in.poll(0.0)
    monkeypatch.undo()
    send(packet("/unit", 2))
    assert osc_in.poll(1.01 * AT_ONCE / SHARE) == changed(view__unit=2)


DEAR = [packet("/unit", *800 * "x"), packet("/unit", *500 * [1]), bundle(*99 * [packet("/{view,patch,show}/*", 1)])]


@pytest.mark.parametrize("data", DEAR, ids=("words", "numbers", "patterns"))
def test_time_is_counted_and_not_packets(data):
    """Packets that take a hundred times as long as a usual one."""
    osc_in = OscIn("127.0.0.1:0", table())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(150):
            sender.sendto(data, osc_in.inlet.getsockname())
    osc_in.poll(0.0)
    waits = len(osc_in.inlet.recv(65536))
    osc_in.close()
    assert waits == len(data)


def test_strangers_are_never_answered(osc_in):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in (b"/", b"nonsense", packet("/panic"), packet("/nobody"), packet("/*/*/*", 1), bytes(60_000)):
            stranger.sendto(data, osc_in.inlet.getsockname())
        assert len(osc_in.poll(now=0.0)) == 2 and osc_in.malformed == 3
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(100)


def test_what_the_system_complains_of_ends_no_poll(osc_in):
    """As on Windows, when a packet before was one too many for somebody."""
    osc_in.close()
    osc_in.inlet = Complaining(
        [ConnectionResetError(), packet("/unit", 1), OSError(10040, "too long"), packet("/freeze", 1)]
    )
    assert osc_in.poll(now=0.0) == changed(view__unit=1, view__freeze=1)


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
    b"/unit\0\0\0x",
    b"/unit\0\0\0,i\0\0",
    b"/unit\0\0\0,",
    b"/unit\0\0\0,\xff\0\0",
    b"/unit\0\0\0,Q\0\0",
    b"/unit\0\0\0,b\0\0\0\0\0\x09abc\0",
    b"/unit\0\0\0,b\0\0\xff\xff\xff\xffabc\0",
    b"#bundle\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
    b"#bundle\0" + bytes(8) + struct.pack(">i", -20) + b"/a\0\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", 2**31 - 1) + b"/a\0\0",
    packet("/unit", 1) + bytes(LARGEST),
    bytes(65_507),
]


@pytest.mark.parametrize("data", NASTY, ids=range(len(NASTY)))
def test_nasty_packets_are_counted_and_the_next_is_heard(osc_in, send, data, caplog):
    send(data)
    send(packet("/unit", 5))
    assert osc_in.poll(now=0.0) == changed(view__unit=5)
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
    osc_in = OscIn("127.0.0.1:0", table())
    osc_in.close()
    for data in packets:
        osc_in.changes = {}
        osc_in.read(data, 0.0)
        assert data not in plain or len(osc_in.changes) == 1
        assert all(isinstance(change, Change) and change.origin == "osc" for change in osc_in.changes.values())


def test_a_port_in_use_says_so():
    first = OscIn("127.0.0.1:0", table())
    port = first.inlet.getsockname()[1]
    with pytest.raises(UserError, match=f"cannot listen at 127.0.0.1:{port} .*another neocog, or listen at another"):
        OscIn(f"127.0.0.1:{port}", table())
    first.close()
    OscIn(f"127.0.0.1:{port}", table()).close()


def test_all_networks_of_both_kinds_are_heard_at_once():
    try:
        osc_in = OscIn("[::]:0", table())
    except UserError:
        pytest.skip("this machine has no ipv6")
    port = osc_in.inlet.getsockname()[1]
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(packet("/unit", family), (host, port))
        assert osc_in.poll(now=0.0) == changed(view__unit=family)
    osc_in.close()


@pytest.mark.parametrize(
    "address", ["9001", "127.0.0.1", "127.0.0.1:99999", "::1:9001", "127.1:9001", "no.such.host.invalid:9001"]
)
def test_an_address_that_cannot_be_is_wrong(address):
    with pytest.raises(UserError, match="osc in"):
        OscIn(address, table())
