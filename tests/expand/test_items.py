"""Items: chains, names, merges, repeats, choices, side heads and the long form."""

from __future__ import annotations

import pytest

from cnncalc.problem import Source
from cnncalc.spec.tree import Scalar
from tests.expand.make import built, layers, out, told


def test_layers_a_body_and_a_branch_are_each_a_list_of_items_or_one_item() -> None:
    one = "input: 8x8x3\nblocks: {b: relu}\nlayers: b\n"
    many = "input: 8x8x3\nblocks:\n  b:\n    - relu\nlayers:\n  - b\n"
    assert layers(one) == layers(many) == {"relu": "relu -> 8x8x3"}


def test_a_name_on_a_chain_is_the_volume_after_its_last_step() -> None:
    text = "input: 8x8x3\nlayers:\n  - a: conv 4 3x3 -> conv 5 3x3\n  - relu\n  - use a\n"
    network = built(text)
    assert str(network.nodes[network.outputs["output"]].y) == "4x4x5"


def test_each_branch_starts_from_the_incoming_volume() -> None:
    text = """
input: 8x8x3
layers:
  - concat:
      left: conv 4 3x3 pad=1 -> relu
      right: conv 5 1x1
  - add:
      - relu
      - identity
"""
    assert layers(text) == {
        "left.conv": "conv 4 3x3 pad=1 -> 8x8x4",
        "left.relu": "relu -> 8x8x4",
        "right.conv": "conv 5 1x1 -> 8x8x5",
        "concat": "concat -> 8x8x9",
        "relu": "relu -> 8x8x9",
        "add": "add -> 8x8x9",
    }


@pytest.mark.parametrize(
    ("kind", "shapes", "result"),
    [
        ("add", ("6x6x8", "6x6x8", "6x6x8"), "6x6x8"),
        ("sub", ("6x6x8", "6x6x8"), "6x6x8"),
        ("concat", ("6x6x8", "6x6x1", "6x6x3"), "6x6x12"),
        ("mul", ("6x6x8", "1x1x8"), "6x6x8"),
        ("mul", ("6x6x8", "6x6x1"), "6x6x8"),
        ("mul", ("6x6x8", "8"), "6x6x8"),
        ("mul", ("8", "6x6x8"), "6x6x8"),
        ("concat", ("8", "3"), "11"),
    ],
)
def test_merges(kind: str, shapes: tuple[str, ...], result: str) -> None:
    inputs = ", ".join(f"i{number}: {shape}" for number, shape in enumerate(shapes))
    others = " ".join(f"i{number}" for number in range(1, len(shapes)))
    network = built(f"inputs: {{{inputs}}}\nlayers: use i0 -> {kind} {others}\n")
    assert str(network.nodes[-1].y) == result


def test_identity_is_the_volume_itself() -> None:
    assert layers("input: 8x8x3\nlayers:\n  - identity -> relu -> identity\n") == {"relu": "relu -> 8x8x3"}
    assert out("identity") == "8x8x3"


def test_repeat_makes_rounds_and_0_leaves_it_out() -> None:
    text = "input: 8x8x3\nlayers:\n  - s:\n      - repeat: {n}\n        layers: conv 4 3x3 pad=1\n  - relu\n"
    assert [*layers(text.replace("{n}", "3"))] == ["s.1.conv", "s.2.conv", "s.3.conv", "relu"]
    assert [*layers(text.replace("{n}", "0"))] == ["relu"]


def test_index_counts_from_0_inside_a_repeat() -> None:
    text = "input: 8x8x3\nlayers:\n  - repeat: 3\n    layers: conv 4+index 3x3 pad=1\n"
    assert [*layers(text).values()] == [f"conv {n} 3x3 pad=1 -> 8x8x{n}" for n in (4, 5, 6)]
    assert out("3 * (conv 4+index 1x1)") == "8x8x6"


def test_index_is_that_of_the_innermost_repeat() -> None:
    assert out("2 * (conv 10+index 1x1 -> 3 * (conv 20+index 1x1))") == "8x8x22"


def test_if_chooses_when_the_network_is_built() -> None:
    text = "input: 8x8x3\nlayers:\n  - if: channels == {n}\n    then: relu\n    else: tanh\n"
    assert [*layers(text.replace("{n}", "3"))] == ["relu"]
    assert [*layers(text.replace("{n}", "4"))] == ["tanh"]


def test_an_if_without_else_may_leave_the_volume_as_it_is() -> None:
    assert layers("input: 8x8x3\nlayers:\n  - if: no\n    then: relu\n  - tanh\n") == {"tanh": "tanh -> 8x8x3"}


def test_what_is_not_chosen_is_not_judged_against_shapes() -> None:
    text = "input: 8x8x3\nlayers:\n  - if: channels > 3\n    then: conv 4 99x99\n    else: relu\n"
    assert [*layers(text)] == ["relu"]


def test_a_side_head_is_counted_on_its_own_and_the_main_path_goes_on() -> None:
    text = """
input: 8x8x3
layers:
  - conv 4 3x3
  - aux: {side: flatten -> linear 10}
  - conv 5 3x3
"""
    network = built(text)
    assert str(network.nodes[network.outputs["output"]].y) == "4x4x5"
    assert [node.aux for node in network.layers()] == [None, "side", "side", None]
    assert network.nodes[-1].inputs == (1,)
    totals = network.report().totals
    assert totals.aux_params == 6 * 6 * 4 * 10 + 10
    assert totals.params == 4 * 3 * 9 + 4 + 5 * 4 * 9 + 5


def test_the_long_form_has_the_same_fields() -> None:
    text = """
input: 8x8x3
layers:
  - conv: {out: 8, kernel: 3x3, stride: 2, pad: 1:2, bias: no}
  - partial_conv: {kernel: 1x1, maps: [[0, 1], [2, 3, 4]]}
  - batchnorm: {}
  - fc: {out: 10} # on one side and on vectors only
"""
    found = layers(text.replace("  - fc: {out: 10} # on one side and on vectors only\n", ""))
    assert [*found.values()] == [
        "conv 8 3x3 stride=2 pad=1:2 bias=no -> 5x5x8",
        "partial_conv 1x1 [[0,1],[2,3,4]] -> 5x5x2",
        "batchnorm -> 5x5x2",
    ]
    assert told(text) == ["7:5 E207 linear takes a vector or a sequence, 5x5x2 has 2 spatial dimensions"]


def test_expressions_stand_in_the_long_form_too() -> None:
    text = "input: 8x8x3\nvars: {w: 4}\nlayers:\n  - conv: {out: 2*w, kernel: (w-1)x(w-1), pad: same}\n"
    assert layers(text) == {"conv": "conv 8 3x3 pad=same -> 8x8x8"}


# The number of sides


@pytest.mark.parametrize(
    ("input", "steps", "result"),
    [
        ("1000x16", "conv 8 5 -> maxpool 2", "498x8"),
        ("16x112x112x3", "conv 8 3 pad=1 -> maxpool 1x2x2", "16x56x56x8"),
        ("9216", "linear 4096", "4096"),
        ("197x768", "linear 512 -> layernorm", "197x512"),
        ("8x8x3", "flatten", "192"),
        ("8x6x3", "conv 4 1x3 -> global_avgpool", "1x1x4"),
    ],
)
def test_the_number_of_sides_follows_from_the_volume(input: str, steps: str, result: str) -> None:
    assert out(steps, input) == result


def test_a_pools_stride_is_its_kernel_unless_given() -> None:
    assert out("maxpool 2") == "4x4x3"
    assert out("maxpool 3x2") == "2x4x3"
    assert out("maxpool 2 stride=1") == "7x7x3"


def test_padding_is_a_size_same_same_lower_or_valid() -> None:
    assert out("conv 4 3x3 pad=same stride=2") == "4x4x4"
    assert out("conv 4 3x3 pad=same_lower stride=2") == "4x4x4"
    assert out("conv 4 3x3 pad=valid") == "6x6x4"
    assert out("conv 4 3x3 pad=2:3x0:1") == "11x7x4"
    assert out("conv 4 3x3 pad=2:3") == "11x11x4"


def test_same_puts_the_extra_cell_after_and_same_lower_before() -> None:
    network = built("input: 6x6x1\nlayers: conv 1 6x6 pad=same\n")
    assert [(w.before, w.after) for w in network.nodes[1].layer.windows(network.nodes[1].x[0])] == [(2, 3)] * 2
    network = built("input: 6x6x1\nlayers: conv 1 6x6 pad=same_lower\n")
    assert [(w.before, w.after) for w in network.nodes[1].layer.windows(network.nodes[1].x[0])] == [(3, 2)] * 2


# Shape checks


def test_a_shape_is_a_check() -> None:
    assert out("conv 4 3x3 -> 6x6x4 -> relu") == "6x6x4"
    assert told("input: 8x8x3\nlayers: conv 4 3x3 -> 7x6x4\n") == [
        "2:23 E205 6x6x4 comes out of conv (conv 4 3x3), not 7x6x4"
    ]


def test_wildcards_take_anything_and_expressions_are_evaluated() -> None:
    assert out("conv 4 3x3 -> _x_x_ -> 6x_x4 -> (sides[0])x(3*2)x(channels) -> (2*3)x6x4") == "6x6x4"


def test_a_letter_stands_for_one_number_within_the_shape() -> None:
    assert out("conv 4 3x3 -> HxHx4 -> HxWxC") == "6x6x4"
    assert out("conv 4 3x5 -> HxWx4") == "6x4x4"
    assert told("input: 8x8x3\nlayers: conv 4 3x5 -> HxHx4\n")[0].endswith("not HxHx4")


def test_one_capital_alone_checks_a_vector() -> None:
    assert out("flatten -> C -> linear 10 -> C") == "10"


def test_numbers_in_checks_are_skipped_under_another_input() -> None:
    source = Source("<command line>", "10x10x3")
    other = {"input": Scalar(source, "10x10x3", 0, 7, None)}
    text = "input: 8x8x3\nlayers:\n  - conv 4 3x3 -> 6x6x4 -> {check}\n"
    assert [*layers(text.replace("{check}", "HxHx4"), inputs=other).values()] == ["conv 4 3x3 -> 8x8x4"]
    assert told(text.replace("{check}", "8x8"), inputs=other)[0].startswith("3:28 E205")
    assert told(text.replace("{check}", "HxHxH"), inputs=other)[0].startswith("3:28 E205")
