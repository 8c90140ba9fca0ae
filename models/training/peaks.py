"""How high a network's maps go, for eight bits: python -m models.training.peaks --shards DIR [--weights FOLDER]

Looks at photographs that were trained on, and writes into the detector's file, by convolution, the highest number that
came into it. The engine then multiplies bytes where that is quicker; the weights stay as they are. To be run after
every training.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.disk import WEIGHTS, load, save_peaks
from models.training.metrics import letterbox
from models.training.shards import HELD_OUT, read_shards

PICTURES = 400


@torch.inference_mode()
def peaks(network: nn.Module, pictures: Iterable[np.ndarray]) -> dict[str, float]:
    """By the names of a folded network's convolutions, the highest input; those with negative ones are left out.

    pictures are (H, W, 3) uint8, of the sizes that the network plays at.
    """
    lowest: dict[str, float] = {}
    highest: dict[str, float] = {}

    def watch(name: str):
        def hook(conv: nn.Conv2d, given: tuple[Tensor, ...]) -> None:
            low, high = (float(number) for number in given[0].aminmax())
            lowest[name], highest[name] = min(low, lowest.get(name, 0.0)), max(high, highest.get(name, 0.0))
        return hook

    hooks = [module.register_forward_pre_hook(watch(name)) for name, module in network.named_modules()
             if type(module) is nn.Conv2d]
    device = next(network.parameters()).device
    for picture in pictures:
        network(torch.from_numpy(picture).to(device).permute(2, 0, 1)[None] / 255)
    for hook in hooks:
        hook.remove()
    return {name: round(high, 4) for name, high in highest.items() if lowest[name] >= 0 and high > 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=Path, required=True, help="what models.training.gather wrote")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of detector.safetensors")
    args = parser.parse_args()
    network = load("detector", args.weights)
    known = [sample for sample in read_shards(args.shards) if sample.pool not in HELD_OUT]
    shown = (sample.picture().pixels for sample in known[::max(1, len(known) // PICTURES)])
    save_peaks(args.weights / "detector.safetensors",
               peaks(network, (letterbox(pixels, network.size, network.stride)[0] for pixels in shown)))


if __name__ == "__main__":
    main()
