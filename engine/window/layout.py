"""Where things are on the screen: one main picture, a panel of text beside it or under it, a small picture."""

from dataclasses import dataclass

from pygame import Rect

PANEL = 0.25  # of the width, but never more than this many heights:
PANEL_MOST = 0.45
FOOT = 0.3  # of the height, where the window is higher than wide
AFAR = 3.6  # times larger are words for ten metres: capitals of 15 mm (five minutes of arc) on a screen 30 cm high
HALF = 0.5  # of the window is for them


@dataclass(frozen=True, slots=True)
class Layout:
    """Rectangles in pixels; an empty one is not shown. scale is 1 in a window of 1280 by 720."""

    scale: float
    main: Rect
    inset: Rect
    panel: Rect

    def pixels(self, length: float, least: int = 1) -> int:
        """A length designed for 1280 by 720 in pixels of this layout."""
        return max(least, round(length * self.scale))


def arrange(size: tuple[int, int], text: bool, aspect: float, inset: bool = True, big: bool = False) -> Layout:
    """The layout for a window's size, the page with its words or the bare picture, and a camera's width / height.

    A window that is higher than wide has its words at the foot. big is for words that are read from ten metres; the
    camera's picture makes room for them.
    """
    width, height = size
    scale = min(width / 1280, height / 720)
    if not text:
        return Layout(scale, Rect(0, 0, width, height), Rect(0, 0, 0, 0), Rect(0, 0, 0, 0))
    margin, larger = round(16 * scale), AFAR if big else 1.0
    if height > width:
        scale = min(width / 720, height / 1280)
        foot = round((HALF if big else FOOT) * height)
        main = Rect(0, 0, width, max(1, height - foot))
        panel = Rect(margin, main.bottom + margin, max(1, width - 2 * margin), max(1, foot - 2 * margin))
        return Layout(scale * larger, main, Rect(0, 0, 0, 0), panel)
    side = round(HALF * width if big else min(PANEL * width, PANEL_MOST * height))
    main = Rect(0, 0, max(1, width - side), height)
    panel = Rect(main.right + margin, margin, max(1, side - 2 * margin), max(1, height - 2 * margin))
    camera = Rect(0, 0, 0, 0)
    if inset and not big:
        camera = within(Rect(panel.left, panel.top, panel.width, max(1, panel.height // 2)), aspect)
        camera.topleft = panel.topleft
    return Layout(scale * larger, main, camera, panel)


def within(area: Rect, aspect: float) -> Rect:
    """The largest rectangle of this width / height in the middle of an area."""
    width = max(1, round(min(area.width, area.height * aspect)))
    height = max(1, round(min(area.height, area.width / aspect)))
    return Rect(area.left + (area.width - width) // 2, area.top + (area.height - height) // 2, width, height)
