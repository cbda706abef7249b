"""What a student typed, in plain characters: one kind of blank, minus, times, digit; what is invisible is taken out."""

from __future__ import annotations

import unicodedata

from cnncalc.patterns import regex

SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‐‑‒﹣", "-"),
        **dict.fromkeys("×✕✖⨯╳", "×"),
        **dict.fromkeys("·∙⋅•∗⁎・", "*"),
        **dict.fromkeys("÷∕⁄", "/"),
        **dict.fromkeys("’‘ʼ′`´", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("≈≃≅∼～", "~"),
        **dict.fromkeys("、，", ", "),
        "：": ": ",
        "。": ". ",
        "х": "x",  # Cyrillic, as keyboards have it
        "٫": ".",
        "٬": ",",
        "٪": "%",
    }
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = regex("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_BOLD = regex(r"(?<![\w)\]])(\*\*|__)(?=[^\s*_])((?:(?!\1).)+)(?<=\S)\1(?![\w(])")
_CODE = regex(r"`+([^`]*)`+")
_EMPHASIS = regex(r"([*_])(?=[^\s*_])([^*_]+)\1")
_SMILE = regex(r"\s*[:;]-?[)D]$|(?<=\d{3}|[a-z]{3})!+$")
"""A smile, or an exclamation mark that is no factorial."""
_END = regex(r"\s*[,;]+$|\s+\.$")
_TICKS = " \t\"';`✓✔✅☑"

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


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold anything, those of LaTeX too."""
    if "\\" in text:
        from cnncalc.homework.answers.latex import with_line_ends

        text = with_line_ends(text)
    return [line for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    text = " ".join(text.split())
    if "\\" in text or "$" in text or "{" in text:
        from cnncalc.homework.answers.latex import from_latex

        text = from_latex(text)
    if "*" in text or "_" in text:
        text = _BOLD.sub(r"\2", text)
        text = _EMPHASIS.sub(lambda match: match[2] if match[0] == text else match[0], text)
    text = _CODE.sub(r"\1", text) if "`" in text else text
    text = text.rstrip(_TICKS) if text[-1:] in _TICKS else text
    return _END.sub("", _SMILE.sub("", text).lstrip("# ")).strip(" \"';`")
