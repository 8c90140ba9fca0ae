"""The control server's port in a show: what the loop hands to its thread, and what came in there."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np

from engine.cues import Cue
from engine.errors import UserError
from engine.losses import Losses
from engine.osc.targets import authority, host_and_port
from engine.parameters import Parameters
from engine.values import Change, EngineStatus, Scene

MOST = 1024  # changes that wait for the loop; the oldest are lost, and counted
RATE = 5.0  # small pictures a second, while somebody looks
WIDTH = 480  # pixels of a small picture


class Control:
    """A port: a page to play on, OSCQuery and scenes as JSON, served at HOST:PORT ("none": nowhere) by its own thread.

    Hand-overs: the newest scene, status and small pictures in one slot each, the newer wins; changes and packets in a
    queue of MOST each, the oldest are lost. The table is read where it stands. A port that another program has is asked
    for again. osc is the host and port where OSC is heard, origins are pages from elsewhere that may steer as well.
    UserError for what is no HOST:PORT.
    """

    def __init__(self, listen: str, parameters: Parameters, osc: tuple[str, int], origins: tuple[str, ...] = ()):
        self.place = None if listen == "none" else host_and_port(listen, "the control page")
        self.parameters, self.osc, self.origins = parameters, osc, origins
        if self.place and self.place[1] > 65_535:
            raise UserError(f"the control page wants a port up to 65535, found {self.place[1]}")
        self.scene: Scene | None = None
        self.status: EngineStatus | None = None
        self.pictures: Mapping[str, np.ndarray] = {}
        self.watched: frozenset[str] = frozenset()  # which pictures somebody looks at: the thread writes it
        self.taken: deque[Change] = deque(maxlen=MOST)
        self.datagrams: deque[bytes] = deque(maxlen=MOST)  # OSC that came over a WebSocket
        self.losses = Losses("control page")
        self.trouble, self.due = "", 0.0
        self.leaving, self.opened = threading.Event(), threading.Event()
        self.wake: Callable[[], None] = lambda: None  # the thread's, to be told that leaving is set
        self.thread = threading.Thread(target=self.run, name="control", daemon=True) if self.place else None
        if self.thread:
            self.thread.start()

    def run(self) -> None:
        from engine.control.server import serve  # a tenth of a second, that a show need not wait for

        serve(self)

    @property
    def address(self) -> str:
        """Where the page is, "" if it is nowhere."""
        return f"http://{authority(*self.place)}/" if self.place else ""

    @property
    def notices(self) -> tuple[str, ...]:
        """Why there is no page, and what was lost lately."""
        if self.thread and not self.thread.is_alive():
            return ("the control page has ended by a fault of its own: the show goes on without it",)
        return tuple(filter(None, (self.trouble, *self.losses.notices)))

    def take(self, thing: Change | bytes) -> None:
        """Put a change or a packet of OSC into its queue; the thread's side."""
        queue = self.datagrams if isinstance(thing, bytes) else self.taken
        self.losses.count += len(queue) == MOST
        queue.append(thing)

    def changes(self) -> list[Change]:
        """What came in since the last call, of each parameter the newest."""
        return list({change.name: change for change in emptied(self.taken)}.values())

    def packets(self) -> Iterator[bytes]:
        """The packets of OSC that came in and were not taken yet."""
        while self.datagrams:
            yield self.datagrams.popleft()

    def send(self, scene: Scene, cues: tuple[Cue, ...], status: EngineStatus, now: float) -> None:
        self.scene, self.status = scene, status

    def look(self, now: float, audience: Callable[[], np.ndarray | None], camera: Callable[[], np.ndarray]) -> None:
        """Hand over small copies of pictures (H, W, 3) uint8 RGB, if somebody looks at them and it is time to.

        Where the audience has no picture, because there is no window, it is the camera's.
        """
        if not self.watched or 0 <= self.due - now < 1 / RATE:
            return
        self.due = now + 1 / RATE
        looks = {"audience": lambda: camera() if (shown := audience()) is None else shown, "camera": camera}
        self.pictures = {name: small(looks[name]()) for name in self.watched}

    def tick(self, now: float) -> None:
        self.losses.tick(now)

    def close(self, now: float) -> None:
        """Say goodbye to all clients."""
        self.leaving.set()
        self.wake()
        if self.thread:
            self.thread.join()


def emptied(queue: deque) -> list:
    return [queue.popleft() for _ in range(len(queue))]


def small(picture: np.ndarray) -> np.ndarray:
    """A copy of a picture, WIDTH pixels wide at most."""
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture.copy()
    return cv2.resize(picture, (WIDTH, max(1, round(height * WIDTH / width))), interpolation=cv2.INTER_AREA)
