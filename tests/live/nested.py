"""U-Net++, RetinaNet, WaveNet and a VAE written by hand in PyTorch, to check the library's against."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import batch_norm, interpolate, max_pool2d, pad, relu

from tests.live.fpn import ResNet


def double(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*layers)


class NestedUNet(nn.Module):
    """Nodes X(i, j) of row i and column j; those of column 0 are the encoder."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128, 256, 512)) -> None:
        super().__init__()
        self.depth = len(widths)
        self.blocks, self.ups = nn.ModuleDict(), nn.ModuleDict()
        for i, width in enumerate(widths):
            self.blocks[f"{i}{0}"] = double(widths[i - 1] if i else 3, width)
            for j in range(1, self.depth - i):
                self.ups[f"{i}{j}"] = nn.ConvTranspose2d(widths[i + 1], width, 2, 2)
                self.blocks[f"{i}{j}"] = double((j + 1) * width, width)
        self.heads = nn.ModuleList(nn.Conv2d(widths[0], 1, 1) for _ in widths[1:])

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        node = {(0, 0): self.blocks["00"](x)}
        for i in range(1, self.depth):
            node[i, 0] = self.blocks[f"{i}0"](max_pool2d(node[i - 1, 0], 2))
        for j in range(1, self.depth):
            for i in range(self.depth - j):
                row = [node[i, k] for k in range(j)]
                up = self.ups[f"{i}{j}"](node[i + 1, j - 1])
                node[i, j] = self.blocks[f"{i}{j}"](torch.cat([up, *row], 1))
        return [torch.sigmoid(head(node[0, j + 1])) for j, head in enumerate(self.heads)]


class Frozen(nn.Module):
    """A batch normalisation of which nothing is learned."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)


def freeze(module: nn.Module) -> None:
    """Replace every batch normalisation."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, Frozen(child.num_features))
        else:
            freeze(child)


def subnet(outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Conv2d(256, 256, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(256, outputs, 3, padding=1))


class RetinaNet(ResNet):
    """A ResNet whose batch normalisation is frozen, a pyramid of five levels, two subnets for all of them."""

    def __init__(self, depths: tuple[int, ...] = (3, 4, 6, 3), classes: int = 80, on_p5: bool = False) -> None:
        super().__init__(depths)
        self.lateral = nn.ModuleList(nn.Conv2d(512 * 2**i, 256, 1) for i in range(3))
        self.smooth = nn.ModuleList(nn.Conv2d(256, 256, 3, padding=1) for _ in range(3))
        self.on_p5 = on_p5
        self.p6, self.p7 = (nn.Conv2d(n, 256, 3, 2, 1) for n in (256 if on_p5 else 2048, 256))
        self.classes, self.boxes = subnet(9 * classes), subnet(9 * 4)
        freeze(self)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = self.maps(x)
        m5 = self.lateral[2](maps[3])
        m4 = interpolate(m5, scale_factor=2) + self.lateral[1](maps[2])
        m3 = interpolate(m4, scale_factor=2) + self.lateral[0](maps[1])
        levels = [smooth(m) for smooth, m in zip(self.smooth, (m3, m4, m5), strict=True)]
        levels.append(self.p6(levels[2] if self.on_p5 else maps[3]))
        levels.append(self.p7(relu(levels[3])))
        return [*(torch.sigmoid(self.classes(level)) for level in levels), *(self.boxes(level) for level in levels)]


class Layer(nn.Module):
    """A dilated gated unit with a residual and a skip."""

    def __init__(self, dilation: int, channels: int, skip: int) -> None:
        super().__init__()
        self.filter, self.gate = (nn.Conv1d(channels, channels, 2, dilation=dilation, bias=False) for _ in range(2))
        self.skip = nn.Conv1d(channels, skip, 1, bias=False)
        self.residual = nn.Conv1d(channels, channels, 1, bias=False)
        self.dilation = dilation

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        before = pad(x, (self.dilation, 0))
        gated = torch.tanh(self.filter(before)) * torch.sigmoid(self.gate(before))
        return x + self.residual(gated), self.skip(gated)


class WaveNet(nn.Module):
    """Three stacks of ten layers; the skips of all of them are summed."""

    def __init__(self, channels: int = 32, skip: int = 512, values: int = 256) -> None:
        super().__init__()
        self.causal = nn.Conv1d(values, channels, 2, bias=False)
        self.layers = nn.ModuleList(Layer(2**i, channels, skip) for _ in range(3) for i in range(10))
        self.last = nn.Sequential(
            nn.ReLU(), nn.Conv1d(skip, skip, 1, bias=False), nn.ReLU(), nn.Conv1d(skip, values, 1, bias=False)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.causal(pad(x, (1, 0)))
        skips = []
        for layer in self.layers:
            x, skip = layer(x)
            skips.append(skip)
        total = skips[0]
        for skip in skips[1:]:
            total = total + skip
        return torch.softmax(self.last(total), 1)


def up(inputs: int, outputs: int) -> nn.Sequential:
    made = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
    return nn.Sequential(made, nn.BatchNorm2d(outputs), nn.LeakyReLU())


class VAE(nn.Module):
    """The noise is an input here, so that the network is a function."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128, 256, 512), latent: int = 128) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, width, 3, 2, 1), nn.BatchNorm2d(width), nn.LeakyReLU()]
        self.encoder = nn.Sequential(*layers, nn.Flatten())
        self.mean, self.log_variance = nn.Linear(2048, latent), nn.Linear(2048, latent)
        self.widen = nn.Linear(latent, 2048)
        self.decoder = nn.Sequential(*(up(n, n // 2) for n in (512, 256, 128, 64)), up(32, 32))
        self.last = nn.Sequential(nn.Conv2d(32, 3, 3, padding=1), nn.Tanh())

    def forward(self, image: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        code = self.encoder(image)
        mean, log_variance = self.mean(code), self.log_variance(code)
        z = torch.exp(log_variance * 0.5) * noise + mean
        again = self.last(self.decoder(self.widen(z).view(-1, 512, 2, 2)))
        return again, mean, log_variance
