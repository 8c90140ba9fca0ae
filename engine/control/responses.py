"""Answers to HTTP: the page's files, and the headers that go with all."""

from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from websockets.datastructures import Headers
from websockets.http11 import Response

PAGE = Path(__file__).parent / "page"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {file.name: file.read_bytes() for file in PAGE.iterdir() if file.suffix in KINDS}
SAFE = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; connect-src 'self' ws:; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def respond(status: HTTPStatus, body: bytes = b"", kind: str = "text/plain", **more: str) -> Response:
    """An answer to a GET."""
    headers = Headers(
        {
            "Date": formatdate(usegmt=True),
            "Connection": "close",
            "Content-Length": str(len(body)),
            "Content-Type": f"{kind}; charset=utf-8",
            **SAFE,
            **more,
        }
    )
    return Response(status.value, status.phrase, headers, body)
