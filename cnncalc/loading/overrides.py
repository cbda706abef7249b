"""Inputs and values of vars that are given from outside: as values of Python, as text, and read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cnncalc.problem import Place, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.model import Formula, Given, Spec
from cnncalc.spec.parse import parse_value
from cnncalc.spec.tree import Scalar

InputShape: TypeAlias = str | Sequence[int | str]
Settings: TypeAlias = Mapping[str, object]


def shape_text(shape: InputShape) -> str:
    """Write a shape given as text or as its numbers; raises Problems for what is neither."""
    if isinstance(shape, str):
        return shape
    if not isinstance(shape, (list, tuple)):
        hint = 'as in input="224x224x3" or input=(224, 224, 3)'
        raise Problems([Problem("E105", f"input is {quoted(str(shape))}, which is no shape", None, hint)])
    return "x".join(map(str, shape))


def written_settings(settings: Settings | None) -> dict[str, str]:
    """Write values of vars as the language does."""
    return {name: written_value(value) for name, value in (settings or {}).items()}


def written_value(value: object) -> str:
    """Write a value of Python as the language does."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"[{', '.join(map(written_value, value))}]" if isinstance(value, (list, tuple)) else str(value)


def given_inputs(text: str, spec: Spec) -> dict[str, Scalar]:
    """Read `224x224x3`, or `left=105x105x1 right=…`."""
    source = Source("--input", text)
    names = list(spec.inputs) or ["input"]
    if len(names) == 1 and "=" not in text and text.strip():
        return {names[0]: Scalar(source, text, 0, len(text), None)}
    found: dict[str, Scalar] = {}
    problems = []
    for match in re.finditer(r"[^\s,;]+", text):
        start = match.start()
        name, equals, shape = match.group().partition("=")
        place = Place(source, 1, start + 1, len(name))
        if not equals:
            name, shape = names[0], name
        if not equals and len(names) > 1:
            hint = f"write {' '.join(f'{n}=…' for n in names)}"
            problems.append(Problem("E105", f"there are {len(names)} inputs", place, hint))
        elif name not in names:
            hint = f"there is one: write {shape}" if len(names) == 1 else f"inputs are {' and '.join(names)}"
            problems.append(Problem("E109", f"there is no input {quoted(name)}", place, hint))
        elif not shape:
            problems.append(Problem("E105", f"{name} has no shape", place, f"as in {name}=224x224x3"))
        elif name in found:
            problems.append(Problem("E102", f"input {name} is given twice", place))
        else:
            begin = match.end() - len(shape)
            found[name] = Scalar(source, shape, begin, match.end(), None)
    if not found and not problems:
        problems.append(Problem("E105", "the input is empty", None, "as in 224x224x3"))
    if problems:
        raise Problems(problems)
    return found


def given_settings(settings: Mapping[str, str], spec: Spec, problems: list[Problem]) -> dict[str, Given]:
    """Read the values that vars are given from outside."""
    values: dict[str, Given] = {}
    for name, text in settings.items():
        whole = Source("<options>", f"{name}={text}")
        scalar = Scalar(whole, text, len(name) + 1, len(whole.text), None)
        if name not in spec.vars:
            known = ", ".join(spec.vars)
            hint = did_you_mean(name, spec.vars) or (f"its vars are {known}" if known else "it has no vars")
            place = Place(whole, 1, 1, len(name))
            problems.append(Problem("E109", f"there is no var {quoted(name)} to set", place, hint))
            continue
        try:
            values[name] = Formula(scalar, parse_value(text))
        except ExpressionError as error:
            place = scalar.place(error.start, error.length)
            problems.append(Problem(error.code, error.message, place, error.hint))
    return values
