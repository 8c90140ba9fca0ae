"""The eyes: letterboxing there and back, overlapping boxes, other people's networks, one answer for every device."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.errors import UserError
from engine.values import Frame
from engine.vision.device import device_of
from engine.vision.forward import likeliest
from engine.vision.inference import CANVASES, SHAPES, Eyes
from engine.vision.letterbox import Placement, blank, enter, resize
from engine.vision.networks import open_network
from models.nms import CANDIDATES, distinct
from models.published import CATALOGUE


class Finder(nn.Module):
    """A detector that finds the one bright spot of a dark picture, and says how wide its canvas is."""

    classes, size, stride = ("spot", "other"), 64, 32

    def forward(self, x):
        bright = x[0, 0] > 0.8
        rows, columns = bright.any(1).nonzero().flatten(), bright.any(0).nonzero().flatten()
        self.canvas = tuple(x.shape)
        if not len(rows):
            return torch.zeros(1, 1, 4), torch.zeros(1, 1, 2)
        low, high = torch.tensor([columns[0], rows[0]]), torch.tensor([columns[-1], rows[-1]]) + 1
        box = torch.cat(((low + high) / 2, high - low))
        return box.expand(1, 3, 4), torch.tensor([[[0.9, 0.0], [0.8, 0.0], [0.0, 0.05]]])


class Feeler(nn.Module):
    classes, size, stride = ("dark", "bright"), 32, 16

    def forward(self, x):
        taps = {"light": x.clamp(0, 1), "half": x[:, :1, ::2, ::2].clamp(0, 1)}
        return taps, torch.stack((1 - x.mean(), x.mean()))[None]


@pytest.fixture(scope="module")
def eyes():
    return Eyes(Finder(), Feeler(), "cpu")


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (640, 480), (300, 300), (64, 1000), (97, 131)])
def test_a_box_comes_back_where_the_thing_is(eyes, shape):
    height, width = shape
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[height // 2:height * 3 // 4, width // 4:width // 2] = 255
    percept = eyes(Frame(pixels, 0, 0.0))
    assert len(percept.detections) == 1  # the weaker double is gone
    found = percept.detections[0]
    assert found[:4] == pytest.approx((3 / 8, 5 / 8, 1 / 4, 1 / 4), abs=2 / 64 + 2 * 64 / max(shape) / min(shape))
    assert found[4:] == pytest.approx((0.9, 0))
    light = percept.layers["light"]
    assert (light.cx, light.cy) == pytest.approx((3 / 8, 5 / 8), abs=0.08)
    assert percept.classes[0].name == "dark" and percept.embedding.shape == (1,)
    assert list(percept.maps) == ["light", "half"] and percept.maps["light"].shape[0] == 3


def test_change_follows_the_picture_and_a_new_size_starts_afresh(eyes):
    dark, bright = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 200, np.uint8)
    assert [eyes(Frame(pixels, 0, 0.0)).layers["light"].change
            for pixels in (dark, bright, bright)] == pytest.approx([0, 1, 0], abs=1e-5)
    assert eyes(Frame(np.ascontiguousarray(bright[:32]), 0, 0.0)).layers["light"].change == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_byte_enters_as_torch_divides_it(dtype):
    canvas = np.arange(16 * 16 * 3).reshape(16, 16, 3).astype(np.uint8)
    wanted = torch.from_numpy(canvas).to(dtype).mul_(1 / 255).permute(2, 0, 1)[None]
    assert torch.equal(enter(canvas, blank((16, 16), dtype, torch.device("cpu"))), wanted)


@pytest.mark.parametrize("places", [30, 800])
def test_the_likeliest_boxes_are_those_that_torch_finds(places):
    chance = torch.Generator().manual_seed(1)
    boxes, scores = torch.rand(1, places, 4, generator=chance), torch.rand(1, places, 5, generator=chance)
    best, order = scores[0].T.flatten().topk(min(CANDIDATES, 5 * places))
    wanted = torch.cat((boxes[0, order % places], best[:, None], (order // places)[:, None]), 1)
    assert torch.equal(likeliest(boxes, scores, 0.0), wanted)
    assert torch.equal(likeliest(boxes, scores, 0.9), wanted[best >= 0.9])


class Crowded(nn.Module):
    """A detector that finds sixty things apart from each other, less and less sure, and as many places with nothing."""

    classes, size, stride = ("thing",), 64, 32
    scores = torch.cat((torch.linspace(0.9, 0.05, 60), torch.zeros(60)))[None, :, None]

    def forward(self, x):
        places = torch.arange(120)
        boxes = torch.stack((2 + 6 * (places % 10), 2 + 5 * (places // 10), *2 * (torch.full((120,), 3),)), 1)
        return boxes.float()[None], self.scores


def test_all_of_a_crowd_comes_down_from_the_device_as_far_as_it_is_likely():
    frame = Frame(np.zeros((64, 64, 3), np.uint8), 0, 0.0)
    likely = Crowded.scores.flatten().numpy()
    found = Eyes(Crowded(), Feeler(), "cpu")(frame).detections[:, 4]
    assert found.tolist() == pytest.approx(likely[likely >= 0.15].tolist()) and len(found) == 53
    assert len(Eyes(Crowded(), Feeler(), "cpu", floor=0.01)(frame).detections) == 60


def test_frames_of_many_sizes_are_got_ready_for_once():
    calls = []

    class Counting(Finder):
        def forward(self, x):
            calls.append(tuple(x.shape))
            return super().forward(x)

    eyes, alone = Eyes(Counting(), Feeler(), "cpu"), {}
    shapes = [(48, 64), (480, 640), (64, 48), (64, 64), (40, 60)]
    for shape in shapes:
        alone[shape] = eyes(Frame(np.full((*shape, 3), 230, np.uint8), 0, 0.0)).detections
    before = len(calls)
    for shape in 5 * shapes:
        percept = eyes(Frame(np.full((*shape, 3), 230, np.uint8), 0, 0.0))
        assert np.array_equal(percept.detections, alone[shape]) and percept.layers["light"].change == 0
    assert len(calls) - before == 2 * 5 * len(shapes), "the second pass is for the change since the last picture"
    assert eyes.forward.cache_info().misses == len(shapes)
    assert eyes.run.cache_info().misses == 3, "one canvas of the detector, two of the feature network"


def test_what_is_kept_for_sizes_is_bounded():
    eyes = Eyes(Finder(), Feeler(), "cpu")
    for width in range(16, 200, 8):
        eyes(Frame(np.zeros((64, width, 3), np.uint8), 0, 0.0))
    assert eyes.forward.cache_info().currsize == SHAPES and eyes.run.cache_info().currsize <= CANVASES


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_placements_are_multiples_of_the_stride_and_hold_the_picture(height, width):
    boxed, felt = Placement.letterboxed((height, width), Finder), Placement.stretched((height, width), Finder)
    for fit in (boxed, felt):
        assert all(side % 32 == 0 and side >= part for side, part in zip(fit.canvas, (fit.height, fit.width)))
        assert min(fit.height, fit.width) >= 1
    assert max(boxed.height, boxed.width) == 64


boxes = st.tuples(*[st.floats(-0.5, 1.5, width=32)] * 2, *[st.floats(0, 2, width=32)] * 2,
                  st.floats(0.125, 1, width=32), st.integers(0, 2))


@given(st.lists(boxes, max_size=30))
@settings(deadline=None)
def test_distinct_boxes_are_inside_and_apart(rows):
    rows = np.array(sorted(rows, key=lambda row: -row[4]), np.float32).reshape(-1, 6)
    kept = distinct(rows)
    low, high = kept[:, :2] - kept[:, 2:4] / 2, kept[:, :2] + kept[:, 2:4] / 2
    assert (low >= -1e-6).all() and (high <= 1 + 1e-6).all() and (kept[:, 2:4] > 0).all()
    for one in range(len(kept)):
        for other in range(one):
            shared = (np.minimum(high[one], high[other]) - np.maximum(low[one], low[other])).clip(0).prod()
            union = kept[one, 2:4].prod() + kept[other, 2:4].prod() - shared
            assert kept[one, 5] != kept[other, 5] or shared <= 0.5 * union + 1e-5
    areas = rows[:, 2] * rows[:, 3]
    if len(rows) and areas.size and 0 < rows[0, 0] < 1 and 0 < rows[0, 1] < 1 and rows[0, 2:4].min() > 0.01:
        assert kept[0, 4] == rows[0, 4]  # the likeliest stays


def test_a_box_inside_another_of_its_class_is_the_same_thing():
    whole, part = (0.5, 0.5, 0.4, 0.6, 0.9, 0), (0.5, 0.4, 0.3, 0.3, 0.8, 0)
    dot, other = (0.5, 0.5, 0.05, 0.05, 0.7, 0), (0.5, 0.4, 0.3, 0.3, 0.6, 1)
    kept = distinct(np.array([whole, part, dot, other], np.float32))
    assert kept[:, 4].tolist() == pytest.approx([0.9, 0.7, 0.6])  # a small one inside may well be another


def test_resizing_on_the_device_is_like_resizing_on_the_cpu():
    rows, columns = np.mgrid[:480, :640]
    smooth = np.stack((rows / 2, columns / 3, 120 + 100 * np.sin(rows / 40) * np.cos(columns / 50)), 2).astype(np.uint8)
    fit = Placement(144, 192, (160, 192))
    one, other = resize(smooth, fit), resize(torch.from_numpy(smooth), fit).numpy()
    assert one.shape == other.shape == (160, 192, 3) and (one[144:] == 114).all() and (other[144:] == 114).all()
    assert np.abs(one - other).mean() < 2


OWN = """
import torch
from torch import nn
class Net(nn.Module):
    classes, size, stride = ("a", "b"), 32, 16
    def forward(self, x):
        return {"first": x}, torch.zeros(1, 2)
net = Net()
function = Net
number = 5
def broken(): raise RuntimeError("no\\nweights")
class Bare(nn.Module): pass
class Odd(Net):
    def forward(self, x): return x
class Short(Net):
    def forward(self, x): return {"first": x}, torch.zeros(1, 7)
class Flat(Net):
    def forward(self, x): return {"first": x[0]}, torch.zeros(1, 2)
class Listed(Net):
    def forward(self, x): return [x], torch.zeros(1, 2)
class Square(Net):
    def forward(self, x):
        assert x.shape[2] == x.shape[3], "squares only"
        return super().forward(x)
class Numbered(Net):
    classes = [7, 9]
class Failing(Net):
    def forward(self, x): raise RuntimeError("out of\\nluck")
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "my.py").write_text(OWN)
    return tmp_path


@pytest.mark.parametrize("attribute", ["net", "function"])
def test_anybodys_network_comes_in(own, attribute):
    for name, beside in ((f"{own}/my.py:{attribute}", own.parent), (f"my.py:{attribute}", own)):
        percept = Eyes(Finder(), open_network(name, beside), "cpu")(Frame(np.zeros((64, 64, 3), np.uint8), 0, 0.0))
        assert list(percept.layers) == ["first"] and len(percept.classes) == 2


@pytest.mark.parametrize("name, said", [
    ("nothing", f", {', '.join(CATALOGUE)}, or give FILE.py:NAME or FILE.onnx"),
    ("absent.py:net", "FileNotFoundError"),
    ("my.py:absent", "AttributeError"),
    ("my.py:number", "TypeError"),
    ("my.py:broken", "RuntimeError: no weights"),
    ("my.py:Bare", "has no `classes`"),
    ("my.py:Odd", "taps"),
    ("my.py:Short", "logits (1, 2)"),
    ("my.py:Flat", "taps name -> (1, C, H, W)"),
    ("my.py:Listed", "a feature network taps and logits"),
    ("my.py:Failing", "RuntimeError: out of luck"),
    ("my.py:net?size=huge", "my.py:net takes ?size= with pixels from 10 to 9999, or several, as 320+640, "
     "found ?size=huge"),
    ("my.py:net?size=320+", "found ?size=320+"),
    ("features?scale=255", "features takes ?size= with pixels from 10 to 9999, or several, as 320+640, "
     "found ?scale=255"),
])
def test_a_network_that_is_none_is_refused_in_one_line(own, name, said):
    with pytest.raises(UserError) as wrong:
        Eyes(Finder(), open_network(name, own), "cpu")
    assert said in str(wrong.value) and "\n" not in str(wrong.value)


def test_a_network_that_refuses_the_cameras_shape_says_so_in_one_line(own):
    eyes = Eyes(Finder(), open_network("my.py:Square", own), "cpu")
    eyes(Frame(np.zeros((64, 64, 3), np.uint8), 0, 0.0))
    with pytest.raises(UserError, match="a network fails .*squares only"):
        eyes(Frame(np.zeros((60, 96, 3), np.uint8), 1, 0.0))


def test_a_network_gets_a_picture_as_large_as_is_asked_for(own):
    wide = Frame(np.zeros((64, 128, 3), np.uint8), 0, 0.0)
    maps = Eyes(Finder(), open_network("my.py:function?size=96", own), "cpu")(wide).maps["first"]
    assert maps.shape == (3, 48, 96) and open_network("my.py:function", own).size == 32
    assert open_network("detector?size=384").size == 384


def test_classes_are_words(own):
    assert open_network("my.py:Numbered", own).classes == ("7", "9")


def test_a_card_that_torch_has_no_kernels_for_is_passed_over(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch, "ones", refuse)
    assert device_of("auto") == torch.device("cpu")
    with pytest.raises(UserError, match="no device 'cuda' on this machine: choose auto or one of cpu"):
        device_of("cuda")


def test_a_device_that_is_not_there():
    absent = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(UserError, match=f"no device '{absent}' on this machine: choose auto or one of .*cpu"):
        device_of(absent)
