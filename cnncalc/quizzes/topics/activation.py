"""Activation functions by hand: values, derivatives, softmax."""

from __future__ import annotations

from cnncalc.quizzes.draft import THREE_DIGITS, Draft, Topic
from cnncalc.quizzes.draws import Draws

RECTIFIED = ("ReLU", "relu"), *((f"leaky ReLU with slope {s}", f"leaky_relu {s}") for s in ("0.01", "0.1", "0.2"))
SMOOTH = ("sigmoid", "sigmoid"), ("hyperbolic tangent", "tanh"), ("softplus ln(1 + e^x)", "softplus")
TENTHS = tuple(n for n in range(-30, 31) if n)


def _tenth(draws: Draws, least: int = 1) -> str:
    """Draw a number of one decimal, at least so many tenths from 0, as a text: 2.5, -3."""
    number = draws.choice([n for n in TENTHS if abs(n) >= least])
    whole, tenths = divmod(abs(number), 10)
    return f"{'-' if number < 0 else ''}{whole}{f'.{tenths}' if tenths else ''}"


def rectified(draws: Draws) -> Draft:
    name, chain = draws.choice(RECTIFIED)
    ask, x = draws.choice(("value", "derivative")), _tenth(draws)
    return _draft(f"What is the {ask} of the {name} at x = {_shown(x)}?", chain, ask, x)


def smooth(draws: Draws) -> Draft:
    name, chain = draws.choice((*SMOOTH, ("ELU with α = 1", "elu")))
    x = _tenth(draws)
    return _draft(f"What is the value of the {name} at x = {_shown(x)}? {THREE_DIGITS}", chain, "value", x)


def slope(draws: Draws) -> Draft:
    name, chain = draws.choice(SMOOTH)
    x = _tenth(draws, 5)  # nearer to 0 the usual mistakes come to the same two digits
    return _draft(f"What is the derivative of the {name} at x = {_shown(x)}? {THREE_DIGITS}", chain, "derivative", x)


def softmax(draws: Draws) -> Draft:
    count = draws.choice((3, 4))
    scores = [draws.below(9) - 3 for _ in range(count)]
    at = 1 + draws.below(count)
    text = f"Which share does softmax give to number {at} of these scores? {THREE_DIGITS}"
    entry = {"network": f"{count} -> softmax", "ask": "value", "values": {"input": scores}, "at": {"channel": at}}
    return Draft(text, entry)


def _shown(x: str) -> str:
    return x.replace("-", "−")


def _draft(text: str, chain: str, ask: str, x: str) -> Draft:
    return Draft(text, {"network": f"1 -> {chain}", "ask": ask, "values": {"input": x}})


TOPIC = Topic(
    "activation", "activation functions and derivatives", {1: (rectified,), 2: (smooth, slope), 3: (softmax, slope)}
)
