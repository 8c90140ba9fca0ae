"""Networks on disk: float16 in safetensors, the network's plan in the header, a SHA-256 beside it."""

import copy
import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load as parse
from safetensors.torch import save as pack
from torch import nn

from models.cifar import ConvNet, Ordinary
from models.detector import Detector
from models.digits import LeNet, Templates, TwoLayers
from models.features import Features
from models.paint import Paint
from models.simple_cells import SimpleCells
from models.voice import Voice

WEIGHTS = Path(__file__).parent / "weights"
NETWORKS = {"detector": Detector, "features": Features}
FEATURES = {"templates": Templates, "two-layers": TwoLayers, "lenet": LeNet, "cifar-ordinary": Ordinary,
           "cifar-convnet": ConvNet, "simple-cells": SimpleCells}  # felt in place of "features", by their names
UNTRAINED = {"simple-cells"}
KINDS = NETWORKS | FEATURES | {"voice": Voice, "paint": Paint}


def load(name: str, folder: Path = WEIGHTS) -> nn.Module:
    """A network ready to play, one of KINDS by name, out of a folder: folded, float32, in evaluation mode.

    ValueError, in one sentence, if the file is missing, is not the one whose SHA-256 is in SHA256SUMS, or holds
    another network.
    """
    if name not in KINDS:
        raise ValueError(f"wanted a network, found {name!r}; the choices are: {', '.join(KINDS)}")
    if name in UNTRAINED:
        return KINDS[name]().eval()
    path, sums = folder / f"{name}.safetensors", folder / "SHA256SUMS"
    again = "take the file from the release again" if folder == WEIGHTS else "give a folder that neocog train wrote"
    missing = [part for part in (path, sums) if not part.is_file()]
    if missing:
        raise ValueError(f"wanted the weights of the {name}, found no file {missing[0]}; {again}")
    content = path.read_bytes()
    wanted = {file: digest for digest, _, file in (line.partition("  ")
                                                   for line in sums.read_text(errors="replace").splitlines())}
    found = hashlib.sha256(content).hexdigest()
    if wanted.get(path.name) != found:
        listed = wanted.get(path.name, "(none listed)")
        raise ValueError(f"wanted {path} with sha-256 {listed}, found {found}; {again}, "
                         f"or list your own file in {sums}")
    return build(name, path, content)


def build(name: str, path: Path, content: bytes) -> nn.Module:
    """The network that a file's content describes; ValueError as in load."""
    try:
        tensors = parse(content)
    except SafetensorError:
        raise ValueError(f"wanted a safetensors file, found {path}, damaged or cut short; copy it again") from None
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length]).get("__metadata__", {})
    found = header.get("network", "no word of what it holds")
    if found != KINDS[name].__name__.lower():
        raise ValueError(f"wanted the {name} in {path}, found {found!r}; files are written by models.save")
    try:
        network = KINDS[name](**json.loads(header["plan"])).fold()
        network.load_state_dict(tensors)
        network.peaks = json.loads(header.get("peaks", "{}"))
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise ValueError(f"wanted tensors that fit the plan in the header of {path}, found others; "
                         "train and save the network again") from None
    return network.float().eval()


def save(network: nn.Module, path: Path, figures: dict[str, float], peaks: dict[str, float] | None = None) -> None:
    """Write a folded float16 copy of a network with its plan and its figures; list its SHA-256 in SHA256SUMS.

    peaks, by the names of convolutions, are how high their inputs go: what eight bits are to hold (training.peaks).
    """
    folded = copy.deepcopy(network).cpu().fold().half()
    header = {"network": type(network).__name__.lower(), "plan": json.dumps(network.plan),
              "figures": json.dumps(figures), "peaks": json.dumps(peaks or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack({key: tensor.contiguous() for key, tensor in folded.state_dict().items()}, header))
    list_sum(path)


def save_peaks(path: Path, peaks: dict[str, float]) -> None:
    """Write peaks beside the weights of a file, and leave the rest of it as it is."""
    with safe_open(path, "pt") as file:
        header = file.metadata()
    path.write_bytes(pack(parse(path.read_bytes()), header | {"peaks": json.dumps(peaks)}))
    list_sum(path)


def list_sum(path: Path) -> None:
    """List a file's SHA-256 in SHA256SUMS beside it."""
    sums = path.parent / "SHA256SUMS"
    others = [line for line in sums.read_text(errors="replace").splitlines() if not line.endswith(f"  {path.name}")
              ] if sums.is_file() else []
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text("\n".join(sorted([*others, f"{digest}  {path.name}"], key=lambda line: line[66:])) + "\n")
