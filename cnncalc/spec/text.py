"""YAML with places: turn a text into a tree whose scalars know where each of their characters stands.

Every value stays text; what it means is for others to say. The tree is built from parse events, never composed:
the C composer crashes the process on deep nesting and hides what is refused here (anchors, aliases, tags).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from cnncalc.problem import Place, Problem, Source, quoted
from cnncalc.spec.stumbles import (
    ARROW,
    CLOSING,
    ITEM_WITHOUT_SPACE,
    KEY_WITHOUT_SPACE,
    NEXT,
    SPECIAL,
    Diagnosis,
    quote_hint,
)
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, place_of

SIZE_LIMIT = 1_000_000
NESTING_LIMIT = 64
NODE_LIMIT = 200_000
PROBLEM_LIMIT = 100
TOO_DEEP = f"nested more than {NESTING_LIMIT} levels deep"

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_REACH = 500
"""How many characters of a line are looked at to say what is wrong with it."""

_BOM = "\ufeff"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_NUMBERS = re.compile(r"\d+(?:,\s*\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_DASH = re.compile(r"\n *- +")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_PROPERTY = re.compile(r"\S+\s*")


def read_bytes(name: str, data: bytes) -> tuple[Source | None, list[Problem]]:
    """Decode a file's bytes into a source that `read` takes."""
    if len(data) > SIZE_LIMIT:
        return None, [_too_large(f"{len(data):,} bytes", Place(Source(name, ""), 1, 1))]
    if not data:
        return None, [Problem("E114", "the file is empty", Place(Source(name, ""), 1, 1))]
    if encoding := _wide(data):
        place = Place(Source(name, ""), 1, 1)
        return None, [Problem("E114", f"the file is {encoding}, not UTF-8", place, "save it as UTF-8")]
    source = Source(name, data.decode("utf-8", "replace").removeprefix(_BOM))
    nul = source.text.find("\0")
    if nul >= 0:
        return None, [Problem("E114", "not a text file: it holds a NUL byte", place_of(source, nul))]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix(_BOM)
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at {error.start}"
        return None, [Problem("E114", message, place_of(source, len(before)), "save the file as UTF-8")]
    return source, []


def _wide(data: bytes) -> str:
    """Return which encoding of two or four bytes a character a text has, by its mark or its zeros; empty for none."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    zeros = (data[:200:2].count(0), data[1:200:2].count(0))
    mostly = len(data[:200]) // 3
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (max(zeros) > mostly and not min(zeros)):
        return "UTF-16"
    return ""


def read(source: Source) -> tuple[Node | None, list[Problem]]:
    """Read a text into a tree, with all problems that can be found.

    The tree is None when the text could not be read to its end; the hundredth problem is the last. What is refused but
    understood (an alias, a chain split by a comma, …) is read as it was probably meant, or left out, so that the rest
    can be checked.
    """
    if len(source.text) > SIZE_LIMIT:
        return None, [_too_large(f"{len(source.text):,} characters", Place(source, 1, 1))]
    forbidden = _FORBIDDEN.search(source.text)
    if forbidden:
        message = f"the character U+{ord(forbidden[0]):04X} may not stand in a text"
        return None, [Problem("E101", message, place_of(source, forbidden.start()), "delete it")]
    reader = Reader(source)
    try:
        return reader.run(), reader.problems
    except _UnreadableError:
        return None, reader.problems


def _too_large(size: str, place: Place) -> Problem:
    return Problem("E112", f"{size}, more than the {SIZE_LIMIT:,} that are read", place)


class _UnreadableError(Exception):
    """Reading cannot go on."""


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    flow: bool
    key: Scalar | None = None
    kept: bool = True
    """Whether the pair of the key now waiting for its value goes into the tree."""
    keys: dict[str, Scalar] = field(default_factory=dict)
    resume: int = 0
    """Whatever starts before this index is a piece of a value that has been reported as split."""


class Reader:
    """One pass over the events of a text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.shift = int(self.text.startswith(_BOM))
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.nodes = 0
        self.seen = 0
        """Where the last event ended."""
        self.recent: Node | None = None
        """The last node that was read to its end."""
        self.recent_flow = False

    def run(self) -> Node:
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.open,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }
        try:
            for event in yaml.parse(self.text[self.shift :], LOADER):
                if self.root is not None and isinstance(event, yaml.DocumentStartEvent):
                    self.report(self.second_document(self.span(event)[0]))
                    break
                handler = handlers.get(type(event))
                if handler:
                    handler(event)
                self.seen = self.span(event)[1]
        except yaml.MarkedYAMLError as error:
            if "nesting depth" in (error.problem or ""):
                # The scanner looks ahead, and gives up before the brackets come here as events.
                opened = [m.start() for m in re.finditer(r"[\[{]", self.text) if m.start() >= self.seen]
                self.stop(TOO_DEEP, [*opened, *[self.seen] * NESTING_LIMIT][NESTING_LIMIT - len(self.stack)])
            found = Diagnosis(self, error).problem()
            # The piece at which the parser gives up may have been reported already.
            if found.place not in [problem.place for problem in self.problems]:
                self.problems.append(found)
            raise _UnreadableError from error
        except ValueError as error:
            # The pure parser, on an escape beyond Unicode.
            self.report(self.problem("an escape beyond Unicode", self.seen))
            raise _UnreadableError from error
        root = self.root
        if root is None or (isinstance(root, Scalar) and root.start == root.end):
            self.report(self.problem("nothing but comments and space", 0))
            raise _UnreadableError
        return self.check_root(root)

    def report(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) == PROBLEM_LIMIT:
            raise _UnreadableError

    def stop(self, message: str, index: int) -> NoReturn:
        self.problems.append(Problem("E112", message, place_of(self.source, index)))
        raise _UnreadableError

    # Events

    def document(self, event: yaml.DocumentStartEvent) -> None:
        if event.version or event.tags:
            self.report(self.directive(self.span(event)[0]))

    def alias(self, event: yaml.AliasEvent) -> None:
        start, end = self.span(event)
        self.report(self.special(start))
        self.add(Scalar(self.source, "", start, end, None, told=True))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        start, end = self.span(event)
        told = event.anchor is not None or event.tag is not None
        if told:
            start = self.properties(start, end)
        value = "" if event.tag is not None else event.value
        node = Scalar(self.source, value, start, end, event.style or None, told)
        if node.style == '"' and (control := _FORBIDDEN.search(node.text)):
            message = f"the escape makes the character U+{ord(control[0]):04X}, which may not stand in a text"
            self.report(Problem("E101", message, node.place(control.start(), 1), "leave it out"))
        self.add(node)

    def open(self, event: yaml.CollectionStartEvent) -> None:
        start, end = self.span(event)
        if event.anchor is not None or event.tag is not None:
            start = self.properties(start, end)
        if len(self.stack) == NESTING_LIMIT:
            self.stop(TOO_DEEP, start)
        node: Mapping | Sequence
        if isinstance(event, yaml.MappingStartEvent):
            node = Mapping(self.source, [], start, end)
        else:
            node = Sequence(self.source, [], start, end, bool(event.flow_style))
        self.add(node)
        self.stack.append(_Open(node, bool(event.flow_style)))

    def close(self, event: yaml.CollectionEndEvent) -> None:
        closed = self.stack.pop()
        if isinstance(closed.node, Sequence):
            self.check_last_item(closed.node)
        if closed.flow:
            closed.node.end = self.span(event)[1]
        elif self.recent:
            # The end mark of a block stands at the next token, lines below.
            closed.node.end = self.recent.end
        self.recent, self.recent_flow = closed.node, closed.flow

    # The tree

    def add(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.stop(f"more than {NODE_LIMIT:,} values", node.start)
        if not self.stack:
            self.root = node
        else:
            top = self.stack[-1]
            if isinstance(top.node, Sequence):
                self.add_item(top, top.node, node)
            elif top.key is None:
                self.add_key(top, node)
            else:
                self.add_value(top, top.node, top.key, node)
                top.key = None
        if isinstance(node, Scalar):
            self.recent, self.recent_flow = node, False

    def add_item(self, top: _Open, sequence: Sequence, node: Node) -> None:
        if node.start < top.resume:
            return
        self.check_last_item(sequence)
        if top.flow and isinstance(node, Scalar) and node.style is None:
            self.check_split(top, node)
        sequence.items.append(node)

    def add_key(self, top: _Open, node: Node) -> None:
        self.check_explicit(top, node)
        if not isinstance(node, Scalar):
            what = "a list" if isinstance(node, Sequence) else "a mapping"
            self.report(self.problem(f"{what} cannot be a key", node.start, hint="quote it if it is meant as text"))
            raise _UnreadableError
        self.check_key(top, node)
        top.key = node

    def add_value(self, top: _Open, mapping: Mapping, key: Scalar, node: Node) -> None:
        if isinstance(node, Scalar) and node.style is None:
            if node.start == node.end:
                colon = self.text.find(":", key.end, node.start)
                if colon >= 0:
                    # The mark of a missing value stands at the next token, perhaps lines below.
                    node.start = node.end = colon + 1
                elif top.flow and top.kept:
                    self.no_value(top, mapping, key)
            elif top.flow:
                self.check_split(top, node)
            elif dash := _DASH.search(self.text, node.start, node.end):
                line = self.line_at(dash.start() + dash.group().index("-"))
                message = f"{quoted(line)} goes on with the text above it: a list begins on a line of its own"
                first = self.text[node.start : node.end].split("\n")[0].strip()
                hint = f"put {quoted(f'- {first}')} on a line below {quoted(f'{key.text}:')}"
                self.report(self.problem(message, dash.end() - len(dash.group().lstrip()), len(line), hint))
                node.told = True
        if top.kept:
            mapping.pairs.append((key, node))

    # What is refused though YAML reads it

    def check_explicit(self, top: _Open, key: Node) -> None:
        first = not top.keys
        since = top.node.start if first else self.seen
        if self.text.find("?", since, key.start) < 0:
            return
        if first and key.start > since and self.text[since] == "?":
            mark = since
        elif _COMMENT.sub("", self.text[since : key.start]).rstrip().endswith("?"):
            mark = self.text.rindex("?", since, key.start)
        else:
            return
        hint = "leave the '?' out" if self.next_at(key.end) == ":" else None
        self.report(self.special(mark, hint))
        raise _UnreadableError

    def check_key(self, top: _Open, key: Scalar) -> None:
        top.kept = key.start >= top.resume
        if not top.kept:
            return
        if key.text == "<<" and key.style is None:
            self.leave_out(top)
            message = "'<<' means a merge in YAML, and merges are not read here"
            self.report(self.problem(message, key.start, 2, "write the entries out"))
        elif (first := top.keys.setdefault(key.text, key)) is not key:
            self.leave_out(top)
            there = first.place()
            message = f"key {quoted(key.text)} stands twice, first at {there.line}:{there.column}"
            is_input = key.text == "input" and len(self.stack) == 1
            hint = "several inputs are written `inputs: {left: …, right: …}`" if is_input else "keep one of them"
            self.report(Problem("E102", message, key.place(), hint))

    def leave_out(self, top: _Open) -> None:
        """Leave out the pair whose key has a problem."""
        top.kept = False
        if isinstance(top.node, Mapping):
            top.node.told = True

    def check_root(self, root: Node) -> Node:
        """Look for what was meant as a mapping or a list, but is all one text."""
        if not isinstance(root, Scalar) or root.style:
            return root
        if root.text.startswith("-") and not root.text.startswith(ARROW):
            self.report(self.no_space_after_dash(root.start))
        elif missing := KEY_WITHOUT_SPACE.fullmatch(root.text):
            return self.split_at_colon(root, missing)
        return root

    def check_last_item(self, sequence: Sequence) -> None:
        """Look for what was meant as `name: value`, or as an item of its own.

        An item is looked at when it is certain that the text goes on behind it without an error.
        """
        item = sequence.items[-1] if sequence.items else None
        if not isinstance(item, Scalar) or item.style:
            return
        raw = self.text[item.start : item.end]
        if missing := ITEM_WITHOUT_SPACE.fullmatch(item.text):
            sequence.items[-1] = self.split_at_colon(item, missing)
        elif raw != item.text and (dash := re.search(r"\n *(- )", raw)):
            line = self.line_at(item.start + dash.start(1))
            message = f"{quoted(line)} is indented further than the item above it, and so goes on with that text"
            self.report(self.problem(message, item.start + dash.start(1), len(line), "indent both alike"))
            sequence.items[-1:] = self.split_at_dashes(item)

    def split_at_dashes(self, scalar: Scalar) -> list[Node]:
        """Return the items that were meant where one text goes on over lines that begin with a dash."""
        items: list[Node] = []
        start = scalar.start
        for dash in [*_DASH.finditer(self.text, scalar.start, scalar.end), None]:
            end = scalar.end if dash is None else dash.start()
            raw = self.text[start:end]
            items.append(Scalar(self.source, " ".join(raw.split()), start, start + len(raw.rstrip()), None))
            start = dash.end() if dash else end
        return items

    def split_at_colon(self, scalar: Scalar, missing: re.Match[str]) -> Mapping:
        """Report a missing space, and return the mapping that was meant."""
        colon = scalar.start + len(missing[1])
        line = self.text[colon + 1 : scalar.end].split("\n")[0].rstrip()
        self.report(self.no_space_after_colon(colon, missing[1], line))
        key = Scalar(self.source, missing[1], scalar.start, colon, None)
        value = Scalar(self.source, missing[2], colon + 1, scalar.end, None)
        return Mapping(self.source, [(key, value)], scalar.start, scalar.end)

    def check_split(self, top: _Open, node: Scalar) -> None:
        """Look for a comma inside parentheses, which ends a plain value inside [ ] and { }."""
        if node.text.count("(") <= node.text.count(")") or self.next_at(node.end) != ",":
            return
        if node.text != self.text[node.start : node.end]:
            # It spans lines; whoever reads the piece finds the parenthesis open.
            return
        value = self.value_at(node.start)
        brackets = "[ ]" if isinstance(top.node, Sequence) else "{ }"
        closed = value.count("(") == value.count(")")
        hint = quote_hint(value) if closed else "close the parenthesis and quote the value"
        self.report(self.problem(f"the comma splits {quoted(value)} inside {brackets}", node.end, hint=hint))
        # Read it as it was meant, so that no further problem comes of the pieces.
        node.text, node.end, node.told = value, node.start + len(value), True
        top.resume = node.end

    def no_value(self, top: _Open, mapping: Mapping, key: Scalar) -> None:
        """Report a key inside { } that has no colon."""
        top.kept = False
        before = mapping.pairs[-1][1] if mapping.pairs else None
        numbers = None
        if isinstance(before, Scalar) and before.text.isdigit() and key.text.isdigit():
            numbers = _NUMBERS.match(self.text, before.start)
        if before and numbers and numbers.end() >= key.end:
            top.resume = numbers.end()
            hint = f"write a list: [{numbers[0]}]"
            if _THOUSANDS.fullmatch(numbers[0]):
                hint = f"write {numbers[0].replace(',', '_')}, or [{numbers[0]}] for a list"
            message = f"the commas split {quoted(numbers[0])} inside {{ }}"
            self.report(self.problem(message, before.start, len(numbers[0]), hint))
        elif missing := KEY_WITHOUT_SPACE.fullmatch(key.text):
            mapping.pairs.extend(self.split_at_colon(key, missing).pairs)
        else:
            message = f"{quoted(key.text)} has no value inside {{ }}"
            self.report(Problem("E101", message, key.place(), "write 'name: value', or [ ] for a list"))

    def properties(self, start: int, end: int) -> int:
        """Report the anchor and the tag before a node, and return where the node itself starts."""
        while start < end and self.text[start] in "&!":
            self.report(self.special(start))
            written = _PROPERTY.match(self.text, start)
            start = min(end, written.end()) if written else end
        return start

    # Problems that are found in more than one way

    def problem(self, message: str, index: int, length: int = 1, hint: str | None = None) -> Problem:
        return Problem("E101", message, place_of(self.source, index, length), hint)

    def special(self, index: int, hint: str | None = None) -> Problem:
        """Say what a character at the start of a value means in YAML."""
        character = self.text[index]
        value = self.value_at(index)
        message = f"'{character}' at the start of a value {SPECIAL[character]}"
        return self.problem(message, index, len(value), hint or quote_hint(value))

    def directive(self, index: int) -> Problem:
        line = self.line_at(index)
        message = f"{quoted(line)} is a YAML directive, and directives are not read here"
        return self.problem(message, index, len(line), "leave the line out")

    def second_document(self, index: int) -> Problem:
        message = "a second document begins here: a file holds one"
        return self.problem(message, index, len(self.line_at(index)), "give it a file of its own")

    def no_space_after_colon(self, colon: int, name: str, value: str) -> Problem:
        message = f"{quoted(f'{name}:{value}')} needs a space after its colon"
        return self.problem(message, colon, hint=f"write {quoted(f'{name}: {value}')}")

    def no_space_after_dash(self, index: int) -> Problem:
        line = self.line_at(index)
        message = f"{quoted(line)} needs a space after its dash"
        return self.problem(message, index, hint=f"write {quoted(f'- {line[1:]}')}")

    # The text

    def span(self, event: yaml.Event) -> tuple[int, int]:
        """Return where an event starts and ends."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        return start.index + self.shift, end.index + self.shift

    def line_at(self, index: int) -> str:
        """Return the rest of the line, without a comment."""
        line = self.text[index : index + _REACH].split("\n", 1)[0]
        return _COMMENT.sub("", line).rstrip()

    def next_at(self, index: int) -> str:
        """Return the next character that is no space, or nothing."""
        found = NEXT.match(self.text, index)
        return found[1] if found else ""

    def value_at(self, index: int) -> str:
        """Return what was probably meant as one value: the rest of the line, inside [ ] and { } up to its own end."""
        line = self.line_at(index)
        if not (self.stack and self.stack[-1].flow):
            return line
        awaited: list[str] = []
        for at, character in enumerate(line):
            if character in CLOSING:
                awaited.append(CLOSING[character])
            elif awaited and character == awaited[-1]:
                awaited.pop()
            elif character in ")]}" or (character == "," and not awaited):
                return line[:at].rstrip()
        return line
