"""On a graphics card: the processor's answers, out of captured graphs, beside each other, and when memory ends."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from skimage import data

from engine.capture.demo import Demo
from engine.tracking.tracker import Tracker
from engine.values import Frame, Percept
from engine.vision.inference import SHAPES, Eyes
from engine.vision.letterbox import photograph
from engine.vision.networks import open_network
from engine.vision.retry import LONGEST_PAUSE, Retrying
from engine.vision.runtimes import boxes_of, runtimes, taps_of
from models import FEATURES, load
from models.published import CATALOGUE
from tests.vision.test_exported import BOX, SIDE, backbone, export, yolox_raw
from tests.vision.test_inference import Feeler, Finder
from tests.vision.test_published import build, lived_in

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
pytestmark = pytest.mark.gpu
PUBLISHED = tuple(name for name, each in CATALOGUE.items() if each.build)


def made(device: str = "cuda", features: str = "features", detector: str = "detector") -> Eyes:
    """The shipped eyes in plain torch; on the processor in float32, that the card is measured by."""
    pair = open_network(detector), open_network(features)
    pair[0].peaks = {}
    eyes = Eyes(*pair, device, "torch")
    if device == "cpu":
        eyes.runtimes = [next(runtimes(network, CPU, "torch")) for network in pair]
    return eyes


@pytest.fixture(scope="module")
def reference():
    return made("cpu")


@pytest.fixture(scope="module")
def eyes():
    return made()


def demo(count: int, start: float = 0.0) -> list[Frame]:
    """Moments of the demo, each different from the last."""
    show = Demo()
    return [Frame(show.picture(start + 2.9 * index), index, 2.9 * index) for index in range(count)]


PICTURES = {"portrait": data.astronaut(), "cup": data.coffee(), "dark": (0.2 * data.astronaut()).astype(np.uint8),
            "one person": Demo().picture(3.0), "two": Demo().picture(30.0),
            "8k": data.astronaut().repeat(9, 0).repeat(15, 1)}


def same_finds(found: np.ndarray, wanted: np.ndarray, apart: float) -> bool:
    """Whether each box that is surely wanted was found, and every one that surely was found is wanted."""
    pairs = (found, wanted), (wanted, found)
    return all(np.abs(some[some[:, 5] == row[5], :5] - row[:5]).max(1).min(initial=1) < apart
               for some, others in pairs for row in others[others[:, 4] > 0.45])


def same(found: Percept, wanted: Percept, apart: float) -> bool:
    """Whether two percepts tell of the same, numbers to within a part."""
    numbers = ("mean", "entropy", "cx", "cy", "sparsity", "change")
    return same_finds(found.detections, wanted.detections, apart) and all(
        getattr(layer, name) == pytest.approx(getattr(wanted.layers[tap], name), abs=apart)
        for tap, layer in found.layers.items() for name in numbers)


@pytest.mark.parametrize("name", PICTURES)
def test_a_card_sees_what_the_processor_sees(reference, eyes, name):
    """The processor halves pictures and bends the rest, a card filters them: by that alone, on the processor, means
    differ by up to 0.011, the other numbers by up to 0.006, and scores of boxes by as much."""
    frame = Frame(np.ascontiguousarray(PICTURES[name]), 0, 0.0)
    wanted, found = reference(frame), eyes(frame)
    assert len(wanted.detections[wanted.detections[:, 4] > 0.45]) and same(found, wanted, 0.03)
    best = wanted.classes[0]
    assert abs(next(guess.score for guess in found.classes if guess.label == best.label) - best.score) < 0.2


def test_where_no_picture_is_resized_maps_differ_by_no_more_than_halves_do():
    """Twelve convolutions, each rounding to 11 bits: 0.0005 of a number, a few times over."""
    frame = Frame(np.ascontiguousarray(PICTURES["one person"][::2, ::2]), 0, 0.0)
    wanted, found = (made(each, "features?size=320")(frame) for each in ("cpu", "cuda"))
    assert wanted.maps["conv1"].shape == found.maps["conv1"].shape == (32, 120, 160)
    for tap, maps in wanted.maps.items():
        assert (found.maps[tap].cpu().float() - maps).norm() < 0.01 * maps.norm()
    assert same(found, wanted, 0.01) and np.allclose(found.embedding, wanted.embedding, rtol=0.05, atol=0.05)


def test_a_graph_replays_what_calls_give_frame_after_frame():
    graph, calls, frames = made(), made(), demo(14)
    forward = calls.forward(frames[0].pixels.shape)
    forward.replay = forward.uncaptured
    for frame in frames:
        found, wanted = graph(frame), calls(frame)
        assert same(found, wanted, 0.005)
        assert all((found.maps[tap].float() - maps.float()).norm() <= 0.005 * maps.float().norm()
                   for tap, maps in wanted.maps.items())
        assert np.allclose(found.looks, wanted.looks, atol=0.1)


def test_sizes_that_come_and_go_are_seen_as_at_first(eyes):
    portrait = PICTURES["portrait"]
    pictures = [np.ascontiguousarray(portrait[:512 - 24 * number]) for number in range(SHAPES + 2)]
    first, *later = ([eyes(Frame(pixels, 0, 0.0)) for pixels in pictures] for _ in range(3))
    for again in later:
        assert all(same(found, wanted, 0.005) for found, wanted in zip(again, first, strict=True))
    assert all(layer.change == 0 for percept in later[-1] for layer in percept.layers.values())


def test_a_floor_counts_at_once_and_beside_another_detector():
    eyes, larger, frame = made(), made(detector="detector?size=384"), demo(1, 30.0)[0]
    before = eyes(frame)
    assert before.detections[:, 4].min() >= eyes.floor
    assert same_finds(larger(frame).detections, before.detections, 0.3)
    eyes.floor = 0.02
    more = eyes(frame).detections
    assert len(more) > len(before.detections) and same_finds(more, before.detections, 0.005)


def test_two_eyes_at_once_see_what_each_sees_alone():
    both, frames = (made(), made(features="simple-cells")), demo(8)
    alone = [[eyes(frame) for frame in frames] for eyes in both]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(4):
            together = list(pool.map(lambda eyes: [eyes(frame) for frame in frames], both))
    for one, other in zip(alone, together, strict=True):
        assert all(same(found, wanted, 0.005) for found, wanted in zip(other[1:], one[1:], strict=True))


@contextmanager
def full():
    """A card with no memory left for what is new."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(torch.cuda.memory_reserved() / torch.cuda.mem_get_info()[1])
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_a_card_that_is_full_gives_the_last_picture_as_a_stale_one_and_sees_again():
    eyes = Retrying(made())
    tracker = Tracker(eyes.detector.classes)
    small, large = demo(1, 3.0)[0], np.ascontiguousarray(PICTURES["8k"])
    seen = eyes(small)
    wanted = {tap: maps.float().cpu() for tap, maps in seen.maps.items()}
    with full():
        stale = eyes(Frame(large, 1, 1.0))
        assert stale.frame.stale and tracker(stale).stale and "OutOfMemoryError" in eyes.notices[0]
        assert all(torch.equal(maps.float(), wanted[tap]) for tap, maps in stale.maps.items())
        assert {maps.device.type for maps in stale.maps.values()} == {"cpu"}, "a full card has no room for views"
    again = eyes(Frame(large, 2, 2.0 + LONGEST_PAUSE))
    assert not again.frame.stale and eyes.notices == () and len(again.detections)
    assert same(eyes(Frame(small.pixels, 3, 20.0)), seen, 0.005)


def test_maps_that_are_still_being_read_are_not_written_over():
    eyes, (one, other) = made(), demo(2)
    maps = eyes(one).maps["conv1"]
    wanted = maps.clone()
    torch.cuda._sleep(200_000_000)  # a tenth of a second, on the stream where views read
    read = maps.clone()
    eyes(other)
    assert torch.equal(read, wanted) and not torch.equal(maps, wanted)


@pytest.mark.parametrize("name", ["detector", "features", *FEATURES, *PUBLISHED])
def test_what_ships_and_what_is_published_runs_in_halves_as_one_graph(name):
    network = lived_in(build(name)) if name in PUBLISHED else load(name)
    found = name in ("detector", "yolox-nano", "yolox-tiny")
    check, picture = (boxes_of if found else taps_of), photograph(network)
    wanted = check(network, next(runtimes(network, CPU, "torch")), picture)[1]
    eyes = Eyes(*((network, load("features")) if found else (load("detector"), network)), "cuda", "torch")
    for one, other in zip(check(network, eyes.runtimes[not found], picture.to(CUDA))[1], wanted, strict=True):
        assert (one.cpu().float() - other).norm() <= 0.05 * other.norm()
    frame = demo(1)[0]
    assert all(maps.isfinite().all() for maps in eyes(frame).maps.values())
    assert str(eyes) == "cuda in torch float16" and eyes.forward(frame.pixels.shape).replay.__name__ == "replay"


def test_an_exported_network_plays_beside_one_of_torch(tmp_path):
    find, feel = export(tmp_path / "find.onnx", yolox_raw()), backbone(tmp_path / "feel.onnx")
    pixels = np.full((SIDE, SIDE, 3), 90, np.uint8)
    for pair in ((find, "features"), ("detector", feel), (find, feel)):
        wanted, found = (Eyes(open_network(pair[0]), open_network(pair[1], kind="features"), each)(
            Frame(pixels, 0, 0.0)) for each in ("cpu", "cuda"))
        if pair[0] == find:
            assert found.detections[0, :4] * SIDE == pytest.approx(BOX, abs=0.1)
        assert list(found.maps) == list(wanted.maps)
        assert all(layer.mean == pytest.approx(wanted.layers[tap].mean, rel=0.05, abs=0.01)
                   for tap, layer in found.layers.items())


class Exact(Feeler):
    """A network that knows no halves."""

    def forward(self, x):
        return super().forward(x @ torch.eye(x.shape[3], device=x.device))


class Noisy(Feeler):
    """A network that answers by chance, on the device, and asks the processor."""

    def forward(self, x):
        return super().forward(x + torch.rand_like(x) * float(x.mean()))


@pytest.mark.parametrize("network", [Feeler, Exact, Noisy])
def test_networks_of_strangers_play_there_too(network):
    """The finder asks the processor where the spot is, and answers there; the others have no weights."""
    eyes = Eyes(Finder(), network(), "cuda", "torch")
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[20:40, 20:40] = 255
    for moved in (0, 8, 16):
        percept = eyes(Frame(np.roll(pixels, moved, 1), 0, 0.0))
        x = (30 + moved) / 64
        assert percept.detections[0, :2] == pytest.approx((x, 30 / 64), abs=1 / 64)
        assert percept.layers["light"].cx == pytest.approx(x, abs=0.1)
