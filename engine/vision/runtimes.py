"""What runs a network: torch, ONNX Runtime or OpenVINO in a precision, the quickest of them that sees the same."""

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count as count_up
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.vision import onnx, openvino
from engine.vision.graph import Graph, graph_of
from engine.vision.letterbox import photograph
from engine.vision.onednn import EIGHT_BITS, has_kernels, pack

RUNTIMES = ("torch", "onnxruntime", "openvino")
PRECISIONS = {"cpu": (torch.float32, torch.bfloat16, EIGHT_BITS), "cuda": (torch.float32, torch.float16),
              "mps": (torch.float32, torch.float16)}
NAMES = {torch.float32: "float32", torch.bfloat16: "bfloat16", torch.float16: "float16", EIGHT_BITS: "int8"}
NEARLY = 1.1  # times as long as the quickest is as good as the quickest
PASSES = 6  # of which the quickest counts
APART = 0.1  # how far, of its own size, an output may lie from what float32 gives on a photograph

Network = Any  # a torch module or an Exported: what has classes, size and stride
Run = Callable[[Tensor], tuple]  # a picture (1, 3, H, W) in; boxes and scores out, or taps and logits


@dataclass(frozen=True, slots=True)
class Runtime:
    """One way to run a network: dtype is what its pictures come in, prepare gets it ready for pictures like one."""

    name: str
    precision: str
    dtype: torch.dtype
    prepare: Callable[[Tensor], Run]

    def __str__(self) -> str:
        return f"{self.name} {self.precision}"


def runtimes(network: Network, device: torch.device, wanted: str) -> Iterator[Runtime]:
    """The ways there are to run a network on a device, the most exact first; wanted is "auto" or one of RUNTIMES.

    An exported network runs on the processor also where the device is another.
    """
    peaks, ours = getattr(network, "peaks", {}), isinstance(network, nn.Module)
    if ours and wanted in ("auto", "torch"):
        yield from in_torch(network, device)
    if wanted == "torch" or ours and device.type != "cpu":
        return

    def graph(picture: Tensor, given: Mapping[str, float]) -> Graph:
        return graph_of(network, picture, given) if ours else network.graph(picture)

    if wanted == "onnxruntime" or wanted == "auto" and not ours:  # for ours, torch's kernels are as quick
        for precision, given in (("float32", {}), ("int8", peaks)):
            if given or precision == "float32":
                yield Runtime("onnxruntime", precision, torch.float32,
                              lambda picture, given=given: onnx.prepare(graph(picture, given)))
    if wanted == "openvino" or wanted == "auto" and find_spec("openvino"):
        for precision, given in (("bfloat16" if has_kernels(torch.bfloat16) else "float32", {}), ("int8", peaks)):
            if given or precision != "int8":
                yield Runtime("openvino", precision, torch.float32,
                              lambda picture, given=given: openvino.prepare(graph(picture, given), picture))


def in_torch(network: nn.Module, device: torch.device) -> Iterator[Runtime]:
    for precision in PRECISIONS[device.type]:
        peaks = getattr(network, "peaks", {}) if precision == EIGHT_BITS else {}
        if precision == EIGHT_BITS and not peaks or device.type == "cpu" and not (
                precision == torch.float32 or has_kernels(precision)):
            continue
        dtype = torch.float32 if precision == EIGHT_BITS else precision
        twin = copy.deepcopy(network).to(device, dtype, memory_format=torch.channels_last)
        yield Runtime("torch", NAMES[precision], dtype,
                      lambda picture, twin=twin, peaks=peaks: pack(twin, picture, peaks))


def choose(detector: Network, features: Network, device: torch.device, wanted: str,
           tell: Callable[[str], None] = lambda line: None) -> tuple[int, Runtime, Runtime]:
    """Threads, and the runtimes of the two: the quickest of those that see what the most exact one sees.

    Measured here and now; tell says how far it is. Fewer threads win where they are nearly as quick: that leaves cores
    to the camera and to other programs. UserError if a network breaks its contract (see open_network) or does not run.
    """
    most = torch.get_num_threads()
    counts = [2**power for power in range(most.bit_length()) if 2**power < most] + [most]
    counts = counts if device.type == "cpu" else [most]
    best: dict[int, list[tuple[float, Runtime]]] = {count: [] for count in counts}
    able = [list(runtimes(network, device, wanted)) for network in (detector, features)]
    if not all(able):
        raise UserError(f"no runtime {wanted!r} for this network on {device}: choose auto or one of "
                        f"{', '.join(RUNTIMES)}; all but torch are for the processor, and for exported networks")
    step, steps = count_up(1), sum(map(len, able))
    for check, network, ways in zip((boxes_of, taps_of), (detector, features), able, strict=True):
        picture, trials = photograph(network).to(device), {count: [] for count in counts}
        for runtime, run in alike(check, network, picture, ways):
            tell(f"measuring what is quickest here, {next(step)} of {steps}")
            for count in counts:
                torch.set_num_threads(count)
                if count != most and runtime.name != "torch":  # the others count threads when they are prepared
                    run = runtime.prepare(picture.to(runtime.dtype))
                trials[count].append((seconds(run, picture.to(runtime.dtype)), runtime))
            torch.set_num_threads(most)
        for count in counts:
            quickest = min(trials[count], key=itemgetter(0))
            if device.type == "cuda" and isinstance(network, nn.Module):  # a graph hides the launches, and nothing else
                quickest = trials[count][-1]  # was measured: what is least exact is quickest
            best[count].append(quickest)
    spent = {count: sum(part for part, _ in pair) for count, pair in best.items()}
    count = min(count for count in counts if spent[count] <= NEARLY * min(spent.values()))
    torch.set_num_threads(count)
    return count, *(runtime for _, runtime in best[count])


def alike(check: Callable, network: Network, picture: Tensor, able: list[Runtime]) -> Iterator[tuple[Runtime, Run]]:
    """The first of the runtimes, and those that see nearly the same on a picture, each ready for such pictures."""
    wanted = None
    for runtime in able:
        try:
            run, found = check(network, runtime, picture)
        except UserError:  # a processor, a compiler or a library that cannot: the most exact one can
            if wanted is None:
                raise
            continue
        wanted = found if wanted is None else wanted
        if all((one.float() - other.float()).norm() <= APART * other.float().norm()
               for one, other in zip(found, wanted, strict=True)):
            yield runtime, run


@torch.inference_mode()
def seconds(run: Run, picture: Tensor) -> float:
    """How long a pass takes: the shortest of some."""
    spent = []
    for _ in range(PASSES):
        start = time.perf_counter()
        run(picture)
        if picture.device.type != "cpu":
            getattr(torch, picture.device.type).synchronize()
        spent.append(time.perf_counter() - start)
    return min(spent)


@torch.inference_mode()
def boxes_of(network: Network, runtime: Runtime, picture: Tensor) -> tuple[Run, list[Tensor]]:
    """A detector, ready for pictures like one, with its boxes and scores; UserError if it fails or they are none."""
    with told():
        run = runtime.prepare(picture.to(runtime.dtype))
        boxes, scores = run(picture.to(runtime.dtype))
        found, classes = (tuple(boxes.shape), tuple(scores.shape)), len(network.classes)
    if len(found[0]) != 3 or found != ((1, found[0][1], 4), (1, found[0][1], classes)):
        raise UserError(f"a detector returns boxes (1, N, 4) and scores (1, N, {classes}), found {found[0]} and "
                        f"{found[1]}")
    return run, [boxes, scores]


@torch.inference_mode()
def taps_of(network: Network, runtime: Runtime, picture: Tensor) -> tuple[Run, list[Tensor]]:
    """A feature network, ready for pictures like one, with taps and logits; UserError if it fails or they are none."""
    with told():
        run = runtime.prepare(picture.to(runtime.dtype))
        taps, logits = run(picture.to(runtime.dtype))
        found, classes = {name: tuple(tap.shape) for name, tap in taps.items()}, len(network.classes)
        found_logits = tuple(logits.shape)
    if not found or found_logits != (1, classes) or any(len(shape) != 4 for shape in found.values()):
        raise UserError(f"a feature network returns taps name -> (1, C, H, W) and logits (1, {classes}), "
                        f"found {found} and {found_logits}")
    return run, [*taps.values(), logits]


@contextmanager
def told() -> Iterator[None]:
    """What a network fails with as a UserError."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"a network fails ({type(error).__name__}: {error!s:.200}): a detector takes a picture "
                        "(1, 3, H, W) and returns boxes and scores, a feature network taps and logits") from error
