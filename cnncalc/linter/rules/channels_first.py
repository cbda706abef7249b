"""Report an input shape that looks channels-first, has a batch in front, or is an image without its channels.

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
from cnncalc.spec.shape_readings import FIRST, likely, parts_of


def check(text: Text) -> Iterator[Hit]:
    spec = text.spec
    for scalar in (*spec.inputs.values(), *(v.input for v in spec.variants.values() if v.input)):
        reading = next(likely(scalar.text.strip(), fits=True), None)
        if reading is None or (reading is not FIRST and text.reached is None):
            continue  # where the network does not build, its problem says what may be meant
        parts = parts_of(scalar.text.strip())
        *sides, channels = parts
        meant = times(reading.turn(parts))
        question = "are the channels first?" if reading is FIRST else f"is it {reading.name}?"
        message = f"{scalar.text.strip()} is read as {times(sides)} with {channels} channels: {question}"
        edit = Edit(scalar.start, scalar.end, meant)
        fix = Fix(f"write {meant}", (edit,)) if scalar.style is None else None
        yield Hit(scalar.place(), message, f"write {meant}", fix)


RULE = Rule(code="W306", name="channels-first", page=__doc__, text=check, early=True, fix="unsafe")
