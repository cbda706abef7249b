"""The canonical format: names of kinds, arrows, spaces. Comments and layout are kept, nothing is aligned."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from cnncalc.formatter.chains import Span, joints, of_chain, of_tree, rewritten
from cnncalc.layers import SYNONYMS
from cnncalc.linter.finding import Edit
from cnncalc.linter.fixes import edited, same_networks
from cnncalc.linter.mentions import parts_of
from cnncalc.linter.subject import Reading, read_sound, read_source
from cnncalc.problem import Place, Problem, Problems, Source
from cnncalc.spec.model import Block, Branch, Chain, For, Formula, LongForm, Named, Spec
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, nodes

MOST_ROUNDS = 4

_TRAILING = re.compile(r"[ \t]+(?=\r?\n|\Z)")
_END = re.compile(r"(?:[ \t]*\r?\n)*[ \t]*\Z")
_BLANKS = re.compile(r"[ \t]*")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def formatted(source: Source) -> str:
    """Return a text in the canonical format, which builds the same networks; raises Problems of the text."""
    reading = read_sound(source)
    if reading.spec.is_chain and reading.source.text != source.text.strip():
        return source.text  # over several lines, with comments or in another notation
    text = reading.source.text
    for _ in range(MOST_ROUNDS):
        after = edited(text, edits(reading))
        if after == text:
            break
        text, reading = after, read_sound(Source(source.name, after))
    if text != source.text and not same(source.text, text):
        place = Place(source, 1, 1)
        raise Problems([Problem("E112", "formatting would change the network, so nothing is changed", place)])
    return text


def same(before: str, after: str) -> bool:
    """Return whether two texts build the same networks with the same metadata."""
    one, other = (read_source(Source("", text)) for text in (before, after))
    return _contents(one.spec) == _contents(other.spec) and same_networks(before, after)


def _contents(spec: Spec) -> list[Any]:
    """Return the metadata and expected numbers of a spec and its variants."""
    parts = [spec.metadata, *(variant.metadata for variant in spec.variants.values())]
    expected = [spec.expect, *(variant.expect for variant in spec.variants.values())]
    plain = [{key: _plain(node) for key, node in part.items()} for part in parts]
    return [*plain, *([_plain(node) if node else None for node in expected])]


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key.text: _plain(value) for key, value in node.pairs}
    return [_plain(item) for item in node.items] if isinstance(node, Sequence) else node.text.replace("×", "x")


def edits(reading: Reading) -> list[Edit]:
    """Return the edits that make a text canonical."""
    assert reading.root is not None
    found = [*_language(reading.spec), *_layout(reading)]
    kept: list[Edit] = []
    for edit in sorted(set(found)):
        # Two that touch are applied one after the other.
        if not kept or edit.start > kept[-1].end or (edit.start == kept[-1].end and edit.end > edit.start):
            kept.append(edit)
    return kept


# What the language says.


def _language(spec: Spec) -> Iterator[Edit]:
    taken = {*spec.blocks, *spec.vars, *(p.name for block in spec.blocks.values() for p in block.parameters)}
    items = (spec.layers, *(block.body for block in spec.blocks.values()))
    for part in parts_of(items):
        if isinstance(part, (Named, Branch)) and part.name is not None:
            taken.add(part.name.text)
        elif isinstance(part, For):
            taken.add(part.name)
    values = [given for _, given in spec.vars.values()]
    values += [given for variant in spec.variants.values() for given in variant.values.values()]
    for part in parts_of((*items, *values)):
        if isinstance(part, Chain):
            yield from of_chain(part, taken)
        elif isinstance(part, Formula):
            yield from of_formula(part, taken)
        elif isinstance(part, LongForm) and part.kind.text in SYNONYMS:
            yield from rewritten(part.kind, Span(0, len(part.kind.text)), SYNONYMS[part.kind.text].kind)
    for block in spec.blocks.values():
        yield from _header(block, taken)
    shapes = [*spec.inputs.values(), *(variant.input for variant in spec.variants.values() if variant.input)]
    for expected in (spec.expect, *(variant.expect for variant in spec.variants.values())):
        shapes += _outputs(expected)
    for shape in shapes:
        yield from joints(shape)


def of_formula(formula: Formula, taken: Collection[str]) -> Iterator[Edit]:
    """Yield the edits of a value that stands by itself."""
    yield from joints(formula.text)
    yield from of_tree(formula.text, formula.tree, 0, taken)


def _header(block: Block, taken: Collection[str]) -> Iterator[Edit]:
    yield from joints(block.header)
    for parameter in block.parameters:
        if parameter.default is not None:
            yield from of_tree(block.header, parameter.default, parameter.start, taken)


def _outputs(expected: Mapping | None) -> Iterable[Scalar]:
    for key, node in expected.pairs if expected else ():
        if key.text == "output":
            pairs = node.pairs if isinstance(node, Mapping) else [(key, node)]
            yield from (shape for _, shape in pairs if isinstance(shape, Scalar))


# Spaces outside of values.


def _layout(reading: Reading) -> Iterator[Edit]:
    assert reading.root is not None
    source, scalars = reading.source.text, []
    for node in nodes(reading.root):
        if isinstance(node, Scalar):
            scalars.append((node.start, node.end))
        elif isinstance(node, Mapping):
            yield from _mapping(node, source)
        elif node.flow:
            yield from _between([(item.start, item.end) for item in node.items], node, source)
        else:
            yield from _dashes(node, source)
    inside = sorted(scalars)
    last = inside[-1][1]
    end = _END.search(source)
    break_ = "\r\n" if "\r\n" in source else "\n"
    if end and end.start() >= last and end[0] != break_:
        yield Edit(end.start(), end.end(), break_)
    at = 0
    for blank in _TRAILING.finditer(source, 0, end.start() if end else len(source)):
        while at < len(inside) and inside[at][1] <= blank.start():
            at += 1
        if at == len(inside) or blank.start() < inside[at][0]:
            yield Edit(blank.start(), blank.end(), "")


def _mapping(node: Mapping, source: str) -> Iterator[Edit]:
    flow = source[node.start] == "{"
    for key, value in node.pairs:
        if value.start == value.end:
            continue
        colon = source.find(":", key.end, value.start)
        if colon < 0:
            continue
        before, after = source[key.end : colon], source[colon + 1 : value.start]
        if before and not before.strip(" \t"):
            yield Edit(key.end, colon, "")
        if after != " " and not after.strip(" \t"):
            yield Edit(colon + 1, value.start, " ")
    if flow:
        yield from _between([(key.start, max(key.end, value.end)) for key, value in node.pairs], node, source)


def _dashes(node: Sequence, source: str) -> Iterator[Edit]:
    """Yield the edits of spaces behind the dashes; where a mapping begins, they are its indentation."""
    for item in node.items:
        if isinstance(item, Scalar) and source[item.start : item.end].count("\n") == 0:
            line = source.rfind("\n", 0, item.start) + 1
            start = line + len(source[line : item.start].rstrip(" \t"))
            if source[start - 1 : start] == "-" and source[start : item.start] != " ":
                yield Edit(start, item.start, " ")


def _between(spans: list[tuple[int, int]], node: Mapping | Sequence, source: str) -> Iterator[Edit]:
    """Yield the edits of spaces and commas in [ ] and { }; a line break stays."""
    if not spans:
        return
    for (_, end), (start, _) in itertools.pairwise(spans):
        if _COMMA.fullmatch(source, end, start) and source[end:start] != ", ":
            yield Edit(end, start, ", ")
    for start, end in ((node.start + 1, spans[0][0]), (spans[-1][1], node.end - 1)):
        if start < end and _BLANKS.fullmatch(source, start, end):
            yield Edit(start, end, "")
