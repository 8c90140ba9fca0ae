"""What was pulled is in the rig file, and the next show begins with it; all else in the file stays."""

import pytest

from engine.debounce import REST
from engine.parameters import Parameters
from engine.rig_file import read_rig
from engine.settings import Settings
from engine.show import table, turn
from engine.window.projection_file import ProjectionFile

RIG = """# our room
source = "demo"
[window]
display = 1

[parameters.view]   # brighter here
gamma = 2.0
"""


@pytest.fixture
def rig(tmp_path):
    file = tmp_path / "room.toml"
    file.write_text(RIG)
    return file


def pulled(rig, **turns):
    """A show on a rig in which the projection is turned, and its port."""
    parameters = shown(read_rig(str(rig)))
    port = ProjectionFile(parameters, rig)
    for path, value in turns.items():
        parameters.set(f"projection/{path.replace('__', '/').replace('_', '-')}", value, "mouse")
    return parameters, port


def shown(settings: Settings) -> Parameters:
    """The table of a show with these settings."""
    parameters = table(settings, ())
    turn(parameters, settings.parameters)
    return parameters


def test_it_is_written_after_a_rest_and_read_by_the_next_show(rig):
    parameters, port = pulled(rig, corners__left_top__x=0.0123, mask=0.25, rotate="90")
    port.tick(0.0)
    port.tick(REST * 0.9)
    assert rig.read_text() == RIG, "it may still move"
    port.tick(REST)
    assert rig.read_text().startswith(RIG) and port.notices == ()
    again = shown(read_rig(str(rig)))
    assert again["view/gamma"] == 2.0
    assert {path: entry.value for path, entry in again.below("projection").items()} == port.values()
    assert again["projection/corners/left-top/x"] == 0.0123 and again["projection/rotate"] == "90"


def test_it_is_written_over_and_over_in_one_place(rig):
    for mask in (0.1, 0.2, 0.3):
        _, port = pulled(rig, mask=mask)
        port.close(0.0)
        with open(rig, "a") as file:  # what others keep at its end
            file.write(f'\n[[midi.controller]]\nnumber = {round(mask * 10)}\nturns = "view/gamma"\n')
    settings = read_rig(str(rig))
    assert shown(settings)["projection/mask"] == 0.3 and rig.read_text().count("mask") == 1
    assert [each.number for each in settings.midi.controller] == [1, 2, 3] and rig.read_text().startswith(RIG)


def test_what_was_not_turned_is_not_written(rig):
    _, port = pulled(rig)
    for now in (0.0, 10.0):
        port.tick(now)
    port.close(20.0)
    assert rig.read_text() == RIG


def test_a_file_in_words_of_its_own_is_left_alone_and_told_of(rig):
    rig.write_text(RIG + "\n[parameters.projection.corners.left-top]\nx = 0.1\n")
    before = rig.read_text()
    _, port = pulled(rig, corners__left_top__y=0.1)
    port.close(0.0)
    assert rig.read_text() == before and "does not keep the projection" in port.notices[0]


def test_without_a_file_it_is_kept_nowhere_and_a_lost_folder_ends_no_show(rig, tmp_path):
    parameters, _ = pulled(rig, mask=0.1)
    for place in (None, tmp_path / "gone" / "room.toml"):
        port = ProjectionFile(parameters, place)
        parameters.set("projection/mask", 0.2 if place else 0.3, "mouse")
        port.close(0.0)
        assert bool(port.notices) == bool(place)
