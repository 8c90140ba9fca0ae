"""OpenVINO: graphs compiled for this processor, in bfloat16 where it has that, or in eight bits."""

import torch
from torch import Tensor

from engine.libraries import load
from engine.vision.graph import Graph, folder


def prepare(graph: Graph, picture: Tensor):
    """A graph as a network for pictures like one: a picture in, boxes and scores or taps and logits out."""
    core = load("openvino").Core()
    model = core.read_model(graph.content, b"")
    model.reshape({name: list(array.shape) for name, array in graph.feed(picture).items()})
    request = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": torch.get_num_threads(), "CACHE_DIR": str(folder()),
    }).create_infer_request()

    def run(picture: Tensor) -> tuple:
        request.infer(graph.feed(picture))
        return graph.tell([request.get_tensor(name).data.copy() for name in graph.outputs])

    return run
