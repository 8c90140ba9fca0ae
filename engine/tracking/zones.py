"""Zones and lines of the picture: who is inside and for how long, who came in, who went out, who crossed and which way.

A patch declares them; their state is worked out for each scene, in scene.zones and in the zone itself.
"""

from dataclasses import dataclass, field

import numpy as np

from engine.errors import UserError
from engine.parameter import Number, Param
from engine.signals.memory import Memory, present  # a zone remembers as signals do
from engine.values import COLUMNS, LineState, Scene, Track, Tracks, ZoneState

MARGIN = 0.01  # pictures that somebody has to go beyond an edge, so that a wobble on it is no coming and going
PLACE = [list(COLUMNS).index("x"), list(COLUMNS).index("y")]
SIDES = ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom")  # of a rectangle, corner by corner
WHERE = "where it is in the picture"
Points = tuple[tuple[float, float], ...]


@dataclass
class Placed(Memory):
    """A shape that can be moved: places are the numbers that say where it is, as the table of parameters has them.

    names are the two of them that each point is made of.
    """

    declared: Points = field(init=False, default=())
    names: tuple[tuple[str, str], ...] = field(init=False, default=(), compare=False, repr=False)
    places: dict[str, Number] = field(init=False, default_factory=dict, compare=False, repr=False)

    def declare(self, points: tuple, names: tuple[tuple[str, str], ...]) -> None:
        """Begin at these points; UserError for such as are not in the picture."""
        self.entries, self.declared, self.names = {}, as_points(points), names
        self.places = {name: Number(name, WHERE, Param(value)) for pair, point in zip(names, self.declared, strict=True)
                       for name, value in zip(pair, point, strict=True)}

    @property
    def points(self) -> Points:
        return tuple((self.places[x].value, self.places[y].value) for x, y in self.names)

    def resume(self, before: "Placed") -> None:
        super().resume(before)
        for side, number in self.places.items():
            number.take(before.places[side].value)
        self.state = before.state


@dataclass(init=False)
class Zone(Placed):
    """A part of the picture: Zone(left, top, right, bottom), or Zone((x, y), (x, y), (x, y), ...), all in 0..1.

    inside, entered and left are tracks (those of this frame), occupancy is how many are inside, dwell(track) for how
    many seconds. Somebody is where the middle of their box is. UserError for what is no such shape.
    """

    state: ZoneState = field(init=False, compare=False, repr=False)

    def __init__(self, *corners: float | tuple[float, float]) -> None:
        names = None
        if len(corners) == 4 and all(isinstance(side, (int, float)) for side in corners):
            left, top, right, bottom = corners
            if not (left < right and top < bottom):
                raise UserError("a zone is left, top, right, bottom with left < right and top < bottom, "
                                f"found {corners}")
            corners, names = ((left, top), (right, top), (right, bottom), (left, bottom)), SIDES
        if len(corners) < 3:
            raise UserError(f"a zone has four sides or at least three points, found {corners}")
        self.declare(corners, names or numbered(len(corners)))
        self.state = ZoneState(self.points)

    inside = property(lambda self: self.state.inside)
    entered = property(lambda self: self.state.entered)
    left = property(lambda self: self.state.left)
    occupancy = property(lambda self: len(self.state.inside))

    def dwell(self, track: Track) -> float:
        """For how many seconds a track has been inside, or was until it left in this frame; 0 for others."""
        began = self.entries.get(track.id)
        return 0.0 if began is None else present.time - began

    def see(self, scene: Scene) -> ZoneState:
        """Take in a scene; entries holds since when who is inside."""
        before = {track.id: track for track in self.state.inside}
        self.entries = {id: since for id, since in self.entries.items() if id in before}
        depth = depths(scene.tracks.numbers[:, PLACE], self.points)
        inside = Tracks(track for track, deep in zip(scene.tracks, depth.tolist(), strict=True)
                        if deep > (-MARGIN if track.id in before else 0))
        here, last = {track.id for track in inside}, {track.id: track for track in scene.tracks + scene.gone}
        entered = Tracks(track for track in inside if track.id not in before)
        left = Tracks(last.get(id, track) for id, track in before.items() if id not in here)
        self.entries |= {track.id: present.time for track in entered}
        self.state = ZoneState(self.points, inside, entered, left, tuple(map(self.dwell, inside)))
        return self.state


@dataclass(init=False)
class Line(Placed):
    """A line across the picture: Line(x, y, x, y). Who crosses it to the right hand of one who walks along it goes
    forward, the others back.

    forward and back are tracks (those that crossed in this frame), crossed both; total is how many so far, forward and
    back. UserError for what is no such line.
    """

    state: LineState = field(init=False, compare=False, repr=False)

    def __init__(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.declare(((x1, y1), (x2, y2)), numbered(2))
        if self.declared[0] == self.declared[1]:
            raise UserError(f"a line goes from one point to another, found {self.declared[0]} twice")
        self.state = LineState(self.points)

    forward = property(lambda self: self.state.forward)
    back = property(lambda self: self.state.back)
    crossed = property(lambda self: self.state.forward + self.state.back)
    total = property(lambda self: self.state.total)

    def see(self, scene: Scene) -> LineState:
        """Take in a scene; entries holds where who was when last clearly on one side."""
        (x1, y1), (x2, y2) = self.points
        along = np.array((x2 - x1, y2 - y1))
        length, ways, entries = max(np.hypot(*along), 1e-9), ([], []), {}  # its ends may be moved onto each other
        for track in scene.tracks:
            place = np.array((track.x - x1, track.y - y1))
            side = (along[0] * place[1] - along[1] * place[0]) / length
            old, old_side = self.entries.get(track.id, (place, 0.0))  # who appears on the line has not crossed it
            if abs(side) < MARGIN:
                entries[track.id] = old, old_side
                continue
            entries[track.id] = place, side
            if side * old_side < 0:
                at = (old + (place - old) * old_side / (old_side - side)) @ along / length**2
                if 0 <= at <= 1:
                    ways[int(side < 0)].append(track)
        self.entries = entries
        counts = tuple(count + len(way) for count, way in zip(self.state.total, ways, strict=True))
        self.state = LineState(self.points, Tracks(ways[0]), Tracks(ways[1]), counts)
        return self.state


def numbered(count: int) -> tuple[tuple[str, str], ...]:
    """The names of so many points' numbers: x1 y1, x2 y2, ..."""
    return tuple((f"x{point}", f"y{point}") for point in range(1, count + 1))


def as_points(points: tuple) -> Points:
    """Points as pairs of plain numbers; UserError for any other."""
    try:
        pairs = tuple((float(x), float(y)) for x, y in points)
    except (TypeError, ValueError):
        pairs = ((2.0, 2.0),)
    if not all(0 <= number <= 1 for pair in pairs for number in pair):
        raise UserError(f"points are pairs (x, y) in 0..1 from the top left, found {points!r:.80}")
    return pairs


def depths(places: np.ndarray, points: Points) -> np.ndarray:
    """How far inside a polygon each place (N, 2) lies, outside below 0: the distance to the nearest edge."""
    start = np.array(points)
    edge = np.roll(start, -1, 0) - start
    away = places[:, None] - start
    along = ((away * edge).sum(2) / np.maximum((edge**2).sum(1), 1e-12)).clip(0, 1)
    nearest = np.linalg.norm(away - along[..., None] * edge, axis=2).min(1, initial=2.0)
    above = away[..., 1] < 0  # even-odd rule: does a ray to the right cross the edge?
    ahead = np.roll(above, -1, 1)
    side = edge[:, 0] * away[..., 1] - edge[:, 1] * away[..., 0]
    crossed = (above != ahead) & ((side < 0) == (edge[:, 1] < 0))
    return np.where(crossed.sum(1) % 2 == 1, nearest, -nearest)
