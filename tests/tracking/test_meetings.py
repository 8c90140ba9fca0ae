"""Who is who after people met, hid each other, were found as one, or were hardly found: counts over many films."""

import numpy as np
import pytest

from engine.tracking.boxes import overlap
from tests.tracking.judge import FILMS, Ours, played
from tests.tracking.test_tracker import CLASSES, RATE, Tracker, box, events, play


def ids_at(film: str, seed: int, rate: int = 30) -> tuple[list[tuple[int, ...]], int]:
    """The ids that the film's people have a second after its begin and at its end, and the most that one had."""
    tracker, told = Ours(), []
    for t, truth, found in played(FILMS[film][0](seed), rate, 0.0, seed):
        ids, boxes = tracker(t, found)
        shared = overlap(truth.boxes, boxes)
        told.append(tuple(int(ids[row.argmax()]) if len(ids) and row.max() > 0.5 else 0 for row in shared))
    people = zip(*told[rate:], strict=True)
    return [told[rate], told[-1]], max(len(set(ids) - {0}) for ids in people)


PLACE = box(0.5)
# film, of how many seeds at most so many may end with other ids than they began with
@pytest.mark.parametrize(("film", "films", "most"), [
    ("a slow walker", 30, 3), ("two turn back", 10, 1), ("merged for a second", 10, 0)])
def test_who_met_keeps_the_id(film, films, most):
    other = [seed for seed in range(100, 100 + films) if len(set(ids_at(film, seed)[0])) > 1]
    assert len(other) <= most


def test_who_stands_at_the_edge_and_is_found_in_a_fifth_of_the_frames_enters_once():
    entered = [ids_at("at the edge", seed)[1] for seed in range(100, 110)]
    assert np.mean(entered) <= 1.2


def test_who_is_behind_somebody_is_awaited_while_hidden_and_no_longer_than_five_memories():
    """0.6 s is the memory; the one in front stands still for ever."""
    front, behind = box(0.5, size=0.4, score=0.9), box(0.56, size=0.2)
    scenes = play(Tracker(CLASSES), [[front, behind]] * 16 + [[front]] * 4 * RATE)
    assert [(word, id) for _, word, id, _ in events(scenes)] == [("born", 1), ("born", 2), ("gone", 2)]
    gone = next(scene.index for scene in scenes if scene.gone)
    assert gone - 15 == 3 * RATE + 1


def test_who_does_not_come_out_from_behind_somebody_leaves_a_moment_later():
    """The one in front goes away after a second; nobody is there; half a memory is left."""
    def front(index):
        return box(0.5 + max(0.0, index - 48) * 0.03, size=0.4, score=0.9)

    behind = box(0.5, 0.55, size=0.2)
    frames = [[front(index), behind] for index in range(16)] + [[front(index)] for index in range(16, 90)]
    scenes = play(Tracker(CLASSES), frames)
    gone = {track.id: scene.index for scene in scenes for track in scene.gone}
    assert 48 + 4 < gone[2] < 48 + 4 + 0.3 * RATE + 6


def test_who_is_rarely_seen_is_awaited_longer_and_who_is_always_seen_is_not():
    thing = box(0.5, score=0.5)
    fifth = [[thing] if index % 5 == 0 else [] for index in range(301)]
    often = play(Tracker(CLASSES), [[thing]] * 60 + [[]] * 60)
    rarely = play(Tracker(CLASSES), [[thing]] * 8 + fifth + [[]] * 60)
    left = [next(scene.index for scene in scenes if scene.gone) for scenes in (often, rarely)]
    assert [word for _, word, _, _ in events(rarely)] == ["born", "gone"]
    # frames: ten times the four that it mostly misses, less what the beginning still counts for
    assert left[0] - 59 == int(0.6 * RATE) + 1 and left[1] - 308 == 10 * 4 - 1


@pytest.mark.parametrize("before", [[[PLACE]] * 3 + [[]] * 10 + [[PLACE]], ([[PLACE]] + [[]] * 8) * 4 + [[PLACE]] * 3])
def test_who_is_rarely_seen_is_awaited_longer_from_the_beginning_even_before_it_entered(before):
    scenes = play(Tracker(CLASSES), before + [[]] * 30 + [[PLACE]] * 4)
    assert [word for _, word, _, _ in events(scenes)] == ["born"]


def test_who_was_away_once_is_not_taken_for_rarely_seen():
    thing = box(0.5, score=0.5)
    scenes = play(Tracker(CLASSES), [[thing]] * 60 + [[]] * 18 + [[thing]] * 32 + [[]] * 60)
    assert [(word, index) for index, word, _, _ in events(scenes)] == [("born", 4), ("gone", 109 + 20)]


def test_a_stranger_who_shows_up_nearby_is_not_taken_for_one_who_is_rarely_seen():
    rarely = ([[PLACE]] + [[]] * 5) * 20
    scenes = play(Tracker(CLASSES), [[PLACE]] * 4 + rarely + [[box(0.3)]] * 6 + rarely)
    assert [(word, id) for _, word, id, _ in events(scenes)] == [("born", 1), ("born", 2), ("gone", 2)]
    assert [(track.id, round(track.x, 1)) for track in scenes[-1].tracks] == [(1, 0.5)]
