"""How the arguments of a call meet the names of what it calls: a kind's fields or a block's parameters."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.layers import KINDS, field_named
from cnncalc.layers.base import Field, Layer
from cnncalc.layers.fields import FieldType, Refused
from cnncalc.layers.fields import text as text_of
from cnncalc.layers.merge import Joint, Merge
from cnncalc.problem import nearest, quoted
from cnncalc.spec.chain import Argument, Call, Part, Written
from cnncalc.spec.expression import Below, ExpressionError, Index, ListOf, Literal, Name, Path, Tree
from cnncalc.spec.model import Block


class Plan(NamedTuple):
    """How the arguments of a step meet the names of what it calls; the same every time the step is walked."""

    target: Block | type[Layer]
    step: Call
    names: tuple[str, ...]
    parts: tuple[Part, ...]
    wrong: tuple[ExpressionError, ...]


def matched(target: Block | type[Layer], step: Call) -> Plan:
    """Match the arguments of a step with the names of a kind's fields or a block's parameters."""
    if isinstance(target, Block):
        what, noun, names = f"block {target.name}", "parameter", [parameter.name for parameter in target.parameters]
    else:
        what, noun, names = target.kind, "field", [*target.fields]
    parts: dict[str, Part] = {}
    wrong: list[ExpressionError] = []
    whole = step
    if not isinstance(target, Block) and issubclass(target, Joint):
        _, step, error = named_results(target, step)
        wrong += [error] if error else []
    meant: set[str | None] = set()
    for position, argument in enumerate(step.arguments):
        start, value = argument.name_start, argument.value
        length = value.start + value.length - start
        name = argument.field
        if name is None:
            if not names and not isinstance(target, Block) and issubclass(target, Merge):
                given = " ".join(_text_of(other.value) for other in step.arguments)
                message, hint = f"earlier results are merged by {target.kind}", f"write {target.kind} {given}"
                wrong.append(ExpressionError("E111", message, step.start, len(step.name), hint))
                break
            if position >= len(names):
                length = step.start + step.length - start  # the surplus ones are reported as one
                hint = arrow_missing(value) or usage(target)
                wrong.append(ExpressionError("E111", f"{what} takes {_at_most(len(names))}", start, length, hint))
                break
            name = names[position]
        if name not in names:
            guess, hint = guessed(target, name, value)
            meant.add(guess)
            wrong.append(ExpressionError("E111", f"{what} has no {noun} {quoted(name)}", start, len(name), hint))
        elif name in parts:
            wrong.append(ExpressionError("E111", f"{name} is given twice", start, length, arrow_missing(value)))
        else:
            parts[name] = value
    if not isinstance(target, Block) and issubclass(target, Merge) and not step.arguments:
        message, hint = f"{step.name} needs the name of an earlier result", f"as in `{target.kind} input`"
        wrong.append(ExpressionError("E106", message, step.start, len(step.name), hint))
    lacking = [name for name in needed(target) if name not in parts and name not in meant]
    if lacking:
        message = f"{what} needs {' and '.join(lacking)}"
        wrong.append(ExpressionError("E104", message, step.start, len(step.name), usage(target)))
    return Plan(target, whole, tuple(parts), tuple(parts.values()), tuple(wrong))


def named_results(kind: type[Joint], step: Call) -> tuple[tuple[Written, ...], Call, ExpressionError | None]:
    """Divide the arguments of a step: required fields first, then the names of results; named fields anywhere.

    Names may be lists, or be left out behind one, so their number is judged in the walk.
    """
    required = sum(field.required for field in kind.fields.values())
    fields: list[Argument] = []
    names: list[Written] = []
    wrong = None
    for argument in step.arguments:
        tree, start = argument.value.tree, argument.value.start
        if argument.field is not None or required > 0:
            required -= argument.field is None or kind.fields.get(argument.field, _OPTIONAL).required
            fields.append(argument)
        elif isinstance(tree, (Name, Path)):
            names.append(Written(tree.name, start))
        elif isinstance(tree, (ListOf, Index, Below)):
            names.append(Written(_listed(tree), start, tree))
        elif wrong is None:
            message, length = f"{kind.kind} takes names of results after its fields", argument.value.length
            wrong = ExpressionError("E106", message, start, length, f"write {kind.usage()}")
    return tuple(names), Call(step.name, tuple(fields), step.start, step.length), wrong


def misnumbered(kind: type[Joint], step: Call, names: tuple[Written, ...], count: int) -> ExpressionError | None:
    """Return what is wrong where a step reads so many earlier results; None if nothing is."""
    if count == 0:
        message = f"{kind.kind} needs the name of an earlier result"
        return ExpressionError("E106", message, step.start, len(step.name), f"write {kind.usage()}")
    if 0 < kind.most < count:
        most = f"at most {kind.most} earlier results" if kind.most > 1 else "1 earlier result"
        message = f"{kind.kind} reads {most}, not {count}"
        start, length = step.start, len(step.name)
        if len(names) > 0:
            last = names[min(kind.most, len(names) - 1)]
            start, length = last.start, len(last.name)
        return ExpressionError("E111", message, start, length, f"write {kind.usage()}")
    return None


_OPTIONAL = Field("", FieldType(), None, False)


def arrow_missing(value: Part) -> str | None:
    """Say what a person forgot whose argument is the name of a layer."""
    tree = value.tree
    return f"an arrow is missing before {tree.name}" if isinstance(tree, Name) and tree.name in KINDS else None


def needed(target: Block | type[Layer]) -> list[str]:
    """Return the names that a call must give values for."""
    if isinstance(target, Block):
        return [parameter.name for parameter in target.parameters if parameter.default is None]
    return [field.name for field in target.fields.values() if field.required]


ACTIVATIONS = ("activation", "act", "nonlinearity")
"""Arguments of other tools that name a layer which follows."""


def guessed(target: Block | type[Layer], name: str, value: Part | None = None) -> tuple[str | None, str]:
    """Return the name that an unknown one probably means, and the remedy; its field takes the value."""
    if isinstance(target, Block):
        near = nearest(name, [parameter.name for parameter in target.parameters])
    else:
        if name.lower() in ACTIVATIONS:
            layer = value.tree.name if value and isinstance(value.tree, Name) else "relu"
            return None, f"an activation is a layer of its own: write `-> {layer}` after it"
        lower = name.lower()
        meant = field_named(target, name) or field_named(target, lower) or (lower if lower in target.fields else None)
        begun = [field for field in target.fields if len(name) == 1 and field.startswith(lower)]
        near = [meant] if meant else begun[:1] or nearest(name, target.fields)
        near = [field for field in near if value is None or takes_value(target, field, value)]
    hint = f"did you mean {' or '.join(map(quoted, near))}?" if near else usage(target)
    return (near[0] if near else None), hint


def takes_value(kind: type[Layer], field: str, value: Part) -> bool:
    """Judge whether a field may take a value; what has to be evaluated first may fit."""
    if not isinstance(value.tree, Literal):
        return True
    try:
        kind.fields[field].type.read(value.tree.value, None)
    except Refused:
        return False
    return True


def _listed(tree: Tree) -> str:
    """Write a list of results, or one of them, as a text has it."""
    if isinstance(tree, ListOf):
        return f"[{', '.join(map(_listed, tree.items))}]"
    if isinstance(tree, Index):
        return f"{_listed(tree.of)}[{_listed(tree.index)}]"
    if isinstance(tree, Below):
        return f"{_listed(tree.of)}.{tree.name}"
    if isinstance(tree, Literal):
        return text_of(tree.value)
    return tree.name if isinstance(tree, (Name, Path)) else "…"


def _text_of(part: Part) -> str:
    """Write an argument that names a result."""
    return part.tree.name if isinstance(part.tree, (Name, Path)) else "NAME"


def usage(target: Block | type[Layer]) -> str:
    return f"it is headed {target.usage()}" if isinstance(target, Block) else f"write {target.usage()}"


def _at_most(count: int) -> str:
    return "no arguments" if count == 0 else "one argument" if count == 1 else f"at most {count} arguments"
