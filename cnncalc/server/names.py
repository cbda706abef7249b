"""Where names are defined, and the outline of a file."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol.types import DocumentSymbol, SymbolKind

from cnncalc.linter.mentions import parts_of
from cnncalc.problem import index_of, visible
from cnncalc.server.cursor import Under
from cnncalc.server.lines import Lines
from cnncalc.spec.model import Branch, For, Item, Items, Merge, Named, Repeat, Spec
from cnncalc.spec.tree import Mapping, Node, Scalar


def definition(spec: Spec, under: Under) -> tuple[int, int] | None:
    """Return where the word under the cursor is defined: a block, an earlier result, a parameter or a variable."""
    word = under.word
    if under.is_result and loop_of(spec, under) is None:
        found = _result(spec, under)
        if found is not None:
            return found.start, found.end
    if under.is_head and word in spec.blocks:
        return _head(spec.blocks[word].header)
    for parameter in under.block.parameters if under.block else ():
        if parameter.name == word:
            start = index_of(parameter.place)
            return start, start + len(word)
    if word in spec.vars:
        name = spec.vars[word][0]
        return name.start, name.end
    if loop := loop_of(spec, under):
        start = index_of(loop.entries.text.place(loop.start, 1))
        return start, start + len(word)
    if word in spec.blocks:
        return _head(spec.blocks[word].header)
    found = next((name for name in spec.inputs.values() if under.is_result and word == "input"), None)
    return (found.start, found.end) if found else None


def _head(header: Scalar) -> tuple[int, int]:
    start = index_of(header.place(len(header.text) - len(header.text.lstrip()), 1))
    return start, start + len(header.text.split()[0])


def _result(spec: Spec, under: Under) -> Scalar | None:
    """Return the name that a use refers to: the last one above it in its block, else the first in the text."""
    names = [
        scalar for scalar in names_in(under.block.body if under.block else spec.layers) if scalar.text == under.word
    ]
    above = [scalar for scalar in names if scalar.start < under.start]
    return above[-1] if above else names[0] if names else None


def loop_of(spec: Spec, under: Under) -> For | None:
    """Return the loop over a list whose entries are called as the word under the cursor: the nearest around it."""
    loops = loops_in(under.block.body if under.block else spec.layers)
    around = [loop for loop in loops if loop.name == under.word and _holds(loop, under.start)]
    return around[-1] if around else None


def loops_in(item: Item) -> list[For]:
    """Return the loops over lists in an item, in the order of the text."""
    return sorted((part for part in parts_of(item) if isinstance(part, For)), key=lambda loop: loop.entries.text.start)


def _holds(loop: For, index: int) -> bool:
    ends = [part.text.end for part in parts_of(loop.body) if isinstance(getattr(part, "text", None), Scalar)]
    last: int = max([loop.entries.text.end, *ends])
    return loop.entries.text.start <= index <= last


def names_in(item: Item) -> list[Scalar]:
    """Return the names written in an item, in the order of the text."""
    found = [part.name for part in parts_of(item) if isinstance(part, (Named, Branch)) and part.name is not None]
    return sorted(found, key=lambda scalar: scalar.start)


def outline(root: Node | None, spec: Spec, lines: Lines) -> list[DocumentSymbol]:
    """Return the outline: top-level keys, and below them vars, variants, blocks and named items."""
    if not isinstance(root, Mapping):
        return []
    found = []
    for key, node in root.pairs:
        children: list[DocumentSymbol] = []
        if key.text in ("vars", "variants", "blocks") and isinstance(node, Mapping):
            kind = {"vars": SymbolKind.Variable, "variants": SymbolKind.EnumMember, "blocks": SymbolKind.Function}
            children = [
                _symbol(name, name.start, max(name.end, value.end), kind[key.text], lines, name.text.split()[0])
                for name, value in node.pairs
                if name.text.strip()
            ]
        elif key.text == "layers":
            children = [*_named(spec.layers, lines)]
        symbol = _symbol(key, key.start, max(key.end, node.end), SymbolKind.Key, lines, key.text)
        symbol.children = children
        found.append(symbol)
    return found


def _named(item: Item, lines: Lines) -> Iterator[DocumentSymbol]:
    if isinstance(item, Items):
        for inner in item.items:
            yield from _named(inner, lines)
    elif isinstance(item, Merge):
        for branch in item.branches:
            if branch.name is not None:
                yield _with_children(branch.name, branch.item, lines)
            else:
                yield from _named(branch.item, lines)
    elif isinstance(item, (Repeat, For)):
        yield from _named(item.body, lines)
    elif isinstance(item, Named):
        yield _with_children(item.name, item.item, lines)


def _with_children(name: Scalar, item: Item, lines: Lines) -> DocumentSymbol:
    ends = [part.text.end for part in parts_of(item) if isinstance(getattr(part, "text", None), Scalar)]
    symbol = _symbol(name, name.start, max([name.end, *ends]), SymbolKind.Field, lines, name.text)
    symbol.children = [*_named(item, lines)]
    return symbol


def _symbol(name: Scalar, start: int, end: int, kind: SymbolKind, lines: Lines, text: str) -> DocumentSymbol:
    return DocumentSymbol(
        name=visible(text) or "?",
        kind=kind,
        range=lines.span(start, end),
        selection_range=lines.span(name.start, name.end),
    )
