"""Patterns of real networks: each as a spec, written with docs/language.md alone, and in PyTorch."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d, pad, relu

SPECS: dict[str, str] = {}
MODELS: dict[str, type[nn.Module]] = {}


# BiFPN of EfficientDet: the maps are fused from the coarsest down and up again, by learned weights

SPECS["bifpn"] = """
input: 64x64x3
vars: {d: 16, repeats: 2}
blocks:
  fuse: silu -> depthwise 3x3 pad=1 bias=no -> conv d 1x1 -> batchnorm    # cnncalc: ignore[W401]
  weighted x: use x -> scale init=1 per=all
  bifpn levels:
    - for: fine in reversed(levels)
      layers:
        - down:
            - if: index == 0
              then: use fine
              else:
                - coarse: upsample 2 -> scale init=1 per=all
                - weighted fine -> add coarse -> fuse
    - for: fine in reversed(down)
      layers:
        - out:
            - if: index == 0
              then: use fine
              else:
                - below: maxpool 2 -> scale init=1 per=all
                - weighted levels[index] -> add below -> fuse
layers:
  - for: width in [8, 16, 32, 64]
    layers:
      - c: conv width 3x3 stride=2 pad=1 -> relu
  - for: map in c
    layers:
      - p: use map -> conv d 1x1
  - fused:
      repeat: repeats
      layers:
        - layer:
            - if: index == 0
              then: bifpn p
              else: bifpn layer[index-1].out
outputs: [fused.2.layer.out]
"""


class BiFPN(nn.Module):
    def __init__(self, d: int = 16) -> None:
        super().__init__()
        widths = (3, 8, 16, 32, 64)
        self.trunk = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(widths))
        self.lateral = nn.ModuleList(nn.Conv2d(n, d, 1) for n in widths[1:])
        self.weights = nn.ParameterList(nn.Parameter(torch.ones(1)) for _ in range(2 * 2 * 2 * 3))
        self.fuse = nn.ModuleList(
            nn.Sequential(
                nn.SiLU(), nn.Conv2d(d, d, 3, 1, 1, groups=d, bias=False), nn.Conv2d(d, d, 1), nn.BatchNorm2d(d)
            )
            for _ in range(2 * 2 * 3)
        )

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for conv in self.trunk:
            x = relu(conv(x))
            maps.append(x)
        levels = [conv(m) for conv, m in zip(self.lateral, maps, strict=True)]
        weight, fuse = iter(self.weights), iter(self.fuse)
        for _ in range(2):
            down = [levels[-1]]
            for fine in levels[-2::-1]:
                coarse = interpolate(down[-1], scale_factor=2) * next(weight)
                down.append(next(fuse)(fine * next(weight) + coarse))
            out = [down[-1]]
            for level in levels[1:]:
                below = max_pool2d(out[-1], 2) * next(weight)
                out.append(next(fuse)(level * next(weight) + below))
            levels = out
        return levels


MODELS["bifpn"] = BiFPN


# PANet's neck in YOLO: down through the maps and up again, concatenated

SPECS["panet"] = """
input: 64x64x3
blocks:
  unit out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm -> silu
  fuse out: unit out 1x1 -> unit out 3x3
layers:
  - for: width in [16, 32, 64, 128]
    layers:
      - c: unit width 3x3 2
  - top: unit 64 1x1
  - for: fine in [c[2], c[1]]
    layers:
      - down: upsample 2 -> concat fine -> fuse fine.channels/2
  - for: coarse in [down[0], top]
    layers:
      - up: unit channels 3x3 2 -> concat coarse -> fuse coarse.channels
  - heads:
      for: level in [down[1], up]
      layers:
        - boxes: use level -> conv 255 1x1
outputs: [heads.boxes]
"""


def unit(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.SiLU())


def fuse(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(unit(inputs, outputs, 1), unit(outputs, outputs, 3))


class PANet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.ModuleList(unit(a, b, 3, 2) for a, b in ((3, 16), (16, 32), (32, 64), (64, 128)))
        self.top = unit(128, 64, 1)
        self.down = nn.ModuleList((fuse(128, 32), fuse(64, 16)))
        self.stride = nn.ModuleList((unit(16, 16, 3, 2), unit(32, 32, 3, 2)))
        self.up = nn.ModuleList((fuse(48, 32), fuse(96, 64)))
        self.heads = nn.ModuleList(nn.Conv2d(n, 255, 1) for n in (16, 32, 64))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for conv in self.trunk:
            x = conv(x)
            maps.append(x)
        top = self.top(x)
        middle = self.down[0](torch.cat([interpolate(top, scale_factor=2), maps[2]], 1))
        fine = self.down[1](torch.cat([interpolate(middle, scale_factor=2), maps[1]], 1))
        up = self.up[0](torch.cat([self.stride[0](fine), middle], 1))
        last = self.up[1](torch.cat([self.stride[1](up), top], 1))
        return [head(level) for head, level in zip(self.heads, (fine, up, last), strict=True)]


MODELS["panet"] = PANet


# HRNet's fusion: each map is the sum of all, brought to its size

SPECS["hrnet_fusion"] = """
input: 32x32x3
blocks:
  conv_bn out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm
  from map like:
    - use map
    - if: sides[0] < like.sides[0]
      then: conv_bn like.channels 1x1 -> resize_like like
    - if: sides[0] > like.sides[0]
      then: down sides[0]//like.sides[0] like.channels
  down times out:
    - if: times > 2
      then: conv_bn channels 3x3 2 -> relu -> down times//2 out
      else: conv_bn out 3x3 2
  fusion maps:
    - for: like in maps
      layers:
        - for: map in maps
          layers:
            - part: from map like
        - fused: use part -> add -> relu
layers:
  - for: width in [8, 16, 32]
    layers:
      - c: conv width 3x3 stride=2 pad=1
  - exchange: fusion c
outputs: [exchange.fused]
"""


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class HRNetFusion(nn.Module):
    def __init__(self, widths: tuple[int, ...] = (8, 16, 32)) -> None:
        super().__init__()
        self.trunk = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise((3, *widths)))
        self.paths = nn.ModuleDict()
        for to, out in enumerate(widths):
            for at, width in enumerate(widths):
                if at > to:
                    self.paths[f"{to}{at}"] = conv_bn(width, out, 1)
                elif at < to:
                    steps: list[nn.Module] = []
                    for _ in range(to - at - 1):
                        steps += [conv_bn(width, width, 3, 2), nn.ReLU()]
                    self.paths[f"{to}{at}"] = nn.Sequential(*steps, conv_bn(width, out, 3, 2))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for conv in self.trunk:
            x = conv(x)
            maps.append(x)
        fused = []
        for to, like in enumerate(maps):
            parts = []
            for at, part in enumerate(maps):
                y = part if at == to else self.paths[f"{to}{at}"](part)
                parts.append(interpolate(y, like.shape[2:]) if at > to else y)
            total = parts[0]
            for part in parts[1:]:
                total = total + part
            fused.append(relu(total))
        return fused


MODELS["hrnet_fusion"] = HRNetFusion


# U-Net in three dimensions

SPECS["unet_3d"] = """
input: 16x32x32x1
blocks:
  unit out: conv out 3x3x3 pad=1 bias=no -> batchnorm -> relu
  double out: unit out//2 -> unit out
layers:
  - for: width in [16, 32, 64]
    layers:
      - down: double width
      - maxpool 2
  - double 128
  - for: skip in reversed(down)
    layers: conv_transpose channels 2x2x2 stride=2 -> concat skip -> 2 * unit skip.channels
  - conv 3 1x1x1 -> 16x32x32x3
"""


def unit3d(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv3d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm3d(outputs), nn.ReLU())


class UNet3D(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = (1, 16, 32, 64, 128)
        self.down = nn.ModuleList(nn.Sequential(unit3d(a, b // 2), unit3d(b // 2, b)) for a, b in pairwise(widths))
        self.enlarge = nn.ModuleList(nn.ConvTranspose3d(n, n, 2, 2) for n in (128, 64, 32))
        self.up = nn.ModuleList(
            nn.Sequential(unit3d(a + b, b), unit3d(b, b)) for a, b in ((128, 64), (64, 32), (32, 16))
        )
        self.last = nn.Conv3d(16, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for double in self.down[:3]:
            x = double(x)
            skips.append(x)
            x = nn.functional.max_pool3d(x, 2)
        x = self.down[3](x)
        for enlarge, up, skip in zip(self.enlarge, self.up, skips[::-1], strict=True):
            x = up(torch.cat([enlarge(x), skip], 1))
        return self.last(x)


MODELS["unet_3d"] = UNet3D


# Attention U-Net: what is skipped is gated by what comes up

SPECS["attention_unet"] = """
input: 64x64x3
blocks:
  double out: 2 * (conv out 3x3 pad=1 -> relu)
  gate skip between=skip.channels/2:
    - signal: conv between 1x1
    - use skip -> conv between 1x1 -> add signal -> relu -> conv 1 1x1 -> sigmoid -> mul skip
layers:
  - for: width in [8, 16, 32]
    layers:
      - down: double width
      - maxpool 2
  - bottom: double 64
  - for: skip in reversed(down)
    layers:
      - up: upsample 2 -> conv skip.channels 3x3 pad=1 -> relu
      - gate skip -> concat up -> double skip.channels
  - conv 1 1x1 -> sigmoid
"""


def double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, 1, 1), nn.ReLU()
    )


class AttentionUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(double(a, b) for a, b in ((3, 8), (8, 16), (16, 32), (32, 64)))
        sizes = ((64, 32), (32, 16), (16, 8))
        self.enlarge = nn.ModuleList(nn.Conv2d(a, b, 3, 1, 1) for a, b in sizes)
        self.signal = nn.ModuleList(nn.Conv2d(b, b // 2, 1) for _, b in sizes)
        self.skip = nn.ModuleList(nn.Conv2d(b, b // 2, 1) for _, b in sizes)
        self.gate = nn.ModuleList(nn.Conv2d(b // 2, 1, 1) for _, b in sizes)
        self.up = nn.ModuleList(double(2 * b, b) for _, b in sizes)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for block in self.down[:3]:
            x = block(x)
            skips.append(x)
            x = max_pool2d(x, 2)
        x = self.down[3](x)
        for i, skip in enumerate(skips[::-1]):
            up = relu(self.enlarge[i](interpolate(x, scale_factor=2)))
            gate = torch.sigmoid(self.gate[i](relu(self.skip[i](skip) + self.signal[i](up))))
            x = self.up[i](torch.cat([gate * skip, up], 1))
        return torch.sigmoid(self.last(x))


MODELS["attention_unet"] = AttentionUNet


# DenseNet, whose layers read the list of all maps before them

SPECS["densenet_list"] = """
input: 32x32x3
blocks:
  new: batchnorm -> relu -> conv 12 3x3 pad=1 bias=no
  dense n:
    - first: identity
    - repeat: n
      layers:
        - map:
            - if: index == 0
              then: use first -> new
              else: use [first, map] -> concat -> new
    - use [first, map] -> concat
layers:
  - conv 16 3x3 pad=1
  - dense 4
  - conv channels/2 1x1 -> avgpool 2
  - dense 3
  - 16x16x68 -> global_avgpool -> flatten -> linear 10
"""


class DenseBlock(nn.Module):
    def __init__(self, inputs: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(n), nn.ReLU(), nn.Conv2d(n, 12, 3, 1, 1, bias=False))
            for n in (inputs + 12 * i for i in range(layers))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat(maps, 1) if len(maps) > 1 else x))
        return torch.cat(maps, 1)


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1), DenseBlock(16, 4), nn.Conv2d(64, 32, 1), nn.AvgPool2d(2), DenseBlock(32, 3)
        )
        self.last = nn.Linear(68, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.body(x).mean((2, 3)))


MODELS["densenet_list"] = DenseNet


# Temporal convolutional network: causal dilated convolutions with residuals

SPECS["tcn"] = """
input: 200x4
blocks:
  causal out dilation: conv out 3 dilation=dilation pad=(2*dilation):0 -> relu -> dropout 0.2
  level out dilation:
    - add:
        body: 2 * causal out dilation
        skip:
          - if: channels != out
            then: conv out 1
            else: identity
    - relu
layers:
  - for: dilation in [1, 2, 4, 8]
    layers: level 25 dilation
  - linear 10 -> 200x10
"""


class TCNLevel(nn.Module):
    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.convs = nn.ModuleList(nn.Conv1d(n, outputs, 3, dilation=dilation) for n in (inputs, outputs))
        self.drop = nn.Dropout(0.2)
        self.skip = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for conv in self.convs:
            y = self.drop(relu(conv(pad(y, (2 * self.dilation, 0)))))
        return relu(y + self.skip(x))


class TCN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Sequential(*(TCNLevel(4 if d == 1 else 25, 25, d) for d in (1, 2, 4, 8)))
        self.last = nn.Linear(25, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.levels(x).transpose(1, 2)).transpose(1, 2)


MODELS["tcn"] = TCN


# CRNN: columns of a text line are read as a sequence

SPECS["crnn"] = """
input: 32x100x1
blocks:
  unit out: conv out 3x3 pad=1 -> batchnorm -> relu
layers:
  - for: stage in [[16, 2x2], [32, 2x2], [64, 2x1], [64, 2x1]]
    layers: unit stage[0] -> maxpool stage[1]
  - conv 64 2x2 -> relu -> 1x24x64 -> reshape 24x64
  - 2 * lstm 32 bidirectional=yes
  - linear 37 -> 24x37
"""


class CRNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for (a, b), size in zip(pairwise((1, 16, 32, 64, 64)), ((2, 2), (2, 2), (2, 1), (2, 1)), strict=True):
            steps += [nn.Conv2d(a, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(size)]
        self.trunk = nn.Sequential(*steps, nn.Conv2d(64, 64, 2), nn.ReLU())
        self.rnn = nn.ModuleList(nn.LSTM(64, 32, batch_first=True, bidirectional=True) for _ in range(2))
        self.last = nn.Linear(64, 37)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.trunk(x).squeeze(2).transpose(1, 2)
        for rnn in self.rnn:
            y, _ = rnn(y)
        return self.last(y).transpose(1, 2)


MODELS["crnn"] = CRNN


# Panoptic FPN: every level is brought to the size of the finest, and they are summed

SPECS["fpn_segmentation"] = """
input: 64x64x3
blocks:
  stage out: conv out 3x3 pad=1 bias=no -> groupnorm 4 -> relu
layers:
  - for: width in [8, 16, 32, 64]
    layers:
      - c: conv width 3x3 stride=2 pad=1 -> relu
  - m4: conv 16 1x1
  - for: lateral in reversed([c[0], c[1], c[2]])
    layers:
      - m:
          - add: {above: upsample 2, lateral: use lateral -> conv 16 1x1}
  - for: level in reversed([m4, m])
    layers:
      - part:
          - use level -> stage 16
          - if: index > 0
            then: upsample 2 mode=bilinear
          - (max(index-1, 0)) * (stage 16 -> upsample 2 mode=bilinear)
  - use part -> add -> conv 5 1x1 -> upsample 2 mode=bilinear -> 64x64x5
"""


class FPNSegmentation(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = (3, 8, 16, 32, 64)
        self.trunk = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(widths))
        self.lateral = nn.ModuleList(nn.Conv2d(n, 16, 1) for n in widths[1:])
        self.parts = nn.ModuleList(
            nn.ModuleList(
                nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, bias=False), nn.GroupNorm(4, 16), nn.ReLU())
                for _ in range(max(index, 1))
            )
            for index in range(4)
        )
        self.last = nn.Conv2d(16, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = []
        for conv in self.trunk:
            x = relu(conv(x))
            maps.append(x)
        levels = [self.lateral[3](maps[3])]
        for i in (2, 1, 0):
            levels.insert(0, interpolate(levels[0], scale_factor=2) + self.lateral[i](maps[i]))
        total = None
        for index, (level, stages) in enumerate(zip(levels, self.parts, strict=True)):
            y = level
            for stage in stages:
                y = stage(y)
                if index:
                    y = interpolate(y, scale_factor=2, mode="bilinear")
            total = y if total is None else total + y
        return interpolate(self.last(total), scale_factor=2, mode="bilinear")


MODELS["fpn_segmentation"] = FPNSegmentation


# Siamese network of three images with shared weights: anchor, positive, negative

SPECS["triplet"] = """
inputs: {anchor: 32x32x3, positive: 32x32x3, negative: 32x32x3}
layers:
  - towers:
      for: image in [anchor, positive, negative]
      share: yes
      layers:
        - code:
            - use image
            - for: width in [8, 16]
              layers: conv width 3x3 stride=2 pad=1 -> batchnorm -> relu
            - flatten -> linear 32
  - near: use towers.code[0] -> sub towers.code.positive
  - far: use towers.code[0] -> sub towers.code.negative
outputs: [near, far]
"""


class Triplet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for a, b in pairwise((3, 8, 16)):
            steps += [nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU()]
        self.tower = nn.Sequential(*steps, nn.Flatten(), nn.Linear(1024, 32))

    def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        anchor, positive, negative = (self.tower(x) for x in (a, b, c))
        return anchor - positive, anchor - negative


MODELS["triplet"] = Triplet


# Multi-scale discriminators of pix2pixHD: the same network, with weights of its own, on smaller and smaller images

SPECS["multiscale_discriminator"] = """
input: 64x64x6
blocks:
  discriminator:
    - conv 16 4x4 stride=2 pad=2 -> leaky_relu 0.2
    - for: width in [32, 64]
      layers: conv width 4x4 stride=2 pad=2 -> instancenorm -> leaky_relu 0.2
    - conv 1 4x4 pad=2
layers:
  - repeat: 3
    layers:
      - image:
          - if: index > 0
            then: avgpool 3x3 stride=2 pad=1 count_include_pad=no
            else: identity
      - judged: discriminator
      - use image
outputs: [judged]
"""


class MultiscaleDiscriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(self.part() for _ in range(3))
        self.pool = nn.AvgPool2d(3, 2, 1, count_include_pad=False)

    def part(self) -> nn.Sequential:
        steps: list[nn.Module] = [nn.Conv2d(6, 16, 4, 2, 2), nn.LeakyReLU(0.2)]
        for a, b in ((16, 32), (32, 64)):
            steps += [nn.Conv2d(a, b, 4, 2, 2), nn.InstanceNorm2d(b), nn.LeakyReLU(0.2)]
        return nn.Sequential(*steps, nn.Conv2d(64, 1, 4, 1, 2))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        judged = []
        for index, part in enumerate(self.parts):
            x = self.pool(x) if index else x
            judged.append(part(x))
        return judged


MODELS["multiscale_discriminator"] = MultiscaleDiscriminator


# EDSR: residual blocks within a residual, then sub-pixel convolutions

SPECS["edsr"] = """
input: 24x24x3
blocks:
  residual: conv channels 3x3 pad=1 -> relu -> conv channels 3x3 pad=1 -> rescale 0.1 -> add input
layers:
  - head: conv 32 3x3 pad=1
  - body: 4 * residual -> conv 32 3x3 pad=1
  - add head
  - for: factor in [2, 2]
    layers: conv factor*factor*channels 3x3 pad=1 -> pixel_shuffle factor
  - conv 3 3x3 pad=1 -> 96x96x3
"""


class EDSRBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU(), nn.Conv2d(32, 32, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) * 0.1 + x


class EDSR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, 32, 3, 1, 1)
        self.body = nn.Sequential(*(EDSRBlock() for _ in range(4)), nn.Conv2d(32, 32, 3, 1, 1))
        steps: list[nn.Module] = []
        for _ in range(2):
            steps += [nn.Conv2d(32, 128, 3, 1, 1), nn.PixelShuffle(2)]
        self.tail = nn.Sequential(*steps, nn.Conv2d(32, 3, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        head = self.head(x)
        return self.tail(self.body(head) + head)


MODELS["edsr"] = EDSR


# SKNet: branches of growing dilation, and a softmax over them for each channel

SPECS["sknet"] = """
input: 28x28x32
blocks:
  selective dilations reduced:
    - entering: identity
    - for: dilation in dilations
      layers:
        - branch: use entering -> conv channels 3x3 dilation=dilation pad=dilation groups=8 bias=no -> batchnorm -> relu
    - fused: use branch -> add -> global_avgpool -> flatten -> linear reduced bias=no -> batchnorm -> relu
    - for: map in branch
      layers:
        - weight: use fused -> linear map.channels
    - shares: use weight -> stack -> softmax axis=branches
    - for: map in branch
      layers:
        - chosen: use shares -> unbind index -> mul map
    - use chosen -> add
layers:
  - selective [1, 2] 16 -> 28x28x32
"""


class SKUnit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(nn.Conv2d(32, 32, 3, 1, d, dilation=d, groups=8, bias=False), nn.BatchNorm2d(32), nn.ReLU())
            for d in (1, 2)
        )
        self.fuse = nn.Sequential(nn.Linear(32, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU())
        self.weights = nn.ModuleList(nn.Linear(16, 32) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = [branch(x) for branch in self.branches]
        fused = self.fuse((maps[0] + maps[1]).mean((2, 3)))
        attention = torch.softmax(torch.stack([weight(fused) for weight in self.weights], 1), 1)
        parts = [m * attention[:, i, :, None, None] for i, m in enumerate(maps)]
        return parts[0] + parts[1]


MODELS["sknet"] = SKUnit
