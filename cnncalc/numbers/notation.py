"""Tables of notations: how a textbook, LaTeX and a typewriter write numbers with symbols."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def bracketed(text: str) -> str:
    """Put what is more than one word into brackets."""
    return text if _WORD.fullmatch(text) else f"({text})"


_WORD = re.compile(r"[\w,.′]+|\w*\([^()]*\)|⌊[^⌊⌋]*⌋")


class Notation(NamedTuple):
    """One way of writing: texts of the parts in, text of the whole out."""

    times: str
    floor: Callable[[str, str], str]
    power: Callable[[str, int], str]
    larger: Callable[[str, str], str]
    number: Callable[[int], str] = str
    joined: bool = True  # 3k for 3·k, where the symbol is one letter
    minus: str = "-"
    quotient: Callable[[str, str], str] = "{}/{}".format
    name: Callable[[str], str] = str
    cut: Callable[[str, str], str] | None = None  # the floor of what may be negative, where division cuts towards 0
    ceil: Callable[[str, str], str] = "⌈{}/{}⌉".format
    smaller: Callable[[str, str], str] = "min({}, {})".format
    root: Callable[[str, str], str] = "√({}/{})".format
    remainder: Callable[[str, str], str] | None = None
    within: Callable[[str], str] = bracketed  # what a fraction's parts need


TEXT = Notation(
    "·",
    "⌊{}/{}⌋".format,
    lambda base, power: base + str(power).translate(SUPERSCRIPTS),
    "max({}, {})".format,
    minus="−",
    remainder="{} mod {}".format,
)
THOUSANDS = TEXT._replace(number="{:,}".format)
ASCII = Notation(
    "*",
    "floor({}/{})".format,
    "{}^{}".format,
    TEXT.larger,
    joined=False,
    ceil="ceil({}/{})".format,
    root="sqrt({}/{})".format,
    remainder="{} mod {}".format,
)
LATEX = Notation(
    r" \cdot ",
    r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor".format,
    "{}^{{{}}}".format,
    r"\max\left({}, {}\right)".format,
    "{:,}".format,
    quotient=r"\frac{{{}}}{{{}}}".format,
    name=lambda name: name if len(name) == 1 else rf"\mathit{{{name}}}",
    ceil=r"\left\lceil \frac{{{}}}{{{}}} \right\rceil".format,
    smaller=r"\min\left({}, {}\right)".format,
    root=r"\sqrt{{\frac{{{}}}{{{}}}}}".format,
    remainder=r"{} \bmod {}".format,
    within=str,
)
