"""Keeps a list of Neocog's objects and tells who comes and goes: a beginning for a receiver of your own.

pip install python-osc, start it (python objects.py [PORT]) and neocog; it listens on port 9000, the default.
"""

import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

NAMES = ("id", "slot", "class", "score", "x", "y", "w", "h", "vx", "vy", "age")
objects: dict[int, dict[str, float]] = {}  # by id
classes: dict[int, str] = {}


def name(address: str, word: str) -> None:
    """/class/<i> name: what the numbers of classes mean, told at the start and every few seconds."""
    classes[int(address.rpartition("/")[2])] = word


def update(address: str, *numbers: float) -> None:
    """/object/enter and /object/update: everything about an object, in every frame."""
    object = dict(zip(NAMES, numbers))
    if object["id"] not in objects:
        kind = classes.get(object["class"], object["class"])
        print(f"enter {object['id']} {kind} at {object['x']:.2f} {object['y']:.2f}", flush=True)
    objects[object["id"]] = object


def alive(address: str, *ids: int) -> None:
    """/alive: whoever is not in this list has gone, even if the message that said so was lost."""
    for id in objects.keys() - set(ids):
        print(f"leave {id} after {objects.pop(id)['age']:.1f} seconds", flush=True)


dispatcher = Dispatcher()
dispatcher.map("/class/*", name)
dispatcher.map("/object/enter", update)
dispatcher.map("/object/update", update)
dispatcher.map("/alive", alive)

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    print(f"listening on port {port}", flush=True)
    BlockingOSCUDPServer(("", port), dispatcher).serve_forever()
