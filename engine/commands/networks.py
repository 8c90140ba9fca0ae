"""neocog networks: what can be played, and fetching what others have published."""

import hashlib
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tqdm import tqdm

from engine.errors import UserError
from engine.vision.best_detector import speed_here
from engine.vision.networks import open_network
from models import FEATURES, NETWORKS
from models.published import CATALOGUE, NAMES, SHIPPED_AP, cache

UNPLAYED = " *"
CHUNK = 1 << 16
PATIENCE = 30.0  # seconds without a byte
SLOWEST = 2000  # bytes a second, after the first PATIENCE
NAMES_MOST = 1_000_000  # bytes of a list of names


def networks() -> Iterator[str]:
    """A line for every network that ships, and for every one that can be had."""
    for name in NETWORKS:
        yield f"{name:15}{name:10}ships with neocog"
    for name in FEATURES:
        yield f"{name:15}{'features':10}ships with neocog"
    for name, published in CATALOGUE.items():
        there = "pulled" if (cache() / published.file).is_file() else f"neocog networks pull {name}"
        facts = (published.about, published.ap and f"AP {published.ap:.3f}", published.licence,
                 f"{published.megabytes} MB")
        told = ", ".join(filter(None, facts)) + ("" if published.played else UNPLAYED)
        yield f"{name:15}{published.kind:10}{told}: {there}"
    yield (f"AP, on COCO's 80 kinds of things, is what the makers tell ({SHIPPED_AP:.2f} of the detector that ships, "
           "on 22 of them); * was not yet played by us with its own weights")


def pulled() -> list[str]:
    """The names of the published networks that are here."""
    return [name for name, published in CATALOGUE.items() if (cache() / published.file).is_file()]


def pull(name: str) -> str:
    """Fetch a network of the catalogue into the user's cache, or go on with it; the line that tells how to play it."""
    published, folder = CATALOGUE[name], cache()
    folder.mkdir(parents=True, exist_ok=True)
    fetch(published.url, folder / published.file, published.sha256, (published.megabytes + 1) * 1_000_000)
    if published.kind == "features":  # their names are checked line by line when they are read
        fetch(NAMES, folder / NAMES.rpartition("/")[2], "", NAMES_MOST)
    open_network(name)
    pace = f", {speed_here(name, anew=True):.0f} pictures a second here" if published.kind == "detector" else ""
    return f"{folder / published.file}{pace}\nplay it: neocog --{published.kind} {name}"


class Web(HTTPRedirectHandler):
    """Follows a redirect to where an address like the first could lead: to no file, and to nothing less private."""

    def redirect_request(self, request, fp, code, reason, headers, to):
        if urlsplit(to).scheme not in {"https", urlsplit(request.full_url).scheme}:
            raise OSError(f"it redirects to {to:.200}")
        return super().redirect_request(request, fp, code, reason, headers, to)


def fetch(url: str, path: Path, sha256: str, most: int, clock: Callable[[], float] = time.monotonic) -> None:
    """A file by its address, with progress, going on where an earlier try broke off; sha256 may be its beginning.

    UserError if it cannot be had or is not the one that was meant, if it goes on for more than `most` bytes, or comes
    at less than SLOWEST; what came so far is kept for the next try, unless it is wrong.
    """
    if path.is_file() and digest(path).startswith(sha256):
        return
    part = path.with_name(path.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    request = Request(url, headers={"User-Agent": "neocog"} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        with build_opener(Web).open(request, timeout=PATIENCE) as answer:
            if answer.status != 206:  # it does not know how to go on: from the beginning
                have = 0
            total = have + max(0, int(answer.headers.get("Content-Length", 0)))
            with (part.open("ab" if have else "wb") as file,
                  tqdm(total=total or None, initial=have, unit="B", unit_scale=True, desc=path.name) as bar):
                came, start = 0, clock()
                while total <= most and have + came <= most and (chunk := answer.read1(CHUNK)):
                    came += file.write(chunk)
                    bar.update(len(chunk))
                    if clock() - start > PATIENCE + came / SLOWEST:
                        raise OSError(f"{came} bytes came in {clock() - start:.0f} s")
        if max(total, have + came) > most:
            part.unlink()
            raise UserError(f"wanted at most {most} bytes from {url}, and more came: it was thrown away, try again")
        if have + came < total:
            raise OSError(f"{have + came} of {total} bytes came")
    except HTTPError as error:
        if error.code != 416:  # nothing follows what is there: the digest will tell
            raise UserError(f"{url} is not to be had ({error.code} {error.reason:.200}): try again later") from error
    except UserError:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise UserError(f"{url} broke off ({error!s:.300}): run the same again, it goes on from there") from error
    found = digest(part)
    if not found.startswith(sha256):
        part.unlink()
        raise UserError(f"wanted a file with sha-256 {sha256} from {url}, found {found}: it was thrown away, try again")
    part.replace(path)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
