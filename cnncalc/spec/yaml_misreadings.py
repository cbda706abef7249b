"""What YAML reads without an error, though a person meant something else, or though it is refused here.

Each function looks for one way, and then reports it and leaves in the tree what was probably meant, so that the rest
can be checked.
"""

from __future__ import annotations

import re

from cnncalc.problem import Problem, quoted
from cnncalc.spec.reading import COMMENT, QUOTED, Open, Reading, Unreadable, quote_hint
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

# `name:value` in the place of an item or a key. In an item a digit may follow a colon (`pad=2:3`, arXiv:1512.03385).
ITEM_WITHOUT_SPACE = re.compile(r"([A-Za-z_]\w*):([A-Za-z(\[].*)", re.DOTALL)
KEY_WITHOUT_SPACE = re.compile(r"([A-Za-z_]\w*(?: [^:]*(?=:[A-Za-z(]))?):(?!//)(\S.*)", re.DOTALL)
ARROW = ("->", "→")

_NUMBERS = re.compile(r"\d+(?:,\s*\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_DASH = re.compile(r"\n *- +")
_PROPERTY = re.compile(r"\S+\s*")


def root(reading: Reading, node: Node) -> Node:
    """Look for what was meant as a mapping or a list, but is all one text."""
    if not isinstance(node, Scalar) or node.style:
        return node
    if node.text.startswith("-") and not node.text.startswith(ARROW):
        reading.report(reading.no_space_after_dash(node.start))
    elif missing := KEY_WITHOUT_SPACE.fullmatch(node.text):
        return _split_at_colon(reading, node, missing)
    return node


def properties(reading: Reading, start: int, end: int) -> int:
    """Report the anchor and the tag before a node, and return where the node itself starts."""
    text = reading.text
    while start < end and text[start] in "&!":
        reading.report(reading.special(start))
        written = _PROPERTY.match(text, start)
        start = min(end, written.end()) if written else end
    return start


# Keys


def explicit_key(reading: Reading, top: Open, key: Node) -> None:
    """Look for `? ` before a key."""
    text = reading.text
    first = not top.keys
    since = top.node.start if first else reading.seen
    if text.find("?", since, key.start) < 0:
        return
    if first and key.start > since and text[since] == "?":
        mark = since
    elif COMMENT.sub("", text[since : key.start]).rstrip().endswith("?"):
        mark = text.rindex("?", since, key.start)
    else:
        return
    hint = "leave the '?' out" if reading.next_at(key.end) == ":" else None
    reading.report(reading.special(mark, hint))
    raise Unreadable


def refused_key(reading: Reading, top: Open, key: Scalar) -> None:
    """Report merge keys and duplicate keys; their pairs are left out."""
    top.kept = key.start >= top.resume
    if not top.kept:
        return
    if key.text == "<<" and key.style is None:
        _leave_out(top)
        message = "'<<' means a merge in YAML, and merges are not read here"
        reading.report(reading.problem(message, key.start, 2, "write the entries out"))
    elif (first := top.keys.setdefault(key.text, key)) is not key:
        _leave_out(top)
        there = first.place()
        message = f"key {quoted(key.text)} stands twice, first at {there.line}:{there.column}"
        is_input = key.text == "input" and len(reading.stack) == 1
        hint = "several inputs are written `inputs: {left: …, right: …}`" if is_input else "keep one of them"
        reading.report(Problem("E102", message, key.place(), hint))


def _leave_out(top: Open) -> None:
    top.kept = False
    if isinstance(top.node, Mapping):
        top.node.reported = True


def key_without_value(reading: Reading, top: Open, mapping: Mapping, key: Scalar) -> None:
    """Report a key inside { } that has no colon."""
    top.kept = False
    before = mapping.pairs[-1][1] if mapping.pairs else None
    numbers = None
    if isinstance(before, Scalar) and before.text.isdigit() and key.text.isdigit():
        numbers = _NUMBERS.match(reading.text, before.start)
    if before and numbers and numbers.end() >= key.end:
        top.resume = numbers.end()
        hint = f"write a list: [{numbers[0]}]" if len(numbers[0]) <= QUOTED else "write a list in [ ]"
        if _THOUSANDS.fullmatch(numbers[0]) and len(numbers[0]) <= QUOTED:
            hint = f"write {numbers[0].replace(',', '_')}, or [{numbers[0]}] for a list"
        message = f"the commas split {quoted(numbers[0])} inside {{ }}"
        reading.report(reading.problem(message, before.start, len(numbers[0]), hint))
    elif missing := KEY_WITHOUT_SPACE.fullmatch(key.text):
        mapping.pairs.extend(_split_at_colon(reading, key, missing).pairs)
    else:
        message = f"{quoted(key.text)} has no value inside {{ }}"
        reading.report(Problem("E101", message, key.place(), "write 'name: value', or [ ] for a list"))


# Items and values


def last_item(reading: Reading, sequence: Sequence) -> None:
    """Look for what was meant as `name: value`, or as an item of its own.

    An item is looked at when it is certain that the text goes on behind it without an error.
    """
    item = sequence.items[-1] if sequence.items else None
    if not isinstance(item, Scalar) or item.style:
        return
    raw = reading.text[item.start : item.end]
    if missing := ITEM_WITHOUT_SPACE.fullmatch(item.text):
        sequence.items[-1] = _split_at_colon(reading, item, missing)
    elif raw != item.text and (dash := re.search(r"\n *(- )", raw)):
        line = reading.line_at(item.start + dash.start(1))
        message = f"{quoted(line)} is indented further than the item above it, and so goes on with that text"
        reading.report(reading.problem(message, item.start + dash.start(1), len(line), "indent both alike"))
        sequence.items[-1:] = _split_at_dashes(reading, item)


def value_with_dash(reading: Reading, key: Scalar, value: Scalar) -> None:
    """Report a list that YAML joins to the text above it."""
    dash = _DASH.search(reading.text, value.start, value.end)
    if dash is None:
        return
    line = reading.line_at(dash.start() + dash.group().index("-"))
    message = f"{quoted(line)} goes on with the text above it: a list begins on a line of its own"
    first = reading.text[value.start : value.end].split("\n")[0].strip()
    hint = f"put {quoted(f'- {first}')} on a line below {quoted(f'{key.text}:')}"
    reading.report(reading.problem(message, dash.end() - len(dash.group().lstrip()), len(line), hint))
    value.reported = True


def comma_in_parentheses(reading: Reading, top: Open, value: Scalar) -> None:
    """Look for a comma inside parentheses, which ends a plain value inside [ ] and { }."""
    if value.text.count("(") <= value.text.count(")") or reading.next_at(value.end) != ",":
        return
    if value.text != reading.text[value.start : value.end]:
        # It spans lines; the parser of the piece reports the open parenthesis.
        return
    meant = reading.value_at(value.start)
    brackets = "[ ]" if isinstance(top.node, Sequence) else "{ }"
    closed = meant.count("(") == meant.count(")")
    hint = quote_hint(meant) if closed else "close the parenthesis and quote the value"
    reading.report(reading.problem(f"the comma splits {quoted(meant)} inside {brackets}", value.end, hint=hint))
    # Read it as it was meant, so that no further problem comes of the pieces.
    value.text, value.end, value.reported = meant, value.start + len(meant), True
    top.resume = value.end


def _split_at_dashes(reading: Reading, scalar: Scalar) -> list[Node]:
    """Return the intended items where one text continues over lines that begin with a dash."""
    items: list[Node] = []
    start = scalar.start
    for dash in [*_DASH.finditer(reading.text, scalar.start, scalar.end), None]:
        end = scalar.end if dash is None else dash.start()
        raw = reading.text[start:end]
        items.append(Scalar(reading.source, " ".join(raw.split()), start, start + len(raw.rstrip()), None))
        start = dash.end() if dash else end
    return items


def _split_at_colon(reading: Reading, scalar: Scalar, missing: re.Match[str]) -> Mapping:
    """Report a missing space, and return the mapping that was meant."""
    colon = scalar.start + len(missing[1])
    line = reading.text[colon + 1 : scalar.end].split("\n")[0].rstrip()
    reading.report(reading.no_space_after_colon(colon, missing[1], line))
    key = Scalar(reading.source, missing[1], scalar.start, colon, None)
    value = Scalar(reading.source, missing[2], colon + 1, scalar.end, None)
    return Mapping(reading.source, [(key, value)], scalar.start, scalar.end)
