"""How far the reading of a text has come: what is open, what came last, what was found; and what problems quote of it.

`events` moves it on, `yaml_misreadings` and `yaml_hints` look at it to say what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn

from cnncalc.problem import Problem, Source, quoted
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, place_of

PROBLEM_LIMIT = 100

BOM = "\ufeff"
CLOSING = {"(": ")", "[": "]", "{": "}"}
NEXT = re.compile(r"\s*(\S?)")
COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")

SPECIAL = {
    "*": "means an alias in YAML, and aliases are not read here",
    "&": "means an anchor in YAML, and anchors are not read here",
    "!": "means a tag in YAML, and tags are not read here",
    "|": "means a block of text in YAML",
    ">": "means a block of text in YAML",
    "?": "means a key of its own in YAML, and such keys are not read here",
    "%": "is reserved in YAML",
    "@": "is reserved in YAML",
    "`": "is reserved in YAML",
}

_REACH = 500
"""How many characters of a line are looked at to say what is wrong with it."""

QUOTED = 60
"""How many characters of a text a remedy writes again at the most."""


class Unreadable(Exception):  # noqa: N818  # no fault, an end
    """Reading cannot go on."""


@dataclass(slots=True)
class Open:
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    flow: bool
    key: Scalar | None = None
    kept: bool = True
    """Whether the pair of the key that awaits its value is added to the tree."""
    keys: dict[str, Scalar] = field(default_factory=dict)
    resume: int = 0
    """Whatever starts before this index is a piece of a value that has been reported as split."""


class Reading:
    """The state of one pass over a text. Every index counts characters from the start of the text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.problems: list[Problem] = []
        self.stack: list[Open] = []
        self.root: Node | None = None
        self.seen = 0
        """Where the last event ended."""
        self.recent: Node | None = None
        """The last node that was read to its end."""
        self.recent_flow = False

    def report(self, problem: Problem) -> None:
        """Add a problem; the hundredth ends the reading."""
        self.problems.append(problem)
        if len(self.problems) == PROBLEM_LIMIT:
            raise Unreadable

    def stop(self, message: str, index: int) -> NoReturn:
        """Report the limit that is reached, and end the reading."""
        self.problems.append(Problem("E112", message, place_of(self.source, index)))
        raise Unreadable

    # Problems that are found in more than one way

    def problem(self, message: str, index: int, length: int = 1, hint: str | None = None) -> Problem:
        return Problem("E101", message, place_of(self.source, index, length), hint)

    def special(self, index: int, hint: str | None = None) -> Problem:
        """Say what a character at the start of a value means in YAML."""
        character = self.text[index]
        value = self.value_at(index)
        message = f"'{character}' at the start of a value {SPECIAL[character]}"
        return self.problem(message, index, len(value), hint or quote_hint(value))

    def directive(self, index: int) -> Problem:
        line = self.line_at(index)
        message = f"{quoted(line)} is a YAML directive, and directives are not read here"
        return self.problem(message, index, len(line), "leave the line out")

    def second_document(self, index: int) -> Problem:
        message = "a second document begins here: a file holds one"
        return self.problem(message, index, len(self.line_at(index)), "give it a file of its own")

    def no_space_after_colon(self, colon: int, name: str, value: str) -> Problem:
        message = f"{quoted(f'{name}:{value}')} needs a space after its colon"
        return self.problem(message, colon, hint=f"write {quoted(f'{name}: {value}')}")

    def no_space_after_dash(self, index: int) -> Problem:
        line = self.line_at(index)
        message = f"{quoted(line)} needs a space after its dash"
        return self.problem(message, index, hint=f"write {quoted(f'- {line[1:]}')}")

    # The text around an index

    def line_at(self, index: int) -> str:
        """Return the rest of the line, without a comment."""
        line = self.text[index : index + _REACH].split("\n", 1)[0]
        return COMMENT.sub("", line).rstrip()

    def next_at(self, index: int) -> str:
        """Return the next character that is no space, or nothing."""
        found = NEXT.match(self.text, index)
        return found[1] if found else ""

    def value_at(self, index: int) -> str:
        """Return what was probably meant as one value: the rest of the line, inside [ ] and { } up to its own end."""
        line = self.line_at(index)
        if not (self.stack and self.stack[-1].flow):
            return line
        awaited: list[str] = []
        for at, character in enumerate(line):
            if character in CLOSING:
                awaited.append(CLOSING[character])
            elif awaited and character == awaited[-1]:
                awaited.pop()
            elif character in ")]}" or (character == "," and not awaited):
                return line[:at].rstrip()
        return line


def quote_hint(value: str) -> str:
    if len(value) > QUOTED or not value.isprintable():
        return "quote the whole value"
    if "'" in value and not {'"', "\\"} & {*value}:
        return f'quote it: "{value}"'
    return "quote it: '" + value.replace("'", "''") + "'"
