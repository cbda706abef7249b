"""Blocks: a spec expanded by blocks is the spec written out; calls, limits and symbols of structure."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.library import files
from cnncalc.problem import Problem, Problems
from tests.effort import drawn, examples
from tests.expand.make import built, expanded, layers, told

STEPS = st.sampled_from(
    ["relu", "conv w 3x3 pad=1", "conv 2*w 1x1 -> conv w 1x1", "2 * (conv w 1x1 bias=no)", "add input"]
)


@given(st.lists(STEPS, min_size=1, max_size=4), st.lists(st.integers(1, 9), min_size=1, max_size=4))
@examples(60)
def test_blocks_are_what_they_would_be_written_out(body: list[str], widths: list[int]) -> None:
    block = " -> ".join(["conv w 1x1", *(step for step in body if step != "add input")])
    called = f"input: 8x8x3\nblocks:\n  unit w: {block}\nlayers: {' -> '.join(f'unit {w}' for w in widths)}\n"
    steps = " -> ".join(re.sub(r"\bw\b", str(w), block) for w in widths)
    assert layers(called) == layers(f"input: 8x8x3\nlayers: {steps}\n")


@given(st.integers(0, 4), st.integers(0, 3))
@examples(20)
def test_a_repeat_is_what_it_would_be_written_out(n: int, m: int) -> None:
    repeated = f"input: 8x8x3\nlayers:\n  - {n} * (conv 4 1x1 -> {m} * relu)\n  - tanh\n"
    chain = " -> ".join([*["conv 4 1x1", *["relu"] * m] * n, "tanh"])
    flat = [*layers(f"input: 8x8x3\nlayers: {chain}\n").values()]
    assert [*layers(repeated).values()] == flat


def test_a_block_may_call_itself() -> None:
    text = """
input: 8x8x3
blocks:
  tree n:
    - if: n > 0
      then:
        - concat:
            left: tree n-1
            right: tree n-1
      else: conv 1 1x1
layers: tree 4
"""
    network = built(text)
    assert str(network.nodes[-1].y) == "8x8x16"


def test_blocks_are_at_most_50_deep() -> None:
    text = "input: 8x8x3\nblocks:\n  t n:\n    - if: n > 1\n      then: t n-1\n      else: relu\nlayers: t {n}\n"
    assert [*layers(text.replace("{n}", "50"))] == ["relu"]
    assert told(text.replace("{n}", "51")) == ["5:13 E116 block 't' calls itself without an end"]
    chain = "".join(f"  b{i}: b{i + 1}\n" for i in range(60))
    assert told(f"input: 8x8x3\nblocks:\n{chain}  b60: relu\nlayers: b0\n") == [
        "52:8 E112 blocks are nested deeper than 50"
    ]


def test_places_are_right_in_a_chain_in_a_block_in_a_repeat_in_quotes() -> None:
    text = """\
input: 8x8x3
blocks:
  "unit w": 'relu ->  conv w 3x3 pad=1 -> conv   w+nothing 1x1'
layers:
  - "s":
      - repeat: "3"
        layers:
          - 'tanh -> unit   4'
"""
    _, problems = expanded(text)
    (problem,) = problems
    line = text.splitlines()[2]
    assert problem.place is not None
    assert line[problem.place.column - 1 :].startswith("nothing")
    assert [str(call) for call in problem.calls] == ["in unit, called at 8:22 (s.1)"]


def test_places_of_layers() -> None:
    text = "input: 8x8x3\nblocks:\n  unit w:\n    - conv w 1x1 -> relu\nlayers:\n  - s: 2 * unit 4\n"
    network = built(text)
    places = {
        node.path: node.place and (node.place.line, node.place.column, node.place.length) for node in network.nodes
    }
    assert places == {
        "input": (1, 8, 5),
        "s.1.conv": (4, 7, 10),
        "s.1.relu": (4, 21, 4),
        "s.2.conv": (4, 7, 10),
        "s.2.relu": (4, 21, 4),
    }
    calls = {tuple(str(call) for call in node.calls) for node in network.layers()}
    assert calls == {("in unit, called at 6:12 (s.1)",), ("in unit, called at 6:12 (s.2)",)}


def test_a_bad_step_in_a_block_called_36_times_is_one_problem() -> None:
    text = "input: 8x8x3\nblocks:\n  bad: conv 4 3x3 padding=1\nlayers:\n  - s: 30 * bad\n  - t: 6 * bad\n"
    _, (problem,) = expanded(text)
    assert problem.more == 35
    assert "and 35 more calls" in str(problem)


def test_one_mistake_is_one_problem() -> None:
    """Whatever one slip breaks further down, it is told once."""
    whole = """\
input: 32x32x3
vars: {w: 16}
blocks:
  unit c: conv c 3x3 pad=1 -> batchnorm -> relu
layers:
  - a: unit w -> 32x32x16
  - b: maxpool 2 -> unit 2*w -> 16x16x32
  - c: maxpool 2 -> unit 4*w -> 8x8x64
  - d: add: {x: unit 64, y: identity}
  - global_avgpool -> flatten -> linear 10 -> 10
"""
    whole = whole.replace("  - d: add: {x: unit 64, y: identity}", "  - d:\n      - add: {x: unit 64, y: identity}")
    assert built(whole)
    slips = [
        ("w: 16", "w: v"), ("maxpool 2 -> unit 2", "maxpool 3 -> unit 2"), ("unit 64", "unit 63"),
        ("32x32x16", "32x32x61"), ("-> relu", "-> rleu"), ("linear 10", "linear 11"), ("16x16x32", "16x61x32"),
        ("batchnorm", "batchnorm 3"), ("4*w", "4*x"), ("identity", "idnetity"), ("flatten -> ", ""),
    ]  # fmt: skip
    for old, new in slips:
        assert whole.count(old) == 1
        _, problems = expanded(whole.replace(old, new))
        assert len(problems) == 1, (old, new, "\n".join(map(str, problems)))


# Any text


SOUP = """
input: inputs: layers: vars: blocks: variants: expect: outputs: name: repeat: if: then: else: aux: 8x8x3 conv relu
linear flatten add concat use again identity a b unit k=3 3x3 4 pad=1 same w w[0] channels sides yes no 1e9 0 -1 1/2
-> * ( ) [ ] { } , : - # ' " ? _ H & ! | > × →
"""
WORDS = [*SOUP.split(), "\t", "\u00a0", "\n"]


@given(
    st.lists(st.tuples(st.sampled_from(["\n", "\n  ", "\n  - ", " ", " -> ", ""]), st.sampled_from(WORDS)), max_size=40)
)
@examples(200)
def test_any_text_ends_in_a_network_or_in_problems(pieces: list[tuple[str, str]]) -> None:
    text = "input: 8x8x3\nlayers:\n  - relu" + "".join(space + word for space, word in pieces)
    network, problems = expanded(text)
    assert (network is None) == bool(problems) or problems
    for problem in problems:
        assert str(problem)
        assert problem.place is not None


def loaded(what: str) -> list[Problem]:
    """Load what is named; return the problems, none when it is a network."""
    try:
        cnncalc.load(what)
    except Problems as found:
        return found.problems or [Problem("E101", "no problem is told")]
    return []


LIBRARY = [path.read_text("utf-8") for path in files()]


@given(st.sampled_from(LIBRARY), st.data())
@examples(120)
def test_any_change_of_a_file_ends_in_a_network_or_in_problems(text: str, data: st.DataObject) -> None:
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        line = lines[number]
        at = data.draw(st.integers(0, len(line)))
        change = data.draw(st.sampled_from(["delete", "insert", "swap", "double", "drop"]))
        if change == "delete":
            lines[number] = line[:at] + line[at + data.draw(st.integers(1, 4)) :]
        elif change == "insert":
            lines[number] = line[:at] + data.draw(st.sampled_from(WORDS)) + line[at:]
        elif change == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], line
        elif change == "double":
            lines.insert(number, line)
        elif len(lines) > 1:
            del lines[number]
    network, problems = expanded("\n".join(lines))
    assert network is not None or problems
    for problem in problems:
        assert str(problem)


@drawn(st.text(max_size=60), usual=20, whole=150)
def test_any_name_ends_in_a_network_or_in_problems(what: str) -> None:
    assert all(map(str, loaded(what)))


@given(st.text(st.sampled_from("8x3 ->convrelu()*=[]?_H,+"), max_size=40))
@examples(200)
def test_any_chain_ends_in_a_network_or_in_problems(chain: str) -> None:
    assert all(map(str, loaded(f"8x8x3 -> {chain}")))


# Structure needs known numbers


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        ("  - repeat: channels/2\n    layers: relu", "1.5 rounds: a count is whole"),
        ("  - (channels-4) * relu", "-1 rounds: a count is 0 or more"),
        ("  - if: channels\n    then: relu", "3 is neither yes nor no"),
        ("  - conv [1,2][channels] 1x1", "[3] is outside the list, which has 2 entries"),
    ],
)
def test_structure_needs_known_whole_numbers(layers: str, problem: str) -> None:
    assert told(f"input: 8x8x3\nlayers:\n{layers}\n")[0].endswith(problem)
