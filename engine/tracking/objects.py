"""What is known of objects, and what a frame does to it: compiled, for in arrays it is hundreds of small calls."""

from math import exp, expm1, floor, isfinite

import numpy as np
from numba import from_dtype, types
from numba.types import b1, f8, i8

from engine.tracking.boxes import alike, shared_area
from engine.tracking.motion import FAST, GLIDE, LEAST, correct, further, glide, steer, velocity
from engine.tracking.one_euro import follow
from engine.values import COLUMNS
from models.compiled import compiled

OBJECT = np.dtype([
    ("id", np.int64),  # 0 until it enters
    ("slot", np.int64),
    ("label", np.int64),
    ("score", float),
    ("shown", float, (4,)),  # the last box found, smoothed
    ("box", float, (4,)),  # where it was then, as far as boxes can be believed
    ("speed", float, (4,)),  # of that box, a second
    ("course", float, (2,)),  # mean of its latest speeds
    ("weight", float),  # of what this mean was made of, 0 to 1
    ("unsure", float, (3, 4)),  # variances of both
    ("age", float),  # seconds since it entered; until then, since first sight
    ("sure", float),  # seconds since first sight, as far as it was seen with certainty; below 0 they begin again
    ("unseen", float),  # seconds since last sight
    ("covered", bool),  # unseen behind another
    ("bare", float),  # seconds of those unseen in which it was not
    ("travel", float),  # seconds' worth of its velocity that it went on, unseen
    ("went", float),  # the same in the last frame
    ("missed", float),  # seconds that it mostly is unseen in view, beyond a frame
    ("watched", float),  # of what this mean was made of, 0 to 1
    ("hold", float),  # times the memory that it may stay unseen
    ("part_of", np.int64),  # id of the person whose face it is, or 0
], align=True)  # fmt: skip

MOST = 128  # boxes looked at and objects (so slots, too) known at a time; the weakest boxes are dropped
ENTER_TIME = 0.05  # seconds between first sight and entering: 67 ms at 30 frames a second
CERTAIN, DOUBT = 0.7, 3.0  # that is for scores from here on; for one at the threshold it is so many times as long
ENTER_HOLD = 0.1  # seconds unseen after which that time begins anew
EDGE_HOLD = 0.5  # part of the tracker's memory for which an object may be unseen that was going out of the picture
LONG_HOLD, LONG_AGE, LONG_SCORE = 2.5, 2.0, 0.6  # and that was not, but this old and this certain
COVERED = 0.4  # share of an object that lies in a box found, from which it is behind that one
COVERED_HOLD, OUT = 5.0, 0.5  # and that is behind another: that long at most, and so long after coming out
RARE, LATELY = 10.0, 10.0  # and that is rarely seen: so many times what it is missed for, a mean of so many seconds
ONCE = 0.3  # seconds that being unseen once may count for in it: who was away once is not rarely seen
BEFORE = 0.03  # of it: the third of a second before first sight, in which it is taken for seen all the time
EDGE, OUTWARD = 0.02, 0.05  # nearer to the edge than this, and faster towards it (a second), is going out
DOUBLE, DOUBLE_ANY = 0.5, 0.8  # overlap from which a box is the same thing again, in its class and in any class
VOTE = 1.0  # seconds a vote for a class counts
MAJORITY = 1.5  # times more votes than the present class has, for the class to change

WIDTH = len(COLUMNS)
OBJECTS, TABLE, NUMBERS = types.Array(from_dtype(OBJECT), 1, "C"), f8[:, ::1], i8[::1]


@compiled(TABLE(TABLE, f8, b1[::1]), **FAST)
def believable(rows, enter, counts):
    """The rows x y w h score class and more that can be true and whose class counts, best first, with their boxes in
    0..1."""
    order, kept = np.empty(MOST + 1, np.int64), 0
    for row in range(len(rows)):
        score, label, finite = rows[row, 4], rows[row, 5], True
        for number in rows[row]:
            finite = finite and isfinite(number)
        if finite and score >= enter / 2 and 0 <= label < len(counts) and counts[int(label)]:
            place = kept
            while place > 0 and rows[order[place - 1], 4] < score:
                order[place] = order[place - 1]
                place -= 1
            order[place] = row
            kept = min(kept + 1, MOST)
    found = rows[order[:kept]]
    for row in range(kept):
        for k in range(5):
            found[row, k] = min(max(found[row, k], LEAST if k in (2, 3) else 0.0), 1.0)
        found[row, 5] = floor(found[row, 5])
    return found


@compiled(TABLE(OBJECTS, TABLE, f8), **FAST)
def expect(known, votes, seconds):
    """Let so many seconds pass; where the objects should be by now (N, 4)."""
    guess, kept = np.empty((len(known), 4)), exp(-seconds / VOTE)
    for row in range(len(known)):
        one = known[row]
        one.age += seconds
        if one.id == 0 and one.unseen > ENTER_HOLD:
            one.sure = -1.0
        one.unseen += seconds
        one.went = one.travel
        one.travel += further(one.bare, seconds, one.covered)
        one.bare += 0.0 if one.covered else seconds
        for label in range(votes.shape[1]):
            votes[row, label] *= kept
        glide(one, one.box, one.travel, guess[row])
    return guess


@compiled(types.void(OBJECTS, TABLE, NUMBERS, TABLE, NUMBERS, f8, f8, f8, f8), **FAST)
def see(known, votes, rows, found, columns, seconds, enter, smoothing, memory):
    """Move the objects in these rows to the boxes they were found in."""
    for row, column in zip(rows, columns):
        one, new, score, label = known[row], found[column], found[column, 4], int(found[column, 5])
        glide(one, one.shown, one.went, one.shown)
        x, y = one.box[0], one.box[1]
        correct(one, new, one.unseen)
        follow(new, one.shown, one.speed, one.unseen, smoothing)
        steer(one, x, y, one.unseen)
        doubt = min(max((CERTAIN - score) / max(CERTAIN - enter, 0.01), 0.0), 1.0)
        one.sure = 0.0 if one.sure < 0 else one.sure + one.unseen / (1 + (DOUBT - 1) * doubt)
        share = -expm1(-min(one.unseen, ONCE) / LATELY)
        one.watched += share * (1 - one.watched)
        one.missed += share / one.watched * (max(one.bare - seconds, 0.0) - one.missed)
        one.bare = one.travel = one.unseen = 0.0
        one.score = score
        votes[row, label] += score
        best = votes[row].argmax()
        if votes[row, best] > MAJORITY * votes[row, one.label]:
            one.label = best
        outward = False
        for k in range(2):
            low, high, way = new[k] - new[k + 2] / 2, new[k] + new[k + 2] / 2, one.speed[k]
            outward = outward or (low < EDGE and way < -OUTWARD) or (high > 1 - EDGE and way > OUTWARD)
        usual = EDGE_HOLD if outward else LONG_HOLD if one.age > LONG_AGE and one.score > LONG_SCORE else 1.0
        one.hold = max(min(RARE * one.missed / memory, COVERED_HOLD), usual)


@compiled(types.void(OBJECTS, TABLE, NUMBERS, f8), **FAST)
def wait(known, found, columns, memory):
    """Wait for those that are behind others, which were found in these columns, until a moment after they should come
    out."""
    guess = np.empty(4)
    for row in range(len(known)):
        one = known[row]
        one.covered = False
        if one.unseen > 0 and one.id > 0:
            glide(one, one.box, one.travel, guess)
            for column in columns:
                if shared_area(guess, found[column]) > COVERED * (guess[2] * guess[3]):
                    one.covered = True
        if one.covered:
            one.hold = max(one.hold, min(one.unseen / memory + OUT, COVERED_HOLD))


@compiled(i8(OBJECTS, NUMBERS, TABLE, NUMBERS, f8, i8), **FAST)
def welcome(known, rows, found, columns, enter, last):
    """Let enter what has been seen long enough, in the lowest slots that are free; the newest id, of which last was the
    one before."""
    taken = np.zeros(len(known) + 1, np.bool_)
    for row in range(len(known)):
        if known[row].id > 0 and known[row].slot < len(taken):
            taken[known[row].slot] = True
    for row, column in zip(rows, columns):
        one = known[row]
        if one.id == 0 and one.sure >= ENTER_TIME and found[column, 4] >= enter:
            slot = 0
            while taken[slot]:
                slot += 1
            taken[slot] = True
            last += 1
            one.id, one.slot, one.age = last, slot, 0.0
    return last


@compiled(b1[::1](OBJECTS, b1[::1], f8), **FAST)
def leaving(known, counts, memory):
    """Which objects were unseen for too long, or are of a class that does not count."""
    left = np.zeros(len(known), np.bool_)
    for row in range(len(known)):
        one = known[row]
        left[row] = one.unseen > one.hold * memory or not counts[one.label]
    return left


@compiled(NUMBERS(TABLE, NUMBERS, f8, i8), **FAST)
def fresh(found, columns, enter, most):
    """Which boxes are strong, and not the same thing again as one that was matched (those columns) or is fresh: so many
    at most."""
    new, count = np.empty(len(found), np.int64), 0
    known = np.zeros(len(found), np.bool_)
    known[columns] = True
    matched = known.copy()
    for column in range(len(found)):
        alone = found[column, 4] >= enter and not matched[column] and count < most
        for other in range(len(found)):
            if alone and known[other]:
                same = found[column, 5] == found[other, 5]
                alone = not alike(found[column], found[other]) > (DOUBLE if same else DOUBLE_ANY)
        if alone:
            known[column], new[count] = True, column
            count += 1
    return new[:count].copy()


@compiled(TABLE(OBJECTS), **FAST)
def numbers(known):
    """Those that have entered, oldest first, as rows of COLUMNS; a hidden one glides on, and its score fades."""
    entered = np.argsort(known.id)[np.count_nonzero(known.id == 0):]
    table = np.empty((len(entered), WIDTH))
    for place, row in enumerate(entered):
        one, told = known[row], table[place]
        told[0], told[1], told[2], told[3] = one.id, one.slot, one.label, one.score * exp(-one.unseen / GLIDE)
        glide(one, one.shown, one.travel, told[4:8])
        told[8], told[9] = velocity(one, 0) * exp(-one.bare / GLIDE), velocity(one, 1) * exp(-one.bare / GLIDE)
        told[10], told[11], told[12] = one.age, one.part_of, one.unseen
    return table
