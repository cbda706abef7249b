"""Reading scalars, pairs, names and expressions of a file, with every problem of its text in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.spec.chain import MERGES
from cnncalc.spec.expression import ExpressionError, Tree
from cnncalc.spec.model import Broken, Formula, Given, Spec
from cnncalc.spec.parse import LITERALS, parse_value
from cnncalc.spec.reading import PROBLEM_LIMIT
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

KEYWORDS = frozenset(
    (
        *("use", "again", *MERGES, "identity", "repeat", "for", "layers", "if", "then", "else", "aux"),
        *("input", "channels", "sides", "index", "and", "or", "not", *LITERALS),
    )
)
NAME = re.compile(r"\w+")
VAR = re.compile(r"[^\W\d]\w*")


class TooMany(Exception):  # noqa: N818  # no fault, an end
    """There are so many problems that no more are looked for."""


class ValueReader:
    """Reads values into a Spec, which is as whole as the text allows."""

    def __init__(self, source: Source) -> None:
        self.spec = Spec(source)
        self.problems: list[Problem] = []
        self.empty = ""  # the key above, where it has no value

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if len(self.problems) == PROBLEM_LIMIT:
            message = f"more than {PROBLEM_LIMIT} problems: the rest is not read"
            self.problems.append(Problem("E112", message, place))
            raise TooMany
        self.problems.append(Problem(code, message, place, hint))

    def unknown_key(self, key: Scalar, known: Iterable[str], what: str) -> None:
        known = tuple(known)
        hint = did_you_mean(key.text, known) or f"known are {', '.join(known)}"
        if what == "if" and key.text in ("elif", "elseif", "else if"):
            hint = "write another if: under else:"
        elif what == "if" and key.text.startswith("if "):
            hint = f"write `if: {key.text[3:].strip()}`, and then: below it"
        elif what == "a spec" and self.empty:
            hint = f"indent it, if it belongs to {self.empty}:"
        self.problem("E103", f"{what} has no key {quoted(key.text)}", key.place(), hint)

    def unknown_keys(self, node: Mapping, known: Iterable[str], what: str) -> bool:
        """Report the keys that are not known, and whether there are any."""
        unknown = [key for key, _ in node.pairs if key.text not in known]
        for key in unknown:
            self.unknown_key(key, known, what)
        return bool(unknown)

    def scalar(self, key: Scalar, node: Node, hint: str | None = None) -> Scalar:
        if isinstance(node, Scalar) and node.text.strip():
            return node
        if isinstance(node, Scalar):
            if not node.reported:
                self.problem("E104", f"{key.text} has no value", key.place(), hint)
        else:
            what = "a list" if isinstance(node, Sequence) else "a mapping"
            numbers = (
                [item.text for item in node.items if isinstance(item, Scalar)] if isinstance(node, Sequence) else []
            )
            if hint and numbers and all(map(str.isdigit, numbers)):
                hint = f"write `{key.text}: {'x'.join(numbers)}`"
            self.problem("E105", f"{key.text} takes a single value, not {what}", node.place(), hint)
        return Scalar(key.source, "", key.start, key.end, None)

    def pairs(self, key: Scalar, node: Node, hint: str) -> list[tuple[Scalar, Node]]:
        if isinstance(node, Mapping):
            return node.pairs
        if not (isinstance(node, Scalar) and not node.text):
            if key.text == "inputs" and isinstance(node, Scalar):
                hint = f"a single one is written `input: {node.text}`"
            self.problem("E105", f"{key.text} takes names with values", node.place(), hint)
        return []

    def check_name(self, name: Scalar, what: str, allowed: re.Pattern[str] = NAME) -> bool:
        """Judge a name that the text gives to something."""
        if not allowed.fullmatch(name.text):
            hint = (
                "names are letters, digits and _"
                if allowed is NAME
                else "names are letters, digits and _, a letter first"
            )
            self.problem("E113", f"{quoted(name.text)} cannot name {what}", name.place(), hint)
            return False
        if name.text in KEYWORDS:
            self.problem("E113", f"{quoted(name.text)} is a word of the language and cannot name {what}", name.place())
            return False
        return True

    def given(self, node: Node) -> Given:
        """Read a value: a scalar, or lists of them."""
        if isinstance(node, Scalar):
            if not node.text.strip():
                if not node.reported:
                    self.problem("E105", "a value is missing here", node.place())
                return Broken()
            return self.formula(node, parse_value) or Broken()
        if isinstance(node, Sequence):
            return tuple(map(self.given, node.items))
        self.problem("E105", "a value is a number, a size, a word or a list, not a mapping", node.place())
        return Broken()

    def formula(self, scalar: Scalar, read: Callable[[str], Tree]) -> Formula | None:
        if not scalar.text:
            return None
        tree = self.tree(scalar, scalar.text, 0, read)
        return None if tree is None else Formula(scalar, tree)

    def tree(self, scalar: Scalar, text: str, start: int, read: Callable[[str], Tree]) -> Tree | None:
        try:
            return read(text)
        except ExpressionError as error:
            if not scalar.reported:
                self.problem(error.code, error.message, scalar.place(start + error.start, error.length), error.hint)
            return None
