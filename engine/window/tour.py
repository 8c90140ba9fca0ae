"""A tour: the chosen layer and unit wander by themselves, through what is strongest at the moment."""

from engine.parameters import Parameters
from engine.values import Scene

PATHS = "view/layer", "view/unit"
STAY = 3  # units of a layer, one after the other, until the next layer


class Tour:
    """Callable: (parameters, scene) turns view/layer and view/unit every view/tour seconds of the show, never at 0.

    Whoever turns them meanwhile keeps them for that long.
    """

    def __init__(self):
        self.left = None  # layer and unit as they were left
        self.since, self.step = 0.0, 0
        self.visited: list[int] = []

    def __call__(self, parameters: Parameters, scene: Scene) -> None:
        seconds, now = parameters["view/tour"], tuple(parameters[path] for path in PATHS)
        if now != self.left:
            self.left, self.since = now, scene.time
        if seconds <= 0 or not scene.layers or 0 <= scene.time - self.since < seconds:
            return
        self.since, self.step = scene.time, self.step + 1
        names = list(scene.layers)
        layer = now[0] if now[0] in names else names[-1]
        if self.step % STAY == 0:
            layer, self.visited = names[(names.index(layer) + 1) % len(names)], []
        strongest = [unit for unit, _ in scene.layers[layer].units]
        unit = next((unit for unit in strongest if unit not in self.visited), now[1])
        self.visited.append(unit)
        for path, value in zip(PATHS, (layer, unit), strict=True):
            parameters.set(path, value, "tour")
        self.left = tuple(parameters[path] for path in PATHS)
