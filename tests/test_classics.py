"""Shares that MobileNetV1's paper prints, and the receptive fields of networks with attention."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.network.report import Report, Row


def kind_of(row: Row) -> str:
    """Return what table 2 of the paper calls a layer."""
    kernels = {(1, 1): "Conv 1x1", (3, 3): "Conv 3x3"}
    return {"conv": kernels.get(getattr(row.node.layer, "kernel", ()), ""), "depthwise": "Conv DW 3x3"}.get(
        row.kind, "Fully Connected"
    )


@pytest.mark.parametrize(
    ("kind", "macs", "params"),
    [
        ("Conv 1x1", 94.86, 74.59),
        ("Conv DW 3x3", 3.06, 1.06),
        ("Conv 3x3", 1.91, 0.02),
        ("Fully Connected", 0.18, 24.33),
    ],
)
def test_shares_of_mobilenet_v1(kind: str, macs: float, params: float) -> None:
    """Howard et al. 2017, arXiv:1704.04861, table 2; it prints 1.19 % for the 1.91 % of the first layer.

    Its parameters are those of the weights, without batch normalisation, but with the biases of the last layer.
    """
    report = cnncalc.load("mobilenet_v1").report()
    learned = [row for row in report.rows if row.node.layer.weighted]
    found = [row for row in learned if kind_of(row) == kind]
    assert round(100 * sum(row.macs for row in found) / report.totals.macs, 2) == macs
    assert abs(100 * sum(row.params for row in found) / sum(row.params for row in learned) - params) < 0.02


def test_one_layer_of_mobilenet_v1() -> None:
    """Howard et al. 2017, arXiv:1704.04861, table 3: 14 x 14 x 512, in full, separable, at 0.75, and at 10 x 10."""
    full = cnncalc.load("14x14x512 -> conv 512 3x3 pad=1 bias=no").report().totals
    chain = "{0}x{0}x{1} -> depthwise 3x3 pad=1 bias=no -> conv {1} 1x1 bias=no"
    separable, thin, small = (
        cnncalc.load(chain.format(side, width)).report().totals for side, width in ((14, 512), (14, 384), (10, 384))
    )
    millions = [(round(t.macs / 1e6, 1), round(t.params / 1e6, 2)) for t in (full, separable, thin, small)]
    assert millions == [(462.4, 2.36), (52.3, 0.27), (29.6, 0.15), (15.1, 0.15)]


def seen(report: Report, path: str) -> tuple[int, int]:
    """Return size and jump of the receptive field behind a level."""
    inside = [f for r, f in zip(report.rows, report.receptive, strict=True) if f"{r.path}.".startswith(f"{path}.")]
    return inside[-1][0].size, inside[-1][0].jump


def test_attention_sees_everything() -> None:
    report = cnncalc.load("vit_b_16").report()
    assert seen(report, "patches") == (16, 16)
    assert seen(report, "encoder_layers.1") == (224, 16)


def test_windows_see_windows() -> None:
    """Patches of 4 cells; a window of 7 of them; shifted by 3, one that reaches into two windows."""
    report = cnncalc.load("swin_t").report()
    assert seen(report, "patches") == (4, 4)
    assert seen(report, "stage1.1.regular") == (28, 4)
    assert seen(report, "stage1.1.shifted") == (56, 4)
