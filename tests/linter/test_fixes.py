"""Fixes: what they make of a text, that safe ones leave the network the same, and that twice is once."""

from __future__ import annotations

import pytest

from cnncalc.linter.finding import Edit
from cnncalc.linter.fixes import Fixed, difference, edited, fix, same_networks
from cnncalc.linter.runner import check
from cnncalc.linter.settings import Settings
from cnncalc.problem import Source
from tests.linter.cases import Case, cases
from tests.linter.make import MIXED

ALL = Settings(select=("ALL",)).selection("net.cnn.yaml")


def fixed(text: str, *, unsafe: bool = False) -> Fixed:
    return fix(check(Source("net.cnn.yaml", text), ALL), ALL, unsafe=unsafe)


def test_safe() -> None:
    text = MIXED.replace(" -> identity", "").replace("   # cnncalc: ignore[W409, E203]", "")
    found = fixed(MIXED)
    assert found.text == text
    assert sorted(finding.code for finding in found.fixed) == ["W107", "W108", "W108"]
    assert "W108" not in {finding.code for finding in found.left.findings}


def test_unsafe() -> None:
    text = fixed(MIXED, unsafe=True).text
    assert "unit out: conv out 3x3 pad=1 bias=no -> batchnorm -> relu" in text
    assert "- pool: maxpool 3x3 stride=2 ceil=yes -> flatten -> linear 10" in text


@pytest.mark.parametrize("unsafe", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_twice_is_once(case: Case, unsafe: bool) -> None:
    once = fixed(case.text, unsafe=unsafe)
    again = fixed(once.text, unsafe=unsafe)
    assert (again.text, again.fixed) == (once.text, ())
    before = check(Source("net.cnn.yaml", case.text), ALL)
    errors = [sum(f.severity == "error" for f in checked.findings) for checked in (before, once.left)]
    assert errors[1] <= errors[0]
    if not unsafe:
        assert same_networks(case.text, once.text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("input: 8x8x4\nlayers: [identity -> relu]", "input: 8x8x4\nlayers: [relu]"),
        ("input: 8x8x4\r\nlayers: relu   ->identity\r\n", "input: 8x8x4\r\nlayers: relu\r\n"),
        ("input: 8x8x4\nlayers: 'relu -> identity' # kept\n", "input: 8x8x4\nlayers: 'relu' # kept\n"),
        ("# cnncalc: ignore[W301]\ninput: 8x8x4\nlayers: relu\n", "input: 8x8x4\nlayers: relu\n"),
        ("input: 8x8x4   # eight  # cnncalc: ignore[W301]\nlayers: relu", "input: 8x8x4   # eight\nlayers: relu"),
        (
            "input: 8x8x4\nlayers: conv 8 1x1 pad=1  # cnncalc: ignore[W301, W309, W302] so\n",
            "input: 8x8x4\nlayers: conv 8 1x1 pad=1  # cnncalc: ignore[W309] so\n",
        ),
    ],
)
def test_comments_and_layout_are_kept(before: str, after: str) -> None:
    assert fixed(before).text == after
    assert same_networks(before, after)


VARS = "vars: {}\ninput: 8x8x4\nlayers: conv w 3x3 pad=1 -> relu\n"
LINES = "vars:\n  # sizes\n  w: 4   # wide\n  old: 3 # gone\n  # kept\nlayers: conv w 1x1\ninput: 8x8x4"
BLOCKS = "blocks:\n{}  unit out: conv out 3x3 pad=1 -> relu\n{}layers: unit 4\ninput: 8x8x4\n"
OLD = "  old out k=3:   # gone\n    - conv out k   # and this\n    - relu\n"
CALLED = "blocks:\n  unit {}: conv out 3x3 pad=1 -> act\ninput: 8x8x4\nlayers:\n  - {}   # kept\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (VARS.format("{w: 4, old: 3}"), VARS.format("{w: 4}")),
        (VARS.format("{old: 3, w: 4}"), VARS.format("{w: 4}")),
        (VARS.format("{a: 1, w: 4, b: [1, 2] , c: 2}"), VARS.format("{w: 4}")),
        ("vars: {a: 1, b: 2}   # gone\ninput: 8\nlayers: relu\n", "input: 8\nlayers: relu\n"),
        ("input: 8\nlayers: relu\nvars:\n  a: 1", "input: 8\nlayers: relu"),
        ("input: 8\r\nlayers: relu\r\nvars:\r\n  a: 1", "input: 8\r\nlayers: relu"),
        (LINES, LINES.replace("  old: 3 # gone\n", "")),
        (LINES.replace("\n", "\r\n"), LINES.replace("  old: 3 # gone\n", "").replace("\n", "\r\n")),
        (
            "vars: {w: 4, a: 1}\nvariants:\n  s: {a: 2}\n  m: {w: 2, a: 3}\n  l:\n    a: 4\ninput: 8\nlayers: linear w",
            "vars: {w: 4}\nvariants:\n  s: {}\n  m: {w: 2}\n  l:\ninput: 8\nlayers: linear w",
        ),
        (BLOCKS.format(OLD, ""), BLOCKS.format("", "")),
        (BLOCKS.format("", f"\n{OLD}\n"), BLOCKS.format("", "\n")),
        (BLOCKS.format(f"  # the old one\n{OLD}\n", "  wide: old 8 -> relu\n"), BLOCKS.format("  # the old one\n", "")),
        (
            CALLED.format("out k=3 act=relu", "unit 4 5 tanh -> 2 * (unit 4 k=7 act=relu) -> unit out=4"),
            CALLED.format("out act=relu", "unit 4 tanh -> 2 * (unit 4 act=relu) -> unit out=4"),
        ),
        (CALLED.format("a out act=(relu)", "unit (4 * 2) 4"), CALLED.format("out act=(relu)", "unit 4")),
        (CALLED.format("out act=relu k=[1, 2]", "unit 4"), CALLED.format("out act=relu", "unit 4")),
    ],
)
def test_what_nothing_uses_goes(before: str, after: str) -> None:
    found = fixed(before)
    assert found.text == after
    assert same_networks(before, after)
    assert fixed(after).text == after


def test_a_block_that_is_given_as_a_value_keeps_its_parameters() -> None:
    text = (
        "blocks:\n  unit out k=3: conv out 3x3 pad=1 -> relu\n  two b: b 4 5 -> b 4 3\ninput: 8x8x4\nlayers: two unit\n"
    )
    assert [(f.code, f.fix) for f in check(Source("net.cnn.yaml", text), ALL).findings if f.code == "W102"] == [
        ("W102", None)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("relu -> relu -> relu", "relu"),
        ("conv 8 3x3 bias=yes -> batchnorm", "conv 8 3x3 bias=no -> batchnorm"),
        ("Conv2d 8 3x3", "conv 8 3x3"),
        ("conv 8 3x3 padding=1", "conv 8 3x3 pad=1"),
        ("conv 8 3x3 dilation=0", "conv 8 3x3 dilation=1"),
        ("conv 8 3x3 -> 7x7x8", "conv 8 3x3 -> 6x6x8"),
    ],
)
def test_unsafe_ones(before: str, after: str) -> None:
    spec = "input: 8x8x4\nlayers:\n  - {}   # kept\n"
    assert fixed(spec.format(before)).text == spec.format(before)
    assert fixed(spec.format(before), unsafe=True).text == spec.format(after)


def test_a_fix_for_one_call_is_none_for_another() -> None:
    text = (
        "input: 8x8x4\nblocks:\n  unit out norm:\n    - conv out 3x3 pad=1\n    - if: norm\n      then: batchnorm\n"
        "    - relu\nlayers:\n  - unit 8 yes\n  - unit 8 no\n"
    )
    # bias=no for both calls would take the bias of the second one
    assert [f.fix for f in check(Source("net.cnn.yaml", text), ALL).findings if f.code == "W401"] == [None]


def test_what_is_not_fixable_is_left() -> None:
    selection = Settings(select=("ALL",), unfixable=("W107",)).selection("net.cnn.yaml")
    text = "input: 8x8x4\nlayers: relu -> identity\n"
    assert fix(check(Source("net.cnn.yaml", text), selection), selection, unsafe=True).text == text


def test_networks_that_differ() -> None:
    text = "input: 8x8x4\nlayers: {}\n"
    assert same_networks(text.format("relu"), text.format("relu   # a comment"))
    assert not same_networks(text.format("relu"), text.format("relu6"))
    assert not same_networks(text.format("relu"), text.format("[relu, relu]"))


def test_edits_and_difference() -> None:
    assert edited("abcdef", [Edit(1, 2, ""), Edit(4, 4, "XY"), Edit(1, 2, "")]) == "acdXYef"
    assert difference("a\nb", "a\nc", "x") == (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )
