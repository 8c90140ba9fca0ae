"""Public detectors that look at the same pictures: what they see in them teaches ours (Beyer et al. 2022)."""

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.detector import grid
from models.resnet import fold
from models.training.metrics import suppress
from models.training.photographs import CLASSES
from models.yolox import COCO, Yolox, yolox_nano

SHARED = tuple(name for name in CLASSES if name in COCO)  # classes that they know too
PLACES = [COCO.index(name) if name in COCO else len(COCO) for name in CLASSES]  # of ours, in COCO's and one more


def read_yolox(path: Path) -> Yolox:
    """YOLOX-Nano with the weights of an ONNX file whose batch norms are folded; it needs onnx.

    The file's kernels have no names of their own: they go into ours in the order in which they are called.
    """
    import onnx

    graph = onnx.load(path).graph
    values = {each.name: torch.from_numpy(onnx.numpy_helper.to_array(each).copy()) for each in graph.initializer}
    theirs = [node.input[1:3] for node in graph.node if node.op_type == "Conv" and "preds" not in node.input[1]]
    network, called = fold(yolox_nano()), []
    convolutions = {module: name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)}
    hooks = [module.register_forward_hook(lambda module, *_: called.append(convolutions[module]))
             for module in convolutions]
    with torch.inference_mode():
        network(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    state = {name: values[name] for name in values if name.startswith("head.")}
    for name, (weight, bias) in zip((name for name in called if "preds" not in name), theirs, strict=True):
        state |= {f"{name}.weight": values[weight], f"{name}.bias": values[bias]}
    network.load_state_dict(state)
    return network.eval()


class Teacher:
    """YOLOX-Nano as it sees a batch: at every place scores of our classes, corners in pixels."""

    def __init__(self, path: Path):
        self.network = read_yolox(path).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (N, 3, H, W) in 0..1; scores (N, P, K), zero where it knows no such class; corners (N, P, 4)."""
        with torch.autocast("cpu", torch.bfloat16):
            boxes, scores = self.network(x)
        centre, half = boxes[..., :2], boxes[..., 2:] / 2
        return F.pad(scores, (0, 1))[..., PLACES], torch.cat((centre - half, centre + half), dim=2)


class Session:
    """YOLOX-Nano in ONNX Runtime on one core, as a user would take it: a picture in, corners and our scores out."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.name, self.size = self.session.get_inputs()[0].name, self.session.get_inputs()[0].shape[-1]
        self.centres, self.strides = (each.numpy() for each in grid(self.size, self.size, torch.device("cpu")))

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """pixels (size, size, 3) RGB; corners (N, 4) in pixels, scores (N, K), those of classes it lacks zero."""
        x = pixels[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        out = self.session.run(None, {self.name: x})[0][0]
        centre = self.centres + (out[:, :2] - 0.5) * self.strides
        half = np.exp(out[:, 2:4]) * self.strides / 2
        scores = np.pad(out[:, 4:5] * out[:, 5:], ((0, 0), (0, 1)))[:, PLACES]
        return np.concatenate((centre - half, centre + half), axis=1).astype(np.float32), scores


class Faces:
    """Ultra-Light-Fast-Generic-Face-Detector: rows (left, top, right, bottom, class, score) in a picture's pixels."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self.session = onnxruntime.InferenceSession(path, options)

    def __call__(self, pixels: np.ndarray, least: float = 0.3) -> np.ndarray:
        high, wide = pixels.shape[:2]
        scale = min(320 / wide, 240 / high)
        boxed = np.full((240, 320, 3), 127, np.uint8)
        small = cv2.resize(pixels, (max(1, round(wide * scale)), max(1, round(high * scale))))
        boxed[:small.shape[0], :small.shape[1]] = small
        x = ((boxed.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
        scores, boxes = (out[0] for out in self.session.run(["scores", "boxes"], {"input": x}))
        sure = scores[:, 1] > least
        corners = boxes[sure] * np.float32([320, 240, 320, 240]) / scale
        found = np.column_stack((corners, np.full(sure.sum(), CLASSES.index("face")), scores[sure, 1]))
        return suppress(found, 0.3)
