"""The notebooks of examples/ give the outputs that are stored in them."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "examples").glob("*.ipynb"))
NEED_TORCH = {"own_model"}


def executed(source: str, names: dict[str, Any]) -> tuple[str, Any]:
    """Run a cell as a notebook does; return what it prints and the value of its last expression."""
    body = ast.parse(source)
    last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(body, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None
    return printed.getvalue(), None if source.rstrip().endswith(";") else value


def test_there_are_five() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["budget", "homework", "lecture", "own_model", "paper_table"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_its_outputs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if path.stem in NEED_TORCH:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = 0
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        printed, value = executed("".join(cell["source"]), names)
        stored = {"printed": "", "value": ""}
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                stored["printed"] += "".join(output["text"])
            else:
                stored["value"] = "".join(output["data"]["text/plain"])
                for kind, form in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_")):
                    if kind in output["data"]:
                        assert "".join(output["data"][kind]).strip() == getattr(value, form)().strip()
                        shown += 1
        assert stored == {"printed": printed, "value": "" if value is None else repr(value)}
    assert shown >= 1
