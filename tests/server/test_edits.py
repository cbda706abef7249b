"""After any edits, what is told of a text is what is told of it alone: nothing is left over from the texts before."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pygls.workspace import PositionCodec

from cnncalc.linter.catalogue import DEFAULT
from cnncalc.linter.runner import check
from cnncalc.linter.settings import Selection
from cnncalc.problem import Source
from cnncalc.server import diagnostics, hints
from cnncalc.server.document import Document
from tests.effort import examples
from tests.server.editor import Editor

ARCHITECTURES = Path(__file__).parents[2] / "architectures"
TEXTS = [(ARCHITECTURES / f"{name}.cnn.yaml").read_text("utf-8") for name in ("resnet", "googlenet", "lenet")]
TYPED = [" -> relu", "6", "x", "\n", "  ", ":", "(", "-", "#", "repeat", " stride=2", "é", "𝄞", "- a: conv 3 1x1\n"]
CODEC = PositionCodec()

edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(["", *TYPED])), min_size=1, max_size=6)


def after(text: str, edit: tuple[float, int, str]) -> str:
    """Return a text after some characters have given way to others."""
    at = int(edit[0] * len(text))
    return f"{text[:at]}{edit[2]}{text[at + edit[1] :]}"


def said(document: Document) -> object:
    """Return the problems and hints of a document."""
    lines = {number: line.text for number, line in hints.lines(document).items()}
    return [diagnostics.of_finding(finding) for finding in document.errors], lines


@examples(25)
@given(st.sampled_from(TEXTS), edits)
def test_a_text_that_was_edited_is_a_text(text: str, made: list[tuple[float, int, str]]) -> None:
    document = Document("net.cnn.yaml", text, CODEC)
    for edit in made:
        text = after(text, edit)
        document = Document("net.cnn.yaml", text, CODEC, "", document)
    alone = Document("net.cnn.yaml", text, CODEC)
    assert said(document) == said(alone)
    assert (document.understood is document) == (alone.understood is not None)


@examples(25)
@given(st.sampled_from(TEXTS), edits)
def test_the_errors_told_at_once_are_errors_of_the_linter(text: str, made: list[tuple[float, int, str]]) -> None:
    for edit in made:
        text = after(text, edit)
    codes = frozenset(code for code in DEFAULT if code.startswith("E") and code != "E206")
    linted = check(Source("net.cnn.yaml", text), Selection(codes, frozenset())).findings
    places = {(finding.code, finding.place.line, finding.place.column) for finding in linted}
    for finding in Document("net.cnn.yaml", text, CODEC).errors:
        assert (finding.code, finding.place.line, finding.place.column) in places


def test_a_server_tells_in_the_end_what_the_last_text_has(tmp_path: Path) -> None:
    """Type quickly, without waiting for answers."""
    editor = Editor(tmp_path)
    editor.start()
    try:
        line = "  - conv: conv 6 5x5 -> relu"
        texts = [f"input: 32x32x1\nlayers:\n{line[:count]}" for count in range(len(line))]
        for text in texts:
            editor.send(text)
        editor.send("input: 32x32x1\nlayers:\n  - c: conv 6 5x5 -> rleu\n")
        while [diagnostic.code for diagnostic in editor.next()] != ["E108"]:
            pass
        assert editor.hints() == {}
        assert editor.open("input: 32x32x1\nlayers:\n  - c: conv 6 5x5 -> relu\n") == []
        assert editor.hints() == {3: "» 28x28x6 · 156 params · 117.6K MACs"}
    finally:
        editor.stop()
