"""An X server that ends: Xlib would end the program with it, with sound and OSC; here it costs the window alone."""

import atexit
import ctypes
import os

import pygame


class Server:
    """The one that the windows are on; once it has ended, SDL is asked nothing: it would wait for an answer."""

    ended = False


def outlive() -> None:
    """Let the program live on when the X server ends; libX11 before 1.7 cannot tell of it."""
    try:
        xlib = ctypes.CDLL("libX11.so.6")
        at_error, at_exit = xlib.XSetIOErrorHandler, xlib.XSetIOErrorExitHandler
        display = pointer(pygame.display.get_wm_info()["display"], b"display")
    except (OSError, AttributeError, KeyError, ValueError):
        return
    at_error.argtypes, at_exit.argtypes = (Told,), (ctypes.c_void_p, End, ctypes.c_void_p)
    at_error(told)
    at_exit(display, end, None)


Told = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
End = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
pointer = ctypes.pythonapi.PyCapsule_GetPointer
pointer.argtypes, pointer.restype = (ctypes.py_object, ctypes.c_char_p), ctypes.c_void_p


@Told
def told(display: int) -> int:
    """Xlib wants to say so on the terminal."""
    return 0


@End
def end(display: int, data: int | None) -> None:
    """Xlib wants to end the program."""
    if not Server.ended:
        Server.ended = True
        atexit.register(os._exit, 0)  # SDL would say goodbye to the server, and wait for ever


def leave_screen() -> None:
    """Close all windows, unless nobody is there to do it."""
    if not Server.ended:
        pygame.display.quit()
