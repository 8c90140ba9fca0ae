"""Faces are parts of persons, and a patch gets each person once."""

import numpy as np

from engine.tracking.parts import fits, top
from engine.tracking.tracker import Tracker
from engine.tracking.wanted import Wanted
from engine.values import COLUMNS, Frame, Percept
from tests.scenes import scene, track

CLASSES = ("person", "face", "cup")
PERSON, FACE, CUP = range(3)
RATE = 32


def percept(rows, index: int) -> Percept:
    frame = Frame(np.zeros((2, 2, 3), np.uint8), index, index / RATE)
    return Percept(frame, np.array(rows, np.float32).reshape(-1, 6), {}, (), np.zeros(4, np.float32), {})


def person(x, top=0.2):
    return (x, top + 0.35, 0.2, 0.7, 0.8, PERSON)


def face(x, top=0.2):
    return (x, top + 0.08, 0.08, 0.12, 0.7, FACE)


def play(tracker, frames):
    return [tracker(percept(rows, index)) for index, rows in enumerate(frames)]


def owner(scene) -> dict[str, int]:
    return {track.name: track.part_of for track in scene.tracks}


def test_a_face_in_a_head_is_that_persons():
    last = play(Tracker(CLASSES), [[person(0.3), person(0.7), face(0.7)]] * 8)[-1]
    whole = {round(track.x, 1): track.id for track in last.tracks if track.name == "person"}
    assert [track.part_of for track in last.tracks] == [0, 0, whole[0.7]]
    assert last.tracks.numbers[:, list(COLUMNS).index("part_of")].tolist() == [0, 0, whole[0.7]]


def test_a_face_at_the_knees_beside_or_larger_than_a_person_is_its_own():
    for other in (face(0.3, top=0.7), face(0.45), (0.3, 0.4, 0.5, 0.8, 0.7, FACE), (0.3, 0.28, 0.08, 0.12, 0.7, CUP)):
        last = play(Tracker(CLASSES), [[person(0.3), other]] * 8)[-1]
        assert {track.part_of for track in last.tracks} == {0}, other


def test_a_face_keeps_its_person_where_two_cross():
    """The one behind is as high and for some frames nearer to the face than its own box, which wobbles."""
    frames = [[person(0.2 + 0.01 * step), face(0.2 + 0.01 * step), person(0.7 - 0.01 * step)] for step in range(50)]
    scenes = play(Tracker(CLASSES), frames)[8:]
    assert {next(track.part_of for track in scene.tracks if track.name == "face") for scene in scenes} == {1}


def test_a_face_whose_person_went_is_its_own():
    scenes = play(Tracker(CLASSES), [[person(0.5), face(0.5)]] * 16 + [[face(0.5)]] * 40)
    assert owner(scenes[15])["face"] > 0 and owner(scenes[-1]) == {"face": 0}


def test_a_patch_gets_each_person_once():
    """The face is found first; a hello on born must play one note."""
    rows = [[face(0.5)]] * 8 + [[person(0.5), face(0.5)]] * 60 + [[]] * 40
    view = Wanted()
    scenes = [view(scene) for scene in play(Tracker(CLASSES), rows)]
    assert [track.name for scene in scenes for track in scene.born] == ["person"]
    assert [track.name for scene in scenes for track in scene.gone] == ["person"]
    assert max(len(scene.tracks) for scene in scenes) == 1


def test_a_lone_face_comes_after_a_while_and_goes_when_it_becomes_a_part():
    rows = [[face(0.5)]] * 40 + [[person(0.5), face(0.5)]] * 20
    view = Wanted()
    scenes = [view(scene) for scene in play(Tracker(CLASSES), rows)]
    told = [(index, word, track.name) for index, scene in enumerate(scenes)
            for word, tracks in (("born", scene.born), ("gone", scene.gone)) for track in tracks]
    assert told == [(15, "born", "face"), (42, "born", "person"), (42, "gone", "face")]
    assert scenes[42].gone[0].part_of == scenes[42].born[0].id


def test_a_patch_names_its_classes_and_the_next_one_others():
    view = Wanted(("face", "cup"))
    whole = [track(id=1), track(id=2, slot=1, name="face", part_of=1), track(id=3, slot=2, name="cup")]
    first = view(scene(tracks=whole, born=whole))
    assert [track.id for track in first.tracks] == [track.id for track in first.born] == [2, 3]
    view.classes = ("person", "cup")
    second = view(scene(tracks=whole))
    told = [[track.id for track in tracks] for tracks in (second.tracks, second.born, second.gone)]
    assert told == [[1, 3], [1], [2]]
    last = view(scene(gone=whole))
    assert [track.id for track in last.gone] == [1, 3] and last.tracks == ()


def test_a_part_lies_within_in_the_upper_part_and_is_smaller():
    whole = np.array((0.5, 0.5, 0.2, 0.8))
    assert top(np.array((0.5, 0.5, 0.25, 0.75))) == (0.5, 0.125)
    for x, y in ((0.5, 0.2), (0.45, 0.2), (0.55, 0.2), (0.5, 0.16)):
        assert fits(np.array((x, y, 0.1, 0.1)), whole), (x, y)
    for x, y in ((0.35, 0.2), (0.65, 0.2), (0.5, 0.0), (0.5, 0.7)):  # at its left, its right, over it, at its knees
        assert not fits(np.array((x, y, 0.1, 0.1)), whole), (x, y)
    assert not fits(whole, whole)
