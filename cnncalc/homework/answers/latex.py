"""What LaTeX sets, in plain characters: \\frac{3}{4} is ((3)/(4))."""

from __future__ import annotations

import re

from cnncalc.patterns import regex

_LATEX = regex(r"\\([A-Za-z]+\*?|.)")
_LATEX_SIGNS = {
    "times": "×", "cdot": "*", "ast": "*", "div": "/", "approx": "~", "sim": "~", "simeq": "~", "lfloor": "⌊",
    "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "rightarrow": "->", "Rightarrow": "=>", "implies": "=>", "to": "->",
    "therefore": "=>", "longrightarrow": "->", "Longrightarrow": "=>", "lbrack": "[", "rbrack": "]", "sqrt": "sqrt",
    "min": "min", "max": "max", "%": "%", "#": "#", "_": "_", "{": "(", "}": ")", "&": "&", "$": "$",
    "textasciitilde": "~",
    "checkmark": "", "colon": ":", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "pm": "±",
}  # fmt: skip
_SPACES = regex(
    r"left|right|[bB]igg?[lrm]?|q?quad|(?:display|text)style|thinspace|enspace|limits|nonumber|centering|hspace\*|par"
    r"|[,;:!()\[\]/ ]"
)
"""Commands that only set spaces, sizes and the mode."""
_WRAPPED = regex(
    r"\\(?:boxed|fbox|num|underline|mbox|hbox|tag\*?|textcolor\{\w+\}|text[a-z]*|math[a-z]+|operatorname|emph|bm|boldsymbol"
    r"|framebox|ensuremath|unit|si)\s*\{([^{}]*)\}"
)
"""What LaTeX writes in a box or in other letters."""
_QUANTITY = regex(r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_UNDERBRACE = regex(r"\\(?:under|over)brace\s*\{([^{}]*)\}(?:\s*[_^]\s*\{[^{}]*\})?")
_ENVIRONMENT = regex(r"\\(?:begin|end)\s*\{[a-z]+\*?\}|\\label\s*\{[^{}]*\}")
_ROOT = regex(r"\\sqrt\s*(?:\[(\d)\])?\s*\{([^{}]*)\}")
_FRACTION = regex(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}|\\[dtc]?frac\s*(\d)\s*(\d)")
DEEPEST = 8
"""How deep commands of LaTeX may stand in one another."""
_BRACES = regex(r"\{([^{}]*)\}")
_LINE_END = regex(r"\\\\(?:\[-?[\d.]+(?:pt|em|ex|mm)\])?(?=\s|&|=|\d|$|\\(?:end|quad|text|frac|dfrac|boxed)\b)")
_TIE = regex(r"(?<=[\w}])~(?=[\\\w])")
_ESCAPED = regex(r"\\\\(?=[(\[)\]]|(?:times|cdot|frac|dfrac|left|right|text|boxed|lfloor|lceil|num)(?![A-Za-z]))")
"""A command as JSON writes it, with two backslashes."""


def with_line_ends(text: str) -> str:
    """Return a text with the line ends of LaTeX as such, without the marks of its columns."""
    text = _ESCAPED.sub(r"\\", text)
    return _LINE_END.sub("\n", text.replace("&", " ") if "\\begin" in text else text)


def from_latex(text: str) -> str:
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
