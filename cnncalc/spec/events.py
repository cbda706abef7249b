"""From the events of a YAML parser to a tree.

The tree is built from events, never composed: the C composer crashes the process on deep nesting and hides what is
refused here (anchors, aliases, tags).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from cnncalc.problem import Problem
from cnncalc.spec import yaml_misreadings
from cnncalc.spec.bounds import STAND_IN, unfolded
from cnncalc.spec.reading import BOM, Open, Reading, Unreadable
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

NESTING_LIMIT = 64
NODE_LIMIT = 200_000
TOO_DEEP = f"nested more than {NESTING_LIMIT} levels deep"

FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 allows in no text."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Builder:
    """Builds the tree of one text."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.source, self.text, self.stack = reading.source, reading.text, reading.stack
        self.shift = int(self.text.startswith(BOM))
        self.nodes = 0

    def tree(self) -> Node:
        """Read the text to its end; raises Unreadable where that is not possible, which is then reported."""
        reading = self.reading
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
            for event in yaml.parse(unfolded(self.text)[self.shift :], LOADER):
                if reading.root is not None and isinstance(event, yaml.DocumentStartEvent):
                    reading.report(reading.second_document(self.span(event)[0]))
                    break
                handler = handlers.get(type(event))
                if handler:
                    handler(event)
                reading.seen = self.span(event)[1]
        except yaml.MarkedYAMLError as error:
            self.give_up(error)
            raise Unreadable from error
        except ValueError as error:
            # The pure parser, on an escape beyond Unicode.
            reading.report(reading.problem("an escape beyond Unicode", reading.seen))
            raise Unreadable from error
        root = reading.root
        if root is None or (isinstance(root, Scalar) and root.start == root.end):
            reading.report(reading.problem("nothing but comments and space", 0))
            raise Unreadable
        return yaml_misreadings.root(reading, root)

    def give_up(self, error: yaml.MarkedYAMLError) -> None:
        """Report why the parser gives up."""
        from cnncalc.spec.yaml_hints import Diagnosis

        reading = self.reading
        if "nesting depth" in (error.problem or ""):
            # The scanner looks ahead and fails before the brackets arrive here as events.
            opened = [m.start() for m in re.finditer(r"[\[{]", self.text) if m.start() >= reading.seen]
            index = [*opened, *[reading.seen] * NESTING_LIMIT][NESTING_LIMIT - len(self.stack)]
            reading.stop(TOO_DEEP, index)
        found = Diagnosis(reading, error, self.shift).problem()
        # The piece at which the parser gives up may have been reported already.
        if found.place not in [problem.place for problem in reading.problems]:
            reading.problems.append(found)

    def span(self, event: yaml.Event) -> tuple[int, int]:
        """Return where an event starts and ends."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        return start.index + self.shift, end.index + self.shift

    # Events

    def document(self, event: yaml.DocumentStartEvent) -> None:
        if event.version or event.tags:
            self.reading.report(self.reading.directive(self.span(event)[0]))

    def alias(self, event: yaml.AliasEvent) -> None:
        start, end = self.span(event)
        self.reading.report(self.reading.special(start))
        self.add(Scalar(self.source, "", start, end, None, reported=True))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        start, end = self.span(event)
        reported = event.anchor is not None or event.tag is not None
        if reported:
            start = yaml_misreadings.properties(self.reading, start, end)
        value = "" if event.tag is not None else event.value
        if value.startswith(STAND_IN):
            value = f">{value[1:]}"
        node = Scalar(self.source, value, start, end, event.style or None, reported)
        if node.style == '"' and (control := FORBIDDEN.search(node.text)):
            message = f"the escape makes the character U+{ord(control[0]):04X}, which may not stand in a text"
            self.reading.report(Problem("E101", message, node.place(control.start(), 1), "leave it out"))
        self.add(node)

    def open(self, event: yaml.CollectionStartEvent) -> None:
        start, end = self.span(event)
        if event.anchor is not None or event.tag is not None:
            start = yaml_misreadings.properties(self.reading, start, end)
        if len(self.stack) == NESTING_LIMIT:
            self.reading.stop(TOO_DEEP, start)
        node: Mapping | Sequence
        if isinstance(event, yaml.MappingStartEvent):
            node = Mapping(self.source, [], start, end)
        else:
            node = Sequence(self.source, [], start, end, bool(event.flow_style))
        self.add(node)
        self.stack.append(Open(node, bool(event.flow_style)))

    def close(self, event: yaml.CollectionEndEvent) -> None:
        reading = self.reading
        closed = self.stack.pop()
        if isinstance(closed.node, Sequence):
            yaml_misreadings.last_item(reading, closed.node)
        if closed.flow:
            closed.node.end = self.span(event)[1]
        elif reading.recent:
            # The end mark of a block is at the next token, lines below.
            closed.node.end = reading.recent.end
        reading.recent, reading.recent_flow = closed.node, closed.flow

    # The tree

    def add(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.reading.stop(f"more than {NODE_LIMIT:,} values", node.start)
        if not self.stack:
            self.reading.root = node
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
            self.reading.recent, self.reading.recent_flow = node, False

    def add_item(self, top: Open, sequence: Sequence, node: Node) -> None:
        if node.start < top.resume:
            return
        yaml_misreadings.last_item(self.reading, sequence)
        if top.flow and isinstance(node, Scalar) and node.style is None:
            yaml_misreadings.comma_in_parentheses(self.reading, top, node)
        sequence.items.append(node)

    def add_key(self, top: Open, node: Node) -> None:
        yaml_misreadings.explicit_key(self.reading, top, node)
        if not isinstance(node, Scalar):
            what = "a list" if isinstance(node, Sequence) else "a mapping"
            hint = "quote it if it is meant as text"
            self.reading.report(self.reading.problem(f"{what} cannot be a key", node.start, hint=hint))
            raise Unreadable
        yaml_misreadings.refused_key(self.reading, top, node)
        top.key = node

    def add_value(self, top: Open, mapping: Mapping, key: Scalar, node: Node) -> None:
        if isinstance(node, Scalar) and node.style is None:
            if node.start == node.end:
                colon = self.text.find(":", key.end, node.start)
                if colon >= 0:
                    # The mark of a missing value is at the next token, perhaps lines below.
                    node.start = node.end = colon + 1
                elif top.flow and top.kept:
                    yaml_misreadings.key_without_value(self.reading, top, mapping, key)
            elif top.flow:
                yaml_misreadings.comma_in_parentheses(self.reading, top, node)
            else:
                yaml_misreadings.value_with_dash(self.reading, key, node)
        if top.kept:
            mapping.pairs.append((key, node))
