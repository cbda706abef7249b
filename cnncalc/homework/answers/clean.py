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
_LATEX = re.compile(r"\\([A-Za-z]+\*?|.)")
_LATEX_SIGNS = {
    "times": "×", "cdot": "*", "ast": "*", "div": "/", "approx": "~", "sim": "~", "simeq": "~", "lfloor": "⌊",
    "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "rightarrow": "->", "Rightarrow": "=>", "implies": "=>", "to": "->",
    "therefore": "=>", "longrightarrow": "->", "Longrightarrow": "=>", "lbrack": "[", "rbrack": "]", "sqrt": "sqrt",
    "min": "min", "max": "max", "%": "%", "#": "#", "_": "_", "{": "(", "}": ")", "&": "&", "$": "$",
    "textasciitilde": "~",
    "checkmark": "", "colon": ":", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "pm": "±",
}  # fmt: skip
_SPACES = re.compile(
    r"left|right|[bB]igg?[lrm]?|q?quad|(?:display|text)style|thinspace|enspace|limits|nonumber|centering|hspace\*|par"
    r"|[,;:!()\[\]/ ]"
)
"""Commands that only set spaces, sizes and the mode."""
_WRAPPED = re.compile(
    r"\\(?:boxed|fbox|num|underline|mbox|hbox|tag\*?|textcolor\{\w+\}|text[a-z]*|math[a-z]+|operatorname|emph|bm|boldsymbol"
    r"|framebox|ensuremath|unit|si)\s*\{([^{}]*)\}"
)
"""What LaTeX writes in a box or in other letters."""
_QUANTITY = re.compile(r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_UNDERBRACE = re.compile(r"\\(?:under|over)brace\s*\{([^{}]*)\}(?:\s*[_^]\s*\{[^{}]*\})?")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-z]+\*?\}|\\label\s*\{[^{}]*\}")
_ROOT = re.compile(r"\\sqrt\s*(?:\[(\d)\])?\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}|\\[dtc]?frac\s*(\d)\s*(\d)")
DEEPEST = 8
"""How deep commands of LaTeX may stand in one another."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_LINE_END = re.compile(r"\\\\(?:\[-?[\d.]+(?:pt|em|ex|mm)\])?(?=\s|&|=|\d|$|\\(?:end|quad|text|frac|dfrac|boxed)\b)")
_TIE = re.compile(r"(?<=[\w}])~(?=[\\\w])")
_BOLD = re.compile(r"(?<![\w)\]])(\*\*|__)(?=[^\s*_])((?:(?!\1).)+)(?<=\S)\1(?![\w(])")
_CODE = re.compile(r"`+([^`]*)`+")
_EMPHASIS = re.compile(r"([*_])(?=[^\s*_])([^*_]+)\1")
_SMILE = re.compile(r"\s*[:;]-?[)D]$|(?<=\d{3}|[a-z]{3})!+$")
"""A smile, or an exclamation mark that is no factorial."""
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
        text = re.sub(
            r"\\\\(?=[(\[)\]]|(?:times|cdot|frac|dfrac|left|right|text|boxed|lfloor|lceil|num)(?![A-Za-z]))",
            r"\\",
            text,
        )
        text = _LINE_END.sub("\n", text.replace("&", " ") if "\\begin" in text else text)
    return [line for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    text = " ".join(text.split())
    if "\\" in text or "$" in text or "{" in text:
        text = _from_latex(text)
    if "*" in text or "_" in text:
        text = _BOLD.sub(r"\2", text)
        text = _EMPHASIS.sub(lambda match: match[2] if match[0] == text else match[0], text)
    text = _CODE.sub(r"\1", text) if "`" in text else text
    text = text.rstrip(_TICKS) if text[-1:] in _TICKS else text
    return _SMILE.sub("", text).strip(" \"';`")


def _from_latex(text: str) -> str:
    """Return what LaTeX sets, in plain characters."""
    text = _digit_groups(text)
    if "\\" in text:
        text = _ENVIRONMENT.sub(" ", _TIE.sub(" ", text)).replace("&", " ").replace("\\ ", "\\,")
        for _ in range(DEEPEST):
            before = text
            text = _FRACTION.sub(_fraction, text)
            text = _ROOT.sub(lambda match: f"({match[2]})^(1/{match[1]})" if match[1] else f"sqrt({match[2]})", text)
            text = _UNDERBRACE.sub(r"\1", _QUANTITY.sub(r"\1 \2", _WRAPPED.sub(r"\1", text)))
            if text == before:
                break
    text = _LATEX.sub(_command, text.replace("$", " "))
    text = _BRACES.sub(lambda match: match[1] if match[1].isalnum() else f"({match[1]})", text)
    return " ".join(text.split())


def _digit_groups(text: str) -> str:
    return text.replace("{,}", ",").replace("{.}", ".")


def _fraction(match: re.Match[str]) -> str:
    above, below = (match[1], match[2]) if match[3] is None else (match[3], match[4])
    return f"(({above})/({below}))"


def _command(match: re.Match[str]) -> str:
    word = match[1]
    return _LATEX_SIGNS.get(word, " " if _SPACES.fullmatch(word) else match[0])
