"""The page in a real browser, before a show that really runs."""

import json
import socket
import time
import urllib.request

import pytest

from engine.osc.encoding import message
from tests.control.browser import Browser
from tests.control.shows import running
from tests.osc.programs import free_port
from tests.parts import PATIENCE, need

FADER = '[data-entry="patch/speed"] input'
TOLD = "document.querySelector('[data-entry=\"patch/speed\"] output')?.value"


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(socket.SOCK_STREAM), free_port()


@pytest.fixture(scope="module")
def show(ports, tmp_path_factory):
    with running(tmp_path_factory.mktemp("show"), *ports) as show:
        yield show


@pytest.fixture(scope="module")
def browser():
    need("chromium")
    with Browser() as browser:
        yield browser


def wait_for(port: int, path: str, wanted: float | bool) -> None:
    """Wait until the table says so: what a page shows at once, the loop takes in with its next frame."""
    end, value = time.monotonic() + PATIENCE, None
    while value != pytest.approx(wanted):
        assert time.monotonic() < end, f"{path} is {value}, not {wanted}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}?VALUE", timeout=PATIENCE) as answer:
            (value,) = json.load(answer)["VALUE"]


def test_a_page_steers_a_show_and_follows_what_others_turn(show, browser, ports):
    control, listen = ports
    browser.open(f"http://127.0.0.1:{control}/")
    assert browser.until(TOLD) == "0.500 Hz"
    assert browser.value("document.querySelector('[data-entry=\"patch/speed\"] p').textContent") == "how fast it goes"
    browser.drag(FADER, 0.5, 0.9)
    assert float(browser.until(f"{TOLD} !== '0.500 Hz' && {TOLD}").split()[0]) == pytest.approx(0.9, abs=0.05)
    wait_for(control, "patch/speed", browser.value(f"document.querySelector('{FADER}').valueAsNumber"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(message("/param/speed", 0.25)[4:], ("127.0.0.1", listen))
    assert browser.until(f"{TOLD} === '0.250 Hz' && document.querySelector('{FADER}').valueAsNumber") == 0.25

    browser.click('[data-switch="view/freeze"]')
    browser.until("document.querySelector('[data-entry=\"view/freeze\"] input').checked")
    browser.click('[data-picture="camera"]')
    browser.until("document.querySelector('#picture').naturalWidth > 0")
    browser.until("document.querySelector('#objects').children.length > 0")
    browser.until("document.querySelector('#fps').textContent > 0")
    zone = "document.querySelector('#overlay').getContext('2d').getImageData(9, 60, 1, 1).data[3]"
    assert browser.until(zone)
    wait_for(control, "view/freeze", True)
    wait_for(control, "patch/speed", 0.25)
    assert browser.faults == []


def test_the_page_of_a_phone_needs_no_sideways_way_and_has_room_for_a_thumb(show, browser, ports):
    browser("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    browser.open(f"http://127.0.0.1:{ports[0]}/")
    browser.until(TOLD)
    assert browser.value("document.documentElement.scrollWidth") == 360
    small = "[...document.querySelectorAll('button, select')].filter(e => e.offsetHeight && e.offsetHeight < 36).length"
    assert browser.value(small) == 0


def test_a_page_finds_a_show_again_by_itself(show, browser, ports, tmp_path):
    browser.open(f"http://127.0.0.1:{ports[0]}/")
    browser.until(TOLD)
    show.terminate()
    browser.until("document.body.classList.contains('away')")
    show.wait(PATIENCE)
    with running(tmp_path, *ports):
        assert browser.until(f"!document.body.classList.contains('away') && {TOLD}") == "0.500 Hz"


def test_no_file_of_the_page_fetches_from_the_net():
    from engine.control.responses import FILES

    assert {"index.html", "page.js", "page.css", "controls.js", "picture.js"} <= FILES.keys()
    own = b"ws://${location.host}/", b"http://www.w3.org/2000/svg"  # itself, and a name that is never asked for
    for data in FILES.values():
        for address in own:
            data = data.replace(address, b"")
        assert b"://" not in data
