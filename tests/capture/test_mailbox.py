"""The slot between two threads: the newest frame wins and every other is counted."""

import threading

from engine.capture.mailbox import Mailbox
from engine.values import Frame
from tests.footage import BLACK
from tests.parts import PATIENCE


def test_the_newest_frame_wins_and_lost_ones_are_counted():
    latest = Mailbox()
    assert latest.newer(-1, 0) is None
    frames = [Frame(BLACK, index, index / 30) for index in range(5)]
    for frame in frames[:3]:
        latest.put(frame)
    assert latest.newer(-1, 0) is frames[2] and latest.dropped == 2
    assert latest.newer(2, 0) is None
    latest.put(frames[3])
    assert latest.newer(2, 0) is frames[3] and latest.dropped == 2
    assert latest.newer(2, 0) is frames[3]
    latest.put(frames[4])
    assert latest.dropped == 2


def test_what_comes_before_anybody_asks_is_not_lost():
    latest = Mailbox()
    for index in range(5):
        latest.put(Frame(BLACK, index, 0.0))
    assert latest.newer(-1, 0).index == 4 and latest.dropped == 0


def test_between_real_threads_every_frame_is_taken_or_counted():
    latest, count, taken = Mailbox(), 20_000, []
    assert latest.newer(-1, 0) is None

    def produce():
        for index in range(count):
            latest.put(Frame(BLACK, index, 0.0))

    producer = threading.Thread(target=produce)
    producer.start()
    while not taken or taken[-1] < count - 1:
        taken.append(latest.newer(taken[-1] if taken else -1, PATIENCE).index)
    producer.join()
    assert taken == sorted(set(taken))
    assert len(taken) + latest.dropped == count


def test_whoever_waits_is_woken():
    latest = Mailbox()
    threading.Timer(0.05, latest.put, [Frame(BLACK, 0, 0.0)]).start()
    assert latest.newer(-1, PATIENCE).index == 0
