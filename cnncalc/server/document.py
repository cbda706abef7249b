"""One document as far as it can be parsed, and the network of one of its variants."""

from __future__ import annotations

from functools import cached_property

from pygls.workspace import PositionCodec

from cnncalc.expand import expand_known
from cnncalc.linter.finding import Finding, of_problem
from cnncalc.linter.subject import Reading, read_source
from cnncalc.linter.suppression import read_comments
from cnncalc.loading import uncollected
from cnncalc.network.network import Network
from cnncalc.network.report import Report, report
from cnncalc.problem import Place, Source, new_problems
from cnncalc.server.lines import Lines
from cnncalc.spec.model import Spec
from cnncalc.spec.text import read_bytes

EMPTY = Source("", "")


class Document:
    """An open document; it is immutable, an edit creates another one."""

    def __init__(
        self, name: str, text: str, codec: PositionCodec, variant: str = "", before: Document | None = None
    ) -> None:
        source, problems = read_bytes(name, text.encode("utf-8", "replace"))
        if source is None or source.text != text:
            source = Source(name, text)  # a byte order mark counts for the editor
        self.source = source
        self.lines = Lines(source, codec)
        self.reading: Reading | None = None
        network = None
        with uncollected():
            if not problems:
                self.reading = read_source(source)
                spec = self.reading.spec
                chosen = spec.variants.get(variant) or next(iter(spec.variants.values()), None)
                # `expect` is left to the linter: totals do not match while a line is incomplete.
                _, found, network = expand_known(spec, chosen)
                problems = [*self.reading.problems, *new_problems(self.reading.problems, found)]
        self.problems = problems
        self.network: Network | None = network
        """The network, or the part of it before the first error; None if nothing is known."""
        self.understood: Document | None = self if self.reading and self.reading.root else before and before.understood
        """The last text of which at least the YAML could be read."""

    @property
    def spec(self) -> Spec:
        """The spec, or the last one that could be parsed."""
        known = self.understood
        return known.reading.spec if known and known.reading else Spec(EMPTY)

    @cached_property
    def report(self) -> Report | None:
        return report(self.network) if self.network else None

    @cached_property
    def broken(self) -> frozenset[int]:
        """The lines with problems, and those that call a block with one, where numbers are not all or not right."""
        lines = {problem.place.line for problem in self.problems if problem.place}
        lines |= {call.place.line for problem in self.problems for call in problem.calls}
        for node in self.network.nodes if self.network and lines else ():
            if node.place and node.place.line in lines:
                lines |= {call.place.line for call in node.calls}
        return frozenset(lines)

    @cached_property
    def errors(self) -> list[Finding]:
        """The problems of the text and of this variant's network, without those that comments suppress."""
        if self.reading is None:
            return [of_problem(problem, Place(self.source, 1, 1)) for problem in self.problems]
        found = [of_problem(problem, self.reading.start) for problem in self.problems]
        return read_comments(self.source, self.reading.root).apply(found)[0]
