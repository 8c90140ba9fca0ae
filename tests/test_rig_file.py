"""Rig files: what they say is what the show gets, and what they get wrong is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.rig_file import read_rig
from engine.settings import MapSettings, Settings, TargetSettings

WHOLE = """
patch = "tide"
source = 1
device = "cpu"
[window]
size = [1920, 1080]
fullscreen = true
display = 1
[osc]
listen = "127.0.0.1:9101"
[[osc.target]]
to = "split@127.0.0.1:7000"
rate = 30
flip_y = true
[[osc.target]]
to = "127.0.0.1:9000"
bundle = false
limit = 1000
[midi]
out = "synth"
input = "knobs"
knobs = [20, 21]
[networks]
features = "my.py:net"
[parameters.tracker]
smoothing = 0
[voice]
reverb = 0.3
lanes = 2
"""


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_whole_rig(tmp_path):
    rig = read_rig(write(tmp_path / "rig.toml", WHOLE))
    assert (rig.patch, rig.source, rig.device) == ("tide", "1", "cpu")
    assert (rig.window.size, rig.window.display, rig.voice.lanes) == ((1920, 1080), "1", 2)
    assert rig.parameters == {"tracker/smoothing": 0, "voice/reverb": 0.3, "view/fullscreen": True}
    assert rig.osc.target == (TargetSettings("split@127.0.0.1:7000", rate=30.0, flip_y=True),
                              TargetSettings("127.0.0.1:9000", bundle=False, limit=1000))
    assert (rig.midi.out, rig.midi.input, rig.midi.knobs) == ("synth", "knobs", (20, 21))
    assert rig.networks.features == "my.py:net"


def test_an_empty_rig_is_the_default(tmp_path):
    assert read_rig(write(tmp_path / "rig.toml", "")) == Settings()


@pytest.mark.parametrize("text, said", [
    ("sauce = 1", "rig.toml has no key 'sauce': choose from patch, source"),
    ("[window]\nsize = [1280]", "window: size wants 2 values, found 1"),
    ("[window]\nsize = [1280, 'x']", "size wants a whole number, found 'x'"),
    ("strict = 1", "strict wants a true or false, found 1"),
    ("window = 3", "window wants a table, found 3"),
    ("[midi]\nknobs = [-1, 300]", "a number of [midi] knobs is 0 to 127, found -1"),
    ("[midi]\nknobs = 3", "knobs wants a list, found 3"),
    ("[[osc.target]]\nrate = 3", "target wants a key 'to'"),
    ("[osc]\ntarget = [3]", "target wants a table, found 3"),
    ("[window]\nsize = [-5, 10]", "a side of the window's size is 1 to 16384, found -5"),
    ("[camera]\nrate = nan", "[camera] rate is 0.1 to 1000, found nan"),
    ("parameters = 3\n[voice]\nreverb = 0.3", "parameters wants a table, found 3"),
    ("[voice]\nlanes = 0", "[voice] lanes is 1 to 64, found 0"),
    ("seconds = -1", "seconds is 0 to inf, found -1"),
    ("frames = -1", "frames is 0 to inf, found -1"),
    ("= 5", "is no toml"),
])
def test_a_wrong_rig_says_where(tmp_path, text, said):
    with pytest.raises(UserError) as wrong:
        read_rig(write(tmp_path / "rig.toml", text))
    assert said in str(wrong.value) and "\n" not in str(wrong.value)


def test_an_absent_rig(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UserError, match="no rig file"):
            read_rig(str(path))


keys = st.sampled_from(["patch", "source", "window", "osc", "midi", "networks", "tracker", "size", "target", "to",
                        "knobs", "x"])
values = st.recursive(st.integers().map(str) | st.booleans().map(lambda b: str(b).lower()) | st.just('"text"')
                      | st.just("nan"),
                      lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
                      max_leaves=6)
lines = st.one_of(st.tuples(keys, values).map(" = ".join), keys.map("[{}]".format), keys.map("[[osc.{}]]".format),
                  st.text(max_size=20))


@given(st.lists(lines, max_size=8).map("\n".join) | st.binary(max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_rig_is_read_or_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("wild") / "rig.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(read_rig(str(path)), Settings)
    except UserError as wrong:
        assert "\n" not in str(wrong)


def test_a_map_and_a_targets_own_keys_are_read(tmp_path):
    (tmp_path / "room.toml").write_text(
        '[[osc.target]]\nto = "map@127.0.0.1:7000"\n[[osc.target]]\nto = "wekinator@127.0.0.1:6448"\n'
        'inputs = ["layer/conv3/mean", "object/0/x"]\nmetres = [4, 2.5]\nttl = 2\ninterface = "127.0.0.1"\n'
        '[[osc.map]]\nfrom = "layer/conv3/mean"\nto = "/composition/layers/1/video/opacity"\n'
    )
    osc = read_rig(str(tmp_path / "room.toml")).osc
    assert osc.map == (MapSettings("layer/conv3/mean", "/composition/layers/1/video/opacity"),)
    assert osc.target[1].inputs == ("layer/conv3/mean", "object/0/x") and osc.target[1].metres == (4.0, 2.5)
    (tmp_path / "room.toml").write_text('[[osc.map]]\nform = "stale"\nto = "/a"\n')
    with pytest.raises(UserError, match="no key 'form': choose from from, to"):
        read_rig(str(tmp_path / "room.toml"))
    (tmp_path / "room.toml").write_text('[[osc.map]]\nto = "/a"\n')
    with pytest.raises(UserError, match="wants a key 'from'"):
        read_rig(str(tmp_path / "room.toml"))
