"""Submissions in every form that students and course systems hand in, and those that mean harm."""

from __future__ import annotations

import io
import os
import resource
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.grading.submissions import Entry, Submission
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.read import read_entry
from cnncalc.grading.submissions.roster import Roster, load_roster, roster_of
from cnncalc.grading.submissions.search import Search, student_of
from cnncalc.homework.key import load_key
from cnncalc.homework.mark import mark
from cnncalc.library import NotFound
from tests.effort import sampled
from tests.time_limit import within_time_limit

KEY = load_key(str(Path(__file__).parent / "hw.key.yaml"))
NAMES = Names(KEY)


def read_text(text: str | bytes, file: str = "ann.txt") -> Submission:
    data = text.encode() if isinstance(text, str) else text
    return read_entry(Entry(file, "ann", data=data), NAMES)


def found(
    *paths: Path | str, zips: bool = False, students: str | None = None, roster: Roster | None = None
) -> tuple[list[Submission], list[str]]:
    told: list[str] = []
    search = Search(NAMES, zips=zips, students=students, roster=roster, warn=told.append)
    return [read_entry(entry, NAMES) for entry in search.all([str(path) for path in paths])], told


ANSWERS = {"1a": "29x29x32", "1b": "7,600", "2a": "32x32x10", "3": "a"}

FORMS = {
    "plain": ("a.txt", "student: Ann\n1a: 29x29x32\n1b: 7,600\n2a: 32x32x10\n3: a\n"),
    "equals": ("a.txt", "name = Ann\n1a = 29x29x32\n1b = 7,600\n2a = 32x32x10\n3 = a\n"),
    "brackets": ("a.txt", "Name: Ann\n1a) 29x29x32\n1b) 7,600\n2a) 32x32x10\n3) a\n"),
    "points": ("a.txt", "Name: Ann\n1a. 29x29x32\n1b. 7,600\n2a. 32x32x10\n3. a\n"),
    "below": ("a.md", "Name: Ann\n## Question 1a\n\n29x29x32\n## 1b\n**7,600**\n# 2a:\n> 32x32x10\n## 3\na\n"),
    "under": ("a.txt", "Name: Ann\nQuestion 1a:\n29x29x32\nQ1b:\n\n7,600\n**2a**:\n32x32x10\n3:\na\n"),
    "dashes": ("a.txt", "Name: Ann\n1a - 29x29x32\nQ1b - 7,600\n2 a) - 32x32x10\nQ3 – a\n"),
    "spaced": ("a.txt", "Name: Ann\nQ1 a) 29x29x32\nQ1 (b) 7,600\n2 a) 32x32x10\n3) a\n"),
    "tabs": ("a.txt", "Name: Ann\n1a\t29x29x32\n1b\t7,600\n2a\t32x32x10\n3\ta\n"),
    "questions": ("a.txt", "Name: Ann\nQuestion 1a: 29x29x32\nQ1 (b): 7,600\nQ 2.a: 32x32x10\nquestion 3: a\n"),
    "list": ("a.md", "Name: Ann\n- 1a: 29x29x32\n- **1b**: 7,600\n* `2a`: `32x32x10`\n> 3: a\n"),
    "bold": ("a.md", "**Name:** Ann\n\n**1a:** 29x29x32\n\n**1b.** 7,600\n\n2a: **32x32x10**\n\n3: _a_\n"),
    "headings": (
        "a.md",
        "Name: Ann\n## 1a\nWhat is the output?\nAnswer: 29x29x32\n## Question 1b\nAnswer: 7,600\n"
        "**2a**\nYour answer: 32x32x10\n3. Which volume comes out?\nAnswer: a\n",
    ),
    "letters under headings": (
        "a.md",
        "Name: Ann\n## 1 (3 points)\na) 29x29x32\nb: 7,600\n## Question 2\n(a) 32x32x10\n## 3\na) 29x29x32\nb) 1x1x1\n"
        "Answer: a\n",
    ),
    "table": (
        "a.md",
        "Name: Ann\n\n| id | answer |\n|:---|---:|\n| 1a | `29x29x32` |\n| 1b | **7,600** |\n"
        "| 2a | 32x32x10 |\n| 3 | a |\n",
    ),
    "table of three": (
        "a.md",
        "Name: Ann\n\n| No. | Question | Points | Answer |\n|--|--|--|--|\n| 1a | volume? | 2 | 29x29x32 |\n"
        "| 1b | parameters? | 1 | 7,600 |\n| 2a | volume? | 1 | 32x32x10 |\n| 3 | which? | 1 | a |\n",
    ),
    "table without heads": ("a.md", "Name: Ann\n| 1a | 29x29x32 |\n| 1b | 7,600 |\n| 2a | 32x32x10 |\n| 3 | a |\n"),
    "yaml": ("a.yaml", "student: Ann\n1a: 29x29x32\n1b: '7,600'\n2a: \"32x32x10\"\n3: a\n"),
    "yaml below answers": (
        "a.yml",
        "student: Ann\nanswers:\n  1a: 29x29x32\n  1b: 7,600\n  2: {a: 32x32x10}\n  3: a\n",
    ),
    "yaml that is none": ("a.yaml", "student: Ann\n1a: 29x29x32\n\t1b: 7,600\n2a: 32x32x10\n3: a\n  x\n"),
    "json": ("a.json", '{"student": "Ann", "1a": "29x29x32", "1b": "7,600", "2": {"a": "32x32x10"}, "3": "a"}'),
    "json in a text": (
        "a.txt",
        '{"student": "Ann", "answers": {"1a": "29x29x32", "1b": "7,600", "2a": "32x32x10", "3": "a"}}',
    ),
    "json list": (
        "a.json",
        '[{"id": "student", "answer": "Ann"}, {"id": "1a", "answer": "29x29x32"}, {"id": "1b", "answer": "7,600"},'
        ' {"question": "2a", "answer": "32x32x10"}, {"part": "3", "value": "a"}]',
    ),
    "csv": ("a.csv", 'question,answer\n1a,29x29x32\n1b,"7,600"\n2a,32x32x10\n3,a\nstudent,Ann\n'),
    "csv without heads": ("a.csv", "1a;29x29x32\n1b;7,600\n2a;32x32x10\n3;a\nname;Ann\n"),
    "tsv": ("a.tsv", "id\tanswer\n1a\t29x29x32\n1b\t7,600\n2a\t32x32x10\n3\ta\nname\tAnn\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16", "crlf"])
def test_every_form_is_read(form: str, written: str) -> None:
    file, text = FORMS[form]
    data = text.replace("\n", "\r\n").encode() if written == "crlf" else text.encode(written)
    submission = read_text(data, file)
    assert (submission.student, submission.claims, submission.answers) == ("ann", ("Ann",), ANSWERS)
    assert submission.status == "read"


@pytest.mark.parametrize(
    "text",
    [
        "Ｎａｍｅ：Ann\n１ａ：29x29x32\n１ｂ： 7,600\n２．ａ＝32x32x10\n３：a\n",
        "name： Ann\n１ａ）29x29x32\n（１ｂ） 7,600\n2a、32x32x10\n３　a\n",
        "name: Ann\n## １\nａ） 29x29x32\n（ｂ） 7,600\n| id | answer |\n|--|--|\n| ２ａ | 32x32x10 |\n| ３ | a |\n",
    ],
)
def test_ids_of_full_width(text: str) -> None:
    submission = read_text(text)
    assert (submission.claims, submission.answers, submission.notes) == (("Ann",), ANSWERS, ())
    assert read_text('{"１ａ": "27C²", "３": "ａ"}', "a.json").answers == {"1a": "27C²", "3": "ａ"}


WORK = {
    "behind and below": ("2b: 5*5*3 = 75\n75+1 = 76\n76*10 = 760\n2c: 1\n", "5*5*3 = 75\n75+1 = 76\n76*10 = 760"),
    "below": (
        "2b:\nweights per filter 5*5*3 = 75\nplus bias = 76\ntotal = 760\n",
        "weights per filter 5*5*3 = 75\nplus bias = 76\ntotal = 760",
    ),
    "below a heading": ("## 2b\n5*5*3+1 = 76\n\n76*10 = 760\n## 3\na\n", "5*5*3+1 = 76\n76*10 = 760"),
    "linked": ("2b: 76\n76*10 = 760\n", "76\n76*10 = 760"),
    "begun": ("2b: 760\n= 76*10\n", "760\n= 76*10"),
    "explained behind": ("2b: 760\nfilter size = 5\n", "760"),
    "a total of the sheet": ("2b: 760\nTotal: 11 points\n", "760"),
    "problem": ("Problem 2b\n760\n", "760"),
    "for question": ("For question 2b I got 760\n", "760"),
    "German": ("Frage 2b: 760\n", "760"),
    "Spanish": ("Pregunta 2b\n760\n", "760"),
    "Chinese": ("第2b题：760\n", "760"),
    "exercise": ("Exercise 2 b) 760\n", "760"),
    "ex.": ("Ex. 2b) 760\n", "760"),
    "task": ("Task 2 (b): 760\n", "760"),
    "bold": ("**Question 2b**\n**760**\n", "760"),
}


@pytest.mark.parametrize("name", WORK)
def test_work_and_labels(name: str) -> None:
    text, answer = WORK[name]
    assert read_text(text, "a.md").answers["2b"] == answer


def test_tables_with_rows_and_columns() -> None:
    text = """## Question 4
| layer | output | params |
|-------|--------|--------|
| conv1 | 55x55x96 | 34,944 |
| conv2 | 27x27x256 | 307456 |
| conv9 | 1 | 2 |
"""
    submission = read_text(text, "a.md")
    assert submission.answers == {"4.conv1.params": "34,944", "4.conv2.output": "27x27x256", "4.conv2.params": "307456"}
    assert submission.notes == ("the table of question 4 has no row 'conv9'",)
    nested = read_text("4:\n  conv1: {params: 34944}\n  conv2:\n    output: [27, 27, 256]\n", "a.yaml")
    assert nested.answers == {"4.conv1.params": "34944", "4.conv2.output": "27, 27, 256"}
    assert read_text("4.conv1.params: 34944\n").answers == {"4.conv1.params": "34944"}


def test_steps_of_a_question_are_no_answers() -> None:
    text = "# Homework\n## 2 (3 points)\nSteps:\n1a. a convolution\n3. a pool\n\na) 32x32x10\n## 3\nAnswer: b\n"
    submission = read_text(text, "a.md")
    assert (submission.answers, submission.notes) == ({"2a": "32x32x10", "3": "b"}, ("lines 3, 4 and 5 not read",))


@pytest.mark.parametrize(
    ("file", "text", "notes"),
    [
        ("a.txt", "1a: 1\n1aa: 7\n", ("there is no question '1aa': did you mean '1a'?",)),
        ("a.txt", "1a: 1\n9: 7\n", ("there is no question '9': there are 1a, 1b, 2a, 2b, 2c, 3, …",)),
        ("a.txt", "1a: 1\n1a: 2\n", ("1a is answered twice: the last answer counts",)),
        ("a.json", '{"1a": 1, "1a": 2}', ("'1a' stands twice: the last one counts",)),
        ("a.yaml", "1a: 1\n1a: '2'\n", ("key '1a' stands twice, first at 1:1: the first one counts",)),
        ("a.txt", "1a: 1\nHello there, this is my homework!\n", ("line 2 not read",)),
        (
            "a.md",
            "1a: 1\n\n| what | is it |\n|--|--|\n| x | y |\n",
            ("a table was not read: its heads are what, is it",),
        ),
        ("a.md", "## 1a\n29x29x32\nor so\n## 1b\n7600\n", ()),
        ("a.md", "## 1a\nI took the floor of it all.\n29x29x32\n## 1b\n7600\n", ("line 2 not read",)),
        ("a.md", "## 1a\nWhat is the output volume?\n## 1b\n7600\n", ("line 2 not read",)),
        ("a.txt", "1a: 1\n" + "Well, what?\n" * 9, ("lines 2, 3, 4, 5, 6 and others not read",)),
        ("a.yaml", "1a: 1\n1b: ?\n3: b\n", ()),
        ("a.yaml", "1a: 1\n\t1b: 7\n", ("no YAML from line 2 on: read line by line",)),
        ("a.txt", "1a: 1\n" + "".join(f"x{n}: 1\n" for n in range(9)), None),
    ],
)
def test_what_is_odd_is_noted(file: str, text: str, notes: tuple[str, ...] | None) -> None:
    submission = read_text(text, file)
    assert submission.status == "read"
    if notes is None:
        assert len(submission.notes) == 6
        assert submission.notes[-1] == "4 more questions that there are not"
    else:
        assert submission.notes == notes


DEEP = "[" * 100_000

UNREADABLE = {
    "nothing": ("a.txt", b"", "empty"),
    "blanks": ("a.txt", b"\xef\xbb\xbf \r\n\t", "empty"),
    "NUL": ("a.txt", b"\0\1\2", "unreadable: not a text: it holds a NUL byte"),
    "bytes": ("a.txt", bytes(range(1, 256)) * 9, "unreadable: not a text"),
    "PDF": ("a.pdf", b"%PDF-1.7 \xff", "unreadable: a PDF document that is damaged"),
    "office": ("a.docx", b"PK\3\4xx", "unreadable: an archive or an office document, not a text with answers"),
    "zip": (
        "a.zip",
        b"PK\3\4xx",
        "unreadable: an archive or an office document, not a text with answers, or unpack it with --zip",
    ),
    "no answers": ("a.txt", b"I was ill.", "no answers: nothing in it names a question of the key"),
    "no answers in yaml": ("a.yaml", b"- x\n- y\n", "no answers: nothing in it names a question of the key"),
    "bomb": (
        "a.yaml",
        b"a: &a [x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b]\n",
        "unreadable: line 1: '&' at the start of a value means an anchor in YAML, and anchors are not read here",
    ),
    "deep json": ("a.json", DEEP.encode(), "unreadable: nested too deeply"),
    "deep yaml": ("a.yaml", f"x: {DEEP}".encode(), "unreadable: line 1: nested more than 64 levels deep"),
    "no json": ("a.json", b'{"1a": ', "unreadable: no JSON: expecting value: line 1 column 8 (char 7)"),
    "json number": ("a.json", b"7", 'unreadable: no answers by id in it, as in {"1a": "29x29x32"}'),
    "broken UTF-16": ("a.txt", b"\xff\xfea", "unreadable: it begins as UTF-16 and does not go on so"),
    "large": ("a.txt", b"1a: 1\n" * 200_000, "too large: more than 1,000,000 bytes"),
    "labels": (
        "a.txt",
        b"".join(b"x%d: 1\n" % n for n in range(6000)),
        "unreadable: more than the 5,000 answers that are read",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_says_why(name: str) -> None:
    file, data, status = UNREADABLE[name]
    with within_time_limit():
        submission = read_text(data, file)
    assert (submission.status, submission.answers) == (status, {})


MEGABYTE = 999_000
WORST = {
    "stars": "*" * MEGABYTE,
    "stars and blanks": "* " * (MEGABYTE // 2) + "!",
    "hashes": "#" * MEGABYTE + "!",
    "underscores": "_" * MEGABYTE + "!",
    "blanks": "1a" + " " * MEGABYTE + "!",
    "bold blanks": "**1a" + " " * MEGABYTE + "!",
    "lines of stars": ("*" * 998 + "!\n") * 999,
    "lines of words": ("a " * 499 + "\n") * 999,
    "bars": "|" * MEGABYTE,
    "rows": "| 1a | 2 |\n" * (MEGABYTE // 11),
    "headings": "## 1a\n" * (MEGABYTE // 6),
    "colons": "1a:" * (MEGABYTE // 3),
    "one answer": "1a: " + "7" * MEGABYTE,
    "many answers": "1a: 7\n" * (MEGABYTE // 6),
    "unknown ids": "".join(f"q{n}: 7\n" for n in range(4_999)),
    "a long label": f"1a: 7\n{'x' * MEGABYTE}: 7\n",
    "quotes": '"' * MEGABYTE,
    "commas": "," * MEGABYTE,
    "brackets": "1a: " + "(" * MEGABYTE,
    "a list": f'{{"1a": [{"1," * (MEGABYTE // 2 - 10)}1]}}',
    "lists": f'{{"1a": {"[" * 900}{"]" * 900}}}',
    "keys": "{" + ",".join(f'"k{n}":1' for n in range(4_900)) + "}",
    "a number": f'{{"1a": {"9" * MEGABYTE}}}',
}


@pytest.mark.parametrize("file", sampled(["a.txt", "a.yaml", "a.json", "a.md", "a.csv"], every=4))
@pytest.mark.parametrize("name", sampled(WORST, every=3))
def test_the_worst_texts_are_marked_soon(name: str, file: str) -> None:
    with within_time_limit():
        submission = read_text(WORST[name], file)
        marks = mark(KEY, submission.answers)
    assert len(marks) == len(KEY.parts)
    assert all(len(mark.given) <= 1_000 for mark in marks)
    assert sum(map(len, submission.notes)) < 2_000


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.yaml", "a.json", "a.md", "a.csv"]))
def test_any_bytes_leave_a_submission(data: bytes, file: str) -> None:
    assert read_text(data, file).status


@given(
    st.text(st.sampled_from("1a2b:=.|-#*\n\t `{}[],\"'&!>é29x"), max_size=120),
    st.sampled_from(["a.txt", "a.yaml", "a.json", "a.md", "a.csv"]),
)
def test_any_text_leaves_a_submission(text: str, file: str) -> None:
    assert read_text(text, file).status


# Tables of many students.

FORM = b"""Timestamp,Email Address,"1a. What is the output volume?",How many parameters has it?,2a,Q2b,Favourite colour
2026/11/01 10:00:00,f@x.edu,29x29x32,7600,"(10, 32, 32)",760,red
2026/11/01 11:00:00,g@x.edu,29x29x32,"7,600",,
2026/11/01 12:00:00,=cmd|' /C calc'!A0,29x29x32
,,1
,,,,,,
"""
CANVAS = b"""name,id,sis_id,section,attempt,"12345: What is the output volume?",1.0,"12346: 1b",1.0,n correct,score
Gina,77,s1,A,1,29x29x32,1.0,7600,1.0,2,2
Hugo,78,,A,1,29x29x32,1.0,"7500",0.0,1,1
"""
LONG = b"student,question,answer\nhugo,1a,29x29x32\nida,1a,1\nhugo,1b,7500\nida,9,1\nida\n"


def test_a_form(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_bytes(FORM)
    submissions, told = found(path)
    assert [(s.student, s.answers, s.notes, s.file.removeprefix(str(path))) for s in submissions] == [
        ("f@x.edu", {"1a": "29x29x32", "1b": "7600", "2a": "(10, 32, 32)", "2b": "760"}, (), ":2"),
        ("g@x.edu", {"1a": "29x29x32", "1b": "7,600", "2a": "", "2b": ""}, (), ":3"),
        (
            "=cmd|' /C calc'!A0",
            {"1a": "29x29x32"},
            ("the row has 3 cells, fewer than there are columns",),
            ":4",
        ),
        ("", {"1a": "1"}, ("no student is named in this row",), ":5"),
    ]
    assert told == [
        f"{path}: a column is no question: there is no question 'Favourite colour': there are 1a, 1b, 2a, 2b, 2c, 3, …",
        f"{path}: no column is 2c, 3, 4.conv1.params, 4.conv2.output, 4.conv2.params",
    ]


@pytest.mark.parametrize("change", [bytes, lambda d: d.replace(b"\n", b"\r\n"), lambda d: b"\xef\xbb\xbf" + d,
                                    lambda d: d.decode().encode("utf-16")])  # fmt: skip
def test_a_course_system(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "canvas.csv"
    path.write_bytes(change(CANVAS))
    submissions, _ = found(path)
    assert [(s.student, s.answers) for s in submissions] == [
        ("s1", {"1a": "29x29x32", "1b": "7600"}),
        ("Hugo", {"1a": "29x29x32", "1b": "7500"}),
    ]


def test_a_row_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(LONG)
    submissions, _ = found(path)
    assert [(s.student, s.answers, s.notes) for s in submissions] == [
        ("hugo", {"1a": "29x29x32", "1b": "7500"}, ()),
        ("ida", {"1a": "1"}, ("there is no question '9': there are 1a, 1b, 2a, 2b, 2c, 3, …",)),
    ]


MOODLE = """Last name,First name,Email address,Status,Started,Completed,Duration,Grade/9.00,"Question 1","Response 1",\
"Right answer 1",{rest}
Lee,Ann,ann@x.edu,Finished,1 May,1 May,3 mins,2.00,What?,29x29x32,29x29x32,{answers}
Overall average,,,,,,,1.00,,,,{blank}
"""
"""As Moodle exports the responses to a quiz, with the texts of the questions and the right answers."""


def test_responses_to_a_moodle_quiz(tmp_path: Path) -> None:
    path = tmp_path / "responses.csv"
    numbers = range(2, 10)
    rest = ",".join(f"Question {n},Response {n},Right answer {n}" for n in numbers)
    answers = ",".join(f"What?,{'7600' if n == 2 else '-'},x" for n in numbers)
    path.write_text(MOODLE.format(rest=rest, answers=answers, blank=",,," * 8))
    submissions, told = found(path)
    assert told == []
    assert [(s.student, s.answers["1a"], s.answers["1b"], s.answers["2a"]) for s in submissions] == [
        ("ann@x.edu", "29x29x32", "7600", "-")
    ]


def test_microsoft_forms(tmp_path: Path) -> None:
    path = tmp_path / "forms.csv"
    path.write_text(
        "ID,Start time,Completion time,Email,Name,Total points,1a. What is the output volume?,"
        "Points - 1a. What is the output volume?,Feedback - 1a. What is the output volume?,1b\n"
        "1,5/1/26 9:00,5/1/26 9:10,ann@x.edu,Ann Lee,,29x29x32,,,7600\n"
        "2,5/1/26 9:00,5/1/26 9:10,anonymous,,,29x29x32,,,7500\n3,5/1/26 9:00,5/1/26 9:10,anonymous,,,1x1x1,,,1\n"
    )
    submissions, told = found(path)
    assert told == [f"{path}: no column is 2a, 2b, 2c, 3, 4.conv1.params, …"]
    assert [(s.student, s.answers) for s in submissions] == [
        ("ann@x.edu", {"1a": "29x29x32", "1b": "7600"}),
        ("2", {"1a": "29x29x32", "1b": "7500"}),
        ("3", {"1a": "1x1x1", "1b": "1"}),
    ]


@pytest.mark.parametrize(("ending", "sign"), [("csv", ","), ("csv", ";"), ("tsv", "\t")])
def test_two_columns_without_heads(ending: str, sign: str) -> None:
    rows = [("1a", "29x29x32"), ("1b", "7600"), ("3", "a")]
    for count in (1, 2, 3):
        text = "\n".join(sign.join(row) for row in rows[:count])
        assert read_text(text, f"ann.{ending}").answers == dict(rows[:count])
    assert read_text(f"1a{sign}1b\n29x29x32{sign}7600\n", f"ann.{ending}").answers == dict(rows[:2])


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"x" * 200_000 + b"\ncy,3\n", "from line 3 on: field larger than field limit (131072)"),
        (b"\0\n", "from line 2 on: not a text: it holds a NUL byte"),
        (b"y" * 1_100_000, "from line 2 on: a line of more than 1,000,000 bytes"),
    ],
)
def test_broken_tables_say_from_where_on(tmp_path: Path, data: bytes, status: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"student,1a\nann,1\nbob," + data)
    assert [s.status for s in found(path)[0]] == ["read", f"unreadable: {status}"]


def test_a_table_as_windows_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"student,1a\nJos\xe9,29x29x32\n")
    assert [(s.student, s.answers) for s in found(path)[0]] == [("José", {"1a": "29x29x32"})]


def test_two_columns_for_one_question(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("student,Question 1a,Q1a,1a\nann,29x29x32,,\nbob,,7,\ncy,7,,7 \ndora,7,,8\neve,1,2,3\nfay,,,\n")
    submissions, _ = found(path)
    assert [(s.student, s.answers, s.notes) for s in submissions] == [
        ("ann", {"1a": "29x29x32"}, ()),
        ("bob", {"1a": "7"}, ()),
        ("cy", {"1a": "7"}, ()),
        ("dora", {"1a": "7"}, ("1a is answered in two columns, '7' and '8': the first counts",)),
        (
            "eve",
            {"1a": "1"},
            (
                "1a is answered in two columns, '1' and '2': the first counts",
                "1a is answered in two columns, '1' and '3': the first counts",
            ),
        ),
        ("fay", {"1a": ""}, ()),
    ]


BROKEN = {
    "to the end": ('q1,"29x29x32,7600\nq2,29x29x32,7600\n', [2]),
    "to the next quote": ('q1,"29x29x32,7600\nq2,"29x29x32",7600\n', [2]),
    "in both": ('q1,"29x29x32,7600\nq2,"29x29x32,7600\n', [2, 3]),
    "in the last": ('q1,29x29x32,7600\nq2,"29x29x32,7600', [3]),
    "as Windows writes lines": ('q1,"29x29x32,7600\r\nq2,29x29x32,7600\r\n', [2]),
    "in a long table": ('q1,"29x29x32,7600\nq2,29x29x32,7600\n' + "q,29x29x32,7600\n" * 20_000, [2]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_quote_that_is_never_closed_costs_nobody_a_row(tmp_path: Path, name: str) -> None:
    rows, lines = BROKEN[name]
    path = tmp_path / "sheet.csv"
    path.write_bytes(f"student,1a,1b\n{rows}".encode())
    submissions, told = found(path)
    assert [(s.student, s.answers, s.status, s.notes, s.file) for s in submissions[:2]] == [
        ("q1", {"1a": "29x29x32", "1b": "7600"}, "read", (), f"{path}:2"),
        ("q2", {"1a": "29x29x32", "1b": "7600"}, "read", (), f"{path}:3"),
    ]
    assert len(submissions) == len(rows.splitlines())
    missing = f"{path}: no column is 2a, 2b, 2c, 3, 4.conv1.params, …"
    assert told == [missing, *(f"{path}: a quote is opened in line {line} and never closed" for line in lines)]


def test_a_cell_of_several_lines_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text('student,1a,1b\nann,"29x29x32\nor ""so""",7600\nbob,1,"2\n3"\n')
    submissions, _ = found(path)
    assert [(s.student, s.answers, s.file) for s in submissions] == [
        ("ann", {"1a": '29x29x32\nor "so"', "1b": "7600"}, f"{path}:3"),
        ("bob", {"1a": "1", "1b": "2\n3"}, f"{path}:5"),
    ]


def test_many_open_quotes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("student,1a\n" + 'q,"1\n' * 8)
    submissions, told = found(path)
    assert [(s.student, s.answers) for s in submissions] == [("q", {"1a": "1"})] * 8
    assert told[1:] == [
        *(f"{path}: a quote is opened in line {line} and never closed" for line in range(2, 7)),
        f"{path}: 3 more lines open a quote that is never closed",
    ]


def test_an_open_quote_before_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b'student,1a\nann,"1\nbob,2\n\0\n')
    submissions, told = found(path)
    assert [(s.student, s.answers, s.status) for s in submissions] == [
        ("ann", {"1a": "1"}, "read"),
        ("bob", {"1a": "2"}, "read"),
        ("", {}, "unreadable: from line 3 on: not a text: it holds a NUL byte"),
    ]
    assert told[1:] == [f"{path}: a quote is opened in line 2 and never closed"]


def test_a_students_own_table_with_an_open_quote() -> None:
    submission = read_text('1a,"29x29x32\n1b,7600\n3,a\n', "a.csv")
    assert (submission.answers, submission.notes) == (
        {"1a": "29x29x32", "1b": "7600", "3": "a"},
        ("a quote is opened in line 1 and never closed",),
    )


# Folders, patterns, archives.


def test_folders_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.txt", "a.yaml", ".DS_Store", "._b.txt", "deep/c.txt", "hw.key.yaml"):
        (tmp_path / name).write_text("1a: 29x29x32\n")
    assert [s.student for s in found(tmp_path)[0]] == ["a", "b", "deep"]
    assert [s.student for s in found(f"{tmp_path}/*.txt", tmp_path / "b.txt")[0]] == ["b"]
    assert [s.student for s in found(f"{tmp_path}/**/*.txt")[0]] == ["b", "deep"]
    with pytest.raises(NotFound) as missing:
        found(tmp_path / "b.text")
    assert [p.message for p in missing.value] == [f"there is nothing at '{tmp_path}/b.text'"]
    assert [p.hint for p in missing.value] == ["did you mean 'b.txt' or '._b.txt'?"]


def test_names_that_course_systems_give() -> None:
    names = {
        "in/Ann B_123_assignsubmission_file_/hw.txt": "Ann B",
        "in/Ann B_123_assignsubmission_file_hw.txt": "Ann B",
        "in/liddellann_LATE_123_456_hw2.txt": "liddellann",
        "in/unpacked/bobb_123_456_hw2.txt": "bobb",
        "in/cy/hw_2_3_last.txt": "cy",
    }
    assert {path: student_of(path, "in") for path in names} == names


def test_a_flat_folder_has_files_by_student_and_a_folder_in_it_is_one_student(tmp_path: Path) -> None:
    (tmp_path / "two/ben/src").mkdir(parents=True)
    for name in (
        "ada.txt",
        "ADA.json",
        "ben.yaml",
        "ben.txt",
        "carl.txt",
        "ben/hw.txt",
        "ben/hw2.txt",
        "ben/src/a.txt",
    ):
        (tmp_path / "two" / name).write_text('{"1a": "1"}' if name.endswith("json") else "1a: 1\n")
    (tmp_path / "two/ada.pdf").write_bytes(b"%PDF")
    submissions, told = found(tmp_path / "two")
    unread = "unreadable: a PDF document that is damaged"
    assert [(s.file.removeprefix(f"{tmp_path}/two/"), s.student, s.status) for s in submissions] == [
        ("ADA.json", "ADA", "read"),
        ("ada.pdf", "ada", unread),
        ("ada.txt", "ada", "read"),
        ("ben.txt", "ben", "read"),
        ("ben.yaml", "ben", "read"),
        ("carl.txt", "carl", "read"),
        ("ben/hw.txt", "ben", "read"),
        ("ben/hw2.txt", "ben", "read"),
        ("ben/src/a.txt", "ben", "read"),
    ]
    assert told == []
    assert [s.student for s in found(tmp_path / "two/ben/hw.txt")[0]] == ["hw"]
    assert [s.student for s in found(f"{tmp_path}/two/*/hw*.txt")[0]] == ["ben", "ben"]


SECTIONS = ("one/ann.txt", "one/bob.txt", "two/cy.txt", "two/dan.txt")
TAKEN = "'one' and 'two' are sections, with files named after students: --students folders takes each for one student"


@pytest.mark.parametrize(
    ("files", "students", "roster", "expected", "told"),
    [
        (SECTIONS, None, (), "ann bob cy dan", TAKEN),
        ((*SECTIONS, "two/ann.txt"), None, (), "ann ann bob cy dan", TAKEN),
        (SECTIONS, "folders", (), "one one two two", ""),
        (SECTIONS, "files", (), "ann bob cy dan", ""),
        (SECTIONS, None, ("ann", "zoe"), "ann bob cy dan", ""),
        (SECTIONS, None, ("two", "zoe"), "one one two two", ""),
        (("one/ann/hw.txt", "one/ann/b.txt", "one/bob/hw.txt", "two/cy/a.txt"), None, ("ann",), "ann ann bob cy", ""),
        (("ann/a.txt", "ann/b.txt", "bob/a.txt", "bob/b.txt"), None, (), "ann ann bob bob", ""),
        (("ann/x.txt", "bob/y.txt"), None, (), "ann bob", ""),
        (("ann/x.txt", "bob/y.txt"), "files", (), "x y", ""),
        (
            ("ann/x.txt", "bob/y.txt", "cy/v.txt", "cy/w.txt"),
            None,
            (),
            "ann bob cy cy",
            "'cy' is one student, with several files: --students files takes each file for one",
        ),
        (
            ("ann.txt", "one/bob.txt", "one/cy.txt"),
            None,
            (),
            "ann one one",
            "'one' is one student, with several files: --students files takes each file for one",
        ),
        (
            ("hw/ann.txt", "hw/bob.txt"),
            None,
            (),
            "ann bob",
            "'hw' is a section, with files named after students: --students folders takes each for one student",
        ),
        (
            [f"{section}/{student}{section}.txt" for section in "abcde" for student in "xyz"],
            None,
            (),
            " ".join(sorted(student + section for section in "abcde" for student in "xyz")),
            "'a', 'b', 'c' and others are sections, with files named after students: --students folders takes each for "
            "one student",
        ),
    ],
)
def test_folders_are_students_or_sections(
    tmp_path: Path, files: Sequence[str], students: str | None, roster: tuple[str, ...], expected: str, told: str
) -> None:
    for name in files:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("1a: 1")
    who = roster_of(roster) if roster else None
    submissions, said = found(tmp_path / "in", students=students, roster=who)
    assert sorted(s.student for s in submissions) == expected.split()
    assert said == ([f"{tmp_path}/in: {told}"] if told else [])


def test_an_archive_has_sections_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
        for name in SECTIONS:
            out.writestr(name, "1a: 1")
    submissions, told = found(tmp_path / "all.zip", zips=True)
    assert [s.student for s in submissions] == ["ann", "bob", "cy", "dan"]
    assert told == [f"{tmp_path}/all.zip: {TAKEN}"]
    assert found(tmp_path / "all.zip", zips=True, students="folders")[0][0].student == "one"


def test_the_folder_that_an_archive_was_made_of_is_no_student(tmp_path: Path) -> None:
    for members, students in (
        (("hw/ann.txt", "hw/bob.txt", "hw/cy/1.txt"), ["ann", "bob", "cy"]),
        (("ann/hw.txt", "bob/hw.txt"), ["ann", "bob"]),
        (("ann/hw.txt",), ["ann"]),
    ):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
            for member in members:
                out.writestr(member, "1a: 1")
        assert [s.student for s in found(tmp_path, zips=True)[0]] == students


def test_links_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert [s.status for s in found(tmp_path)[0]] == [
        "unreadable: a link, which is not followed",
        "unreadable: a link, which is not followed",
        "unreadable: it is a pipe or a device, and no regular file",
    ]


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("hw/ann.txt", "1a: 29x29x32")
        out.writestr("../../evil.txt", "1a: 1")
        out.writestr("/abs.txt", "1a: 1")
        out.writestr("C:\\x.txt", "1a: 1")
        out.writestr("bomb.txt", b"a" * 50_000_000)
        out.writestr("inner.zip", "PK")
        out.writestr("__MACOSX/ann.txt", "")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")


def test_archives_are_read_only_when_asked_and_never_unpacked(tmp_path: Path) -> None:
    archive(tmp_path / "all.zip")
    closed, _ = found(tmp_path)
    assert [s.status for s in closed] == [
        "unreadable: an archive or an office document, not a text with answers, or unpack it with --zip"
    ]
    before = sorted(tmp_path.parent.rglob("*"))
    submissions, _ = found(tmp_path, zips=True)
    prefix = f"{tmp_path}/all.zip:"
    assert [(s.file.removeprefix(prefix), s.status) for s in submissions] == [
        ("../../evil.txt", "unreadable: its path leads out of the archive"),
        ("/abs.txt", "unreadable: its path leads out of the archive"),
        ("C:\\x.txt", "unreadable: its path leads out of the archive"),
        ("bomb.txt", "too large: more than 1,000,000 bytes"),
        ("hw/ann.txt", "read"),
        ("inner.zip", "unreadable: an archive within an archive"),
        ("link.txt", "unreadable: a link, which is not followed"),
    ]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_an_archive_that_lies_about_its_sizes(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    archive(path)
    data = path.read_bytes()
    path.write_bytes(data.replace((50_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    statuses = {s.file.rpartition(":")[2]: s.status for s in found(path, zips=True)[0]}
    assert statuses["bomb.txt"] in ("unreadable: its archive is damaged", "too large: more than 1,000,000 bytes")
    assert statuses["hw/ann.txt"] == "read"


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + b"\xff" * 18, b"PK\5\6" + b"\0" * 9])
def test_archives_that_are_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    (status,) = (s.status for s in found(tmp_path, zips=True)[0])
    assert status in (
        "unreadable: the archive is damaged",
        "unreadable: the archive has more than the 20,000 members that are read",
    )


def test_a_gigabyte_costs_nothing(tmp_path: Path) -> None:
    for name in ("huge.yaml", "huge.csv", "huge.zip"):
        with (tmp_path / name).open("wb") as out:
            out.truncate(2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with within_time_limit():
        statuses = [s.status for s in found(tmp_path, zips=True)[0]]
    assert statuses == [
        "too large: more than 1,000,000 bytes",
        "too large: more than 1,000,000 bytes",
        "unreadable: the archive is damaged",
    ]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, students in ((b"1a: 29x29x32\nname: Ann\n", [""]), (LONG, ["hugo", "ida"])):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert [s.student for s in found("-")[0]] == students


def test_rosters(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("Name,Student ID,Email\nAnn Lee,s1,ann@x.edu\nBob,s2,bob@x.edu\n,,\n")
    roster = load_roster(str(path))
    assert roster.students == ["s1", "s2"]
    assert [roster.find(name) for name in ("s1", "ANN  lee", "Ann@x.edu", "carl")] == ["s1", "s1", "s1", None]
    path.write_text("ann\nbob\n")
    assert load_roster(str(path)).students == ["ann", "bob"]
    for text, message in (("", f"'{path}' is no roster: empty"), ("student\n", f"'{path}' has no students")):
        path.write_text(text)
        with pytest.raises(NotFound) as refused:
            load_roster(str(path))
        assert [p.message for p in refused.value] == [message]
