"""Moodle XML and GIFT, read back as Moodle reads them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from cnncalc.homework.key import read_key
from cnncalc.homework.model import Key, Part, Question
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.exports.asking import Variant, choices, labelled
from cnncalc.quizzes.exports.gift import gift
from cnncalc.quizzes.exports.moodle import SHARES, moodle
from tests.homework.exports import (
    NASTY,
    fixed_key,
    fixed_variants,
    nasty_key,
    numbers_key,
    plain,
    squeezed,
    unbracketed,
    words,
)

KEYS = [pytest.param(make, id=make.__name__.partition("_")[0]) for make in (nasty_key, fixed_key, numbers_key)]
PERCENTS = {round(float(share * 100), 5) for share in SHARES}


class Known(NamedTuple):
    """One answer that Moodle was told."""

    text: str
    tolerance: str
    percent: float
    feedback: str


def graded(kind: str, known: list[Known], typed: str) -> tuple[float, str]:
    """Grade as Moodle does: the first answer that fits."""
    for one in known:
        if kind == "numerical":
            fits = abs(Fraction(typed) - Fraction(one.text)) <= Fraction(one.tolerance)
        else:  # a bare star is anything, and case does not matter
            parts = re.split(r"(?<!\\)\*", one.text)
            fits = bool(re.fullmatch(".*".join(re.escape(p.replace(r"\*", "*")) for p in parts), typed, re.IGNORECASE))
        if fits:
            return one.percent, one.feedback
    return 0.0, ""


def check_answers(kind: str, known: list[Known], part: Part) -> None:
    """Hold what Moodle knows against what the key knows, for each spelling of each answer."""
    assert max(one.percent for one in known) == 100
    assert all(round(abs(one.percent), 5) in PERCENTS for one in known)
    for one in accepted(part):
        for typed in spellings(part, one)[:8]:
            percent, feedback = graded(kind, known, typed)
            assert abs(percent - float(one.share) * 100) <= 2.5, (part.id, typed)
            assert feedback == one.feedback, (part.id, typed)
    assert graded(kind, known, "123456789.5") == (0, "")


def check_choices(known: list[Known], question: Question, part: Part) -> None:
    expected = [(squeezed(c.text), float(c.share) * 100, c.feedback) for c in choices(question, part)]
    assert [(squeezed(one.text), one.percent, one.feedback) for one in known] == expected


# XML.


def inner(element: ElementTree.Element, path: str = "") -> str:
    found = element.find(f"{path}/text" if path else "text")
    assert found is not None
    return found.text or ""


def elements(text: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text)
    assert root.tag == "quiz"
    return [q for q in root if q.get("type") != "category"]


@pytest.mark.parametrize("make", KEYS)
def test_moodle_asks_and_grades_as_the_key(make: Callable[[], Key]) -> None:
    key = make()
    found = elements(moodle([Variant("", key)]))
    assert len(found) == len(key.questions)
    for element, question in zip(found, key.questions, strict=True):
        assert inner(element, "name").split()[0] == question.id
        tags = [child.tag for child in element][:6]
        own = ["defaultgrade"] if element.get("type") != "cloze" else []
        assert tags == ["name", "questiontext", "generalfeedback", *own, "penalty", "hidden", "idnumber"][:6]
        text = inner(element, "questiontext")
        assert words(unbracketed(question.text)) in plain(GAP.sub("", text))
        kind = element.get("type") or ""
        if kind == "cloze":
            check_gaps(text, question)
            continue
        (part,) = question.parts
        assert Fraction(element.findtext("defaultgrade", "")) == question.points
        known = [
            Known(
                inner(answer) if kind != "multichoice" else plain(inner(answer)),
                answer.findtext("tolerance", "0"),
                float(answer.get("fraction", "")),
                plain(inner(answer, "feedback")),
            )
            for answer in element.findall("answer")
        ]
        if kind == "multichoice":
            assert labelled(question, part)
            check_choices(known, question, part)
        else:
            assert kind == ("numerical" if accepted(part)[0].number is not None else "shortanswer")
            check_answers(kind, known, part)


# Cloze, by the expressions of Moodle's own reader (question/type/multianswer/questiontype.php).

ONE = r"(?:=|%-?[0-9]+(?:[.,][0-9]*)?%)?.+?(?<!\\|&)(?=[~#}]|$)(?:#.*?(?<!\\)(?=[~}]|$))?"
GAP = re.compile(rf"\{{([0-9]*):(NUMERICAL|SHORTANSWER):({ONE}(?:~{ONE})*)\}}")
ALTERNATIVE = re.compile(r"(?:(=)|%(-?[0-9.]+)%)?(.+?(?<!\\|&)(?=[~#}]|$))(?:#(.*?(?<!\\)(?=[~}]|$)))?")


def alternatives(kind: str, body: str) -> Iterator[Known]:
    while body:
        match = ALTERNATIVE.match(body)
        assert match is not None, body
        percent = 100.0 if match[1] == "=" else float(match[2] or 0)
        text, feedback = html.unescape(match[3]), plain(html.unescape(match[4] or ""))
        value, _, tolerance = text.partition(":") if kind == "numerical" else (text, "", "0")
        yield Known(value, tolerance, percent, feedback)
        body = body[match.end() :].removeprefix("~")


def check_gaps(text: str, question: Question) -> None:
    found = list(GAP.finditer(text))
    assert len(found) == len(question.parts)
    weights = [int(gap[1]) for gap in found]
    assert [Fraction(w, sum(weights)) for w in weights] == [p.points / question.points for p in question.parts]
    for gap, part in zip(found, question.parts, strict=True):
        kind = gap[2].lower()
        known = list(alternatives(kind, gap[3]))
        for one in accepted(part):
            for typed in spellings(part, one)[:3]:
                percent, feedback = graded(kind, known, typed)
                assert (round(percent), feedback) == (round(float(one.share) * 100), one.feedback), (part.id, typed)


def test_variants_stand_in_a_category_a_question() -> None:
    variants = fixed_variants()
    root = ElementTree.fromstring(moodle(variants))
    kinds = [q.get("type") for q in root]
    assert kinds.count("category") == 3
    names = [inner(q, "category") if q.get("type") == "category" else inner(q, "name") for q in root]
    assert names == [
        "$course$/top/Quiz/Question 1",
        "1 (ann) output",
        "1 (ben) output",
        "$course$/top/Quiz/Question 2",
        "2 (ann) compare",
        "2 (ben) compare",
        "$course$/top/Quiz/Question 3",
        "3 (ann) table",
        "3 (ben) table",
    ]


def test_a_slash_in_a_title_makes_no_further_category() -> None:
    key = read_key("title: 'CNNs 1/2'\nquestions: [{id: 1, network: alexnet, ask: params}]")
    assert "<text>$course$/top/CNNs 1//2</text>" in moodle([Variant("", key)])
    assert "$CATEGORY: $course$/top/CNNs 1//2\n" in gift([Variant("", key)])


def test_shares_that_moodle_does_not_know_become_the_nearest() -> None:
    text = moodle([Variant("", nasty_key())])
    assert '<answer fraction="50" format="plain_text">\n      <text>7500</text>' in text
    assert 'fraction="48"' not in text


# GIFT, by a strict reader of its documented grammar.


class Gift(NamedTuple):
    title: str
    format: str
    text: str
    kind: str
    known: list[Known]
    general: str


def gift_questions(text: str) -> Iterator[Gift]:
    """Read GIFT: a blank line ends a question, a backslash takes a sign's meaning away, // begins a comment."""
    lines = [line for line in text.split("\n") if not line.startswith("//")]
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        block = block.strip()
        if not block or block.startswith("$CATEGORY:"):
            assert "\n" not in block
            continue
        hidden = re.sub(r"\\([\\~=#{}:])", lambda m: chr(0xE000 + ord(m[1])), block)
        match = re.fullmatch(r"::([^:]*)::\[(html)\]([^{}~=]*) \{(#?)([^{}]*)\}", hidden, re.DOTALL)
        assert match is not None, block
        title, form, body, sharp, answers = match.groups()
        answers, _, general = answers.partition("####")
        yield Gift(shown(title), form, shown(body), sharp, list(gift_answers(answers, sharp)), shown(general))


def shown(text: str) -> str:
    return re.sub("[\ue000-\ue07f]", lambda m: chr(ord(m[0]) - 0xE000), text)


def gift_answers(text: str, sharp: str) -> Iterator[Known]:
    rest = text.strip()
    while rest:
        match = re.match(r"([=~])(?:%(-?[\d.]+)%)?([^=~#]*)(?:#([^=~#]*))?", rest)
        assert match is not None, rest
        sign, percent, answer, feedback = match.groups()
        share = float(percent) if percent else 100.0 if sign == "=" else 0.0
        value, _, tolerance = answer.strip().partition(":") if sharp else (answer.strip(), "", "0")
        yield Known(shown(value), tolerance or "0", share, plain(shown(feedback or "")))
        rest = rest[match.end() :].strip()


@pytest.mark.parametrize("make", KEYS)
def test_gift_asks_and_grades_as_the_key(make: Callable[[], Key]) -> None:
    key = make()
    found = list(gift_questions(gift([Variant("", key)])))
    asked = [(question, part) for question in key.questions for part in question.parts]
    assert len(found) == len(asked)
    for one, (question, part) in zip(found, asked, strict=True):
        assert one.title.split()[0] == part.id
        assert words(unbracketed(question.text)) in plain(one.text)
        assert plain(one.general)
        if labelled(question, part):
            known = [choice._replace(text=plain(choice.text)) for choice in one.known]
            check_choices(known, question, part)
        else:
            assert bool(one.kind) == (accepted(part)[0].number is not None)
            check_answers("numerical" if one.kind else "shortanswer", one.known, part)


def test_gift_of_variants() -> None:
    text = gift(fixed_variants())
    assert text.count("$CATEGORY: $course$/top/Quiz/Question ") == 3
    assert len([*gift_questions(text)]) == 2 * (1 + 1 + 4)


def test_nasty_texts_reach_moodle_whole() -> None:
    assert NASTY in plain(inner(elements(moodle([Variant("", nasty_key())]))[0], "questiontext"))
    assert NASTY in plain(next(gift_questions(gift([Variant("", nasty_key())]))).text)
