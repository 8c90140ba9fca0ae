"""Where things are on the screen: one main picture, a panel of text beside it, a small picture, a strip."""

from dataclasses import dataclass

from pygame import Rect

PANEL = 0.25  # of the width, but never more than this many heights:
PANEL_MOST = 0.45
STRIP = 0.17  # of the height
INSET = 0.24  # of the width, where no panel holds the small picture
PICTURE = 0.3  # of the shorter side of a zoomed unit: the lens that shows what it responds to


@dataclass(frozen=True, slots=True)
class Layout:
    """Rectangles in pixels; an empty one is not shown. scale is 1 in a window of 1280 by 720."""

    scale: float
    main: Rect
    inset: Rect
    strip: Rect
    panel: Rect

    def pixels(self, length: float, least: int = 1) -> int:
        """A length designed for 1280 by 720 in pixels of this layout."""
        return max(least, round(length * self.scale))


def arrange(size: tuple[int, int], view: str, text: bool, aspect: float) -> Layout:
    """The layout for a window's size, a view (wall, camera, unit), text shown or not, and a picture's width / height."""
    width, height = size
    scale = min(width / 1280, height / 720)
    margin = round(16 * scale) if text else 0
    nothing = Rect(0, 0, 0, 0)
    side = round(min(PANEL * width, PANEL_MOST * height)) if text else 0
    main = Rect(margin, margin, max(1, width - side - margin), max(1, height - 2 * margin))
    panel = Rect(main.right + margin, margin, max(1, side - 2 * margin), main.height) if text else nothing
    inset = strip = nothing
    if view == "camera":
        gap = round(12 * scale)
        strip = Rect(main.left, 0, main.width, max(1, round(STRIP * height)))
        strip.bottom = main.bottom
        main = Rect(main.left, main.top, main.width, max(1, main.height - strip.height - gap))
    elif text:
        inset = within(Rect(panel.left, panel.top, panel.width, max(1, panel.height // 2)), aspect)
        inset.topleft = panel.topleft
    elif view == "wall":
        inset = within(Rect(0, 0, max(1, round(INSET * width)), max(1, height // 2)), aspect)
        inset.bottomright = width - round(16 * scale), height - round(16 * scale)
    return Layout(scale, main, inset, strip, panel)


def corner(rect: Rect, layout: Layout) -> Rect:
    """The square in a zoomed unit's lower right corner for the lens."""
    side, gap = max(1, round(PICTURE * min(rect.size))), layout.pixels(12)
    return Rect(rect.right - side - gap, rect.bottom - side - gap, side, side).clamp(rect)


def within(area: Rect, aspect: float) -> Rect:
    """The largest rectangle of this width / height in the middle of an area."""
    width = max(1, round(min(area.width, area.height * aspect)))
    height = max(1, round(min(area.height, area.width / aspect)))
    return Rect(area.left + (area.width - width) // 2, area.top + (area.height - height) // 2, width, height)
