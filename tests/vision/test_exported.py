"""Networks that somebody exported: every layout of outputs is read as the box it means; what is none is refused."""

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from skimage import data

from engine.__main__ import main
from engine.errors import UserError
from engine.values import Frame
from engine.vision import onnx as onnx_runtime
from engine.vision import openvino
from engine.vision.inference import Eyes
from engine.vision.letterbox import photograph
from engine.vision.networks import open_network
from engine.vision.runtimes import runtimes
from tests.vision.test_inference import Feeler, Finder

SIDE, PLACES = 64, 64 + 16 + 4  # pixels, and places at strides 8, 16 and 32
X, Y, W, H = BOX = 32.0, 16.0, 16.0, 8.0  # what every one of the detectors finds, of the second class, with 0.8
CORNERS = [X - W / 2, Y - H / 2, X + W / 2, Y + H / 2]
CELL = 2 * 8 + 4  # of stride 8, whose corner is the box's centre


def export(path: Path, outputs: dict, shape=(1, 3, SIDE, SIDE), kind=TensorProto.FLOAT, metadata=None, asks=()) -> str:
    """A network that gives the same outputs whatever it is shown."""
    nodes, told = [helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
                   helper.make_node("ReduceMin", ["numbers"], ["least"], keepdims=0),
                   helper.make_node("Sub", ["least", "least"], ["nothing"])], []
    for name, array in outputs.items():
        array = np.asarray(array, np.float32 if np.asarray(array).dtype.kind == "f" else np.int64)
        nodes.append(helper.make_node("Constant", [], [f"{name}_constant"], value=numpy_helper.from_array(array)))
        nodes.append(helper.make_node("Add", [f"{name}_constant", "nothing"], [name]) if array.dtype.kind == "f" else
                     helper.make_node("Identity", [f"{name}_constant"], [name]))
        told.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape))
    inputs = [helper.make_tensor_value_info("images", kind, shape)]
    inputs += [helper.make_tensor_value_info(name, TensorProto.INT64, (1, 2)) for name in asks]
    return written(path, nodes, inputs, told, metadata)


def written(path: Path, nodes, inputs, outputs, metadata=None, constants=()) -> str:
    model = helper.make_model(helper.make_graph(nodes, "graph", inputs, outputs, list(constants)),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return str(path)


def rows(count, columns, **filled):
    table = np.zeros((1, count, columns), np.float32)
    for place, row in filled.items():
        table[0, int(place[1:])] = row
    return table


def yolox_raw():
    return {"output": rows(PLACES, 8, **{f"r{CELL}": [0, 0, np.log(2), 0, 0.8, 0, 1, 0]})}


SECOND = [0.0, 0.8, 0.0]


def nanodet():
    """Scores and odds for three scales; the box is told by the cell of stride 8 in column 3, row 2."""
    across, down, outputs = 8 * 3 + 3.5, 8 * 2 + 3.5, {}
    far = across - CORNERS[0], down - CORNERS[1], CORNERS[2] - across, CORNERS[3] - down
    odds = np.concatenate([np.log((1 - np.abs(np.arange(8) - side / 8)).clip(1e-9)) for side in far])
    for stride, places in ((8, 64), (16, 16), (32, 4)):
        outputs[f"scores{stride}"] = rows(places, 3, **{"r19": SECOND} if stride == 8 else {})
        outputs[f"sides{stride}"] = rows(places, 32, **{"r19": odds} if stride == 8 else {})
    return outputs


NAMES = {"names": "{0: 'ant', 1: 'bee', 2: 'cat'}"}
LAYOUTS = {
    "YOLOX": yolox_raw(),
    "YOLOX decoded": {"output": rows(PLACES, 8, r5=[*BOX, 0.8, 0, 1, 0], r70=[50, 50, 4, 4, 0.01, 1, 0, 0])},
    "YOLOv5": {"output0": rows(3 * PLACES, 8, r100=[*BOX, 0.8, 0, 1, 0])},
    "YOLOv8 or 11": {"output0": rows(PLACES, 7, r5=[*BOX, *SECOND]).transpose(0, 2, 1)},
    "YOLOv8, places in rows": {"output0": rows(PLACES, 7, r5=[*BOX, *SECOND])},
    "YOLO with suppression inside (v10, 26)": {"output0": rows(300, 6, r0=[*CORNERS, 0.8, 1])},
    "RT-DETR": {"output0": rows(300, 7, r9=[*(side / SIDE for side in BOX), *SECOND])},
    "RT-DETR, logits": {"logits": rows(300, 3, r9=[-9, np.log(4), -9]) - 0.001 + (
        np.arange(300) != 9)[None, :, None] * -9, "pred_boxes": rows(300, 4, r9=[side / SIDE for side in BOX])},
    "DETR": {"logits": rows(100, 4, r9=[-9, np.log(4), -9, 0]) + (np.arange(100) != 9)[None, :, None] * np.array(
        [0, 0, 0, 9]), "pred_boxes": rows(100, 4, r9=[side / SIDE for side in BOX])},
    "NanoDet": nanodet(),
    "boxes and scores": {"boxes": rows(40, 4, r3=BOX, r4=[40, 9, 3, 3]), "scores": rows(40, 3, r3=SECOND)},
    "boxes and scores, corners of one": {"scores": rows(40, 3, r3=SECOND), "boxes": rows(
        40, 4, r3=[side / SIDE for side in CORNERS])},
    "boxes, labels and scores": {"labels": rows(1, 20)[0].astype(int)[None].reshape(1, 20) + (np.arange(20) == 7),
                                 "boxes": rows(20, 4, r7=CORNERS), "scores": 0.8 * (np.arange(20) == 7)[None]},
    "SSD": {"detection_boxes": rows(10, 4, r0=[CORNERS[place] / SIDE for place in (1, 0, 3, 2)]),
            "detection_classes": (2.0 * (np.arange(10) == 0) + (np.arange(10) > 0))[None],
            "detection_scores": 0.8 * (np.arange(10) == 0)[None], "num_detections": np.array([1.0])},
    "SSD of TensorRT": {"num_dets": np.array([[1]]), "det_boxes": rows(10, 4, r0=CORNERS),
                        "det_scores": 0.8 * (np.arange(10) == 0)[None], "det_classes": 1 * (np.arange(10) == 0)[None]},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_recognised_and_means_the_same_box(tmp_path, layout):
    network = open_network(export(tmp_path / "best.onnx", LAYOUTS[layout], metadata=NAMES))
    assert network.layout.name == layout.partition(" decoded")[0].partition(", corners")[0].partition(" of ")[0]
    assert network.classes == ("ant", "bee", "cat") and (network.size, network.canvas) == (SIDE, (SIDE, SIDE))
    percept = Eyes(network, Feeler(), "cpu", "auto")(Frame(np.zeros((32, 64, 3), np.uint8), 0, 0.0))
    assert len(percept.detections) == 1
    *box, score, label = percept.detections[0].tolist()
    assert box == pytest.approx([X / 64, Y / 32, W / 64, H / 32], abs=1e-3)
    assert score == pytest.approx(0.8, abs=0.01) and network.classes[int(label)] == "bee"


def test_a_yolox_is_shown_blue_first_and_up_to_255_and_options_say_otherwise(tmp_path):
    path, picture = export(tmp_path / "yolox.onnx", yolox_raw()), torch.zeros(1, 3, SIDE, SIDE)
    picture[0, 0], picture[0, 1] = 1.0, 0.5
    colours = {name: open_network(path + name).feed(picture)["images"][0, :, 0, 0].tolist()
               for name in ("", "?colours=rgb", "?scale=1", "?scale=1&normalise=imagenet",
                            "?colours=rgb&scale=1&normalise=imagenet")}
    assert colours[""] == [0, 127.5, 255] and colours["?colours=rgb"] == [255, 127.5, 0]
    assert colours["?scale=1"] == [0, 0.5, 1]
    assert colours["?scale=1&normalise=imagenet"] == pytest.approx([-1.804, 0.196, 2.249], abs=1e-3)
    assert colours["?colours=rgb&scale=1&normalise=imagenet"] == pytest.approx([2.249, 0.196, -1.804], abs=1e-3)


def test_metadata_says_what_options_would(tmp_path):
    network = open_network(export(tmp_path / "a.onnx", LAYOUTS["YOLOv5"], metadata={"colours": "bgr", "scale": "255"}))
    picture = torch.zeros(1, 3, SIDE, SIDE)
    picture[0, 0] = 1
    assert network.feed(picture)["images"][0, :, 0, 0].tolist() == [0, 0, 255]
    network = open_network(export(tmp_path / "b.onnx", LAYOUTS["YOLOv5"], metadata={"scale": "lots", "size": "-1"}))
    assert network.feed(picture)["images"][0, :, 0, 0].tolist() == [1, 0, 0], "what cannot be is passed over"


def test_what_a_file_is_called_inside_reaches_no_terminal_raw(tmp_path):
    network = open_network(export(tmp_path / "a.onnx", {"\x1b[2Jout": LAYOUTS["YOLOv5"]["output0"]},
                                  metadata={"names": "['\x1b]0;a', 'b', 'c']"}))
    assert "\x1b" not in "".join((*network.told, *network.classes))
    with pytest.raises(UserError) as wrong:
        open_network(export(tmp_path / "b.onnx", {"\x1b[2Jout": np.zeros((1, 3))}))
    assert "\x1b" not in str(wrong.value)


def test_bytes_with_the_colours_last_and_a_question_for_the_size(tmp_path):
    network = open_network(export(tmp_path / "ssd.onnx", LAYOUTS["SSD"], (1, SIDE, SIDE, 3), TensorProto.UINT8, NAMES,
                                  asks=["orig_target_sizes"]))
    picture = torch.zeros(1, 3, SIDE, SIDE)
    picture[0, 0] = 1
    given = network.feed(picture)
    assert given["images"].shape == (1, SIDE, SIDE, 3) and given["images"].dtype == np.uint8
    assert given["images"][0, 0, 0].tolist() == [255, 0, 0] and given["orig_target_sizes"].tolist() == [[SIDE, SIDE]]


def test_names_stand_in_a_text_file_beside_or_are_numbers(tmp_path):
    path = export(tmp_path / "best.onnx", yolox_raw())
    assert open_network(path).classes == ("class 0", "class 1", "class 2")
    (tmp_path / "best.txt").write_text("ant\nbee\x1b[2J\n\ncat\n")
    assert open_network(path).classes == ("ant", "bee[2J", "cat")
    eighty = export(tmp_path / "coco.onnx", {"output": rows(PLACES, 85, r5=[0, 0, 0, 0, 0.5, *80 * [0.5]])})
    assert open_network(eighty).classes[0] == "person"


def test_a_size_that_is_not_in_the_graph_comes_from_metadata_or_option(tmp_path):
    def sized(metadata):
        picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, "height", "width"))
        nodes = [helper.make_node("Constant", [], ["rows"], value=numpy_helper.from_array(
            rows(300, 6, r0=[*CORNERS, 0.8, 1]))), helper.make_node("Identity", ["rows"], ["output0"])]
        return written(tmp_path / "any.onnx", nodes, [picture], [helper.make_tensor_value_info(
            "output0", TensorProto.FLOAT, (1, 300, 6))], metadata)

    assert open_network(sized({})).size == 640
    path = sized({"imgsz": "[320, 320]"})
    assert open_network(path).size == 320 and open_network(path + "?size=96").size == 96
    assert not hasattr(open_network(path), "canvas")
    wide = open_network(path + "?size=128x96")
    assert wide.canvas == (96, 128) and wide.size == 128


def backbone(path: Path, classes=True, softmax=False) -> str:
    """Three strided convolutions with ReLUs, and perhaps a classifier of ten."""
    random, nodes, constants, before = np.random.default_rng(0), [], [], "images"
    for number, (channels, width) in enumerate(((3, 8), (8, 12), (12, 16))):
        kernel = random.normal(0, 0.3, (width, channels, 3, 3)).astype(np.float32)
        constants.append(numpy_helper.from_array(kernel, f"w{number}"))
        nodes += [helper.make_node("Conv", [before, f"w{number}"], [f"/conv.{number}"], strides=[2, 2], pads=4 * [1]),
                  helper.make_node("Relu", [f"/conv.{number}"], [f"/relu.{number}"])]
        before = f"/relu.{number}"
    outputs = [helper.make_tensor_value_info(before, TensorProto.FLOAT, None)]
    if classes:
        constants.append(numpy_helper.from_array(random.normal(0, 1, (16, 10)).astype(np.float32), "head"))
        nodes += [helper.make_node("GlobalAveragePool", [before], ["pooled"]),
                  helper.make_node("Flatten", ["pooled"], ["flat"]),
                  helper.make_node("MatMul", ["flat", "head"], ["scores"])]
        nodes += [helper.make_node("Softmax", ["scores"], ["likely"])] if softmax else []
        outputs = [helper.make_tensor_value_info("likely" if softmax else "scores", TensorProto.FLOAT, (1, 10))]
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, SIDE, SIDE))
    return written(path, nodes, [picture], outputs, constants=constants)


def felt(name):
    network = open_network(name, kind="features")
    return network, Eyes(Finder(), network, "cpu")(Frame(np.ascontiguousarray(data.astronaut()), 0, 0.0))


def test_a_classifiers_layers_are_chosen_by_depth_or_named(tmp_path):
    network, percept = felt(backbone(tmp_path / "net.onnx"))
    assert set(network.taps) >= {"/relu.0", "/relu.1", "/relu.2"}
    assert [tuple(maps.shape[1:]) for maps in percept.maps.values()][-1] == (8, 8)
    assert list(percept.maps) == [f"stage{number}" for number in range(1, 1 + len(network.taps))]
    named, percept = felt(str(tmp_path / "net.onnx") + "?taps=/conv.1,/relu.0")
    shapes = {tap: tuple(maps.shape) for tap, maps in percept.maps.items()}
    assert shapes == {"conv_1": (12, 16, 16), "relu_0": (8, 32, 32)}
    assert len(percept.classes) == 10 and percept.classes[0].name.startswith("class ")


def test_a_classifier_that_ends_in_probabilities_gives_those(tmp_path):
    scores, likely = (felt(backbone(tmp_path / f"{softmax}.onnx", softmax=softmax))[1] for softmax in (False, True))
    assert [guess.label for guess in scores.classes] == [guess.label for guess in likely.classes]
    assert [guess.score for guess in scores.classes] == pytest.approx(
        [guess.score for guess in likely.classes], abs=1e-4)


def test_a_backbone_guesses_at_its_strongest_maps(tmp_path):
    network, percept = felt(backbone(tmp_path / "net.onnx", classes=False))
    assert len(network.classes) == 16 and percept.classes[0].name.startswith("map ")


def test_with_a_graphics_card_what_was_exported_runs_on_the_processor(tmp_path):
    network = open_network(export(tmp_path / "found.onnx", yolox_raw()))
    assert [str(each) for each in runtimes(network, torch.device("cuda"), "onnxruntime")] == ["onnxruntime float32"]
    assert not list(runtimes(network, torch.device("cuda"), "torch"))


def test_openvino_reads_the_same_box(tmp_path):
    pytest.importorskip("openvino")
    network = open_network(export(tmp_path / "best.onnx", LAYOUTS["YOLOv5"], metadata=NAMES))
    picture = photograph(network)
    boxes, scores = openvino.prepare(network.graph(picture), picture)(picture)
    assert boxes[0, 100].tolist() == list(BOX) and scores[0, 100].tolist() == pytest.approx(SECOND)


YOLOX = os.environ.get("NEOCOG_YOLOX", "")  # the file of a YOLOX-nano, where there is one


@pytest.mark.skipif(not YOLOX, reason="NEOCOG_YOLOX names no file")
def test_a_real_yolox_finds_a_person_a_cup_and_a_cat():
    eyes = Eyes(open_network(YOLOX), Feeler(), "cpu")
    for name, wanted in (("astronaut", "person"), ("coffee", "cup"), ("chelsea", "cat")):
        best = eyes(Frame(np.ascontiguousarray(getattr(data, name)()), 0, 0.0)).detections[0]
        assert eyes.detector.classes[int(best[5])] == wanted and best[4] > 0.5


def test_describe_tells_and_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    export(tmp_path / "best.onnx", yolox_raw(), metadata=NAMES)
    assert main(["networks", "describe", "best.onnx"]) == 0
    told = capsys.readouterr().out
    for word in ("as a detector", "images: 64x64, colours bgr, scale 255", "output: YOLOX", "3: ant, bee", "best-seen"):
        assert word in told
    assert (tmp_path / "best-seen.png").stat().st_size > 100
    backbone(tmp_path / "net.onnx")
    assert main(["networks", "describe", "net.onnx", "-o", "maps.png"]) == 0
    assert "tap       /relu.2" in capsys.readouterr().out and (tmp_path / "maps.png").is_file()
    assert main(["networks", "describe", "net.onnx", "-o", "no/such/folder.png"]) == 2
    assert main(["networks", "describe", "other.txt"]) == 2


ODD = {
    "nothing": b"", "text": b"hello, this is no network", "zeros": bytes(5000), "png": b"\x89PNG\r\n\x1a\n" * 50,
}


@pytest.mark.parametrize("kind", ["detector", "features"])
@pytest.mark.parametrize("name", ODD)
def test_a_file_that_is_no_network_gets_one_sentence(tmp_path, name, kind):
    (tmp_path / "odd.onnx").write_bytes(ODD[name])
    with pytest.raises(UserError) as wrong:
        open_network(str(tmp_path / "odd.onnx"), kind=kind)
    assert "no ONNX file" in str(wrong.value) and "\n" not in str(wrong.value)


@pytest.mark.parametrize("outputs, options, said", [
    ({"a": np.zeros((1, 7, 3))}, "", "outputs of no known detector: a .1, 7, 3.*known are YOLOX"),
    ({"a": np.zeros((1, 1000))}, "", "outputs of no known detector"),
    (yolox_raw(), "?colour=bgr", "no option 'colour': choose from size, colours"),
    (yolox_raw(), "?colours=blue", "wants colours to be one of rgb, bgr, found 'blue'"),
    (yolox_raw(), "?size=big", "wants size to be one of pixels from 10"),
])
def test_what_is_not_understood_gets_the_choices(tmp_path, outputs, options, said):
    with pytest.raises(UserError, match=said):
        open_network(export(tmp_path / "odd.onnx", outputs) + options)


def test_inputs_and_taps_that_cannot_be(tmp_path):
    with pytest.raises(UserError, match="wants one picture as its input.*found images .1, 3."):
        open_network(export(tmp_path / "flat.onnx", yolox_raw(), (1, 3)))
    with pytest.raises(UserError, match="three colours.*found .1, 5, 64, 64."):
        open_network(export(tmp_path / "five.onnx", yolox_raw(), (1, 5, 64, 64)))
    with pytest.raises(UserError, match="no activation 'nope': choose from .*/relu.0"):
        open_network(backbone(tmp_path / "net.onnx") + "?taps=nope", kind="features")
    with pytest.raises(UserError, match="no maps .* in flat"):
        open_network(str(tmp_path / "net.onnx") + "?taps=flat", kind="features")
    with pytest.raises(UserError, match="no network .*absent.onnx: no such file"):
        open_network("absent.onnx")


@given(st.data())
@settings(max_examples=40, deadline=None, derandomize=True)  # libraries in C++ read these: the same ones each time
def test_a_file_damaged_anywhere_gets_one_sentence_or_plays(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    content = bytearray(Path(backbone(path)).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[:data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        network = open_network(str(path), kind="features")
    except UserError as wrong:
        assert "\n" not in str(wrong)
    else:
        onnx_runtime.prepare(network.graph(photograph(network)))(photograph(network))


def test_a_patch_brings_a_network_that_lies_beside_it(tmp_path, room, capsys):
    export(tmp_path / "best.onnx", yolox_raw(), metadata=NAMES)
    backbone(tmp_path / "net.onnx")
    (tmp_path / "mine.py").write_text('detector = "best.onnx"\nfeatures = "net.onnx?taps=/relu.1"\n'
                                      "def react(scene, p):\n"
                                      '    assert list(scene.layers) == ["relu_1"]\n    yield from ()\n')
    assert main([str(tmp_path / "mine.py"), "--headless", "--source", "test-card", "--frames", "5", "--rig", room]) == 0
    told = capsys.readouterr()
    assert "cpu in " in told.out and "mine.py" not in told.err
