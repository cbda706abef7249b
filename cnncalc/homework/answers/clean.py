"""What a student typed, in plain characters: one kind of blank, minus, times, digit; what is invisible is taken out."""

from __future__ import annotations

import re
import unicodedata

SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‐‑‒﹣", "-"),
        **dict.fromkeys("×✕✖⨯╳", "×"),
        **dict.fromkeys("·∙⋅•∗⁎・", "*"),
        **dict.fromkeys("÷∕⁄", "/"),
        **dict.fromkeys("’‘ʼ′`´", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("≈≃≅∼～", "~"),
        **dict.fromkeys("、，", ","),
        "：": ":",
        "х": "x",  # Cyrillic, as keyboards have it
        "٫": ".",
        "٬": ",",
        "٪": "%",
    }
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LATEX = re.compile(
    r"\\(times|cdot|ast|div|approx|lfloor|rfloor|lceil|rceil|rightarrow|Rightarrow|to|left|right|[bB]igg?[lr]?|quad|displaystyle"
    r"|[,;:!\s()\[\]])"
)
_LATEX_SIGNS = {
    "times": "×", "cdot": "*", "ast": "*", "div": "/", "approx": "~", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "rightarrow": "->", "Rightarrow": "->", "to": "->",
}  # fmt: skip
_WRAPPED = re.compile(r"\\(?:boxed|fbox|num|text(?:bf|it|rm)?|math(?:rm|bf|it)|operatorname)\s*\{([^{}]*)\}")
"""What LaTeX writes in a box or in other letters."""
_ROOT = re.compile(r"\\sqrt\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
DEEPEST = 4
"""How deep roots and fractions of LaTeX may stand in one another."""
_BRACES = re.compile(r"\{([^{}]*)\}")

DIRECTIONS = "invisible direction marks were left out"
DIGITS = "the digits were read as 0-9"


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text in plain characters on one line, and what its writer should know about that."""
    if text.isascii():
        return _plain(text), ()
    notes = []
    kept = []
    for c in _SUPERSCRIPT.sub(lambda match: f"^{match[0].translate(SUPERSCRIPTS)}", text.translate(SIGNS)):
        category = unicodedata.category(c)
        if category == "Cf":
            if unicodedata.bidirectional(c) != "BN" and DIRECTIONS not in notes:
                notes.append(DIRECTIONS)
        elif c.isascii():
            kept.append(c)
        elif category == "Zs":
            kept.append(" ")
        elif category == "Nd":
            kept.append(str(unicodedata.decimal(c)))
            if DIGITS not in notes:
                notes.append(DIGITS)
        elif "！" <= c <= "～":  # the ASCII signs and letters, as wide as Chinese characters
            kept.append(chr(ord(c) - 0xFEE0))
        else:
            kept.append(c)
    return _plain("".join(kept)), tuple(notes)


def _plain(text: str) -> str:
    text = " ".join(text.split())
    if "\\" in text or "$" in text or "{" in text:
        for _ in range(DEEPEST if "\\" in text else 0):
            text = _WRAPPED.sub(r"\1", _ROOT.sub(r"sqrt(\1)", _FRACTION.sub(r"((\1)/(\2))", text)))
        text = _LATEX.sub(lambda match: _LATEX_SIGNS.get(match[1], " "), text.replace("$", ""))
        text = _BRACES.sub(lambda match: match[1] if match[1] == "," or match[1].isalnum() else f"({match[1]})", text)
    if text[:2] == text[-2:] == "**" and len(text) > 4:
        text = text[2:-2]
    return text.strip(" \"';`")
