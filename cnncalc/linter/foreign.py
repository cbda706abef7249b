"""Findings in networks of other tools, at the names that their layers have there."""

from __future__ import annotations

from dataclasses import replace

from cnncalc.linter.finding import of_problem
from cnncalc.linter.runner import Checked, check
from cnncalc.linter.settings import Selection
from cnncalc.problem import Place, Problems, Source


def check_foreign(what: str, selection: Selection, input: str | None) -> Checked:
    """Lint a network of another tool: what is found in its layers, as nobody wrote its spec.

    A program of Python is run; a file is read without running anything.
    """
    from cnncalc.exchange.importing import sourced

    source = Source(what, "")
    start = Place(source, 1, 1)
    try:
        text, names = sourced(what, input)
    except Problems as problems:
        return Checked(source, tuple(of_problem(problem, problem.place or start) for problem in problems.problems))
    checked = check(Source(what, text), selection, layers_only=True)
    findings = []
    for finding in checked.findings:
        name = names.get(finding.place.line)
        message = f"{name}: {finding.message}" if name else finding.message
        findings.append(replace(finding, message=message, place=start, fix=None, calls=(), path=()))
    return Checked(source, tuple(findings))
