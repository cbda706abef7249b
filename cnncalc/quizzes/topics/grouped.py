"""Grouped and depthwise convolutions."""

from __future__ import annotations

from cnncalc.quizzes.draft import THREE_DIGITS, Draft, Topic, an, chained, conv, depthwise, square
from cnncalc.quizzes.draws import Draws

SIDES = (14, 28, 32, 56, 112)
CHANNELS = (16, 32, 48, 64, 96, 128, 256)


def one_each(draws: Draws) -> Draft:
    side, channels, kernel = draws.choice(SIDES), draws.choice(CHANNELS), draws.choice((3, 5, 7))
    bias = bool(draws.below(2))
    layer = depthwise(kernel, pad=kernel // 2, bias=bias)
    text = (
        f"A depthwise convolution works on {an(square(side, channels))} volume: one {kernel}x{kernel} filter for "
        "each channel, "
        f"{'each with a bias' if bias else 'without biases'}. How many parameters does it have?"
    )
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "params"})


def dividing(counts: tuple[int, ...], channels: int, out: int) -> tuple[int, ...]:
    """Return the numbers of groups that divide the channels that go in and come out."""
    return tuple(count for count in counts if channels % count == out % count == 0)


def groups(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES), draws.choice(CHANNELS[2:]), draws.choice(CHANNELS[2:])
    count, kernel = draws.choice(dividing((2, 4, 8, 32), channels, out)), draws.choice((3, 5))
    layer = conv(out, kernel, pad=kernel // 2, groups=count)
    text = (
        f"A convolution makes {out} channels from {an(square(side, channels))} volume with {kernel}x{kernel} "
        f"filters in {count} "
        "groups; every filter has a bias. How many parameters does it have?"
    )
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "params"})


def group_macs(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES), draws.choice(CHANNELS[2:]), draws.choice(CHANNELS[2:])
    count = draws.choice(dividing((2, 4, 8), channels, out))
    layer = conv(out, 3, pad=1, groups=count)
    text = (
        f"A convolution makes {out} channels from {an(square(side, channels))} volume with 3x3 filters in {count} "
        "groups, stride 1 "
        "and padding 1. How many multiply-adds (MACs) does this take? Adding a bias does not count."
    )
    return Draft(text, {"network": chained(square(side, channels), layer), "ask": "macs"})


def separable(draws: Draws) -> Draft:
    side, channels, out = draws.choice(SIDES), draws.choice(CHANNELS), draws.choice(CHANNELS)
    kernel = draws.choice((3, 5))
    volume, pad = square(side, channels), kernel // 2
    pair = depthwise(kernel, pad=pad, bias=False), conv(out, 1, bias=False)
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel}, stride 1 and padding {pad} works on {an(volume)} "
        "volume. It is "
        f"replaced by a depthwise convolution of {kernel}x{kernel} (stride 1, padding {pad}) and {out} filters of "
        "1x1 behind it."
    )
    networks = {"plain": chained(volume, conv(out, kernel, pad=pad, bias=False)), "replaced": chained(volume, *pair)}
    parts = {
        "a": {"ask": "plain.macs", "text": "How many multiply-adds (MACs) does the convolution take?"},
        "b": {"ask": "replaced.macs", "text": "How many do the two that replace it take together?"},
        "c": {
            "ask": "replaced.macs / plain.macs",
            "text": f"What is the ratio of b to a? {THREE_DIGITS}",
        },
    }
    return Draft(text, {"networks": networks, "parts": parts})


TOPIC = Topic(
    "grouped", "grouped and depthwise convolutions", {1: (one_each,), 2: (groups, group_macs), 3: (separable,)}
)
