"""`sizes`, against every size from 1 to 2,000: as arrays for every family, and one by one for small networks."""

from __future__ import annotations

from itertools import groupby, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncalc.algebra.sizes import Sizes, Survey, each_size, sizes
from cnncalc.expand import expand
from cnncalc.library import library
from cnncalc.loading import load
from cnncalc.loading.find import find
from cnncalc.loading.overrides import given_inputs
from cnncalc.network.network import Network
from cnncalc.numbers import piecewise
from cnncalc.numbers.periodic import Numbers
from cnncalc.problem import NoAnswer, Problems
from cnncalc.render.ranges import ranges
from tests.algebra.every_size import judged, learned, resized
from tests.effort import sampled, searching

LARGEST = 2_000
"""The last size that is tried; twice the network's own where that is more."""
QUICK = 12
"""Layers up to which a network is built one by one at many sizes, to hold the arrays against."""

FAMILIES = [next(entries) for _, entries in groupby(library(), key=lambda entry: entry.file)]
NAMES = [entry.name for entry in (library() if searching() else FAMILIES)]


@pytest.mark.parametrize("name", sampled(NAMES, every=24))
def test_every_size(name: str) -> None:
    """`sizes` says of every size whether it works and whether anything is lost, exactly as trying it does."""
    spec, variant, _, _ = find(name, None)
    network = load(name)
    heads = any(node.aux is not None for node in network.nodes)
    for found in each_size(spec, variant, network, {}):
        tried = every(network)
        assert not found.unknown
        works, whole = judged(name, network, found.name, tried)
        assert differing(works, members(found.works, tried)) == []
        main = judged(name, network, found.name, tried, heads=False)[0] if heads else works
        assert differing(main, members(found.without_heads, tried)) == []
        refused = np.zeros(len(tried), bool)
        for refusal in found.refusals:
            sizes_refused = members(refusal.sizes, tried)
            assert not (refused & sizes_refused).any(), "told twice"
            refused |= sizes_refused
        assert differing(refused, ~works) == []
        assert differing(whole & works, members(found.lossless, tried) & works) == []


@pytest.mark.parametrize(
    ("text", "most"),
    [
        pytest.param("maxpool 3x3 stride=2 pad=same", 2, id="the padding may be 0 or 1, and fits"),
        pytest.param("space_to_depth 2 ceil=yes", 2, id="whether 2 divides a side does not matter"),
    ],
)
def test_a_question_without_consequences_parts_no_sizes(text: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """NASNet and SwinV2 ask it at each of their stages; each answer would double the walks."""
    walked: list[int] = []
    walk = Survey.walk

    def counted(survey: Survey, path: piecewise.Path, *rest: Any) -> Any:
        walked.append(path.n)
        return walk(survey, path, *rest)

    monkeypatch.setattr(Survey, "walk", counted)
    (found,) = sizes(f"224x224x3 -> {text} -> {text} -> {text} -> {text}")
    assert ranges(found.works) == "every number"
    assert len(walked) <= most, walked


def every(network: Network) -> Any:
    return np.arange(1, max(LARGEST, *(2 * side for side in network.nodes[0].y.sides), 0) + 1)


def members(numbers: Numbers, tried: Any) -> Any:
    """Return of every size whether it is in a set."""
    bits = numbers.bits(int(tried[-1]))
    return np.array([bits >> int(n - 1) & 1 for n in tried], bool)


def differing(a: Any, b: Any) -> list[int]:
    """Return the first sizes at which two answers differ."""
    return (np.flatnonzero(a != b)[:5] + 1).tolist()


@pytest.mark.parametrize("name", sampled((entry.name for entry in FAMILIES), every=24))
def test_arrays_give_what_ints_give(name: str) -> None:
    """The brute force itself: small networks are built at every size, others at some, each for itself."""
    spec, variant, _, _ = find(name, None)
    network = load(name)
    small = sum(1 for _ in network.layers()) <= QUICK and len(network.nodes[0].y.sides) == 2
    own = network.nodes[0].y.sides[:1] or (1,)
    tried = range(1, 400) if searching() or small else sorted({1, 17, 32, *own, own[0] + 1, own[0] + 33})
    for found in each_size(spec, variant, network, {}):
        works, whole = judged(name, network, found.name, every(network))
        for n in tried:
            text = " ".join(f"{i}={resized(s, found.name, n)}" for i, s in network.input_shapes().items())
            other, _ = expand(spec, variant, given_inputs(text, spec), {})
            assert works[n - 1] == (other is not None and weights(other) == weights(network)), (found.name, n)
            assert other is None or whole[n - 1] == nothing_lost(other), (found.name, n)


def weights(network: Network) -> Any:
    return learned(network.nodes)


def nothing_lost(network: Network) -> bool:
    """Judge whether no window of the main path leaves anything over."""
    rows = network.report().rows
    return not any(any(row.left_over) for row in rows if row.left_over and row.node.aux is None)


def said(what: str) -> Sizes:
    (found,) = sizes(what)
    return found


@pytest.mark.parametrize(
    ("name", "works", "lossless"),
    [
        ("alexnet", "227 to 258", "3 mod 32 from 67 on"),
        ("resnet50", "every number", "1 mod 32 from 1 on"),
        ("inception_v3", "299 to 346", "11 mod 32 from 75 on"),
        ("unet", "every number from 188 on", "12 mod 16 from 188 on"),
        ("hrnet", "0, 29 to 31 mod 32 from 29 on", "none"),
    ],
)
def test_known_sizes(name: str, works: str, lossless: str) -> None:
    found = said(name)
    assert (ranges(found.works), ranges(found.lossless)) == (works, lossless)


def test_vgg_and_its_32() -> None:
    assert ranges(said("vgg16").lossless) == "0 mod 32 from 32 on"


def test_alexnet_without_its_adaptive_pool() -> None:
    """torchvision's AlexNet with the pool taken out: 6x6x256 come into the first linear layer for 223 to 254."""
    chain = (
        "224x224x3 -> conv 64 11x11 stride=4 pad=2 -> maxpool 3x3 stride=2 -> conv 192 5x5 pad=2"
        " -> maxpool 3x3 stride=2 -> conv 384 3x3 pad=1 -> conv 256 3x3 pad=1 -> conv 256 3x3 pad=1"
        " -> maxpool 3x3 stride=2 -> flatten -> linear 4096"
    )
    found = said(chain)
    assert ranges(found.works) == "223 to 254"
    assert found.nearest(256) == [254]
    last = found.refusals[-1]
    assert (last.after, last.problem.message) == (
        "linear",
        "it has weights of 4096x9216 and would need 4096x256",
    )


def test_the_smallest_of_inception_without_its_head() -> None:
    """torchvision lists 75x75 as the smallest size: in use the side head is left out."""
    assert said("inception_v3").without_heads.least == 75


def test_sides_that_differ() -> None:
    found = sizes("40x60x1 -> conv 4 3x5 stride=2x3 -> flatten -> linear 10")
    assert [(s.name, ranges(s.works)) for s in found] == [("height", "39 to 40"), ("width", "59 to 61")]


def test_branches_that_meet() -> None:
    found = said("32x32x4 -> conv 4 3x3 stride=2 pad=1 -> upsample 2 -> add input")
    assert ranges(found.works) == "0 mod 2 from 2 on"


def test_a_vector_has_no_sizes() -> None:
    with pytest.raises(Problems) as told:
        sizes("100 -> linear 10")
    assert [p.message for p in told.value] == ["the input 100 has no sides, so there are no sizes to choose"]


def spec_of(tmp_path: Path, *items: str, input: str = "38x38x4") -> str:
    path = tmp_path / "net.cnn.yaml"
    path.write_text(f"input: {input}\nlayers:\n" + "".join(f"  - {item}\n" for item in items))
    return str(path)


@pytest.mark.parametrize(
    ("items", "works", "lossless"),
    [
        pytest.param(
            ["{if: 'sides[0] % 2 == 1', then: pad 0:1, else: identity}", "conv 4 2 stride=2", "conv 3 3"],
            "every number from 5 on",
            "every number from 5 on",
            id="a layer without weights may be another",
        ),
        pytest.param(
            ["{repeat: 'sides[0] // 16', layers: relu}", "{repeat: 2, layers: conv 4 3 pad=1}"],
            "every number",
            "every number",
            id="rounds without weights move the numbers of the others",
        ),
        pytest.param(
            ["conv 2 3 stride=5 dilation=3", "pad 3-sides%3", "crop sides//2", "flatten -> linear 3"],
            "37 to 46",
            "2 mod 5 from 7 on",
            id="an area of sides that fall and rise again",
        ),
        pytest.param(
            ["pad 4-sides%4", "adaptive_avgpool sides%3+1", "flatten -> linear 3"],
            "2, 4, 7, 9 mod 12 from 2 on",
            "every number",
            id="an area of remainders",
        ),
    ],
)
def test_unusual_texts(tmp_path: Path, items: list[str], works: str, lossless: str) -> None:
    """Each is held against building every size, too."""
    what = spec_of(tmp_path, *items)
    network = load(what)
    found = said(what)
    assert not found.unknown
    for n in range(1, 200):
        try:
            other = load(what, input=f"{n}x{n}x4")
        except Problems:
            assert n not in found.works
            continue
        assert (n in found.works) == (weights(other) == weights(network)), n
        assert (n in found.lossless) == nothing_lost(other), n
    assert (ranges(found.works), ranges(found.lossless)) == (works, lossless)


def test_rounds_with_weights_are_counted(tmp_path: Path) -> None:
    """As many as at the own size make the same weights, more or fewer do not."""
    found = said(spec_of(tmp_path, "{repeat: 'sides[0] // 16', layers: conv 4 3 pad=1}", input="56x56x4"))
    assert (ranges(found.works), ranges(found.unknown)) == ("48 to 63", "none")
    assert [(r.after, r.problem.message) for r in found.refusals if 100 in r.sizes] == [
        ("4.conv", "other layers are built")
    ]


def test_a_form_holds_from_its_least_number_on() -> None:
    """The larger of n and n // 3 + 9 is n from 14 on: this walk says nothing of smaller numbers."""
    path = piecewise.Path(40)
    n = path.number()
    assert n.maximum(n // 3 + 9) == 40
    assert 12 not in path.region()


def test_the_simplest_form_of_a_set() -> None:
    """Every small head and tail, against the numbers themselves; and a head of a million numbers at once."""
    for start, period in product(range(1, 6), range(1, 5)):
        for head, tail in product(range(1 << (start - 1)), range(1 << period)):
            numbers = Numbers(head, start, tail, period)
            simple = numbers.simplest()
            assert simple.bits(40) == numbers.bits(40)
            assert (simple.start, simple.period) <= (start, period)
            assert simple == simple.simplest()
    million = Numbers((1 << 10**6) - 2, 10**6 + 1, 1)
    assert million.simplest() == Numbers(0, 2, 1)


def test_the_work_of_all_walks_together_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool for every 16 cells refuses each doubling with longer residues: what is left is told as not judged."""
    monkeypatch.setattr("cnncalc.algebra.sizes.MOST_RESIDUES", 50_000)
    text = "name: doubling\ninput: 64x64x3\nlayers:\n  - repeat: sides[0]//16\n    layers: maxpool 2\n"
    (found,) = sizes("-", stdin=lambda: text.encode())
    assert ranges(found.works) == "1 to 111"
    assert ranges(found.unknown) == "every number from 8,193 on"


@pytest.mark.exhaustive  # it walks until its work is spent
def test_when_the_work_is_spent_the_smallest_sizes_are_walked_one_by_one() -> None:
    """The residues of three ceiled pools of large strides are too many to write down."""
    pools = "maxpool 7 stride=97 ceil=yes -> maxpool 7 stride=89 pad=3 ceil=yes -> maxpool 5 stride=83 pad=2 ceil=yes"
    (found,) = sizes(f"300x300x3 -> {pools}")
    assert ranges(found.works) == "1 to 400"
    assert ranges(found.unknown) == "every number from 401 on"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("HxWx1 -> conv 4 3x3 -> maxpool 2x2", [("side", "", Numbers(0, 4, 1), Numbers(0, 4, 1, 2))]),
        ("SxSx3 -> conv 4 7x7", [("side", "", Numbers(0, 7, 1), Numbers(0, 7, 1))]),
        ("Lx3 -> conv 4 7", [("length", "", Numbers(0, 7, 1), Numbers(0, 7, 1))]),
        ("Hx32x3 -> conv 4 7x7", [("height", "as it is", Numbers(0, 7, 1), Numbers(0, 7, 1))]),
        (
            "HxWx3 -> conv 4 1x7",
            [
                ("height", "at 224", Numbers.every(), Numbers.every()),
                ("width", "at 224", Numbers(0, 7, 1), Numbers(0, 7, 1)),
            ],
        ),
        ("HxWxC -> conv 4 7x7", [("side", "", Numbers(0, 7, 1), Numbers(0, 7, 1))]),
        # With a number for the side, the weights of linear would be those of that size alone.
        ("SxSx3 -> conv 4 7x7 -> flatten -> linear 10", [("side", "", Numbers(0, 7, 1), Numbers(0, 7, 1))]),
    ],
)
def test_symbols_of_the_input_are_the_sides(what: str, expected: list[tuple[str, str, Numbers, Numbers]]) -> None:
    found = sizes(what)
    assert [(one.name, one.others, one.works.simplest(), one.lossless.simplest()) for one in found] == [
        (name, others, works.simplest(), lossless.simplest()) for name, others, works, lossless in expected
    ]
    assert all(one.own is None for one in found)
    assert str(found.network.nodes[0].y) == what.partition(" ")[0]


def test_symbols_for_which_no_size_is_found() -> None:
    with pytest.raises(NoAnswer) as refused:
        sizes("HxWx3 -> conv 4 2000x2000")
    assert refused.value.problems[0].message == (
        "sizes cannot be judged: the network builds at none of 224, 32, 64, 28, 128, 299, 512, 1024, 16, 8"
    )
