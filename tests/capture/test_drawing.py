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
