"""Places of a text, counted in characters, and positions of an editor, counted in its own units."""

from __future__ import annotations

from bisect import bisect_right

from lsprotocol.types import Position, Range
from pygls.workspace import PositionCodec

from cnncalc.problem import Source


class Lines:
    """The lines of a text."""

    def __init__(self, source: Source, codec: PositionCodec) -> None:
        self.source, self.codec = source, codec
        self.starts = source.line_starts()

    def position(self, index: int) -> Position:
        """Return the position of a character."""
        index = max(0, min(index, len(self.source.text)))
        line = bisect_right(self.starts, index) - 1
        return Position(line, self.codec.client_num_units(self.source.text[self.starts[line] : index]))

    def index(self, position: Position) -> int:
        """Return the index of the character at a position, clipped to its line."""
        if position.line >= len(self.starts):
            return len(self.source.text)
        line = self.source.line(position.line + 1)
        units = at = 0
        while at < len(line) and units < position.character:
            units += self.codec.client_num_units(line[at])
            at += 1
        return self.starts[position.line] + at

    def at(self, line: int, column: int) -> int:
        """Return the index of a line and column that count from 1."""
        if line > len(self.starts):
            return len(self.source.text)
        return self.starts[line - 1] + min(column - 1, len(self.source.line(line)))

    def span(self, start: int, end: int) -> Range:
        return Range(self.position(start), self.position(end))

    def end_of_line(self, line: int) -> Position:
        """Return the end of a line that counts from 1."""
        return Position(line - 1, self.codec.client_num_units(self.source.line(line)))
