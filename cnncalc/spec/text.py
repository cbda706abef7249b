"""YAML with places: turn a text into a tree whose scalars know where each of their characters stands.

Every value stays text; what it means is for others to say. The tree is built from parse events, never composed:
the C composer crashes the process on deep nesting and hides what is refused here (anchors, aliases, tags).
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

import yaml

from cnncalc.problem import Place, Problem, Source, quoted

SIZE_LIMIT = 1_000_000
NESTING_LIMIT = 64
NODE_LIMIT = 200_000
PROBLEM_LIMIT = 100

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_REACH = 500
"""How many characters of a line are looked at to say what is wrong with it."""

_BOM = "\ufeff"
_BREAK = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_BREAK_AND_MORE = rf"{_BREAK}(?:[ \t]|{_BREAK})*"
_FOLD = rf"[ \t]*{_BREAK_AND_MORE}"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What one character of a value is written as, by style.
_WRITTEN = {
    None: re.compile(rf"{_FOLD}|.", re.DOTALL),
    "'": re.compile(rf"{_FOLD}|''|.", re.DOTALL),
    '"': re.compile(rf"\\{_BREAK_AND_MORE}|{_FOLD}|\\x..|\\u.{{4}}|\\U.{{8}}|\\.|.", re.DOTALL),
}
_BREAKS = re.compile(_BREAK)

# `name:value` where an item or a key stands. In an item a digit may follow a colon (`pad=2:3`, arXiv:1512.03385).
_ITEM_WITHOUT_SPACE = re.compile(r"([A-Za-z_]\w*):([A-Za-z(\[].*)", re.DOTALL)
_KEY_WITHOUT_SPACE = re.compile(r"([A-Za-z_]\w*(?: [^:]*(?=:[A-Za-z(]))?):(?!//)(\S.*)", re.DOTALL)
_NUMBERS = re.compile(r"\d+(?:,\s*\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_NEXT = re.compile(r"\s*(\S?)")
_PROPERTY = re.compile(r"\S+\s*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ARROW = ("->", "→")

_SPECIAL = {
    "*": "means an alias in YAML, and aliases are not read here",
    "&": "means an anchor in YAML, and anchors are not read here",
    "!": "means a tag in YAML, and tags are not read here",
    "|": "means a block of text in YAML",
    ">": "means a block of text in YAML",
    "?": "means a key of its own in YAML, and such keys are not read here",
    "%": "is reserved in YAML",
    "@": "is reserved in YAML",
    "`": "is reserved in YAML",
}


@dataclass(slots=True, eq=False)
class Scalar:
    """A text. `start` and `end` bound it in the source, quotes included; `style` is None when plain, else ' " | >."""

    source: Source
    text: str
    start: int
    end: int
    style: str | None
    _indices: list[int] | None = field(default=None, init=False, repr=False)
    _verbatim: bool | None = field(default=None, init=False, repr=False)  # stands in the source as it is

    def place(self, offset: int = 0, length: int | None = None) -> Place:
        """Return where `length` characters of the text stand, from `offset` on; up to the end of the line at most."""
        if not self.text:
            return _place(self.source, self.start, self.end - self.start)
        stop = len(self.text) if length is None else offset + length
        first = self._index(offset)
        return _place(self.source, first, max(1, self._index(stop) - first))

    def _index(self, offset: int) -> int:
        """Return the index in the source of the character at `offset`, or of what follows the last one."""
        shift = 1 if self.style in ("'", '"') else 0
        if self._verbatim is None:
            self._verbatim = self.source.text[self.start + shift : self.end - shift] == self.text
        if self._verbatim:
            return self.start + shift + min(offset, len(self.text))
        if self._indices is None:
            # Kept, for whoever asks once asks again; only texts that are not written as they read come here.
            self._indices = self._align()
        return self._indices[min(offset, len(self.text), len(self._indices) - 1)]

    def _align(self) -> list[int]:
        """Find the source index of every character of the text, and of the end."""
        raw = self.source.text
        if self.style in ("|", ">"):
            found = [*_block_indices(raw, self.start, self.end, self.text, self.style == ">")]
            return [*found[: len(self.text)], max(self.start, len(raw[: self.end].rstrip()))]
        shift = 1 if self.style else 0
        found = []
        for written in _WRITTEN[self.style].finditer(raw, self.start + shift, self.end - shift):
            if written.end() - written.start() == 1 and written[0] not in "\n\r\x85\u2028\u2029":
                found.append(written.start())
            else:
                found.extend(_folded(written))
        return [*found[: len(self.text)], self.end - shift]


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys and their values, in the order of the text, no key twice."""

    source: Source
    pairs: list[tuple[Scalar, Node]]
    start: int
    end: int

    def place(self) -> Place:
        return _place(self.source, self.start, self.end - self.start)


@dataclass(slots=True, eq=False)
class Sequence:
    """A list; `flow` when it is written in [ ]."""

    source: Source
    items: list[Node]
    start: int
    end: int
    flow: bool

    def place(self) -> Place:
        return _place(self.source, self.start, self.end - self.start)


Node: TypeAlias = Scalar | Mapping | Sequence


def read_bytes(name: str, data: bytes) -> tuple[Source | None, list[Problem]]:
    """Decode a file's bytes into a source that `read` takes."""
    if len(data) > SIZE_LIMIT:
        return None, [_too_large(f"{len(data):,} bytes", Place(Source(name, ""), 1, 1))]
    if not data:
        return None, [Problem("E114", "the file is empty", Place(Source(name, ""), 1, 1))]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        place = Place(Source(name, ""), 1, 1)
        return None, [Problem("E114", "the file is UTF-16, not UTF-8", place, "save it as UTF-8")]
    source = Source(name, data.decode("utf-8", "replace").removeprefix(_BOM))
    nul = source.text.find("\0")
    if nul >= 0:
        return None, [Problem("E114", "not a text file: it holds a NUL byte", _place(source, nul))]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix(_BOM)
        message = f"not UTF-8: byte 0x{data[error.start]:02x} at {error.start}"
        return None, [Problem("E114", message, _place(source, len(before)), "save the file as UTF-8")]
    return source, []


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
        return None, [Problem("E101", message, _place(source, forbidden.start()), "delete it")]
    reader = _Reader(source)
    try:
        return reader.run(), reader.problems
    except _UnreadableError:
        return None, reader.problems


def _too_large(size: str, place: Place) -> Problem:
    return Problem("E112", f"{size}, more than the {SIZE_LIMIT:,} that are read", place)


def _place(source: Source, index: int, length: int = 1) -> Place:
    """Return the place of an index of the text, clipped to its line."""
    starts = source.line_starts()
    number = bisect_right(starts, index)
    end = starts[number] - 1 if number < len(starts) else len(source.text)
    if source.text[end - 1 : end] == "\r":
        end -= 1
    return Place(source, number, index - starts[number - 1] + 1, max(1, min(length, end - index)))


def _folded(written: re.Match[str]) -> Iterator[int]:
    """Yield the index of each character that an escape, a doubled quote or a run of line breaks stands for."""
    breaks = [found.start() for found in _BREAKS.finditer(written[0])]
    start = written.start()
    if not breaks:
        yield start
    elif written[0][0] == "\\":
        yield from (start + at for at in breaks[1:])
    elif written[0][breaks[0]] in "\u2028\u2029":
        yield from (start + at for at in breaks)
    elif len(breaks) == 1:
        yield start
    else:
        yield from (start + at for at in breaks[1:])


def _block_indices(raw: str, start: int, end: int, text: str, folds: bool) -> Iterator[int]:
    """Yield the index of each character of a block scalar, and perhaps of more line breaks behind it."""
    breaks = [found.start() for found in _BREAKS.finditer(raw, start, end)]
    ends = [found.end() for found in _BREAKS.finditer(raw, start, end)]
    lines = list(zip(ends, [*breaks[1:], end], strict=True))
    first = next((line for line in lines if raw[slice(*line)].strip(" ")), None)
    indent = 0
    if first:
        content = raw[slice(*first)]
        kept = text.lstrip("\n")
        indent = len(content) - len(content.lstrip(" ")) - (len(kept) - len(kept.lstrip(" ")))
    pending: list[int] = []
    before_blank = True
    for at, stop in lines:
        at = min(at + indent, stop)
        if at == stop:
            pending.append(stop)
            continue
        blank = raw[at] in " \t"
        joins = folds and not before_blank and not blank and raw[pending[0]] not in "\u2028\u2029"
        yield from pending[:1] if joins and len(pending) == 1 else pending[1 if joins else 0 :]
        yield from range(at, stop)
        pending = [stop]
        before_blank = blank
    yield from pending


def _quote_hint(value: str) -> str:
    if len(value) > 60 or not value.isprintable():
        return "quote the whole value"
    if "'" in value and not {'"', "\\"} & {*value}:
        return f'quote it: "{value}"'
    return "quote it: '" + value.replace("'", "''") + "'"


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


class _Reader:
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
            found = _Diagnosis(self, error).problem()
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
        self.problems.append(Problem("E112", message, _place(self.source, index)))
        raise _UnreadableError

    # Events

    def document(self, event: yaml.DocumentStartEvent) -> None:
        if event.version or event.tags:
            self.report(self.directive(self.span(event)[0]))

    def alias(self, event: yaml.AliasEvent) -> None:
        start, end = self.span(event)
        self.report(self.special(start))
        self.add(Scalar(self.source, self.text[start + 1 : end], start + 1, end, None))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        start, end = self.span(event)
        if event.anchor is not None or event.tag is not None:
            start = self.properties(start, end)
        node = Scalar(self.source, event.value, start, end, event.style or None)
        if node.style == '"' and (control := _FORBIDDEN.search(node.text)):
            message = f"the escape makes the character U+{ord(control[0]):04X}, which may not stand in a text"
            self.report(Problem("E101", message, node.place(control.start(), 1), "leave it out"))
        self.add(node)

    def open(self, event: yaml.CollectionStartEvent) -> None:
        start, end = self.span(event)
        if event.anchor is not None or event.tag is not None:
            start = self.properties(start, end)
        if len(self.stack) == NESTING_LIMIT:
            self.stop(f"nested more than {NESTING_LIMIT} levels deep", start)
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
            top.kept = False
            message = "'<<' means a merge in YAML, and merges are not read here"
            self.report(self.problem(message, key.start, 2, "write the entries out"))
        elif (first := top.keys.setdefault(key.text, key)) is not key:
            top.kept = False
            there = first.place()
            message = f"key {quoted(key.text)} stands twice, first at {there.line}:{there.column}"
            self.report(Problem("E102", message, key.place()))

    def check_root(self, root: Node) -> Node:
        """Look for what was meant as a mapping or a list, but is all one text."""
        if not isinstance(root, Scalar) or root.style:
            return root
        if root.text.startswith("-") and not root.text.startswith(_ARROW):
            self.report(self.no_space_after_dash(root.start))
        elif missing := _KEY_WITHOUT_SPACE.fullmatch(root.text):
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
        if missing := _ITEM_WITHOUT_SPACE.fullmatch(item.text):
            sequence.items[-1] = self.split_at_colon(item, missing)
        elif raw != item.text and (dash := re.search(r"\n *(- )", raw)):
            line = self.line_at(item.start + dash.start(1))
            message = f"{quoted(line)} is indented further than the item above it, and so goes on with that text"
            self.report(self.problem(message, item.start + dash.start(1), len(line), "indent both alike"))

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
        hint = _quote_hint(value) if closed else "close the parenthesis and quote the value"
        self.report(self.problem(f"the comma splits {quoted(value)} inside {brackets}", node.end, hint=hint))
        # Read it as it was meant, so that no further problem comes of the pieces.
        node.text, node.end = value, node.start + len(value)
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
        elif missing := _KEY_WITHOUT_SPACE.fullmatch(key.text):
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
        return Problem("E101", message, _place(self.source, index, length), hint)

    def special(self, index: int, hint: str | None = None) -> Problem:
        """Say what a character at the start of a value means in YAML."""
        character = self.text[index]
        value = self.value_at(index)
        message = f"'{character}' at the start of a value {_SPECIAL[character]}"
        return self.problem(message, index, len(value), hint or _quote_hint(value))

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
        found = _NEXT.match(self.text, index)
        return found[1] if found else ""

    def value_at(self, index: int) -> str:
        """Return what was probably meant as one value: the rest of the line, inside [ ] and { } up to its own end."""
        line = self.line_at(index)
        if not (self.stack and self.stack[-1].flow):
            return line
        awaited: list[str] = []
        for at, character in enumerate(line):
            if character in _CLOSING:
                awaited.append(_CLOSING[character])
            elif awaited and character == awaited[-1]:
                awaited.pop()
            elif character in ")]}" or (character == "," and not awaited):
                return line[:at].rstrip()
        return line


class _Diagnosis:
    """What a person probably did when the YAML parser gives up.

    Each method knows one way to go wrong and returns None when it was another.
    """

    def __init__(self, reader: _Reader, error: yaml.MarkedYAMLError) -> None:
        self.reader = reader
        self.text = reader.text
        self.what = (error.problem or "").replace("\n", " ").lower()
        self.context = error.context or ""
        self.scans = isinstance(error, yaml.scanner.ScannerError)
        self.at = error.problem_mark.index + reader.shift if error.problem_mark else len(self.text)
        self.since = error.context_mark.index + reader.shift if error.context_mark else self.at
        self.character = self.text[self.at : self.at + 1]
        self.recent = reader.recent
        self.top = reader.stack[-1] if reader.stack else None

    def problem(self) -> Problem:
        ways = (
            self.quote,
            self.special,
            self.tab,
            self.arrow,
            self.key,
            self.second_colon,
            self.dash_behind_key,
            self.flow,
            self.behind_closing,
            self.document,
            self.block,
        )
        return next(filter(None, (way() for way in ways)), None) or self.make(self.what, self.at)

    def make(self, message: str, index: int, length: int = 1, hint: str | None = None) -> Problem:
        # The end of the text is the end of its last line that is not empty.
        return self.reader.problem(message, min(index, len(self.text.rstrip())), length, hint)

    def quote(self) -> Problem | None:
        if "quote" not in self.context:
            return None
        mark = self.text[self.since : self.since + 1]
        if "escape character" in self.what:
            backslash = self.text.rindex("\\", self.since, self.at + 1)
            escape = self.text[backslash : backslash + 2]
            hint = "write two backslashes, or use single quotes"
            return self.make(f"{quoted(escape)} is no escape in double quotes", backslash, 2, hint)
        if "end of stream" in self.what or "document" in self.what:
            hint = "close it, or put the text in double quotes if this is an apostrophe" if mark == "'" else "close it"
            return self.make(f"the quote {mark} that opens here is never closed", self.since, hint=hint)
        return None

    def special(self) -> Problem | None:
        if self.character == "%" and self.column(self.at) == 0:
            return self.reader.directive(self.at)
        if "directive" in self.context:
            return self.reader.directive(self.since)
        begins = (
            (self.scans and "simple key" not in self.context)
            or "tag" in self.what
            or (self.character == "?" and "flow node" in self.context)
        )
        for index in (self.since, self.at) if begins else ():
            if self.text[index : index + 1] in {*_SPECIAL}:
                return self.reader.special(index)
        return None

    def tab(self) -> Problem | None:
        if not self.scans or self.character != "\t":
            return None
        if self.first_in_line(self.at):
            return self.make("a tab in the indentation", self.at, hint="indent with spaces")
        return self.make("a tab where YAML wants a space", self.at, hint="write a space")

    def arrow(self) -> Problem | None:
        """Handle a chain that goes on where there is none."""
        index = self.since if "simple key" in self.context else self.at
        rest = self.reader.value_at(index)
        if not rest.startswith(_ARROW):
            return None
        step = rest.lstrip("->→ ")
        item = quoted(f"- {step}")
        if closing := self.closing():
            around = "put the quotes around the whole chain"
            hint = around if closing.startswith("quote") else f"write it as the next item: {item}"
            return self.make(f"{quoted(rest)} cannot follow the closing {closing}", index, len(rest), hint)
        hint = f"indent it further than the chain it goes on with, or write it as an item: {item}"
        return self.make(f"{quoted(rest)} goes on with no chain", index, len(rest), hint)

    def key(self) -> Problem | None:
        """Handle a line among keys that is none."""
        if "simple key" not in self.context:
            return None
        return self.no_key(self.since)

    def no_key(self, index: int) -> Problem:
        line = self.reader.line_at(index)
        if line.startswith("-"):
            return self.reader.no_space_after_dash(index)
        if missing := _KEY_WITHOUT_SPACE.match(line):
            return self.reader.no_space_after_colon(index + len(missing[1]), missing[1], missing[2])
        return self.make(
            f"{quoted(line)} is no 'key: value'", index, len(line), "write a colon and a space after the key"
        )

    def second_colon(self) -> Problem | None:
        """Handle a colon that makes a key where none can stand."""
        recent = self.recent
        if "mapping values are not allowed" not in self.what or not recent or self.text[recent.end : self.at].strip():
            return None
        if not self.spans_lines(recent):
            return self.colon_in_value(recent)
        if not isinstance(recent, Scalar) or recent.style:
            return None
        first = self.reader.line_at(recent.start)
        key = self.text[self.line_start(self.at) : self.at].strip()
        at = self.at - len(key)
        if self.first_in_line(recent.start) or _ITEM_WITHOUT_SPACE.match(first):
            return self.no_key(recent.start)
        if self.top and isinstance(self.top.node, Mapping) and self.top.node.pairs:
            above = quoted(self.top.node.pairs[-1][0].text)
            message = f"{quoted(key)} is indented further than {above}, which has the value {quoted(first)}"
            return self.make(message, at, len(key), "indent both alike")
        message = f"{quoted(f'{key}:')} cannot stand under {quoted(first)} in one item"
        return self.make(message, at, len(key), "begin a new item with '- '")

    def colon_in_value(self, node: Node) -> Problem:
        while isinstance(node, Mapping) and node.pairs and not self.opens(node.start):
            node = node.pairs[-1][1]
        value = self.reader.value_at(node.start)
        key = self.text[node.start : node.end]
        hint = "put it on a line of its own" if value == f"{key}:" else _quote_hint(value)
        return self.make(f"the colon in {quoted(value)} makes {quoted(key)} a key inside a value", self.at, hint=hint)

    def dash_behind_key(self) -> Problem | None:
        if "sequence entries are not allowed" not in self.what:
            return None
        line = self.reader.line_at(self.at)
        return self.make(f"a list cannot begin behind a key: {quoted(line)}", self.at, hint="begin it on the next line")

    def flow(self) -> Problem | None:
        """Handle what goes wrong inside [ ] and { }."""
        opened = next((o.node.start for o in reversed(self.reader.stack) if o.flow and self.opens(o.node.start)), None)
        if "flow" not in self.context or opened is None:
            return None
        mark = self.text[opened]
        closing = _CLOSING[mark]
        brackets = f"{mark} {closing}"
        if not self.character:
            return self.make(f"'{mark}' is never closed", opened, hint=f"add '{closing}'")
        if self.character in "]}":
            return self.make(f"'{mark}' is closed by '{self.character}'", self.at, hint=f"write '{closing}'")
        if self.character == "-" and "flow node" in self.context:
            return self.make(f"'- ' cannot begin an item inside {brackets}", self.at, hint="put commas between items")
        recent = self.recent if self.recent and self.recent.start > opened else None
        begins = self.at
        if self.character == ":" and recent and self.spans_lines(recent):
            line = self.line_start(self.at)
            begins = line + len(self.text[line:]) - len(self.text[line:].lstrip())
        if self.first_in_line(begins) and self.character != ",":
            if self.column(begins) <= self.indentation(opened):
                number = _place(self.reader.source, begins).line
                return self.make(f"'{mark}' is not closed before line {number}", opened, hint=f"add '{closing}'")
            hint = "end the line above it with ','"
            return self.make(f"no comma before {quoted(self.reader.line_at(begins))}", begins, hint=hint)
        if self.character == ",":
            return self.make(f"nothing stands before this comma inside {brackets}", self.at, hint="leave it out")
        if self.character == ":":
            return self.colon_in_value(recent) if recent else self.make("no key before this colon", self.at)
        if isinstance(recent, Scalar) and recent.style is None:
            value = self.reader.value_at(recent.start)
            message = f"'{self.character}' ends the text {quoted(recent.text)} inside {brackets}"
            return self.make(message, self.at, hint=_quote_hint(value))
        return None

    def behind_closing(self) -> Problem | None:
        """Handle text that follows a closing bracket or quote."""
        recent, closing = self.recent, self.closing()
        if not recent or not closing or "\n" in self.text[recent.end : self.at]:
            return None
        if self.character in ("]", "}"):
            return self.make(f"'{self.character}' closes nothing", self.at, hint="leave it out")
        if not closing.startswith("quote"):
            inside = self.top is not None and self.top.flow
            hint = "put a comma before it, or quote" if inside else "begin a new line, or quote"
            hint += " the whole value"
        elif self.spans_lines(recent):
            closes = _place(self.reader.source, recent.end - 1)
            message = (
                f"the quote {self.text[recent.start]} that opens here is closed only at {closes.line}:{closes.column}"
            )
            return self.make(message, recent.start, hint="close it in its own line")
        elif self.at == recent.end and self.text[self.at - 1] == "'":
            hint = "write '' for an apostrophe inside single quotes"
        else:
            hint = "put the quotes around the whole value"
        rest = self.reader.value_at(self.at)
        return self.make(f"{quoted(rest)} cannot follow the closing {closing}", self.at, len(rest), hint)

    def closing(self) -> str | None:
        """Say which bracket or quote the last node ended with, if any, and whose value that is."""
        recent = self.recent
        if isinstance(recent, Scalar) and recent.style in ("'", '"'):
            closing = "quote"
        elif recent and self.reader.recent_flow and self.text[recent.end - 1] in "]}":
            closing = self.text[recent.end - 1]
        else:
            return None
        if self.top and isinstance(self.top.node, Mapping) and self.top.node.pairs:
            closing += f" of {quoted(self.top.node.pairs[-1][0].text)}"
        return closing

    def document(self) -> Problem | None:
        """Handle what follows the end of the whole tree."""
        if "document start" not in self.what:
            return None
        after = _NEXT.match(self.text, self.reader.seen)
        at = after.start(1) if after else self.at
        line = self.reader.line_at(at)
        if line.startswith("%"):
            return self.reader.directive(at)
        if self.text[: self.reader.seen].endswith("..."):
            return self.reader.second_document(at)
        root = self.reader.root
        if root and self.column(at) < self.column(root.start):
            hint = "indent all keys alike"
            return self.make(f"{quoted(line)} is indented less than the first line", at, len(line), hint)
        return None

    def block(self) -> Problem | None:
        """Handle a line that does not fit into the block it stands in."""
        line = self.reader.line_at(self.at)
        if "block node" in self.context and self.character in (",", "]", "}"):
            return self.make(f"'{self.character}' cannot begin a value", self.at, hint=_quote_hint(line))
        if "block" not in self.context or not self.first_in_line(self.at):
            return None
        if self.character == ":":
            return self.make("no key before this colon", self.at)
        column, outer = self.column(self.at), self.column(self.since)
        if column == outer and "mapping" in self.context and self.character == "-":
            hint = "indent it under the key it belongs to"
            return self.make(f"{quoted(line)} is a list item among keys", self.at, len(line), hint)
        if column == outer and "mapping" not in self.context:
            hint = "begin it with '- ', or indent it like the key it belongs beside"
            return self.make(f"{quoted(line)} stands among list items", self.at, len(line), hint)
        if column == outer:
            return None
        fits = {outer}
        if self.recent and not isinstance(self.recent, Scalar) and not self.reader.recent_flow:
            fits.add(self.column(self.recent.start))
        columns = " or ".join(map(str, sorted(fits)))
        message = f"{quoted(line)} is indented by {column}, the lines above it by {columns}"
        return self.make(message, self.at, len(line), f"indent it by {columns}")

    # The text around

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def column(self, index: int) -> int:
        return index - self.line_start(index)

    def indentation(self, index: int) -> int:
        """Return by how much the line of an index is indented."""
        line = self.text[self.line_start(index) : index]
        return len(line) - len(line.lstrip(" "))

    def first_in_line(self, index: int) -> bool:
        return not self.text[self.line_start(index) : index].strip(" \t")

    def spans_lines(self, node: Node) -> bool:
        return "\n" in self.text[node.start : node.end]

    def opens(self, index: int) -> bool:
        return self.text[index : index + 1] in ("[", "{")
