"""From a network of another tool to the text of a spec, and to that spec."""

from __future__ import annotations

from cnncalc.exchange.readers import Reader, Request
from cnncalc.exchange.text import spec_text
from cnncalc.library import read_text
from cnncalc.problem import Problem
from cnncalc.spec.model import Spec


def spec_of(reader: Reader, request: Request) -> tuple[Spec, tuple[Problem, ...]]:
    """Return the spec of a network that a reader reads, and the problems of its text; raises NotRead.

    The text expects the counts of what was read, so loading it checks that it computes the same.
    """
    graph = reader.read(request)
    spec, problems = read_text(spec_text(graph), f"the spec of {request.name}")
    spec.remarks = tuple(graph.notes)
    return spec, problems
