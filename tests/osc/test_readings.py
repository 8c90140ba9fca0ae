"""Numbers of a scene by name: a vector for Wekinator, a receiver's own addresses."""

import re
from dataclasses import replace

import numpy as np
import pytest

from engine.cues import Osc
from engine.errors import UserError
from engine.osc.profiles import Map, Split, Wekinator
from engine.osc.profiles.wekinator import most_inputs
from engine.values import EngineStatus, Ranged, Tracks, ZoneState
from tests.ears import messages, values
from tests.scenes import scene, track

STATUS = EngineStatus()
CLASSES = ("person", "potted plant")


def crowd():
    tracks = [track(id=9, slot=2, label=1, name="potted plant", x=0.25, vx=-1.5), track(id=11, slot=0, y=0.125)]
    return scene(time=2001.5, index=2**24 + 5, tracks=tracks, stale=True)


def test_every_number_that_split_sends_can_be_had_by_its_name():
    said = values(Split(CLASSES)(crowd(), STATUS))
    mapped = Map(CLASSES, maps=[(address[1:], f"/my{address}") for address in said])
    assert values(mapped(crowd(), STATUS)) == {f"/my{address}": value for address, value in said.items()}
    assert len(said) == 4 + 1 + 2 * 11 + 2 * 5 * 7 + 2 and mapped.notice == ""


def test_a_slot_that_nobody_has_reads_0_and_so_does_a_layer_that_there_is_not():
    mapped = Map(
        CLASSES, maps=[("object/7/x", "/x"), ("layer/conv9/mean", "/mean"), ("count/person", "/n")], flip_x=True
    )
    assert values(mapped(crowd(), STATUS)) == {"/x": 0.0, "/mean": 0.0, "/n": 1.0}
    assert mapped.notice == "osc: no layer for 'layer/conv9/mean', choose from conv1, conv2, conv3, conv4, conv5"


def test_what_a_patch_makes_of_a_scene_and_what_statistics_are_made_of_can_be_sent_too():
    seen = replace(
        crowd(), signals={"tide": 0.75}, zones={"door": ZoneState((), inside=Tracks((track(), track(id=2))))}
    )
    layer = replace(seen.layers["conv3"], means=np.float32([0.5, 0.25]), ranged=Ranged(mean=0.875))
    seen = replace(seen, layers={**seen.layers, "conv3": layer})
    wanted = {"signal/tide": 0.75, "signal/ebb": 0.0, "zone/door/occupancy": 2.0, "zone/hall/occupancy": 0.0,
              "layer/conv3/ranged/mean": 0.875, "layer/conv3/unit/1": 0.25, "layer/conv3/unit/9": 0.0}  # fmt: skip
    mapped = Map(CLASSES, maps=[(name, f"/{name}") for name in wanted])
    assert values(mapped(seen, STATUS)) == {f"/{name}": value for name, value in wanted.items()}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "layer/conv3/meen",
            "no number 'layer/conv3/meen': choose from layer/<tap>/<statistic>, layer/<tap>/ranged/<statistic>",
        ),
        ("layer/conv3", "no number 'layer/conv3'"),
        ("object/first/x", "no number 'object/first/x'"),
        ("object/0/name", "no number 'object/0/name'"),
        ("count/cat", "no class 'cat': choose from person, potted_plant"),
        ("", "no number ''"),
    ],
)
def test_a_name_that_cannot_be_says_what_there_is(name, says):
    for make in (lambda: Map(CLASSES, maps=[(name, "/a")]), lambda: Wekinator(CLASSES, inputs=[name])):
        with pytest.raises(UserError, match=re.escape(says)):
            make()


def test_a_map_without_entries_and_with_an_address_nobody_understands_is_wrong():
    with pytest.raises(UserError, match=r"wants \[\[osc.map\]\] in the rig"):
        Map(CLASSES)
    with pytest.raises(UserError, match="an osc address is"):
        Map(CLASSES, maps=[("stale", "/surface 1/opacity")])


def test_wekinator_gets_the_same_count_of_floats_whatever_is_seen():
    profile = Wekinator(CLASSES)
    assert profile(scene(), STATUS)[0].count(b"layer/conv") == 35
    for tracks in ([], [track()], [track(id=id, slot=id) for id in range(20)]):
        (said,) = messages(profile(scene(tracks=tracks), STATUS))
        assert said == ("/wek/inputs", *np.float32([0.25, 1.0, 0.5, 0.6, 0.4, 0.7, 0.1] * 5).tolist())
        assert all(type(value) is float for value in said[1:])


def test_wekinator_is_told_its_inputs_names_once_and_gets_what_the_rig_chose_in_its_order():
    profile = Wekinator(CLASSES, inputs=["object/2/x", "count/person", "layer/conv1/mean", "object/0/present"])
    first = messages(profile(crowd(), STATUS, [Osc("/hit", 1)]))
    assert first == [
        ("/wek/inputs", 0.25, 1.0, 0.25, 1.0),
        ("/wekinator/control/setInputNames", "object/2/x", "count/person", "layer/conv1/mean", "object/0/present"),
        ("/hit", 1),
    ]
    profile.forget()
    assert messages(profile(scene(), STATUS)) == [("/wek/inputs", 0.0, 0.0, 0.25, 0.0)]


def test_wekinator_hears_nothing_before_there_are_layers_to_choose_from():
    profile, empty = Wekinator(CLASSES), scene()
    object.__setattr__(empty, "layers", {})
    assert profile(empty, STATUS) == [] and len(profile(scene(), STATUS)) == 1
    assert messages(Wekinator(CLASSES)(empty, STATUS, [Osc("/hit", 1)])) == [("/hit", 1)]


@pytest.mark.parametrize("limit", [1000, 1432])
def test_wekinators_vector_is_as_long_as_a_datagram_takes(limit):
    most = most_inputs(limit)
    names = [f"object/{slot}/x" for slot in range(most)]
    profile = Wekinator(CLASSES, inputs=names, limit=limit)
    (part,) = profile(scene(), STATUS)
    assert limit - 20 < len(part) <= limit and len(messages([part])[0]) == 1 + most
    assert profile.lost == 0
    with pytest.raises(UserError, match=f"wekinator takes {most} inputs in a datagram, found {most + 1}"):
        Wekinator(CLASSES, inputs=[*names, "stale"], limit=limit)
    with pytest.raises(UserError, match="each input once"):
        Wekinator(CLASSES, inputs=["stale", "stale"])
