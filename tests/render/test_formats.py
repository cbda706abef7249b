"""JSON and its page, Markdown, LaTeX and HTML: what a text of a spec cannot break."""

from __future__ import annotations

import html.parser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cnncalc.loading import load
from cnncalc.network.network import Network
from cnncalc.render.columns import DEFAULT, SHARES, View
from cnncalc.render.data import as_dict, json_text
from cnncalc.render.printers import printed
from cnncalc.render.printers.latex import escape as latex_escape
from cnncalc.render.printers.markdown import escape as markdown_escape
from cnncalc.render.report import table

ROOT = Path(__file__).parents[2]
TYPESET = View(tuple(column for column in DEFAULT if column not in SHARES))

NASTY = r"""
name: tri_cky
title: '50% of $x_1^2$ & {more} #1 ~ \back <b> | "q" -- naïve'
source: 'A_b & C; 3 × 4 → 5 ≥ 2 – x − y… `ok` --- </small><script>alert(1)</script>'
input: 8x8x3
layers:
  - a_b: conv 8 3x3 pad=1 -> relu
  - fc: flatten -> linear 10
"""


@pytest.fixture
def nasty() -> Network:
    return load("-", stdin=NASTY.encode)


@pytest.mark.parametrize("what", ["googlenet", "siamese", "9 -> linear 3", "1000x1 -> conv 4 80"])
def test_json_is_what_the_dict_holds(what: str) -> None:
    report = load(what).report()
    assert json.loads(json_text(report)) == as_dict(report)


def test_json_of_several_inputs_and_a_signal() -> None:
    text = "inputs: {a: 100x2, b: 100x2}\nlayers: [{m: {add: [use a, use b]}}, conv 4 5]\n"
    data = as_dict(load("-", stdin=text.encode).report())
    assert data["inputs"] == {"a": [100, 2], "b": [100, 2]}
    add, conv = data["layers"]
    assert (add["input"], add["reads"]) == ([[100, 2], [100, 2]], ["a", "b"])
    assert (conv["kernel"], conv["output"], conv["receptive_field"]) == ([5], [96, 4], [5])


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("conv_bn 50% & #1", r"conv\_bn 50\% \& \#1"),
        (r"\back{slash}", r"\textbackslash{}back\{slash\}"),
        ("a ~ b^2 $c$", r"a \textasciitilde{} b\textasciicircum{}2 \$c\$"),
        ('"Deep" and "wide"', "``Deep'' and ``wide''"),
        ("x -> y --- z", r"x -\textgreater{} y -{}-{}- z"),
        ("×35 2–36", r"$\times$35 2\textendash{}36"),
    ],
)
def test_latex_escape(text: str, escaped: str) -> None:
    assert latex_escape(text) == escaped


def test_markdown_escape() -> None:
    assert markdown_escape(r"a|b *c* _d_ [e](f) <g> `h` $i$ \j") == (r"a\|b \*c\* \_d\_ \[e\](f) \<g> \`h\` \$i\$ \\j")


def test_markdown_cells_stay_in_their_columns(nasty: Network) -> None:
    text = printed([table(nasty.report(), TYPESET)], "markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_latex_compiles(nasty: Network, tmp_path: Path) -> None:
    short, long = load("alexnet").report(), load("resnet50").report()
    tables = {
        "short": printed([table(short, TYPESET)], "latex"),
        "long": printed([table(long, View(TYPESET.columns, depth="all"))], "latex"),
        "nasty": printed([table(nasty.report(), View(DEFAULT))], "latex"),
    }
    packages = {line for text in tables.values() for line in re.findall(r"\\usepackage\{.*?\}", text)}
    for name, text in tables.items():
        (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
    body = "".join(rf"\input{{{name}}}" for name in tables)
    document = rf"\documentclass{{article}}{''.join(packages)}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "main.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    for _ in range(2):
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    assert result.returncode == 0, result.stdout.decode("utf-8", "replace")
    assert b"multiply" not in result.stdout


class Balance(html.parser.HTMLParser):
    """Follow the tags: every one that opens closes in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html(nasty: Network) -> None:
    report = nasty.report()
    text = report._repr_html_()
    balance = Balance()
    balance.feed(text)
    assert balance.open == []
    assert "script" not in balance.seen
    assert "&lt;script&gt;" in text
    assert text == report._repr_html_()


def test_html_has_no_colour_of_its_own_for_text() -> None:
    text = load("googlenet").report()._repr_html_()
    assert not re.search(r"(?<!-)\bcolor: (?!inherit)", text)
    assert "background: none" in text
    assert '<tr class="aside">' in text
