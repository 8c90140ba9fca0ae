"""The p5.js receiver in a real browser, before a show that really runs; p5 itself is a few recording functions here."""

from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from socket import SOCK_STREAM

from tests.control.browser import Browser
from tests.control.shows import running
from tests.http_server import http_server
from tests.osc.programs import free_port
from tests.parts import need

FOLDER = Path(__file__).parents[2] / "patches/receivers/p5js"
P5 = """
window.width = window.windowWidth = 1000; window.height = window.windowHeight = 500; window.circles = [];
window.HSB = "hsb"; window.circle = (x, y, size) => circles.push([x, y, size]);
for (const name of ["createCanvas", "colorMode", "noStroke", "background", "fill", "resizeCanvas"])
  window[name] = () => {};
"""
BIG_AND_INSIDE = "circles.filter(([x, y, size]) => x > 0 && x < 1000 && y > 0 && y < 500 && size > 10).length"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *words) -> None:
        pass


def test_the_sketch_draws_the_objects_of_a_show(tmp_path):
    need("chromium")
    control = free_port(SOCK_STREAM)
    served = tmp_path / "p5js"
    served.mkdir()
    sketch = (FOLDER / "sketch.js").read_text()
    assert "ws://127.0.0.1:9080" in sketch and 'src="sketch.js"' in (FOLDER / "index.html").read_text()
    (served / "sketch.js").write_text(sketch.replace("9080", str(control)))
    (served / "index.html").write_text(f"<script>{P5}</script><script src='sketch.js'></script>")
    sketches = http_server(partial(Quiet, directory=str(served)))
    with sketches as server, running(tmp_path, control, free_port()), Browser() as browser:
        browser.open(f"http://localhost:{server.server_port}/")
        browser.until("typeof setup === 'function' && (setup(), true)")
        browser.until(f"draw(), {BIG_AND_INSIDE}")
        assert browser.value("scene.tracks.length <= 3 && tails.size <= 3 && 'conv3' in scene.layers")
        assert browser.faults == []
