"""Networks that somebody exported to ONNX: what they want to be shown, and what their outputs mean."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto
from torch import Tensor

from engine.errors import UserError
from engine.vision.graph import Graph
from engine.vision.layouts import Layout, recognise
from engine.vision.letterbox import photograph
from engine.vision.onnx_file import by_depth, called, clean, named, names_of, read
from models import alexnet

CHOICES = {"colours": ("rgb", "bgr"), "scale": ("1", "255"), "normalise": ("none", "imagenet")}
OPTIONS = ("size", *CHOICES, "taps")
MEAN, SPREAD = (np.array(part, np.float32)[:, None, None] for part in (alexnet.MEAN, alexnet.SPREAD))
SIZES = {"detector": 640, "features": 224}  # of the picture, where neither file nor option tells it
FEWEST = 8  # maps of such a layer
ACTIVATIONS = ("Relu", "LeakyRelu", "Clip", "PRelu", "HardSwish", "Gelu", "Elu", "Selu", "Mul", "Add", "Conv")
NUMBERS = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16, TensorProto.UINT8: np.uint8}


class Exported:
    """A network out of a file, FILE.onnx?size=416&colours=bgr&scale=255&normalise=imagenet&taps=NAME,NAME.

    What the options do not say is taken from the file's metadata, from its graph, or from what such networks usually
    want; names of classes, unless they are given, from the metadata or a text file beside it (FILE.txt, one a line).
    size is the long side in pixels, or WxH where it must be just that. kind is "detector" or "features". `told` says,
    line by line, what it was taken for. UserError in one sentence if it cannot be played.
    """

    def __init__(self, path: Path, options: str, kind: str, names: Sequence[str] = ()):
        self.path, self.kind = path, kind
        self.model = read(path)
        metadata = {entry.key: entry.value for entry in self.model.metadata_props}
        self.options = {key: value for key, value in metadata.items() if possible(key, value)} | self.checked(options)
        self.enter(metadata)
        self.names = tuple(names) or names_of(metadata, path)
        self.layout: Layout | None = None
        outputs = tuple(output.name for output in self.model.graph.output)
        if kind == "detector":
            self.find(outputs)
        else:
            self.feel(outputs)

    def checked(self, options: str) -> dict[str, str]:
        """The options as a table."""
        given = dict(parse_qsl(options, keep_blank_values=True))
        for key, value in given.items():
            if key not in OPTIONS:
                raise UserError(f"{self.path} has no option {key!r}: choose from {', '.join(OPTIONS)}")
            if not possible(key, value):
                wanted = ", ".join(CHOICES.get(key, ("pixels from 10 to 9999", "WxH")))
                raise UserError(f"{self.path} wants {key} to be one of {wanted}, found {value!r}")
        return given

    def enter(self, metadata: Mapping[str, str]) -> None:
        """Which of the inputs is the picture, and of what kind and size."""
        constants = {tensor.name for tensor in self.model.graph.initializer}
        inputs = [entry for entry in self.model.graph.input if entry.name not in constants]
        shapes = {entry.name: [side.dim_value for side in entry.type.tensor_type.shape.dim] for entry in inputs}
        pictures = [entry for entry in inputs if len(shapes[entry.name]) == 4]
        if len(pictures) != 1 or any(len(shapes[each.name]) > 2 for each in inputs if each not in pictures):
            found = ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "none"
            raise UserError(f"{self.path} wants one picture as its input, (1, 3, H, W) or (1, H, W, 3), found "
                            f"{clean(found, 200)}")
        self.input, shape = pictures[0].name, shapes[pictures[0].name]
        self.sizes = [each.name for each in inputs if each not in pictures]  # it asks how large the picture is
        self.last = shape[3] == 3 and shape[1] != 3  # colours come last
        self.number = NUMBERS.get(pictures[0].type.tensor_type.elem_type)
        if self.number is None or shape[3 if self.last else 1] not in (0, 3):
            raise UserError(f"{self.path} wants a picture of three colours in float32, float16 or bytes, found {shape}")
        height, width = shape[1:3] if self.last else shape[2:]
        size = self.options.get("size") or next(iter(re.findall(r"\d+", metadata.get("imgsz", ""))), "")
        if "x" in size and not height and not width:
            width, height = map(int, size.split("x"))
        self.size, self.stride = int(size.partition("x")[0] or max(height, width) or SIZES[self.kind]), 32
        if height or width:
            self.canvas = height or self.size, width or self.size
            self.size = max(self.canvas)

    def find(self, outputs: tuple[str, ...]) -> None:
        """Take it for a detector."""
        picture = photograph(self)
        arrays = self.once(self.model, outputs, picture)
        canvas = tuple(picture.shape[2:])
        self.layout = recognise(outputs, arrays, canvas, len(self.names))
        if self.layout is None:
            found = ", ".join(f"{name} {array.shape}" for name, array in zip(outputs, arrays, strict=True))
            raise UserError(f"{self.path} has outputs of no known detector: {clean(found, 300)}; known are YOLOX, "
                            "YOLOv5, v8 to 26, RT-DETR, DETR and SSD")
        self.classes = named(self.names, self.layout.classes)
        self.content = self.model.SerializeToString()
        self.outputs = outputs
        try:
            self.tell(self.once(self.model, outputs, picture), canvas)
        except (ValueError, IndexError) as error:
            raise UserError(f"{self.path} was taken for {self.layout.name} and is not: {error}") from error

    def feel(self, outputs: tuple[str, ...]) -> None:
        """Take it for a classifier or a backbone, and choose its taps."""
        picture = photograph(self)
        wanted = [name for name in self.options.get("taps", "").split(",") if name]
        inside = [name for node in self.model.graph.node for name in node.output
                  if name and (name in wanted or not wanted and node.op_type in ACTIVATIONS)]
        if missing := [name for name in wanted if name not in inside]:
            there = [name for node in self.model.graph.node for name in node.output]
            raise UserError(f"{self.path} has no activation {missing[0]!r}: choose from "
                            f"{clean(', '.join(there), 400)}")
        wider = onnx.ModelProto()
        wider.CopyFrom(self.model)
        wider.graph.output.extend(onnx.ValueInfoProto(name=name) for name in dict.fromkeys(inside)
                                  if name not in outputs)
        found = dict(zip((names := tuple(entry.name for entry in wider.graph.output)),
                         self.once(wider, names, picture), strict=True))
        maps = {name: found[name].shape for name in dict.fromkeys(inside)
                if found[name].ndim == 4 and found[name].shape[0] == 1 and found[name].dtype.kind == "f"
                and (wanted or found[name].shape[1] >= FEWEST and min(found[name].shape[2:]) > 1)}
        if not maps or any(name not in maps for name in wanted):
            raise UserError(f"{self.path} has no maps (1, C, H, W) to be played" + (
                f" in {', '.join(name for name in wanted if name not in maps)}" if wanted else ""))
        self.taps = wanted or by_depth(maps)
        scores = [name for name in outputs if found[name].ndim == 2 and found[name].shape[0] == 1]
        self.logits = scores[0] if scores else ""
        count = found[self.logits].shape[1] if scores else maps[self.taps[-1]][1]
        self.classes = named(self.names, count, "class" if scores else "map")
        likely = found[self.logits] if scores else None
        self.probable = scores and likely.min() >= 0 and abs(likely.sum() - 1) < 0.01
        del wider.graph.output[:]
        self.outputs = (*self.taps, *scores[:1])
        wider.graph.output.extend(onnx.ValueInfoProto(name=name) for name in self.outputs)
        self.content = wider.SerializeToString()

    def once(self, model: onnx.ModelProto, outputs: Sequence[str], picture: Tensor) -> list[np.ndarray]:
        """The outputs for a picture; UserError if it does not run."""
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
            return session.run(list(outputs), self.feed(picture))
        except Exception as error:  # each kind of damage has its own
            raise UserError(f"{self.path} does not run: {clean(' '.join(str(error).split()), 200)}") from error

    def setting(self, key: str, usual: str) -> str:
        return self.options.get(key) or (getattr(self.layout, key) if self.layout else usual)

    def feed(self, picture: Tensor) -> dict[str, np.ndarray]:
        """A picture (1, 3, H, W) in 0..1 as the network's inputs."""
        x = picture[0].contiguous().cpu().numpy()
        if self.setting("normalise", "imagenet" if self.kind == "features" else "none") == "imagenet":
            x = (x - MEAN) / SPREAD
        x = x[::-1] if self.setting("colours", "rgb") == "bgr" else x
        x = x * 255 if self.number == np.uint8 else x * np.float32(self.setting("scale", "1"))
        x = x.transpose(1, 2, 0) if self.last else x
        sizes = np.array([picture.shape[2:]], np.int64)
        return {self.input: np.ascontiguousarray(x[None], self.number)} | dict.fromkeys(self.sizes, sizes)

    def graph(self, picture: Tensor) -> Graph:
        """The graph that runtimes take."""
        return Graph(self.content, self.outputs, self.feed, partial(self.tell, canvas=tuple(picture.shape[2:])))

    def tell(self, outputs: Sequence[np.ndarray], canvas: tuple[int, int]) -> tuple:
        """Boxes and scores, or taps and logits, of the outputs."""
        if self.kind == "detector":
            boxes, scores = self.layout.read(outputs, canvas)
            return tuple(torch.from_numpy(np.ascontiguousarray(part, np.float32)) for part in (boxes, scores))
        maps = {called(name): torch.from_numpy(array).float() for name, array in zip(self.taps, outputs, strict=False)}
        maps = maps if self.options.get("taps") else {
            f"stage{number}": each for number, each in enumerate(maps.values(), start=1)}
        if not self.logits:
            return maps, next(reversed(maps.values())).mean((2, 3))
        logits = torch.from_numpy(outputs[-1]).float()
        return maps, logits.clamp(min=1e-9).log() if self.probable else logits

    @property
    def told(self) -> list[str]:
        """What it was taken for, line by line."""
        canvas = "x".join(map(str, getattr(self, "canvas", ()))) or f"any size, the long side {self.size}"
        usual = {"colours": "rgb", "scale": "1", "normalise": "imagenet" if self.kind == "features" else "none"}
        lines = [f"input     {self.input}: {canvas}, " + ", ".join(
            f"{key} {self.setting(key, value)}" for key, value in usual.items())]
        if self.kind == "detector":
            lines.append(f"outputs   {', '.join(self.outputs)}: {self.layout.name}")
        else:
            lines += [f"tap       {name}" for name in self.taps] + [f"guesses   {self.logits or 'the last maps'}"]
        return [clean(line, 500) for line in (*lines, f"classes   {len(self.classes)}: {', '.join(self.classes[:12])}")]


def possible(key: str, value: str) -> bool:
    """Whether an option can have a value."""
    if key == "size":
        return bool(re.fullmatch(r"[1-9]\d{1,3}(x[1-9]\d{1,3})?", value))
    return key in OPTIONS and value in CHOICES.get(key, (value,))
