"""A spec given as dicts and lists: the tree that its text would have; the place of a value is its path of keys.

Every value has a text of its own, called by its path (`layers[2]`), in which problems stand at line and column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as Dict
from collections.abc import Sequence as List
from typing import Any, NoReturn

from cnncalc.problem import Place, Problem, Source, quoted
from cnncalc.spec.events import FORBIDDEN, NESTING_LIMIT, NODE_LIMIT, TOO_DEEP
from cnncalc.spec.text import SIZE_LIMIT
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, place_of

WHOLE = "<data>"
"""What the whole is called in problems."""

SHOWN = 5
"""Keys of a dict that stand for it in a problem."""


class _Refused(Exception):  # noqa: N818  # no fault, an end
    """The data cannot be read any further."""


def tree_of(data: Dict[str, object]) -> tuple[Node | None, list[Problem]]:
    """Return the tree of dicts, lists, texts, numbers and truth values; None where it is too large or too deep."""
    reader = _Reader()
    try:
        return reader.node(data, WHOLE, 0), reader.problems
    except _Refused:
        return None, reader.problems


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.nodes = self.characters = 0

    def node(self, value: object, path: str, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.stop(f"more than {NODE_LIMIT:,} values", path)
        if isinstance(value, (Dict, List)) and not isinstance(value, (str, bytes, bytearray)):
            if depth == NESTING_LIMIT:
                self.stop(TOO_DEEP, path)
            return self.mapping(value, path, depth) if isinstance(value, Dict) else self.sequence(value, path, depth)
        return self.scalar(value, path)

    def mapping(self, value: Dict[Any, object], path: str, depth: int) -> Mapping:
        source = Source(path, f"{{{', '.join(f'{quoted(str(key))}: …' for key in [*value][:SHOWN])}}}")
        pairs: list[tuple[Scalar, Node]] = []
        for key, inner in value.items():
            if not isinstance(key, (str, int)):
                self.problem(f"{quoted(repr(key))} cannot be a key: keys are texts", source)
                continue
            below = str(key) if path == WHOLE else f"{path}.{key}"
            pairs.append((self.scalar(key, below[:200]), self.node(inner, below[:200], depth + 1)))
        return Mapping(source, pairs, 0, len(source.text))

    def sequence(self, value: List[object], path: str, depth: int) -> Sequence:
        source = Source(path, f"[{len(value):,} value{'' if len(value) == 1 else 's'}]")
        items = [self.node(inner, f"{path}[{number}]", depth + 1) for number, inner in enumerate(value)]
        return Sequence(source, items, 0, len(source.text), True)

    def scalar(self, value: object, path: str) -> Scalar:
        reported = False
        if value is None:
            text = ""
        elif isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, (int, str)):
            text = str(value) if isinstance(value, str) else format(value, "d")
        elif isinstance(value, float) and math.isfinite(value):
            text = repr(value)
        else:
            text, reported = "", True
            said = repr(value) if isinstance(value, float) else f"a value of type {type(value).__name__}"
            self.problem(f"{said} cannot stand in a spec", Source(path, ""))
        self.characters += len(text)
        if self.characters > SIZE_LIMIT:
            self.stop(f"more than the {SIZE_LIMIT:,} characters that are read", path)
        source = Source(path, text)
        if forbidden := FORBIDDEN.search(text):
            message = f"the character U+{ord(forbidden[0]):04X} may not stand in a text"
            self.problems.append(Problem("E101", message, place_of(source, forbidden.start()), "delete it"))
            reported = True
        return Scalar(source, text, 0, len(text), None, reported)

    def problem(self, message: str, source: Source) -> None:
        hint = "a spec is made of dicts, lists, texts, numbers and truth values"
        self.problems.append(Problem("E105", message, Place(source, 1, 1), hint))
        if len(self.problems) == 100:
            raise _Refused

    def stop(self, message: str, path: str) -> NoReturn:
        self.problems.append(Problem("E112", message, Place(Source(path, ""), 1, 1)))
        raise _Refused
