"""An X server that ends under a whole show."""

import os
import signal
import subprocess
import sys

import pytest

from tests.parts import PATIENCE, need
from tests.test_side_channel import frames


@pytest.mark.parametrize("when", ["in the show", "at the start"])
def test_a_show_outlives_its_x_server_with_all_but_the_window(listener, room, when):
    need("Xvfb", "xdotool")
    reader, writer = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24"], pass_fds=[writer],
                              stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        screen = {"DISPLAY": f":{told.readline().strip()}", "SDL_VIDEODRIVER": "x11"}
    with subprocess.Popen(
            [sys.executable, "-m", "engine", "--source", "crowd:2", "--size", "320x240", "--rig", room,
             "--osc", f"127.0.0.1:{listener.port}"], env=os.environ | screen, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True) as show:
        try:
            if when == "in the show":
                frames(listener, 10)
            else:
                subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(show.pid)],
                               env=os.environ | screen, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE)
            server.kill()
            server.wait()
            frames(listener, 60)
            show.send_signal(signal.SIGTERM)
            said, _ = show.communicate(timeout=PATIENCE)
        finally:
            show.kill()
            server.kill()
    assert show.returncode == 0 and "Traceback" not in said
    assert "the X server has ended" in said and "fps" in said
