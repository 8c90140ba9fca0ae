"""A real browser without a screen, driven over its debugging protocol (chromedevtools.github.io/devtools-protocol)."""

import base64
import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.parts import PATIENCE


class Browser:
    """Chromium with one page, width by height pixels."""

    def __init__(self, width: int = 1280, height: int = 900):
        self.size, self.number, self.session = (width, height), 0, ""
        self.faults = []  # what the page threw

    def __enter__(self) -> "Browser":
        self.opened = ExitStack()
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-dev-shm-usage", "--remote-debugging-port=0", f"--user-data-dir={self.folder.name}",
             f"--window-size={self.size[0]},{self.size[1]}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        place = Path(self.folder.name) / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while not (place.is_file() and place.read_text().count("\n")):
            assert time.monotonic() < end and self.process.poll() is None, "chromium did not start"
            time.sleep(0.05)
        port, path = place.read_text().split("\n")[:2]
        self.socket = self.opened.enter_context(
            connect(f"ws://127.0.0.1:{port}{path}", max_size=None, open_timeout=PATIENCE)
        )
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self("Runtime.enable")
        return self

    def __exit__(self, *raised) -> None:
        self.process.kill()
        self.process.wait()
        self.opened.close()
        self.folder.cleanup()

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        """Do something of the protocol and return what it says."""
        self.number += 1
        self.socket.send(
            json.dumps(
                {"id": self.number, "method": method, "params": params}
                | ({"sessionId": self.session} if self.session else {})
            )
        )
        while (told := json.loads(self.socket.recv(PATIENCE))).get("id") != self.number:
            if told.get("method") == "Runtime.exceptionThrown":
                self.faults.append(told["params"]["exceptionDetails"])
        assert "error" not in told, told["error"]
        return told["result"]

    def open(self, address: str) -> None:
        self("Page.navigate", url=address)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; a promise is waited for."""
        told = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, expression: str) -> Any:
        """The first true value of an expression."""
        end = time.monotonic() + PATIENCE
        while not (value := self.value(expression)):
            assert time.monotonic() < end, (
                f"never true: {expression}, the page says {self.value('document.body.innerText')}"
            )
            time.sleep(0.02)
        return value

    def click(self, selector: str) -> None:
        self.drag(selector, 0.5, 0.5)

    def drag(self, selector: str, start: float, end: float) -> None:
        """Press the mouse on an element, at a part of its width, move on and let go."""
        left, top, width, height = self.value(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center'}});"
            " const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()"
        )
        y = top + height / 2
        for kind, part in (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)):
            self(
                "Input.dispatchMouseEvent",
                type=kind,
                x=left + part * width,
                y=y,
                button="left",
                buttons=1,
                clickCount=1,
            )

    def picture(self) -> bytes:
        """A screenshot, PNG."""
        return base64.b64decode(self("Page.captureScreenshot", format="png")["data"])
