"""Report an input shape that looks channels-first.

Why: shapes are height x width x channels here, as in papers; PyTorch prints channels first. `3x224x224` is read as a
map of 3 rows, 224 columns and 224 channels.

Bad:
    input: 3x224x224

Good:
    input: 224x224x3

Source: torch.nn.Conv2d, (N, C, H, W); Keras' default `channels_last`
"""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.mentions import Text
from cnncalc.linter.rule import Hit, Rule
from cnncalc.linter.view import times
from cnncalc.spec.expression import ExpressionError, Literal
from cnncalc.spec.parse import parse_size
from cnncalc.spec.tree import Scalar

IMAGES = (1, 3, 4)
"""Channels that images have."""

SMALLEST = 16
"""Size from which on a map is certainly an image."""


def check(text: Text) -> Iterator[Hit]:
    spec = text.spec
    for scalar in (*spec.inputs.values(), *(v.input for v in spec.variants.values() if v.input)):
        numbers = _numbers(scalar)
        if len(numbers) < 3 or numbers[0] not in IMAGES or min(numbers[1:]) < SMALLEST:
            continue
        written = times((*numbers[1:], numbers[0]))
        *sides, channels = numbers
        message = f"{scalar.text.strip()} is read as {times(sides)} with {channels} channels: are the channels first?"
        edit = Edit(scalar.start, scalar.end, written)
        fix = Fix(f"write {written}", (edit,)) if scalar.style is None else None
        yield Hit(scalar.place(), message, f"write {written}", fix)


def _numbers(scalar: Scalar) -> list[int]:
    try:
        size = parse_size(scalar.text.strip())
    except ExpressionError:
        return []
    parts = size.parts if size else ()
    numbers = [part.value for part in parts if isinstance(part, Literal)]
    return numbers if len(numbers) == len(parts) else []


RULE = Rule(code="W306", name="channels-first", page=__doc__, text=check, early=True, fix="unsafe")
