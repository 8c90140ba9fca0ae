"""ONNX Runtime: graphs in float32 or eight bits on any processor."""

import torch
from torch import Tensor

from engine.libraries import load
from engine.vision.graph import Graph


def prepare(graph: Graph):
    """A graph as a network: a picture in, boxes and scores or taps and logits out."""
    onnxruntime = load("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the cores too
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.content, options, providers=["CPUExecutionProvider"])

    def run(picture: Tensor) -> tuple:
        return graph.tell(session.run(graph.outputs, graph.feed(picture)))

    return run
