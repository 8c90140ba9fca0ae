"""Teachers' boxes: a network out of OpenVINO's form computes what its layers say, and several looks become one."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.training import label
from models.training.label import merged, text
from models.training.nanodet import Graph, NanoDet
from models.training.photographs import CLASSES, FACE, PERSON
from models.training.shards import Sample, read_shards
from tests.models.shards import shard

CUP = CLASSES.index("cup")


class File:
    """Writes a network in OpenVINO's intermediate form, layer by layer, each with one output or more."""

    def __init__(self):
        self.layers, self.edges, self.content, self.number = [], [], b"", 0

    def layer(self, kind: str, *inputs, shapes=((),), **data) -> str:
        name, self.number = str(self.number), self.number + 1
        for port, source in enumerate(inputs):
            source, place = source if isinstance(source, tuple) else (source, 0)
            self.edges.append(f'<edge from-layer="{source}" from-port="{100 + place}" to-layer="{name}" '
                              f'to-port="{port}"/>')
        settings = " ".join(f"{key}={quoteattr(str(value))}" for key, value in data.items())
        ports = "".join(f'<port id="{100 + place}">{"".join(f"<dim>{each}</dim>" for each in shape)}</port>'
                        for place, shape in enumerate(shapes))
        self.layers.append(f'<layer id="{name}" type="{kind}"><data {settings}/><output>{ports}</output></layer>')
        return name

    def constant(self, array: np.ndarray) -> str:
        kind = {"int8": "i8", "float32": "f32", "int64": "i64"}[str(array.dtype)]
        start, self.content = len(self.content), self.content + array.tobytes()
        return self.layer("Const", element_type=kind, shape=", ".join(map(str, array.shape)), offset=start,
                          size=array.nbytes)

    def weights(self, array: np.ndarray, scale: float) -> str:
        return self.layer("Multiply", self.layer("Convert", self.constant(array)), self.constant(np.float32([scale])))

    def write(self, path) -> None:
        path.write_text(f"<net><layers>{''.join(self.layers)}</layers><edges>{''.join(self.edges)}</edges></net>")
        path.with_suffix(".bin").write_bytes(self.content)


def test_a_graph_computes_what_its_layers_say(tmp_path):
    """Eight bits and a scale, a convolution in groups, two groups of maps shuffled, halves, and places in a row."""
    random, file = np.random.default_rng(1), File()
    whole, apart = (random.integers(-9, 9, shape).astype(np.int8) for shape in ((4, 3, 3, 3), (4, 1, 3, 3)))
    order = file.constant(np.int64([0, 3, 1, 2]))
    x = file.layer("Transpose", file.layer("Parameter"), order)
    y = file.layer("Convolution", file.layer("FakeQuantize", x, order), file.weights(whole, 0.5), strides="2, 2",
                   pads_begin="1, 1")
    y = file.layer("PReLU", file.layer("Add", y, file.constant(np.ones((1, 4, 1, 1), np.float32))),
                   file.constant(np.float32([0.1])))
    kernel = file.layer("Reshape", file.weights(apart, 0.25), order, shapes=[(4, 1, 1, 3, 3)])
    y = file.layer("GroupConvolution", y, kernel, strides="1, 1", pads_begin="1, 1")
    y = file.layer("Reshape", y, order, shapes=[(1, 2, 2, 8, 8)])
    y = file.layer("Reshape", file.layer("Transpose", y, order), order, shapes=[(1, 4, 8, 8)])
    one = file.layer("StridedSlice", y, file.constant(np.int64([0, 0])), file.constant(np.int64([0, 1])), order)
    rest = file.layer("VariadicSplit", y, order, order, shapes=[(1, 1, 8, 8), (1, 3, 8, 8)])
    y = file.layer("Concat", file.layer("Sigmoid", one), (rest, 1), axis=1)
    y = file.layer("MaxPool", file.layer("Interpolate", y, order), kernel="2, 2", strides="2, 2", pads_begin="0, 0")
    y = file.layer("Transpose", file.layer("Reshape", y, order, shapes=[(1, 4, 64)]), order)
    file.layer("Result", y)
    file.write(tmp_path / "net.xml")
    pictures = torch.rand(2, 3, 12, 20)
    wanted = F.conv2d(pictures, torch.from_numpy(whole).float() / 2, None, 2, 1) + 1
    wanted = F.conv2d(F.leaky_relu(wanted, 0.1), torch.from_numpy(apart).float() / 4, None, 1, 1, 1, 4)
    wanted = wanted[:, [0, 2, 1, 3]]
    wanted = torch.cat((wanted[:, :1].sigmoid(), wanted[:, 1:]), dim=1)
    wanted = F.max_pool2d(F.interpolate(wanted, scale_factor=2.0, mode="bilinear"), 2).flatten(2).transpose(1, 2)
    torch.testing.assert_close(Graph(tmp_path / "net.xml")(pictures), wanted)


def test_a_teachers_sides_are_told_as_how_likely_each_is(tmp_path, monkeypatch):
    """A side that is surely three strides away ends three strides from the corner of its place."""
    places = 64 + 16 + 4 + 1
    said = torch.zeros(1, places, 112)
    said[..., :80] = 0.1
    said[..., 0] = 0.42  # right in half of the cases
    said[..., 80:].unflatten(2, (4, 8))[..., 3] = 99
    monkeypatch.setattr("models.training.nanodet.Graph", lambda path: torch.nn.Identity())
    teacher = NanoDet(tmp_path, torch.device("cpu"))
    teacher.graph = lambda x: said
    scores, corners = teacher(torch.rand(1, 3, 64, 64))
    assert scores[0, :, PERSON].tolist() == pytest.approx([0.5] * places, abs=0.02) and not scores[0, :, FACE].any()
    assert scores[0, :, CUP].max() < 0.01
    assert corners[0, 9].tolist() == pytest.approx([8 - 24, 8 - 24, 8 + 24, 8 + 24])
    assert corners[0, 64].tolist() == pytest.approx([-48, -48, 48, 48]) and corners[0, -1, 3] == pytest.approx(192)


def looks(*answers) -> torch.Tensor:
    """Looks at one picture, each a list of (class, score, box)."""
    rows = torch.zeros(len(answers), 4, 6)
    for look, answer in enumerate(answers):
        for place, (kind, score, box) in enumerate(answer):
            rows[look, place] = torch.tensor([*box, kind, score])
    return rows


def test_what_two_looks_see_is_one_thing():
    box, near = [0.0, 0, 10, 10], [0.0, 0, 10, 12]
    found = merged(looks([(CUP, 0.6, box), (CUP, 0.3, near), (PERSON, 0.5, box)],
                         [(CUP, 0.4, near), (PERSON, 0.08, [50.0, 50, 60, 60])]))
    assert found[:, 4].tolist() == [CUP, PERSON]
    assert found[0].tolist() == pytest.approx([0, 0, 10, (0.6 * 10 + 0.7 * 12) / 1.3, CUP, 0.5])
    assert found[1].tolist() == pytest.approx([0, 0, 10, 10, PERSON, 0.25]), "one of two looks: half as sure"


def test_nothing_is_seen_in_nothing():
    assert merged(looks([], [])).shape == (0, 6)


def test_peoples_boxes_and_faces_stay_in_a_label_file():
    old = np.float32([[CUP, 0.5, 0.5, 0.2, 0.2, 1], [CUP, 0.1, 0.1, 0.2, 0.2, 0.6], [FACE, 0.3, 0.3, 0.1, 0.1, 0.8]])
    lines = text(Sample(Path(), "", "", old), np.float32([[0.0, 0.0, 0.5, 1.0, PERSON, 0.42]])).splitlines()
    assert lines == [f"{CUP} 0.50000 0.50000 0.20000 0.20000 1.000", f"{FACE} 0.30000 0.30000 0.10000 0.10000 0.800",
                     f"{PERSON} 0.25000 0.50000 0.50000 1.00000 0.420"]


def test_a_shard_is_labelled_once(tmp_path, monkeypatch):
    shard(tmp_path, "mine", f"{FACE} 0.5 0.5 0.5 0.5 0.9\n", "")
    asked = []

    def teacher(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(x.shape)
        scores, corners = (torch.zeros(len(x), label.MOST, wide) for wide in (len(CLASSES), 4))
        scores[:, 0, CUP], corners[:, 0] = 0.5, torch.tensor([0.25, 0.5, 0.75, 1.0]) * x.shape[3]
        return scores, corners

    monkeypatch.setattr(label, "NanoDet", lambda *_: teacher)
    monkeypatch.setattr("sys.argv", ["label", "--shards", str(tmp_path), "--nanodet", "net.xml"])
    label.main()
    label.main()
    assert asked == [(2, 3, side, side) for side in label.SQUARES for _ in range(2)], "the second time none"
    rows = [sample.labels.tolist() for sample in read_shards(tmp_path)]
    assert rows[1] == [pytest.approx([CUP, 0.5, 0.75, 0.5, 0.5, 0.5])] and rows[0][0][0] == FACE and len(rows[0]) == 2
    assert zipfile.ZipFile(next(tmp_path.glob("*.zip"))).testzip() is None
