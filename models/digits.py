"""Three networks that read a digit, each a step further: templates, two layers, LeNet. All look at the middle."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.blocks import middle

DIGITS = tuple("0123456789")
SIDE = 28  # pixels of what they read
RIM = 2  # pixels at the edge that are taken for paper
FAINT = 0.15  # contrast, of the range from black to white, below which nothing is written
SPREAD = 0.5  # how far ink lies from its middle, of half a side (root mean square)
BARS = 20  # rows of a bar graph


class Sight(nn.Module):
    """(N, 3, H, W) in 0..1, sides multiples of SIDE, to ink (N, 1, SIDE, SIDE): 0 for paper, 1 for the strongest ink.

    The middle square, in grey; ink is what differs from the rim, darker or lighter, whichever the middle has more of.
    It is brought to the middle by its centre of mass, and to one size by its spread.
    """

    def forward(self, x: Tensor) -> Tensor:
        grey = middle(x.mean(1, keepdim=True), SIDE)
        inner = grey[:, :, RIM:-RIM, RIM:-RIM]
        paper = (grey.sum((2, 3), keepdim=True) - inner.sum((2, 3), keepdim=True)) / (SIDE**2 - (SIDE - 2 * RIM) ** 2)
        apart = grey - paper
        lighter = (apart.pow(3).mean((2, 3), keepdim=True) >= 0).to(apart.dtype)
        ink = F.relu(apart * (2 * lighter - 1))
        strongest = ink.amax((2, 3), keepdim=True)
        return self.centred(F.relu(ink / strongest.clamp(min=FAINT) - 0.25) / 0.75)

    def centred(self, ink: Tensor) -> Tensor:
        place = (torch.arange(SIDE, device=ink.device, dtype=ink.dtype) + 0.5) * (2 / SIDE) - 1
        mass = ink.sum((1, 2, 3)) + 1e-3
        across, down = ink.sum((1, 2)), ink.sum((1, 3))  # (N, SIDE) each
        x, y = ((part * place).sum(1) / mass for part in (across, down))
        far = ((across * (place - x[:, None]) ** 2).sum(1) + (down * (place - y[:, None]) ** 2).sum(1)) / mass
        size, none = (far.sqrt() / SPREAD).clamp(0.3, 1.6), torch.zeros_like(x)
        onto = torch.stack((size, none, x, none, size, y), 1).view(-1, 2, 3)
        return F.grid_sample(ink, F.affine_grid(onto, list(ink.shape), align_corners=False), align_corners=False)


class Reader(nn.Module):
    """What the three have in common: forward takes (N, 3, H, W) RGB in 0..1 and returns (taps, logits)."""

    size, stride = 4 * SIDE, SIDE

    def __init__(self) -> None:
        super().__init__()
        self.classes, self.plan, self.sight = DIGITS, {}, Sight()

    def fold(self) -> "Reader":
        """There is nothing to merge; returns the network itself, in evaluation mode."""
        return self.eval()


class Templates(Reader):
    """One layer: a template a digit. Taps: ink, then match, (10, SIDE, SIDE): where ink lies on each template."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(SIDE**2, 10)

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        ink = self.sight(x)
        templates = self.layer.weight.view(1, 10, SIDE, SIDE)
        return {"ink": ink, "match": F.relu(ink * templates)}, self.layer(ink.flatten(1))


class TwoLayers(Reader):
    """A hidden layer between. Taps: ink; hidden, (40, SIDE, SIDE): where ink lies on each hidden unit's template; bars,
    (10, BARS, 40): for each digit a bar graph of what each hidden unit says for it."""

    def __init__(self, hidden: int = 40):
        super().__init__()
        self.plan = {"hidden": hidden}
        self.first, self.second = nn.Linear(SIDE**2, hidden), nn.Linear(hidden, 10)
        rows = torch.arange(BARS - 1, -1, -1.0).view(1, 1, BARS, 1)
        self.register_buffer("rows", rows, persistent=False)

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        ink = self.sight(x)
        hidden = F.relu(self.first(ink.flatten(1)))
        templates = self.first.weight.view(1, -1, SIDE, SIDE)
        active = (hidden > 0).to(ink.dtype)[:, :, None, None]
        said = F.relu(hidden[:, None] * self.second.weight)  # (N, 10, hidden)
        bars = (BARS / 4 * said[:, :, None] - self.rows).clamp(0, 1)  # four logits fill a bar
        return {"ink": ink, "hidden": F.relu(ink * templates) * active, "bars": bars}, self.second(hidden)


class LeNet(Reader):
    """LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998), with ReLU and mean pooling: taps conv1, pool1, conv2, pool2,
    full1 and full2, the last two with one cell a map."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.full1, self.full2, self.head = nn.Linear(16 * 25, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        ink = self.sight(x)
        conv1 = F.relu(self.conv1(ink))
        pool1 = F.avg_pool2d(conv1, 2)
        conv2 = F.relu(self.conv2(pool1))
        pool2 = F.avg_pool2d(conv2, 2)
        full1 = F.relu(self.full1(pool2.flatten(1)))
        full2 = F.relu(self.full2(full1))
        taps = {"ink": ink, "conv1": conv1, "pool1": pool1, "conv2": conv2, "pool2": pool2,
                "full1": full1[:, :, None, None], "full2": full2[:, :, None, None]}
        return taps, self.head(full2)
