"""`cnncalc closed`: the formulas of every format give the numbers of the report, Python and SQL by being run."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnncalc.algebra.closed import QUANTITIES, closed
from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.problem import Problems
from cnncalc.render import closed as render
from cnncalc.render.closed import FORMATS
from tests.algebra.reading import value
from tests.cli.conftest import Run
from tests.effort import sampled, searching

Golden = Callable[[str, str], None]

ODD = (
    "96x96x3 -> conv 4 5x5 stride=3 pad=same -> maxpool 3x3 stride=2 pad=1 ceil=yes -> conv_transpose 6 3x3 stride=3"
    " -> conv 2 4x4 stride=2 pad=1:2 -> upsample 3 -> avgpool 2x2 -> batchnorm -> relu"
)
"""Every way in which sides change: same, ceil mode, uneven padding, transposed, enlarged and shrunk again."""


def sized(what: str, height: int, width: int, channels: int = 3) -> Network | None:
    try:
        return load(what, input=f"{height}x{width}x{channels}")
    except Problems:
        return None


def run_python(text: str, **values: int) -> Any:
    names: dict[str, Any] = {}
    exec(text, names)
    (function,) = (made for name, made in names.items() if name != "__builtins__")
    return function(**values)


def run_sql(text: str, rows: list[dict[str, int]]) -> list[tuple[int, ...]]:
    database = sqlite3.connect(":memory:")
    columns = ", ".join(rows[0])
    database.execute(f"CREATE TABLE sizes ({columns})")
    database.executemany(
        f"INSERT INTO sizes VALUES ({', '.join('?' for _ in rows[0])})", [tuple(r.values()) for r in rows]
    )
    return database.execute(f"SELECT {text.partition(chr(10))[2]}\nFROM sizes ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    ("what", "sizes"),
    sampled([(ODD, 300), (ODD, 1000), ("alexnet_torchvision", 1000 if searching() else 200)], every=3),
)
def test_a_thousand_sizes(what: str, sizes: int) -> None:
    """MACs and outputs in Python and SQL are the report's."""
    macs, output = closed(what, "macs", ("H", "W")), closed(what, "output", ("H", "W"))
    python, shape = render.source(macs, "python"), render.source(output, "python")
    rows: list[dict[str, int]] = []
    expected: list[tuple[Any, tuple[Any, ...]]] = []
    chosen = random.Random(1)
    while len(rows) < sizes:
        height, width = chosen.randint(40, 700), chosen.randint(40, 700)
        network = sized(what, height, width)
        if network:
            rows.append({"H": height, "W": width})
            expected.append((network.report().totals.macs, network.nodes[-1].y.hwc))
    functions = [compile(text, "closed", "exec") for text in (python, shape)]
    names: dict[str, Any] = {}
    for function in functions:
        exec(function, names)
    count, sides = (made for name, made in names.items() if name != "__builtins__")
    assert [(count(**row), as_tuple(sides(**row))) for row in rows] == expected
    assert run_sql(render.source(macs, "sql"), rows) == [(number,) for number, _ in expected]
    assert run_sql(render.source(output, "sql"), rows) == [numbers for _, numbers in expected]


def as_tuple(found: Any) -> tuple[int, ...]:
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("quantity", [name for name in QUANTITIES if name != "output"])
def test_every_total(quantity: str) -> None:
    found = closed("lenet5", quantity, ("H", "W", "N"))
    python, sql = render.source(found, "python"), render.source(found, "sql")
    for height, width, batch in ((32, 32, 1), (40, 33, 7), (61, 47, 2)):
        report = load("lenet5", input=f"{height}x{width}x1").report(batch)
        expected = report.training.saved() if quantity == "saved_bytes" else getattr(report.totals, quantity)
        values = {"H": height, "W": width, "N": batch}
        assert run_python(python, **values) == expected
        assert run_sql(sql, [values]) == [(expected,)]
        assert value(re.sub(r"(?<=[HWN])(?=[HWN])", "·", render.text(found).partition(" = ")[2]), values) == expected


def test_vars() -> None:
    """DenseNet's parameters are a polynomial in its growth."""
    found = closed("densenet121", "params", ("growth",))
    assert render.text(found) == "params = 6,700·growth² + 34,908·growth + 1,000"
    for growth in (8, 12, 24, 32, 48):
        expected = load("densenet121", settings={"growth": str(growth)}).report().totals.params
        assert run_python(render.source(found, "python"), growth=growth) == expected
        assert run_sql(render.source(found, "sql"), [{"growth": growth}]) == [(expected,)]


def test_channels_and_other_letters() -> None:
    assert render.text(closed("8x8x3 -> conv 4 3x3 pad=1", "macs", ("C",))) == "macs = 2,304C"
    assert render.text(closed("8x8x3 -> conv 4 3x3 pad=1", "macs", ("S",), input="SxSx3")) == "macs = 108S²"
    assert render.text(closed("100x3 -> conv 4 3 pad=1", "output")) == "length = L\nchannels = 4"


@pytest.mark.parametrize(
    ("chain", "symbols", "macs"),
    [
        ("HxWx3 -> conv 3 3x3", (), "81HW − 162H − 162W + 324"),
        ("HxWx3 -> conv 3 3x3", ("H", "W"), "81HW − 162H − 162W + 324"),
        ("HxWx3 -> conv 3 3x3", ("H", "C"), "27CHW − 54CH − 54CW + 108C"),
        ("WxHx3 -> conv 3 3x5", (), "135HW − 270H − 540W + 1,080"),
        ("SxSx3 -> conv 3 3x3", (), "81S² − 324S + 324"),
        ("Sx8x3 -> conv 3 3x3", (), "81SW − 162S − 162W + 324"),
        ("Hx8x3 -> conv 3 3x3", ("H",), "486H − 972"),
        ("Lx3 -> conv 3 3", (), "27L − 54"),
    ],
)
def test_symbols_of_the_input_are_symbols_of_the_formula(chain: str, symbols: tuple[str, ...], macs: str) -> None:
    assert render.text(closed(chain, "macs", symbols)) == f"macs = {macs}"


def test_a_symbol_that_is_not_in_it_is_still_a_parameter() -> None:
    text = render.source(closed("vgg16", "params", ("H",), input="224x224x3"), "python")
    assert re.match(r"def vgg16_params\(H\):\n", text)


@pytest.mark.parametrize("format_", FORMATS)
def test_screens(format_: str, run: Run, golden: Golden) -> None:
    result = run("closed", "lenet5", "--of", "macs", "--in", "H,W,N", "--format", format_)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"closed-{format_}.txt", result.stdout)


def test_outputs(run: Run) -> None:
    result = run("closed", "8x8x3 -> conv 4 3x3 stride=2 pad=1", "--of", "output")
    assert result.stdout == "height = ⌊(H + 1)/2⌋\nwidth = ⌊(W + 1)/2⌋\nchannels = 4\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--in", "X,H,H"),
            "--in:1:1: E118 symbol: nothing is called 'X' here\n  X,H,H\n  ^\n"
            "  help: sides are H, W, channels C; the batch is N\n"
            "--in:1:5: E118 symbol: H is asked for twice\n  X,H,H\n      ^\n2 problems\n",
        ),
        (
            ("--in", "growht"),
            "--in:1:1: E109 name: there is no var 'growht'\n  growht\n  ^^^^^^\n"
            "  help: did you mean 'growth'?\n1 problem\n",
        ),
        (
            ("--in", "H,depths"),
            "--in:1:3: E118 symbol: depths is a list, not a number\n  H,depths\n    ^^^^^^\n1 problem\n",
        ),
        (
            ("--in", "growth", "--set", "growth=24"),
            "--in:1:1: E118 symbol: growth is set to 24, so it is no symbol\n  growth\n  ^^^^^^\n1 problem\n",
        ),
        (
            ("--in", "N", "--batch", "4"),
            "--in:1:1: E118 symbol: N is set to 4, so it is no symbol\n  N\n  ^\n1 problem\n",
        ),
        (
            ("--in", "W", "--input", "WxHx3"),
            "--in:1:1: E118 symbol: W stands for a number of the input already\n  W\n  ^\n1 problem\n",
        ),
    ],
)
def test_words_that_mean_nothing_or_two_things(words: tuple[str, ...], message: str, run: Run) -> None:
    result = run("closed", "densenet121", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_an_unknown_quantity(run: Run) -> None:
    result = run("closed", "alexnet", "--of", "love")
    assert result.exit_code == 2
    assert "Error: Invalid value for '--of': 'love' is not one of 'params', 'macs', 'output'," in result.stderr


ROUNDS = """
input: 8x8x3
vars: {depth: 3, wide: no}
layers:
  - if: depth > 2
    then: relu
  - repeat: depth
    layers: conv 4 3x3 pad=1
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("densenet121", "--set", "growth=H", "--input", "HxWx3"),
            "--input:1:1: E118 symbol: H stands for growth already, a side needs a letter of its own\n"
            "  HxWx3\n  ^\n1 problem\n",
        ),
        (
            ("rounds.cnn.yaml", "--set", "depth=k"),
            "rounds.cnn.yaml:5:9: E117 structure: which layers there are may not depend on k\n"
            "    - if: depth > 2\n          ^^^^^^^^^\n  help: give it a number\n"
            "rounds.cnn.yaml:7:13: E117 structure: which layers there are may not depend on k\n"
            "    - repeat: depth\n              ^^^^^\n  help: give it a number\n2 problems\n",
        ),
        (
            ("rounds.cnn.yaml", "--set", "depth=k", "--set", "wide=k"),
            "<options>:1:6: E118 symbol: k stands for depth already, wide needs a word of its own\n"
            "  wide=k\n       ^\n"
            "rounds.cnn.yaml:5:9: E117 structure: which layers there are may not depend on k\n"
            "    - if: depth > 2\n          ^^^^^^^^^\n  help: give it a number\n"
            "rounds.cnn.yaml:7:13: E117 structure: which layers there are may not depend on k\n"
            "    - repeat: depth\n              ^^^^^\n  help: give it a number\n3 problems\n",
        ),
        (
            ("8x8x3 -> conv 4 KxK",),
            "<command line>:1:17: E118 symbol: K stands for any number here, but a number is needed\n"
            "  8x8x3 -> conv 4 KxK\n                  ^\n  help: put a number here\n1 problem\n",
        ),
    ],
)
def test_symbols_where_they_cannot_be(
    words: tuple[str, ...], message: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rounds.cnn.yaml").write_text(ROUNDS)
    result = run("show", *words)
    code = 2 if message.startswith(("<options>", "--in")) else 1
    assert (result.exit_code, result.stderr) == (code, message)


def test_a_var_with_a_name_of_one_capital(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn.yaml").write_text("input: 8x8x3\nvars: {K: 4}\nlayers:\n  - conv K 3x3\n")
    result = run("closed", "net.cnn.yaml", "--of", "params", "--in", "K")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "params = 28K\n", "")


def test_widths_that_are_rounded_to_a_multiple(run: Run) -> None:
    """Exact where the symbol decides the rounding; else a problem."""
    chain = "8x8x3 -> conv multiple(16*channels, 8) 1x1"
    result = run("closed", chain, "--of", "output", "--in", "H,C")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "channels = 16C")
    result = run("show", "8x8xC -> conv multiple(channels, 8) 1x1")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "<command line>:1:15: E118 symbol: a number is needed here, and C is none yet",
    )


def test_a_batch_that_is_a_side(run: Run) -> None:
    result = run("show", "alexnet", "--input", "HxWx3", "--batch", "H")
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "'--batch': H stands for a number of the network already, the batch needs another name\n"
    )


def test_merges_with_symbols_say_what_they_need(run: Run) -> None:
    """Where branches meet, sides are taken for equal that are so for some sizes only."""
    spec = "HxWx3 -> maxpool 2x2 -> upsample 2 -> add input"
    result = run("show", spec, width=100)
    assert result.exit_code == 0
    assert "note: branches meet where 2·⌊H/2⌋ = H, 2·⌊W/2⌋ = W; other values do not build\n" in result.stdout


def test_a_derivative(run: Run) -> None:
    result = run("closed", "8x8x3 -> conv 4 3x3 stride=2 pad=1", "--marginal", "H")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "∂macs/∂H = 27W + 27\n", "")
    result = run("closed", "8x8x3 -> conv 4 3x3 stride=2 pad=1", "--marginal", "H", "--format", "latex")
    assert result.stdout == (
        "\\begin{align*}\n  \\frac{\\partial\\,\\mathrm{macs}}{\\partial\\,H} &= 27W + 27\n\\end{align*}\n"
    )
    result = run("closed", "8x8x3 -> conv 4 3x3 stride=2 pad=1", "--marginal", "H", "--format", "sympy")
    assert result.stdout.endswith("macs = 27 * W + 27\n")


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (
            ("--marginal", "H", "--format", "c"),
            "Error: a derivative is no formula of whole numbers: its formats are text, latex, sympy, json\n",
        ),
        (
            ("--marginal", "K"),
            "--marginal:1:1: E118 symbol: 'K' is no symbol of the formula\n  K\n  ^\n"
            "  help: its symbols are H, W\n1 problem\n",
        ),
    ],
)
def test_derivatives_that_there_are_not(words: tuple[str, ...], end: str, run: Run) -> None:
    result = run("closed", "8x8x3 -> conv 4 3x3", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(end)
