"""One question from the command line: a network, a quantity, an answer."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Conventions, Mark, Part
from cnncalc.homework.part_builder import Parts
from cnncalc.homework.quantities import VALUE_ASKS
from cnncalc.loading import What
from cnncalc.loading.overrides import InputShape, Settings, shape_text, written_settings
from cnncalc.problem import NoAnswer, Problem, Source, quoted
from cnncalc.result import Result
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar

if TYPE_CHECKING:
    from cnncalc.render.results import View

HERE = "<command line>"
Numbers: TypeAlias = Any
"""Numbers of a tensor: nested lists, an array, their text, or the path of a text file with a row a line."""
_NUMBERS = re.compile(r"[\d\s\[\](),;|.+/eE-]+")


def parts_for(
    what: str,
    asks: Mapping[str, str],
    *,
    layer: str | None = None,
    input: str | None = None,
    settings: Mapping[str, str] | None = None,
    conventions: Mapping[str, str] | None = None,
    values: Mapping[str, Numbers] | None = None,
    at: Mapping[str, int] | None = None,
) -> list[Part]:
    """Return a part for each ask about a network; raises NoAnswer with every problem of the network and the asks."""
    reader = Parts(Source(HERE, what), None, [])
    fields: dict[str, Scalar | Pairs] = {"network": _scalar(what)}
    if layer:
        fields["layer"] = _scalar(layer)
    if input:
        fields["input"] = _scalar(input)
    if settings:
        fields["set"] = _pairs(settings)
    numbers = {"values": _tensors(values)} if values else {}
    if at:
        numbers["at"] = _pairs({name: str(n) for name, n in at.items()})
    own = _conventions(conventions) if conventions else Conventions()
    parts = []
    for id, ask in asks.items():
        given = numbers if ask in VALUE_ASKS else {}
        part = reader.part(id, {**fields, **given, "ask": _scalar(ask)}, own, Fraction(1), fields["network"])
        if reader.problems:
            raise NoAnswer(reader.problems)
        assert part is not None
        parts.append(part)
    return parts


@dataclass(frozen=True, repr=False)
class Marks(Result):
    """What answers are worth, in the order they were given."""

    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()  # what is odd about the file they were read from

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)

    def __len__(self) -> int:
        return len(self.marks)

    def __getitem__(self, question: str) -> Mark:
        found = next((mark for mark in self.marks if mark.part.id == question), None)
        if found is None:
            raise KeyError(f"there is no answer to {quoted(question)}")
        return found

    def __repr__(self) -> str:
        return f"<Marks: {', '.join(f'{mark.part.id} {mark.verdict}' for mark in self.marks)}>"

    def view(self) -> View:
        """How they are printed: a line for each answer."""
        from cnncalc.homework.marks_text import document
        from cnncalc.render.results import View, listing

        def records(result: Marks) -> list[dict[str, Any]]:
            return [
                {"question": mark.part.id, "given": mark.given, "verdict": mark.verdict, "feedback": mark.feedback}
                for mark in result
            ]

        return View(
            lambda result: [listing("", records(result))],
            lambda result: document(result, hint=False).data(),
            records,
            lambda result: "\n".join(f"{mark.part.id}: {mark.verdict}. {mark.feedback}" for mark in result),
        )


def check(
    what: What,
    layer: str | None = None,
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    conventions: Mapping[str, str] | None = None,
    values: Mapping[str, Numbers] | None = None,
    at: Mapping[str, int] | None = None,
    **answers: str | float,
) -> Marks:
    """Check answers about a network or one of its layers, as in `check("lenet5", "C1", params="156")`.

    An answer is a text as a student writes it, or a number; its name is an option of `cnncalc check`. `value`,
    `derivative`, `mean` and `variance` are of a layer on given numbers, `values={"input": [[1, 2], [3, 4]]}`; `at` says
    where in the output, `{"row": 1, "column": 2}`. Where the shapes may be meant in another way, an answer that is
    right under that reading is right, and says so. Raises NoAnswer with every problem of the network, for a quantity,
    and for a layer that is none.
    """
    parts = parts_for(
        os.fspath(what),
        {name: name for name in answers},
        layer=layer,
        input=None if input is None else shape_text(input),
        settings=written_settings(settings),
        conventions=conventions,
        values=values,
        at=at,
    )
    return Marks(tuple(mark_part(part, str(answers[part.id])) for part in parts))


def _conventions(given: Mapping[str, str]) -> Conventions:
    from cnncalc.documents.key import Conventions as Stated
    from cnncalc.documents.placed import read_placed
    from cnncalc.homework.key_reader import stated

    found, problems = read_placed(Stated, _pairs(given))
    if problems:
        raise NoAnswer(problems)
    return stated(found, Conventions())


def _tensors(values: Mapping[str, Numbers]) -> Pairs:
    """Return given numbers as a key has them: a list, rows line by line, or what a file of them holds."""
    from cnncalc.spec.text import read

    source = Source(HERE, " ".join(values))
    pairs: list[tuple[Scalar, Tree]] = []
    for name, given in values.items():
        key = Scalar(source, name, 0, len(name), None)
        text, file = _numbers_text(name, given)
        node: Tree | None = Scalar(Source(file, text), text, 0, len(text), None)
        if text.lstrip().startswith("["):
            node, problems = read(Source(file, text))
            if problems:
                raise NoAnswer(problems)
        if node is not None:
            pairs.append((key, node))
    return Pairs(source, pairs, 0, len(source.text))


def _numbers_text(name: str, given: Numbers) -> tuple[str, str]:
    """Return the text of numbers and where it stands; raises NoAnswer for a file that cannot be read as text."""
    if not isinstance(given, (str, os.PathLike)):
        return str(given.tolist() if hasattr(given, "tolist") else given), HERE
    text = os.fspath(given)
    if any(c.isdigit() for c in text) and not os.path.exists(text) and _NUMBERS.fullmatch(text):
        return (text if text.lstrip().startswith("[") else text.replace(";", "\n")), HERE
    try:
        return read_regular(text, SIZE_LIMIT + 1).decode(), text
    except (OSError, ValueError) as error:
        hint = f"write the numbers, as in {name}=[[1,2],[3,4]], or name a text file with a row a line"
        raise NoAnswer([Problem("E114", f"{quoted(text)} cannot be read: {reason_of(error)}", None, hint)]) from None


def _scalar(text: str) -> Scalar:
    return Scalar(Source(HERE, text), text, 0, len(text), None)


def _pairs(given: Mapping[str, str]) -> Pairs:
    text = " ".join(f"{name}={value}" for name, value in given.items())
    source = Source(HERE, text)
    pairs: list[tuple[Scalar, Tree]] = []
    at = 0
    for name, value in given.items():
        middle = at + len(name) + 1
        key = Scalar(source, name, at, at + len(name), None)
        pairs.append((key, Scalar(source, value, middle, middle + len(value), None)))
        at = middle + len(value) + 1
    return Pairs(source, pairs, 0, len(text))
