"""Markdown, LaTeX, text2qti and PrairieLearn, read back by their own readers; all formats against golden files."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalker, get_default_latex_context_db
from pylatexenc.macrospec import EnvironmentSpec, MacroSpec
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from cnncalc.homework.key import load_key, read_key
from cnncalc.homework.model import Key, Part
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.exports.asking import Variant, asked_alone, choices, labelled
from cnncalc.quizzes.exports.canvas import canvas
from cnncalc.quizzes.exports.exam import exam
from cnncalc.quizzes.exports.files import FORMATS, variant_table, written
from cnncalc.quizzes.exports.gift import gift
from cnncalc.quizzes.exports.moodle import moodle
from cnncalc.quizzes.exports.prairielearn import prairielearn
from cnncalc.quizzes.exports.sheet import answer_sheet, sheet
from cnncalc.quizzes.make import Order, key_of
from tests.homework.exports import (
    NASTY,
    fixed_key,
    fixed_variants,
    nasty_key,
    numbers_key,
    plain,
    small_key,
    squeezed,
    unbracketed,
    words,
)

KEYS = [pytest.param(make, id=make.__name__.partition("_")[0]) for make in (nasty_key, fixed_key, numbers_key)]


@pytest.mark.parametrize("name", FORMATS)
def test_golden(golden: Callable[[str, str], None], name: str) -> None:
    """A question with a number and one with options; where each takes much text, the second alone."""
    topics = ("compare",) if name in ("prairielearn", "qti") else ("params", "compare")
    key = key_of(Order("golden", len(topics), topics, 1, title="Small quiz"))
    golden(f"quiz-{name}.txt", "".join(text for _, text in sorted(written(name, [Variant("", key)]).items())))


@pytest.mark.parametrize("name", ["moodle", "gift", "text2qti"])
def test_golden_of_variants(golden: Callable[[str, str], None], name: str) -> None:
    order = Order("golden", 1, ("params",), 1)
    variants = [Variant(student, key_of(order, student)) for student in ("ann", "ben")]
    golden(f"quiz-variants-{name}.txt", "".join(written(name, variants).values()))


# Markdown, by markdown-it.


@pytest.mark.parametrize("make", KEYS)
@pytest.mark.parametrize("solutions", [False, True])
def test_markdown_says_what_the_key_says(make: Callable[[], Key], solutions: bool) -> None:
    key = make()
    page = MarkdownIt("commonmark", {"typographer": False}).enable("table").render(sheet(Variant("", key), solutions))
    text = plain(page)
    for question in key.questions:
        assert words(question.text) in text
        for part in question.parts:
            assert words(part.text) in text
            assert ("Solution" in text) == solutions
    assert page.count("<h2>") == len(key.questions)
    assert not re.search("<(b|em|code|a|script)>", page.replace("<pre><code>", ""))  # of matrices


def test_the_answer_sheet_has_a_line_for_each_answer() -> None:
    key = nasty_key()
    assert answer_sheet(Variant("", key)).splitlines() == [f"{id}:" for id in key.parts]


def test_the_key_reads_as_the_same_key() -> None:
    text = "".join(written("key", [Variant("", fixed_key())]).values())
    again = read_key(text)
    assert [p.right.text for p in again.parts.values()] == [p.right.text for p in fixed_key().parts.values()]
    assert text == fixed_key().source.text


# LaTeX, by pylatexenc, and by TeX where it is.


@pytest.mark.parametrize("make", KEYS)
def test_latex_says_what_the_key_says(make: Callable[[], Key]) -> None:
    key = make()
    known = get_default_latex_context_db()
    known.add_context_category(
        "exam",
        prepend=True,
        macros=[MacroSpec("fillin", "[["), MacroSpec("question", "["), MacroSpec("part", "["), MacroSpec("half", "")],
        environments=[EnvironmentSpec("solution", "["), EnvironmentSpec("tabular", "{")],
    )
    source = exam(Variant("", key))
    nodes, _, _ = LatexWalker(source, latex_context=known, tolerant_parsing=False).get_latex_nodes()
    assert nodes
    body = source.split(r"\begin{document}")[1]
    text = squeezed(LatexNodes2Text(math_mode="text").latex_to_text(re.sub(r"\\item |\\\\$", "", body, flags=re.M)))
    for question in key.questions:
        said = words(unbracketed(question.text)).replace("---", "-­-­-").replace("­", "")
        for line in said.split(". "):
            if "\\" not in line and '"' not in line:
                assert plain_signs(line) in plain_signs(text)
    assert body.count(r"\question") == len(key.questions)
    assert body.count(r"\begin{solution}") == body.count(r"\end{solution}") >= len(key.questions)


def plain_signs(text: str) -> str:
    return re.sub(r"[^\w,.?()=+-]|[×·→⋅]", "", text.replace("²", "2").replace("−", "-"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no TeX")
@pytest.mark.parametrize("make", KEYS)
@pytest.mark.parametrize("before", ["", r"\def\solutions{}"])
def test_latex_compiles(make: Callable[[], Key], before: str, tmp_path: Path) -> None:
    if subprocess.run(["kpsewhich", "exam.cls"], capture_output=True).returncode:
        pytest.skip("there is no exam class")
    (tmp_path / "quiz.tex").write_text(exam(Variant("", make())), "utf-8")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", rf"{before}\input{{quiz}}"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


# Canvas, by text2qti.


def qti(text: str) -> list[ElementTree.Element]:
    """Convert as text2qti does, and return the items of its XML."""
    quiz = Quiz(text, config=Config(), source_name="quiz.txt")
    root = ElementTree.fromstring(QTI(quiz).assessment)
    return [element for element in root.iter() if element.tag.endswith("}item") or element.tag == "item"]


def texts(item: ElementTree.Element, tag: str) -> list[str]:
    return [element.text or "" for element in item.iter() if element.tag.rsplit("}", 1)[-1] == tag]


@pytest.mark.parametrize("make", KEYS)
def test_canvas_asks_and_grades_as_the_key(make: Callable[[], Key]) -> None:
    key = make()
    items = qti(canvas([Variant("", key)]))
    asked = [(question, part) for question in key.questions for part in question.parts]
    assert len(items) == len(asked)
    for item, (question, part) in zip(items, asked, strict=True):
        shown = [plain(text) for text in texts(item, "mattext")]
        assert straight(" ".join(map(words, asked_alone(question, part)))) in straight(shown[0])
        fields = dict(zip(texts(item, "fieldlabel"), texts(item, "fieldentry"), strict=True))
        equal = texts(item, "varequal")
        if labelled(question, part):
            assert fields["question_type"] in ("multiple_choice_question", "true_false_question")
            assert [straight(text) for text in shown[1 : 1 + len(choices(question, part))]] == [
                straight(choice.text) for choice in choices(question, part)
            ]
        elif fields["question_type"] == "numerical_question":
            one = accepted(part)[0]
            assert one.number is not None
            low, high = (Fraction(texts(item, tag)[0]) for tag in ("vargte", "varlte"))
            wide = max(one.near, Fraction(1, 10**4)) if one.near else 0
            rounded = Fraction(1, 10**4) + abs(one.number) / 10**6 if one.near else 0
            assert abs(low - (one.number - wide)) <= rounded
            assert abs(high - (one.number + wide)) <= rounded
        else:
            assert fields["question_type"] == "short_answer_question"
            assert {*equal} >= {*spellings(part, accepted(part)[0])}


def straight(text: str) -> str:
    """Undo typographic quotes, dashes and dots."""
    for curly, sign in (("“", '"'), ("”", '"'), ("’", "'"), ("‘", "'"), ("—", "---"), ("–", "--"), ("…", "...")):
        text = text.replace(curly, sign)
    return squeezed(text)


def test_points_that_canvas_lacks_are_multiplied() -> None:
    text = canvas([Variant("", nasty_key())])
    assert "% all points are multiplied by 3: Canvas takes whole and half points" in text
    points = [float(p) for p in re.findall(r"^Points: (.*)$", text, re.MULTILINE)]
    key = nasty_key()
    assert points == [float(part.points * 3) for part in key.parts.values()]


def test_variants_become_groups() -> None:
    text = canvas(fixed_variants())
    assert text.count("GROUP\npick: 1\npoints per question: ") == 6
    assert len(qti(text)) == 12


# PrairieLearn, in a stub of its module.


def server(source: str) -> dict[str, Any]:
    """Run a server.py that is ours, with what it imports of PrairieLearn."""
    stub = ModuleType("prairielearn")
    stub.from_json = lambda value: value  # type: ignore[attr-defined]

    def weighted(data: dict[str, Any]) -> None:
        scores = data["partial_scores"].values()
        data["score"] = sum(s["score"] * s["weight"] for s in scores) / sum(s["weight"] for s in scores)

    stub.set_weighted_score_data = weighted  # type: ignore[attr-defined]
    names: dict[str, Any] = {}
    before = sys.modules.get("prairielearn")
    sys.modules["prairielearn"] = stub
    try:
        exec(compile(ast.parse(source), "server.py", "exec"), names)
    finally:
        sys.modules.pop("prairielearn")
        if before:
            sys.modules["prairielearn"] = before
    return names


def fresh(seed: int) -> dict[str, Any]:
    empty: dict[str, Any] = {name: {} for name in ("params", "correct_answers", "submitted_answers")}
    return {**empty, "format_errors": {}, "partial_scores": {}, "feedback": {}, "variant_seed": str(seed), "score": 0}


@pytest.mark.parametrize("make", KEYS)
def test_prairielearn_grades_as_the_key(make: Callable[[], Key]) -> None:
    key = make()
    files = prairielearn([Variant("", key)])
    folders = list(dict.fromkeys(path.rsplit("/", 1)[0] for path in files))
    assert len(folders) == len(key.questions)
    for folder, question in zip(folders, key.questions, strict=True):
        assert re.fullmatch("[a-z0-9-]+", folder)
        info = json.loads(files[f"{folder}/info.json"])
        assert UUID(info["uuid"])
        assert (info["type"], info["singleVariant"]) == ("v3", True)
        names = server(files[f"{folder}/server.py"])
        data = fresh(7)
        names["generate"](data)
        assert words(unbracketed(question.text)) in plain(data["params"]["text"])
        shown = json.dumps(data["params"], ensure_ascii=False)
        for index, part in enumerate(question.parts, 1):
            assert f'"name": "p{index}"' in shown
            if not labelled(question, part):
                check_prairielearn(names, f"p{index}", part)


def check_prairielearn(names: dict[str, Any], name: str, part: Part) -> None:
    for one in accepted(part):
        for typed in spellings(part, one):
            data = fresh(0)
            names["generate"](data)
            given: Any = typed
            if one.number is not None:
                given = int(typed) if re.fullmatch(r"\d+", typed) else float(typed)
            data["submitted_answers"][name] = given
            names["grade"](data)
            assert abs(data["partial_scores"][name]["score"] - float(one.share)) < 1e-9, (part.id, typed)
            assert one.feedback in data["feedback"]["remarks"]
    data = fresh(0)
    names["generate"](data)
    data["format_errors"][name] = "not understood"
    names_graded = {key for key in data["correct_answers"] if key != name}
    for other in names_graded:
        data["submitted_answers"][other] = "nonsense" if isinstance(data["correct_answers"][other], str) else 0
    data["partial_scores"]["other"] = {"score": 1, "weight": 1}
    assert name not in data["partial_scores"]


def test_prairielearn_has_all_variants_and_the_same_uuid_each_time() -> None:
    first, again = prairielearn(fixed_variants()), prairielearn(fixed_variants())
    assert first == again
    folder = next(iter(first)).rsplit("/", 1)[0]
    names = server(first[f"{folder}/server.py"])
    shown = set()
    for seed in range(4):
        data = fresh(seed)
        names["generate"](data)
        shown.add(data["params"]["text"])
    assert len(shown) == 2
    assert "singleVariant" not in json.loads(first[f"{folder}/info.json"])


def test_prairielearn_templates_close_what_they_open() -> None:
    page = next(text for path, text in prairielearn([Variant("", nasty_key())]).items() if path.endswith(".html"))
    sections = sorted(re.findall(r"\{\{#([\w.]+)\}\}", page))
    assert sections
    assert sections == sorted(re.findall(r"\{\{/([\w.]+)\}\}", page))
    opened = re.findall(r"<(pl-[\w-]+)", page)
    assert sorted(opened) == sorted(re.findall(r"</(pl-[\w-]+)>", page))


def test_the_table_of_variants() -> None:
    import csv

    rows = list(csv.reader(variant_table(fixed_variants()).splitlines()))
    assert rows[0] == ["student", "name", "id", "topic", "question", "answer"]
    assert [row[:4] for row in rows[1:3]] == [["ann", "", "1", "output"], ["ann", "", "2", "compare"]]
    assert {row[0] for row in rows[1:]} == {"ann", "ben"}
    assert len(rows) == 13


STATED = """
conventions: {biases: no, batchnorm: all, flops: one, megabyte: 1000, bytes: 2, order: chw, rounding: yes}
questions:
  - {id: 1, text: A?, network: 8x8x3 -> conv 4 3x3, ask: params}
  - {id: 2, text: B?, network: 8x8x3 -> conv 4 3x3, ask: output}
"""


def test_unusual_conventions_are_stated() -> None:
    variant = Variant("", read_key(STATED))
    params = "Parameters are counted without biases. A batch normalisation of C channels has 4C parameters."
    volumes = "Volumes are written channels x height x width."
    rounded = "Rounded numbers are accepted."
    assert f"# Homework\n\n{params} {volumes} {rounded}\n\n## 1" in sheet(variant)
    assert rf"\noindent {params} {volumes} {rounded}" in exam(variant)
    for text in (moodle([variant]), gift([variant])):
        assert f"<p>A?</p><p>{params} {rounded}</p>" in text
        assert f"<p>B?</p><p>{volumes} {rounded}</p>" in text
    assert " are counted " not in sheet(Variant("", small_key()))


def test_nasty_texts_reach_everyone_whole() -> None:
    assert NASTY in plain(MarkdownIt("commonmark").render(sheet(Variant("", nasty_key()))))


def test_variants_of_one_text_stand_once() -> None:
    variants = fixed_variants()
    once = canvas(variants).count("\nTitle: ")
    assert canvas([*variants, *(Variant(f"{one.name}b", one.key) for one in variants)]).count("\nTitle: ") == once


def test_every_option_has_an_explanation_and_no_letter_where_options_are_shuffled(tmp_path: Path) -> None:
    path = tmp_path / "hw.key.yaml"
    path.write_text(
        "questions:\n  - {id: 3, text: Which?, network: 63x63x16 -> conv 32 7x7 stride=2, ask: output,"
        " choices: {a: 29x29x32, b: 5x9x7, c: 29x29x16}}\n"
    )
    (question,) = load_key(str(path)).questions
    (part,) = question.parts
    assert [(one.label, one.feedback) for one in choices(question, part)] == [
        ("a", "Right."),
        ("b", "It is each side: ⌊(63 + 2·0 − 7)/2⌋ + 1 = 28 + 1 = 29."),
        ("c", "That is 16 channels: the channels out are the 32 filters, not the 16 channels in."),
    ]
    assert solution(question, part)[-1] == "a, 29x29x32"
    assert solution(question, part, letters=False)[-1] == "29x29x32"
