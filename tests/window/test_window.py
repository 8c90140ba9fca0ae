"""A real window under Xvfb, with real keys, looked at from outside."""

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pygame
import pytest
import torch

from engine.draw import DrawCircle
from engine.errors import UserError
from engine.parameter import Number, Param
from engine.values import Change
from engine.window.displays import displays, open_window
from engine.window.layout import arrange
from engine.window.terminal import Terminal
from engine.window.views import NAMES
from engine.window.window import Window
from tests.parts import PATIENCE, need
from tests.percepts import BLUE, RED, STATUS, parameters, patch, percept
from tests.scenes import track

SCREEN = (1400, 800)


@pytest.fixture(scope="module")
def xvfb():
    """The number of a screen of our own."""
    need("Xvfb", "xdotool", "import")
    with x_server("Xvfb", "-screen", "0", "{}x{}x24".format(*SCREEN)) as number:
        yield number


@contextmanager
def x_server(*words: str):
    """A running X server; the number that it gave itself, or ":" if it would not run."""
    reader, writer = os.pipe()
    command = [*words, "-displayfd", str(writer), "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        yield ":" + told.readline().strip()
    server.terminate()
    server.wait()


@pytest.fixture
def screen(xvfb, monkeypatch):
    monkeypatch.setenv("DISPLAY", xvfb)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.fixture
def window(screen):
    with Window(parameters(), (1280, 720)) as made:
        show(made)
        until(made, lambda: tool("search", "--onlyvisible", "--pid", os.getpid(), "--sync"))
        yield made


@pytest.fixture
def dummy(monkeypatch):
    """No screen at all, for what needs none."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def show(window, time=0.0, notices=(), **seen) -> None:
    window.show(*percept(time, **seen), patch(), replace(STATUS, notices=notices))


def until(window, holds):
    """Pump events until something holds; what it said, and all changes meanwhile."""
    changes, end = [], time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, "nothing happened"
        window.poll()
        changes += window.parameters.changes(window.time)
        time.sleep(0.002)
    return changes, found


def tool(*words) -> str:
    return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True).stdout


def identity() -> str:
    return tool("search", "--onlyvisible", "--pid", os.getpid()).split()[-1]


def origin() -> tuple[int, int]:
    """Where the window's left upper corner is on the screen."""
    told = dict(line.split("=") for line in tool("getwindowgeometry", "--shell", identity()).split())
    return int(told["X"]), int(told["Y"])


def note(window, kind: int, call) -> None:
    """Have something called after each event of a kind."""

    def take(event):
        Window._take(window, event)
        if event.type == kind:
            call(event)

    window._take = take


def press(window, *keys) -> list[Change]:
    """Press real keys, and wait for the last to come up again."""
    up = []
    note(window, pygame.KEYUP, up.append)
    tool("windowfocus", identity(), "key", *keys)
    changes, _ = until(window, lambda: len(up) == len(keys))
    return changes


def outside() -> np.ndarray:
    """What is on the screen, (H, W, 3) RGB, as another program sees it."""
    png = subprocess.run(["import", "-window", "root", "png:-"], capture_output=True, check=True).stdout
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def look(window) -> np.ndarray:
    """The window's part of the screen."""
    x, y = origin()
    width, height = pygame.display.get_surface().get_size()
    return outside()[y : y + height, x : x + width]


def turned(window, **values) -> None:
    for name, value in values.items():
        window.parameters.set(f"view/{name}", value, "keys")


def test_the_view_fills_its_part_of_the_screen_and_the_camera_is_beside_it(window):
    turned(window, name="wall", fade=0, order="number", tiles=32)
    show(window)
    shot, layout = look(window), arrange((1280, 720), True, 4 / 3)
    assert shot.shape == (720, 1280, 3)
    main = shot[layout.main.top : layout.main.bottom, layout.main.left : layout.main.right]
    layer = percept()[0].maps["conv1"].numpy()
    for unit in range(32):
        tile = window.hits.tile(unit)
        part = main[tile.top + 4 : tile.bottom - 4, tile.left + 4 : tile.right - 4].max(2)
        y, x = np.unravel_index(layer[unit].argmax(), layer[unit].shape)
        assert part.max() > 150, unit
        if 8 < y < 28 and 10 < x < 38:
            assert part[round(y / 36 * part.shape[0]), round(x / 48 * part.shape[1])] > 120, unit
    inset = layout.inset
    assert (shot[inset.top + 100, inset.left + 5] == RED).all()
    assert (shot[inset.top + 100, inset.right - 5] == BLUE).all()


def test_the_camera_view_and_its_mirror(window):
    turned(window, name="camera", fade=0)
    show(window)
    shot = look(window)
    assert (shot[300, 150] == RED).all() and (shot[300, 820] == BLUE).all()
    press(window, "m")
    show(window)
    shot = look(window)
    assert (shot[300, 150] == BLUE).all() and (shot[300, 820] == RED).all()


def test_the_unit_view_glows_where_the_unit_does(window):
    turned(window, name="unit", fade=0, details=False, labels=False)
    show(window, left=(120, 120, 120), right=(120, 120, 120))
    bright = percept()[0].maps["conv1"][0].numpy()
    y, x = np.unravel_index(bright.argmax(), bright.shape)
    main = arrange((1280, 720), True, 4 / 3).main
    shot = look(window)[main.top : main.bottom, main.left : main.right].astype(int)
    assert shot[round((y + 0.5) / 36 * 720), round((x + 0.5) / 48 * 960)].max() > 150
    dark = shot[5 if y > 18 else -5, 5 if x > 24 else -5]
    assert np.ptp(dark) < 3 and 20 < dark.max() < 70


def test_an_audience_never_sees_what_is_for_the_operator(window):
    """With the text off there is the picture alone: no panel, notice, help, mark, mouse or frame around a tile."""
    turned(window, name="wall", fade=0)
    show(window)
    turned(window, text=False)
    show(window)
    bare = look(window)
    turned(window, help=True, freeze=True, big=True)
    show(window, notices=("the camera is lost",), tracks=(track(),))
    assert np.array_equal(look(window), bare) and not pygame.mouse.get_visible()
    assert bare[:, 1000:].any() and bare[700:].any()


@pytest.mark.parametrize("overlay, columns, rows", [
    ("column", slice(960, 1280), slice(0, 720)), ("inset", slice(976, 1264), slice(16, 230)),
    ("strip", slice(0, 400), slice(690, 720)), ("boxes", slice(976, 1264), slice(16, 230))])
def test_every_overlay_comes_and_goes_by_its_parameter(window, overlay, columns, rows):
    turned(window, name="wall", fade=0)
    shots = []
    for there in (True, False, True):
        turned(window, **{overlay: there})
        show(window, notices=("a notice",), tracks=(track(),))
        shots.append(look(window))
    assert not np.array_equal(shots[0][rows, columns], shots[1][rows, columns]) and np.array_equal(shots[0], shots[2])


@pytest.mark.parametrize("rate, drawn", [(60, 2), (30, 4)])
def test_the_small_picture_is_drawn_anew_at_least_every_thirtieth_of_a_second(window, rate, drawn):
    turned(window, name="wall", fade=0)
    pictures = []
    for index in range(4):
        show(window, time=1 + index / rate)
        pictures.append(window.camera)
    assert len(set(map(id, pictures))) == drawn


def test_the_screen_saver_is_off_while_a_window_is_up(window):
    assert not pygame.display.get_allow_screensaver()


def test_marks_tell_the_operator_what_is_held(window):
    turned(window, name="camera", fade=0)
    show(window)
    before = look(window)
    for path, other in (("freeze", "mirror"), ("blackout", "freeze")):
        turned(window, **{path: True})
        show(window)
        show(window, 1.0)
        main = arrange((1280, 720), True, 4 / 3, False).main
        corner = look(window)[: 60, main.right - 150 : main.right]
        assert (corner == (255, 168, 88)).all(2).sum() > 300, path
        assert not (before[: 60, main.right - 150 : main.right] == (255, 168, 88)).all(2).any()
        turned(window, **{path: False})


def test_a_mark_tells_that_the_show_is_recorded(window):
    seen, told = percept(0.0)
    main = arrange((1280, 720), True, 4 / 3, False).main
    for recording in (False, True):
        window.show(seen, told, patch(), replace(STATUS, recording=recording))
        assert (look(window)[:60, main.right - 150 : main.right] == (255, 168, 88)).all(2).any() == recording


def test_a_patch_draws_over_the_picture(window):
    turned(window, name="camera", fade=0)
    window.draw((DrawCircle(0.25, 0.5, 0.1, (0, 1, 0), 0),))
    show(window)
    main = arrange((1280, 720), True, 4 / 3, False).main
    assert (look(window)[main.centery, main.width // 4] == (0, 255, 0)).all()


def test_a_new_window_says_what_it_waits_for(screen):
    with open_window(parameters()):
        assert outside()[360:440, 500:900].max() > 100


def test_the_projection_is_turned_pulled_and_masked_for_the_audience_alone(window):
    turned(window, name="camera", fade=0, text=False)
    window.parameters.set("projection/corners/left-top/x", 0.25, "rig")
    window.parameters.set("projection/corners/left-bottom/x", 0.25, "rig")
    window.parameters.set("projection/rotate", "180", "rig")
    show(window)
    shot = look(window)
    assert not shot[:, :310].any() and (shot[360, 400] == BLUE).all() and (shot[360, 1200] == RED).all()
    turned(window, text=True)
    show(window)
    assert (look(window)[360, 100] == RED).all(), "the operator's page is not bent"


def test_the_card_names_the_display(window):
    turned(window, text=False)
    press(window, "t")
    show(window)
    shot = look(window)
    assert (shot[5, 5] == (255, 60, 60)).all() and (shot[-5, -5] == (80, 120, 255)).all()
    press(window, "Escape")
    assert not window.parameters["view/card"]


def test_keys_move_through_layers_units_and_knobs(window):
    press(window, "Right", "Down", "Down", "Up", "3")
    assert (window.parameters["view/layer"], window.parameters["view/parameter"]) == ("conv2", "decay")
    assert press(window, "equal", "p") == [
        Change("patch/decay", pytest.approx(10 ** (4 / 50)), "keys"), Change("show/next", None, "keys")]


def test_the_wheel_turns_what_is_chosen_over_the_column_alone(window):
    turned(window, name="camera")
    show(window)
    (x, y), main = origin(), window.hits.main
    wheeled = []
    note(window, pygame.MOUSEWHEEL, wheeled.append)
    for place, value in ((main.center, 0.5), ((main.right + 60, main.centery), 0.52)):
        tool("mousemove", x + place[0], y + place[1])
        until(window, lambda place=place: window.mouse.place == place)
        tool("click", 4)
        until(window, lambda: wheeled)
        wheeled.clear()
        assert window.parameters["patch/speed"] == pytest.approx(value)


def test_a_click_chooses_a_unit_and_a_second_looks_through_it(window):
    turned(window, name="wall", fade=0, order="number")
    show(window)
    x, y = origin()
    place = window.hits.tile(20).center
    tool("mousemove", x + place[0], y + place[1], "click", 1)
    until(window, lambda: window.parameters["view/unit"] == 20)
    show(window)
    tile = window.hits.tile(20)
    assert (look(window)[tile.top, tile.left + 30] > 200).all(), "its tile is framed"
    told = window.hits.statistics(window.mouse.place, *percept())
    values = percept()[0].maps["conv1"][20].numpy()
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert told.startswith(f"conv1 unit 20: mean {values.mean():.3g} (the layer 0.2), peak {values.max():.3g} at "
                           f"{(column + 0.5) / 48:.2f} {(row + 0.5) / 36:.2f}, at rest in 0%")
    tool("click", "--repeat", 2, "--delay", 50, 1)
    until(window, lambda: window.parameters["view/name"] == "unit")


def test_down_goes_down_a_row_of_the_wall(window):
    turned(window, name="wall", fade=0, order="number")
    show(window)
    press(window, "Down")
    unit = int(window.parameters["view/unit"])
    assert unit > 1 and window.hits.tile(unit).top == window.hits.tile(0).bottom
    press(window, "Up")
    assert window.hits.tile(int(window.parameters["view/unit"])).top == 0


def test_a_held_key_goes_on_and_a_held_switch_switches_once(window):
    taken = []
    note(
        window,
        pygame.KEYDOWN,
        lambda event: taken.append([window.parameters[path] for path in ("view/help", "view/layer")]),
    )
    tool("windowfocus", identity(), "keydown", "h")
    until(window, lambda: len(taken) > 3)
    assert all(help for help, _ in taken)
    tool("keyup", "h", "keydown", "Right")
    until(window, lambda: len({layer for _, layer in taken}) == 3)
    tool("keyup", "Right")


def test_freeze_holds_the_picture_and_blackout_takes_it(window):
    turned(window, name="wall", fade=0, text=False)
    press(window, "space")
    show(window, 1.0)
    held = look(window)
    show(window, 1.1, left=BLUE, right=RED, seed=1)
    assert np.array_equal(look(window), held)
    press(window, "Right")
    show(window, 1.1, left=BLUE, right=RED, seed=1)
    assert not np.array_equal(look(window), held), "a frozen moment can still be looked through"
    press(window, "b", "space")
    show(window, 1.2, notices=("lost",))
    assert not look(window).any()


def test_a_frozen_picture_survives_when_the_engine_writes_into_its_maps(window):
    turned(window, name="wall", fade=0)
    press(window, "space")
    seen, scene = percept(1.0)
    window.show(seen, scene, patch(), STATUS)
    held = look(window)
    seen.maps["conv1"].zero_()
    seen.frame.pixels[:] = 0
    window.show(seen, scene, patch(), STATUS)
    assert np.array_equal(look(window), held)


def test_notices_stand_at_the_foot_of_the_picture(window):
    layout = arrange((1280, 720), True, 4 / 3)
    turned(window, name="camera")
    show(window)
    before = look(window)
    show(window, notices=("tide.py line 3: no", "camera 0 is lost: trying again"))
    changed = np.argwhere((look(window) != before).any(2))
    assert changed.min(0)[0] > layout.main.bottom - 80 and changed.max(0)[0] == layout.main.bottom - 1
    assert changed.min(0)[1] == layout.main.left


def test_help_covers_the_middle(window):
    show(window)
    before = look(window)
    press(window, "h")
    show(window)
    changed = np.argwhere((look(window) != before).any(2))
    assert changed.min(0)[0] < 200 and changed.max(0)[0] > 500
    assert np.abs(changed.mean(0) - (360, 640)).max() < 40


def test_pictures_are_saved_under_free_names(window, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    show(window)
    shot = look(window)
    window.save()
    assert window.parameters.notices == ("saved neocog-1.png",)
    assert np.array_equal(cv2.cvtColor(cv2.imread("neocog-1.png"), cv2.COLOR_BGR2RGB), shot)
    window.save()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["neocog-1.png", "neocog-2.png"]
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    window.save()
    assert window.parameters.notices[-1].startswith("could not save neocog-1.png")


def test_full_screen_and_back(window):
    press(window, "f")
    show(window)
    assert pygame.display.get_surface().get_size() == SCREEN
    press(window, "Escape")
    show(window)
    assert pygame.display.get_surface().get_size() == (1280, 720)


LEFT = Change("show/quit", None, "keys")


@pytest.mark.parametrize("key", ["q", "Escape"])
def test_leaving_wants_a_second_press(window, key):
    assert LEFT not in press(window, key) and window.parameters.notices == (f"press {key.lower()} again to leave",)
    show(window, 4.0)
    assert LEFT not in press(window, key), "the first was too long ago"
    assert LEFT in press(window, key)


def test_escape_closes_the_help_before_anything_else(window):
    press(window, "f", "h", "Escape")
    assert not window.parameters["view/help"] and window.parameters["view/fullscreen"]


def test_opened_on_the_full_screen(screen):
    table = parameters()
    table.set("view/fullscreen", 1, "rig")
    with open_window(table) as window:
        show(window)
        until(window, lambda: outside().any())
        show(window)
        inset = arrange(SCREEN, True, 4 / 3).inset
        assert (outside()[inset.centery, inset.left + 5] == RED).all()


def test_the_page_follows_the_windows_size(window):
    tool("windowsize", identity(), 700, 500)
    until(window, lambda: pygame.display.get_surface().get_size() == (700, 500))
    show(window)
    inset = arrange((700, 500), True, 4 / 3).inset
    assert (look(window)[inset.centery, inset.left + 5] == RED).all()
    press(window, "f", "f")
    assert pygame.display.get_surface().get_size() == (700, 500)


def test_keys_before_the_first_frame(dummy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Window(parameters(), (640, 360)) as window:
        for key in "sp1-=vmbhqQ":
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=ord(key), unicode=key))
        window.poll()
        told = window.parameters.changes(0.0)
        assert {"show/picture", "show/next", "view/name", "show/quit"} <= {change.name for change in told}
        window.save()
        assert (tmp_path / "neocog-1.png").exists()


def test_maps_of_inference_can_be_frozen(dummy):
    with torch.inference_mode():
        seen, scene = percept()
        maps = {tap: maps.clone() for tap, maps in seen.maps.items()}
    with Window(parameters(), (640, 360)) as window:
        window.parameters.set("view/freeze", 1, "osc")
        window.show(replace(seen, maps=maps), scene, patch(), STATUS)
        with torch.inference_mode():
            maps["conv1"].zero_()
        assert window.frozen[0].maps["conv1"].max() > 0.9


def test_closing_the_window_leaves(window):
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.poll()
    assert LEFT in window.parameters.changes(0.0)


def test_no_sound_or_joystick_is_touched(window):
    assert pygame.mixer.get_init() is None and not pygame.joystick.get_init()


def test_osc_turns_the_window(window):
    window.parameters.set("view/layer", "conv3", "osc")
    show(window)
    turned(window, name="wall", tiles=1024)
    show(window)
    assert window.hits.tile(127) is not None


def test_screens_are_listed_and_a_wrong_one_names_them(screen):
    assert displays() == ["0: screen 1400x800"]
    with pytest.raises(UserError, match="no display is called '2': give the number or a part of 0: screen 1400x800"):
        open_window(parameters(), display="2")
    with pytest.raises(UserError, match="no display is called '1920'"):
        open_window(parameters(), operator="1920")
    with open_window(parameters(), display="1400x800") as window:
        assert isinstance(window, Window) and window.display == 0 and displays() == ["0: screen 1400x800"]
        assert pygame.display.get_surface() and window.audience_display == "display 0: screen 1400x800"


def test_a_window_comes_without_leaving_the_screen_in_between(screen, monkeypatch):
    """A bare X server begins anew when its last client leaves, and SDL would paint where nobody sees it."""
    left, leave = [], pygame.display.quit
    monkeypatch.setattr(pygame.display, "quit", lambda: (left.append(1), leave()))
    with open_window(parameters()) as window:
        assert isinstance(window, Window) and pygame.display.get_driver() == "x11" and not left
    assert left and not pygame.display.get_init()


@pytest.mark.parametrize("name, reason", [(None, "no DISPLAY is set"), (":987", "nothing answers at DISPLAY=:987")])
def test_no_screen_is_said_in_one_line(monkeypatch, capsys, name, reason):
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(variable, raising=False)
    if name:
        monkeypatch.setenv("DISPLAY", name)
    assert isinstance(open_window(parameters()), Terminal) and displays() == []
    assert capsys.readouterr().out == f"no screen ({reason}): running headless\n"


def test_headless_on_request_looks_for_no_screen(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no such driver")
    assert isinstance(open_window(parameters(), headless=True), Terminal)


def test_a_driver_that_does_not_exist_is_no_screen(monkeypatch, capsys):
    monkeypatch.setenv("SDL_VIDEODRIVER", "nosuch")
    assert isinstance(open_window(parameters()), Terminal)
    assert capsys.readouterr().out == "no screen (nosuch not available): running headless\n"


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (640, 360), (300, 1200), (1080, 1920), (3840, 2160)])
def test_every_view_in_every_size(dummy, size):
    with Window(parameters(), size) as window:
        window.parameters.set("view/help", 1, "keys")
        for text in (True, False):
            for view in NAMES:
                window.parameters.set("view/name", view, "keys")
                window.parameters.set("view/text", text, "keys")
                show(window, tracks=(track(), track(2, x=0.0, y=1.0, w=0.5), track(3, x=1.0, y=0.0, w=0.001, h=0.001)),
                     notices=("a very long sentence " * 40, "", "tab\tand\nline", "half a character \udcff"))


def test_a_network_without_maps_shows_the_camera(dummy):
    with Window(parameters(), (640, 360)) as window:
        seen, scene = percept()
        bare = SimpleNamespace(name="", doc="")
        for view in NAMES:
            window.parameters.set("view/name", view, "keys")
            window.show(replace(seen, maps={}), replace(scene, classes=()), bare, STATUS)


def test_more_parameters_than_fit_keep_the_chosen_one_in_sight(dummy):
    table, names = parameters(), [f"speed{number}" for number in range(40)]
    table.replace("patch", {name: Number(f"patch/{name}", "", Param(0.5)) for name in names})
    table.offer("view/parameter", names)
    with Window(table, (640, 360)) as window:
        drawn = []
        for name in ("speed0", "speed8"):
            table.set("view/parameter", name, "keys")
            window.show(*percept(), patch(), STATUS)
            drawn.append(window.canvas.picture())
        assert not np.array_equal(*drawn)


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920), (640, 480)])
@pytest.mark.parametrize("big", [False, True])
def test_the_help_fits_into_the_window(dummy, size, big):
    with Window(parameters(), size) as window:
        turned(window, big=big, name="camera", fade=0)
        show(window)
        before = window.canvas.picture()
        turned(window, help=True)
        show(window)
        changed = np.argwhere((window.canvas.picture() != before).any(2))
        assert changed.min() > 0 and (changed.max(0) < np.array(size[::-1]) - 1).all()
        assert np.abs(changed.mean(0) - np.array(size[::-1]) / 2).max() < 0.1 * max(size)


def test_a_long_notice_is_told_in_lines(dummy):
    with Window(parameters(), (1280, 720)) as window:
        turned(window, big=True, name="camera", fade=0)
        show(window)
        before = window.canvas.picture()
        show(window, notices=("a sentence that is far longer than half a window is wide",))
        changed = np.argwhere((window.canvas.picture() != before).any(2))
        assert changed.min(0)[0] < window.hits.main.bottom - 150 and changed.max(0)[1] < window.hits.main.right
