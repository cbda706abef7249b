"""The numbers that a word processor, a browser or LaTeX writes before the items of a list: 2., (b), iv."""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def _letter(number: int) -> str:
    return chr(ord("a") + number - 1) if 1 <= number <= 26 else str(number)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text


FORMS: dict[str, Callable[[int], str]] = {
    "1": str,
    "a": _letter,
    "A": lambda number: _letter(number).upper(),
    "i": _roman,
    "I": lambda number: _roman(number).upper(),
}
"""By the names of HTML's `type` and OpenDocument's `num-format`."""


def numbered(levels: list[tuple[str, int]]) -> str:
    """Return the whole number of an item within others: 2., 2a), 2.1."""
    text = ""
    for form, number in levels:
        written = FORMS[form](number)
        text += f".{written}" if text and form == "1" else written
    return f"{text}." if levels[-1][0] == "1" else f"{text})"
