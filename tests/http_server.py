"""A server of HTTP on this machine, for as long as a test wants one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer


@contextmanager
def http_server(handler: Callable, **state) -> Iterator[ThreadingHTTPServer]:
    """It answers at 127.0.0.1, at a port of its own; what its handler shares with the test are its attributes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    vars(server).update(state)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
