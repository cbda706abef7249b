"""How each Result is printed, and its data and rows: one line a kind of result, imported when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

from cnncalc.result import Result

WIDTH = 120
"""Columns of a printed result; a terminal's own width is the commands' business."""

SHOWN = 20
"""Rows of a sweep that are printed."""


class View(NamedTuple):
    """How one kind of result is printed: as text, as data, and as rows of a table."""

    text: Callable[[Any], str]
    data: Callable[[Any], dict[str, Any]]
    records: Callable[[Any], list[dict[str, Any]]]


def text(result: Result) -> str:
    """Return what the command prints."""
    return view(result).text(result)


def data(result: Result) -> dict[str, Any]:
    """Return plain data."""
    return view(result).data(result)


def records(result: Result) -> list[dict[str, Any]]:
    """Return one dictionary a row, with the same keys in each."""
    return view(result).records(result)


def html(result: Result) -> str:
    """Return a table for a notebook: text on the left, numbers on the right."""
    from cnncalc.network.report import Report
    from cnncalc.render.printers.html import STYLE
    from cnncalc.render.report import html as of_report

    if isinstance(result, Report):
        return of_report(result)
    rows = records(result)
    names = list(rows[0]) if rows else []
    right = [all(isinstance(row[name], (int, float)) or row[name] is None for row in rows) for name in names]
    head = _html_row("th", names, right)
    body = [_html_row("td", [_written(row[name]) for name in names], right) for row in rows]
    title = f"<caption>{escape(repr(result))}</caption>"
    table = ('<table class="cnncalc">', title, f"<thead>{head}</thead>", "<tbody>", *body, "</tbody>", "</table>")
    return "\n".join((STYLE, *table))


def _html_row(tag: str, cells: Sequence[str], right: Sequence[bool]) -> str:
    kinds = (' class="number"' if number else "" for number in right)
    texts = (f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(cells, kinds, strict=True))
    return f"<tr>{''.join(texts)}</tr>"


def _written(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def view(result: Result) -> View:
    """Return how a result is printed."""
    return next(VIEWS[kind.__name__] for kind in type(result).__mro__ if kind.__name__ in VIEWS)()


def _same_keys(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give every row all keys, and write what is no scalar as text."""
    kept = list(rows)
    keys = dict.fromkeys(key for row in kept for key in row)
    return [{key: _scalar(row.get(key)) for key in keys} for row in kept]


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)


def _report() -> View:
    from cnncalc.render.data import as_dict
    from cnncalc.render.report import plain

    return View(plain, as_dict, lambda report: _same_keys(as_dict(report)["layers"]))


def _explanation() -> View:
    from cnncalc.render.explanation import FORMATS, document

    def records(result: Any) -> list[dict[str, Any]]:
        found = document(result).data()
        if result.rows:
            pairs = ((layer["path"], quantity) for layer in found["layers"] for quantity in layer["quantities"])
            return _same_keys({"path": path, **quantity} for path, quantity in pairs)
        parts = ((one["name"], stage) for one in found["accounts"] for stage in one["stages"])
        return _same_keys({"quantity": name, **stage} for name, stage in parts)

    return View(FORMATS["text"], lambda result: document(result).data(), records)


def _comparison() -> View:
    from cnncalc.render.compare import document, select, table
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed(table(result, select(None)), "table"),
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["networks"]),
    )


def _layer_comparison() -> View:
    from cnncalc.render.compare import layers, layers_document
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed([layers(result)], "table"),
        lambda result: layers_document(result).data(),
        lambda result: _same_keys(layers_document(result, everything=True).data()["layers"]),
    )


def _sizes() -> View:
    from cnncalc.render.printers import printed
    from cnncalc.render.sizes import document, tables

    return View(
        lambda result: printed(tables(result), "table"),
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["sides"]),
    )


def _closed() -> View:
    from cnncalc.render import closed

    def formulas(result: Any) -> dict[str, str]:
        return {name: str(formula) for name, formula in result.formulas.items()}

    return View(
        closed.text,
        lambda result: {
            "network": result.network,
            "quantity": result.quantity,
            "symbols": list(result.symbols),
            "formulas": formulas(result),
        },
        lambda result: [{"name": name, "formula": formula} for name, formula in formulas(result).items()],
    )


def _solutions() -> View:
    from cnncalc.render import solutions
    from cnncalc.render.printers import printed

    return View(
        lambda answer: printed([solutions.table(answer, None)], "table"),
        lambda answer: solutions.document(answer, None).data(),
        lambda answer: [dict(zip(solutions.labels(answer), one.values, strict=True)) for one in answer.solutions],
    )


def _budget() -> View:
    from cnncalc.render.budget import document, table
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed([table(result, None)], "table"),
        lambda result: document(result, None).data(),
        lambda result: _same_keys(document(result, None).data()["choices"]),
    )


def _sweep() -> View:
    from cnncalc.render.printers import printed
    from cnncalc.render.sweep import table

    return View(
        lambda result: printed([table(result.task, [result.columns], SHOWN)], "table"),
        lambda result: {"columns": list(result.task.columns), "rows": [*result]},
        lambda result: [*result],
    )


def _networks() -> View:
    from cnncalc.render.library import document, tables
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed(tables(result.summaries), "table"),
        lambda result: {"networks": document(result.summaries).data()},
        lambda result: [one.as_dict() for one in result],
    )


def _published() -> View:
    from cnncalc.render import published
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed(published.tables(result.networks, whole=result.everything), "table"),
        lambda result: published.document(result.networks).data(),
        lambda result: _same_keys(published.document(result.networks).data()["values"]),
    )


def _findings() -> View:
    from cnncalc.linter.formats import FORMATS
    from cnncalc.linter.formats.data import as_data

    return View(
        lambda result: FORMATS["concise"](result.findings),
        lambda result: {"findings": [as_data(finding) for finding in result.findings]},
        lambda result: _same_keys(as_data(finding) for finding in result.findings),
    )


def _marks() -> View:
    def records(result: Any) -> list[dict[str, Any]]:
        return [
            {"question": mark.part.id, "given": mark.given, "verdict": mark.verdict, "feedback": mark.feedback}
            for mark in result.marks
        ]

    return View(
        lambda result: "\n".join(f"{mark.part.id}: {mark.verdict}. {mark.feedback}" for mark in result.marks),
        lambda result: {"marks": records(result)},
        records,
    )


def _verification() -> View:
    from cnncalc.render import verification
    from cnncalc.render.printers import printed

    def data(result: Any) -> dict[str, Any]:
        found = verification.document([result]).data()
        one: dict[str, Any] = found["networks"][0] if "networks" in found else found
        return one

    return View(
        lambda result: printed([verification.table(result)], "table"),
        data,
        lambda result: _same_keys(data(result)["layers"]),
    )


VIEWS: dict[str, Callable[[], View]] = {
    "Report": _report,
    "Explanation": _explanation,
    "Comparison": _comparison,
    "LayerComparison": _layer_comparison,
    "WorkingSizes": _sizes,
    "Closed": _closed,
    "Solutions": _solutions,
    "Budget": _budget,
    "Networks": _networks,
    "Sweep": _sweep,
    "Published": _published,
    "Findings": _findings,
    "Marks": _marks,
    "Verification": _verification,
}
