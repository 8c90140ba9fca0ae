"""A sheet to draw on: lines where the pen was down, and none where it was lifted."""

from engine.capture.drawing import PAPER, Drawing, declare
from engine.parameters import Parameters


def move(table: Parameters, sheet: Drawing, x: float, y: float, pen: int):
    for path, value in (("drawing/x", x), ("drawing/y", y), ("drawing/pen", pen)):
        table.set(path, value, "mouse")
    return sheet.picture(0.0)


def test_lines_while_the_pen_is_down():
    table = Parameters()
    declare(table)
    sheet = Drawing(table)
    assert (sheet.picture(0.0) == PAPER).all()
    move(table, sheet, 0.2, 0.5, 1)
    picture = move(table, sheet, 0.4, 0.5, 1)
    assert picture[240, 192].max() < 60, "between the two"
    move(table, sheet, 0.4, 0.2, 0)
    picture = move(table, sheet, 0.8, 0.2, 1)
    assert picture[96, 512].max() < 60 and (picture[96, 384] == PAPER).all(), "lifted in between"
    table.set("drawing/pen", 0, "mouse")
    table.set("drawing/wipe", 1, "mouse")
    assert (sheet.picture(0.0) == PAPER).all()


def test_a_stroke_that_is_quicker_than_pictures_keeps_its_every_point():
    table = Parameters()
    declare(table)
    sheet = Drawing(table)
    places = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8)]
    for place in places:
        for axis, value in zip("xy", place, strict=True):
            table.set(f"drawing/{axis}", value, "mouse")
        table.set("drawing/pen", 1, "mouse")
    table.set("drawing/pen", 0, "mouse")
    table.set("drawing/x", 0.2, "mouse")
    picture = sheet.picture(0.0)
    inked = [picture[round(y * 480), round(x * 640)].max() < 60 for x, y in (*places, (0.5, 0.2), (0.8, 0.5))]
    assert all(inked), "there, and on the way"
    assert (picture[240, 320] == PAPER).all() and (picture[384, 320] == PAPER).all(), "on no shorter way, nor lifted"
    table.set("drawing/wipe", 1, "mouse")
    table.set("drawing/wipe", 0, "mouse")
    assert (sheet.picture(0.1) == PAPER).all()
