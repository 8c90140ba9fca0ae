"""neocog networks describe: what an exported network is taken for, told and drawn."""

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from engine.errors import UserError
from engine.vision import onnx
from engine.vision.exported import Exported
from engine.vision.letterbox import photograph
from engine.vision.networks import open_network
from models.nms import distinct

LIKELY, DRAWN = 0.3, 300  # boxes that are drawn: from this score on, and of so many at most
COLUMNS, TILE = 12, 64  # maps a row, pixels a map


def describe(name: str, out: str) -> str:
    """What an exported network is taken for, line by line, and where the drawing of it went; UserError if for nothing.

    A file that is no detector is described as a feature network.
    """
    file = Path(name.partition("?")[0])
    if file.suffix != ".onnx":
        raise UserError(f"describe wants a file FILE.onnx, found {name!r}")
    try:
        network, draw = open_network(name), drawn_boxes
    except UserError as no_detector:
        try:
            network, draw = open_network(name, kind="features"), drawn_maps
        except UserError:
            raise no_detector from None
    picture = photograph(network)
    path = Path(out or f"{file.stem}-seen.png")
    try:
        draw(network, picture).save(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be written: {error}") from error
    return "\n".join((f"{file} as {'a detector' if network.kind == 'detector' else 'a feature network'}", *network.told,
                      f"drawn     {path}"))


def drawn_boxes(network: Exported, picture: Tensor) -> Image.Image:
    """The picture with what the detector finds in it."""
    (boxes, scores), canvas = onnx.prepare(network.graph(picture))(picture), picture.shape[2:]
    best, label = scores[0].max(1)
    rows = torch.cat((boxes[0] / torch.tensor(2 * canvas[::-1]), best[:, None], label[:, None]), 1)
    image = Image.fromarray((picture[0].permute(1, 2, 0) * 255).byte().numpy())
    draw = ImageDraw.Draw(image)
    for x, y, w, h, score, number in distinct(rows[best.argsort(descending=True)][:DRAWN].numpy()).tolist():
        if score >= LIKELY:
            left, top, right, bottom = (x - w / 2) * canvas[1], (y - h / 2) * canvas[0], (x + w / 2) * canvas[1], (
                y + h / 2) * canvas[0]
            draw.rectangle((left, top, right, bottom), outline="yellow", width=2)
            draw.text((left + 3, top + 2), f"{network.classes[int(number)]} {score:.0%}", fill="yellow")
    return image


def drawn_maps(network: Exported, picture: Tensor) -> Image.Image:
    """The first maps of each tap, a row a tap."""
    taps, _ = onnx.prepare(network.graph(picture))(picture)
    rows = []
    for maps in taps.values():
        shown = F.interpolate(maps[0, :COLUMNS, None], (TILE, TILE))[:, 0]
        low, high = shown.amin((1, 2), True), shown.amax((1, 2), True)
        row = torch.zeros(COLUMNS, TILE, TILE)
        row[:len(shown)] = (shown - low) / (high - low).clamp(min=1e-9)
        rows.append(row.permute(1, 0, 2).flatten(1))
    return Image.fromarray((torch.cat(rows) * 255).byte().numpy())
