"""What a key says, entry by entry: texts, numbers, shares, conventions, and what is wrong with them."""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod

from cnncalc.claims.printed import BYTES
from cnncalc.homework.model import Conventions, Value
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.shape import Shape
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar, Sequence

MOST_PROBLEMS = 100
TRIED = ["2", "3", "4", "5"]
"""Numbers put in the place of a letter, where the key names none."""
MOST_TRIED = 100

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_LETTER = re.compile("[a-wyz]")
_TRIED = re.compile(r"[1-9]\d{0,3}")
_SHARE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)( ?%)?")


def differences(conventions: Conventions, base: Conventions) -> str:
    """Say how conventions differ from others, as a key says it: biases no, order chw."""
    words = []
    for name in Conventions._fields:
        value = getattr(conventions, name)
        if name != "units" and value != getattr(base, name):
            said = "yes" if value is True else "no" if value is False else value
            words.append(f"{'bytes' if name == 'number_bytes' else name}: {said}")
    return ", ".join(words)


def written_otherwise(right: Value, unit: str, conventions: Conventions, base: Conventions) -> bool:
    """Tell whether the same value may be written in another way under other conventions."""
    if isinstance(right, Shape):
        return bool(right.sides) and base.order not in ("either", conventions.order)
    if not isinstance(right, (int, Fraction, float)):
        return False
    if conventions.rounding and not base.rounding and isinstance(right, int):
        return True
    if unit.lower() in BYTES:
        return base.units == "stated" and conventions.megabyte != base.megabyte
    return conventions.thousand != base.thousand


class Reading:
    """Reads the entries of a key and keeps what is wrong with them."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source, self.problems = source, problems

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(code, message, place, hint))

    def said(self, node: Pairs, known: tuple[str, ...]) -> dict[str, Tree]:
        """Return what a mapping says, by key; unknown keys are problems."""
        for key, _ in node.pairs:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or f"there are {', '.join(known)}"
                self.problem("E103", f"unknown key {quoted(key.text)}", key.place(), hint)
        return {key.text: value for key, value in node.pairs}

    def items(self, node: Tree | None) -> list[Tree]:
        return list(node.items) if isinstance(node, Sequence) else [node] if node is not None else []

    def text(self, node: Tree | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, Scalar):
            self.problem("E105", "a text is needed here", node.place())
            return ""
        return node.text.strip()

    def conventions(self, node: Tree | None, base: Conventions) -> Conventions:
        if node is None:
            return base
        if not isinstance(node, Pairs):
            self.problem("E105", "conventions is a mapping", node.place(), "as in {biases: no, thousand: 1024}")
            return base
        from cnncalc.documents.key import Conventions as Document
        from cnncalc.documents.placed import read_placed

        found, problems = read_placed(Document, node)
        for one in problems:
            self.problem(one.code, one.message, one.place or node.place(), one.hint)
        if found is None:
            return base
        values = {**base.__dict__, **found.model_dump(exclude_unset=True)}
        values["number_bytes"] = values.pop("bytes", base.number_bytes)
        if "megabyte" in found.model_fields_set:
            values["units"] = "stated"
        return Conventions(**values)

    def points(self, node: Tree | None, default: Fraction) -> Fraction:
        if node is None:
            return default
        word = self.text(node)
        if not _NUMBER.fullmatch(word):
            self.problem("E105", f"points is a number from 0 on, not {quoted(word)}", node.place())
            return default
        return Fraction(word)

    def choices(self, node: Tree | None) -> dict[str, str]:
        if node is None:
            return {}
        if not isinstance(node, Pairs):
            self.problem("E105", "choices is a mapping", node.place(), "as in {a: 29x29x32, b: 16x16x32}")
            return {}
        return {key.text: self.text(value) for key, value in node.pairs}

    def credit(self, node: Tree | None) -> dict[str, Fraction]:
        from cnncalc.homework.mistakes.catalogue import SLUGS

        if node is None:
            return {}
        if not isinstance(node, Pairs):
            self.problem("E105", "credit is a mapping", node.place(), "as in {no-bias: 0.5}")
            return {}
        found = {}
        for slug, value in self.said(node, tuple(SLUGS)).items():
            share = self.share(value)
            if share is not None and share > 1:
                said = f"credit is a share of the points, from 0 to 1, not {self.text(value)}"
                self.problem("E105", said, value.place(), "0.5 is half of them")
            found[slug] = share or Fraction(0)
        return found

    def letters(self, node: Tree) -> dict[str, tuple[int, ...]]:
        """Read letters for numbers, [k, n], or with the numbers to try, {k: [1, 3, 5, 7]}; empty after a problem."""
        said: dict[str, tuple[Tree, list[Tree]]]
        if isinstance(node, Pairs):
            said = {key.text: (key, self.items(value)) for key, value in node.pairs}
        else:
            said = {self.text(item): (item, []) for item in self.items(node)}
        letters: dict[str, tuple[int, ...]] = {}
        for name, (at, values) in said.items():
            words = [self.text(value) for value in values] or TRIED
            if not _LETTER.fullmatch(name):
                self.problem("E105", f"{quoted(name)} is no letter for a number", at.place(), "a small one, and not x")
            elif len(set(words)) < 3 or not all(map(_TRIED.fullmatch, words)):
                hint = "three or more, the last of them to test the formula"
                self.problem("E105", f"{name} needs whole numbers to try", at.place(), hint)
            else:
                letters[name] = tuple(map(int, words))
        if prod(map(len, letters.values())) > MOST_TRIED:
            self.problem("E112", f"more than the {MOST_TRIED} networks that are tried", node.place(), "fewer numbers")
            return {}
        return letters if len(letters) == len(said) else {}

    def tolerance(self, node: Tree | None) -> Fraction:
        return (self.share(node) or Fraction(0)) if node is not None else Fraction(0)

    def share(self, node: Tree) -> Fraction | None:
        match = _SHARE.fullmatch(self.text(node))
        if not match:
            self.problem("E105", f"{quoted(self.text(node))} is no share", node.place(), "as in 0.5 or 50%")
            return None
        return Fraction(match[1]) / (100 if match[2] else 1)
