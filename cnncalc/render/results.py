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


def _parsed(json_text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_text)
    return found


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
    from cnncalc.render import explain, network_summary

    def text(result: Any) -> str:
        if result.rows:
            return explain.text(result.report, list(result.rows), full=result.full, ascii_only=False, width=WIDTH)
        return network_summary.text(result.report, result.group, ascii_only=False, width=WIDTH)

    def data(result: Any) -> dict[str, Any]:
        if result.rows:
            return _parsed(explain.document(result.report, list(result.rows), full=result.full).to_json())
        return _parsed(network_summary.document(result.report, result.group).to_json())

    def records(result: Any) -> list[dict[str, Any]]:
        if result.rows:
            pairs = ((layer["path"], quantity) for layer in data(result)["layers"] for quantity in layer["quantities"])
            return _same_keys({"path": path, **quantity} for path, quantity in pairs)
        parts = ((one["name"], stage) for one in data(result)["accounts"] for stage in one["stages"])
        return _same_keys({"quantity": name, **stage} for name, stage in parts)

    return View(text, data, records)


def _comparison() -> View:
    from cnncalc.render import compare
    from cnncalc.render.printers import printed

    columns = compare.select(None)
    return View(
        lambda result: printed(compare.table(result.summaries, result.baseline, columns, every=False), "table"),
        lambda result: _parsed(compare.document(result.summaries, result.baseline).to_json()),
        lambda result: _same_keys(_parsed(compare.document(result.summaries, result.baseline).to_json())["networks"]),
    )


def _sizes() -> View:
    from cnncalc.render import sizes
    from cnncalc.render.printers import printed

    def data(result: Any) -> dict[str, Any]:
        return _parsed(sizes.document(result.network, list(result.sides), result.near).to_json())

    return View(
        lambda result: printed(sizes.tables(result.network, result.sides, result.near), "table"),
        data,
        lambda result: _same_keys(data(result)["sides"]),
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
        lambda answer: _parsed(solutions.document(answer, None).to_json()),
        lambda answer: [dict(zip(solutions.labels(answer), one.values, strict=True)) for one in answer.solutions],
    )


def _sweep() -> View:
    from cnncalc.render import sweep
    from cnncalc.render.printers import printed

    def records(result: Any) -> list[dict[str, Any]]:
        rows = zip(*sweep.lists(result.task, result.columns), strict=True)
        return [dict(zip(result.task.columns, row, strict=True)) for row in rows]

    return View(
        lambda result: printed([sweep.table(result.task, [result.columns], SHOWN)], "table"),
        lambda result: {"columns": list(result.task.columns), "rows": records(result)},
        records,
    )


def _published() -> View:
    from cnncalc.render import published
    from cnncalc.render.printers import printed

    return View(
        lambda result: printed(published.tables(result.networks, whole=False), "table"),
        lambda result: _parsed(published.document(result.networks).to_json()),
        lambda result: _same_keys(_parsed(published.document(result.networks).to_json())["values"]),
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
        found = _parsed(verification.document([result]).to_json())
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
    "WorkingSizes": _sizes,
    "Closed": _closed,
    "Answer": _solutions,
    "Sweep": _sweep,
    "Published": _published,
    "Findings": _findings,
    "Marks": _marks,
    "Verification": _verification,
}
