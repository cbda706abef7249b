"""Initialisation: the standard deviation √(2/n) of a layer's weights."""

from __future__ import annotations

from cnncalc.quizzes.draft import FILTERS, THREE_DIGITS, Draft, Topic, chained, conv, linear
from cnncalc.quizzes.draws import Draws

SQUARES = (8, 18, 32, 50, 72, 98, 128, 200, 288, 450, 512, 800, 1250, 1800, 2048, 3200, 5000)
"""Numbers n with a fraction for √(2/n)."""

INTO = (1, 3, 16, 24, 32, 48, 64, 96, 128, 256)
SIZES = (10, 20, 64, 84, 100, 120, 256, 300, 512, 784, 1000, 1024, 3072, 4096)


def outputs(draws: Draws) -> Draft:
    inputs, out = draws.choice(SIZES), draws.choice(SQUARES)
    text = (
        f"The weights of a fully connected layer with {inputs:,} inputs and {out:,} outputs are drawn from a normal "
        "distribution with standard deviation √(2/n), n being the number of outputs. What is the standard deviation?"
    )
    return Draft(text, {"network": chained(str(inputs), linear(out)), "ask": "he_std"})


def inputs(draws: Draws) -> Draft:
    into, out = draws.choice(SQUARES), draws.choice(SIZES)
    text = (
        f"The weights of a fully connected layer with {into:,} inputs and {out:,} outputs are drawn from a normal "
        "distribution with standard deviation √(2/n), n being the number of inputs (fan in). What is the standard "
        "deviation?"
    )
    return Draft(text, {"network": chained(str(into), linear(out)), "ask": "he_std_in"})


def filters(draws: Draws) -> Draft:
    channels, out, kernel = draws.choice(INTO), draws.choice(FILTERS), draws.choice((3, 5, 7))
    ask, what = draws.choice((("he_std", "fan out"), ("he_std_in", "fan in")))
    text = (
        f"A convolution makes {out} channels from {channels} with {kernel}x{kernel} filters. Its weights are "
        f"drawn with standard deviation √(2/n), n being its {what}. What is the standard deviation? {THREE_DIGITS}"
    )
    return Draft(text, {"network": chained(f"32x32x{channels}", conv(out, kernel)), "ask": ask})


def fans(draws: Draws) -> Draft:
    channels, out, kernel = draws.choice(INTO), draws.choice(FILTERS), draws.choice((3, 5, 7))
    text = f"A convolution makes {out} channels from {channels} with {kernel}x{kernel} filters."
    parts = {
        "a": {"ask": "fan_in", "text": "On how many inputs does one output depend (fan in)?"},
        "b": {"ask": "fan_out", "text": "How many outputs depend on one input (fan out)?"},
    }
    return Draft(text, {"network": chained(f"32x32x{channels}", conv(out, kernel)), "parts": parts})


TOPIC = Topic("initialisation", "the deviation of initial weights", {1: (outputs,), 2: (inputs, fans), 3: (filters,)})
