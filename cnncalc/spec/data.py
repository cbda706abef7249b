"""A spec given as dicts and lists: the tree that its text would have; the place of a value is its path of keys.

A layer may be an object, {"kind": "conv", "out": 8, "kernel": [3, 3]}; it is read as the long form `conv: {out: 8, …}`.

Every value has a text of its own, called by its path (`layers[2]`), in which problems stand at line and column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as Dict
from collections.abc import Sequence as List
from typing import Any, NoReturn

from cnncalc.files import SIZE_LIMIT
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import Ends, PerSide
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.spec.chain import MERGES
from cnncalc.spec.events import FORBIDDEN, NESTING_LIMIT, NODE_LIMIT, TOO_DEEP
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, place_of

WHOLE = "<data>"
"""What the whole is called in problems."""

ITEM, ITEMS, OTHER = "item", "items", ""
"""The kind of value at a location: an item of layers, several by name or in a list, or something else."""

SHOWN = 5
"""Keys that represent a dict in a problem."""


class _Refused(Exception):  # noqa: N818  # no fault, an end
    """The data cannot be read any further."""


def tree_of(data: Dict[str, object]) -> tuple[Node | None, list[Problem]]:
    """Return the tree of dicts, lists, texts, numbers and truth values; None where it is too large or too deep."""
    reader = _Reader()
    try:
        return reader.node(data, WHOLE, 0, WHOLE), reader.problems
    except _Refused:
        return None, reader.problems


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.nodes = self.characters = 0

    def node(self, value: object, path: str, depth: int, what: str) -> Node:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.stop(f"more than {NODE_LIMIT:,} values", path)
        if isinstance(value, (Dict, List)) and not isinstance(value, (str, bytes, bytearray)):
            if depth == NESTING_LIMIT:
                self.stop(TOO_DEEP, path)
            if isinstance(value, List):
                return self.sequence(value, path, depth, what)
            if what == ITEM and _is_layer(value):
                return self.layer(value, path, depth)
            return self.mapping(value, path, depth, what)
        return self.scalar(value, path)

    def mapping(self, value: Dict[Any, object], path: str, depth: int, what: str) -> Mapping:
        source = _source(path, value)
        pairs: list[tuple[Scalar, Node]] = []
        for key, inner in value.items():
            if not isinstance(key, (str, int)):
                self.problem(f"{quoted(repr(key))} cannot be a key: keys are texts", source)
                continue
            below = str(key) if path == WHOLE else f"{path}.{key}"
            pairs.append((self.scalar(key, below[:200]), self.node(inner, below[:200], depth + 1, _below(what, key))))
        return Mapping(source, pairs, 0, len(source.text))

    def layer(self, value: Dict[Any, object], path: str, depth: int) -> Node:
        """Read {"kind": "conv", "out": 8} as `conv: {out: 8}`, and {"kind": "relu"} as `relu`."""
        kind = str(value["kind"])
        name = self.scalar(kind.lower() if _known(kind) else kind, f"{path}.kind"[:200])
        layer = KINDS.get(kind.lower()) or SYNONYMS.get(kind.lower())
        fields = {key: _size(layer, key, inner) for key, inner in value.items() if key != "kind"}
        if not fields:
            return name
        if layer is None:
            hint = did_you_mean(kind, KINDS) or "a block with arguments is called in a text, as in `bottleneck 64`"
            self.problems.append(Problem("E108", f"there is no layer {quoted(kind)}", name.place(), hint))
            return self.scalar("identity", path)
        return Mapping(name.source, [(name, self.mapping(fields, path, depth, OTHER))], 0, name.end)

    def sequence(self, value: List[object], path: str, depth: int, what: str) -> Sequence:
        source = Source(path, f"[{len(value):,} value{'' if len(value) == 1 else 's'}]")
        items = [
            self.node(inner, f"{path}[{number}]", depth + 1, ITEM if what else OTHER)
            for number, inner in enumerate(value)
        ]
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
            shown = repr(value) if isinstance(value, float) else f"a value of type {type(value).__name__}"
            self.problem(f"{shown} cannot stand in a spec", Source(path, ""))
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


def _source(path: str, value: Dict[Any, object]) -> Source:
    return Source(path, f"{{{', '.join(f'{quoted(str(key))}: …' for key in [*value][:SHOWN])}}}")


def _below(what: str, key: object) -> str:
    """Return the value of a key."""
    if what == WHOLE:
        return {"layers": ITEM, "blocks": ITEMS}.get(str(key), OTHER)
    if what == ITEMS or key in ("layers", "then", "else"):
        return ITEM if what else OTHER
    if what != ITEM or key in ("repeat", "for", "share", "if"):
        return OTHER
    if key in MERGES or key == "aux":
        return ITEMS
    return OTHER if key in KINDS else ITEM


def _is_layer(value: Dict[Any, object]) -> bool:
    kind = value.get("kind")
    return isinstance(kind, str) and (_known(kind) or (len(value) > 1 and kind.isidentifier()))


def _known(kind: str) -> bool:
    return kind.lower() in KINDS or kind.lower() in SYNONYMS


def _size(kind: type[Layer] | None, name: object, value: object) -> object:
    """Write a size given as a list, [3, 3], or padding, [[1, 2], [0, 1]], as the language does: 3x3, 1:2x0:1."""
    field = kind.fields.get(str(name)) if kind else None
    if field is None or not isinstance(field.type, (PerSide, Ends)) or not isinstance(value, (list, tuple)):
        return value
    return "x".join(":".join(map(str, n)) if isinstance(n, (list, tuple)) else str(n) for n in value)
