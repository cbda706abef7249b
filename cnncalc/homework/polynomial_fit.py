"""Closed forms in letters that no network can carry, as the number of its layers: fitted to values, then tested."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from cnncalc.homework.model import Candidate, Part
from cnncalc.homework.wording import number
from cnncalc.numbers.symbolic import put, symbol
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar

Point = tuple[int, ...]

_NUMBERS = re.compile(r"\b\d+(?:,\d{3})*(?:x\d+)* (?=[a-z])")


def put_in(node: Tree, numbers: Mapping[str, str]) -> Tree:
    """Return what a key says with numbers in the place of letters."""
    if isinstance(node, Pairs):
        return Pairs(node.source, [(key, put_in(value, numbers)) for key, value in node.pairs], node.start, node.end)
    if not isinstance(node, Scalar):
        return node
    letters = "|".join(numbers)
    one = rf"(?:\d+|{letters})"
    sizes = re.compile(rf"\b{one}(?:x{one})+\b")
    text = sizes.sub(lambda match: "x".join(numbers.get(n, n) for n in match[0].split("x")), node.text)
    text = re.sub(rf"\b(?:{letters})\b(?!=)", lambda match: numbers[match[0]], text)
    return Scalar(node.source, text, node.start, node.end, node.style)


def fitted(values: Mapping[Point, Any], letters: Sequence[str]) -> Any | None:
    """Return the polynomial through the values at the points of a grid, an expression in the letters.

    The last number of each letter is left out of the fit and checked against it: None where it does not agree.
    """
    axes = [sorted({point[index] for point in values}) for index in range(len(letters))]
    known = [axis[:-1] for axis in axes]
    formula: Any = 0
    for point in product(*known):
        term: Any = values[point]
        for letter, axis, at in zip(letters, known, point, strict=True):
            term = term * _one_at(at, axis, letter)
        formula = formula + term
    agree = all(put(formula, dict(zip(letters, point, strict=True))) == value for point, value in values.items())
    return formula if agree else None


def mistaken(parts: Mapping[Point, Part], letters: Sequence[str], right: Any) -> list[Candidate]:
    """Return the formulas that mistakes lead to, those that are polynomials as well.

    Where a mistake makes no difference, as at one layer of several, it leads to the right number.
    """
    found: dict[tuple[tuple[str, ...], str], dict[Point, Any]] = {}
    for point, part in parts.items():
        for wrong in part.candidates:
            lesson = _NUMBERS.sub("", wrong.lesson)  # the 100 biases are missing: at each point another number
            found.setdefault((wrong.slugs, lesson), {})[point] = wrong.value
    candidates = []
    for (slugs, lesson), values in found.items():
        everywhere = {point: values.get(point, part.right.value) for point, part in parts.items()}
        formula = fitted(everywhere, letters)
        if formula is not None and formula != right:
            candidates.append(Candidate(formula, slugs, number(formula), lesson))
    return candidates


def _one_at(at: int, axis: Sequence[int], letter: str) -> Any:
    """Return the polynomial that is 1 at one number of an axis and 0 at the others."""
    factor: Any = 1
    for other in axis:
        if other != at:
            factor = factor * ((symbol(letter) - other) * Fraction(1, at - other))
    return factor
