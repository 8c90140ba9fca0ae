"""Which screens there are, and a window on one of them or its peer without a screen."""

import ctypes
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Optional

from engine.choosing import choose
from engine.errors import UserError
from engine.libraries import NotLoaded, load
from engine.parameters import Parameters
from engine.quiet import quiet
from engine.window.terminal import Terminal

if TYPE_CHECKING:
    from torch import nn  # which takes seconds to load

HINTS = {
    "SDL_FRAMEBUFFER_ACCELERATION": "0",  # X11's shared memory shows a picture in 0.1 ms, SDL's detour over OpenGL in 4
    "SDL_VIDEO_CENTERED": "1",  # in the middle of the display that is meant: full, exactly on it
    "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",  # a projector goes on while the performer types elsewhere
}

CENTRED = 0x2FFF0000  # SDL_WINDOWPOS_CENTERED_DISPLAY(0); the displays count on from it

GONE = "the X server has ended: the show goes on without its window, start neocog again to have one"


def open_window(parameters: Parameters, size: tuple[int, int] = (1280, 720), display: str = "", headless=False,
                features: str = "", network: Optional["nn.Module"] = None, operator: str = ""):
    """A Window of size pixels on a display, or its peer Terminal: if asked for, or where there is no screen.

    A display goes by its number or a part of its name and size; "" is the first. features is the name of the
    network that is felt, and network itself in plain torch; operator is the display of the operator's page, where that
    is to be a window of its own. The lack of a screen is said in one line; UserError for a display that is not there.
    """
    if headless:
        return Terminal()
    try:
        pygame = whole_pygame()
    except NotLoaded as error:
        return no_screen(error)
    from engine.window.window import Window
    from engine.window.x_server import leave_screen

    try:
        audience, own = meant(display, operator)
        # pygame stays open meanwhile: an X server that its last client leaves may begin anew
        return Window(parameters, size, audience, features, network, own)
    except UserError:
        leave_screen()
        raise
    except pygame.error as error:
        leave_screen()
        return no_screen(error)


def whole_pygame() -> ModuleType:
    """pygame with what a window wants of it; NotLoaded where it lacks some."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    for part in ("pygame.display", "pygame._sdl2.video"):
        load(part)
    return load("pygame")


def no_screen(error: Exception) -> Terminal:
    """The window's peer, and a printed line that says why."""
    reason = str(error)
    print(f"no screen ({reason[:1].lower()}{reason[1:]}): running headless", flush=True)
    return Terminal()


def displays() -> list[str]:
    """A line for each screen, as "0: HDMI-1 1920x1080"; none where there is no screen, NotLoaded without pygame."""
    pygame = whole_pygame()
    from engine.window.x_server import leave_screen

    was_open = pygame.display.get_init()
    try:
        return [f"{number}: {name}" for number, name in enumerate(names())]
    except pygame.error:
        return []
    finally:
        if not was_open:
            leave_screen()


def meant(display: str, operator: str) -> tuple[int, int | None]:
    """The numbers of the audience's display and of the operator's, if that is named; UserError if one is not there."""
    there = dict(enumerate(names()))
    audience, own = (choose(wanted, there, "display") if wanted else None for wanted in (display, operator))
    return audience or 0, own


def put_up(size: tuple[int, int], display: int, full: bool):
    """pygame's window, as its surface: of a size in pixels, or filling a display."""
    import pygame

    from engine.window.x_server import outlive

    display, screen = plugged(display)
    if full:
        size = screen
    # the first leaves the full screen, or makes the window as large as the screen, which nobody does for it where there
    # is no window manager; only the second is heard about the size (X11)
    for flag in (pygame.NOFRAME, pygame.FULLSCREEN) if full else (pygame.RESIZABLE, pygame.RESIZABLE):
        pygame.display.set_mode(size, flag, display=display)
    outlive()
    pygame.display.set_caption("Neocog")
    return pygame.display.get_surface()


def plugged(display: int) -> tuple[int, tuple[int, int]]:
    """A display's number and size; where it has been unplugged, as a projector may be, those of the last there is."""
    import pygame

    screens = pygame.display.get_desktop_sizes()
    display = min(display, len(screens) - 1)
    return display, screens[display]


def names() -> list[str]:
    """Open pygame's display; what each screen is called and its size, as "HDMI-1 1920x1080", or the size alone.

    pygame.error says why there is no screen.
    """
    import pygame

    from engine.window.x_server import Server

    if Server.ended:
        raise pygame.error("The X server has ended")
    for hint, value in HINTS.items():
        os.environ.setdefault(hint, value)
    with quiet():  # SDL grumbles to the terminal where no desktop has set the stage for it
        pygame.display.init()
    if pygame.display.get_driver() == "offscreen":  # what SDL falls back on
        named = os.environ.get("DISPLAY")
        raise pygame.error(f"nothing answers at DISPLAY={named}" if named else "no DISPLAY is set")
    return [f"{name_of(number)} {width}x{height}".strip()
            for number, (width, height) in enumerate(pygame.display.get_desktop_sizes())]


def name_of(display: int) -> str:
    """What the system calls a display; "" where the SDL that pygame has loaded cannot be asked, for pygame does not."""
    import pygame

    try:
        sdl = ctypes.CDLL("SDL2.dll" if sys.platform == "win32" else pygame.base.__file__)  # with what it is linked to
        ask = sdl.SDL_GetDisplayName
    except (OSError, AttributeError):
        return ""
    ask.argtypes, ask.restype = (ctypes.c_int,), ctypes.c_char_p
    return (ask(display) or b"").decode("utf-8", "replace")
