"""What other counters print, and the terms of the difference, against numbers that they were measured to print."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import cnncalc
from cnncalc.comparison.counters import COUNTERS, counter
from cnncalc.comparison.reconcile import FACTS
from cnncalc.layers import KINDS

with (Path(__file__).parent.parent / "data" / "counters.csv").open(encoding="utf-8") as file:
    MEASURED = [*csv.DictReader(file)]

SPECS = {
    "fcn_small": """
        input: 64x64x3
        layers:
          - c1: conv 32 3x3 pad=1 -> relu -> maxpool 2x2
          - c2: conv 64 3x3 pad=1 -> relu
          - p2: maxpool 2x2
          - c3: conv 128 3x3 pad=1 -> relu -> maxpool 2x2
          - score: conv 21 1x1
          - add:
              coarse: conv_transpose 21 4x4 stride=2 pad=1 bias=no
              fine: use p2 -> conv 21 1x1
          - up4: conv_transpose 21 8x8 stride=4 pad=2 groups=21 bias=no
    """,
    "shared_conv3": """
        input: 32x32x3
        layers:
          - stem: conv 16 3x3 pad=1 -> relu
          - s1: [{add: {a: identity, b: [c1: conv 16 3x3 pad=1, relu]}}]
          - s2: [{add: {a: identity, b: again s1.b}}]
          - s3: [{add: {a: identity, b: again s1.b}}]
          - global_avgpool -> flatten -> linear 10
    """,
}
NAMES = {"alexnet": "alexnet_torchvision", "googlenet": "googlenet_torchvision"}
CODE = {
    "googlenet": ("function=relu",),
    "mobilenet_v2": ("function=global_avgpool",),
    "convnext_tiny": ("linear=res2,res3,res4,res5", "subclass=stem,down?.*,pool"),
}


@pytest.mark.parametrize("name", sorted({row["network"] for row in MEASURED}))
def test_numbers_are_those_that_were_measured(name: str, tmp_path: Path) -> None:
    what = NAMES.get(name, name)
    if name in SPECS:
        what = str(tmp_path / f"{name}.cnn.yaml")
        Path(what).write_text(SPECS[name], "utf-8")
    found = cnncalc.reconcile(what, code=CODE.get(name, ()))
    for row in MEASURED:
        if row["network"] == name:
            count = found[row["counter"], row["quantity"]]
            assert count.number == (int(row["number"]) if row["number"] else None), (row, count)


def test_a_difference_is_the_sum_of_its_terms() -> None:
    found = cnncalc.reconcile("resnet50")
    assert [(term.name, term.value, term.fault) for term in found["torchinfo"].terms] == [
        ("norm: its parameters, once", 53_120, False),
        ("bias of linear: once", 1_000, False),
    ]
    for count in found:
        assert count.number is not None
        assert count.difference == sum(term.value for term in count.terms)


def test_every_counter_says_what_it_makes_of_each_kind() -> None:
    """A rule of a kind that does not exist would never be used."""
    for name in COUNTERS:
        for quantity in counter(name).quantities:
            assert set(quantity.rules) <= set(KINDS), (name, quantity.name)


@pytest.mark.parametrize(
    ("chain", "name", "reason"),
    [
        ("8x8x4 -> deform_conv 4 3x3 pad=1", "fvcore", "deform_conv: no rule for deform_conv"),
        ("8x8x4 -> conv 4 3x3 parametrize=weight_norm", "thop", None),
        ("8x8x4 -> batchnorm scale=no", "thop", "batchnorm: batchnorm with only one of scale and shift"),
        ("50x64 -> attention 4 key_dim=8", "ptflops", "attention: attention with heads of another width"),
        ("50x64 -> lstm 8 biases=1", "torchinfo", "lstm: lstm with a projection or one bias"),
    ],
)
def test_what_no_rule_is_known_of_is_not_modelled(chain: str, name: str, reason: str | None) -> None:
    count = cnncalc.reconcile(chain, counters=[name])[name]
    if reason is not None:
        assert (count.number, count.missing) == (None, reason)


def test_facts_change_numbers() -> None:
    plain = cnncalc.reconcile("vit_b_16", counters=["fvcore"])["fvcore"].number
    fast = cnncalc.reconcile("vit_b_16", counters=["fvcore"], code=["no_grad"])["fvcore"].number
    assert (plain, fast) == (16_867_412_736, 11_290_036_992)
    assert len(FACTS) == len({fact.field for fact in FACTS.values()})


def test_deepspeed_counts_an_upsampled_value_once() -> None:
    for chain, flops in (("4x4x3 -> upsample 2", 8 * 8 * 3), ("4x4x3 -> resize 6x6", 6 * 6)):
        counts = {count.quantity.name: count.number for count in cnncalc.reconcile(chain, counters=["deepspeed"])}
        assert counts == {"flops": flops, "macs": 0, "params": 0}
