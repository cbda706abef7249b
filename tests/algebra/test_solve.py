"""`solve`: random chains with one hidden number, against trying every number; several hidden numbers; whole files."""

from __future__ import annotations

import random
import re
from itertools import product
from pathlib import Path

import pytest

from cnncalc.algebra.solve import MOST_WORK, Solutions, solutions_of
from cnncalc.expand import expand
from cnncalc.loading.find import find
from cnncalc.numbers.arith import Undecided, maximum, minimum
from cnncalc.numbers.interval import Anything
from cnncalc.numbers.periodic import N, Numbers
from cnncalc.numbers.piecewise import Path as Way
from cnncalc.numbers.piecewise import combined, holds
from cnncalc.problem import Problems
from cnncalc.render.ranges import ranges
from cnncalc.render.solutions import written
from cnncalc.spec.read import read_chain
from tests.algebra.walked import built
from tests.effort import sampled, searching

CHAINS = 600 if searching() else 80
TRIED = 45
"""Every number up to here is tried by itself."""


def answer(chain: str) -> Solutions:
    spec, variant, problems, _ = find(chain, None)
    assert not problems
    return solutions_of(spec, variant)


def random_chain(draw: random.Random) -> str:
    """Return a chain of a few layers that works, with a check at its end and perhaps in between."""
    while True:
        side = draw.randint(6, 30)
        steps = [f"{side}x{side}x{draw.choice([1, 2, 4, 6])}"]
        for _ in range(draw.randint(1, 3)):
            k, s, p, d = draw.randint(1, 5), draw.randint(1, 3), draw.randint(0, 2), draw.choice([1, 1, 2])
            steps.append(
                draw.choice(
                    [
                        f"conv {draw.choice([2, 4, 6])} {k}x{k} stride={s} pad={p} dilation={d}",
                        f"conv {draw.choice([2, 4, 6])} {k}x{k} groups={draw.choice([1, 2])}",
                        f"conv 4 {k}x{k} stride={s} pad={p}:{p + 1}",
                        f"conv 3 {k}x{k} stride={s} pad=same",
                        f"maxpool {k}x{k} stride={s} pad={min(p, k // 2)} ceil={draw.choice(['yes', 'no'])}",
                        f"conv_transpose 3 {k}x{k} stride={s} pad={p} output_pad={draw.randint(0, s - 1)}",
                        f"depthwise {k}x{k} stride={s} multiplier=2",
                        "upsample 2",
                        f"crop {draw.randint(1, 8)}",
                        "space_to_depth 2",
                        f"{draw.randint(1, 3)} * conv 3 3x3",
                    ]
                )
            )
            shape = output(" -> ".join(steps))
            if shape is None:
                break
            if draw.random() < 0.3:
                steps.append(shape)
        else:
            return " -> ".join([*steps, str(shape)])


def output(chain: str) -> str | None:
    network = built(chain)
    return None if network is None else str(network.nodes[-1].y)


def hidden(chain: str, draw: random.Random) -> tuple[str, int]:
    """Put ? in place of one number of a chain."""
    place = draw.choice(list(re.finditer(r"\d+", chain)))
    return f"{chain[: place.start()]}?{chain[place.end() :]}", int(place.group())


@pytest.mark.parametrize("seed", sampled(range(CHAINS), every=8))
def test_one_hidden_number(seed: int) -> None:
    draw = random.Random(seed)
    chain, was = hidden(random_chain(draw), draw)
    found = answer(chain)
    values = {solution.values[0] for solution in found.solutions}
    assert was in values, chain
    for n in range(TRIED):
        assert (n in values) == (built(chain.replace("?", str(n))) is not None), (chain, n)
    assert all(built(written(found, solution.values)) for solution in found.solutions[:20])


@pytest.mark.parametrize(
    ("chain", "domains"),
    sampled(
        [
            ("227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96", (range(1, 17), range(9))),
            ("9x9x1 -> conv ? ?x? stride=? -> 4x_x2", (range(1, 5), range(1, 12), range(1, 12), range(1, 12))),
            ("12x12x4 -> conv 8 3x3 stride=? groups=? pad=1 -> 6x6x8", (range(1, 20), range(1, 20))),
            ("?x?x3 -> conv 4 5x5 stride=3 -> 4x5x4", (range(1, 30), range(1, 30))),
            ("32x32x3 -> ? * (conv 8 3x3 pad=?) -> 28x28x8", (range(1, 17), range(9))),
            ("8x8x4 -> conv_transpose 2 ?x? stride=? pad=1 output_pad=? -> 16x16x2", (*[range(1, 9)] * 3, range(4))),
            ("6x6x1 -> conv 1 4x4 pad=?:? -> 6x6x1", (range(8), range(8))),
        ],
        every=4,
    ),
)
def test_several_hidden_numbers(chain: str, domains: tuple[range, ...]) -> None:
    found = {solution.values for solution in answer(chain).solutions}
    for values in product(*domains):
        filled = chain
        for value in values:
            filled = filled.replace("?", str(value), 1)
        assert (values in found) == (built(filled) is not None), values


@pytest.mark.parametrize(
    ("chain", "first"),
    [
        ("7x7x1 -> conv 1 3x3 pad=? -> 7x7x_", (1,)),
        ("227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96", (4, 0)),
        ("7x7x1 -> conv 1 ?x? pad=? -> 7x7x_", (1, 1, 0)),
        ("?x?x3 -> conv 96 11x11 stride=4 -> 55x55x96", (227, 227)),
        ("32x32x3 -> ? * (conv 8 3x3 pad=1 -> maxpool 2x2) -> 4x4x8", (3,)),
        ("28x28x192 -> conv ? 3x3 pad=1 groups=? -> 28x28x64", (64, 1)),
        ("32x32x3 -> flatten -> ?", (3072,)),
    ],
)
def test_the_usual_solution_comes_first(chain: str, first: tuple[int, ...]) -> None:
    assert answer(chain).solutions[0].values == first


def test_a_whole_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A question mark in a block is one number wherever the block is called; expected totals are checked."""
    path = tmp_path_factory.mktemp("specs") / "net.cnn.yaml"
    path.write_text(
        "input: 32x32x3\n"
        "vars: {width: '?'}\n"
        "blocks:\n"
        "  unit out: conv out 3x3 pad=? -> relu -> maxpool 2x2\n"
        "layers:\n"
        "  - a: unit width\n"
        "  - b: unit 2*width -> 8x8x16\n"
        "  - head: flatten -> linear 10\n"
        "expect: {params: 11642}\n"
    )
    found = answer(str(path))
    assert [(h.field, h.place.line) for h in found.hidden] == [("width", 2), ("pad", 4)]
    assert [solution.values for solution in found.solutions] == [(8, 1)]
    assert found.solutions[0].network.report().totals.params == 11642


def test_what_a_variant_replaces_is_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn.yaml"
    path.write_text(
        "input: 8x8x?\n"
        "vars: {width: '?', pads: '?'}\n"
        "variants:\n"
        "  small: {input: 12x12x?, width: 4}\n"
        "  large: {}\n"
        "layers:\n"
        "  - conv width 3x3 pad=pads groups=2 -> _x_x4 -> 12x12x4 -> flatten -> linear 10\n"
        "expect: {params: 5846}\n"
    )
    small, large = answer(f"{path}:small"), answer(f"{path}:large")
    assert [(h.field, h.place.line) for h in small.hidden] == [("pads", 2), ("channels", 4)]
    assert [solution.values for solution in small.solutions] == [(1, 4)]
    assert [(h.field, h.place.line) for h in large.hidden] == [("channels", 1), ("width", 2), ("pads", 2)]
    assert [solution.values for solution in large.solutions] == [(4, 4, 3)]


def test_endless() -> None:
    found = answer("64x64x3 -> conv ? 3x3 -> relu")
    assert [n.finite for n in found.endless.values()] == [False]
    assert not answer("64x64x3 -> conv ? 3x3 -> 62x62x8").endless


def test_nearest() -> None:
    found = answer("6x6x1 -> conv 1 4x4 pad=? -> 6x6x1")
    assert [(near.values, near.reason) for near in found.near[:2]] == [((1,), "gives 5x5x1"), ((2,), "gives 7x7x1")]


def test_a_contradiction_is_told_as_a_problem() -> None:
    with pytest.raises(Problems) as told:
        answer("7x7x1 -> conv 1 9x9 -> conv ? 3x3")
    assert [p.message for p in told.value] == ["9 exceeds the input size 7 without padding"]


def test_sets_of_numbers() -> None:
    draw = random.Random(1)

    def some() -> Numbers:
        start, period = draw.randint(1, 9), draw.randint(1, 6)
        return Numbers(draw.getrandbits(start) >> 1, start, draw.getrandbits(period), period)

    def members(numbers: Numbers) -> set[int]:
        return {n for n in range(1, 150) if n in numbers}

    for _ in range(300):
        a, b = some(), some()
        assert members(a & b) == members(a) & members(b)
        assert members(a | b) == members(a) | members(b)
        assert members(a - b) == members(a) - members(b)
        assert members(a.simplest()) == members(a)
        if a:
            wish = draw.randint(1, 40)
            closest = min(abs(n - wish) for n in members(a))
            assert a.least == min(members(a))
            assert a.nearest(wish) == [n for n in sorted(members(a)) if abs(n - wish) == closest]


def test_bounds_are_those_of_the_search() -> None:
    """Looking for numbers beyond the first solution goes further, and must not pass for a search so far."""
    found = answer("?x3 -> conv 4 2 stride=? pad=1 -> 6x_")
    assert list(found.bounds.values()) == [16]
    assert max(solution.values[1] for solution in found.solutions) == 16


def test_a_search_that_is_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.algebra.solve.MOST_WORK", 300)
    found = answer("8x8x3 -> conv 4 ?x? stride=?x? pad=?x? dilation=?x? -> 4x4x4")
    assert found.stopped
    assert found.solutions


@pytest.mark.parametrize(
    ("chain", "solutions", "most"),
    sampled(
        [
            ("32x32x3 -> ? * relu -> conv 8 3x3 -> 5x5x8", [], 10),
            ("32x32x3 -> ? * conv 16 3x3 pad=1 -> relu -> 31x31x16", [], 10),
            ("14x31x1 -> ? * upsample 1 -> conv 12 7x7 stride=3 pad=2 -> 11x10x12", [], 10),
            ("9x30x3 -> ? * batchnorm -> conv 4 3x3 -> 8x28x4", [], 10),
            ("27x49x1 -> upsample ? -> maxpool 5 stride=? pad=2 -> 83x147x1", [], 3_900),
            ("19x54x1 -> ? * depthwise 5 stride=2 pad=? multiplier=2 -> upsample 2 -> 4x22x4", [(2, 0)], 2_000),
            (
                "31x27x12 -> conv 12 4x4 stride=2 pad=4 dilation=? groups=2"
                " -> ? * conv_transpose 4 4x4 stride=4 pad=2 output_pad=2 -> 70x62x_",
                [(1, 1)],
                1_500,
            ),
            ("31x47x3 -> conv 6 5x5 pad=? stride=? dilation=? -> 34x34x_", [], 3_000),
            ("32x8x6 -> ? * conv 4 4x4 stride=? pad=4 -> 10x4x4", [(1, 4)], 1_500),
        ],
        every=9,
    ),
)
def test_a_search_is_done_within_its_work(chain: str, solutions: list[tuple[int, ...]], most: int) -> None:
    found = answer(chain)
    assert [solution.values for solution in found.solutions] == solutions
    assert not found.stopped
    assert found.work < most


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "chain",
    sampled(
        [
            "32x32x3 -> ? * conv 8 3x3 pad=? dilation=? -> 33x33x8",
            "16x16x2 -> ? * (conv 4 3x3 pad=?) -> ? * upsample ? -> 97x97x4",
            "32x32x3 -> ? * conv_transpose 8 3x3 stride=? pad=? -> 333x333x8",
        ],
        every=3,
    ),
)
def test_a_search_that_would_be_long_ends(chain: str) -> None:
    found = answer(chain)
    assert found.stopped
    assert MOST_WORK <= found.work < 1.1 * MOST_WORK


def test_what_was_found_before_the_end_of_a_search_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.algebra.solve.MOST_WORK", 6)
    found = answer("64x64x3 -> ? * (conv 3 3x3 stride=2 pad=1) -> 8x8x3")
    assert found.stopped
    assert [solution.values for solution in found.solutions] == [(3,)]


def test_the_usual_solutions_are_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.algebra.solve.MOST_SOLUTIONS", 100)
    spec, variant, _, _ = find("224x224x3 -> conv 64 ? stride=? pad=? -> 112x112x64", None)
    found = solutions_of(spec, variant, wide=True)
    values = [solution.values for solution in found.solutions]
    assert (found.stopped, len(values), values[:3]) == (True, 100, [(2, 2, 0), (3, 2, 1), (4, 2, 1)])
    assert len(set(values)) == 100


def test_channels_to_select_count_from_zero() -> None:
    found = answer("8x8x3 -> select [?]")
    assert [solution.values for solution in found.solutions] == [(0,), (1,), (2,)]


@pytest.mark.parametrize("sign", ["==", "<", "<=", ">", ">="])
def test_conditions_hold_where_they_say(sign: str) -> None:
    import operator

    compare = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    form = (N + 5) // 3 * 2 - N
    other = (N - 11) // 4 + 1
    for a in (form, other):
        found = holds(a, sign, 2)
        assert all((n in found) == compare(a(n), 2) for n in range(1, 300))


@pytest.mark.parametrize("sign", ["==", "<", "<=", ">", ">="])
def test_conditions_far_out_are_written_down(sign: str) -> None:
    """Only around where it changes is a condition looked at one by one, of forms that rise, that fall, that grow."""
    import operator

    compare = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    wavy = (N + 5) // 3 * 4 - N
    area = combined(operator.mul, N - 3, N // 2)
    for a, b, near in (
        (wavy, 90_000, 270_000),
        (-wavy, -90_000, 270_000),
        (N * 7, 7_000_001, 10**6),
        (area, 5 * 10**9, 10**5),
    ):
        found = holds(a, sign, b)
        assert all((n in found) == compare(a(n), b) for n in (*range(1, 100), *range(near - 60, near + 60), 10**9))


def test_anything_is_decided_by_its_bounds_alone() -> None:
    low = Anything(1)
    assert low >= 1
    assert not low < 1
    assert not low.equals(0)
    for judge in (lambda: low < 2, lambda: bool(Anything()), lambda: low.equals(1), lambda: low > 1):
        with pytest.raises(Undecided):
            judge()


def test_bounds_hold_whatever_the_numbers_are() -> None:
    """Every operation on ranges has every result that the numbers in them have, and asks the path where it must."""
    import operator

    draw = random.Random(2)
    signs = [operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, maximum, minimum]
    for _ in range(2_000):
        operation = draw.choice(signs)
        divides = operation in (operator.floordiv, operator.mod)
        a, b = (sorted(draw.randint(low, 6) for _ in range(2)) for low in (-6, 1 if divides else -6))
        ranges = [Anything(*pair) for pair in (a, b)]
        if draw.random() < 0.3:
            ranges[0] = Anything(None, a[1])
        if draw.random() < 0.3:
            ranges[1] = Anything(b[0], None)
        found = operation(ranges[0], b[0]) if draw.random() < 0.2 else operation(*ranges)
        others = [b[0]]
        for x, y in product(range(a[0], a[1] + 1), others):
            result = operation(x, y)
            assert found.low is None or found.low <= result
            assert found.high is None or result <= found.high


def test_a_quotient_by_the_unknown_is_followed() -> None:
    """A division by the number along a path holds for all numbers that have its quotient and no others."""
    for over, n in product((-40, -7, -1, 0, 1, 7, 40), range(1, 45)):
        path = Way(n)
        quotient = over // path.number()
        assert quotient == over // n
        assert not path.pinned
        assert all((m in path.region()) == (over // m == quotient) for m in range(1, 120))
    for n in range(1, 45):
        path = Way(n)
        rest = (path.number() * 3 + 50) % (path.number() + 2)
        region = path.region()
        assert n in region
        for m in (m for m in range(1, 120) if m in region):
            assert (rest if isinstance(rest, int) else rest.form(m)) == (m * 3 + 50) % (m + 2)


ENDS = [  # text, the only solutions or which numbers, and the bound that is told
    ("7x7x1 -> conv 1 3x3 stride=? -> 1x1x1", "every number from 5 on", []),
    ("224x224x8 -> maxpool 2 stride=? -> 7x7x8", [32, 33, 34, 35, 36, 37], []),
    ("8x8x12 -> conv 18 3x3 groups=?", [1, 2, 3, 6], []),
    ("9x9x4 -> conv 2 ?", list(range(1, 10)), []),
    ("9x9x4 -> maxpool 3 stride=2 dilation=?", list(range(1, 5)), []),
    ("32x32x3 -> ? * (conv 8 3x3) -> 28x28x8", [2], []),
    ("32x32x3 -> ? * (conv 3 3x3 pad=1)", "every number", []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=2) -> 32x32x3", [12], []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=2 -> relu -> conv 3 1x2) -> 1000x504x3", [496], []),
    ("8x9x3 -> ? * (conv 3 3x3 pad=2) -> 32x31x3", [], []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=2) -> maxpool 2 -> _x_x3", "every number", []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=same -> depthwise 2 pad=1) -> 600x600x3", [592], []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=same stride=2) -> 1x1x3", "every number from 3 on", []),
    ("8x8x3 -> ? * (conv 3 3x3 pad=2 stride=2) -> 3x3x3", "every number from 3 on", []),
    ("8x8x3 -> ? * (conv 3 (1+sides[0]//9) pad=1) -> 12x12x3", [3], []),
    ("8x8x3 -> ? * (conv_transpose 3 2 stride=2) -> 64x64x3", [3], []),
    ("8x8x4 -> conv_transpose 2 4 stride=2 pad=? -> 16x16x2", [1], []),
    ("8x8x4 -> conv_transpose 2 4 stride=? pad=1 -> 16x16x2", [2], []),
    ("?x8x4 -> conv 2 3 stride=2 -> 7x3x2", [15, 16], []),
    ("8x8x4 -> depthwise 3 multiplier=? -> _x_x12", [3], []),
]


@pytest.mark.parametrize(("chain", "wanted", "bounds"), sampled(ENDS, every=6))
def test_every_field_has_its_end(chain: str, wanted: list[int] | str, bounds: list[int]) -> None:
    found = answer(chain)
    (hidden,) = found.hidden
    assert found.endless or [*found.bounds.values()] == bounds
    if isinstance(wanted, str):
        assert ranges(found.endless[hidden.name], hidden.least - 1) == wanted
    else:
        assert sorted(solution.values[0] for solution in found.solutions) == wanted
        assert not found.endless


def test_what_goes_on_beyond_the_bounds() -> None:
    found = answer("227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96")
    assert found.further is not None
    assert (list(found.bounds.values()), found.further.values) == ([8], (5, 27))


@pytest.mark.parametrize(
    ("chain", "values"),
    sampled(
        [
            ("HxWx3 -> conv 8 3x3 pad=? -> HxWx8", [(1,)]),
            ("HxWx3 -> conv 8 5x5 pad=? dilation=? -> HxWx8", [(2, 1), (4, 2), (6, 3), (8, 4)]),
            ("HxWx3 -> conv 8 3x3 stride=2 pad=? -> ((H+1)//2)x((W+1)//2)x8", [(1,)]),
            ("HxWx3 -> conv 8 ?x? pad=1 -> (H-2)xWx8", [(5, 3)]),
            ("HxWxC -> conv 8 3x3 pad=1 groups=? -> HxWx8", [(1,)]),
            ("HxWx3 -> conv 8 3x3 pad=? -> WxHx8", []),
            ("HxWx3 -> conv 8 3x3 stride=2 pad=? -> HxWx8", []),
            ("HxHx3 -> ? * (conv 8 3x3) -> (H-8)x_x8", [(4,)]),
        ],
        every=3,
    ),
)
def test_letters_stand_for_every_size(chain: str, values: list[tuple[int, ...]]) -> None:
    found = answer(chain)
    assert [solution.values for solution in found.solutions] == values
    for solution in found.solutions:
        text = written(found, solution.values)
        for height, width in ((40, 53), (65, 64), (111, 200)):
            assert built(re.sub("C", "7", re.sub("W", str(width), re.sub("H", str(height), text))))


def test_a_long_set_yields_its_numbers_in_order() -> None:
    draw = random.Random(3)
    members = sorted(draw.sample(range(1, 50_000), 90))
    head = sum(1 << (n - 1) for n in members)
    assert list(Numbers(head, 50_000, 0)) == members
    assert Numbers(head, 50_000, 0).bits(60_000) == head


def test_one_walk_builds_what_expand_builds() -> None:
    """The brute force of these tests is a walk that ends at the first problem."""
    for chain in (f"12x12x4 -> conv 8 {k}x{k} stride={s} -> 5x5x8" for k, s in product(range(15), range(4))):
        assert (built(chain) is not None) == (expand(read_chain(chain)[0])[0] is not None), chain
