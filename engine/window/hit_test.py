"""What stands at a place on the screen: a unit's tile, a zone, a place of the camera's frame."""

import numpy as np
from pygame import Rect

from engine.parameters import Parameters
from engine.values import Percept, Scene
from engine.window import controls
from engine.window.composition import Composition
from engine.window.projection import unproject
from engine.window.views.places import Places
from engine.window.zones import Grip, grip, shapes

REACH = 9  # pixels from a zone's corner or a line at which the mouse still takes hold of it


class HitTest:
    """Places are in pixels of the window. It knows where the pictures are once the window has told it."""

    def __init__(self, parameters: Parameters, composition: Composition):
        self.parameters, self.composition = parameters, composition
        self.main = self.inset = Rect(0, 0, 0, 0)  # where the view and the camera's small picture are
        self.shape = (1, 1)  # height and width of the camera's picture
        self.size = (1, 1)  # width and height that the view was composed for
        self.turn: str | None = None  # by how much the picture is turned for a projector, None where it is for none

    def tile(self, unit: int) -> Rect | None:
        """Where a unit is, if the view that is shown has places for units."""
        rect = getattr(self.composition.seen, "rect", lambda unit: None)(unit)
        if rect is None:
            return None
        left, top, right, bottom = rect
        x, y, width, height = self.main
        return Rect(
            x + round(left * width),
            y + round(top * height),
            round((right - left) * width),
            round((bottom - top) * height),
        )

    def unit(self, place: tuple[float, float]) -> int | None:
        """The unit at a place."""
        if not self.main.width:
            return None
        x, y = (place[0] - self.main.left) / self.main.width, (place[1] - self.main.top) / self.main.height
        return getattr(self.composition.seen, "at", lambda x, y: None)(x, y)

    def neighbour(self, way: int) -> int | None:
        """The unit a row under (1) or over (-1) the chosen one on the wall, round its edge; None if there is none."""
        tile = self.tile(int(self.parameters["view/unit"]))
        if tile is None:
            return None
        x, y = tile.center
        return self.unit((x, self.main.top + (y + way * tile.height - self.main.top) % self.main.height))

    def zone(self, place: tuple[int, int], inset: bool) -> Grip | None:
        """What the mouse can take hold of at a place, of the zones in the camera's small picture or over the large
        one."""
        if not (inset or self.parameters["view/zones"]):
            return None
        at, beside = (self.in_frame((place[0] + step, place[1] + step), inset) for step in (0, REACH))
        reach = tuple(abs(there - here) for here, there in zip(at, beside, strict=True))
        return grip(shapes(self.parameters), at, reach)

    def in_frame(self, place: tuple[int, int], inset: bool) -> tuple[float, float]:
        """The place of the camera's frame, 0..1, that stands at a place in one of the two pictures."""
        parameters, area = self.parameters, self.inset if inset else self.main
        left, top, mirror = place[0] - area.left, place[1] - area.top, parameters["view/mirror"]
        if inset:
            return Places(self.shape, area.size, mirror).back(left, top)
        x, y = left / area.width, top / area.height
        if self.turn is not None:
            x, y = unproject(x, y, self.turn, controls.corners(parameters))
        return self.composition.back(x, y, self.shape, self.size, mirror)

    def statistics(self, place: tuple[int, int], percept: Percept, scene: Scene) -> str | None:
        """Number, statistics and place of the unit that is shown at a place."""
        unit = None if hasattr(self.composition.seen, "entry") else self.unit(place)
        tap = self.parameters["view/layer"]
        layer, maps = scene.layers.get(tap), percept.maps.get(tap)
        if unit is None or layer is None or maps is None or unit >= len(maps):
            return None
        values = maps[unit].cpu().float().numpy()
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        place = (column + 0.5) / values.shape[1], (row + 0.5) / values.shape[0]
        return (f"{tap} unit {unit}: mean {values.mean():.3g} (the layer {layer.mean:.3g}), peak {values.max():.3g} at "
                f"{place[0]:.2f} {place[1]:.2f}, at rest in {(values <= 0).mean():.0%} of the picture")
