"""Which screens there are, and a window on one of them or its peer without a screen."""

import os

from torch import nn

from engine.choosing import choose
from engine.errors import UserError
from engine.parameters import Parameters
from engine.quiet import quiet
from engine.window.terminal import Terminal


def open_window(parameters: Parameters, size: tuple[int, int] = (1280, 720), display: str = "", headless=False,
                features: str = "", network: nn.Module | None = None, operator: str = ""):
    """A Window of size pixels on a display, or its peer Terminal: if asked for, or where there is no screen.

    A display goes by its number or a part of its name, which is its size; "" is the first. features is the name of the
    network that is felt, and network itself in plain torch; operator is the display of the operator's page, where that is
    to be a window of its own. The lack of a screen is said in one line; UserError for a display that is not there.
    """
    if headless:
        return Terminal()
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    from engine.window.window import Window

    try:
        there = dict(enumerate(sizes()))  # and stay: an X server that its last client leaves may begin anew meanwhile
        numbers = [choose(wanted, there, "display") if wanted else None for wanted in (display, operator)]
        return Window(parameters, size, numbers[0] or 0, features, network, numbers[1])
    except UserError:
        pygame.display.quit()
        raise
    except pygame.error as error:
        pygame.display.quit()
        reason = str(error)
        print(f"no screen ({reason[:1].lower()}{reason[1:]}): running headless", flush=True)
        return Terminal()


def displays() -> list[str]:
    """A line for each screen, as "0: 1920x1080"; none where there is no screen."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    was_open = pygame.display.get_init()
    try:
        return [f"{number}: {size}" for number, size in enumerate(sizes())]
    except pygame.error:
        return []
    finally:
        if not was_open:
            pygame.display.quit()


def sizes() -> list[str]:
    """Open pygame's display; the sizes of the screens, as "1920x1080"; pygame.error says why there is none."""
    import pygame

    with quiet():  # SDL grumbles to the terminal where no desktop has set the stage for it
        pygame.display.init()
    if pygame.display.get_driver() == "offscreen":  # what SDL falls back on
        named = os.environ.get("DISPLAY")
        raise pygame.error(f"nothing answers at DISPLAY={named}" if named else "no DISPLAY is set")
    return [f"{width}x{height}" for width, height in pygame.display.get_desktop_sizes()]
