"""Findings in the form of an editor: diagnostics, and fixes as code actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    Diagnostic,
    DiagnosticSeverity,
    DiagnosticTag,
    Range,
    TextEdit,
    WorkspaceEdit,
)

from cnncalc.linter.catalogue import NAMES
from cnncalc.linter.finding import Finding
from cnncalc.server.lines import Lines

SEVERITIES = {
    "error": DiagnosticSeverity.Error,
    "warning": DiagnosticSeverity.Warning,
    "note": DiagnosticSeverity.Information,
}

Edits = tuple[tuple[int, int, int, int, str], ...]


class Reported(NamedTuple):
    """One finding: lines and columns count from 1, `end` is exclusive."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    end: int
    fix: str = ""  # what the fix does; empty when there is none
    safe: bool = False
    edits: Edits = ()


def of_finding(finding: Finding) -> Reported:
    """Return a finding of this process."""
    calls = [*finding.calls, *([f"and {finding.more} more calls"] if finding.more else [])]
    message = _message(finding.text, calls, finding.hint)
    return Reported(finding.code, finding.severity, message, *finding.place[1:3], finding.end_column)


def of_data(data: dict[str, Any]) -> Reported:
    """Return a finding as `cnncalc lint --format json` prints it."""
    calls = [*data["calls"], *([f"and {data['more_calls']} more calls"] if data["more_calls"] else [])]
    place, end, fix = data["location"], data["end_location"], data["fix"] or {}
    return Reported(
        data["code"],
        data["severity"],
        _message(data["message"], calls, data["help"]),
        place["row"],
        place["column"],
        end["column"],
        fix.get("message", ""),
        fix.get("applicability") == "safe",
        tuple(
            (*_pair(edit["location"]), *_pair(edit["end_location"]), edit["content"]) for edit in fix.get("edits", ())
        ),
    )


def _pair(location: dict[str, int]) -> tuple[int, int]:
    return location["row"], location["column"]


def _message(text: str, calls: list[str], hint: str | None) -> str:
    return "\n".join((text, *calls, *([f"help: {hint}"] if hint else [])))


def diagnostic(reported: Reported, lines: Lines) -> Diagnostic:
    """Return a finding as a diagnostic."""
    return Diagnostic(
        range=lines.span(lines.at(reported.line, reported.column), lines.at(reported.line, reported.end)),
        message=reported.message,
        severity=SEVERITIES[reported.severity],
        code=reported.code,
        source="cnncalc",
        tags=[DiagnosticTag.Unnecessary] if NAMES[reported.code].startswith("unused") else None,
    )


def actions(found: Iterable[Reported], lines: Lines, uri: str, within: Range) -> list[CodeAction]:
    """Return the fixes of findings on some lines; a safe one is preferred."""
    requested = []
    for reported in found:
        if not reported.edits or not within.start.line <= reported.line - 1 <= within.end.line:
            continue
        edits = [TextEdit(lines.span(lines.at(*edit[:2]), lines.at(*edit[2:4])), edit[4]) for edit in reported.edits]
        requested.append(
            CodeAction(
                title=f"{reported.fix} ({reported.code}{'' if reported.safe else ', changes the network'})",
                kind=CodeActionKind.QuickFix,
                diagnostics=[diagnostic(reported, lines)],
                is_preferred=reported.safe,
                edit=WorkspaceEdit(changes={uri: edits}),
            )
        )
    return requested


def moved(found: Iterable[Reported], before: str, after: str) -> list[Reported]:
    """Return the warnings of a text that remain valid for its edit: those on unchanged lines, moved along."""
    old, new = before.split("\n"), after.split("\n")
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    kept = []
    for reported in found:
        if reported.severity == "error":
            continue
        if reported.line <= head:
            kept.append(reported._replace(edits=()))
        elif reported.line > len(old) - tail:
            kept.append(reported._replace(line=reported.line + len(new) - len(old), edits=()))
    return kept
