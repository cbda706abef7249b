"""The letters of formulas: k for a layer's kernel, H and W for the sides of a volume."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cnncalc.layers.base import Layer
from cnncalc.numbers.traced import leaf

LETTERS = {
    "kernel": "k",
    "stride": "s",
    "pad": "p",
    "dilation": "d",
    "groups": "g",
    "out": "F",
    "multiplier": "m",
    "output_pad": "o",
    "factor": "f",
    "block": "b",
    "begin": "a",
    "end": "e",
    "window": "w",
    "grid": "G",
    "heads": "h",
    "size": "S",
}
"""The letter of a field in formulas, as textbooks have it."""

NEUTRAL = {"dilation": 1, "groups": 1, "multiplier": 1, "output_pad": 0}
"""Values with which a term changes nothing; it is left out then."""

SIDES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
SIDE_WORDS = {"L": "length", "H": "height", "W": "width", "D": "depth"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def with_letters(layer: Layer, full: bool, side: int | None = None, keep: tuple[str, ...] = ()) -> Layer:
    """Return the layer with letters for its fields: those of one side, or with an index for each side that differs."""
    copy: Layer = object.__new__(type(layer))
    copy.__dict__.update({name: value for name, value in layer.__dict__.items() if name != "hash"})
    for name, letter in LETTERS.items():
        value = layer.__dict__.get(name)
        if name in layer.fields and name not in keep and value is not None and not isinstance(value, (str, bool)):
            copy.__dict__[name] = _letters(letter, value, side, None if full else NEUTRAL.get(name))
    return copy


def _letters(letter: str, value: Any, side: int | None, neutral: int | None) -> Any:
    """Put letters in the place of a field's numbers; a neutral one stays a number."""
    if not isinstance(value, tuple):
        return value if value == neutral else leaf(letter, value)
    several = side is None and len(set(value)) > 1
    return tuple(
        _letter(f"{letter}{index}".translate(SUBSCRIPTS) if several else letter, number, neutral)
        if side is None or index == side + 1
        else number
        for index, number in enumerate(value, start=1)
    )


def _letter(letter: str, number: Any, neutral: int | None) -> Any:
    if isinstance(number, tuple):  # padding before and after
        before, after = number
        return (
            (leaf(letter, before),) * 2 if before == after else (leaf(f"{letter}₁", before), leaf(f"{letter}₂", after))
        )
    return number if number == neutral or isinstance(number, (str, Fraction)) else leaf(letter, number)
