"""Where words stand in a picture so that each can be read."""

from math import ceil


class Labels:
    """Places words one after the other in a picture (width, height); none covers another while there is room."""

    def __init__(self, size: tuple[int, int]):
        self.size = size
        self.taken: list[tuple[int, int, int, int]] = []  # left, top, right and bottom

    def __call__(self, left: float, top: float, width: float, height: float) -> tuple[int, int]:
        """The left upper corner for words of this size: in the picture, and as little above or below as it must be."""
        wide, high = ceil(width), ceil(height)
        left, top = (max(0, min(round(side), room - part))
                     for side, room, part in zip((left, top), self.size, (wide, high), strict=True))
        beside = [(above, below) for start, above, end, below in self.taken if start < left + wide and left < end]
        heights = [top, *(below for _, below in beside), *(above - high for above, _ in beside)]
        free = [y for y in heights if 0 <= y <= self.size[1] - high
                and all(below <= y or y + high <= above for above, below in beside)]
        top = min(free, key=lambda y: abs(y - top), default=top)
        self.taken.append((left, top, left + wide, top + high))
        return left, top
