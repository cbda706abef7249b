"""Right answers in many phrasings are accepted, wrong ones in the same phrasings are judged wrong; none passes."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from cnncalc.homework.key import load_key
from cnncalc.homework.mark import mark_part
from cnncalc.homework.model import Part
from cnncalc.homework.single import parts_for
from tests.effort import sampled
from tests.homework.answers import odd_phrasings
from tests.homework.answers.phrasings import QUESTIONS, named, part_of, phrasings, verdict

BATCHES = Path(__file__).parents[2] / "data" / "phrasings"
"""Answers to the questions of a key each, as students of different habits and languages write them."""

LEAST_RIGHT, LEAST_WRONG = 8, 6
"""Phrasings that each question has at least."""


def test_every_question_has_enough_phrasings() -> None:
    assert len(QUESTIONS) >= 39
    for question in QUESTIONS:
        count = Counter(right for _, right in phrasings(question))
        assert count[True] >= LEAST_RIGHT, question.id
        assert count[False] >= LEAST_WRONG, question.id


@pytest.mark.parametrize("every", sampled([4, 1], every=2))
def test_right_phrasings_are_accepted_and_wrong_ones_are_judged_wrong(every: int) -> None:
    found: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    passed, refused = [], []
    for question in QUESTIONS[::every]:
        part = part_of(question)
        for text, right in phrasings(question):
            judged = verdict(part, text)
            found[right][judged] += 1
            if not right and judged == "right":
                passed.append((question.id, text))
            if right and judged != "right":
                refused.append((question.id, judged, text))
    assert passed == []
    assert refused == []
    share = Fraction(found[False]["wrong"], found[False].total())
    assert share >= Fraction(95, 100), found[False]


def test_marks_are_what_the_readings_are() -> None:
    for question in QUESTIONS[::6]:
        part = part_of(question)
        text, _ = next(phrasings(question))
        assert mark_part(part, text).verdict == "right"


def test_odd_phrasings() -> None:
    right = {(id, text): verdict(named(id), text) for id, texts in odd_phrasings.RIGHT.items() for text in texts}
    assert len(right) >= 300
    assert {answer: judged for answer, judged in right.items() if judged != "right"} == {}


def test_odd_wrong_answers_do_not_pass() -> None:
    wrong = {(id, text): verdict(named(id), text) for id, texts in odd_phrasings.WRONG.items() for text in texts}
    assert len(wrong) >= 150
    assert {answer for answer, judged in wrong.items() if judged == "right"} == set()


@pytest.mark.parametrize("batch", sorted(BATCHES.glob("*.txt")), ids=lambda path: path.stem)
def test_batches_of_phrasings(batch: Path) -> None:
    parts = load_key(str(batch.with_suffix(".key.yaml"))).parts
    found: dict[str, Counter[str]] = {"+": Counter(), "-": Counter(), "?": Counter()}
    missed = []
    id = ""
    for line in batch.read_text("utf-8").splitlines():
        kind, _, text = line.partition(" ")
        id = text if kind == "##" else id
        if kind in found:
            judged = verdict(parts[id], text.replace("⏎", "\n"))
            found[kind][judged] += 1
            if (kind == "+") != (judged == "right") or (kind == "?" and judged != "not understood"):
                missed.append((id, kind, text, judged))
    assert missed == []
    assert found["+"].total() >= 150
    assert found["-"].total() >= 80
    assert found["?"].total() <= 0.02 * found["+"].total()
    assert found["-"]["wrong"] >= 0.85 * found["-"].total()


def _asked(heading: str) -> Part:
    """Return the part of a heading: Q001 of the key, or sides | 26x100x8 -> maxpool 2x2."""
    ask, _, network = heading.partition(" | ")
    return parts_for(network, {"1": ask})[0] if network else named(ask)


def test_written_answers() -> None:
    expected = {"+": ("right",), "-": ("wrong", "partly", "not understood"), "?": ("not understood",)}
    found: dict[tuple[str, str, str], str] = {}
    id, part = "", named("Q001")
    for line in Path(__file__).with_name("written.txt").read_text("utf-8").splitlines():
        kind, _, text = line.partition(" ")
        if kind == "##":
            id, part = text, _asked(text)
        elif kind in expected:
            found[id, kind, text] = verdict(part, text.replace("⏎", "\n"))
    assert len(found) >= 500
    assert {answer: judged for answer, judged in found.items() if judged not in expected[answer[1]]} == {}
