"""Folded weights made trainable again: batch norms back in front of every ReLU, the network's answers unchanged."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from models.blocks import Block
from models.detector import Detector
from models.features import Features


def unfold(folded: Detector, pictures: Iterable[Tensor]) -> Detector:
    """A detector with branches and batch norms, equal to a folded one; pictures (B, 3, H, W) tell how maps vary."""
    network = Detector(**folded.plan)
    copy_blocks(network, folded)
    for mine, theirs in zip(network.heads, folded.heads, strict=True):
        near = mine.widths[0]
        with torch.no_grad():
            mine.where.weight.copy_(theirs.out.weight[:4, :near])
            mine.what.weight.copy_(theirs.out.weight[4:, near:])
            mine.where.bias.copy_(theirs.out.bias[:4])
            mine.what.bias.copy_(theirs.out.bias[4:])
    return settle(network, network.predict, pictures)


def unfold_features(folded: Features, pictures: Iterable[Tensor]) -> Features:
    """Features with branches and batch norms, as unfold."""
    network = Features(**folded.plan)
    copy_blocks(network, folded)
    network.head.load_state_dict(folded.head.state_dict())
    return settle(network, network, pictures)


@torch.no_grad()
def copy_blocks(network: nn.Module, folded: nn.Module) -> None:
    """Give blocks what folded ones do; their batch norms do nothing yet."""
    blocks = ([each for each in every.modules() if isinstance(each, Block)] for every in (network, folded))
    for mine, theirs in zip(*blocks, strict=True):
        mine.conv.weight.copy_(theirs.conv.weight)
        mine.norm.bias.copy_(theirs.conv.bias)
        mine.norm.weight.fill_((1 + mine.norm.eps) ** 0.5)
        for branch in (mine.point.weight if mine.point is not None else None, mine.identity):
            if branch is not None:
                branch.zero_()


@torch.no_grad()
def settle(network: nn.Module, look: Callable[[Tensor], object], pictures: Iterable[Tensor]) -> nn.Module:
    """Give batch norms that do nothing yet the statistics of their inputs, without changing what they do."""
    network.eval()
    seen = {each.norm: [] for each in network.modules() if isinstance(each, Block)}
    hooks = [norm.register_forward_pre_hook(lambda norm, inputs: seen[norm].append(
        torch.stack(torch.var_mean(inputs[0].float(), dim=(0, 2, 3))))) for norm in seen]
    for x in pictures:
        look(x)
    for hook in hooks:
        hook.remove()
    for norm, parts in seen.items():
        variance, mean = torch.stack(parts).mean(dim=0)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
    return network.train()
