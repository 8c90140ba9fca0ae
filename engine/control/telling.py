"""What clients of the control server are told: the table and what is turned in it, status, scenes, small pictures."""

import json
from collections.abc import Iterable, Mapping

import cv2
import numpy as np

from engine.control.as_json import entry_as_json, scene_as_json, status_as_json
from engine.control.client import Client
from engine.control.port import Control
from engine.parameter import Number, Parameter

STATUS = 2.0  # times a second that a page is told how the engine is doing
QUALITY = 72  # of a small picture's JPEG


class Telling:
    """Tells clients what a Control has; what is the same for all of them is made once."""

    def __init__(self, port: Control):
        self.port, self.table = port, port.parameters
        self.shapes: dict[str, tuple] = {}
        self.scene_text: tuple[int, str] = (-1, "")
        self.jpegs: dict[str, tuple[np.ndarray, bytes]] = {}

    def tell(self, clients: Iterable[Client], now: float) -> None:
        """Tell these clients what is new to them."""
        entries = dict(self.table.entries)
        values = {path: entry.value for path, entry in entries.items()}
        changed = self.changed(entries)
        described = None
        for client in clients:
            if client.parameters and (changed or "parameters" not in client.seen):
                described = described or json.dumps(
                    {"parameters": {path: entry_as_json(entry) for path, entry in entries.items()}}
                )
                if client.send(described):
                    client.seen["parameters"] = True
                    client.known |= values
                else:
                    client.seen.pop("parameters", None)
            elif client.parameters or client.listens:
                client.follow(entries, values, now)
            if client.queries:
                for root in changed:
                    client.tell({"COMMAND": "PATH_CHANGED", "DATA": f"/{root}"})
            if client.parameters and self.port.status and client.is_due("status", STATUS, now):
                client.tell({"status": status_as_json(self.port.status)})
            if client.scenes:
                self.tell_scene(client, now)
            if client.picture:
                self.tell_picture(client)

    def changed(self, entries: Mapping[str, Parameter]) -> set[str]:
        """The roots below which there are other parameters, ranges or choices than at the last call."""
        before, self.shapes = self.shapes, {
            path: (type(entry), entry.param if isinstance(entry, Number) else entry.choices)
            for path, entry in entries.items()
        }
        if self.shapes == before:
            return set()
        paths = self.shapes.keys() | before.keys()
        return {path.partition("/")[0] for path in paths if self.shapes.get(path) != before.get(path)}

    def tell_scene(self, client: Client, now: float) -> None:
        """The newest scene, and who came and went since the one before that this client was told."""
        scene = self.port.scene
        if scene is None or client.seen.get("scene") == scene.index or not client.is_due("scene", client.scenes, now):
            return
        if self.scene_text[0] != scene.index:
            self.scene_text = scene.index, json.dumps(scene_as_json(scene))
        ids = frozenset(track.id for track in scene.tracks)
        came, went = sorted(ids - client.ids), sorted(client.ids - ids)
        if client.send(f'{{"scene": {self.scene_text[1]}, "born": {came}, "gone": {went}}}'):
            client.seen["scene"], client.ids = scene.index, ids

    def tell_picture(self, client: Client) -> None:
        picture = self.port.pictures.get(client.picture)
        if picture is None or client.seen.get("picture") is picture:
            return
        before, data = self.jpegs.get(client.picture, (None, b""))
        if before is not picture:
            data = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
            self.jpegs[client.picture] = picture, data
        if client.send(data):
            client.seen["picture"] = picture
