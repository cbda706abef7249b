"""Padding `same`, which keeps a size at stride 1 and divides it by the stride otherwise."""

from __future__ import annotations

from cnncalc.quizzes.draft import CHANNELS, FILTERS, VOLUME, An, Draft, Topic, square
from cnncalc.quizzes.draws import Draws

SIDES = (13, 14, 15, 27, 28, 32, 56, 63, 64, 112, 224)


def _asked(draws: Draws, stride: int) -> Draft:
    side, channels, out, kernel = (draws.choice(of) for of in (SIDES, CHANNELS, FILTERS, (3, 5, 7)))
    volume = square(side, channels)
    text = (
        f"{An(volume)} volume goes through a convolution with {out} filters of {kernel}x{kernel}, stride {stride} "
        'and padding "same". '
        f"What is the output volume? {VOLUME}"
    )
    chain = f"{volume} -> conv {out} {kernel}x{kernel}{f' stride={stride}' if stride > 1 else ''} pad=same"
    return Draft(text, {"network": chain, "ask": "output"})


def kept(draws: Draws) -> Draft:
    return _asked(draws, 1)


def divided(draws: Draws) -> Draft:
    return _asked(draws, draws.choice((2, 3)))


def signal(draws: Draws) -> Draft:
    width, length = draws.choice((2, 4, 6, 8)), draws.choice((100, 128, 500, 1000))
    out = draws.choice((8, 16, 32))
    text = (
        f"A filter of width {width} moves with stride 1 over a signal of {length} steps, and the output is to have "
        f"{length} steps as well. How much padding is needed in front, and how much behind? An odd pixel goes behind. "
        'Write it as "3 before, 4 after".'
    )
    return Draft(text, {"network": f"{length}x1 -> conv {out} {width}", "ask": "same_pad"})


def uneven(draws: Draws) -> Draft | None:
    side, kernel, stride = draws.choice((6, *SIDES)), draws.choice((2, 3, 4, 5, 7)), draws.choice((2, 3, 4))
    total = max(0, (-(-side // stride) - 1) * stride + kernel - side)
    if total % 2 == 0 or kernel > side:
        return None
    volume = square(side, draws.choice(CHANNELS))
    text = (
        f"{An(volume)} volume goes through a convolution with {kernel}x{kernel} filters and stride {stride}; the "
        "output is to be "
        f"{-(-side // stride)} pixels high and wide, the input divided by the stride and rounded up (padding "
        '"same"). How many '
        "rows of padding are needed above, and how many below? The odd one goes below. "
        'Write it as "3 before, 4 after".'
    )
    return Draft(text, {"network": f"{volume} -> conv 32 {kernel}x{kernel} stride={stride}", "ask": "same_pad"})


TOPIC = Topic("same-padding", 'padding "same"', {1: (kept,), 2: (divided, signal), 3: (uneven,)})
