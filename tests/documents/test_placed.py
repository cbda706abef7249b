"""Models over texts with places: our codes, places and sentences for what pydantic refuses."""

from __future__ import annotations

import pytest

from cnncalc.documents.claims import Erratum
from cnncalc.documents.key import Conventions
from cnncalc.documents.placed import Placed, read_placed
from cnncalc.problem import Source
from cnncalc.spec.text import read


def told(model: type[Placed], text: str) -> list[str]:
    """Return what is said of a text, with the remedies."""
    tree, problems = read(Source("t", text))
    assert tree is not None
    assert not problems
    found, problems = read_placed(model, tree)
    assert (found is None) == bool(problems)
    return [f"{one.headline()} | {one.hint}" for one in problems]


@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        (Conventions, "biases: no\norder: CHW\nthousand: 1024", []),
        (Conventions, "biases: maybe", ["t:1:9: E105 value: biases is yes or no, not 'maybe' | None"]),
        (
            Conventions,
            "order: hwcc",
            ["t:1:8: E105 value: order is hwc, chw or either, not 'hwcc' | did you mean 'hwc'?"],
        ),
        (Conventions, "thousand: 1025", ["t:1:11: E105 value: thousand is 1000 or 1024, not '1025' | None"]),
        (
            Conventions,
            "bytes: 4\nflop: two",
            ["t:2:1: E103 key: unknown key 'flop' | did you mean 'flops'?"],
        ),
        (Erratum, "{kind: wrong, note: n, at: conv1}", []),
        (
            Erratum,
            "kind: wrng\nnote: n",
            ["t:1:7: E105 value: 'wrng' is no kind of erratum | did you mean 'wrong'?"],
        ),
        (
            Erratum,
            "at: conv1\nkind: wrong",
            ["t:1:1: E104 missing: the note of this erratum is missing | say what the number is, with arithmetic"],
        ),
        (
            Erratum,
            "kind: wrong\nnote: n\nof: [a, {b: c}]",
            ["t:3:9: E105 value: of takes a name or a list of names | None"],
        ),
        (Erratum, "kind: wrong\nnote: [n]", ["t:2:7: E105 value: a text is expected here | None"]),
    ],
)
def test_problems(model: type[Placed], text: str, said: list[str]) -> None:
    assert told(model, text) == said


def test_a_text_over_several_lines_is_one_line() -> None:
    tree, _ = read(Source("t", "kind: other  convention\nnote: |\n  two\n  lines\nwhere: [table 1, 'section\n\n  2']"))
    assert tree is not None
    found, _ = read_placed(Erratum, tree)
    assert found == Erratum(kind="other convention", note="two lines", where=("table 1", "section 2"))
