"""Every format that a key leaves in: which file it becomes, alone or for each of many students."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from cnncalc.homework.model import Part, Question
from cnncalc.problem import visible_lines
from cnncalc.quizzes.exports.asking import Variant
from cnncalc.record import Record


class Format(Record):
    """One format: `each` writes one variant, `all` what holds every variant, `folder` files by their names."""

    about: str
    file: str
    each: Callable[[Variant], str] | None = None
    all: Callable[[Sequence[Variant]], str] | None = None
    folder: Callable[[Sequence[Variant]], dict[str, str]] | None = None
    zipped: bool = False  # the folder is saved as one archive


def _of(file: str, function: str) -> Any:
    """Return what a file of this folder writes with, so that a format is its file and its line below."""
    return getattr(import_module(f"cnncalc.quizzes.exports.{file}"), function)


FORMATS = {
    "markdown": Format("the questions", "quiz.md", _of("sheet", "sheet")),
    "solutions": Format(
        "the questions with worked solutions, as Markdown",
        "solutions.md",
        partial(_of("sheet", "sheet"), solutions=True),
    ),
    "latex": Format("the exam class, solutions switchable", "quiz.tex", _of("exam", "exam")),
    "key": Format("what `cnncalc grade` marks by", "quiz.key.yaml", lambda v: v.key.source.text.rstrip("\n")),
    "answers": Format("an empty answer sheet for `cnncalc grade`", "answers.txt", _of("sheet", "answer_sheet")),
    "moodle": Format("Moodle XML, with feedback on each mistake", "moodle.xml", all=_of("moodle", "moodle")),
    "gift": Format("Moodle's GIFT, with feedback on each mistake", "quiz.gift", all=_of("gift", "gift")),
    "text2qti": Format("plain text that text2qti packs for Canvas", "text2qti.txt", all=_of("canvas", "canvas")),
    "qti": Format("the QTI 1.2 package that Canvas and others import", "qti", folder=_of("qti", "qti"), zipped=True),
    "json": Format("the questions and right answers as data", "quiz.json", all=_of("data", "data")),
    "prairielearn": Format("a folder of questions", "prairielearn", folder=_of("prairielearn", "prairielearn")),
}
"""By name, as --format takes them."""


def written(name: str, variants: Sequence[Variant]) -> dict[str, str]:
    """Return the files of a format by their paths: a folder with one a student, where there are students."""
    form = FORMATS[name]
    if form.folder is not None:
        return {f"{form.file}/{path}": text for path, text in form.folder(variants).items()}
    if form.all is not None:
        return {form.file: f"{form.all(variants)}\n"}
    assert form.each is not None
    if not variants[0].name:
        return {form.file: f"{form.each(variants[0])}\n"}
    _, suffix = form.file.split(".", 1)
    return {f"{name}/{variant.name}.{suffix}": f"{form.each(variant)}\n" for variant in variants}


def saved(texts: Mapping[str, str]) -> dict[str, bytes]:
    """Return files as they are saved: a package is one archive, the same bytes each time."""
    packages = {form.file for form in FORMATS.values() if form.zipped}
    found: dict[str, bytes] = {}
    packed: dict[str, dict[str, bytes]] = {}
    for path, text in texts.items():
        top, _, inside = path.partition("/")
        where, name = (packed.setdefault(top, {}), inside) if inside and top in packages else (found, path)
        where[name] = visible_lines(text).encode()
    return found | {f"{top}.zip": _archive(files) for top, files in packed.items()}


def _archive(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def variant_table(variants: Sequence[Variant]) -> str:
    """Write who is asked what, and the right answers, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("student", "name", "id", "topic", "question", "answer"))
    for variant in variants:
        for question in variant.key.questions:
            for part in question.parts:
                row = (variant.name, variant.person, part.id, question.topic, asked(question, part), part.right.text)
                writer.writerow(map(_harmless, row))
    return text.getvalue()


def asked(question: Question, part: Part) -> str:
    """Return what asks for an answer, in one text."""
    return f"{question.text} {part.text}" if part.text != question.text else question.text


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def listed(names: Iterable[str]) -> str:
    return "\n".join(f"  {name:13} {FORMATS[name].about}" for name in names)
