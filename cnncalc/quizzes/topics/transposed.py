"""Transposed convolutions, which make a volume larger."""

from __future__ import annotations

from cnncalc.quizzes.draft import CHANNELS, VOLUME, An, Draft, Topic, square
from cnncalc.quizzes.draws import Draws

SIDES = (2, 3, 4, 7, 8, 14, 16, 28, 32, 64)


def _drawn(draws: Draws, kernels: tuple[int, ...], pads: tuple[int, ...]) -> tuple[str, str, str] | None:
    side, channels, out = draws.choice(SIDES), draws.choice(CHANNELS[1:]), draws.choice((8, 16, 32, 64))
    kernel, stride, pad = draws.choice(kernels), draws.choice((2, 2, 3, 4)), draws.choice(pads)
    if stride > kernel or 2 * pad >= kernel or (side - 1) * stride - 2 * pad + kernel < 1:
        return None
    chain = f"conv_transpose {out} {kernel}x{kernel} stride={stride}{f' pad={pad}' if pad else ''}"
    words = f"a transposed convolution with {out} filters of {kernel}x{kernel}, stride {stride} and "
    return square(side, channels), chain, f"{words}{f'padding {pad}' if pad else 'no padding'}"


def _asked(drawn: tuple[str, str, str] | None, more: str = "", chain: str = "") -> Draft | None:
    if drawn is None:
        return None
    volume, layer, words = drawn
    text = f"{An(volume)} volume goes through {words}. {more}What is the output volume? {VOLUME}"
    return Draft(text, {"network": f"{volume} -> {layer}{chain}", "ask": "output"})


def unpadded(draws: Draws) -> Draft | None:
    return _asked(_drawn(draws, (2, 3, 4), (0,)))


def padded(draws: Draws) -> Draft | None:
    return _asked(_drawn(draws, (3, 4, 5, 8), (1, 2)), "The padding is cut off the output on each side. ")


def output_pad(draws: Draws) -> Draft | None:
    more = (
        "The padding is cut off the output on each side, and one row and one column are added at the end (output "
        "padding 1). "
    )
    return _asked(_drawn(draws, (3, 5), (1, 2)), more, " output_pad=1")


def learned(draws: Draws) -> Draft | None:
    drawn = _drawn(draws, (2, 3, 4), (0, 1))
    if drawn is None:
        return None
    volume, layer, words = drawn
    text = (
        f"{An(volume)} volume goes through {words}. How many parameters does it have? Every output channel has a bias."
    )
    return Draft(text, {"network": f"{volume} -> {layer}", "ask": "params"})


TOPIC = Topic("transposed", "transposed convolutions", {1: (unpadded,), 2: (padded, learned), 3: (output_pad,)})
