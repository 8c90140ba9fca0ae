"""Published networks: their tensors by name and shape, what they compute, and how they are fetched."""

import hashlib
import re
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
import torch

from engine.__main__ import main
from engine.commands.networks import fetch
from engine.errors import UserError
from engine.values import Frame
from engine.vision.inference import Eyes
from engine.vision.networks import open_network
from models import load, published
from models.alexnet import MEAN, SPREAD, alexnet
from models.published import CATALOGUE, SHIPPED_AP, cache, names
from models.resnet import fold
from models.yolox import yolox_nano
from tests.http_server import http_server
from tests.vision.test_exported import backbone, export, rows

MOST = 10_000  # bytes of what is fetched here
THOUSAND = tuple(map(str, range(1000)))
FACTS = {  # tensors, parameters as their makers tell them, some names and shapes as published
    "alexnet": (16, 61_100_840, {"features.0.weight": (64, 3, 11, 11), "features.10.bias": (256,),
                                 "classifier.1.weight": (4096, 9216), "classifier.6.weight": (1000, 4096)}),
    "vgg16": (32, 138_357_544, {"features.0.weight": (64, 3, 3, 3), "features.28.weight": (512, 512, 3, 3),
                                "classifier.0.weight": (4096, 25088), "classifier.6.bias": (1000,)}),
    "resnet18": (122, 11_689_512, {"conv1.weight": (64, 3, 7, 7), "layer1.1.conv2.weight": (64, 64, 3, 3),
                                   "layer2.0.downsample.0.weight": (128, 64, 1, 1),
                                   "layer4.1.bn2.running_var": (512,), "fc.weight": (1000, 512)}),
    "resnet50": (320, 25_557_032, {"layer1.0.downsample.1.running_mean": (256,),
                                   "layer2.0.conv2.weight": (128, 128, 3, 3),
                                   "layer3.5.conv3.weight": (1024, 256, 1, 1), "fc.weight": (1000, 2048)}),
    "squeezenet": (52, 1_235_496, {"features.0.weight": (64, 3, 3, 3), "features.3.squeeze.weight": (16, 64, 1, 1),
                                   "features.12.expand3x3.bias": (256,), "classifier.1.weight": (1000, 512, 1, 1)}),
    "yolox-nano": (642, 912_159, {"backbone.backbone.stem.conv.conv.weight": (16, 12, 3, 3),
                                  "backbone.backbone.dark3.1.m.2.conv2.dconv.conv.weight": (32, 1, 3, 3),
                                  "backbone.C3_n4.conv3.bn.running_mean": (256,),
                                  "backbone.bu_conv1.pconv.conv.weight": (128, 128, 1, 1),
                                  "head.cls_preds.2.weight": (80, 64, 1, 1), "head.obj_preds.0.bias": (1,)}),
    "yolox-tiny": (462, 5_055_855, {"backbone.backbone.dark5.1.conv2.conv.weight": (384, 768, 1, 1),
                                    "backbone.lateral_conv0.conv.weight": (192, 384, 1, 1),
                                    "head.reg_convs.1.0.conv.weight": (96, 96, 3, 3),
                                    "head.stems.2.bn.weight": (96,)}),
}


def build(name):
    published = CATALOGUE[name]
    return published.build(THOUSAND) if published.kind == "features" else published.build()


def lived_in(network, seed=0):
    """The network with random weights and batch norms that are not as new."""
    random = torch.Generator().manual_seed(seed)
    for key, tensor in network.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 2, generator=random)
        elif key.endswith("running_mean"):
            tensor.normal_(0, 0.1, generator=random)
    return network.eval()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache().mkdir(parents=True)
    return cache()


@pytest.mark.parametrize("name", [name for name, each in CATALOGUE.items() if each.build])
def test_tensors_are_named_and_shaped_as_published(name):
    tensors, parameters, some = FACTS[name]
    with torch.device("meta"):
        network = build(name)
    state = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    assert len(state) == tensors and some.items() <= state.items()
    assert sum(each.numel() for each in network.parameters()) == parameters


@pytest.mark.parametrize("name", ("resnet18", "resnet50", "yolox-nano"))
def test_folding_changes_nothing(name):
    network, picture = lived_in(build(name)), torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        wanted = network(picture)[1]
        found = fold(network)(picture)[1]
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-4 * wanted.abs().max())


def test_a_yolox_reads_cells_as_its_paper_does():
    network = yolox_nano().eval()
    for name, parameter in network.head.named_parameters():
        if "preds" in name:
            torch.nn.init.zeros_(parameter)
    with torch.inference_mode():
        boxes, scores = network(torch.rand(1, 3, 64, 96))
    assert boxes.shape == (1, 8 * 12 + 4 * 6 + 2 * 3, 4) and scores.shape == (1, 126, 80)
    assert boxes[0, 13].tolist() == [8, 8, 8, 8] and boxes[0, -1].tolist() == [64, 32, 32, 32]
    assert torch.all(scores == 0.25)


def test_a_pictures_mean_colour_is_nothing_to_alexnet():
    with torch.device("meta"):
        network = alexnet(THOUSAND)
    picture = torch.tensor(MEAN).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    normalise = type(network.normalise)()
    assert torch.all(normalise(picture) == 0)
    assert torch.allclose(normalise(picture + torch.tensor(SPREAD).view(1, 3, 1, 1)), torch.ones(1))


@pytest.mark.parametrize("name, widths", (
    ("alexnet", {"conv1": 64, "conv2": 192, "conv3": 384, "conv4": 256, "conv5": 256}),
    ("squeezenet", {"conv1": 64, "fire3": 128, "fire5": 256, "fire7": 384, "fire9": 512}),
    ("resnet18", {"conv1": 64, "layer1": 64, "layer2": 128, "layer3": 256, "layer4": 512})))
def test_a_published_network_is_performable_by_name(home, name, widths):
    torch.save(build(name).state_dict(), home / CATALOGUE[name].file)
    (home / "imagenet_classes.txt").write_text("".join(f"{k}, thing_{k}\n" for k in range(1000)))
    eyes = Eyes(load("detector"), open_network(name), "cpu")
    percept = eyes(Frame(np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8), 0, 0.0))
    assert {tap: len(maps) for tap, maps in percept.maps.items()} == widths
    assert all(guess.name == f"thing {guess.label}" for guess in percept.classes)


def test_imagenets_classes_are_numbers_without_their_names(home):
    assert names()[281] == "class 281"
    (home / "imagenet_classes.txt").write_text("0, tench\n")
    assert names()[0] == "class 0"


@pytest.mark.parametrize("content", (b"", b"no checkpoint", None))
def test_what_is_no_checkpoint_is_refused(home, content):
    path = home / CATALOGUE["yolox-nano"].file
    if content is None:
        torch.save({"model": {"other": torch.zeros(1)}}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(UserError, match="found something else.*neocog networks pull yolox-nano"):
        open_network("yolox-nano")


class Shelf(BaseHTTPRequestHandler):
    """Hands out bytes; goes on where it is asked to unless it cannot; may break off."""

    content, ranges, breaks, asked = b"", True, 0, []

    def do_GET(self):
        self.asked.append(self.headers.get("Range"))
        if self.path == "/missing":
            return self.send_error(404)
        begin = int(self.headers["Range"][6:-1]) if self.ranges and "Range" in self.headers else 0
        if begin >= len(self.content):
            return self.send_error(416)
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(self.content) - begin))
        self.end_headers()
        stop = len(self.content) if len(self.asked) > self.breaks else begin + 1000
        self.wfile.write(self.content[begin:stop])

    def log_message(self, *words):
        pass


@pytest.fixture
def shelf():
    """A server's class, to set what it hands out, with its address."""
    handler = type("Handler", (Shelf,), {"asked": []})
    with http_server(handler) as server:
        handler.url = f"http://127.0.0.1:{server.server_port}"
        yield handler


def test_a_broken_download_goes_on_where_it_stopped(shelf, tmp_path):
    shelf.content, shelf.breaks = bytes(range(256)) * 20, 2
    path, sha = tmp_path / "weights.pth", hashlib.sha256(shelf.content).hexdigest()
    for _ in range(2):
        with pytest.raises(UserError, match="broke off .*run the same again"):
            fetch(shelf.url + "/weights.pth", path, sha, MOST)
        assert not path.exists()
    fetch(shelf.url + "/weights.pth", path, sha[:8], MOST)
    assert path.read_bytes() == shelf.content and shelf.asked == [None, "bytes=1000-", "bytes=2000-"]
    fetch(shelf.url + "/weights.pth", path, sha, MOST)
    assert len(shelf.asked) == 3 and list(tmp_path.iterdir()) == [path]


def test_a_server_that_cannot_go_on_begins_again(shelf, tmp_path):
    shelf.content, shelf.ranges = b"all of it", False
    (tmp_path / "weights.pth.part").write_bytes(b"all")
    fetch(shelf.url + "/weights.pth", tmp_path / "weights.pth", hashlib.sha256(b"all of it").hexdigest(),
          MOST)
    assert (tmp_path / "weights.pth").read_bytes() == b"all of it"


def test_a_whole_part_is_taken_as_it_is(shelf, tmp_path):
    shelf.content = b"all of it"
    (tmp_path / "weights.pth.part").write_bytes(b"all of it")
    fetch(shelf.url + "/weights.pth", tmp_path / "weights.pth", hashlib.sha256(b"all of it").hexdigest(),
          MOST)
    assert (tmp_path / "weights.pth").read_bytes() == b"all of it"


@pytest.mark.parametrize("address, says", (("/missing", "not to be had .404"), ("/other", "found 9d7a.*thrown away")))
def test_what_is_not_there_or_not_meant_is_said_and_leaves_nothing(shelf, tmp_path, address, says):
    shelf.content = b"something else"
    says = says.replace("9d7a", hashlib.sha256(shelf.content).hexdigest())
    with pytest.raises(UserError, match=says):
        fetch(shelf.url + address, tmp_path / "weights.pth", "0123", MOST)
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="broke off"):
        fetch("http://127.0.0.1:9/weights.pth", tmp_path / "weights.pth", "", MOST)


class Liar(BaseHTTPRequestHandler):
    """Answers as a server does that means no good."""

    def do_GET(self):
        getattr(self, self.path.strip("/"))()

    def answer(self, *headers):
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def endless(self):
        self.answer()
        try:
            while True:
                self.wfile.write(bytes(1000))
        except OSError:  # the other end has had enough
            pass

    def huge(self):
        self.answer(("Content-Length", str(10**15)))
        self.wfile.write(bytes(100))

    def negative(self):
        self.answer(("Content-Length", "-5"))
        self.wfile.write(bytes(100))

    def truncated(self):
        self.answer(("Content-Length", "5000"))
        self.wfile.write(bytes(100))

    def trickle(self):
        self.answer(("Content-Length", "5000"))
        self.wfile.write(bytes(4000))

    def file(self):
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()

    def ftp(self):
        self.send_response(302)
        self.send_header("Location", "ftp://127.0.0.1/weights")
        self.end_headers()

    def round(self):
        self.send_response(302)
        self.send_header("Location", "/round")
        self.end_headers()

    def missing(self):
        self.wfile.write(b"HTTP/1.0 404 \x1b[2J\x1b]0;gone\x07away\r\n\r\n")

    def noise(self):
        self.wfile.write(bytes(range(256)) * 300)

    def log_message(self, *words):
        pass


@pytest.fixture
def liar():
    with http_server(Liar) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize("lie, says, kept", [
    ("endless", "wanted at most 10000 bytes .*thrown away", 0),
    ("huge", "wanted at most 10000 bytes .*thrown away", 0),
    ("negative", "wanted a file with sha-256 .*thrown away", 0),
    ("truncated", "broke off .*run the same again", 100),
    ("file", "not to be had .302 .*file:///etc/passwd", 0),
    ("ftp", "broke off .it redirects to ftp:", 0),
    ("round", "not to be had .302", 0),
    ("missing", "not to be had .404 .*away", 0),
    ("noise", "broke off", 0),
])
def test_a_server_that_lies_gets_one_sentence_and_little_of_the_disk(liar, tmp_path, lie, says, kept):
    with pytest.raises(UserError, match=says) as wrong:
        fetch(f"{liar}/{lie}", tmp_path / "weights.pth", "0123", MOST)
    assert str(wrong.value).isprintable() and len(str(wrong.value)) < 700
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == kept
    assert not (tmp_path / "weights.pth").exists()


def test_what_trickles_is_not_waited_for_all_night(liar, tmp_path):
    hours = iter(range(0, 10**6, 3600))
    with pytest.raises(UserError, match="broke off .4000 bytes came in"):
        fetch(f"{liar}/trickle", tmp_path / "weights.pth", "0123", MOST, clock=lambda: next(hours))


def test_pulled_and_played(home, shelf, monkeypatch, tmp_path, capsys, room):
    torch.save({"model": lived_in(yolox_nano()).state_dict(), "start_epoch": 300}, tmp_path / "weights")
    shelf.content = (tmp_path / "weights").read_bytes()
    there = replace(CATALOGUE["yolox-nano"], url=shelf.url + "/yolox_nano.pth",
                    sha256=hashlib.sha256(shelf.content).hexdigest())
    monkeypatch.setitem(published.CATALOGUE, "yolox-nano", there)
    play = ["--headless", "--source", "test-card", "--frames", "2", "--detector", "yolox-nano", "--rig", room]
    assert main(play) == 2
    assert "neocog networks pull yolox-nano" in capsys.readouterr().err
    assert main(["networks"]) == 0
    assert "MB: neocog networks pull yolox-nano" in capsys.readouterr().out
    assert main(["networks", "pull", "yolox-nano"]) == 0
    assert re.search(r"yolox_nano.pth, \d+ pictures a second here\nplay it: neocog --detector yolox-nano",
                     capsys.readouterr().out)
    assert main(["networks"]) == 0
    assert "80 kinds of things, AP 0.258, Apache-2.0, 8 MB: pulled" in capsys.readouterr().out
    assert main(play) == 0


def test_every_address_is_safe_and_every_file_its_own():
    files = [each.file for each in CATALOGUE.values()]
    assert len(set(files)) == len(files)
    assert all(each.url.startswith("https://") and re.fullmatch("[0-9a-f]{8,64}", each.sha256)
               for each in CATALOGUE.values())
    assert all(each.ap > SHIPPED_AP for each in CATALOGUE.values() if each.kind == "detector")


def test_a_published_onnx_file_is_played_by_name(home):
    told = "found no file .*dfine_n_coco.onnx; fetch it with: neocog networks pull d-fine-n"
    with pytest.raises(UserError, match=told):
        open_network("d-fine-n")
    export(home / "dfine_n_coco.onnx", {"logits": rows(300, 80, r9=np.full(80, -3.0)) - 0.5, "pred_boxes": rows(
        300, 4, r9=[0.5, 0.25, 0.25, 0.125])}, ("batch", 3, "height", "width"))
    network = open_network("d-fine-n")
    assert network.layout.name == "RT-DETR, logits" and network.canvas == (640, 640) and network.classes[0] == "person"
    backbone(home / CATALOGUE["mobilenet-v2"].file)
    (home / "imagenet_classes.txt").write_text("".join(f"{k}, thing_{k}\n" for k in range(1000)))
    assert open_network("mobilenet-v2", kind="features").classes[3] == "thing 3"


def test_wrong_words_get_the_choices(capsys):
    assert main(["networks", "pull", "lenet"]) == 2
    assert "choose from" in capsys.readouterr().err
