"""Dropout by hand: how many units stay, and what becomes of their values."""

from __future__ import annotations

from cnncalc.quizzes.draft import Draft, Topic
from cnncalc.quizzes.draws import Draws

RATES = ("0.1", "0.2", "0.25", "0.3", "0.4", "0.5", "0.6", "0.75", "0.8")
UNITS = (*range(100, 1000, 100), *range(1000, 10_001, 500))


def kept(draws: Draws) -> Draft:
    units, rate = draws.choice(UNITS), draws.choice(RATES)
    text = f"A dropout with rate {rate} works on {units:,} units. How many of them does it keep on average in training?"
    return Draft(text, {"network": f"{units} -> dropout {rate}", "ask": "kept_units"})


def scaled(draws: Draws) -> Draft | None:
    rate, count = draws.choice(RATES), draws.choice((4, 5))
    values = [draws.below(40) - 8 for _ in range(count)]
    mask = [draws.below(2) for _ in range(count)]
    left = [at for at in range(count) if mask[at] and values[at]]
    if not left:
        return None
    at = draws.choice(left)
    text = (
        f"A dropout with rate {rate} keeps the units with a 1 in the mask, and scales them so that the expected values "
        f"do not change. What is the output of unit {at + 1} in training?"
    )
    values_at = {"input": values, "mask": mask}
    entry = {"network": f"{count} -> dropout {rate}", "ask": "value", "values": values_at, "at": {"channel": at + 1}}
    return Draft(text, entry)


def evaluated(draws: Draws) -> Draft:
    units, rate, x = draws.choice(UNITS), draws.choice(RATES), 1 + draws.below(60)
    parts = {
        "a": {
            "network": f"{units} -> dropout {rate}",
            "ask": "kept_units",
            "text": "How many units does it keep on average in training?",
        },
        "b": {
            "network": f"1 -> dropout {rate}",
            "ask": "value",
            "values": {"input": x},
            "text": "What does it make of a unit with this value when the network is evaluated?",
        },
    }
    return Draft(f"A dropout with rate {rate} works on {units:,} units.", {"parts": parts})


TOPIC = Topic("dropout", "dropout in training", {1: (kept,), 2: (scaled,), 3: (evaluated, scaled)})
