"""Explanations: every printed formula, in letters and in every step, comes to the number of the report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.algebra.explain import Explanation, Quantity, quantities_of
from cnncalc.algebra.network_summary import story
from cnncalc.layers import KINDS
from cnncalc.layers.base import Layer
from cnncalc.layers.merge import Input
from cnncalc.loading import load
from cnncalc.network.network import Group, Network, Node
from cnncalc.network.report import Report
from cnncalc.numbers.traced import Part, Traced, leaf
from cnncalc.render.explain import document
from cnncalc.render.formula import PLAIN, SET, TYPED, rounded, steps
from cnncalc.shape import Shape
from cnncalc.spec.model import Broken
from tests.algebra.reading import value
from tests.effort import examples, sampled
from tests.strategies import layers


def alone(layer: Layer, xs: tuple[Shape, ...]) -> Network:
    """Return a network of one layer, with an input for each volume that it takes."""
    nodes = [Node(i, f"in{i}", Input(x), (), (), x) for i, x in enumerate(xs)]
    nodes.append(Node(len(xs), layer.kind, layer, tuple(range(len(xs))), xs, layer.shape(*xs)))
    inputs = {f"in{i}": i for i in range(len(xs))}
    return Network("alone", "alone", "", nodes, inputs, {"output": len(xs)}, Group("", Broken(), 0, len(nodes)))


def letters(part: Part) -> Iterator[tuple[str, Any]]:
    """Yield the letters of a formula and the numbers that they stand for."""
    if isinstance(part, Traced):
        if part.op == "leaf":
            yield part.parts[0], part.value
        else:
            for inner in (p for _, p in part.parts) if part.op == "sum" else part.parts:
                yield from letters(inner)


def holds(quantity: Quantity) -> None:
    """Work every step of a formula out, in every notation."""
    names: dict[str, Any] = {}
    for name, number in letters(quantity.formula):
        assert names.setdefault(name, number) == number, f"{name} means two numbers in {quantity.name}"
    for notation in (PLAIN, TYPED, SET):
        for text in steps(quantity.formula, notation):
            assert value(text, names) == pytest.approx(float(quantity.value), rel=1e-3 if "." in text else 1e-12), text


def reported(report: Report) -> dict[str, Any]:
    """Return what the report says of its last row, under the names of the explanation."""
    row = report.rows[-1]
    return {
        "params": row.params,
        "MACs": row.macs,
        "FLOPs": row.flops,
        "weight bytes": row.weight_bytes,
        "buffers": row.buffer_values,
        "activation bytes": row.activation_bytes,
        "He std": row.he_std,
        "He std in": row.he_std_in,
    }


def agrees(report: Report, *, full: bool) -> None:
    """Hold the explanation of the last layer against the report."""
    row = report.rows[-1]
    quantities = quantities_of(report, row, full=full)
    known = reported(report)
    for quantity in quantities:
        holds(quantity)
        if quantity.name in known:
            assert quantity.value == known[quantity.name], quantity.name
    sides = [q.value for q in quantities if q.name.startswith("output, ")]
    assert set(sides) == set(row.output.sides) if len(row.input) == 1 else not sides
    channels = [q.value for q in quantities if q.name in ("channels", "values")]
    assert channels in ([], [row.output.channels])
    fields = report.receptive[-1]
    assert {q.value for q in quantities if q.name.startswith("receptive field")} == {field.size for field in fields}
    assert {q.value for q in quantities if q.name.startswith("jump")} == {field.jump for field in fields}


@pytest.mark.parametrize("share", sampled([5, 12], every=2))
@pytest.mark.parametrize("kind", KINDS)
def test_every_formula_of_every_kind(kind: str, share: int) -> None:
    @examples(share)
    @given(layers((kind,)), st.sampled_from([1, 3]), st.booleans())
    def formulas(case: tuple[Layer, tuple[Shape, ...]], batch: int, full: bool) -> None:
        agrees(alone(*case).report(batch), full=full)

    formulas()


CHAINS = {
    "227x227x3 -> conv 96 11x11 stride=4": {
        "output, each side": "⌊(n + 2p − k)/s⌋ + 1 = ⌊(227 + 2·0 − 11)/4⌋ + 1 = 54 + 1 = 55",
        "params": "k·k·C·F + F = 11·11·3·96 + 96 = 34,848 + 96 = 34,944",
        "MACs": "k·k·C·F·H′·W′ = 11·11·3·96·55·55 = 105,415,200",
        "receptive field": "r + (k − 1)·j = 1 + (11 − 1)·1 = 1 + 10 = 11",
    },
    "224x224x3 -> conv 96 11x11 stride=4": {
        "output, each side": "⌊(n + 2p − k)/s⌋ + 1 = ⌊(224 + 2·0 − 11)/4⌋ + 1 = ⌊53.25⌋ + 1 = 53 + 1 = 54",
    },
    "32x32x3 -> conv 10 5x5 pad=2": {
        "output, each side": "⌊(n + 2p − k)/s⌋ + 1 = ⌊(32 + 2·2 − 5)/1⌋ + 1 = 31 + 1 = 32",
        "params": "k·k·C·F + F = 5·5·3·10 + 10 = 750 + 10 = 760",
    },
    "9x9x8 -> conv 16 3x3 dilation=2 groups=4 bias=no": {
        "output, each side": "⌊(n + 2p − d·(k − 1) − 1)/s⌋ + 1 = ⌊(9 + 2·0 − 2·(3 − 1) − 1)/1⌋ + 1 = 4 + 1 = 5",
        "params": "k·k·C/g·F = 3·3·8/4·16 = 3·3·2·16 = 288",
        "receptive field": "r + d·(k − 1)·j = 1 + 2·(3 − 1)·1 = 1 + 4 = 5",
    },
    "6x8 -> conv 8 6 pad=same_lower": {
        "padding, length": "max(k − 1, 0) = max(6 − 1, 0) = max(5, 0) = 5",
        "output, length": "⌊(n + p₁ + p₂ − k)/s⌋ + 1 = ⌊(6 + 3 + 2 − 6)/1⌋ + 1 = 5 + 1 = 6",
    },
    "112x112x64 -> maxpool 3x3 stride=2 ceil=yes": {
        "output, each side": "min(⌈(n + 2p − k)/s⌉ + 1, ⌈(n + p)/s⌉) = "
        "min(⌈(112 + 2·0 − 3)/2⌉ + 1, ⌈(112 + 0)/2⌉) = min(55 + 1, 56) = min(56, 56) = 56",
        "params": "0",
    },
    "10x10x4 -> conv_transpose 2 4x4 stride=2": {
        "output, each side": "(n − 1)·s − 2p + k = (10 − 1)·2 − 2·0 + 4 = 18 − 0 + 4 = 22",
        "MACs": "k·k·C·F·H·W = 4·4·4·2·10·10 = 12,800",
    },
    "28x28x64 -> batchnorm": {"params": "2C = 2·64 = 128", "buffers": "2C = 2·64 = 128"},
    "7x7x512 -> flatten": {"values": "C·H·W = 512·7·7 = 25,088"},
    "9216 -> linear 4096": {"params": "C·F + F = 9,216·4,096 + 4,096 = 37,748,736 + 4,096 = 37,752,832"},
    "14x14x480 -> upsample 2": {"output, each side": "n·f = 14·2 = 28"},
    "7x7x768 -> tokens": {"output, length": "H·W = 7·7 = 49"},
    "13x13x256 -> adaptive_avgpool 6": {
        "output, each side": "S = 6",
        "activation bytes": "C·S·S·B = 256·6·6·4 = 36,864",
    },
    "56x56x64 -> window_attention 2 7x7": {
        "MACs": "C·⌈H/w⌉·w·⌈W/w⌉·w·(4·C + 2·w·w) = 64·⌈56/7⌉·7·⌈56/7⌉·7·(4·64 + 2·7·7) = 64·8·7·8·7·354 = 71,049,216",
    },
}


def test_a_linear_layer_sees_the_whole_input() -> None:
    report = load("28x28x1 -> conv 2 3x3 -> flatten -> linear 10").report()
    notes = {q.name: (q.value, q.note) for q in quantities_of(report, report.rows[-1])}
    assert notes["receptive field"] == (28, "the whole input")


@pytest.mark.parametrize("chain", CHAINS)
def test_as_a_textbook_writes_it(chain: str) -> None:
    report = load(chain).report()
    found = {q.name: " = ".join(steps(q.formula)) for q in quantities_of(report, report.rows[-1])}
    assert {name: found.get(name) for name in CHAINS[chain]} == CHAINS[chain]


def test_full_keeps_what_changes_nothing() -> None:
    report = load("227x227x3 -> conv 96 11x11 stride=4").report()
    found = {q.name: steps(q.formula)[0] for q in quantities_of(report, report.rows[0], full=True)}
    assert found["output, each side"] == "⌊(n + 2p − d·(k − 1) − 1)/s⌋ + 1"
    assert found["params"] == "k·k·C/g·F + F"
    assert found["MACs"] == "k·k·C/g·F·H′·W′·N"


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "densenet121", "unet", "lenet5", "inception_v3"])
def test_whole_networks(name: str) -> None:
    """Each layer's numbers are the report's, receptive fields through merges included."""
    report = load(name).report()
    for index, row in enumerate(report.rows):
        found = {quantity.name: quantity.value for quantity in quantities_of(report, row)}
        assert (found["params"], found["MACs"]) == (row.params, row.macs)
        sizes = {size for key, size in found.items() if key.startswith("receptive field")}
        assert sizes == {field.size for field in report.receptive[index]}


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "vgg16", "siamese"])
def test_stages_add_up_to_the_totals(name: str) -> None:
    report = load(name).report()
    params, macs, memory = story(report)
    totals = report.totals
    assert (params.total, macs.total, memory.total) == (totals.params, totals.macs, totals.activation_bytes)
    for account in (params, macs, memory):
        assert sum(part.value for part in account.stages) == account.total
        assert sum(part.value for part in account.kinds) == account.total
        assert sum(part.share or 0 for part in account.stages) == pytest.approx(1)


def test_symbols_are_explained() -> None:
    report = load("HxWx3 -> conv 64 7x7 stride=2 pad=3").report()
    found = {q.name: " = ".join(steps(q.formula)) for q in quantities_of(report, report.rows[0])}
    assert found["output, height"] == "⌊(n + 2p − k)/s⌋ + 1 = ⌊(H + 2·3 − 7)/2⌋ + 1 = ⌊(H − 1)/2⌋ + 1 = ⌊(H + 1)/2⌋"
    assert found["MACs"].endswith("= 9,408·⌊(H + 1)/2⌋·⌊(W + 1)/2⌋")


def test_json_holds_what_is_printed() -> None:
    report = load("227x227x3 -> conv 96 11x11 stride=4").report()
    data = json.loads(document(Explanation(report, tuple(report.rows))).to_json())
    side, params = data["layers"][0]["quantities"][:2]
    assert side == {
        "name": "output, each side",
        "value": 55,
        "unit": "",
        "steps": ["⌊(n + 2p − k)/s⌋ + 1", "⌊(227 + 2·0 − 11)/4⌋ + 1", "54 + 1", "55"],
        "rounded": "",
        "note": "",
    }
    assert (params["value"], params["rounded"]) == (34_944, "35K")
    assert data["layers"][0]["letters"]["k"] == "kernel"


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (9_999, "", ""),
        (34_944, "", "35K"),
        (105_415_200, "", "105M"),
        (1_027_604_480, "", "1.0G"),
        (3_745_824, "", "3.7M"),
        (999_999, "", "1.0M"),
        (1_161_600, "B", "1.11 MiB"),
    ],
)
def test_rounded(number: int, unit: str, text: str) -> None:
    assert rounded(number, unit) == text


def test_sums_lose_what_cancels() -> None:
    n, k = leaf("n", 5), leaf("k", 3)
    assert n + k - n == k
    assert (n - n) + 2 == 2
    assert (-(-n // 2)).op == "ceil"


def test_one_layer_is_explained_without_sympy() -> None:
    call = "main(['explain', 'alexnet', 'conv1'])"
    code = f"from cnncalc.cli import main\ntry:\n    {call}\nexcept SystemExit as end:\n    assert not end.code"
    script = f"import sys\n{code}\nprint(*sorted({{'sympy', 'numpy', 'torch'}} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
