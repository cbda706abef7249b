"""How each Result is printed, its data and its rows: one function a kind of result, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from cnncalc.render.table import Column, Row, Table
from cnncalc.result import Result

SHOWN = 20
"""Rows of a sweep that are printed."""

MOST = 1_000
"""Rows of a table that has no form of its own in a notebook."""

Records = list[dict[str, Any]]


class View(NamedTuple):
    """How one kind of result is printed: its tables, its data, its rows, and its text where that is no table."""

    tables: Callable[[Any], Iterable[Table]]
    data: Callable[[Any], dict[str, Any]]
    records: Callable[[Any], Records]  # a dictionary a row, with the same keys in each
    text: Callable[[Any], str] | None = None

    def printed(self, result: Result) -> str:
        """Return what the command prints."""
        from cnncalc.render.printers import printed

        return self.text(result) if self.text else printed(self.tables(result), "table")

    def html(self, result: Result) -> str:
        """Return tables for a notebook: text on the left, numbers on the right."""
        from cnncalc.render.printers import ready
        from cnncalc.render.printers.html import part

        return part(ready(self.tables(result)))


def view(result: Result) -> View:
    """Return how a result is printed; one of a floor above says it itself."""
    return next(VIEWS[kind.__name__] for kind in type(result).__mro__ if kind.__name__ in VIEWS)()


def _same_keys(rows: Iterable[dict[str, Any]]) -> Records:
    """Give every row all keys, and write what is no scalar as text."""
    kept = list(rows)
    keys = dict.fromkeys(key for row in kept for key in row)
    return [{key: _scalar(row.get(key)) for key in keys} for row in kept]


def _scalar(value: Any) -> Any:
    """Write a shape as 28x28x6, other lists and dictionaries item by item, a set of sizes by its text."""
    if isinstance(value, dict):
        return value.get("text") or ", ".join(f"{key} {_scalar(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        numbers = all(isinstance(inner, int) for inner in value)
        return ("x" if numbers else ", ").join(str(_scalar(inner)) for inner in value)
    return value


def listing(title: str, rows: Records) -> Table:
    """Return rows as a table."""
    names = list(rows[0]) if rows else []
    right = [all(isinstance(row[name], (int, float)) or row[name] is None for row in rows) for name in names]
    columns = [Column(name, right=number, breaks=" ") for name, number in zip(names, right, strict=True)]
    return Table(title, columns, [Row([_written(row[name]) for name in names]) for row in rows[:MOST]])


def _written(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _report() -> View:
    from cnncalc.render.data import as_dict
    from cnncalc.render.report import plain, table

    return View(lambda report: [table(report)], as_dict, lambda report: _same_keys(as_dict(report)["layers"]), plain)


def _memory() -> View:
    from cnncalc.render.memory import document, tables

    return View(
        tables,
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["moments"]),
    )


def _roofline() -> View:
    from cnncalc.render.roofline import document, tables

    return View(
        tables,
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["layers"]),
    )


def _reconciliation() -> View:
    from cnncalc.render.reconcile import document, tables

    return View(
        tables,
        lambda result: document(result).data(),
        lambda result: _same_keys(
            {key: value for key, value in count.items() if key != "terms"}
            for count in document(result).data()["counts"]
        ),
    )


def _diff() -> View:
    from cnncalc.render.diff import document, tables

    return View(
        tables,
        lambda result: document(result).data(),
        lambda result: _same_keys(
            {key: value for key, value in change.items() if key != "fields"}
            for change in document(result).data()["changes"]
        ),
    )


def _explanation() -> View:
    from cnncalc.render.explanation import FORMATS, document, tables

    def records(result: Any) -> Records:
        found = document(result).data()
        if result.rows:
            pairs = ((layer["path"], quantity) for layer in found["layers"] for quantity in layer["quantities"])
            return _same_keys({"path": path, **one, "steps": " = ".join(one["steps"])} for path, one in pairs)
        parts = ((one["name"], stage) for one in found["accounts"] for stage in one["stages"])
        return _same_keys({"quantity": name, **stage} for name, stage in parts)

    return View(tables, lambda result: document(result).data(), records, FORMATS["text"])


def _comparison() -> View:
    from cnncalc.render.compare import document, select, table

    return View(
        lambda result: table(result, select(None)),
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["networks"]),
    )


def _layer_comparison() -> View:
    from cnncalc.render.compare import layers, layers_document

    return View(
        lambda result: [layers(result)],
        lambda result: layers_document(result).data(),
        lambda result: _same_keys(layers_document(result, everything=True).data()["layers"]),
    )


def _layer_table() -> View:
    from cnncalc.render.compare import layer_table, layer_table_document

    return View(
        lambda result: [layer_table(result)],
        lambda result: layer_table_document(result).data(),
        lambda result: _same_keys(layer_table_document(result, everything=True).data()["lines"]),
    )


def _sizes() -> View:
    from cnncalc.render.sizes import document, tables

    return View(
        tables,
        lambda result: document(result).data(),
        lambda result: _same_keys(document(result).data()["sides"]),
    )


def _closed() -> View:
    from cnncalc.render.closed import document, text

    def records(result: Any) -> Records:
        return [{"name": name, "formula": str(formula)} for name, formula in result.formulas.items()]

    def tables(result: Any) -> list[Table]:
        return [listing(f"{result.quantity} of {result.network}", records(result))]

    return View(tables, lambda result: document(result).data(), records, text)


def _solutions() -> View:
    from cnncalc.render.solutions import document, labels, table

    return View(
        lambda answer: [table(answer, None)],
        lambda answer: document(answer, None).data(),
        lambda answer: [dict(zip(labels(answer), one.values, strict=True)) for one in answer.solutions],
    )


def _budget() -> View:
    from cnncalc.render.budget import document, table

    return View(
        lambda result: [table(result, None)],
        lambda result: document(result, None).data(),
        lambda result: _same_keys(document(result, None).data()["choices"]),
    )


def _sweep() -> View:
    from cnncalc.render.sweep import table

    return View(
        lambda result: [table(result.task, result.batches(), SHOWN)],
        lambda result: {"columns": list(result.task.columns), "rows": [*result]},
        lambda result: [*result],
    )


def _networks() -> View:
    from cnncalc.render.library import document, tables

    return View(
        lambda result: tables(result.summaries),
        lambda result: {"networks": document(result.summaries).data()},
        lambda result: [one.as_dict() for one in result],
    )


def _published() -> View:
    from cnncalc.render.published import document, tables

    return View(
        lambda result: tables(result.networks, whole=result.everything),
        lambda result: document(result.networks).data(),
        lambda result: _same_keys(document(result.networks).data()["values"]),
    )


def _findings() -> View:
    from cnncalc.linter.formats import FORMATS
    from cnncalc.linter.formats.data import as_data

    def records(result: Any) -> Records:
        return _same_keys(as_data(finding) for finding in result)

    return View(
        lambda result: [listing("", records(result))],
        lambda result: {"findings": [as_data(finding) for finding in result]},
        records,
        lambda result: FORMATS["concise"](result.findings),
    )


def _kinds() -> View:
    from cnncalc.render.page import document, kind_page, kinds_tables
    from cnncalc.render.printers import printed

    def data(result: Any) -> dict[str, Any]:
        return {"kinds": document(result).data()}

    def tables(result: Any) -> Iterable[Table]:
        if not result.page:
            return kinds_tables()
        (kind,) = document(result).data()
        return [listing(f"{kind['kind']}: {kind['usage']}", _same_keys(kind["fields"]))]

    return View(
        tables,
        data,
        lambda result: _same_keys(document(result).data()),
        lambda result: kind_page(result.kinds[0]).rstrip("\n") if result.page else printed(kinds_tables(), "table"),
    )


def _rules() -> View:
    from cnncalc.linter.manual import data
    from cnncalc.render.printers import printed
    from cnncalc.render.rules import page, tables

    def records(result: Any) -> Records:
        return _same_keys(map(data, result))

    return View(
        lambda result: [listing("", records(result))],
        lambda result: data(result.codes[0]) if result.page else {"rules": [*map(data, result)]},
        records,
        lambda result: page(result) if result.page else printed(tables(), "table"),
    )


def _changes() -> View:
    def records(result: Any) -> Records:
        return [
            {
                "path": one.path,
                "changes": bool(one),
                "problems": "; ".join(problem.headline() for problem in one.problems),
            }
            for one in result
        ]

    def data(result: Any) -> dict[str, Any]:
        files = [{**row, "after": one.after} for row, one in zip(records(result), result, strict=True)]
        return {"files": files, "missing": [*result.missing]}

    return View(
        lambda result: [listing("", records(result))],
        data,
        records,
        lambda result: "".join(map(str, result)).rstrip("\n") or repr(result),
    )


def _tensors() -> View:
    from cnncalc.render.tensors import document, table

    def records(result: Any) -> Records:
        return _same_keys(document(result).data()["tensors"])

    return View(lambda result: [table(result)], lambda result: document(result).data(), records)


def _imported() -> View:
    def records(result: Any) -> Records:
        return [{"line": number, "text": line} for number, line in enumerate(result.text.splitlines(), start=1)]

    def data(result: Any) -> dict[str, Any]:
        return {"name": result.name, "source": result.source, "notes": [*result.notes], "text": result.text}

    def tables(result: Any) -> list[Table]:
        return [listing(f"{result.name} from {result.source}", records(result))]

    return View(tables, data, records, lambda result: result.text.rstrip("\n"))


def _exported() -> View:
    def records(result: Any) -> Records:
        return [{"line": number, "text": line} for number, line in enumerate(result.text.splitlines(), start=1)]

    def data(result: Any) -> dict[str, Any]:
        return {"name": result.name, "form": result.form, "text": result.text}

    def tables(result: Any) -> list[Table]:
        return [listing(f"{result.name} as {result.form}", records(result))]

    return View(tables, data, records, lambda result: result.text.rstrip("\n"))


def _run() -> View:
    from cnncalc.render.run import document, tables, whole

    def records(result: Any) -> Records:
        rows = ((name, number) for name, y in result.outputs.items() for number in y.numbers)
        return [{"output": name, "number": float(number)} for name, number in rows]

    return View(tables, lambda result: document(result).data(), records, whole)


def _model_comparison() -> View:
    from cnncalc.render.differences import document, tables

    def records(result: Any) -> Records:
        return _same_keys(document(result).data()["differences"])

    return View(tables, lambda result: document(result).data(), records)


def _verification() -> View:
    from cnncalc.render.verification import document, table

    def data(result: Any) -> dict[str, Any]:
        found = document([result]).data()
        one: dict[str, Any] = found["networks"][0] if "networks" in found else found
        return one

    return View(lambda result: [table(result)], data, lambda result: _same_keys(data(result)["layers"]))


VIEWS: dict[str, Callable[[], View]] = {
    "Report": _report,
    "Memory": _memory,
    "Roofline": _roofline,
    "Reconciliation": _reconciliation,
    "Diff": _diff,
    "Explanation": _explanation,
    "Comparison": _comparison,
    "LayerComparison": _layer_comparison,
    "LayerTable": _layer_table,
    "WorkingSizes": _sizes,
    "Closed": _closed,
    "Solutions": _solutions,
    "Budget": _budget,
    "Networks": _networks,
    "Sweep": _sweep,
    "Published": _published,
    "Findings": _findings,
    "Verification": _verification,
    "ModelComparison": _model_comparison,
    "Run": _run,
    "Kinds": _kinds,
    "Rules": _rules,
    "Changes": _changes,
    "Imported": _imported,
    "Tensors": _tensors,
    "Exported": _exported,
}
