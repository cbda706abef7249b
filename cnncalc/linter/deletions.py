"""Edits that remove something from a text: an entry of a mapping, a parameter with its arguments."""

from __future__ import annotations

from collections.abc import Collection

from cnncalc.linter.finding import Edit, Fix
from cnncalc.linter.mentions import Text, names_in
from cnncalc.problem import index_of
from cnncalc.spec.chain import Call
from cnncalc.spec.model import Block, steps_of
from cnncalc.spec.tree import Mapping, Scalar


def without_entry(text: Text, section: str, name: str, unused: Collection[str]) -> Fix | None:
    """Return the fix that removes an entry of a section, or the whole section where all its entries are unused.

    A var also goes where variants set it.
    """
    root = text.root
    if not isinstance(root, Mapping):
        return None
    key, mapping = _section(root, section)
    if key is None or mapping is None:
        return None
    entry = next((header for header, _ in mapping.pairs if header.text.split()[:1] == [name]), None)
    if entry is None or any(header.text.split()[:1] == [] for header, _ in mapping.pairs):
        return None
    whole = all(header.text.split()[0] in unused for header, _ in mapping.pairs)
    edits = [_without(text, root, key) if whole else _without(text, mapping, entry)]
    if section == "vars":
        for variant in _variants(root):
            edits.extend(_without(text, variant, other) for other, _ in variant.pairs if other.text == name)
    return Fix("remove it", tuple(edits), safe=True)


def _section(root: Mapping, name: str) -> tuple[Scalar | None, Mapping | None]:
    """Return a key of the file with its mapping."""
    return next(
        ((key, value) for key, value in root.pairs if key.text == name and isinstance(value, Mapping)), (None, None)
    )


def _variants(root: Mapping) -> list[Mapping]:
    _, variants = _section(root, "variants")
    return [body for _, body in variants.pairs if isinstance(body, Mapping)] if variants else []


def _without(text: Text, mapping: Mapping, key: Scalar) -> Edit:
    """Return the edit that removes a pair: its lines, or the text between commas."""
    whole = text.source.text
    at = next(number for number, (other, _) in enumerate(mapping.pairs) if other is key)
    start, end = key.start, max(key.end, mapping.pairs[at][1].end)
    if whole[mapping.start] == "{":
        if at:
            return Edit(_end(mapping, at - 1), end, "")
        return Edit(start, mapping.pairs[1][0].start if len(mapping.pairs) > 1 else end, "")
    first = whole.rfind("\n", 0, start) + 1
    line_end = whole.find("\n", end)
    last = len(whole) if line_end < 0 else line_end + 1
    if line_end < 0 and first:
        first -= 2 if whole.endswith("\r\n", 0, first) else 1  # a text without a last line break stays so
    blank = whole.find("\n", last) + 1
    begins = not at or not whole[whole.rfind("\n", 0, first - 1) + 1 : first].strip()
    if begins and blank and not whole[last:blank].strip():
        last = blank  # at most one empty line, and none at the start
    return Edit(first, last, "")


def _end(mapping: Mapping, at: int) -> int:
    key, value = mapping.pairs[at]
    return max(key.end, value.end)


def without_parameter(text: Text, block: Block, name: str) -> Fix | None:
    """Return the fix that removes a parameter from a block's header and its value from all calls.

    None where the block is also given as a value, because its calls are not known then.
    """
    spec = text.spec
    bodies = [spec.layers, *(other.body for other in spec.blocks.values())]
    values = [given for _, given in spec.vars.values()]
    values += [given for variant in spec.variants.values() for given in variant.values.values()]
    calls = [(scalar, step) for body in bodies for scalar, step in steps_of(body) if isinstance(step, Call)]
    given = (argument.value.tree for _, step in calls for argument in step.arguments)
    defaults = (parameter.default for other in spec.blocks.values() for parameter in other.parameters)
    if block.name in names_in((tuple(given), tuple(defaults), tuple(values))):
        return None
    place = next(index for index, parameter in enumerate(block.parameters) if parameter.name == name)
    header = block.header
    start = header.text.index(name, block.parameters[place].place.column - header.place().column)
    edits = [_word(header, start)]
    for scalar, call in calls:
        if call.name != block.name:
            continue
        for position, argument in enumerate(call.arguments):
            if argument.field == name or (argument.field is None and position == place):
                edits.append(_without_word(scalar, argument.name_start, argument.value.start + argument.value.length))
    return Fix("remove it, also from its calls", tuple(edits), safe=True)


def _word(header: Scalar, start: int) -> Edit:
    """Return the edit that removes the word at an offset from a header; spaces in brackets belong to the word."""
    depth, end = 0, start
    while end < len(header.text) and (depth or not header.text[end].isspace()):
        depth += (header.text[end] in "([") - (header.text[end] in ")]")
        end += 1
    return _without_word(header, start, end)


def _without_word(scalar: Scalar, start: int, end: int) -> Edit:
    """Return the edit that removes characters from a scalar, with the spaces before them."""
    while start and scalar.text[start - 1].isspace():
        start -= 1
    return Edit(index_of(scalar.place(start - 1, 1)) + 1, index_of(scalar.place(end - 1, 1)) + 1, "")
