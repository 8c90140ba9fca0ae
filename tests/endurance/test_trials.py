"""The script's own machinery, on its quickest row."""

from tests.endurance.__main__ import TRIALS, attempt


def test_a_show_that_nothing_is_done_to_survives():
    survived, rate, found = attempt(TRIALS["plain"], 1.0)
    assert survived and rate > 0 and found == ""
