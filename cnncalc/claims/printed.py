"""Numbers as they are printed: 2.7K, 34M, 1.8e9, 94.86%; their unit, and how many digits they vouch for."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from cnncalc.record import Record

POWERS = {"": 0, "x": 0, "×": 0, "k": 1, "m": 2, "g": 3, "b": 3, "t": 4, "thousand": 1, "million": 2, "billion": 3}
"""Words and letters behind a number, and which power of 1000 (or 1024) each means; B is a billion, x times."""

BYTES = {"b": 0, "kb": 1, "mb": 2, "gb": 3, "kib": 1, "mib": 2, "gib": 3}
"""The same for bytes; KiB and its like are always 1024s."""

LONGEST = 30
"""Characters that a printed number may have."""

_NUMBER = re.compile(
    r"(?P<digits>\d[\d,_]*(?:\.\d+)?|\.\d+)"
    r"(?:(?:e|\s*[×x*]\s*10(?:\^|\*\*))(?P<exponent>\d{1,2}))?"
    r"\s*(?P<unit>[%×]|[A-Za-z]*)",
    re.IGNORECASE,
)


class Printed(Record):
    """A printed number: its value, what one in its last digit is worth, and how it is written."""

    text: str
    value: Fraction
    step: Fraction
    scale: Fraction  # what the unit stands for
    decimals: int
    unit: str  # with the blank before it, as it is printed

    def agrees(self, computed: Fraction | int) -> bool:
        """Judge whether a number, rounded to the digits printed, is the printed one; a half may go to either side."""
        steps = Fraction(computed) / self.step
        return self.value / self.step in (math.floor(steps + Fraction(1, 2)), round(steps))

    def truncates(self, computed: Fraction | int) -> bool:
        """Judge whether a number is the printed one when the digits behind it are cut off."""
        return math.floor(Fraction(computed) / self.step) == self.value / self.step

    def like(self, computed: Fraction | int) -> str:
        """Write a number with the digits and the unit of the printed one: 9.2K beside 2.7K."""
        steps = math.floor(Fraction(computed) / self.step + Fraction(1, 2))
        whole, part = divmod(steps, 10**self.decimals)
        number = f"{whole:,}" if "," in self.text or "_" in self.text else str(whole)
        if self.decimals:
            number += f".{part:0{self.decimals}}"
        return f"{number}{self.unit}"

    def off(self, computed: Fraction | int) -> float | None:
        """Return by which part of the computed number the printed one is off: -0.71 for 2.7K in place of 9.2K."""
        return float((self.value - computed) / Fraction(computed)) if computed else None


def read_printed(text: str, thousand: int = 1000, *, in_bytes: bool = False) -> Printed | None:
    """Read a printed number, K being `thousand`; None when it is none."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or len(text) > LONGEST:
        return None
    units = BYTES if in_bytes else POWERS
    unit = match["unit"].lower()
    if unit not in units and unit != "%":
        return None
    if in_bytes and "i" in unit:
        thousand = 1024
    digits = re.sub("[,_]", "", match["digits"])
    decimals = len(digits.partition(".")[2])
    exponent = int(match["exponent"] or 0)
    scale = Fraction(thousand ** units.get(unit, 0)) * 10**exponent
    written = text.strip()[match.end("digits") - match.start("digits") :]
    return Printed(text.strip(), Fraction(digits) * scale, scale / 10**decimals, scale, decimals, written)
