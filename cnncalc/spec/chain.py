"""The grammar of chains: `conv 96 11x11 stride=4 -> relu -> 55x55x96`, read into steps with places.

chain   = step { "->" step }
step    = shape | [ count "*" ] call | [ count "*" ] "(" chain ")" | "use" PATH | "again" PATH
        | ("add" | "concat" | "mul" | "sub") { PATH }
call    = name { argument }
PATH    = name { "." name }, or an expression for one or several: levels[0], [p3, p4]
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import NoReturn, TypeAlias

from cnncalc.layers import FRAMEWORK_KINDS, KINDS, SYNONYMS
from cnncalc.layers.absent import instead_of
from cnncalc.problem import quoted
from cnncalc.record import Record
from cnncalc.spec.expression import Below, ExpressionError, Index, ListOf, Literal, SizeOf, Tree
from cnncalc.spec.parse import LISTED, closing, parse, parse_shape, parse_size, parse_value

MERGES = ("add", "concat", "mul", "sub")
DEEPEST = 64
LONGEST_REMEDY = 60
"""Characters of a step that are written again to say how it should be."""


class ChainError(ExpressionError):
    """Something wrong in a chain; `start` counts from the chain's first character."""


class Part(Record):
    """A tree and where its text starts in the chain."""

    tree: Tree
    start: int
    length: int


class Argument(Record):
    """`value` or `field=value`; `start` is the value's, `name_start` the whole argument's."""

    field: str | None
    value: Part
    name_start: int


class Check(Record):
    """A shape that must be the volume here."""

    size: SizeOf
    start: int
    length: int


class Call(Record):
    """A kind, a block, or a name bound to one, with its arguments."""

    name: str
    arguments: tuple[Argument, ...]
    start: int
    length: int


class Counted(Record):
    """Steps to walk `count` times: one call, or a chain in brackets."""

    count: Part
    steps: tuple[Step, ...]
    start: int
    length: int


class Written(Record):
    """A name or path in a chain; with a tree the expression of one or of several: levels[0], [p3, p4]."""

    name: str
    start: int
    tree: Tree | None = None


class Use(Record):
    """Go on from an earlier result; or from a list of them, which the merge behind it combines."""

    path: Written
    start: int
    length: int


class Again(Record):
    """The named layers again, with the same weights."""

    path: Written
    start: int
    length: int


class MergeWith(Record):
    """Merge this volume with earlier results; without names, those of the list that a `use` before it names."""

    kind: str
    names: tuple[Written, ...]
    start: int
    length: int


Step: TypeAlias = Check | Call | Counted | Use | Again | MergeWith


@lru_cache(maxsize=20_000)
def parse_chain(source: str) -> tuple[Step, ...]:
    """Read a chain; raises ChainError or ExpressionError with places counted in the chain."""
    reader = _Reader(source)
    steps = reader.chain(0)
    if reader.at < reader.end:
        reader.refuse(f"{quoted(source[reader.at])} closes nothing", reader.at, 1)
    return steps


_SPACE = re.compile(r"[\s\u00a0]*")
_ARROW = re.compile(r"->|→")
_COUNT = re.compile(r"(\d+|\?|[^\W\d_]\w*(?:\[[^\[\]]*\])?)[\s\u00a0]*\*")
_COUNT_BEHIND = re.compile(r"\*[\s\u00a0]*(\d+)[\s\u00a0]*(?:$|->|→|\))")
_LISTED = re.compile(rf"(?:{LISTED.pattern})(?=\s*(?:->|→|$))")
_PLAIN = re.compile(r"(?:[^\s()\[\]→-]|-(?!>))+")
_NAME = re.compile(r"[^\W\d_]\w*")
_PATH = re.compile(r"\w+(?:\.\w+)*")
_FIELD = re.compile(r"([^\W\d]\w*)=(?!=)")
_JOINT = re.compile(r"[-=—–]+>|[—–|;&]|>>|,")
_SIZED = re.compile(r"\d+|[xX×]")
_OPERATORS = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not")
_COMMENT = re.compile(r"[\s\u00a0]#")


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        comment = _COMMENT.search(source)
        self.end = comment.start() if comment else len(source)
        while self.end and source[self.end - 1].isspace():
            self.end -= 1
        self.at = 0

    def refuse(self, message: str, start: int, length: int, hint: str | None = None, code: str = "E106") -> NoReturn:
        raise ChainError(code, message, start, max(length, 1), hint)

    def skip(self) -> None:
        match = _SPACE.match(self.source, self.at, self.end)
        self.at = match.end() if match else self.at

    def arrow(self) -> int:
        """Return the length of an arrow at this position, or 0."""
        match = _ARROW.match(self.source, self.at, self.end)
        return len(match.group()) if match else 0

    def chain(self, depth: int) -> tuple[Step, ...]:
        if depth > DEEPEST:
            self.refuse(f"brackets are nested deeper than {DEEPEST}", self.at, 1, code="E112")
        steps: list[Step] = []
        while True:
            self.skip()
            if self.at == self.end or self.source[self.at] == ")" or self.arrow():
                if self.at == self.end and not steps:
                    self.refuse("a step is missing here", max(self.at - 1, 0), 1)
                if self.arrow():
                    self.refuse("a step is missing before the arrow", self.at, self.arrow())
                last = "after the last arrow" if steps else "in the brackets"
                self.refuse(f"a step is missing {last}", max(self.at - 1, 0), 1)
            steps.extend(self.step(depth, steps[-1] if steps else None))
            self.skip()
            width = self.arrow()
            if not width:
                return tuple(steps)
            self.at += width

    def step(self, depth: int, before: Step | None) -> tuple[Step, ...]:
        """Read one step behind another; a chain in brackets without a count is simply its steps."""
        start = self.at
        if listed := _LISTED.match(self.source, start, self.end):
            size = self.part(listed.group(), start, parse_shape).tree
            assert isinstance(size, SizeOf)
            self.at = listed.end()
            return (Check(size, start, len(listed.group())),)
        count = self.count()
        self.skip()
        end = self.bracket()
        steps = (self.single(before, start),) if end is None else self.group(end, depth)
        if count is None:
            return steps
        if end is None and not isinstance(steps[0], Call):
            hint = "a shape is a check, and checking once is enough" if isinstance(steps[0], Check) else None
            self.refuse("a count goes with a layer, a block or a bracket", start, self.at - start, hint)
        last = steps[-1].start + steps[-1].length + (end is not None)
        return (Counted(count, steps, start, last - start),)

    def bracket(self) -> int | None:
        """Return where the bracket closes that opens a group here; None when none does."""
        if self.at == self.end or self.source[self.at] != "(":
            return None
        end = closing(self.source, self.at, self.end)
        if end is None:
            self.refuse("this bracket is never closed", self.at, 1)
        return None if self.source[end + 1 : end + 2] in ("x", "×") else end

    def single(self, before: Step | None, start: int) -> Step:
        words = self.words()
        if not words:
            written = self.source[start : self.at].strip()
            self.refuse(f"a step is missing after {quoted(written)}", start, len(written))
        head = words[0]
        if len(words) > 1 and words[1].name == "*" and head.name[0].isdigit():
            hint = "floor, ceil or round it in brackets, as in `(floor(n/2)) * relu`"
            self.refuse(f"a count is whole, not {head.name}", head.start, len(head.name), hint)
        if len(words) > 1:
            self.refuse_spaced_size(words, 1)
        length = words[-1].start + len(words[-1].name) - head.start
        if head.name in ("use", "again"):
            return self.reference(head, words, before is None, length)
        if head.name in MERGES:
            return self.merge(head, words, length, alone=isinstance(before, Use))
        size = self.tried_size(head)
        if size is not None:
            if len(words) > 2 and words[1].name in ("x", "×", "X") and head.name.isdigit():
                written = f"{head.name} * {self.source[words[2].start : words[-1].start + len(words[-1].name)]}"
                hint = (
                    f"write `{written}`" if len(written) <= LONGEST_REMEDY else f"write {head.name} * before the step"
                )
                self.refuse("a count is written with *", words[1].start, 1, hint)
            if len(words) > 1:
                message = f"{quoted(head.name)} is a shape and stands alone"
                kind = KINDS.get(words[1].name) or SYNONYMS.get(words[1].name)
                first = kind is not None and head.name.isdigit() and next(iter(kind.fields), "") == "out"
                written = " ".join((words[1].name, head.name, *(word.name for word in words[2:])))
                hint = f"the kind comes first: {written}" if first else "put -> after the shape"
                self.refuse(message, words[1].start, len(words[1].name), hint)
            return Check(size, head.start, length)
        if not _NAME.fullmatch(head.name):
            self.bad_head(head)
        arguments = tuple(self.argument(words, i) for i in range(1, len(words)))
        return Call(head.name, arguments, head.start, length)

    def count(self) -> Part | None:
        """Read `count *` if it is at this position."""
        start = self.at
        if self.source.startswith("(", start):
            end = closing(self.source, start, self.end)
            after = _SPACE.match(self.source, (end or 0) + 1, self.end)
            if end is None or after is None or not self.source.startswith("*", after.end()) or after.end() >= self.end:
                return None
            if behind := _COUNT_BEHIND.match(self.source, after.end(), self.end):
                hint = f"write {behind[1]} * {quoted(self.source[start : end + 1])[1:-1]}"
                self.refuse("a count comes before the bracket", after.end(), behind.end(1) - after.end(), hint)
            part = self.part(self.source[start + 1 : end], start + 1, parse)
            self.at = after.end() + 1
            return part
        match = _COUNT.match(self.source, start, self.end)
        if match is None:
            return None
        self.at = match.end()
        return self.part(match.group(1), start, parse_value)

    def group(self, end: int, depth: int) -> tuple[Step, ...]:
        self.at += 1
        steps = self.chain(depth + 1)
        if self.at != end:
            self.refuse(f"{quoted(self.source[self.at])} is not expected here", self.at, 1)
        self.at = end + 1
        self.skip()
        if self.at < self.end and not self.arrow() and self.source[self.at] != ")":
            self.refuse("an arrow is missing after the bracket", self.at, 1)
        return steps

    def words(self) -> list[Written]:
        """Read the words of a call up to the next arrow, closing bracket or end."""
        words: list[Written] = []
        while True:
            self.skip()
            if self.at >= self.end or self.arrow():
                return words
            start = self.at
            if self.source[start] == ")":
                return words
            while self.at < self.end:
                if self.source[self.at] in "([":
                    end = closing(self.source, self.at, self.end)
                    if end is None:
                        self.refuse("this bracket is never closed", self.at, 1)
                    self.at = end + 1
                elif plain := _PLAIN.match(self.source, self.at, self.end):
                    self.at = plain.end()
                else:
                    break
            if self.at == start:
                self.refuse(f"{quoted(self.source[start])} closes nothing", start, 1)
            words.append(Written(self.source[start : self.at], start))

    def part(self, text: str, start: int, read: object = parse_value) -> Part:
        try:
            return Part(read(text), start, len(text))  # type: ignore[operator]
        except ExpressionError as error:
            raise ChainError(error.code, error.message, start + error.start, error.length, error.hint) from None

    def tried_size(self, head: Written) -> SizeOf | None:
        try:
            size = parse_size(head.name)
        except ExpressionError as error:
            raise ChainError(error.code, error.message, head.start + error.start, error.length, error.hint) from None
        if size is None or (len(size.parts) == 1 and not isinstance(size.parts[0], Literal) and head.name not in "_?"):
            return None
        return size

    def argument(self, words: list[Written], index: int) -> Argument:
        word = words[index]
        if _JOINT.fullmatch(word.name):
            self.refuse(f"steps are joined by ->, not by {quoted(word.name)}", word.start, len(word.name), "write ->")
        if word.name.startswith("=") and word.name != "==":
            value = word.name[1:] or (words[index + 1].name if index + 1 < len(words) else "…")
            hint = f"write {words[index - 1].name}={value}"
            self.refuse("spaces around = are not possible", word.start, 1, hint)
        self.refuse_spaced_size(words, index)
        if word.name in _OPERATORS:
            hint = "write it in one word, or in ( )"
            if word.name == "*" and index + 2 == len(words) and words[index + 1].name.isdigit():
                hint = f"a count comes first, as in `{words[index + 1].name} * {words[0].name} …`"
            if word.name == "+" and index + 2 == len(words) and _PATH.fullmatch(words[index + 1].name):
                hint = f"write it in one word, or `-> add {words[index + 1].name}` to add an earlier result"
            self.refuse("a space ends an argument, except in brackets", word.start, len(word.name), hint)
        match = _FIELD.match(word.name)
        if match is None:
            if word.name.endswith(","):
                written = " ".join(each.name.rstrip(",") for each in words)
                behind = words[index + 1].name if index + 1 < len(words) else ""
                if behind in KINDS or behind in SYNONYMS:
                    written = " ".join([*(each.name.rstrip(",") for each in words[: index + 1]), "->", behind])
                hint = f"write `{written}`" if len(written) <= LONGEST_REMEDY else "leave the comma out"
                self.refuse("arguments stand apart by spaces, not commas", word.start + len(word.name) - 1, 1, hint)
            return Argument(None, self.part(word.name, word.start), word.start)
        if match.end() == len(word.name):
            value = words[index + 1].name if index + 1 < len(words) else "…"
            hint = f"write {match.group(1)}={value}"
            self.refuse(f"{match.group(1)} has no value", word.start, len(word.name), hint)
        value = word.name[match.end() :]
        return Argument(match.group(1), self.part(value, word.start + match.end()), word.start)

    def reference(self, head: Written, words: list[Written], first: bool, length: int) -> Step:
        if len(words) != 2:
            hint = f"as in `{head.name} conv1`"
            names = [word.name.rstrip(",") for word in words[1:]]
            if head.name == "use" and len(names) > 1 and all(map(_PATH.fullmatch, names)):
                hint = f"several are written as a list, which a merge follows: `use [{', '.join(names)}] -> add`"
            self.refuse(f"{head.name} takes one name, not {len(words) - 1}", head.start, length, hint)
        if head.name == "use":
            if not first:
                self.refuse("use stands first in a chain", head.start, length, "begin a new item with it")
            return Use(self.path(words[1]), head.start, length)
        return Again(self.path(words[1]), head.start, length)

    def merge(self, head: Written, words: list[Written], length: int, *, alone: bool) -> Step:
        """Read a merge; `alone`: whether it may stand without names, behind a list."""
        if len(words) == 1 and not alone:
            hint = f"as in `{head.name} input`"
            self.refuse(f"{head.name} needs the name of an earlier result", head.start, length, hint)
        if not all(_PATH.fullmatch(word.name) for word in words):
            layer = next((word for word in words[2:] if word.name in KINDS), None)
            if layer is not None:
                message = f"{head.name} takes names of results, and {layer.name} is a layer"
                self.refuse(message, layer.start, len(layer.name), f"an arrow is missing before {layer.name}")
        return MergeWith(head.name, tuple(self.path(word) for word in words[1:]), head.start, length)

    def path(self, word: Written) -> Written:
        if not _PATH.fullmatch(word.name):
            if "]" in word.name and "=" not in word.name:
                tree = self.part(word.name, word.start, parse).tree
                if isinstance(tree, (ListOf, Index, Below)):
                    return Written(word.name, word.start, tree)
            hint = "channels are joined, so there is no axis to give" if "=" in word.name else None
            if word.name.startswith("("):
                hint = "names stand apart by spaces, without brackets"
            self.refuse(f"{quoted(word.name)} is no name of a result", word.start, len(word.name), hint)
        return word

    def refuse_spaced_size(self, words: list[Written], index: int) -> None:
        """Refuse `3 x 3`, whose second word is at `index`."""
        if words[index].name not in ("x", "×", "X"):
            return
        number, _, *rest = (word.name for word in words[index - 1 :])
        if number.isdigit() and rest and rest[0].isdigit():
            whole = "".join(takewhile(_SIZED.fullmatch, (number, "x", *rest))).replace("X", "x")
            self.refuse("a size is written without spaces", words[index].start, 1, f"write {whole}")

    def bad_head(self, head: Written) -> NoReturn:
        from cnncalc.spec.notations import translated

        hint = None
        call = re.match(r"(?:\w+\.)*([^\W\d_]\w*)\((.*)\)$", head.name)
        meant = translated(head.name).text if call else ""
        if call:
            kind = FRAMEWORK_KINDS.get(call[1])
            own = call[1].lower()
            usage = KINDS[kind].usage() if kind else " ".join([own, *call[2].replace(",", " ").split()])
            if kind and meant == head.name and call[2]:
                hint = f"{kind} has no such arguments: it is written `{usage}`"
            elif kind or own in KINDS or own in SYNONYMS:
                hint = f"arguments follow the name without brackets, as in `{usage}`"
            else:
                hint = instead_of(own) or f"there is no layer {quoted(call[1])}; `cnncalc layers` lists all kinds"
            if meant != head.name and len(meant) <= LONGEST_REMEDY:
                hint = f"write `{meant}`"
        elif head.name.endswith(":"):
            hint = "names stand before a chain: begin a new item with it"
        elif head.name.endswith((",", ";", "|")):
            hint = "steps are joined by ->, arguments by spaces"
        elif "=" in head.name:
            hint = "a step begins with the name of a layer"
        elif head.name[:1] in ("“", "”", "‘", "’", '"', "'") or head.name[-1:] in ("“", "”", "‘", "’"):
            hint = "leave the quotes out, or write plain ones around the whole chain"
        elif count := re.fullmatch(r"(\d+)[x×X]", head.name):
            hint = f"a count is written {count[1]} * before the step"
        elif head.name.startswith("*"):
            hint = "a count comes first, as in `2 * conv 64 3x3`"
        self.refuse(f"{quoted(head.name)} is neither a layer nor a shape", head.start, len(head.name), hint)
