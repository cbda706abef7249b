"""Findings as data: JSON as ruff has it, and SARIF 2.1.0."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cnncalc import __version__
from cnncalc.documents import writer
from cnncalc.linter.finding import Edit, Finding
from cnncalc.linter.manual import page_of
from cnncalc.problem import Source

if TYPE_CHECKING:
    from cnncalc.documents.findings import Findings

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def document(findings: Sequence[Finding]) -> Findings:
    """Return findings as a document, with the keys of ruff's JSON."""
    from cnncalc.documents.findings import Findings

    return Findings.model_validate([as_data(finding) for finding in findings])


def json_text(findings: Sequence[Finding]) -> str:
    return document(findings).to_json()


def as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as ruff's JSON has it; lines and columns count from 1, an end column is exclusive."""
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.text,
        "severity": finding.severity,
        "filename": absolute(place.source.name),
        "location": {"row": place.line, "column": place.column},
        "end_location": {"row": place.line, "column": finding.end_column},
        "fix": _fix(finding),
        "noqa_row": place.line,
        "help": finding.hint,
        "path": list(finding.path),
        "calls": list(finding.calls),
        "more_calls": finding.more,
        "variants": list(finding.variants),
    }


def _fix(finding: Finding) -> dict[str, Any] | None:
    if finding.fix is None:
        return None
    source = finding.place.source
    edits = [{"content": edit.text, **_span(source, edit)} for edit in finding.fix.edits]
    return {"applicability": finding.fix.applicability, "message": finding.fix.message, "edits": edits}


def _span(source: Source, edit: Edit) -> dict[str, Any]:
    (row, column), (end_row, end_column) = position(source, edit.start), position(source, edit.end)
    return {"location": {"row": row, "column": column}, "end_location": {"row": end_row, "column": end_column}}


def position(source: Source, index: int) -> tuple[int, int]:
    """Return the line and column of an index."""
    line = source.text.count("\n", 0, index) + 1
    return line, index - (source.text.rfind("\n", 0, index) + 1) + 1


def absolute(name: str) -> str:
    return name if name.startswith("<") else os.path.abspath(name)


def relative(name: str, root: str = "") -> str:
    """Return a path relative to a folder (the current one) if it lies below it; with slashes."""
    if name.startswith("<"):
        return name
    path = os.path.relpath(os.path.abspath(name), root or os.getcwd())
    return PurePath(os.path.abspath(name) if path.startswith("..") else path).as_posix()


def uri(name: str) -> str:
    """Return a path as a relative URI reference, as code scanning requires; outside of the folder, as a file URI."""
    path = relative(name)
    return PurePath(path).as_uri() if os.path.isabs(path) else quote(path, safe="/:")


def sarif(findings: Sequence[Finding]) -> str:
    """Write findings as SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""
    codes = sorted({finding.code for finding in findings})
    names = {finding.code: finding.name for finding in findings}
    driver = {
        "name": "cnncalc",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code, names[code]) for code in codes],
    }
    results = [_result(finding, codes.index(finding.code)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return writer.json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, name: str) -> dict[str, Any]:
    page = page_of(code)
    level = {"E": "error", "W": "warning", "N": "note"}[code[0]]
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": page.what.partition(". ")[0].rstrip(".")},
        "fullDescription": {"text": page.what},
        "help": {"text": f"{page.why} Source: {page.source}"},
        "defaultConfiguration": {"level": level},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    place = finding.place
    artifact = {"uri": uri(place.source.name)}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.line,
        "endColumn": finding.end_column,
    }
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.text}: {finding.hint}" if finding.hint else finding.text},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if finding.path:
        names = [{"fullyQualifiedName": ".".join(map(str, finding.path))}]
        result["locations"][0]["logicalLocations"] = names
    if finding.fix:
        replacements = []
        for edit in finding.fix.edits:
            (row, column), (end_row, end_column) = (position(place.source, at) for at in edit[:2])
            deleted = {"startLine": row, "startColumn": column, "endLine": end_row, "endColumn": end_column}
            replacements.append({"deletedRegion": deleted, "insertedContent": {"text": edit.text}})
        change = {"artifactLocation": artifact, "replacements": replacements}
        result["fixes"] = [{"description": {"text": finding.fix.message}, "artifactChanges": [change]}]
    return result
