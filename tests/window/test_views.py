"""Each view by its pixels: what must be bright is bright; black in, black out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.values import LIKELY, Frame, Guess, Percept, Scene, Tracks
from engine.vision.networks import open_network
from engine.window.colours import DIM, FAINT, PALETTES, palette, track_colour
from engine.window.views import NAMES, views
from engine.window.views.brightness import Brightness
from engine.window.views.classes import Classes
from engine.window.views.convolutions import place
from engine.window.views.dream import AWAKE, smooth
from engine.window.views.places import Places
from engine.window.views.seats import FADE, KEEP, RERANK, Seats
from engine.window.views.second_pass import SecondPass
from engine.window.views.tiles import crop, enlarged, resampling, tiling
from engine.window.views.view import ViewParameters
from engine.window.views.wall import Wall
from models import FEATURES, load
from tests.percepts import BLUE, RED, SHAPES, maps, percept
from tests.scenes import track

SIZES = [(1, 1), (40, 30), (640, 360), (300, 1200), (1080, 1920), (3840, 2160)]


@pytest.fixture(scope="module")
def features():
    return load("features").fold()


@torch.inference_mode()
def seen(features, pixels: np.ndarray, time: float = 0.0) -> tuple[Percept, Scene]:
    """What the shipped feature network returns for a picture, with no objects in it."""
    taps, logits = features(SecondPass(features).picture(pixels))
    guesses = tuple(Guess(int(label), features.classes[int(label)], float(score))
                    for score, label in zip(*logits[0].softmax(0).topk(min(20, logits.shape[1])), strict=True))
    frame = Frame(pixels, round(time * 30), time)
    embedding = next(reversed(taps.values()))[0].mean((1, 2)).numpy().copy()
    found = Percept(
        frame, np.zeros((0, 6), np.float32), {}, guesses, embedding, {tap: maps[0] for tap, maps in taps.items()}
    )
    return found, Scene(time, frame.index, Tracks(), Tracks(), Tracks(), {}, guesses, embedding)


def photograph() -> np.ndarray:
    from skimage import data
    return data.coffee()[::2, ::2].copy()


def black() -> np.ndarray:
    return np.zeros((200, 300, 3), np.uint8)


@pytest.mark.parametrize("name", ["wall", "unit", "camera", "objects", "dream"])
def test_black_in_black_out(features, name):
    view = views(features, "features")[name]
    settings = ViewParameters((320, 180), "conv2", details=False, labels=False, strength=0.0)
    for time in (0.0, 0.5, 5.0, 50.0):  # however long it stays dark: no gain is turned up
        picture = view(*seen(features, black(), time), settings)
    assert picture.max() <= 4


def test_a_dark_noisy_camera_stays_darker_than_a_photograph(features):
    wall, settings = Wall(Brightness(features)), ViewParameters((320, 180), "conv1", under=0.0, gamma=1.0)
    noise = np.random.default_rng(1).integers(0, 9, (200, 300, 3), np.uint8)
    dark = wall(*seen(features, noise), settings).mean()
    assert dark < 0.3 * Wall(Brightness(features))(*seen(features, photograph()), settings).mean()


@pytest.mark.parametrize("name", NAMES)
def test_every_view_shows_a_photograph_and_says_the_same_twice(features, name):
    pictures = []
    for view in (views(features, "features")[name], views(features, "features")[name]):
        torch.manual_seed(1)
        for time in (0.0, 0.1):
            picture = view(*seen(features, photograph(), time), ViewParameters((320, 180), "conv2", 3))
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
        pictures.append(picture)
    assert np.array_equal(*pictures) and pictures[0].max() > 60 and pictures[0].std() > 5


@pytest.mark.parametrize("size", SIZES)
def test_every_view_in_every_size_with_and_without_a_network(features, size):
    for network in (None, features):
        for name, view in views(network).items():
            picture = view(*seen(features, photograph()), ViewParameters(size, "conv3", 127))
            assert picture.shape[0] * picture.shape[1] <= max(size[0] * size[1], 1280 * 720), name


@pytest.mark.parametrize("name", NAMES)
def test_no_view_needs_maps_classes_or_the_layer_that_is_asked_for(name):
    found, scene = percept()
    view = views()[name]
    view(replace(found, maps={}, classes=()), replace(scene, classes=()), ViewParameters((160, 90)))
    view(found, scene, ViewParameters((160, 90), "conv9", 10_000))


@pytest.mark.parametrize("name", ["wall", "unit", "camera", "objects", "attribution"])
def test_a_mirror_turns_what_is_shown(features, name):
    pictures = []
    for mirror in (False, True):
        torch.manual_seed(1)
        settings = ViewParameters(
            (320, 180), "conv2", 3, mirror=mirror, details=False, labels=False, tiles=1, order="number"
        )
        pictures.append(views(features)[name](*seen(features, photograph()), settings).astype(int))
    assert np.abs(pictures[0] - pictures[1][:, ::-1]).mean() < 2 < np.abs(pictures[0] - pictures[1]).mean()


def test_each_tile_of_the_wall_glows_where_its_unit_does():
    found, scene = percept()
    wall = Wall(Brightness())
    settings = ViewParameters((960, 540), "conv1", under=0.0, order="number", tiles=32, gamma=1.0)
    picture = wall(found, scene, settings).max(2)
    for unit in range(32):
        left, top, right, bottom = (
            round(part * side) for part, side in zip(wall.rect(unit), (960, 540) * 2, strict=True)
        )
        tile = picture[top:bottom, left:right]
        part = crop((36, 48), tile.shape[1] / tile.shape[0])
        wanted = enlarged(found.maps["conv1"][unit], part, tile.shape[::-1], True).numpy()
        y, x = np.unravel_index(wanted.argmax(), wanted.shape)
        assert tile[y, x] > 0.9 * tile.max() and tile.max() > 150, unit
        assert wall.at((left + right) / 2 / 960, (top + bottom) / 2 / 540) == unit


@pytest.mark.parametrize("size", [(960, 540), (301, 777), (1921, 1079), (3840, 2160)])
@pytest.mark.parametrize("tiles", [1, 7, 24, 31])
def test_the_wall_fills_its_picture_without_a_gap(size, tiles):
    found, scene = percept()
    bright = replace(found, maps={"conv1": torch.rand(32, 36, 48).round() * 5})
    picture = Wall(Brightness())(bright, scene, ViewParameters(size, "conv1", under=0.0, tiles=tiles, smooth=False))
    assert abs(picture.shape[1] / picture.shape[0] - size[0] / size[1]) < 0.02
    assert picture.any((1, 2)).all() and picture.any((0, 2)).all(), "no line of pixels is empty"


def test_pages_show_all_units_of_a_wide_layer_once():
    found, scene = percept()
    wall, shown = Wall(Brightness()), []
    for page in range(6):
        wall(found, scene, ViewParameters((320, 180), "conv3", order="number", tiles=24, page=page))
        shown += wall.units.tolist()
    assert sorted(shown) == list(range(128))


@given(st.integers(1, 600), st.floats(0.2, 5), st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_share_an_area_exactly(count, aspect, width, height):
    tiles = tiling(count, aspect, (width, height))
    assert tiles.count == count and max(tiles.rows) - min(tiles.rows) <= 1
    covered = sum((right - left) * (bottom - top) for left, top, right, bottom in map(tiles.rect, range(count)))
    assert covered == width * height
    assert tiles.at(0.0, 0.0) == 0 and tiles.at(0.999999, 0.999999) == count - 1 and tiles.at(1.0, 0.5) is None


def test_small_maps_are_enlarged_smoothly_and_an_even_one_stays_even():
    even = enlarged(torch.full((9, 12), 0.7), (1.0, 8.0, 0.0, 12.0), (100, 50), True)
    assert torch.allclose(even, torch.full((50, 100), 0.7), atol=1e-5)
    assert torch.allclose(resampling(12, 0.0, 12.0, 12, True, torch.device("cpu")), torch.eye(12), atol=1e-6)
    line = resampling(4, 0.0, 4.0, 8, False, torch.device("cpu")) @ torch.tensor([0.0, 1, 2, 3])
    assert line.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    shrunk = resampling(100, 0.0, 100.0, 10, True, torch.device("cpu")).sum(0)
    assert shrunk[10:90].min() > 0.05, "every pixel counts where a map shrinks"


def test_an_even_field_is_dark_and_what_stands_out_is_bright():
    found, _ = percept()
    level = torch.full((4, 36, 48), 3.0)
    level[1, 10:14, 20:24] = 30.0
    bright = Brightness()(replace(found, maps={"conv1": level}), "conv1")
    assert bright[0].max() == 0 and bright[1, 12, 22] == 1.0 and bright[1, 0, 0] < 0.1


@pytest.mark.parametrize("jump", [10.0])
def test_a_ceiling_jumps_up_and_sinks_within_seconds(jump):
    found, _ = percept()
    brightness, spot = Brightness(), torch.zeros(2, 36, 48)
    spot[:, 5, 5] = 1.0

    def peak(times: float, time: float) -> float:
        frame = replace(found.frame, time=time)
        return float(brightness(replace(found, frame=frame, maps={"conv1": spot * times}), "conv1")[0, 5, 5])

    assert peak(jump, 0.0) == 1.0 and peak(1.0, 0.1) < 0.13
    assert peak(1.0, 3.1) < 0.4 and peak(1.0, 30.1) == pytest.approx(1.0, abs=0.02)


def test_a_ceiling_never_sinks_below_what_photographs_give(features):
    """Ten times the gain, as if no picture had been bright for long, was what a dark room once got."""
    brightness, weak = Brightness(features), None
    for time in range(0, 600, 60):
        found, _ = seen(features, photograph() // 12, float(time))
        weak = brightness(found, "conv1")
    strong = Brightness(features)(seen(features, photograph())[0], "conv1")
    assert weak.amax((1, 2)).median() < 0.6 * strong.amax((1, 2)).median()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_broken_frame_is_forgotten(bad):
    found, _ = percept()
    brightness, broken = Brightness(), maps(SHAPES["conv1"])
    broken[5, 3, 3] = bad
    brightness(replace(found, maps={"conv1": broken}), "conv1")
    assert torch.allclose(brightness(found, "conv1"), Brightness()(found, "conv1"), atol=0.02)


def test_the_strongest_units_come_in_softly_and_stay():
    seats, activity = Seats(), np.array([5.0, 4, 3, 2, 1])
    assert seats(activity, 3, 0.0)[0].tolist() == [0, 1, 2]
    near = np.array([5.0, 4, 3, 3 * KEEP * 0.9, 1])
    for time in np.arange(0, 20, 0.1):
        units, _ = seats(near, 3, time)
    assert units.tolist() == [0, 1, 2], "one that is hardly stronger waits"
    strong, strengths = np.array([5.0, 4, 3, 2, 90]), []
    for time in np.arange(20, 20 + RERANK + 3 * FADE, 0.1):
        units, strength = seats(strong, 3, time)
        strengths.append(strength[2])
    assert units.tolist() == [0, 1, 4] and min(strengths) <= 0.2 and strengths[-1] == 1.0


def test_the_words_are_those_of_likely_guesses_alone():
    found, scene = percept()
    settings, pictures = ViewParameters((640, 360)), []
    for score in (0.0, LIKELY - 0.01, 0.9):
        guesses, view = (Guess(3, "teapot", score),), Classes()
        for time in np.arange(0, 4, 0.1):
            picture = view(found, replace(scene, time=float(time), classes=guesses), settings)
        pictures.append(picture)
    assert np.array_equal(pictures[0], pictures[1]) and pictures[2][200:].max() > 200 > pictures[1][200:].max()


def test_where_a_map_ends_there_is_no_line_on_the_wall():
    """At the end of a picture a convolution sees an edge, whatever the picture."""
    found, scene = percept()
    ends = torch.ones(SHAPES["conv1"])
    ends[:, 1:-1, 1:-1] = 0
    settings = ViewParameters((640, 480), "conv1", order="number", under=0.0)
    assert not views()["wall"](replace(found, maps={"conv1": ends}), scene, settings).any()


def test_objects_keep_their_colours_and_the_rest_is_grey():
    found, scene = percept(tracks=(track(7, x=0.25, y=0.5, w=0.3, h=0.6),))
    picture = views()["objects"](found, scene, ViewParameters((640, 480), labels=False)).astype(int)
    lit, dark = picture[240, 160], picture[20, 600]
    assert lit[0] - lit[2] > 120 and np.ptp(dark) <= 2
    left, top, *_ = Places((240, 320), (640, 480), False).box(scene.tracks[0])
    assert np.abs(picture[round(top), round(left) + 8] - track_colour(7)).max() < 60


def test_attribution_lights_the_object_that_is_meant(features):
    """A cup in the middle of a table: what speaks for the guess lies on it, not at the picture's edge."""
    view = views(features)["attribution"]
    torch.manual_seed(1)
    found, scene = seen(features, photograph())
    assert found.classes[0].name == "espresso"
    picture = view(found, scene, ViewParameters((300, 200), under=0.2, labels=False)).astype(float).max(2)
    assert picture[40:160, 80:220].mean() > 1.4 * np.concatenate((picture[:, :40], picture[:, -40:]), 1).mean()


def test_attribution_of_a_guess_leaves_most_places_dark(features):
    """However little the network believes it."""
    view = views(features)["attribution"]
    noise = np.random.default_rng(1).integers(0, 255, (192, 256, 3), np.uint8)
    view(*seen(features, noise), ViewParameters((300, 200)))
    assert np.mean(view.broad == 0) >= 0.6 and view.broad.max() > 0.99


def test_what_is_sent_back_to_the_picture_has_no_grid_of_the_strides():
    """A stride of two or four leaves a pattern of that period; what is wider than the strides stays."""
    place = torch.arange(64)
    grid, wide = (place % 4 == 0).float() + (place % 2).float(), (place // 16 % 2).float()
    for line, left in ((grid, 0.0), (wide, 1.0)):
        flat = smooth(line.expand(1, 3, 64, 64))[0, 0, 8:-8, 8:-8]
        assert float(flat.max() - flat.min()) == pytest.approx(left, abs=1e-5)


def test_a_dream_makes_what_it_dreams_of_stronger(features):
    found, scene = seen(features, photograph())
    strengths = []
    for strength in (0.0, 0.5):
        view = views(features)["dream"]
        for _ in range(12):
            picture = view(found, scene, ViewParameters((300, 200), "conv4", target="layer", strength=strength))
        dreamt, _ = seen(features, picture)
        strengths.append(float(dreamt.maps["conv4"].pow(2).mean()))
    assert strengths[1] > 2 * strengths[0]


def test_filters_show_the_sum_that_the_map_has(features):
    """The window, the filter and their product are those of the map's point that is marked."""
    view = views(features)["filters"]
    found, _ = seen(features, photograph())
    inputs = view.second_pass.picture(found.frame.pixels)
    convolution = view.convolutions.step("conv1", tuple(found.maps["conv1"].shape), inputs).convolution
    entering = view.convolutions.entering(convolution, view.second_pass.picture(found.frame.pixels))
    row, column = place(4.0, *found.maps["conv1"].shape[1:])
    padded = np.pad(entering, ((0, 0), (3, 3), (3, 3)))
    window = padded[:, 2 * row : 2 * row + 7, 2 * column : 2 * column + 7]
    total = (window * convolution.weight[5].numpy()).sum() + float(convolution.bias[5])
    assert max(0.0, total) == pytest.approx(float(found.maps["conv1"][5, row, column]), abs=1e-4)


def test_moments_that_are_alike_lie_side_by_side(features):
    view, settings = views(features)["space"], ViewParameters((320, 180))
    for moment in range(40):
        dark = moment % 2
        view(*seen(features, photograph() if dark else photograph()[::-1, ::-1].copy() // 3, float(moment)), settings)
    there, here = view.place[0::2], view.place[1::2]
    between = np.linalg.norm(there.mean(0) - here.mean(0))
    assert between > 2 * max(there.std(), here.std()) > 0


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_rises_from_black_to_white(name):
    colours = palette(name).astype(float)
    luminance = (colours / 255) ** 2.2 @ (0.2126, 0.7152, 0.0722)
    assert colours.shape == (256, 3) and not colours[0].any()
    assert (np.diff(luminance) >= -1e-4).all() and luminance[-1] > 0.8


def test_tracks_keep_a_colour_that_their_neighbours_have_not():
    colours = np.array([track_colour(number) for number in range(1000)], int)
    assert track_colour(7) == track_colour(7) == tuple(colours[7])
    for apart in (1, 2, 3):
        assert np.abs(colours[apart:] - colours[:-apart]).sum(1).min() > 60


@pytest.mark.parametrize("mirror", [False, True])
def test_the_river_flows_down_a_picture_that_is_higher_than_wide(mirror):
    """The camera stands at the top, upright; below it each layer's maps, upright and side by side."""
    found, scene = percept()
    spots = {tap: torch.zeros(shape) for tap, shape in SHAPES.items()}
    for layer in spots.values():
        layer[:, : layer.shape[1] // 2, : layer.shape[2] // 2] = 1.0  # each unit glows at the left above
    found = replace(found, maps=spots)
    view = views()["network"]
    picture = view(found, scene, ViewParameters((540, 960), "conv1", mirror=mirror, gamma=1.0))
    assert picture.shape == (960, 540, 3)
    left, right = (BLUE, RED) if mirror else (RED, BLUE)
    assert (picture[100, 170] == left).all() and (picture[100, 370] == right).all()
    tops = []
    for tap in SHAPES:
        column, _ = view.kept[tap][1]
        for top, left, high, wide in column.rects:  # laid out on its side
            bright = picture[top + 4 : top + high - 4, left + 4 : left + wide - 4].max(2)[:, :: -1 if mirror else 1]
            above, beside = bright[: high // 2 - 4, : wide // 2 - 4], bright[high // 2 + 4 :, wide // 2 + 4 :]
            assert above.mean() > 120 > 40 > beside.mean()
        tops.append(column.rects[0][0])
    assert tops == sorted(tops)


def test_the_river_ends_in_twenty_bars_as_long_as_each_guess_is_probable():
    found, scene = percept()
    scores = [0.5, *np.linspace(0.04, 0.004, 21)]
    guesses = tuple(Guess(label, f"thing {label}", score) for label, score in enumerate(scores))
    for size in ((1280, 720), (720, 1280)):
        view, settings = views()["network"], ViewParameters(size, labels=False)
        told = {}
        for order in (guesses, guesses[::-1]):
            picture = view(found, replace(scene, classes=order), settings)
            picture = picture if size[0] > size[1] else picture.transpose(1, 0, 2)
            left = 1075  # of the bars, where the picture is 1280 wide
            rows = [row for row in range(720) if (picture[row, left + 20 : left + 90].max(1) >= min(FAINT)).all()]
            bars = [row for row in rows if row - 1 not in rows]
            told[order] = [int((picture[row, left:].max(1) >= min(DIM)).sum()) for row in bars]
        assert len(told[guesses]) == 20 and told[guesses] == told[guesses[::-1]]
        whole = told[guesses][0] / 0.5
        assert np.allclose(np.array(told[guesses]) / whole, scores[:20], atol=0.015)


def test_attribution_of_an_object_is_about_where_it_is(features):
    """The same picture, asked about its left and its right: the light moves there."""
    found, scene = seen(features, photograph())
    middles, settings = [], ViewParameters((300, 200), target="object", labels=False)
    for x in (0.2, 0.8):
        view = views(features)["attribution"]
        view(found, replace(scene, tracks=Tracks((track(1, x=x, y=0.5, w=0.3, h=0.8),))), settings)
        middles.append((view.broad.sum(0) * np.linspace(0, 1, view.broad.shape[1])).sum() / view.broad.sum())
    assert middles[1] - middles[0] > 0.3
    assert views(features)["attribution"](found, scene, settings).std() > 5, "without an object it is about the class"


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]])
def test_views_share_one_second_network_whichever_comes_first(features, names):
    """One that only looks must not make it unfit for one that asks for gradients."""
    together, settings = views(features, "features"), ViewParameters((320, 180), "conv2", 3)
    for name in names:
        assert together[name](*seen(features, photograph()), settings).std() > 5, name


def test_a_dream_that_nobody_looked_at_begins_anew_with_the_camera(features):
    settings = ViewParameters((320, 240), "conv2", strength=0.0, decay=0.0)
    dark, light = (np.full((240, 320, 3), level, np.uint8) for level in (0, 200))
    for gap, wanted in ((0.1, 0), (AWAKE, 200)):
        dream = views(features)["dream"]
        dream(*seen(features, dark), settings)
        assert abs(int(dream(*seen(features, light, gap), settings).mean()) - wanted) < 3


@pytest.mark.parametrize("name", ["features", *FEATURES])
def test_every_view_draws_every_network_that_ships_whatever_is_asked_about(name):
    """Those of the chapter show layers that lie on no way to their guesses, and layers of one cell a map."""
    network = open_network(name)
    found, scene = seen(network, photograph())
    for view, draw in views(network, name).items():
        for target in ("class", "object", "layer", "unit") if view in ("attribution", "dream") else ("class",):
            for tap in found.maps:
                tracks = Tracks((track(1, x=0.5, y=0.5, w=0.5, h=0.8),))
                picture = draw(found, replace(scene, tracks=tracks), ViewParameters((160, 120), tap, target=target))
                assert picture.dtype == np.uint8 and picture.ndim == 3
