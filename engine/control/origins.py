"""Who may ask the control server: programs, its own page and pages of this machine.

A page from elsewhere could reach it through the artist's browser: under a name of its own that it lets lead here (DNS
rebinding), or over a WebSocket, which browsers do not keep apart. Both tell where they come from.
"""

import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from engine.osc.targets import is_address

HERE = ("localhost", "127.0.0.1", "::1")


def own_names() -> set[str]:
    """What this machine is called by others and by itself."""
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name}.local"}


def called_rightly(host: str | None, names: Collection[str]) -> bool:
    """Whether a request's Host is an address or one of these names: a name that somebody else has made is none."""
    try:
        name = urlsplit(f"//{host or ''}").hostname or ""
    except ValueError:
        return False
    return is_address(name) or name in names


def allowed(origin: str | None, host: str | None, others: Collection[str]) -> bool:
    """Whether a page of this origin may ask the server that it calls host; a program has no origin."""
    if origin is None or origin in others or origin == f"http://{host}":
        return True
    try:
        return urlsplit(origin).hostname in HERE
    except ValueError:
        return False
