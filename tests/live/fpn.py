"""A feature pyramid network written by hand in PyTorch, to check the library's against."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, relu


class Bottleneck(nn.Module):
    """A block of ResNet-50 and deeper."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.shortcut = None
        if stride > 1 or channels != 4 * width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = relu(self.bn1(self.conv1(x)))
        y = relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return relu(y + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(nn.Module):
    """A ResNet without its classifier, of which all stages are read."""

    def __init__(self, depths: tuple[int, ...]) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        stages, channels = [], 64
        for i, depth in enumerate(depths):
            width, blocks = 64 * 2**i, []
            for block in range(depth):
                blocks.append(Bottleneck(channels, width, 2 if block == 0 and i else 1))
                channels = 4 * width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        x = max_pool2d(relu(self.bn1(self.conv1(x))), 3, 2, 1)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found


class Pyramid(ResNet):
    """Four maps of a ResNet, each added to the coarser one above it, and a fifth below."""

    def __init__(self, depths: tuple[int, ...] = (3, 4, 6, 3)) -> None:
        super().__init__(depths)
        self.lateral = nn.ModuleList(nn.Conv2d(256 * 2**i, 256, 1) for i in range(4))
        self.smooth = nn.ModuleList(nn.Conv2d(256, 256, 3, padding=1) for _ in range(4))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = self.maps(x)
        merged = [self.lateral[3](maps[3])]
        for i in (2, 1, 0):
            merged.insert(0, interpolate(merged[0], scale_factor=2) + self.lateral[i](maps[i]))
        found = [smooth(one) for smooth, one in zip(self.smooth, merged, strict=True)]
        return [*found, max_pool2d(found[3], 1, 2)]
