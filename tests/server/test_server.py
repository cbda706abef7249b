"""The language server, asked by a real client over its standard input and output."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from cnncalc.loading import load
from tests.cli.conftest import Run
from tests.server.editor import WAIT_S, Editor

RESNET = (Path(__file__).parents[2] / "architectures" / "resnet.cnn.yaml").read_text("utf-8")
PLAIN = """input: 227x227x3
vars: {width: 96}
blocks:
  unit out kernel=3x3: conv out kernel pad=same -> relu
layers:
  - conv1: conv width 11x11 stride=4 -> relu
  - pool: maxpool 3x3 stride=2
  - body:
      - 2 * unit 64
      - add: {a: unit 64, skip: identity}
  - end: use pool -> flatten -> linear 10  # 🙂
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    made = Editor(tmp_path_factory.mktemp("net"))
    result = made.start({"variant": "resnet152"})
    assert result.server_info is not None
    assert result.server_info.name == "cnncalc"
    yield made
    made.stop()


def spans(diagnostics: list[lsp.Diagnostic]) -> list[str]:
    return [
        f"{d.range.start.line + 1}:{d.range.start.character + 1}-{d.range.end.character + 1} {d.code}"
        for d in diagnostics
    ]


def test_problems_as_one_types(editor: Editor) -> None:
    assert editor.open(PLAIN) == []
    broken = PLAIN.replace("stride=4 -> relu", "stride=4 -> 🙂 -> relu  padding=1")
    (told, *_) = editor.open(broken)
    assert (told.code, told.severity, told.source) == ("E106", lsp.DiagnosticSeverity.Error, "cnncalc")
    wrong = editor.open(PLAIN.replace("pool: maxpool 3x3", "pool: maxpool 333x3"))
    assert spans(wrong)[0] == "7:19-24 E201"
    assert "help: " in wrong[0].message
    assert editor.open("input: 8\nlayers: [") != []
    assert editor.open("") != []
    assert editor.open("\0") != []
    assert editor.open(PLAIN) == []


def test_what_nothing_uses_is_greyed_out(editor: Editor) -> None:
    text = PLAIN.replace("{width: 96}", "{width: 96, height: 2}").replace("stride=4 -> relu", "stride=4 pad=30")
    assert editor.open(text) == []
    told = {one.code: [*(one.tags or ())] for one in editor.next()}
    assert {code for code, tags in told.items() if tags == [lsp.DiagnosticTag.Unnecessary]} == {"W103", "W104"}
    assert {code for code, tags in told.items() if not tags} == {"W303", "W309"}


def test_hints_at_the_end_of_each_line(editor: Editor) -> None:
    editor.open(PLAIN)
    assert editor.hints() == {
        4: "» 27x27x64 · 55,360 params · 40.31M MACs · first of 3 calls",
        6: "» 55x55x96 · 34,944 params · 105.4M MACs",
        7: "» 27x27x96",
        8: "» 27x27x64 · 129,216 params · 94.06M MACs",
        9: "» 27x27x64 · 92,288 params · 67.18M MACs",
        10: "» 27x27x64 · 36,928 params · 26.87M MACs",
        11: "» 10 · 699,850 params · 699.8K MACs",
    }


def test_hints_and_formulas_stay_while_one_line_is_broken(editor: Editor) -> None:
    text = """input: 64x64x3
blocks:
  unit out: conv out 3x3 -> relu
  bad out groups: conv out 3x3 -> conv out 1x1 groups=groups
layers:
  - stem: conv 16 3x3 pad=1 -> relu
  - body:
      - unit 8
      - concat: {a: unit 8, b: unit 8}
  - last: conv 8 3x3 padd=1
  - behind: conv 8 3x3
"""
    assert [d.code for d in editor.open(text)] == ["E111"]
    before = {
        3: "» 62x62x8 · 1,160 params · 4.428M MACs · first of 3 calls",
        6: "» 64x64x16 · 448 params · 1.769M MACs",
        7: "» 60x60x16 · 2,328 params · 8.575M MACs",
        8: "» 62x62x8 · 1,160 params · 4.428M MACs",
        9: "» 60x60x16 · 1,168 params · 4.147M MACs",
    }
    assert editor.hints() == before
    assert editor.hover(6, 13).startswith("```text\nstem.conv · conv 16 3x3 pad=1 · 64x64x3 -> 64x64x16\n")
    assert editor.hover(10, 13).startswith("# conv\n")
    # a shape check says what the rest works on, but not what it reads
    assert [d.code for d in editor.open(text.replace("padd=1", "padd=1 -> 9x9x8"))] == ["E111"]
    assert editor.hints() == before
    # of a name, a step and a block with a layer that does not fit, the numbers would be wrong
    groups = text.replace("last: conv 8 3x3 padd=1", "last:\n      - bad 8 3")
    assert [d.code for d in editor.open(groups)] == ["E203"]
    assert editor.hints() == before | {12: "» 56x56x8 · 584 params · 1.806M MACs"}
    assert editor.hover(11, 10) == "```yaml\nbad out groups:\n```"


def test_warnings_come_after_a_pause_and_have_fixes(editor: Editor) -> None:
    text = "input: 32x32x3\nvars: {spare: 1}\nlayers:\n  - conv 8 3x3\n  - relu -> 30x30x9\n"
    assert [d.code for d in editor.open(text)] == ["E205"]
    told = editor.next()
    assert {"E205"} < {d.code for d in told}
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(9, 0))
    params = lsp.CodeActionParams(editor.document, whole, lsp.CodeActionContext([]))
    actions = editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
    (check,) = (action for action in actions if action.diagnostics[0].code == "E205")
    assert check.title == "write 30x30x8 (E205, changes the network)"
    (edit,) = check.edit.changes[editor.uri]
    assert (edit.range.start, edit.range.end) == (lsp.Position(4, 12), lsp.Position(4, 19))
    assert edit.new_text == "30x30x8"
    # Warnings stay on lines that are unchanged, and move with them.
    before = {d.code: d.range.start.line for d in told if d.severity != lsp.DiagnosticSeverity.Error}
    after = {d.code: d.range.start.line for d in editor.open(f"# a line\n{text}") if d.code in before}
    assert before
    assert after == {code: line + 1 for code, line in before.items()}


def test_totals_are_judged_after_a_pause(editor: Editor) -> None:
    assert editor.open("input: 8\nlayers: linear 10\nexpect: {params: 80}\n") == []
    assert "3:18-20 E206" in spans(editor.next())


def test_hover(editor: Editor) -> None:
    editor.open(PLAIN)
    formula = editor.hover(6, 13)
    assert formula.startswith("```text\nconv1.conv · conv 96 11x11 stride=4 · 227x227x3 -> 55x55x96\n")
    assert "34,944" in formula
    assert editor.hover(6, 32).startswith("`stride` of conv: distance between windows, per dimension; ")
    unit = editor.hover(9, 13)
    numbers = "27x27x96 -> 27x27x64, 2 layers, 55,360 params, 40,310,784 MACs"
    assert unit == f"```yaml\nunit out kernel=3x3:\n```\n\n{numbers}"
    assert editor.hover(1, 0) == ""
    editor.open("input: 8\nlayers:\n  - conv 8 3x3 -> oops\n")
    assert editor.hover(3, 5).startswith("# conv\n")


def test_definition(editor: Editor) -> None:
    editor.open(PLAIN)
    assert editor.definition(9, 13) == "4:3-7"
    assert editor.definition(11, 15) == "7:5-9"
    assert editor.definition(6, 20) == "2:8-13"
    assert editor.definition(4, 30) == "4:8-11"
    assert editor.definition(1, 2) == ""


LOOP = """input: 64x64x3
layers:
  - p3: conv 8 3x3 stride=2 pad=1
  - p4: conv 8 3x3 stride=2 pad=1
  - heads:
      for: level in [p3, p4]
      layers:
        - box: use level -> conv level.channels 1x1
"""


def test_a_loop_over_levels(editor: Editor) -> None:
    assert editor.open(LOOP) == []
    assert editor.definition(8, 21) == editor.definition(8, 35) == "6:12-17"
    assert editor.hover(8, 21).startswith("```yaml\nfor: level in [p3, p4]\n```")
    assert "conv 8 1x1" in editor.hover(8, 29)
    editor.open(LOOP.replace("[p3, p4]", "[p3, "))
    assert {"p3", "p4"} <= set(editor.completions(6, 26))
    editor.open(LOOP.replace("use level -> conv level.channels 1x1", "use "))
    assert {"p3", "p4", "level"} <= set(editor.completions(8, 19))
    editor.open(LOOP + "  - fo\n")
    assert "for:" in editor.completions(9, 6)


def test_completion(editor: Editor) -> None:
    editor.open(f"{PLAIN}  - c\n")
    heads = editor.completions(12, 5)
    assert {"unit", "conv", "maxpool", "use", "add", "identity"} <= set(heads)
    editor.open(f"{PLAIN}  - x: relu -> conv 64 \n")
    fields = editor.completions(12, 25)
    assert {"kernel=", "stride=", "pad=", "width", "channels"} <= set(fields)
    assert "out=" not in fields
    editor.open(f"{PLAIN}  - relu -> conv 64 3x3 pad=\n")
    assert editor.completions(12, 30)[:3] == ["same", "same_lower", "valid"]
    editor.open(f"{PLAIN}  - use \n")
    assert editor.completions(12, 8) == ["conv1", "pool", "body", "a", "skip", "end", "input"]
    # neither an item itself nor those around it nor what stands below
    own = f"{PLAIN}  - out:\n      - one: relu\n      - two: add \n      - three: relu\n"
    editor.open(own)
    assert editor.completions(14, 17) == ["conv1", "pool", "body", "a", "skip", "end", "one", "input"]
    flow = f"{PLAIN}  - add: {{left: relu, right: use }}\n"
    editor.open(flow)
    assert editor.completions(12, 35) == ["conv1", "pool", "body", "a", "skip", "end", "left", "input"]
    editor.open(f"{PLAIN}  - 2 * unit \n")
    assert editor.completions(12, 14)[:2] == ["out=", "kernel="]
    editor.open(f"{PLAIN}e")
    assert "expect" in editor.completions(12, 1)
    editor.open(f"{PLAIN}expect: {{p")
    assert "params" in editor.completions(12, 10)


def test_outline(editor: Editor) -> None:
    editor.open(PLAIN)
    symbols = editor.ask(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.DocumentSymbolParams(editor.document))
    assert [symbol.name for symbol in symbols] == ["input", "vars", "blocks", "layers"]
    assert [child.name for child in symbols[2].children] == ["unit"]
    assert [child.name for child in symbols[3].children] == ["conv1", "pool", "body", "end"]
    assert [child.name for child in symbols[3].children[2].children] == ["a", "skip"]


def test_format(editor: Editor) -> None:
    editor.open("input: 8\nlayers: fc   10->relu\n")
    params = lsp.DocumentFormattingParams(editor.document, lsp.FormattingOptions(2, True))
    (edit,) = editor.ask(lsp.TEXT_DOCUMENT_FORMATTING, params)
    assert edit.new_text == "input: 8\nlayers: linear 10 -> relu\n"
    editor.open("input: 8\nlayers: [\n")
    assert not editor.ask(lsp.TEXT_DOCUMENT_FORMATTING, params)


def test_a_family_is_shown_by_the_chosen_variant(editor: Editor) -> None:
    editor.open(RESNET)
    line = RESNET[: RESNET.index("  - conv4: ")].count("\n") + 1
    rows = [row for row in load("resnet152").report().rows if row.path.startswith("conv4.")]
    params, macs = sum(row.params for row in rows), sum(row.macs for row in rows)
    assert editor.hints()[line] == f"» 14x14x1024 · {params:,} params · {macs / 1e9:.3f}G MACs"


def test_other_yaml_is_left_alone(editor: Editor) -> None:
    uri = editor.uri.replace("net.cnn.yaml", "other.yaml")
    item = lsp.TextDocumentItem(uri, "yaml", 1, "input: [")
    editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    editor.open(PLAIN)
    assert uri not in editor.told


def test_without_pygls(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls", None)
    result = run("lsp")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "E121 package: the language server needs pygls, which is not installed\n"
        '  help: pip install ".[lsp]"\n1 problem\n'
    )


def test_the_end_of_its_input_ends_the_server() -> None:
    command = [sys.executable, "-c", "from cnncalc.cli import main; main()", "lsp"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=WAIT_S, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_an_unknown_text_is_no_fault(editor: Editor) -> None:
    other = lsp.TextDocumentIdentifier("file:///nowhere.cnn.yaml")
    assert not editor.ask(lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams(other, lsp.Position(3, 3)))
    assert not editor.ask(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.DocumentSymbolParams(other))
