"""Reads printed formulas back and works them out, in every notation that is printed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

NAME = re.compile(r"[A-Za-z][\w′']*")


def value(text: str, letters: Mapping[str, Any] | None = None) -> Any:
    """Work out a formula in text, ASCII or LaTeX; letters are called as they are printed in text: H′, p₁."""
    text = _from_latex(text) if "\\" in text or "{" in text else text
    for sign, word in {"⌊": "floor(", "⌈": "ceil(", "⌋": ")", "⌉": ")", "−": "-", "·": "*", "√": "sqrt"}.items():
        text = text.replace(sign, word)
    text = text.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    text = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"**{found.group().translate(_RAISED)}", text)
    text = re.sub(r"\^(\d+)", r"**\1", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(?<![\w.′'])(\d+(?:\.\d+)?)(?=[A-Za-z])", r"\1*", text)  # 2p
    text = re.sub(r"(?<![\w.′'*])(\d+\.\d+|\d+)(?![\w.′'])", r"Fraction('\1')", text)
    known = {_name(name): number for name, number in (letters or {}).items()}
    text = NAME.sub(lambda found: _name(found.group()), text)
    return eval(text, {"__builtins__": {}}, {**FUNCTIONS, **known})


_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt, "max": max, "min": min, "Fraction": Fraction}


def _name(name: str) -> str:
    """Return a name that Python takes."""
    return name.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")).replace("′", "_out").replace("'", "_out")


def _from_latex(text: str) -> str:
    """Turn LaTeX into ASCII."""
    text = text.replace("{,}", ",").replace(r"\cdot", "*")
    text = re.sub(r"\\math(?:rm|it)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"_\{(\w+)\}", r"\1", text)
    text = re.sub(r"\^\{(\w+)\}", r"**\1", text)
    for opening, closing, word in (("lfloor", "rfloor", "floor"), ("lceil", "rceil", "ceil")):
        text = text.replace(rf"\left\{opening}", f"{word}(").replace(rf"\right\{closing}", ")")
    text = re.sub(r"\\(max|min)\\left\(", r"\1(", text).replace(r"\right)", ")")
    while r"\frac" in text or r"\sqrt" in text:
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
        text = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", text)
    return re.sub(r"\s+", " ", text)
