"""Python source laid out as by `ruff format`: calls in one line where they fit, else with an argument a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 88
POWER = re.compile(r"(?<![\w.)\]])([A-Za-z_][\w.]*|\d+) \*\* (-?[\w.]+)(?![\w.(\[])")
"""A power of a name or a number, which stands without spaces."""


@dataclass
class Call:
    """A call: its function and arguments, texts or calls."""

    function: str
    arguments: list[tuple[str | None, str | Call]]

    def flat(self) -> str:
        words = ((f"{word}=" if word else "") + flat(value) for word, value in self.arguments)
        return f"{self.function}({', '.join(words)})"


def flat(value: str | Call) -> str:
    return value if isinstance(value, str) else value.flat()


class Name(Call):
    """A function that is not called."""

    def __init__(self, function: str) -> None:
        super().__init__(function, [])

    def flat(self) -> str:
        return self.function


class Rounds(Call):
    """One call in a generator."""

    def __init__(self, part: Call, rounds: str) -> None:
        super().__init__("*", [(None, part)])
        self.rounds = rounds

    def flat(self) -> str:
        return f"*({flat(self.arguments[0][1])} {self.rounds})"


class Dictionary(Call):
    """A dictionary as an argument, perhaps of names: `**{"1x1": …}`."""

    def __init__(self, parts: Sequence[tuple[str, Call]], stars: str = "") -> None:
        super().__init__(stars, [(f'"{name}"', part) for name, part in parts])

    def flat(self) -> str:
        inside = ", ".join(f"{name}: {flat(value)}" for name, value in self.arguments)
        return f"{self.function}{{{inside}}}"


def folded(parts: list[Call]) -> list[str | Call]:
    """Return equal calls in a row, and calls in which one number grows, as generators."""
    found: list[str | Call] = []
    texts = [part.flat() for part in parts]
    at = 0
    while at < len(texts):
        end = at
        while end < len(texts) and texts[end] == texts[at]:
            end += 1
        if end - at > 1:
            found.append(Rounds(parts[at], f"for _ in range({end - at})"))
            at = end
            continue
        end, growing = _growing(texts, at)
        found.append(growing or parts[at])
        at = end
    return found


def _growing(texts: list[str], at: int) -> tuple[int, str]:
    """Return where calls end in which one number grows, and how all of them are written."""
    numbers = [[int(n) for n in re.findall(r"\d+", text)] for text in texts[at:]]
    shape = [re.sub(r"\d+", "#", text) for text in texts[at:]]
    if len(texts) - at < 4 or shape[0] != shape[1] or "(" not in texts[at]:
        return at + 1, ""
    places = [i for i, (a, b) in enumerate(zip(numbers[0], numbers[1], strict=True)) if a != b]
    if len(places) != 1 or texts[at].count("(") != 1 or re.match(r"\w*\d", texts[at]):
        return at + 1, ""
    (place,) = places
    step = numbers[1][place] - numbers[0][place]
    end = 1
    while end < len(numbers) and shape[end] == shape[0]:
        wanted = [*numbers[0]]
        wanted[place] += step * end
        if numbers[end] != wanted:
            break
        end += 1
    if end < 4 or step < 1:
        return at + 1, ""
    seen = -1

    def put(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return "channels" if seen == place else match[0]

    first = numbers[0][place]
    text = re.sub(r"\d+", put, texts[at])
    return at + end, f"*({text} for channels in range({first}, {first + step * end}, {step}))"


def lines(lead: str, value: str | Call, tail: str) -> list[str]:
    """Return a statement in lines: in one if it fits, else with the arguments on lines of their own."""
    one = f"{lead}{flat(value)}{tail}"
    if isinstance(value, Name):
        *above, last = statement(lead, value.function, "", len(tail))
        return [*above, f"{last}{tail}"]
    if len(one) <= WIDTH or isinstance(value, str) or not value.arguments:
        return [one]
    indent = " " * (len(lead) - len(lead.lstrip()))
    if isinstance(value, Rounds):
        inside = lines(f"{indent}    ", value.arguments[0][1], "")
        return [f"{lead}*(", *inside, f"{indent}    {value.rounds}", f"{indent}){tail}"]
    brackets = "{}" if isinstance(value, Dictionary) else "()"
    if len(value.arguments) == 1 and isinstance(value.arguments[0][1], Dictionary):
        (_, only) = value.arguments[0]
        return [f"{lead}{value.function}(", *lines(f"{indent}    ", only, ""), f"{indent}){tail}"]
    words = [_word(value, word) + flat(each) for word, each in value.arguments]
    body = f"{indent}    {', '.join(words)}"
    opening = f"{lead}{value.function}{brackets[0]}"
    if len(body) <= WIDTH and not isinstance(value, Dictionary) and not any("\n" in word for word in words):
        return [opening, body, f"{indent}{brackets[1]}{tail}"]
    found = [opening]
    for word, each in value.arguments:
        found += lines(f"{indent}    {_word(value, word)}", each, ",")
    return [*found, f"{indent}{brackets[1]}{tail}"]


def _word(value: Call, word: str | None) -> str:
    if word is None:
        return ""
    return f"{word}: " if isinstance(value, Dictionary) else f"{word}="


def call_lines(lead: str, words: list[str], tail: str) -> list[str]:
    return lines(lead, Call("", [(None, word) for word in words]), tail)


def statement(lead: str, text: str, shape: str, indent_behind: int = 8) -> list[str]:
    """Return a statement with the shape of what it makes, if the line is long enough.

    A statement that is too long is opened at the last bracket before which there is room.
    """
    text = POWER.sub(r"\1**\2", text)
    line = f"{lead}{text}"
    comment = f"  # {shape}" if shape else ""
    if len(line) + len(comment) + indent_behind <= WIDTH:
        return [line + comment]
    if len(line) + indent_behind <= WIDTH:
        return [line]
    opened = [at for at in _openings(text) if len(lead) + at + 1 + indent_behind <= WIDTH]
    if not opened:
        return [line]
    opening = opened[-1]
    closing = _closing(text, opening)
    indent = " " * (len(line) - len(line.lstrip()))
    words = _words(text[opening + 1 : closing])
    end = f"{indent}{text[closing:]}"
    inside = _inside(f"{indent}    ", words, indent_behind)
    ending = end + comment if len(end) + len(comment) + indent_behind <= WIDTH else end
    return [f"{lead}{text[: opening + 1]}", *inside, ending]


def _inside(indent: str, words: list[str], indent_behind: int) -> list[str]:
    """Return what stands in a bracket: in one line if it fits, else a line for each word."""
    one = f"{indent}{', '.join(words)}"
    if len(one) + indent_behind <= WIDTH:
        return [one]
    (only,) = words if len(words) == 1 else ("",)
    if only.startswith("[") and _closing(only, 0) == len(only) - 1:
        return [f"{indent}[", *_inside(f"{indent}    ", _words(only[1:-1]), indent_behind), f"{indent}]"]
    return [f"{indent}{word}," for word in words] if len(words) > 1 else [one]


def _openings(text: str) -> list[int]:
    """Return where calls open that stand in no other bracket, the last of which ends the text."""
    found = []
    at = 0
    while at < len(text):
        if text[at] in "([{":
            closing = _closing(text, at)
            if closing < 0:
                return []
            if text[at] == "(":
                found.append(at)
            at = closing
        at += 1
    operators = len(re.findall(r" [-+*/@] ", _bare(text)))
    if not text.endswith(")") or operators > 1:
        return []
    return found[-1:] if operators else found


def _bare(text: str) -> str:
    """Return what of a text stands in no bracket."""
    found, depth = "", 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        found += sign if depth == 0 else ""
    return found


def _words(text: str) -> list[str]:
    """Return the arguments of a call, which commas separate that stand in no bracket."""
    words, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            words.append(text[start:at].strip())
            start = at + 1
    return [*words, text[start:].strip()] if text[start:].strip() else words


def _closing(text: str, at: int) -> int:
    """Return where the bracket closes that opens at a place."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    return -1
