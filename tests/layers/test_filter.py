"""Fixed filters: their kernels, their values as others compute them, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from pathlib import Path

import numpy
import pytest
import torch

import cnncalc
from cnncalc.layers.base import Refusal
from cnncalc.layers.fields import Refused
from cnncalc.layers.filter import named
from tests.effort import sampled
from tests.layers.make import layer, macs, output, params, refusals

KERNELS = {
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "gaussian": [[Fraction(n, 16) for n in row] for row in ([1, 2, 1], [2, 4, 2], [1, 2, 1])],
    "box": [[Fraction(1, 9)] * 3] * 3,
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("name", KERNELS)
def test_kernels(name: str) -> None:
    assert named(name, (3, 3)) == [n for row in KERNELS[name] for n in row]
    made, x = layer("filter", "5x7x2", taps=name)
    volume = torch.rand(2, 2, 5, 7)
    kernel = torch.tensor([[float(n) for n in row] for row in KERNELS[name]]).expand(2, 1, 3, 3)
    torch.testing.assert_close(made.build(torch, x)(volume), torch.nn.functional.conv2d(volume, kernel, groups=2))


def test_kernels_of_other_sizes_and_dimensions() -> None:
    assert named("gaussian", (5,)) == [Fraction(n, 16) for n in (1, 4, 6, 4, 1)]
    assert named("sobel_x", (3,)) == [-1, 0, 1]
    assert named("laplacian", (3,)) == [1, -2, 1]
    cube = numpy.array(named("laplacian", (3, 3, 3))).reshape(3, 3, 3)
    assert cube[1, 1, 1] == -6
    assert cube.sum() == 0
    assert (cube == 1).sum() == 6
    assert sum(named("gaussian", (4, 2, 3))) == sum(named("box", (4, 2, 3))) == 1


def test_given_numbers() -> None:
    made, x = layer("filter", "6x3", taps=(1, Fraction(1, 2)), divisor=2, pad=1)
    volume = torch.rand(2, 3, 6)
    padded = torch.nn.functional.pad(volume, (1, 1))
    torch.testing.assert_close(made.build(torch, x)(volume), (padded[..., :-1] + padded[..., 1:] / 2) / 2)


def test_counts() -> None:
    """A fixed kernel is stored, not learned, and costs what a depthwise convolution does."""
    assert output("blur_pool", "112x112x64") == "56x56x64"
    assert params("blur_pool", "112x112x64") == 0
    assert macs("blur_pool", "112x112x64") == macs("depthwise", "112x112x64", kernel=3, stride=2, pad=1)
    made, x = layer("filter", "28x28x3", taps="gaussian", size=5)
    assert made.buffers(x) == {"kernel": (3, 1, 5, 5)}
    assert str(made.shape(x)) == "24x24x3"


@pytest.mark.parametrize("kernel", sampled([4, 3, 1, 2, 5, 6, 7], every=4))
@pytest.mark.parametrize(("stride", "side"), [(2, 12), (2, 13), (1, 12), (3, 14)])
def test_blur_pool_is_that_of_its_paper(kernel: int, stride: int, side: int) -> None:
    """antialiased_cnns.BlurPool: reflected by half of k − 1 at each end, the odd one at the end."""
    row = torch.tensor([float(comb(kernel - 1, i)) for i in range(kernel)])
    square = row[:, None] * row[None, :]
    square = (square / square.sum()).expand(3, 1, kernel, kernel)
    before, after = int(1.0 * (kernel - 1) / 2), int(numpy.ceil(1.0 * (kernel - 1) / 2))
    volume = torch.rand(2, 3, side, side)
    padded = torch.nn.ReflectionPad2d([before, after, before, after])(volume)
    made, x = layer("blur_pool", f"{side}x{side}x3", kernel=kernel, stride=stride)
    y = made.build(torch, x)(volume)
    torch.testing.assert_close(y, torch.nn.functional.conv2d(padded, square, stride=stride, groups=3))
    assert str(made.shape(x)) == f"{-(-side // stride)}x{-(-side // stride)}x3" == f"{y.shape[2]}x{y.shape[3]}x3"


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        (
            "filter",
            "9x3",
            {"taps": "sobel_y"},
            Refusal(
                "E202",
                "taps",
                "sobel_y needs a second spatial dimension, 9x3 has 1 spatial dimension",
                "sobel_x differentiates along the last one",
            ),
        ),
        (
            "filter",
            "9x3",
            {"taps": ((1, 2), (3, 4))},
            Refusal("E202", "taps", "the kernel has 2 dimensions, 9x3 has 1 spatial dimension", "write [1,2,1]"),
        ),
        (
            "filter",
            "9x9x3",
            {"taps": (1, 2, 1)},
            Refusal(
                "E202",
                "taps",
                "the kernel has 1 dimension, 9x9x3 has 2 spatial dimensions",
                "write [[1,2,1],[1,2,1]]",
            ),
        ),
        (
            "filter",
            "9x9x3",
            {"taps": "sobel_x", "size": 5},
            Refusal("E105", "size", "sobel_x is 3x3, not 5x5", "leave it out; gaussian, box, identity have any size"),
        ),
        (
            "filter",
            "2x9x3",
            {"taps": "box"},
            Refusal("E201", "kernel", "3 exceeds the input size 2 without padding", "pad=1 would fit"),
        ),
        (
            "blur_pool",
            "1x9x3",
            {},
            Refusal(
                "E209",
                "kernel",
                "1 exceeds the 0 positions that reflect padding has of an input of size 1",
                "replicate padding has no limit",
            ),
        ),
        (
            "blur_pool",
            "64",
            {},
            Refusal("E202", None, "blur_pool requires 1 to 3 spatial dimensions, 64 is a vector"),
        ),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


@pytest.mark.parametrize(
    ("taps", "reason", "hint"),
    [
        (
            "gausian",
            "must be sobel_x, sobel_y, laplacian, gaussian, box, sharpen or identity or a list of numbers, "
            "not 'gausian'",
            "did you mean 'gaussian'?",
        ),
        (3, "must be a name such as sobel_x or numbers such as [1,2,1], not 3", None),
        ((), "must have a number in each row", "write [1,2,1]"),
        (((1, 2), (3,)), "has rows of 1 and 2 numbers", "all rows have as many numbers"),
        (((1, 2), 3), "must be made of numbers, not [1,2]", None),
        ((1, True), "must be made of numbers, not yes", None),
        (((((1,),),),), "has more than three dimensions", None),
    ],
)
def test_kernels_that_are_none(taps: object, reason: str, hint: str | None) -> None:
    with pytest.raises(Refused) as found:
        layer("filter", "9x9x3", taps=taps)
    assert (found.value.reason, found.value.hint) == (reason, hint)


MODEL = """\
import torch

class Blur(torch.nn.Module):
    def __init__(self):
        super().__init__()
        row = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("filt", (row[:, None] * row).expand(4, 1, 3, 3))

    def forward(self, x):
        return torch.nn.functional.conv2d(torch.nn.functional.pad(x, [1] * 4, "reflect"), self.filt, stride=2, groups=4)

def make():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU(), Blur(), torch.nn.Conv2d(4, 2, 1))
"""


def test_against_a_model(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODEL)
    chain = "8x8x3 -> conv 4 3x3 pad=1 -> relu -> blur_pool{} -> conv 2 1x1"
    assert cnncalc.against(chain.format(""), f"{file}:make").agrees
    assert not cnncalc.against(chain.format(" 5"), f"{file}:make").agrees
