"""The padding that keeps a size, or makes it what is wanted."""

from __future__ import annotations

from cnncalc.quizzes.draft import CHANNELS, FILTERS, IMAGES, MAPS, Draft, Topic, an, square, window
from cnncalc.quizzes.draws import Draws


def _text(before: str, out: int, kernel: int, stride: int, after: str) -> str:
    return (
        f"A convolution with {out} filters of {kernel}x{kernel} and stride {stride} is to turn {an(before)} "
        "volume into "
        f"{an(after)} volume. How much padding does it need on each side?"
    )


def keeps(draws: Draws) -> Draft | None:
    side, kernel, out = draws.choice(MAPS), draws.choice((3, 5, 7, 9, 11)), draws.choice(FILTERS)
    if kernel > side:
        return None
    before, after = square(side, draws.choice(CHANNELS)), square(side, out)
    return Draft(
        _text(before, out, kernel, 1, after),
        {"network": f"{before} -> conv {out} {kernel}x{kernel} pad=? -> {after}", "ask": "solve"},
    )


def halves(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice(IMAGES), draws.choice((3, 5, 7, 9, 11)), draws.choice((2, 2, 4))
    out, pad = draws.choice(FILTERS), draws.choice((1, 2, 3, 4, 5))
    if pad > kernel // 2 or stride > kernel:
        return None
    moves, _ = window(side, kernel, stride, pad)
    if any(window(side, kernel, stride, other)[0] == moves for other in (pad - 1, pad + 1)):
        return None  # there is more than one answer
    before, after = square(side, 3), square(moves + 1, out)
    text = _text(before, out, kernel, stride, after)
    return Draft(
        f"{text} The output size is rounded down.",
        {"network": f"{before} -> conv {out} {kernel}x{kernel} stride={stride} pad=? -> {after}", "ask": "solve"},
    )


def dilated(draws: Draws) -> Draft | None:
    side, kernel, dilation = draws.choice(MAPS[3:]), draws.choice((3, 5)), draws.choice((2, 3, 4))
    out = draws.choice(FILTERS)
    before, after = square(side, draws.choice(CHANNELS)), square(side, out)
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel}, stride 1 and dilation {dilation} is to keep the "
        "height "
        f"and the width of {an(before)} volume. How much padding does it need on each side? "
        "Dilation 1 is an ordinary kernel without holes."
    )
    chain = f"{before} -> conv {out} {kernel}x{kernel} pad=? dilation={dilation} -> {after}"
    return Draft(text, {"network": chain, "ask": "solve"})


TOPIC = Topic("pad", "the padding that gives a size", {1: (keeps,), 2: (halves,), 3: (dilated,)})
