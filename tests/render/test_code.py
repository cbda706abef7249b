"""Closed forms in every language: run where the language is installed, else read by a small evaluator."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

from cnncalc.algebra.closed import Closed, closed
from cnncalc.loading import load
from cnncalc.numbers.arith import maximum
from cnncalc.numbers.symbolic import as_sympy, put, symbol
from cnncalc.problem import NoAnswer, Problems
from cnncalc.render.closed import text as written
from cnncalc.render.code import source
from tests.effort import sampled

H, W = symbol("H"), symbol("W")
ODD = (
    "96x96x3 -> conv 4 5x5 stride=3 pad=same -> maxpool 3x3 stride=2 pad=1 ceil=yes -> conv_transpose 6 3x3 stride=3"
    " -> conv 2 4x4 stride=2 pad=1:2 -> upsample 3 -> avgpool 2x2 -> batchnorm -> relu"
)
"""Every way in which sides change: same, ceil mode, uneven padding, transposed, enlarged and shrunk again."""

NEGATIVE = Closed(
    "odd */ \"\"\" net", "macs", ("H", "W"), {
        "floors": 5 * ((H - W) // 3) - ((2 * W - 700) // 7) * H * H + (7 - H) // (W + 1),
        "largest": maximum(H - 3 * W, (W - 400) // 3),
        "half": (H * H + H) / 2 - W,
    },
)  # fmt: skip
"""Numerators below 0, a maximum, a division that leaves nothing over, and a name that would end a comment."""

Row = dict[str, int]
Rows = list[tuple[int, ...]]


@pytest.fixture(scope="module")
def sizes() -> list[tuple[Row, tuple[int, ...]]]:
    """A thousand sizes, with the outputs that the report has."""
    found: list[tuple[Row, tuple[int, ...]]] = []
    chosen = random.Random(1)
    while len(found) < 1000:
        height, width = chosen.randint(1, 700), chosen.randint(1, 700)
        try:
            network = load(ODD, input=f"{height}x{width}x3")
        except Problems:
            continue
        found.append(({"H": height, "W": width}, network.nodes[-1].y.hwc))
    return found


def arguments(rows: list[Row]) -> list[str]:
    return [", ".join(map(str, row.values())) for row in rows]


def done(*command: str | Path) -> str:
    """Run a command; return what it prints."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True, timeout=300).stdout


def lines(text: str) -> Rows:
    return [tuple(map(int, line.split())) for line in text.splitlines()]


def in_python(found: Closed, rows: list[Row], folder: Path) -> Rows:
    function = defined(source(found, "python"))
    return [as_tuple(function(*row.values())) for row in rows]


def in_numpy(found: Closed, rows: list[Row], folder: Path) -> Rows:
    function = defined(source(found, "numpy"))
    columns = [[row[name] for row in rows] for name in rows[0]]
    results = function(*columns)
    assert all(np.asarray(column).dtype in (np.int64, int) for column in results)
    return [tuple(map(int, row)) for row in zip(*np.broadcast_arrays(*results), strict=True)]


def in_sympy(found: Closed, rows: list[Row], folder: Path) -> Rows:
    names: dict[str, Any] = {}
    exec(source(found, "sympy"), names)
    expressions = [sympy.sympify(names[name]) for name in found.formulas]
    assert expressions == [*found.sympy().values()]
    return [tuple(int(e.subs({names[k]: v for k, v in row.items()})) for e in expressions) for row in rows]


def in_c(found: Closed, rows: list[Row], folder: Path) -> Rows:
    text = source(found, "c")
    calls = [f"{name}(v[i][0], v[i][1])" for name in re.findall(r"^int64_t (\w+)\(", text, re.MULTILINE)]
    values = ", ".join(f"{{{row}}}" for row in arguments(rows))
    printed = " ".join(["%lld"] * len(calls))
    cast = ", ".join(f"(long long)({call})" for call in calls)
    (folder / "c.c").write_text(
        f"{text}\n#include <stdio.h>\nstatic const int64_t v[][2] = {{{values}}};\n"
        f'int main(void) {{ for (int i = 0; i < {len(rows)}; i++) printf("{printed}\\n", {cast}); }}\n'
    )
    done("gcc", "-std=c99", "-Wall", "-Werror", "-o", folder / "c", folder / "c.c")
    return lines(done(folder / "c"))


def in_javascript(found: Closed, rows: list[Row], folder: Path) -> Rows:
    text = source(found, "javascript")
    (name,) = re.findall(r"^function (\w+)\(", text, re.MULTILINE)
    (folder / "c.js").write_text(
        f"{text}\nfor (const v of {json.dumps([[*row.values()] for row in rows])}) "
        f"console.log([{name}(...v)].flat().join(' '));\n"
    )
    return lines(done("node", folder / "c.js"))


def in_rust(found: Closed, rows: list[Row], folder: Path) -> Rows:
    text = source(found, "rust")
    (name,) = re.findall(r"^pub fn (\w+)\(", text, re.MULTILINE)
    values = ", ".join(f"({row})" for row in arguments(rows))
    printed = "{} " * len(found.formulas)
    parts = ", ".join(f"r.{i}" for i in range(len(found.formulas)))
    (folder / "c.rs").write_text(
        f"#![deny(warnings)]\n{text}\nfn main() {{ for v in [{values}] {{ let r = {name}(v.0, v.1); "
        f'println!("{printed}", {parts}); }} }}\n'
    )
    done("rustc", "-o", folder / "rust", folder / "c.rs")
    return lines(done(folder / "rust"))


def in_sqlite(found: Closed, rows: list[Row], folder: Path) -> Rows:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE sizes (H, W)")
    database.executemany("INSERT INTO sizes VALUES (?, ?)", [tuple(row.values()) for row in rows])
    return database.execute(f"SELECT {source(found, 'sql')}\nFROM sizes ORDER BY rowid").fetchall()


def in_fortran(found: Closed, rows: list[Row], folder: Path) -> Rows:
    """Compile where there is a compiler; read it in any case."""
    text = source(found, "fortran")
    assert max(map(len, text.splitlines())) <= 132
    if shutil.which("gfortran"):
        (folder / "c.f90").write_text(text)
        done("gfortran", "-std=f2018", "-Wall", "-Werror", "-c", "-o", folder / "c.o", folder / "c.f90")
    joined = re.sub(r" &\n\s*", " ", text)
    results = re.findall(r"^function (\w+)\(.*?^  \1 = (.*?)$", joined, re.MULTILINE | re.DOTALL)
    return [tuple(evaluated(formula.replace("_int64", ""), row) for _, formula in results) for row in rows]


def in_julia(found: Closed, rows: list[Row], folder: Path) -> Rows:
    (formula,) = re.findall(r"^    return \((.*)\)$", source(found, "julia"), re.MULTILINE)
    return [tuple(map(int, evaluated(f"({formula.replace('^', '**')})", row))) for row in rows]


class Cut(int):
    """A whole number whose division cuts towards 0, as in Fortran."""

    def __truediv__(self, other: Any) -> Cut:
        return Cut(abs(self) // abs(other) * (1 if (self < 0) == (other < 0) else -1))

    def __add__(self, other: Any) -> Cut:
        return Cut(int(self) + int(other))

    def __sub__(self, other: Any) -> Cut:
        return Cut(int(self) - int(other))

    def __mul__(self, other: Any) -> Cut:
        return Cut(int(self) * int(other))

    def __neg__(self) -> Cut:
        return Cut(-int(self))

    def __pow__(self, other: Any, modulo: Any = None) -> Cut:
        return Cut(int(self) ** int(other))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Cut:
        return Cut(int(other) - int(self))


def evaluated(formula: str, row: Row) -> Any:
    """Calculate a formula as the language would, by hand."""
    functions = {name: lambda a, b: Cut(int(a) // int(b)) for name in ("fld", "floordiv")}
    return eval(formula, {**functions, "max": max}, {name: Cut(value) for name, value in row.items()})


def defined(text: str) -> Callable[..., Any]:
    """Run a text of Python; return its only function."""
    names: dict[str, Any] = {}
    exec(text, names)
    (function,) = (made for name, made in names.items() if name not in ("__builtins__", "np"))
    return function  # type: ignore[no-any-return]


def as_tuple(found: Any) -> tuple[int, ...]:
    return found if isinstance(found, tuple) else (found,)


Runner = Callable[[Closed, list[Row], Path], Rows]
LANGUAGES: dict[str, tuple[Runner, str | None]] = {
    "python": (in_python, None),
    "numpy": (in_numpy, None),
    "sympy": (in_sympy, None),
    "c": (in_c, "gcc"),
    "javascript": (in_javascript, "node"),
    "rust": (in_rust, "rustc"),
    "sql": (in_sqlite, None),
    "fortran": (in_fortran, None),
    "julia": (in_julia, None),
}


@pytest.mark.parametrize("language", sampled(LANGUAGES, every=3))
def test_a_thousand_sizes(language: str, sizes: list[tuple[Row, tuple[int, ...]]], tmp_path: Path) -> None:
    """Each language gives the report's output, and what is below 0 is rounded down."""
    run, compiler = LANGUAGES[language]
    if compiler and not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    sizes = sizes[::50] if language == "sympy" else sizes  # it takes milliseconds for one
    rows = [row for row, _ in sizes]
    output = closed(ODD, "output", ("H", "W"))
    exact = [tuple(put(number, row) for number in NEGATIVE.formulas.values()) for row in rows]
    assert run(output, rows, tmp_path) == [shape for _, shape in sizes]
    assert run(NEGATIVE, rows, tmp_path) == exact


def test_words_of_a_language_are_no_names(tmp_path: Path) -> None:
    """Vars named as words of Python, C, SQL, …: renamed with an underscore, or quoted in SQL."""
    spec = tmp_path / "words.cnn.yaml"
    spec.write_text(
        "input: 8x8x3\nvars: {lambda: 4, order: 2, int: 3, end: 5, fn: 2, width: 2}\nlayers:\n"
        "  - conv lambda+order+int*3 1x1 -> conv end*fn 1x1 -> conv width 1x1\n"
    )
    names = ("lambda", "order", "int", "end", "fn", "width")
    values = (4, 2, 3, 5, 2, 2)
    found = closed(str(spec), "params", names)
    expected = load(str(spec)).report().totals.params
    assert defined(source(found, "python"))(*values) == expected
    assert defined(source(found, "numpy"))(*values) == expected
    heads = {language: source(found, language).splitlines() for language in LANGUAGES}
    for language, head in {
        "python": "def words_params(lambda_, order, int, end, fn, width):",
        "c": "int64_t words_params("
        "int64_t lambda, int64_t order, int64_t int_, int64_t end, int64_t fn, int64_t width) {",
        "rust": "pub fn words_params(lambda: i64, order: i64, int: i64, end: i64, fn_: i64, width: i64) -> i64 {",
        "javascript": "function words_params(lambda, order, int_, end, fn, width) {",
        "julia": "function words_params(lambda::Int64, order::Int64, int::Int64, end_::Int64, fn::Int64, width::Int64)",
        "fortran": "function words_params(lambda, order, int, end_, fn, width)",
    }.items():
        assert head in heads[language]
    assert "; end_ stands for end; " in heads["julia"][0]
    columns = ", ".join(f'{value} AS "{name}"' for name, value in zip(names, values, strict=True))
    row = sqlite3.connect(":memory:").execute(f"SELECT {source(found, 'sql')}\nFROM (SELECT {columns})").fetchone()
    assert row == (expected,)


def test_an_output_named_as_a_parameter(tmp_path: Path) -> None:
    """In a text of sympy no name is given away twice."""
    spec = tmp_path / "wide.cnn.yaml"
    spec.write_text("input: 8x8x3\nvars: {width: 2}\nlayers:\n  - conv 3*width 1x1\n")
    names: dict[str, Any] = {}
    exec(source(closed(str(spec), "output", ("H", "W", "width")), "sympy"), names)
    assert (str(names["width_"]), str(names["channels"])) == ("W", "3*width")


def test_upper_and_lower_case_are_one_name_in_fortran_and_sql() -> None:
    h = symbol("h")
    found = Closed("net", "macs", ("H", "h"), {"macs": H * H + h})
    assert "net_macs = H**2 + h_" in source(found, "fortran")
    assert source(found, "sql").endswith("\nH * H + h_ AS macs")
    assert "H * H + h;" in source(found, "c")


def test_symbols_of_settings_are_parameters_too() -> None:
    found = closed(
        "densenet121", "params", ("H",), settings={"growth": "k"}
    )  # fmt: skip
    assert source(found, "python").startswith("def densenet121_params(H, k):\n")


def test_a_number_beyond_64_bits() -> None:
    found = Closed("net", "macs", ("H",), {"macs": 10**20 * H})
    with pytest.raises(NoAnswer) as refused:
        source(found, "rust")
    (problem,) = refused.value.problems
    assert problem.message == (
        "a coefficient of 100,000,000,000,000,000,000 is beyond the 64-bit integers of rust: the largest is "
        "9,223,372,036,854,775,807"
    )
    assert problem.hint == "use --format python or javascript, whose integers have no limit"
    assert defined(source(found, "python"))(3) == 3 * 10**20


def test_a_total_beyond_2_to_53_is_exact_in_javascript(tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    found = Closed("net", "macs", ("H", "W"), {"macs": (10**15 + 1) * H * W + 1})
    assert in_javascript(found, [{"H": 999, "W": 1001}], tmp_path) == [((10**15 + 1) * 999 * 1001 + 1,)]


@pytest.mark.parametrize(
    ("what", "words", "text"),
    [
        ("8x8x3 -> conv 4 3x3", ("H", "W"), "∂macs/∂H = 108W − 216"),
        ("8x8x3 -> conv 4 3x3 stride=2", ("H", "W"), "∂macs/∂H = 27W − 27"),
        ("8x8x3 -> conv 4 3x3", ("W",), None),
    ],
)
def test_marginal(what: str, words: tuple[str, ...], text: str | None) -> None:
    """What one more row costs, as a smooth formula."""
    if text is None:
        with pytest.raises(Problems, match="'H' is no symbol of the formula"):
            closed(what, "macs", words, marginal="H")
        return
    found = closed(what, "macs", words, marginal="H")
    assert written(found) == text


def test_marginal_is_sympys_derivative() -> None:
    found = closed("alexnet", "macs", ("H", "W"))
    slope = closed("alexnet", "macs", ("H", "W"), marginal="H").sympy()["macs"]
    smooth = as_sympy(found.formulas["macs"], floors=False)
    assert sympy.expand(slope - sympy.diff(smooth, as_sympy(H))) == 0


def test_every_total_of_a_report_as_sympy() -> None:
    report = load("alexnet", input="HxWx3").report()
    exact = load("alexnet", input="300x250x3").report().totals
    at = {as_sympy(H): 300, as_sympy(W): 250}
    for quantity in ("params", "macs", "flops", "activation_values", "activation_bytes"):
        assert report.sympy(quantity).subs(at) == getattr(exact, quantity)
    with pytest.raises(KeyError, match="'love' is no total of a report: it has params, buffers, macs"):
        report.sympy("love")
