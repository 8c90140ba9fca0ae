"""What every test shares: how many run side by side, which are left out, and that each leaves all as it was."""

import gc
import os
import signal
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "5000")  # as engine/__main__.py does, for the same reason

import pytest  # noqa: E402
import torch  # noqa: E402

from engine.osc.output import OscOut  # noqa: E402
from engine.show import ENDINGS  # noqa: E402
from tests.ears import Receiver  # noqa: E402
from tests.jack_server import jack_server  # noqa: E402, F401
from tests.virtual_show import Listener  # noqa: E402

WORKERS = 4  # at most: each holds both networks, and a machine has room for eight JACK servers
MOST = max(1, torch.get_num_threads() // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))
torch.set_num_threads(MOST)
# what tests start shall hear these, also under `pytest &` and `nohup pytest`
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_xdist_auto_num_workers(config) -> int:
    """A worker for each core; none for single files, which are through before a worker has started."""
    if all(Path(word.partition("::")[0]).is_file() for word in config.args):
        return 0
    return min(WORKERS, os.cpu_count() or 1)


def pytest_collection_modifyitems(config, items):
    """Leave out the tests marked gpu where there is no CUDA device: they are no missing part of this machine."""
    left_out = set() if torch.cuda.is_available() else {"gpu"}
    left_out |= {"registry"} - {config.getoption("markexpr")}
    config.hook.pytest_deselected(items=[item for item in items if left_out & set(item.keywords)])
    items[:] = [item for item in items if not left_out & set(item.keywords)]


@pytest.fixture(autouse=True)
def as_before():
    """Give back after a test what a show takes: torch's threads, the endings' signals, the garbage's sleep."""
    signals = {number: signal.getsignal(number) for name in ENDINGS if (number := getattr(signal, name, None))}
    yield
    torch.set_num_threads(MOST)
    for number, handler in signals.items():
        signal.signal(number, handler)
    gc.unfreeze()


def closed_after(receiver: Receiver):
    yield receiver
    receiver.socket.close()


@pytest.fixture
def receiver():
    yield from closed_after(Receiver())


@pytest.fixture
def other():
    yield from closed_after(Receiver())


@pytest.fixture
def listener():
    yield from closed_after(Listener())


@pytest.fixture
def room(tmp_path) -> str:
    """A rig whose ports no other program has."""
    (tmp_path / "room.toml").write_text('[control]\nlisten = "none"\n[osc]\nlisten = "127.0.0.1:0"\n')
    return str(tmp_path / "room.toml")


@pytest.fixture
def send_to():
    """OscOut to these targets, closed after the test."""
    opened = []

    def open_out(*targets, **options) -> OscOut:
        opened.append(OscOut(targets, **options))
        return opened[-1]

    yield open_out
    for out in opened:
        out.outlet.close()
