"""Folded weights made trainable again: batch norms back in front of every ReLU, the network's answers unchanged."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models.blocks import Block
from models.detector import Detector


@torch.no_grad()
def unfold(folded: Detector, pictures: Iterable[Tensor]) -> Detector:
    """A detector with branches and batch norms, equal to a folded one; pictures (B, 3, H, W) tell how maps vary."""
    network = Detector(**folded.plan)
    blocks = [each for each in network.modules() if isinstance(each, Block)]
    for mine, theirs in zip(blocks, (each for each in folded.modules() if isinstance(each, Block)), strict=True):
        mine.conv.weight.copy_(theirs.conv.weight)
        mine.norm.bias.copy_(theirs.conv.bias)
        mine.norm.weight.fill_((1 + mine.norm.eps) ** 0.5)
        for branch in (mine.point.weight if mine.point is not None else None, mine.identity):
            if branch is not None:
                branch.zero_()
    for mine, theirs in zip(network.heads, folded.heads, strict=True):
        near = mine.widths[0]
        mine.where.weight.copy_(theirs.out.weight[:4, :near])
        mine.what.weight.copy_(theirs.out.weight[4:, near:])
        mine.where.bias.copy_(theirs.out.bias[:4])
        mine.what.bias.copy_(theirs.out.bias[4:])
    network.eval()
    seen = {block.norm: [] for block in blocks}
    hooks = [norm.register_forward_pre_hook(lambda norm, inputs: seen[norm].append(
        torch.stack(torch.var_mean(inputs[0].float(), dim=(0, 2, 3))))) for norm in seen]
    for x in pictures:
        network.predict(x)
    for hook in hooks:
        hook.remove()
    for norm, parts in seen.items():
        settle(norm, *torch.stack(parts).mean(dim=0))
    return network.train()


def settle(norm: nn.BatchNorm2d, variance: Tensor, mean: Tensor) -> None:
    """Give a batch norm that does nothing yet the statistics of its inputs, without changing what it does."""
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.add_(mean)
