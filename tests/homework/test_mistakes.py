"""Mistakes made by a script in random questions: told apart from right answers, and named.

The wrong numbers are computed here by formulas of this file's own, from whole numbers.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple

import pytest

from cnncalc.homework.key import read_key
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part
from tests.effort import sampled

ROUNDS = [4, pytest.param(15, marks=pytest.mark.exhaustive)]
NAMED = 0.95
"""The least share of wrong answers whose mistake is among those told."""


class Question(NamedTuple):
    """What is asked, the right answer, and what each mistake leads to."""

    entry: str
    right: str
    wrong: list[tuple[str, str]]


Maker = Callable[[random.Random], Question]


def window(n: int, k: int, s: int, p: int) -> int:
    return (n + 2 * p - k) // s + 1


def layer(r: random.Random) -> tuple[int, int, int, int, int, int]:
    """Return a sensible convolution: side, channels, filters, kernel, stride, padding."""
    k = r.choice([1, 2, 3, 3, 3, 5, 5, 7, 11])
    n = r.choice([r.randint(2 * k + 6, 64), 28, 32, 63, 64, 100, 112, 224, 227, 300])
    n = max(n, 2 * k + 6)
    s = r.choice([1, 1, 2, 2, 3, 4])
    p = r.randint(0, k // 2)
    return n, r.choice([1, 3, 3, 6, 16, 32, 64, 128]), r.choice([4, 6, 8, 10, 16, 20, 32, 64, 96, 100, 256]), k, s, p


def cube(side: int | float, channels: int) -> str:
    return f"{side}x{side}x{channels}"


def conv_output(r: random.Random) -> Question:
    n, c, f, k, s, p = layer(r)
    y = window(n, k, s, p)
    wrong = [
        ("no-plus-one", cube(y - 1, f)),
        ("no-pad", cube(window(n, k, s, 0), f)),
        ("pad-once", cube((n + p - k) // s + 1, f)),
        ("no-stride", cube(window(n, k, 1, p), f)),
        ("sign-error", cube((n + 2 * p + k) // s + 1, f)),
        ("depth-kept", cube(y, c)),
        ("depth-product", cube(y, c * f)),
        ("floor-vs-ceil", cube(ceil((n + 2 * p - k) / s) + 1, f)),
    ]
    if s > 1:
        wrong += [
            ("precedence", cube(n - k + 2 * p // s + 1, f)),
            ("halves-exactly", cube(n // s, f)),
        ]
    if p:
        wrong.append(("pad-depth", cube(y, f + 2 * p)))
    if n + 2 * p >= f > k:
        wrong.append(("filters-as-kernel", cube(window(n, f, s, p), f)))
    if p and n - 2 * p >= k:
        wrong.append(("sign-error", cube((n - 2 * p - k) // s + 1, f)))
    return Question(f"network: {n}x{n}x{c} -> conv {f} {k}x{k} stride={s} pad={p}, ask: output", cube(y, f), wrong)


def conv_params(r: random.Random) -> Question:
    n, c, f, k, s, p = layer(r)
    y = window(n, k, s, p)
    weights = k * k * c * f
    wrong = [
        ("no-bias", weights),
        ("no-depth", k * k * f + f),
        ("one-bias", weights + 1),
        ("bias-on-inputs", weights + c),
        ("kernel-sum", 2 * k * c * f + f),
        ("times-area", weights * n * n + f),
        ("times-area", (weights + f) * y * y),
        ("one-filter", k * k * c + 1),
        ("no-bias", k * k * f),  # and no-depth
        ("one-bias", k * k * f + 1),  # and no-depth
    ]
    if c in (1, 3):
        wrong.append(("rgb-wrong", k * k * (4 - c) * f + f))
    entry = f"network: {n}x{n}x{c} -> conv {f} {k}x{k} stride={s} pad={p}, ask: params"
    return Question(entry, f"{weights + f:,}", [(slug, f"{value:,}") for slug, value in wrong])


def conv_macs(r: random.Random) -> Question:
    n, c, f, k, s, p = layer(r)
    y = window(n, k, s, p)
    weights = k * k * c * f
    wrong = [
        ("macs-are-weights", weights),
        ("mac-flop", 2 * weights * y * y),
        ("wrong-resolution", weights * n * n),
        ("no-depth", k * k * f * y * y),
        ("no-stride", weights * window(n, k, 1, p) ** 2),
        ("no-pad", weights * window(n, k, s, 0) ** 2),
        ("bias-adds", (weights + f) * y * y),
        ("one-filter", k * k * c * y * y),
    ]
    entry = f"network: {n}x{n}x{c} -> conv {f} {k}x{k} stride={s} pad={p}, ask: macs"
    return Question(entry, str(weights * y * y), [(slug, str(value)) for slug, value in wrong])


def conv_flops(r: random.Random) -> Question:
    n, c, f, k, s, p = layer(r)
    macs = k * k * c * f * window(n, k, s, p) ** 2
    entry = f"network: {n}x{n}x{c} -> conv {f} {k}x{k} stride={s} pad={p}, ask: flops"
    return Question(entry, str(2 * macs), [("mac-flop", str(macs)), ("macs-are-weights", str(2 * k * k * c * f))])


def linear_params(r: random.Random) -> Question:
    n, c, f = r.choice([7, 14, 28, 32, 64]), r.choice([1, 3, 16, 64]), r.choice([10, 32, 100, 120, 1000])
    inputs = n * n * c
    wrong = [
        ("no-bias", inputs * f),
        ("one-bias", inputs * f + 1),
        ("bias-on-inputs", inputs * f + inputs),
        ("flatten-size", c * f + f),
    ]
    if c in (1, 3):
        wrong.append(("rgb-wrong", inputs // c * (4 - c) * f + f))
    entry = f"network: {n}x{n}x{c} -> flatten -> linear {f}, layer: linear, ask: params"
    return Question(entry, f"{inputs * f + f:,}", [(slug, f"{value:,}") for slug, value in wrong])


def grouped(r: random.Random) -> Question:
    n, k, g = r.choice([14, 28, 56]), r.choice([1, 3, 5]), r.choice([2, 4, 8])
    c, f = g * r.choice([4, 8, 16]), g * r.choice([4, 8, 16])
    weights = k * k * c * f // g
    wrong = [("groups", k * k * c * f + f), ("groups", weights // g + f), ("no-bias", weights)]
    entry = f"network: {n}x{n}x{c} -> conv {f} {k}x{k} groups={g}, ask: params"
    return Question(entry, f"{weights + f:,}", [(slug, f"{value:,}") for slug, value in wrong])


def depthwise(r: random.Random) -> Question:
    n, k, c = r.choice([14, 28, 56]), r.choice([3, 5]), r.choice([16, 24, 32, 64])
    wrong = [("groups", k * k * c * c + c), ("no-bias", k * k * c)]
    return Question(
        f"network: {n}x{n}x{c} -> depthwise {k}x{k}, ask: params",
        str(k * k * c + c),
        [(slug, str(value)) for slug, value in wrong],
    )


def batchnorm(r: random.Random) -> Question:
    c = r.randint(3, 512)
    wrong = [("bn-count", str(4 * c)), ("bn-count", "0"), ("bn-count", str(c))]
    return Question(f"network: 28x28x{c} -> batchnorm, ask: params", str(2 * c), wrong)


def pool_params(r: random.Random) -> Question:
    c, k = r.randint(3, 64), r.choice([2, 3])
    wrong = [("pool-params", str(k * k)), ("pool-params", str(k * k * c)), ("pool-params", str(k * k * c + c))]
    return Question(f"network: 28x28x{c} -> maxpool {k}x{k} stride=2, ask: params", "0", wrong)


def pool_output(r: random.Random) -> Question:
    n, c, k, s = r.randint(12, 113), r.randint(3, 64), r.choice([2, 3]), r.choice([2, 3])
    up = r.random() < 0.5
    down, high = window(n, k, s, 0), min(ceil((n - k) / s) + 1, ceil(n / s))
    right, other = (high, down) if up else (down, high)
    wrong = [
        ("floor-vs-ceil", cube(other, c)),
        ("depth-lost", cube(right, 1)),
        ("no-stride", cube(n - k + 1, c)),
        ("halves-exactly", cube(n // s, c)),
        ("no-plus-one", cube(right - 1, c)),
    ]
    entry = f"network: {n}x{n}x{c} -> maxpool {k}x{k} stride={s}{' ceil=yes' if up else ''}, ask: output"
    return Question(entry, cube(right, c), wrong)


def unequal(r: random.Random) -> Question:
    h, w, a, b = r.randint(30, 60), r.randint(61, 90), r.choice([1, 2]), r.choice([3, 4])
    y, x = window(h, 3, a, 0), window(w, 3, b, 0)
    wrong = [
        ("wrong-stride-axis", f"{window(h, 3, b, 0)}x{window(w, 3, a, 0)}"),
        ("wrong-stride-axis", f"{y}x{window(w, 3, a, 0)}"),
        ("no-plus-one", f"{y - 1}x{x - 1}"),
    ]
    return Question(f"network: {h}x{w}x3 -> conv 8 3x3 stride={a}x{b}, ask: sides", f"{y}x{x}", wrong)


def same(r: random.Random) -> Question:
    n, k, s = r.randint(20, 120), r.choice([3, 5, 7]), r.choice([2, 3, 4])
    wrong = [("same-means-same", f"{n}x{n}x8"), ("no-pad", cube(window(n, k, s, 0), 8))]
    return Question(
        f"network: {n}x{n}x3 -> conv 8 {k}x{k} stride={s} pad=same, ask: output", cube(ceil(n / s), 8), wrong
    )


def same_pad(r: random.Random) -> Question:
    n, k, s = 2 * r.randint(10, 112), r.choice([3, 5, 7, 11]), 2
    total = max(0, (ceil(n / s) - 1) * s + k - n)
    wrong = [("same-symmetric", str((k - 1) // 2)), ("no-pad", "0"), ("pad-in-all", str(total))]
    right = f"{total // 2} before, {total - total // 2} after"
    return Question(f"network: {n}x{n}x3 -> conv 8 {k}x{k} stride={s} pad=same, ask: pad", right, wrong)


def dilated(r: random.Random) -> Question:
    n, k, d = r.randint(30, 100), r.choice([3, 5]), r.choice([2, 3, 4])
    reach = d * (k - 1) + 1
    wrong = [
        ("dilation-base", cube(n - k + 1, 8)),
        ("dilation-base", cube(n - d * k + 1, 8)),
        ("dilation-base", cube(n - (d + 1) * (k - 1), 8)),
    ]
    return Question(f"network: {n}x{n}x3 -> conv 8 {k}x{k} dilation={d}, ask: output", cube(n - reach + 1, 8), wrong)


def transposed(r: random.Random) -> Question:
    n, k, s = r.randint(4, 64), r.choice([2, 3, 4, 5]), r.choice([2, 3, 4])
    p = r.randint(0, (k - 1) // 2)
    y = (n - 1) * s + k - 2 * p
    wrong = [
        ("tconv", cube(n * s, 8)),
        ("no-pad", cube((n - 1) * s + k, 8)),
        ("pad-once", cube((n - 1) * s + k - p, 8)),
        ("tconv", cube((n - 1) * s + 1 - 2 * p, 8)),
    ]
    if n + 2 * p >= k:
        wrong.append(("tconv", cube(window(n, k, s, p), 8)))
    return Question(
        f"network: {n}x{n}x3 -> conv_transpose 8 {k}x{k} stride={s} pad={p}, ask: output", cube(y, 8), wrong
    )


def signal(r: random.Random) -> Question:
    n, c, k = r.randint(20, 60), r.randint(80, 200), r.choice([3, 5])
    wrong = [("wrong-axis", str(c - k + 1)), ("no-plus-one", str(n - k))]
    return Question(f"network: {n}x{c} -> conv 64 {k}, ask: sides", str(n - k + 1), wrong)


def receptive(r: random.Random) -> Question:
    chain, layers = [], []
    for index in range(r.randint(2, 5)):
        pool = index > 0 and r.random() < 0.4
        k, s = (2, 2) if pool else (r.choice([3, 5, 7]), r.choice([1, 1, 2]))
        chain.append(f"maxpool {k}x{k}" if pool else f"conv 8 {k}x{k} stride={s}")
        layers.append((k, s, pool))

    def field(layers: list[tuple[int, int, bool]]) -> int:
        size, jump = 1, 1
        for k, s, _ in layers:
            size, jump = size + (k - 1) * jump, jump * s
        return size

    wrong = [
        field([(k, 1, pool) for k, _, pool in layers]),
        field([each for each in layers if not each[2]]),
        field(layers[:-1]),
        sum(k for k, _, _ in layers),
        field([(k, 1 if pool else s, pool) for k, s, pool in layers]),
    ]
    entry = f"network: 300x300x3 -> {' -> '.join(chain)}, ask: receptive_field"
    return Question(entry, str(field(layers)), [("rf-sum", str(value)) for value in wrong])


def strides(r: random.Random) -> Question:
    steps = [r.choice([1, 2, 2, 3]) for _ in range(r.randint(2, 4))]
    product = 1
    for s in steps:
        product *= s
    wrong = [("rf-sum", str(sum(steps))), ("rf-sum", str(product // steps[-1]))]
    chain = " -> ".join(f"conv 8 3x3 stride={s}" for s in steps)
    return Question(f"network: 300x300x3 -> {chain}, ask: jump", str(product), wrong)


def chain(r: random.Random) -> Question:
    n, a, b, f = r.choice([28, 32, 64]), r.choice([8, 16]), r.choice([32, 64]), r.choice([10, 100])
    first, second = 9 * 3 * a + a, 9 * a * b + b
    inputs = (n // 2) ** 2 * b
    last = inputs * f + f
    total = first + second + last
    wrong = [
        ("no-bias", total - a - b - f),
        ("layer-left-out", total - second),
        ("layer-left-out", total - first),
        ("no-depth", total - first - second + 9 * (a + b) + a + b),
        ("flatten-size", total - last + n * n * b * f + f),
        ("layer-twice", total + second),
    ]
    entry = (
        f"network: {n}x{n}x3 -> conv {a} 3x3 pad=1 -> relu -> conv {b} 3x3 pad=1 -> relu -> maxpool 2x2 -> flatten "
        f"-> linear {f}, ask: params"
    )
    return Question(entry, f"{total:,}", [(slug, f"{value:,}") for slug, value in wrong])


def volumes(r: random.Random) -> Question:
    """A later layer's output, with a mistake at every layer."""
    n, k, f = r.choice([28, 32, 64, 100]), r.choice([3, 5]), r.choice([8, 16])
    first = n - k + 1
    half = first // 2
    right = half - k + 1
    wrong = [
        ("no-plus-one", cube((first - 1 - 2) // 2 - k, f)),
        ("depth-kept", cube(right, 4)),
        ("no-stride", cube(first - 1 - k + 1, f)),
    ]
    entry = f"network: {n}x{n}x3 -> conv 4 {k}x{k} -> maxpool 2x2 -> conv {f} {k}x{k}, layer: conv2, ask: output"
    return Question(entry, cube(right, f), wrong)


def memory(r: random.Random) -> Question:
    n, c, f, k, *_ = layer(r)
    params = k * k * c * f + f
    wrong = [("bytes", str(params)), ("no-bias", str(4 * k * k * c * f)), ("bytes", str(8 * params))]
    return Question(f"network: {n}x{n}x{c} -> conv {f} {k}x{k}, ask: weight_bytes", str(4 * params), wrong)


def saving(r: random.Random) -> Question:
    c, f, m = r.choice([64, 128, 192, 256]), r.choice([32, 48, 96]), r.choice([8, 16, 24])
    plain, reduced = 25 * c * f, c * m + 25 * m * f
    ratio = plain / reduced
    entry = (
        f"networks: {{p: 28x28x{c} -> conv {f} 5x5 pad=2, q: 28x28x{c} -> conv {m} 1x1 -> conv {f} 5x5 pad=2}}, "
        "ask: p.macs / q.macs"
    )
    return Question(entry, f"{ratio:.4g}", [("upside-down", f"{1 / ratio:.4g}")])


def slips(r: random.Random) -> Question:
    n, c, f, k, s, p = layer(r)
    right = k * k * c * f * window(n, k, s, p) ** 2
    digits = str(right)
    at = r.randrange(len(digits) - 1)
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    other = digits[:at] + str((int(digits[at]) + r.randint(1, 8)) % 10 or 9) + digits[at + 1 :]
    wrong = [("digit-slip", swapped), ("digit-slip", other), ("power-of-ten", digits + "0")]
    if swapped[0] == "0":
        wrong = wrong[1:]
    return Question(f"network: {n}x{n}x{c} -> conv {f} {k}x{k} stride={s} pad={p}, ask: macs", digits, wrong)


MAKERS: tuple[Maker, ...] = (
    conv_output, conv_params, conv_macs, conv_flops, linear_params, grouped, depthwise, batchnorm, pool_params,
    pool_output, unequal, same, same_pad, dilated, transposed, signal, receptive, strides, chain, volumes, memory,
    saving, slips,
)  # fmt: skip


def part_of(entry: str) -> Part:
    return next(iter(read_key(f"title: T\nquestions:\n  - {{id: 1, {entry}}}").parts.values()))


def questions(make: Maker, rounds: int) -> Iterator[tuple[Question, Part]]:
    r = random.Random(make.__name__)
    for _ in range(rounds):
        question = make(r)
        yield question, part_of(question.entry)


def impossible(answer: str) -> bool:
    """Tell an answer that nobody would hand in: a side of no cells, less than nothing."""
    return answer.startswith(("0x", "-"))


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("make", sampled(MAKERS, every=2), ids=lambda make: make.__name__)
def test_mistakes_are_named(make: Maker, rounds: int) -> None:
    made: Counter[str] = Counter()
    missed = []
    for question, part in questions(make, rounds):
        assert mark_part(part, question.right).verdict == "right", question.entry
        for slug, answer in question.wrong:
            if impossible(answer) or mark_part(part, answer).read == part.right.text:
                continue
            found = mark_part(part, answer)
            assert found.verdict == "wrong", (question.entry, answer)
            told = {slug for diagnosis in found.diagnoses for slug in diagnosis.slugs}
            made["all"] += 1
            if slug not in told:
                missed.append((slug, answer, question.entry, found.feedback))
    assert made["all"] >= rounds
    assert 1 - len(missed) / made["all"] >= NAMED, "\n".join(map(str, missed))
