"""Snapshots: a web address that gives one picture each time it is asked, as many cameras and weather services have."""

import io
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from urllib.parse import unquote, urlsplit

from engine.capture.decoder import OPENING, UNAUTHORIZED
from engine.capture.pictures import loaded
from engine.capture.readers import Picture
from engine.errors import UserError

QUICKEST, SLOWEST = 0.05, 10.0  # seconds from one question to the next
LARGEST = 64 << 20  # bytes of a picture


class Snapshots:
    """A reader that asks again and again, half as often after each picture that was the same as the one before."""

    paced, end, rate, notice = False, 0.0, 1 / QUICKEST, ""

    def __init__(self, address: str, wait: Callable[[float], object] = time.sleep):
        self.address, self.wait, self.pause, self.before = address, wait, QUICKEST, b""

    def read(self) -> Picture:
        while (data := self.fetch()) == self.before:
            self.pause = min(2 * self.pause, SLOWEST)
            self.wait(self.pause)
        self.pause = max(self.pause / 2, QUICKEST) if self.before else QUICKEST
        self.before = data
        return Picture(loaded("what it sent", io.BytesIO(data)))

    def fetch(self) -> bytes:
        try:
            with answer(self.address) as response:
                return response.read(LARGEST)
        except UserError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise UserError("it does not answer") from error

    def close(self) -> None:
        pass


def answer(address: str):
    """What a server says, to a user and password in the address too; UserError if it wants some, or others."""
    parts = urlsplit(address)
    keys = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    keys.add_password(None, bare, unquote(parts.username or ""), unquote(parts.password or ""))
    ways = [kind(keys) for kind in (urllib.request.HTTPBasicAuthHandler, urllib.request.HTTPDigestAuthHandler)]
    opener = urllib.request.build_opener(*(ways if parts.username else ()))
    try:
        return opener.open(bare, timeout=OPENING)
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise UserError(UNAUTHORIZED) from error
        raise UserError(f"it answers {error.code}") from error
