"""Normalisation: what is learned, what is kept, and what is refused."""

import pytest
import torch

from cnncalc.layers.base import Refusal
from cnncalc.numbers.arith import product
from tests.layers.make import layer, params, refusals


@pytest.mark.parametrize(
    ("kind", "values", "count"),
    [
        ("batchnorm", {}, 128),
        ("batchnorm", {"affine": False}, 0),
        ("layernorm", {}, 128),
        ("groupnorm", {"groups": 32}, 128),
        ("instancenorm", {}, 0),
        ("instancenorm", {"affine": True}, 128),
        ("lrn", {}, 0),
        ("scale", {}, 64),
        ("global_response_norm", {}, 128),
    ],
)
def test_params(kind: str, values: dict[str, object], count: int) -> None:
    assert params(kind, "56x56x64", **values) == count


def test_running_statistics_are_buffers() -> None:
    """2C of them; PyTorch's count of training steps is no statistic."""
    made, x = layer("batchnorm", "56x56x64")
    assert made.buffers(x) == {"running_mean": (64,), "running_var": (64,)}


@pytest.mark.parametrize(
    ("kind", "x", "values", "refusal"),
    [
        ("groupnorm", "8x8x6", {"groups": 4}, Refusal("E203", "groups", "4 groups do not divide 6 channels")),
        (
            "instancenorm",
            "64",
            {},
            Refusal("E202", None, "instancenorm requires 1 to 3 spatial dimensions, 64 is a vector"),
        ),
        (
            "instancenorm",
            "1x1x64",
            {},
            Refusal("E202", None, "instancenorm needs more than one position, 1x1x64 has one"),
        ),
        (
            "global_response_norm",
            "64",
            {},
            Refusal("E202", None, "global_response_norm requires 1 to 3 spatial dimensions, 64 is a vector"),
        ),
        ("lrn", "64", {}, Refusal("E202", None, "lrn requires 1 to 3 spatial dimensions, 64 is a vector")),
    ],
)
def test_refusals(kind: str, x: str, values: dict[str, object], refusal: Refusal) -> None:
    assert refusals(kind, x, **values) == [refusal]


@pytest.mark.parametrize(
    ("kind", "values", "count", "buffers"),
    [
        ("batchnorm", {"scale": False}, 8, 16),  # keras.layers.BatchNormalization(scale=False), as Inception v3 has it
        ("batchnorm", {"bias": False}, 8, 16),
        ("batchnorm", {"frozen": True}, 0, 32),  # torchvision.ops.FrozenBatchNorm2d
        ("layernorm", {"bias": False}, 8, 0),
        ("layernorm", {"whole": True}, 2 * 8 * 4 * 5, 0),
        ("groupnorm", {"groups": 2, "scale": False}, 8, 0),
        ("rms_norm", {}, 8, 0),
        ("rms_norm", {"affine": False}, 0, 0),
    ],
)
def test_parts_of_a_norm(kind: str, values: dict[str, object], count: int, buffers: int) -> None:
    made, x = layer(kind, "4x5x8", **values)
    assert params(kind, "4x5x8", **values) == count
    assert sum(map(product, made.buffers(x).values())) == buffers
    assert made.build(torch, x).eval()(torch.rand(2, 8, 4, 5)).isfinite().all()


@pytest.mark.parametrize(
    ("kind", "values", "theirs"),
    [
        ("batchnorm", {"eps": 0.1}, torch.nn.BatchNorm2d(8, eps=0.1)),
        ("batchnorm", {"frozen": True, "eps": 0.1}, torch.nn.BatchNorm2d(8, eps=0.1)),
        ("batchnorm", {"scale": False, "eps": 0.1}, torch.nn.BatchNorm2d(8, eps=0.1)),
        ("layernorm", {"whole": True, "eps": 0.1}, torch.nn.LayerNorm((8, 4, 5), 0.1)),
        ("groupnorm", {"groups": 2, "eps": 0.1}, torch.nn.GroupNorm(2, 8, 0.1)),
        ("instancenorm", {"eps": 0.1}, torch.nn.InstanceNorm2d(8, 0.1)),
    ],
)
def test_norms_are_those_of_torch(kind: str, values: dict[str, object], theirs: torch.nn.Module) -> None:
    made, x = layer(kind, "4x5x8", **values)
    volume = torch.rand(2, 8, 4, 5)
    torch.testing.assert_close(made.build(torch, x).eval()(volume), theirs.eval()(volume))


def test_rms_norm_is_that_of_torch() -> None:
    made, x = layer("rms_norm", "4x8", eps=0.1)
    volume = torch.rand(2, 8, 4)
    theirs = torch.nn.RMSNorm(8, 0.1)(volume.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(made.build(torch, x)(volume), theirs)


@pytest.mark.parametrize("norm", [1, 2, 3])
def test_normalize_is_that_of_torch(norm: int) -> None:
    made, x = layer("normalize", "4x5x8", norm=norm)
    volume = torch.randn(2, 8, 4, 5)
    torch.testing.assert_close(made.build(torch, x)(volume), torch.nn.functional.normalize(volume, norm))


@pytest.mark.parametrize("x", ["9x2", "9x8x2", "5x6x7x2"])
def test_lrn_within_a_channel_is_that_of_caffe(x: str) -> None:
    """Caffe squares, takes the mean of a padded window, and divides by (1 + alpha · mean)^beta."""
    made, volume = layer("lrn", x, size=3, alpha=0.5, region="within")
    numbers = torch.randn(2, *volume.chw)
    count = len(volume.sides)
    ones = torch.ones(2, 1, *[3] * count)
    convolve = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[count - 1]
    energy = convolve(numbers.square(), ones, padding=1, groups=2) / 3**count
    torch.testing.assert_close(made.build(torch, volume)(numbers), numbers / (1 + 0.5 * energy) ** 0.75)
    assert [side.reach for side in made.geometry(volume)] == [3] * count


def test_lrn_within_a_channel_needs_a_centre() -> None:
    refusal = Refusal("E202", "size", "4 has no centre: a window within a channel is odd", "5 has one")
    assert refusals("lrn", "9x9x2", size=4, region="within") == [refusal]


def test_rescale_adds_its_offset() -> None:
    made, x = layer("rescale", "4", scale=2, offset=-1)
    assert made.build(torch, x)(torch.ones(1, 4)).tolist() == [[1.0] * 4]
