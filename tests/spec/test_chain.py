"""Chains: every sentence of the grammar, and where each step, argument and name stands."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.layers import KINDS
from cnncalc.layers.fields import KEPT, Sides
from cnncalc.spec.chain import Again, Call, Check, Counted, MergeWith, Use, parse_chain
from cnncalc.spec.expression import ExpressionError, Literal, Name, SizeOf, Wildcard
from tests.effort import examples
from tests.strategies import layers


def step(source: str) -> Any:
    steps = parse_chain(source)
    assert len(steps) == 1
    return steps[0]


def refused(source: str) -> tuple[str, int, int]:
    with pytest.raises(ExpressionError) as raised:
        parse_chain(source)
    return raised.value.code, raised.value.start, raised.value.length


def test_a_chain_is_steps_joined_by_arrows() -> None:
    steps = parse_chain("conv 96 11x11 stride=4 -> relu->maxpool 3x3 → tanh")
    assert [s.name for s in steps] == ["conv", "relu", "maxpool", "tanh"]
    assert [s.start for s in steps] == [0, 26, 32, 46]
    assert [s.length for s in steps] == [22, 4, 11, 4]


def test_a_comment_ends_a_chain() -> None:
    assert [s.name for s in parse_chain("relu -> tanh # -> conv")] == ["relu", "tanh"]
    assert len(parse_chain("relu -> tanh   ")) == 2


def test_signs_of_other_keyboards_are_read() -> None:
    assert step("conv 3 5×5").arguments[1].value.tree == step("conv 3 5x5").arguments[1].value.tree
    assert len(parse_chain("conv\u00a03\u00a05x5 → relu")) == 2


def test_a_shape_is_a_check() -> None:
    for source in ("55x55x96", "9216", "_", "?", "56x56x_", "HxHx64", "(k)x(k)x3", "197×768", "16x112x112x3"):
        assert isinstance(step(source), Check), source


def test_one_part_alone_in_brackets_is_a_group_and_no_shape() -> None:
    assert step("(relu)") == Call("relu", (), 1, 4)
    assert isinstance(step("(k)x3"), Check)


def test_a_call_has_arguments_by_position_and_by_field() -> None:
    call = step("conv 4*w 3x3 stride=s pad=k//2 bias=no")
    assert [a.field for a in call.arguments] == [None, None, "stride", "pad", "bias"]
    assert [a.value.start for a in call.arguments] == [5, 9, 20, 26, 36]
    assert [a.name_start for a in call.arguments] == [5, 9, 13, 22, 31]


def test_spaces_stand_in_brackets_only() -> None:
    call = step("unit (w + 1) [1, 2] max(3, 4) k=(a - b)")
    assert [a.value.length for a in call.arguments] == [7, 6, 9, 7]
    assert refused("unit w + 1") == ("E106", 7, 1)


def test_a_comparison_is_a_value_and_no_field() -> None:
    assert [a.field for a in step("unit w==4 flag=(w==4)").arguments] == [None, "flag"]


@pytest.mark.parametrize("count", ["3", "n", "depths[0]", "(n-1)", "?", "depths[i+1]"])
def test_a_count_stands_before_a_call_or_a_bracket(count: str) -> None:
    for space in ("", " "):
        counted = step(f"{count}{space}*{space}conv 64 3x3")
        assert isinstance(counted, Counted)
        assert [s.name for s in counted.steps] == ["conv"]
        grouped = step(f"{count}{space}*{space}(conv 64 3x3 -> relu)")
        assert isinstance(grouped, Counted)
        assert [s.name for s in grouped.steps] == ["conv", "relu"]


def test_brackets_nest() -> None:
    outer = step("2*(3*(relu) -> tanh)")
    assert isinstance(outer, Counted)
    assert isinstance(outer.steps[0], Counted)
    assert outer.count.tree == Literal(2, 0, 1)


def test_use_stands_first_in_a_chain() -> None:
    assert isinstance(parse_chain("use stage2.3.b -> relu")[0], Use)
    assert refused("relu -> use a") == ("E106", 8, 5)
    assert parse_chain("use a")[0].path.start == 4


def test_again_names_earlier_layers() -> None:
    again = parse_chain("relu -> again tower -> relu")[1]
    assert isinstance(again, Again)
    assert (again.path.name, again.path.start) == ("tower", 14)


@pytest.mark.parametrize("kind", ["add", "concat", "mul", "sub"])
def test_a_merge_takes_names_of_earlier_results(kind: str) -> None:
    merge = step(f"{kind} input s1.2.b c3")
    assert isinstance(merge, MergeWith)
    assert [name.name for name in merge.names] == ["input", "s1.2.b", "c3"]
    assert [name.start for name in merge.names] == [len(kind) + at for at in (1, 7, 14)]


def test_places_are_counted_in_the_chain_also_inside_brackets() -> None:
    source = "2*(relu -> unit a (bb + ccc)x4 k=dd[0])"
    call = step(source).steps[1]
    found: list[str] = []

    def collect(tree: Any, start: int) -> None:
        if isinstance(tree, tuple):
            for part in tree:
                collect(part, start)
        elif isinstance(tree, Name):
            found.append(source[start + tree.start : start + tree.start + tree.length])
        elif hasattr(tree, "start"):
            for part in vars(tree).values():
                collect(part, start)

    for argument in call.arguments:
        collect(argument.value.tree, argument.value.start)
    assert found == ["a", "bb", "ccc", "dd"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("relu ->", ("E106", 6, 1)),
        ("-> relu", ("E106", 0, 2)),
        ("relu -> -> relu", ("E106", 8, 2)),
        ("()", ("E106", 0, 1)),
        ("(relu", ("E106", 0, 1)),
        ("relu)", ("E106", 4, 1)),
        ("conv (3 3x3", ("E106", 5, 1)),
        ("conv w] 3x3", ("E106", 6, 1)),
        ("(relu) relu", ("E106", 7, 1)),
        ("2 * 8x8x3", ("E106", 0, 9)),
        ("2 * use a", ("E106", 0, 9)),
        ("2 *", ("E106", 0, 3)),
        ("64x64x3 relu", ("E106", 8, 4)),
        ("conv 3, 3x3", ("E106", 6, 1)),
        ("conv(3,3x3)", ("E106", 0, 11)),
        ("conv 3 3 x 3", ("E106", 9, 1)),
        ("conv 3 stride = 2", ("E106", 14, 1)),
        ("conv 3 stride= 2", ("E106", 7, 7)),
        ("relu | tanh", ("E106", 5, 1)),
        ("relu => tanh", ("E106", 5, 2)),
        ("1.5 * relu", ("E106", 0, 3)),
        ("conv w+ 3x3", ("E107", 6, 1)),
        ("conv 3 1e19", ("E112", 7, 4)),
        ("9999999999999999999x3", ("E112", 0, 19)),
        ("again", ("E106", 0, 5)),
        ("use a b", ("E106", 0, 7)),
        ("add", ("E106", 0, 3)),
        ("add w+1", ("E106", 4, 3)),
        ("stride=2", ("E106", 0, 8)),
    ],
)
def test_what_is_refused(source: str, expected: tuple[str, int, int]) -> None:
    assert refused(source) == expected


def test_brackets_are_at_most_64_deep() -> None:
    assert step("(" * 64 + "relu" + ")" * 64) == Call("relu", (), 64, 4)
    assert refused("(" * 10_000 + "relu" + ")" * 10_000)[0] == "E112"


def test_a_name_may_look_like_a_count_or_a_size() -> None:
    assert step("x 3").name == "x"
    assert step("unit x 3").arguments[0].value.tree == Name("x", 0, 1)
    assert step("unit 3 x").arguments[1].value.tree == Name("x", 0, 1)


@given(layers())
@examples(150)
def test_a_layer_is_read_as_it_is_written(pair: Any) -> None:
    layer, _ = pair
    if layer.kind in ("add", "concat", "mul", "sub") or "_" in re.split("[ =x]", str(layer)):
        return  # `_` is no value
    call = step(str(layer))
    assert isinstance(call, Call)
    kind = KINDS[call.name]
    positional = list(kind.fields)

    class Words:
        def lookup(self, name: str) -> Any:
            return name

    def value(tree: Any) -> Any:
        if isinstance(tree, SizeOf):  # `_` keeps a dimension, and has no value of its own
            return Sides(KEPT if isinstance(part, Wildcard) else part.evaluate(Words()) for part in tree.parts)
        return tree.evaluate(Words())

    values = {
        argument.field or positional[index]: value(argument.value.tree) for index, argument in enumerate(call.arguments)
    }
    assert kind(layer.sides, **values) == layer


@given(st.text(st.sampled_from("conv relu 0123x3 ->()*=[],+_?#|→×use add again."), max_size=40))
@examples(400)
def test_any_text_is_read_or_refused_within_itself(source: str) -> None:
    with suppress(ExpressionError):
        steps = parse_chain(source)
        ends = [(s.start, s.start + s.length) for s in steps]
        assert ends == sorted(ends)
        assert all(0 <= begin < end <= len(source) for begin, end in ends)
        return
    _, start, length = refused(source)
    assert 0 <= start <= len(source)
    assert length >= 1
