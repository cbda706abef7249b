"""Every mistake that has a name, and where to look again."""

from __future__ import annotations

from cnncalc.homework.diagnose import HINTS
from cnncalc.homework.mistakes.values import VALUES

SLUGS: dict[str, str] = {
    **{mistake.slug: mistake.hint for mistake in reversed(VALUES)},
    **HINTS,
    "position-exchanged": "which number is the row, and which the column?",
    "rf-sum": "by how much does each window widen the view, and how far apart are its neighbours?",
    "other-layer": "which layer is asked about?",
    "other-quantity": "what exactly is asked for?",
    "other-network": "which network is asked about?",
    "layer-left-out": "does every layer count?",
    "layer-twice": "is a layer counted twice?",
    "upside-down": "what is divided by what?",
    "rest": "is the saving asked for, or what is left?",
    "percent": "is that a share or a percentage?",
    "area-matters": "which numbers depend on the size of the image?",
    "power-of-ten": "count the zeros",
    "area": "is one side asked for, or their product?",
    "unit": "is K 1000 or 1024 here, and which unit is asked for?",
    "digit-slip": "check your digits",
    "rounded": "write every digit",
    "too-rough": "write more digits",
    "steps": "check each step: one of them does not hold",
    "follow-through": "it follows from an earlier answer",
    "channels-first": "in which order are height, width and channels asked for?",
}
"""The hint for each mistake: it does not give the answer away."""
