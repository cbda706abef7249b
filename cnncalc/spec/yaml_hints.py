"""What a person probably did when the YAML parser gives up on a text."""

from __future__ import annotations

import yaml

from cnncalc.problem import Problem, quoted
from cnncalc.spec.reading import CLOSING, NEXT, SPECIAL, Reading, quote_hint
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence, place_of
from cnncalc.spec.yaml_misreadings import ARROW, ITEM_WITHOUT_SPACE, KEY_WITHOUT_SPACE


class Diagnosis:
    """What a person probably did when the YAML parser gives up.

    Each method knows one way to go wrong and returns None when it was another.
    """

    def __init__(self, reading: Reading, error: yaml.MarkedYAMLError, shift: int) -> None:
        self.reading = reading
        self.text = reading.text
        self.what = (error.problem or "").replace("\n", " ").lower()
        self.context = error.context or ""
        self.scans = isinstance(error, yaml.scanner.ScannerError)
        self.at = error.problem_mark.index + shift if error.problem_mark else len(self.text)
        self.since = error.context_mark.index + shift if error.context_mark else self.at
        self.character = self.text[self.at : self.at + 1]
        self.recent = reading.recent
        self.top = reading.stack[-1] if reading.stack else None

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
        return self.reading.problem(message, min(index, len(self.text.rstrip())), length, hint)

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
            return self.reading.directive(self.at)
        if "directive" in self.context:
            return self.reading.directive(self.since)
        begins = (
            (self.scans and "simple key" not in self.context)
            or "tag" in self.what
            or (self.character == "?" and "flow node" in self.context)
        )
        for index in (self.since, self.at) if begins else ():
            if self.text[index : index + 1] in {*SPECIAL}:
                return self.reading.special(index)
        return None

    def tab(self) -> Problem | None:
        if not self.scans or self.character != "\t":
            return None
        if self.first_in_line(self.at):
            return self.make("a tab in the indentation", self.at, hint="indent with spaces")
        return self.make("a tab where YAML wants a space", self.at, hint="write a space")

    def arrow(self) -> Problem | None:
        """Handle a continued chain where no chain begins."""
        index = self.since if "simple key" in self.context else self.at
        rest = self.reading.value_at(index)
        if not rest.startswith(ARROW):
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
        """Handle a line among keys that is not a key."""
        if "simple key" not in self.context:
            return None
        if self.text[self.since] != "-" and self.begins_like_items(self.since):
            return self.among_items(self.since)
        return self.no_key(self.since)

    def begins_like_items(self, index: int) -> bool:
        """Judge whether a line begins in the column of the items above it."""
        top = self.top
        items = top is not None and isinstance(top.node, Sequence) and not top.flow
        return items and top is not None and self.column(top.node.start) == self.column(index)

    def among_items(self, index: int) -> Problem:
        line = self.reading.line_at(index)
        hint = "begin it with '- ', or indent it like the key it belongs beside"
        return self.make(f"{quoted(line)} stands among list items", index, len(line), hint)

    def no_key(self, index: int) -> Problem:
        line = self.reading.line_at(index)
        if line.startswith("-"):
            return self.reading.no_space_after_dash(index)
        if missing := KEY_WITHOUT_SPACE.match(line):
            return self.reading.no_space_after_colon(index + len(missing[1]), missing[1], missing[2])
        return self.make(
            f"{quoted(line)} is no 'key: value'", index, len(line), "write a colon and a space after the key"
        )

    def second_colon(self) -> Problem | None:
        """Handle a colon that makes a key where a key is not allowed."""
        recent = self.recent
        if "mapping values are not allowed" not in self.what or not recent or self.text[recent.end : self.at].strip():
            return None
        if not self.spans_lines(recent):
            return self.colon_in_value(recent)
        if not isinstance(recent, Scalar) or recent.style:
            return None
        first = self.reading.line_at(recent.start)
        key = self.text[self.line_start(self.at) : self.at].strip()
        at = self.at - len(key)
        if self.first_in_line(recent.start) or ITEM_WITHOUT_SPACE.match(first):
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
        value = self.reading.value_at(node.start)
        key = self.text[node.start : node.end]
        hint = "put it on a line of its own" if value == f"{key}:" else quote_hint(value)
        return self.make(f"the colon in {quoted(value)} makes {quoted(key)} a key inside a value", self.at, hint=hint)

    def dash_behind_key(self) -> Problem | None:
        if "sequence entries are not allowed" not in self.what:
            return None
        line = self.reading.line_at(self.at)
        return self.make(f"a list cannot begin behind a key: {quoted(line)}", self.at, hint="begin it on the next line")

    def flow(self) -> Problem | None:
        """Handle errors inside [ ] and { }."""
        opened = next((o.node.start for o in reversed(self.reading.stack) if o.flow and self.opens(o.node.start)), None)
        if "flow" not in self.context or opened is None:
            return None
        mark = self.text[opened]
        closing = CLOSING[mark]
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
                number = place_of(self.reading.source, begins).line
                return self.make(f"'{mark}' is not closed before line {number}", opened, hint=f"add '{closing}'")
            hint = "end the line above it with ','"
            return self.make(f"no comma before {quoted(self.reading.line_at(begins))}", begins, hint=hint)
        if self.character == ",":
            return self.make(f"nothing stands before this comma inside {brackets}", self.at, hint="leave it out")
        if self.character == ":":
            return self.colon_in_value(recent) if recent else self.make("no key before this colon", self.at)
        if isinstance(recent, Scalar) and recent.style is None:
            value = self.reading.value_at(recent.start)
            message = f"'{self.character}' ends the text {quoted(recent.text)} inside {brackets}"
            return self.make(message, self.at, hint=quote_hint(value))
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
            closes = place_of(self.reading.source, recent.end - 1)
            message = (
                f"the quote {self.text[recent.start]} that opens here is closed only at {closes.line}:{closes.column}"
            )
            return self.make(message, recent.start, hint="close it in its own line")
        elif self.at == recent.end and self.text[self.at - 1] == "'":
            hint = "write '' for an apostrophe inside single quotes"
        else:
            hint = "put the quotes around the whole value"
        rest = self.reading.value_at(self.at)
        return self.make(f"{quoted(rest)} cannot follow the closing {closing}", self.at, len(rest), hint)

    def closing(self) -> str | None:
        """Say which bracket or quote the last node ended with, if any, and whose value that is."""
        recent = self.recent
        if isinstance(recent, Scalar) and recent.style in ("'", '"'):
            closing = "quote"
        elif recent and self.reading.recent_flow and self.text[recent.end - 1] in "]}":
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
        after = NEXT.match(self.text, self.reading.seen)
        at = after.start(1) if after else self.at
        line = self.reading.line_at(at)
        if line.startswith("%"):
            return self.reading.directive(at)
        if self.text[: self.reading.seen].endswith("..."):
            return self.reading.second_document(at)
        root = self.reading.root
        if root and self.column(at) < self.column(root.start):
            hint = "indent all keys alike"
            return self.make(f"{quoted(line)} is indented less than the first line", at, len(line), hint)
        return None

    def block(self) -> Problem | None:
        """Handle a line that does not fit into its block."""
        line = self.reading.line_at(self.at)
        if "block node" in self.context and self.character in (",", "]", "}"):
            return self.make(f"'{self.character}' cannot begin a value", self.at, hint=quote_hint(line))
        if "block" not in self.context or not self.first_in_line(self.at):
            return None
        if self.character == ":":
            return self.make("no key before this colon", self.at)
        column, outer = self.column(self.at), self.column(self.since)
        if column == outer and "mapping" in self.context and self.character == "-":
            hint = "indent it under the key it belongs to"
            return self.make(f"{quoted(line)} is a list item among keys", self.at, len(line), hint)
        if column == outer and "mapping" not in self.context:
            return self.among_items(self.at)
        if column == outer:
            return None
        fits = {outer}
        if self.recent and not isinstance(self.recent, Scalar) and not self.reading.recent_flow:
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
