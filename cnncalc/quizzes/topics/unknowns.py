"""The numbers that a layer must have so that its output comes out."""

from __future__ import annotations

from cnncalc.quizzes.draft import FILTERS, IMAGES, MAPS, Draft, Topic, an, square, window
from cnncalc.quizzes.draws import Draws

DROPPED = "The output size is rounded down."


def stride(draws: Draws) -> Draft | None:
    side, kernel, step = draws.choice(IMAGES), draws.choice((3, 5, 7, 11)), draws.choice((2, 3, 4))
    moves, rest = window(side, kernel, step)
    if rest or step > kernel or any(window(side, kernel, other)[0] == moves for other in (step - 1, step + 1)):
        return None
    out = draws.choice(FILTERS)
    before, after = square(side, 3), square(moves + 1, out)
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel} and no padding turns {an(before)} image into "
        f"{an(after)} "
        "volume. What is its stride?"
    )
    return Draft(text, {"network": f"{before} -> conv {out} {kernel}x{kernel} stride=? -> {after}", "ask": "solve"})


def kernel(draws: Draws) -> Draft | None:
    side, size, out = draws.choice(MAPS), draws.choice((2, 3, 4, 5, 6, 7)), draws.choice(FILTERS)
    if size >= side:
        return None
    before, after = square(side, draws.choice((3, 16, 64))), square(side - size + 1, out)
    text = (
        f"A convolution with square filters, stride 1 and no padding turns {an(before)} volume into {an(after)} "
        "volume. "
        "How many pixels wide is a filter?"
    )
    return Draft(text, {"network": f"{before} -> conv {out} ? -> {after}", "ask": "solve"})


def stride_and_pad(draws: Draws) -> Draft | None:
    side, size = draws.choice(IMAGES), draws.choice((3, 5, 7, 11))
    step, pad = draws.choice((1, 2, 3, 4)), draws.choice((0, 1, 2, 3))
    if step > size or pad > size // 2:
        return None
    moves, _ = window(side, size, step, pad)
    out = draws.choice(FILTERS)
    before, after = square(side, 3), square(moves + 1, out)
    text = (
        f"A convolution with {out} filters of {size}x{size} turns {an(before)} image into {an(after)} volume. "
        "Which stride and which "
        f"padding on each side can it have? {DROPPED} One solution is enough; write it as stride=5 pad=4."
    )
    return Draft(text, {"network": f"{before} -> conv {out} {size}x{size} stride=? pad=? -> {after}", "ask": "solve"})


def dilation(draws: Draws) -> Draft | None:
    side, size, rate = draws.choice(MAPS[3:]), draws.choice((3, 5)), draws.choice((2, 3, 4))
    left = side - rate * (size - 1)
    if left < 4:
        return None
    out = draws.choice(FILTERS)
    before, after = square(side, draws.choice((16, 32, 64))), square(left, out)
    text = (
        f"A convolution with {out} filters of {size}x{size}, stride 1 and no padding turns {an(before)} volume "
        f"into {an(after)} "
        "volume: its filters have holes. What is its dilation? Dilation 1 is an ordinary kernel without holes."
    )
    return Draft(text, {"network": f"{before} -> conv {out} {size}x{size} dilation=? -> {after}", "ask": "solve"})


def kernel_and_pad(draws: Draws) -> Draft | None:
    side, size, step, pad = (draws.choice(of) for of in (IMAGES, (3, 5, 7, 11), (2, 4), (0, 1, 2, 3)))
    if step > size or pad > size // 2 or window(side, size, step, pad)[1]:
        return None
    out = draws.choice(FILTERS)
    before, after = square(side, 3), square(window(side, size, step, pad)[0] + 1, out)
    text = (
        f"A convolution with {out} square filters and stride {step} turns {an(before)} image into {an(after)} "
        "volume. How wide can its "
        f"filters be, and which padding on each side goes with that? {DROPPED} One solution is enough; write it "
        "as kernel=9 pad=4."
    )
    return Draft(text, {"network": f"{before} -> conv {out} ? stride={step} pad=? -> {after}", "ask": "solve"})


TOPIC = Topic(
    "solve", "numbers to be found", {1: (stride, kernel), 2: (stride_and_pad,), 3: (dilation, kernel_and_pad)}
)
