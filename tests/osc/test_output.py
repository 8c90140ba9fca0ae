"""OSC out in virtual time, to real sockets: rates, heartbeats and goodbyes lose nothing."""

from dataclasses import replace

from engine.cues import Control, Note, Osc
from engine.osc.profiles import PROFILES
from engine.osc.targets import Target
from engine.values import EngineStatus
from tests.ears import Receiver, sent
from tests.scenes import scene as whole
from tests.scenes import track

STATUS = EngineStatus()


def scene(**given):
    """A scene of one layer: its frame fits into one datagram."""
    made = whole(**given)
    return replace(made, layers={"conv1": made.layers["conv1"]})


def test_one_source_port_for_life_and_every_target_gets_every_frame(send_to, receiver, other):
    out = send_to(Target("127.0.0.1", receiver.port), Target("127.0.0.1", other.port, "split"))
    for index in range(3):
        out.send(scene(index=index), [Osc("/hit", index), Note(60), Control(1, 0.5)], STATUS, now=index / 30)
    out.tick(now=5.0)
    out.close(now=6.0)
    frames, others = receiver.waiting(), other.waiting()
    assert [frame[0][1] for frame in frames] == [frame[0][1] for frame in others] == [0, 1, 2, 2, 2]
    assert sent(frames, "/hit") == sent(others, "/hit") == [("/hit", 0), ("/hit", 1), ("/hit", 2)]
    assert receiver.senders == other.senders and len(receiver.senders) == 1


def test_a_rate_keeps_its_average_and_loses_no_event_and_no_cue(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port, rate=10.0))
    frames = []
    for index in range(300):  # 30 frames a second for ten seconds; in each frame one object comes and one goes
        born, gone = track(id=index, slot=index % 2), track(id=index - 1, slot=(index - 1) % 2)
        seen = scene(index=index, tracks=[born], born=[born], gone=[gone])
        out.send(seen, [Osc("/hit", index)], STATUS, index / 30)
        frames += receiver.waiting()
    out.close(10.0)
    frames += receiver.waiting()
    assert 98 <= len({frame[0][1] for frame in frames}) <= 102
    assert [message[1] for message in sent(frames, "/hit")] == list(range(300))
    assert [message[1] for message in sent(frames, "/object/enter")] == list(range(300))
    assert [message[1] for message in sent(frames, "/object/leave")] == list(range(-1, 300))
    assert sent(frames[-1:], "/alive") == [("/alive",)]


def test_the_rate_is_the_average_although_frames_come_unevenly(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port, rate=15.0))
    count = 0
    for index in range(300):
        out.send(scene(index=index), (), STATUS, now=index / 30 + (index % 3 - 1) * 0.004)
        count += len(receiver.waiting())
    assert 147 <= count <= 151


def test_a_rate_that_is_the_cameras_own_skips_nothing(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port, rate=30.0))
    for index in range(300):
        out.send(scene(index=index), (), STATUS, now=index / 30 + (index % 3 - 1) * 0.004)
        assert len(receiver.waiting()) == 1, index


def test_full_state_goes_out_every_second_although_no_frame_comes(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port), classes=["person"])
    out.tick(now=0.0)  # before the first frame too
    one = track(id=4)
    out.send(scene(index=9, tracks=[one], born=[one]), [Osc("/hit", 1)], STATUS, now=0.1)
    for tick in range(11, 1000):
        out.tick(now=tick / 100)
    frames = receiver.waiting()
    assert 10 <= len(frames) <= 13
    assert sent(frames[:1], "/stale", "/alive", "/class/0") == [("/stale", 1), ("/alive",), ("/class/0", "person")]
    assert all(sent([frame], "/alive", "/frame")[1] == ("/alive", 4) for frame in frames[1:])
    assert len(sent(frames, "/object/enter")) == len(sent(frames, "/hit")) == 1
    assert len(sent(frames, "/object/update")) == len(frames) - 2
    told = [index for index, frame in enumerate(frames) if sent([frame], "/class/0")]
    assert told == [0, 5, 9]  # the first frames later than NAMES = 3 s after the last telling: at 0, 3.7 and 7.3 s


def test_closing_says_goodbye_for_everybody(send_to, receiver):
    out = send_to(Target("127.0.0.1", receiver.port, rate=1.0))
    one, two = track(id=1, slot=0), track(id=2, slot=1)
    out.send(scene(tracks=[one], born=[one]), (), STATUS, now=0.0)
    out.send(scene(tracks=[one, two], born=[two]), [Osc("/hit", 1)], STATUS, now=0.1)
    out.close(now=0.2)
    last = receiver.waiting()[-1]
    assert last[:3] == [("/frame", 0, 0.0, 0), ("/stale", 1), ("/alive",)]
    assert [message[:2] for message in sent([last], "/object/enter", "/object/leave", "/hit")] == [
        ("/object/leave", 1),
        ("/object/enter", 2),
        ("/object/leave", 2),
        ("/hit", 1),
    ]


def test_every_profile_at_once_each_at_its_own_rate_and_turned_its_own_way(send_to):
    ears = {name: Receiver() for name in PROFILES}
    options = {
        "neocog": {"limit": 1000}, "split": {"rate": 10.0, "flip_y": True}, "tuio": {"flip_x": True},
        "wekinator": {"inputs": ("object/0/x", "count/person")}, "augmenta": {"bundle": False}, "tsps": {"rate": 15.0},
        "map": {"bundle": False, "rate": 30.0},
    }  # fmt: skip
    targets = [Target("127.0.0.1", ears[name].port, name, **options[name]) for name in PROFILES]
    out = send_to(*targets, classes=["person"], maps=[("object/0/x", "/composition/layers/1/video/opacity")])
    heard = {name: [] for name in PROFILES}
    for index in range(60):  # two seconds of a hundred people
        crowd = [track(id=slot + 1, slot=slot, x=index / 64, y=slot / 128) for slot in range(100)]
        out.send(scene(index=index, time=index / 30, tracks=crowd), (), STATUS, now=index / 30)
        for name, ear in ears.items():
            heard[name] += ear.waiting()
    said = {name: [message for datagram in datagrams for message in datagram] for name, datagrams in heard.items()}
    last = {name: {message[:2]: message for message in messages} for name, messages in said.items()}
    assert len({message[1] for message in sent(heard["neocog"], "/frame")}) == 60
    assert last["neocog"]["/object/update", 8][5:7] == (59 / 64, 7 / 128)
    assert {message[1] for message in said["split"] if message[0] == "/object/7/y"} == {1 - 7 / 128}
    assert 19 <= sum(message[0] == "/object/7/x" for message in said["split"]) <= 21
    assert [m[3:6] for m in said["tuio"] if m[:3] == ("/tuio/2Dobj", "set", 8)][-1] == (0, 1 - 59 / 64, 7 / 128)
    assert said["wekinator"][-1] == ("/wek/inputs", 59 / 64, 100.0) and len(heard["wekinator"]) == 60
    assert len(heard["augmenta"]) == 60 * 101 and all(len(datagram) == 1 for datagram in heard["augmenta"])
    assert 29 <= len({message[1] for message in sent(heard["tsps"], "/TSPS/scene/")}) <= 31
    assert said["map"] == [("/composition/layers/1/video/opacity", index / 64) for index in range(60)]
    for ear in ears.values():
        assert len({port for _, port in ear.senders}) == 1 and ear.largest <= 1432
        ear.socket.close()
