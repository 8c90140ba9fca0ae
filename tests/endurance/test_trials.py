"""The scripts' own machinery, on their quickest rows."""

import random

from tests.endurance.__main__ import row
from tests.endurance.damage import KINDS, damaged, read_damaged
from tests.endurance.show import Outcome, attempt
from tests.endurance.trials import TRIALS


def test_a_show_that_nothing_is_done_to_survives():
    outcome = attempt(TRIALS["plain"], 1.0)
    assert outcome.survived and outcome.after > 0 and outcome.found == ""


def test_damage_is_the_same_every_time_and_hurts():
    files = [damaged(bytes(100), random.Random(number)) for number in range(50)]
    assert files == [damaged(bytes(100), random.Random(number)) for number in range(50)]
    assert len(set(files)) > 40 and bytes(100) in [damaged(bytes(100), random.Random(n)) for n in range(500)]


def test_what_is_read_and_what_is_refused_is_counted_and_the_rest_told():
    came = read_damaged(KINDS["rigs"], 20)
    assert came["read"] + came["refused"] == 20 == came.total()
    broken = KINDS["rigs"]._replace(read=lambda path: 1 / (path.read_text("latin-1")[:5] == "patch"))
    assert any("ZeroDivisionError" in what for what in read_damaged(broken, 50))


def test_a_row_says_what_was_lost():
    assert row("x", "y", Outcome(False, "a|b", 60.0, 0.0, 29.6, 1.2)) == "| x | y | lost | 60 |  | 30 | 1 | a/b |"
    assert row("x", "y", Outcome(False, "not tried: z")) == "| x | y |  |  |  |  |  | not tried: z |"
