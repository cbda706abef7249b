"""Two ways to do the same, side by side: what the cheaper one saves."""

from __future__ import annotations

from cnncalc.quizzes.draft import CHANNELS, THREE_DIGITS, Draft, Topic, an, chained, conv, square
from cnncalc.quizzes.draws import Draws


def fewer(draws: Draws) -> Draft | None:
    channels, out = draws.choice(CHANNELS), draws.choice((16, 24, 32, 48, 64, 96, 128, 192, 256))
    if out > 2 * channels:
        return None  # the smaller ones would not be cheaper
    small, count, large = draws.choice(((3, 2, 5), (3, 3, 7), (5, 2, 9)))
    word, others = {2: ("two", "the other one keeps"), 3: ("three", "the others keep")}[count]
    volume = square(32, channels)
    text = (
        f"A convolution of {large}x{large} makes {out} channels from {channels}. It is replaced by {word} convolutions "
        f"of {small}x{small}, which see as much of the image: the first makes {out} channels, {others} them. No filter "
        f"has a bias. How many parameters do the {word} have together, in % of what the one has? {THREE_DIGITS}"
    )
    networks = {
        "small": chained(volume, *[conv(out, small, pad=small // 2, bias=False)] * count),
        "one": chained(volume, conv(out, large, pad=large // 2, bias=False)),
    }
    return Draft(text, {"networks": networks, "ask": "100 * small.params / one.params", "unit": "%"})


def _bottleneck(draws: Draws) -> tuple[str, int, int, int, dict[str, str]]:
    side, channels = draws.choice((14, 28, 32, 56)), draws.choice((128, 192, 256))
    middle, out, kernel = draws.choice((16, 32, 64)), draws.choice((32, 64, 128)), draws.choice((3, 5))
    volume, last = square(side, channels), conv(out, kernel, pad=kernel // 2)
    return (
        volume,
        middle,
        out,
        kernel,
        {"direct": chained(volume, last), "reduced": chained(volume, conv(middle, 1), last)},
    )


def ratio(draws: Draws) -> Draft:
    volume, middle, out, kernel, networks = _bottleneck(draws)
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel} (stride 1, padding {kernel // 2}) works on "
        f"{an(volume)} volume. "
        f"With {middle} filters of 1x1 in front of it, it works on {middle} channels only. How many times the "
        "multiply-adds "
        f"does the first way take? Count the 1x1 filters as well, but no biases. {THREE_DIGITS}"
    )
    return Draft(text, {"networks": networks, "ask": "direct.macs / reduced.macs"})


def saving(draws: Draws) -> Draft:
    volume, middle, out, kernel, networks = _bottleneck(draws)
    text = (
        f"A convolution with {out} filters of {kernel}x{kernel} (stride 1, padding {kernel // 2}) works on "
        f"{an(volume)} volume. "
        f"To save work, {middle} filters of 1x1 are put in front of it. Adding biases does not count."
    )
    parts = {
        "a": {"ask": "direct.macs", "text": "How many multiply-adds (MACs) does it take without them?"},
        "b": {"ask": "reduced.macs", "text": "How many do both layers take together?"},
        "c": {
            "ask": "100 * (direct.macs - reduced.macs) / direct.macs",
            "unit": "%",
            "text": f"How much is saved, in % of a? {THREE_DIGITS}",
        },
    }
    return Draft(text, {"networks": networks, "parts": parts})


def cheapest(draws: Draws) -> Draft | None:
    channels = draws.choice((32, 64, 128))
    volume = square(draws.choice((28, 56)), channels)
    drawn = draws.sample(
        (
            ("A", conv(channels, 3, pad=1, bias=False)),
            ("B", conv(channels, 5, pad=2, bias=False)),
            ("C", conv(2 * channels, 3, pad=1, bias=False)),
            ("D", conv(channels, 3, pad=1, groups=4, bias=False)),
            ("E", conv(4 * channels, 1, bias=False)),
        ),
        3,
    )
    networks = {letter: chained(volume, layer) for letter, (_, layer) in zip("ABC", drawn, strict=True)}
    items = "\n".join(f"{letter}: {layer.noun}" for letter, (_, layer) in zip("ABC", drawn, strict=True))
    text = f"Which of these layers has the fewest parameters on {an(volume)} volume?\n{items}"
    return Draft(text, {"networks": networks, "ask": "fewest params"})


TOPIC = Topic("compare", "one design against another", {1: (fewer, cheapest), 2: (ratio,), 3: (saving,)})
