"""A JACK server without a sound card, and a client that hears or speaks: the ears of a sound bench and of tests.

The client is JACK's own library by its C interface (jackaudio.org/api); samples are told by JACK's clock, in frames.
"""

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import numpy as np

RATE, PERIOD = 48_000, 256
AUDIO = b"32 bit float mono audio"
HEARS, SPEAKS = 1, 2  # flags of a port
STAYS = 1  # an option of a client: it starts no server
HELD = 1 << 21  # frames that are remembered, 43 seconds
PATIENCE = 10.0  # seconds that a server has to begin, and a client's sound to come
FORGIVEN = 5000  # milliseconds that a client may be late, before the server drops it for ever
LOOK = 0.01  # seconds between two looks
PROCESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)
SAYING = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
QUIET = SAYING(lambda text: None)


def library() -> ctypes.CDLL | None:
    """JACK's library; None where there is none or no server to be started."""
    name = ctypes.util.find_library("jack") if shutil.which("jackd") else None
    if name is None:
        return None
    jack = ctypes.CDLL(name)
    for kind in ("error", "info"):  # what it would write while a server begins
        getattr(jack, f"jack_set_{kind}_function")(QUIET)
    for call in ("client_open", "port_register", "port_get_buffer", "port_name"):
        getattr(jack, f"jack_{call}").restype = ctypes.c_void_p
    for call in ("frame_time", "last_frame_time"):
        getattr(jack, f"jack_{call}").restype = ctypes.c_uint32
        getattr(jack, f"jack_{call}").argtypes = (ctypes.c_void_p,)
    jack.jack_client_open.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
    jack.jack_port_register.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong)
    jack.jack_port_get_buffer.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    jack.jack_port_name.argtypes = (ctypes.c_void_p,)
    jack.jack_set_process_callback.argtypes = (ctypes.c_void_p, PROCESS, ctypes.c_void_p)
    jack.jack_connect.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
    jack.jack_get_ports.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong)
    jack.jack_get_ports.restype = ctypes.POINTER(ctypes.c_char_p)
    for call in ("activate", "client_close"):
        getattr(jack, f"jack_{call}").argtypes = (ctypes.c_void_p,)
    return jack


@contextmanager
def server(name: str):
    """A JACK server of this name, 48 kHz in periods of 256 frames, for the programs that this one starts; its process.

    It runs before other programs where the system allows that, as it does on a stage.
    """
    before, os.environ["JACK_DEFAULT_SERVER"] = os.environ.get("JACK_DEFAULT_SERVER"), name
    words = ["jackd", "-n", name, "-t", str(FORGIVEN), "-d", "dummy", "-r", str(RATE), "-p", str(PERIOD)]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()
        os.environ.pop("JACK_DEFAULT_SERVER")
        if before is not None:
            os.environ["JACK_DEFAULT_SERVER"] = before


class Client:
    """A client with one ear and one mouth. now is JACK's clock; heard(from, to) what came in between two of its times.

    said is what leaves next, sample by sample, then silence. lost counts frames that JACK did not hand over.
    """

    def __init__(self, jack: ctypes.CDLL, name: str):
        self.jack, self.sound, self.lost, self.until = jack, np.zeros(HELD, np.float32), 0, None
        self.said, self.spoken, self.began = np.zeros(0, np.float32), 0, None
        end = time.monotonic() + PATIENCE
        while not (client := jack.jack_client_open(name.encode(), STAYS, None)):
            if time.monotonic() > end:
                raise OSError("no JACK server answers")
            time.sleep(LOOK)
        self.client = client
        self.ear, self.mouth = (jack.jack_port_register(client, port, AUDIO, flag, 0)
                                for port, flag in ((b"in", HEARS), (b"out", SPEAKS)))
        self.process = PROCESS(self.turn)  # kept, for JACK calls it
        jack.jack_set_process_callback(client, self.process, None)
        jack.jack_activate(client)

    def turn(self, frames: int, _) -> int:
        at = self.jack.jack_last_frame_time(self.client)
        if self.until is not None and at != self.until:
            self.lost += at - self.until
            self.sound[np.arange(self.until, at) % HELD] = 0
        heard, mouth = (np.ctypeslib.as_array((ctypes.c_float * frames).from_address(
            self.jack.jack_port_get_buffer(port, frames))) for port in (self.ear, self.mouth))
        self.sound[np.arange(at, at + frames) % HELD] = heard
        self.until = at + frames
        part = self.said[self.spoken:self.spoken + frames]
        if len(part) and self.spoken == 0:
            self.began = at
        mouth[:len(part)], mouth[len(part):] = part, 0
        self.spoken += len(part)
        return 0

    @property
    def now(self) -> int:
        return self.jack.jack_frame_time(self.client)

    def heard(self, start: int, stop: int) -> np.ndarray:
        """The samples of these frames, once they came; OSError if they do not."""
        end = time.monotonic() + PATIENCE
        while self.until is None or self.until < stop:
            if time.monotonic() > end:
                raise OSError("JACK has stopped")
            time.sleep(LOOK)
        return self.sound[np.arange(start, stop) % HELD]

    def say(self, samples: np.ndarray) -> None:
        """Let these samples leave from the next period on; began is the frame of the first."""
        self.began, self.said = None, np.zeros(0, np.float32)  # JACK's thread looks in between
        self.spoken = 0
        self.said = samples.astype(np.float32)

    def answer(self, count: int) -> np.ndarray:
        """So many samples that come in from the first on that was said last."""
        while self.began is None:
            time.sleep(LOOK / 10)
        return self.heard(self.began, self.began + count)

    def ports(self, flag: int) -> list[bytes]:
        """The names of the audio ports that others have."""
        found, names = self.jack.jack_get_ports(self.client, None, AUDIO, flag), []
        while found and found[len(names)]:
            names.append(found[len(names)])
        mine = self.jack.jack_port_name(self.ear)
        own = ctypes.string_at(mine).partition(b":")[0] + b":"
        return [name for name in names if not name.startswith((own, b"system:"))]

    def connect(self, listen: bool = True, speak: bool = False) -> None:
        """Hear the first port that another program speaks with, and speak to the first that one hears with."""
        for wanted, flag, mine in ((listen, SPEAKS, self.ear), (speak, HEARS, self.mouth)):
            while wanted and not (names := self.ports(flag)):
                time.sleep(LOOK)
            if wanted:
                ends = names[0], ctypes.string_at(self.jack.jack_port_name(mine))
                self.jack.jack_connect(self.client, *(ends if flag == SPEAKS else ends[::-1]))

    def close(self) -> None:
        self.jack.jack_client_close(self.client)
