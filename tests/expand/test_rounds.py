"""Rounds that are copied are those that a walk would have made: nodes, paths, calls, levels, problems, work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st

from cnncalc.expand import expand
from cnncalc.expand.journal import Journal
from cnncalc.expand.rounds import Rounds
from cnncalc.expand.whole import NetworkWalk
from cnncalc.linter.subject import read_source
from cnncalc.network.network import Group, Network
from cnncalc.problem import Source
from cnncalc.spec.model import Spec, Variant, written
from tests.effort import drawn, sampled
from tests.expand.make import built
from tests.strategies import specs

ARCHITECTURES = sorted((Path(__file__).parents[2] / "architectures").rglob("*.cnn.yaml"))


def flat(network: Network | None) -> Any:
    """Return all that a network is."""
    if network is None:
        return None
    nodes = [
        (
            *(node.index, node.path, str(node.layer), node.inputs, node.x, node.y, str(node.place)),
            *(node.aux, node.shares),
            [(call.block, str(call.place), call.path) for call in node.calls],
        )
        for node in network.nodes
    ]
    return nodes, network.inputs, network.outputs, network.remarks, levels(network.root)


def levels(group: Group) -> Any:
    what = (group.path, written(group.item), group.first, group.last, group.output)
    return (*what, group.is_round, group.in_block, group.call, [levels(child) for child in group.children])


def outcome(spec: Spec, variant: Variant | None) -> Any:
    network, problems = expand(spec, variant)
    return flat(network), [str(problem) for problem in problems]


def assert_copies_are_walks(text: str, name: str | None = None) -> int:
    """Expand every variant (or one of them) with and without copying; return how many rounds were copied."""
    spec = read_source(Source("net.cnn.yaml", text)).spec
    copied, made = Rounds.copied, []

    def counted(rounds: Rounds) -> Any:
        volume = copied(rounds)
        made.extend([1] if volume is not None else [])
        return volume

    for variant in [spec.variants[name]] if name else spec.variants.values() or [None]:
        with patch.object(Rounds, "copied", counted):
            with_copies = outcome(spec, variant)
        with patch.object(Rounds, "copied", lambda _: None):
            assert with_copies == outcome(spec, variant)
    return len(made)


@drawn(specs(), st.data(), usual=30, whole=100)
def test_a_copied_round_is_a_walked_one(text: str, data: st.DataObject) -> None:
    assert_copies_are_walks(text)
    numbers = [match.span() for match in re.finditer(r"\d+", text)]
    start, end = data.draw(st.sampled_from(numbers))
    assert_copies_are_walks(f"{text[:start]}{data.draw(st.sampled_from([0, 1, 2, 5]))}{text[end:]}")


@pytest.mark.parametrize("path", sampled(ARCHITECTURES, every=12), ids=lambda path: path.name.partition(".")[0])
def test_the_librarys_rounds(path: Path) -> None:
    text = path.read_text("utf-8")
    assert_copies_are_walks(text, next(iter(read_source(Source("", text)).spec.variants), None))


def test_most_rounds_are_copied() -> None:
    text = next(path for path in ARCHITECTURES if path.name == "resnet.cnn.yaml").read_text("utf-8")
    assert assert_copies_are_walks(text, "resnet152") == 42


HEAD = "input: 8x8x3\nblocks: {unit w: [b: conv w 1x1, relu]}\nlayers:\n"


@pytest.mark.parametrize(
    ("items", "copied"),
    [
        ("  - 5 * unit 3", 3),  # what enters the first is called input
        ("  - relu -> 5 * unit 3", 4),
        ("  - relu -> 5 * unit 4", 3),  # other channels enter the first
        ("  - 5 * unit channels+1", 0),  # all of them are different
        ("  - a: relu\n  - repeat: 4\n    layers: [conv 3 1x1, add a]", 2),  # what enters the first is a
        ("  - a: [b: relu, tanh]\n  - use a.b\n  - repeat: 4\n    layers: [conv 3 1x1, add a.b]", 2),
        ("  - repeat: 4\n    layers: [conv 3 1x1, add input]", 2),
        ("  - repeat: 4\n    layers: conv 3+index 1x1", 0),
        ("  - a: relu\n  - 3 * unit 3 -> again a", 0),
        ("  - s: 4 * unit 3\n  - use s.3.b -> add s.4.b s.2 s.1.b", 2),
        ("  - s:\n      - repeat: 3\n        layers: 3 * unit 3\n  - use s.3.2.b -> add s.2.3", 4),
        ("  - repeat: 3\n    layers: {aux: {side: [flatten, linear 2]}}", 0),
        ("  - conv 4 9x9\n  - 5 * unit 3", 4),  # it is not known what enters
        ("  - relu\n  - repeat: 3\n    layers: {aux: {side: [flatten, linear 2]}}", 2),
        ("  - 5 * maxpool 2x2", 0),
        ("  - 5 * conv 3 3x3 groups=2", 0),  # a problem is told of each
    ],
)
def test_which_rounds_are_copied(items: str, copied: int) -> None:
    assert assert_copies_are_walks(f"{HEAD}{items}\n") == copied


def test_rounds_are_copied_up_to_the_limit() -> None:
    with patch("cnncalc.expand.rounds.LAYERS", 2_000), patch("cnncalc.expand.walk.LAYERS", 2_000):
        assert assert_copies_are_walks(f"{HEAD}  - 1001 * (relu -> tanh)\n") == 997


def test_reaching_into_a_copied_round() -> None:
    network = built(f"{HEAD}  - s: 4 * unit 3\n  - use s.3.b -> add s.4\n")
    paths = [node.path for node in network.nodes]
    assert [paths[i] for i in network.nodes[-1].inputs] == ["s.3.b.conv", "s.4.relu"]


def test_a_copied_round_is_paid_as_if_it_were_walked() -> None:
    spec = read_source(Source("net", f"{HEAD}  - 40 * unit 3\n")).spec
    left = []
    for copying in (Rounds.copied, lambda _: None):
        journal = Journal()
        with patch.object(Rounds, "copied", copying):
            assert NetworkWalk(spec, None, {}, {}, journal, False).network()
        left.append(journal.budget)
    assert left[0] == left[1] < Journal().budget


@pytest.mark.parametrize(
    "items",
    [
        "  - repeat: 5\n    layers:\n      - repeat: 3\n        share: yes\n        layers: conv 4 3x3 pad=1\n",
        "  - repeat: 4\n    share: conv\n    layers: 2 * unit\n  - use a -> average\n",
        "  - repeat: 4\n    layers:\n      - for: v in [x, input]\n        layers: add v -> unit\n",
        "  - 3 * unit\n  - repeat: 4\n    layers:\n      - b: conv 4 1x1\n      - use a -> add b\n",
        "  - repeat: 4\n    layers:\n      - b: conv 4 1x1\n      - 2 * unit\n  - use b -> concat\n",
    ],
)
def test_loops_with_lists_and_shared_weights(items: str) -> None:
    blocks = "{unit: [{a: conv 4 1x1}, relu]}"
    text = f"input: 8x8x4\nblocks: {blocks}\nlayers:\n  - x: relu\n  - conv 4 3x3 pad=1\n{items}"
    assert_copies_are_walks(text)
