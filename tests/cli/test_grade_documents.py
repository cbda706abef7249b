"""Submissions as documents of every format, in the shapes that course systems export, and those that mean harm."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("docx")
pytest.importorskip("odfdo")
pytest.importorskip("openpyxl")
pytest.importorskip("pypdf")

from cnncalc.grading.submissions import Entry, Submission, readers
from cnncalc.grading.submissions.document import Document
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.read import bytes_of, read_entry
from cnncalc.grading.submissions.readers import READERS, prepared, read_document, reader_of
from cnncalc.grading.submissions.search import Search
from cnncalc.homework.key import load_key
from tests.cli.conftest import Run
from tests.effort import sampled
from tests.homework.documents import PICTURE, W, excel, notebook, opendocument, pdf, pdf_of, rezipped, word

KEY = str(Path(__file__).parent.parent / "homework" / "hw.key.yaml")
NAMES = Names(load_key(KEY))
ANSWERS = {"1a": "29x29x32", "1b": "7,600", "2a": "32x32x10", "3": "a"}
POINTS = "5"  # of 11


def read(data: bytes, file: str) -> Submission:
    return read_entry(Entry(file, "ann", data=data), NAMES)


LINES = [f"{id}: {answer}" for id, answer in ANSWERS.items()]
ROWS = [list(pair) for pair in ANSWERS.items()]
TABLE = [["Question", "Answer"], *ROWS]
FRACTION = (
    "<m:f><m:num><m:r><m:t>63-7</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    "<m:r><m:t>+1=29</m:t></m:r>"
)


def paragraph(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def word_run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def text_p(*lines: str) -> str:
    return "".join(f"<text:p>{line}</text:p>" for line in lines)


def table_of(rows: list[list[str]]) -> str:
    cells = ("".join(f"<table:table-cell>{text_p(cell)}</table:table-cell>" for cell in row) for row in rows)
    return f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in cells)}</table:table>"


def html_table(rows: list[list[str]]) -> str:
    return f"<table>{''.join(f'<tr><td>{row[0]}</td><td><p>{row[1]}</p></td></tr>' for row in rows)}</table>"


ITEMS = "<li>first<ol type='a'><li>29x29x32</li><li>7,600</li></ol></li>"
LATEX_ITEMS = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document} % 1a: 1x1x1
\section*{Question 1}
\begin{enumerate}[label=(\alph*)]
  \item $29\times29\times32$
  \item \textbf{7,600} % sure?
\end{enumerate}
\section{Question 2}
\begin{itemize}\item[(a)] $32 \times 32 \times 10$\end{itemize}
\paragraph{3} a
\end{document}
"""
LATEX_TABLE = r"""\begin{tabular}{|l|r|}
\hline
Question & Answer \\ \hline
1a & $29\times29\times32$ \\
1b & 7{,}600 \\
2a & 32x32x10 \\[2pt]
3 & a \\ \hline
\end{tabular}
"""
PROGRAM = '''"""Homework 2"""
import torch

# Name: Ann
q1a = (29, 29, 32)  # the 1st output
answer_1b = (5 * 5 * 3
             + 1) * 100
answers = {"2a": "32x32x10", "3": "a"}
model = torch.nn.Conv2d(3, 100, 5)
'''
COMMENTS = "# Question 1a\n# 29x29x32\n# 1b: 7,600\nprint('2a:', '32x32x10')\ndef q3():\n    return 'a'\n"
ODT_LIST = (
    '<text:list text:style-name="L1"><text:list-item><text:p>One</text:p><text:list><text:list-item><text:p>29x29x32'
    "</text:p></text:list-item><text:list-item><text:p>7,600</text:p></text:list-item></text:list></text:list-item>"
    "<text:list-item><text:p>Two</text:p><text:list><text:list-item><text:p>32x32x10</text:p></text:list-item>"
    "</text:list></text:list-item><text:list-item><text:p>a</text:p></text:list-item></text:list>"
)

FORMS: dict[str, tuple[str, bytes]] = {
    "Word, lines": ("docx", word(*LINES)),
    "Word, headings": (
        "docx",
        word(("Homework", "Title"), *(one for id, answer in ROWS for one in ((f"Question {id}", "Heading 2"), answer))),
    ),
    "Word, a table": ("docx", word("My answers", table=TABLE)),
    "Word, a table without heads": ("docx", word(table=ROWS)),
    "Word, questions in a table": (
        "docx",
        word(table=[["1a) What is the output volume?", "29x29x32"], ["1b) How many?", "7,600"], *ROWS[2:]]),
    ),
    "Word, a numbered list": (
        "docx",
        word(
            *LINES[:3],
            *((text, "List Number") for text in ("see above", "see above", "a")),
        ),
    ),
    "Word, tracked changes, struck out and a text box": (
        "docx",
        word(
            *LINES[2:],
            xml=paragraph(
                word_run("1a: ")
                + '<w:del w:id="1" w:author="A"><w:r><w:delText>1x1x1</w:delText></w:r></w:del>'
                + word_run("28x28x32, ", "<w:strike/>")
                + f'<w:ins w:id="2" w:author="A">{word_run("29x29x32")}</w:ins>'
            )
            + paragraph(
                f"<w:r><w:pict><w:txbxContent>{paragraph(word_run('1b: 7,600'))}</w:txbxContent></w:pict></w:r>"
            ),
        ),
    ),
    "Word, named otherwise": ("doc", word(*LINES)),
    "LibreOffice, lines": ("odt", opendocument(text_p(*LINES))),
    "LibreOffice, line breaks": ("odt", opendocument(text_p("<text:line-break/>".join(LINES)))),
    "LibreOffice, a list": ("odt", opendocument(ODT_LIST)),
    "LibreOffice, a table": ("odt", opendocument(table_of(TABLE))),
    "LibreOffice, a sheet": ("ods", opendocument(table_of(TABLE), kind="spreadsheet")),
    "Excel, heads": ("xlsx", excel(TABLE)),
    "Excel, no heads": ("xlsx", excel(ROWS)),
    "Excel, a row": ("xlsx", excel([list(ANSWERS), list(ANSWERS.values())])),
    "Excel, numbers and sheets": ("xlsx", excel([ROWS[0], ["1b", 7600.0]], [["no", "yes"]], ROWS[2:], hidden=[1])),
    "PDF": ("pdf", pdf(LINES[:2], LINES[2:])),
    "PDF, headings": ("pdf", pdf([line for id, answer in ROWS for line in (f"Question {id}:", answer)])),
    "notebook, Markdown": (
        "ipynb",
        notebook(("markdown", "# HW\n" + "\n".join(f"## {id}\n\n{answer}\n" for id, answer in ROWS))),
    ),
    "notebook, one cell an answer": ("ipynb", notebook(*(("markdown", f"**Q{id}:** {answer}") for id, answer in ROWS))),
    "notebook, a table": ("ipynb", notebook(("markdown", "|id|answer|\n|--|--|\n" + "\n".join(map("|".join, ROWS))))),
    "notebook, code": (
        "ipynb",
        notebook(
            ("code", "q1a = 29, 29, 32\nq1b = (5*5*3 + 1)*100"),
            ("code", "print(f'2a: {out}')\n%timeit f()\nprint('3:', choice)", "2a: 32x32x10\n3: a\n"),
        ),
    ),
    "notebook, what code returned": (
        "ipynb",
        notebook(
            ("markdown", "## Question 1a\nThe output:"),
            ("code", "shape", "(29, 29, 32)\n"),
            ("markdown", "## Question 1b"),
            ("code", "print(n)", "7600\n"),
            ("raw", "2a: 32x32x10\n3: a"),
        ),
    ),
    "a web page": ("html", f"<!DOCTYPE html><html><body>{html_table(TABLE)}</body></html>".encode()),
    "online text, paragraphs": ("html", "".join(f"<p>{line}</p>" for line in LINES).encode()),
    "online text, breaks": ("html", f"<p dir='ltr'>{'<br>'.join(LINES)}</p>".replace(" ", "&nbsp;").encode()),
    "online text, lists": (
        "html",
        f"<ol>{ITEMS}<li>second<ol type='a'><li>32&times;32&times;10</li></ol></li><li>a</li></ol>".encode(),
    ),
    "online text, formulas": (
        "html",
        rb"<p>1a: \(29\times29\times32\)</p><p>1b: <math><mrow><mo>(</mo><mn>5</mn><mo>*</mo><mn>5</mn><mo>*</mo>"
        rb"<mn>3</mn><mo>+</mo><mn>1</mn><mo>)</mo><mo>*</mo><mn>100</mn></mrow></math></p>"
        rb"<p>2a: 32x32x10</p><p>3: a</p>",
    ),
    "online text, struck out": (
        "html",
        "".join(f"<p>{id}: <s>9x9x9</s> {answer}<del>, 8</p>" for id, answer in ROWS).encode(),
    ),
    "online text without tags": ("html", "\n".join(LINES).encode()),
    "a page named otherwise": ("txt", f"<html><p>{'<p>'.join(LINES)}</html>".encode()),
    "LaTeX, lists": ("tex", LATEX_ITEMS.encode()),
    "LaTeX, a table": ("tex", LATEX_TABLE.encode()),
    "LaTeX, lines": ("tex", "\n\n".join(rf"\noindent\textbf{{{id}:}} {answer} \\" for id, answer in ROWS).encode()),
    "Python": ("py", PROGRAM.encode()),
    "Python, comments": ("py", COMMENTS.encode()),
    "text": ("txt", "\n".join(LINES).encode()),
    "Markdown": ("md", "\n".join(f"- **{line}**" for line in LINES).encode()),
    "CSV": ("csv", "\n".join(f'{id},"{answer}"' for id, answer in ROWS).encode()),
    "CSV with heads": ("csv", "\n".join(f'{id};"{answer}"' for id, answer in TABLE).encode()),
    "TSV": ("tsv", "\n".join(map("\t".join, ROWS)).encode()),
    "JSON": ("json", b'{"1a": "29x29x32", "1b": 7600, "2": {"a": [32, 32, 10]}, "3": "a"}'),
    "YAML": ("yaml", b"1a: 29x29x32\n1b: 7600\n2: {a: 32x32x10}\n3: a\n"),
}


def grades(folder: Path) -> dict[str, tuple[str, str]]:
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as stream:
        return {row["student"]: (row["status"], row["total"]) for row in csv.DictReader(stream)}


def test_every_format_is_graded(tmp_path: Path, run: Run) -> None:
    for name, (ending, data) in FORMS.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.{ending}").write_bytes(data)
    done = run("grade", KEY, str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--students", "files")
    assert (done.exit_code, done.stderr) == (0, "")
    assert grades(tmp_path / "out") == dict.fromkeys(FORMS, ("marked", POINTS))


EQUATION = word(xml=paragraph(word_run("1a: ") + f"<m:oMath>{FRACTION}</m:oMath>"))


@pytest.mark.parametrize("data", [*FORMS.values(), ("docx", EQUATION)], ids=[*FORMS, "Word, an equation"])
def test_the_process_of_its_own_answers_as_the_reader_does(data: tuple[str, bytes]) -> None:
    ending, content = data
    reader = reader_of(content, f"a.{ending}")
    if reader is None:
        assert ending in ("txt", "md", "csv", "tsv", "json", "yaml", "html")
        return
    own = json.loads(prepared(reader.file.encode() + b"\n" + content)())
    assert Document(*own) == read_document(reader, content)
    assert own[0]


def test_names_that_course_systems_give(tmp_path: Path, run: Run) -> None:
    files = {
        "moodle/Ann Lee_12345_assignsubmission_file_/homework 2.docx": word(*LINES),
        "moodle/Bo O'Neil_12346_assignsubmission_onlinetext_/onlinetext.html": "<br>".join(LINES).encode(),
        "moodle/Cy_12347_assignsubmission_file_/scan.pdf": pdf(LINES),
        "canvas/leeann_23456_345678_hw2-1.ipynb": notebook(("markdown", "\n".join(LINES))),
        "canvas/oneilbo_LATE_23457_345679_hw2.odt": opendocument(text_p(*LINES)),
        "canvas/cy_23458_345680_HW 2 (final).xlsx": excel(TABLE),
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for system, students in {
        "moodle": ("Ann Lee", "Bo O'Neil", "Cy"),
        "canvas": ("leeann", "oneilbo", "cy"),
    }.items():
        done = run("grade", KEY, str(tmp_path / system), "-o", str(tmp_path / f"{system}-out"))
        assert (done.exit_code, done.stderr) == (0, "")
        assert grades(tmp_path / f"{system}-out") == dict.fromkeys(students, ("marked", POINTS))


HEADS = [f"{id}) What is asked?" for id in ANSWERS]
GIVEN = list(ANSWERS.values())
EXPORTS: dict[str, tuple[list[list[str]], str]] = {
    "Google Forms": (
        [["Timestamp", "Email Address", *HEADS], ["5/1/2026 9:00:01", "ann@x.edu", *GIVEN]],
        "ann@x.edu",
    ),
    "Microsoft Forms": (
        [
            ["ID", "Start time", "Completion time", "Email", "Name", *HEADS],
            ["1", "5/1/26 9:00", "5/1/26 9:10", "ann@x.edu", "Ann Lee", *GIVEN],
        ],
        "ann@x.edu",
    ),
    "Canvas": (
        [
            ["name", "id", "sis_id", "section", "section_id", "section_sis_id", "submitted", "attempt"]
            + [text for n, head in enumerate(HEADS) for text in (f"{5001 + n}: {head}", "1.0")]
            + ["n correct", "n incorrect", "score"],
            ["Ann Lee", "77", "a77", "CNN", "1", "", "2026-05-01 09:00:00 UTC", "1"]
            + [text for answer in GIVEN for text in (answer, "1.0")]
            + ["4", "0", "4.0"],
        ],
        "a77",
    ),
    "Moodle": (
        [
            ["Last name", "First name", "Email address", "Status", "Started", "Completed", "Duration", "Grade/10.00"]
            + [f"Response {n}" for n in range(1, 10)],
            [
                *("Lee", "Ann", "ann@x.edu", "Finished", "1 May 2026 9:00", "1 May 2026 9:10", "10 mins", "10.00"),
                *(*GIVEN[:3], "-", "-", GIVEN[3], "-", "-", "-"),
            ],
        ],
        "ann@x.edu",
    ),
}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ods", "tsv", "html"])
@pytest.mark.parametrize("system", EXPORTS)
def test_tables_of_a_whole_course(tmp_path: Path, run: Run, system: str, ending: str) -> None:
    rows, student = EXPORTS[system]
    path = tmp_path / f"export.{ending}"
    if ending == "xlsx":
        path.write_bytes(excel([["Homework 2"], [], *rows], names=["Form1"]))
    elif ending == "html":
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        path.write_text(f"<html><title>x</title><table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table></html>")
    elif ending == "ods":
        path.write_bytes(opendocument(table_of(rows), kind="spreadsheet"))
    else:
        text = io.StringIO()
        csv.writer(text, delimiter="\t" if ending == "tsv" else ",").writerows(rows)
        path.write_text(text.getvalue())
    done = run("grade", KEY, str(path), "-o", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "a column is no question" not in done.stderr
    assert grades(tmp_path / "out") == {student: ("marked", POINTS)}


# What is in a document and is no plain text.


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (word(xml=paragraph(word_run("1a: ") + f"<m:oMath>{FRACTION}</m:oMath>")), "(63-7)/2+1=29"),
        (
            word(
                xml=paragraph(
                    word_run("1a: ")
                    + '<m:oMath><m:d><m:dPr><m:begChr m:val="⌊"/><m:endChr m:val="⌋"/></m:dPr><m:e>'
                    + FRACTION.partition("<m:r><m:t>+1")[0]
                    + "</m:e></m:d><m:rad><m:deg/><m:e><m:r><m:t>2</m:t></m:r></m:e></m:rad><m:sSup><m:e><m:r><m:t>x"
                    "</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
                )
            ),
            "⌊(63-7)/2⌋sqrt(2)x^2",
        ),
        (
            word(xml=paragraph(word_run("1a: 27C") + word_run("2", '<w:vertAlign w:val="superscript"/>'))),
            "27C^2",
        ),
        (word(table=[["Question", "Answer"], ["1a", "(63-7)/2 = 28\n28 + 1 = 29"]]), "(63-7)/2 = 28\n28 + 1 = 29"),
        (
            opendocument(
                '<text:p>1a: <draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="x"/>'
                "</draw:frame></text:p>",
                members={
                    "Object 1/content.xml": '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><msqrt>'
                    "<mfrac><mn>2</mn><mn>72</mn></mfrac></msqrt><msup><mi>C</mi><mn>2</mn></msup><mroot><mn>8</mn>"
                    "<mn>3</mn></mroot></mrow><annotation>sqrt</annotation></semantics></math>"
                },
            ),
            "sqrt(2/72)C^2(8)^(1/3)",
        ),
    ],
)
def test_equations_are_read_on_a_line(data: bytes, answer: str) -> None:
    submission = read(data, "a.docx")
    assert (submission.answers, submission.notes) == ({"1a": answer}, ())


@pytest.mark.parametrize(
    ("file", "data", "answers"),
    [
        (
            "a.ipynb",
            notebook(
                ("markdown", "**Question 1a**"),
                ("code", "n, k = 63, 7\nside = (n - k)//2 + 1\nside, side, 32", "(29, 29, 32)\n"),
                ("markdown", "### 1b"),
                ("code", "answer = (5*5*3 + 1)*100"),
            ),
            {"1a": "(29, 29, 32)", "1b": "(5*5*3 + 1)*100"},
        ),
        (
            "a.py",
            b"q1a = int((63 - 7)/2) + 1\nq1b = math.floor(2.5)",
            {"1a": "floor((63 - 7)/2) + 1", "1b": "floor(2.5)"},
        ),
        (
            "a.py",
            b"n, k, s = 227, 11, 4\nside = (n - k)//s + 1\nx = side*side*96\nfor i in range(3):\n    x = x + 1\n"
            b"q1a = side\nq1b = x",
            {"1a": "55", "1b": "x"},  # which a loop changed, and nothing is run
        ),
        ("a.py", b"c = 3\nc += 1\nd = 5\nif c:\n    d = 6\nq1a = c, d, 7", {"1a": "c, d, 7"}),
        ("a.py", b"rows: int = 2\nq1a = (rows\n  + 3) * rows\nq1b = rows / 3", {"1a": "(2 + 3) * 2", "1b": "2 / 3"}),
        (
            "a.ipynb",
            notebook(("code", "n, k = 63, 7\nside = (n - k)//2 + 1", ""), ("code", "q1a = side, side, 32", "")),
            {"1a": "29, 29, 32"},
        ),
        ("a.py", b"# -*- coding: utf-8 -*-\nx = 5\nconv1 = Conv2d(3, 4, 5)\nq1b = None", {"1b": ""}),
        (
            "a.xlsx",
            excel(
                [["Homework 2"], [], ["Aufgabe", "My solution", "Comment"], ["1a", "29x29x32", "?"], ["1b", None, "-"]]
            ),
            {"1a": "29x29x32", "1b": ""},
        ),
        (
            "a.html",
            b"<b>Aufgabe 1b</b><br>5*5*3 = 75<br>75+1 = 76<br>76*100 = 7600",
            {"1b": "5*5*3 = 75\n75+1 = 76\n76*100 = 7600"},
        ),
    ],
)
def test_answers_as_people_hand_them_in(file: str, data: bytes, answers: dict[str, str]) -> None:
    assert read(data, file).answers == answers


def test_what_is_not_read_is_quoted_where_lines_have_no_numbers() -> None:
    submission = read(
        word("Dear assistant, here is what I have found", "1a: 7", "with a word on how I found it all"), "a.docx"
    )
    assert submission.notes == (
        "not read: 'Dear assistant, here is what I have found' and 'with a word on how I found it all'",
    )


FORMULA = excel([["1a", "29x29x32"], ["1b", "=(5*5*3+1)*100"]])
SAVED = rezipped(
    FORMULA,
    xl_worksheets_sheet1__xml='<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>1b</t></is></c><c r="B1"><f>(5*5*3+1)*100</f><v>7600</v></c></row>'
    "</sheetData></worksheet>",
)


def test_formulas_are_not_computed() -> None:
    submission = read(FORMULA, "a.xlsx")
    assert submission.answers == {"1a": "29x29x32", "1b": ""}
    assert submission.notes == ("B2: a formula without a saved value is not read",)
    assert read(SAVED, "a.xlsx").answers == {"1b": "7600"}


@pytest.mark.parametrize(
    ("file", "data", "status"),
    [
        ("a.pdf", pdf(None), "unreadable: its page is a picture without text: a person must read it"),
        ("a.pdf", pdf(None, None), "unreadable: its 2 pages are pictures without text: a person must read it"),
        ("a.docx", word(picture=PICTURE), "unreadable: it is a picture without text: a person must read it"),
        (
            "a.html",
            b"<p><img src='1.png'><img src='2.png'></p>",
            "unreadable: it is 2 pictures without text: a person must read it",
        ),
        (
            "a.ipynb",
            notebook(("markdown", "![scan](scan.png)")),
            "unreadable: it is a picture without text: a person must read it",
        ),
    ],
)
def test_what_is_a_picture_alone_says_so(file: str, data: bytes, status: str) -> None:
    submission = read(data, file)
    assert (submission.status, submission.answers) == (status, {})


@pytest.mark.parametrize(
    ("file", "data", "note"),
    [
        ("a.pdf", pdf(["1a: 7"], None), "page 2 is a picture, which is not read"),
        ("a.docx", word("1a: 7", picture=PICTURE), "a picture in it is not read"),
        ("a.tex", rb"1a: 7" + b"\n" + rb"\includegraphics{a}\includegraphics{b}", "2 pictures in it are not read"),
        ("a.xlsx", excel([["1a", "7"]], [["1b", "8"]], names=["S", "T"], hidden=[1]), "a hidden sheet, T, is not read"),
    ],
)
def test_what_is_not_read_is_noted(file: str, data: bytes, note: str) -> None:
    submission = read(data, file)
    assert (submission.answers, submission.notes) == ({"1a": "7"}, (note,))


def test_a_missing_package_is_named_and_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ann.docx"
    path.write_bytes(word(*LINES))
    there = readers.find_spec
    monkeypatch.setattr(readers, "find_spec", lambda name: None if name == "docx" else there(name))
    status = 'unreadable: a Word document needs python-docx: pip install ".[homework]"'
    assert read_entry(Entry(str(path), "ann", str(path)), NAMES).status == status
    monkeypatch.undo()
    assert read_entry(Entry(str(path), "ann", str(path)), NAMES).answers == ANSWERS


def test_each_reader_is_found_by_a_form() -> None:
    found = {reader.file for ending, data in FORMS.values() if (reader := reader_of(data, f"a.{ending}"))}
    assert found == {reader.file for reader in READERS}
    folder = Path(readers.__file__).parent
    assert all((folder / f"{reader.file}.py").exists() for reader in READERS)


# Documents that mean harm.

ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
BODY = f'<w:document xmlns:w="{W}"><w:body>'
END = "</w:body></w:document>"
DEEP = f"{BODY}{'<w:sdt>' * 9_000}{'</w:sdt>' * 9_000}{END}"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"
CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << >> >>"


EMPTY = "<< /Type /Pages /Kids [] /Count 0 >>"
ITSELF = "<< /XObject << /F 5 0 R >> >>"
FORM = f"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources {ITSELF}"
SHOWN = "/Length 5 >>\nstream\n/F Do\nendstream"
BAD_PDF = "unreadable: a PDF document that is damaged"
MACROS = "unreadable: a Word document with macros: save it as .docx"
TOO_LARGE = "too large: more than 20,000,000 bytes"


def packed(data: bytes, times: int) -> str:
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = "/FlateDecode " * times
    return f"<< /Length {len(data)} /Filter [{filters}] >>\nstream\n{data.decode('latin-1')}\nendstream"


def locked(data: bytes) -> bytes:
    """Return an archive whose members say that they are encrypted."""
    found = bytearray(data)
    at = -1
    while (at := found.find(b"PK\1\2", at + 1)) >= 0:
        found[at + 8] |= 1
    return bytes(found)


DAMAGED = "unreadable: a Word document that is damaged"
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a bomb in a Word document": (
        "a.docx",
        lambda: rezipped(word("1a: 7"), word_document__xml=BODY + "<w:p/>" * 20_000_000 + END),
        "too large: a Word document that unpacks to 120,",
    ),
    "a bomb beside a workbook": (
        "a.xlsx",
        lambda: rezipped(excel([["1a", "7"]]), junk=b"\0" * 100_000_000),
        "too large: an Excel workbook that unpacks to 100,",
    ),
    "a bomb in an OpenDocument file": (
        "a.odt",
        lambda: opendocument("<text:p/>", members={"junk": b"\0" * 100_000_000}),
        "too large: an OpenDocument file that unpacks to 100,",
    ),
    "many members": (
        "a.docx",
        lambda: rezipped(word("1a: 7"), **{f"m{n}": "" for n in range(2_001)}),
        "too large: a Word document of more than 2,000 members",
    ),
    "entities in Word": (
        "a.docx",
        lambda: rezipped(word(), word_document__xml=ENTITIES + BODY + paragraph(word_run("&i;")) + END),
        "unreadable: a Word document whose XML defines entities",
    ),
    "entities in UTF-16": (
        "a.docx",
        lambda: rezipped(word(), word_document__xml=(ENTITIES + BODY + END).encode("utf-16")),
        "unreadable: a Word document whose XML defines entities",
    ),
    "entities in Excel": (
        "a.xlsx",
        lambda: rezipped(excel([["1a", "7"]]), xl_worksheets_sheet1__xml=ENTITIES + SHEET + "</sheetData></worksheet>"),
        "unreadable: an Excel workbook whose XML defines entities",
    ),
    "entities in OpenDocument": (
        "a.odt",
        lambda: opendocument("<text:p/>", members={"styles.xml": ENTITIES + "<x/>"}),
        "unreadable: an OpenDocument file whose XML defines entities",
    ),
    "a file outside": ("a.docx", lambda: rezipped(word(), word_document__xml=OUTSIDE + BODY + END), "no answers"),
    "truncated": ("a.docx", lambda: word("1a: 7")[:9_000], DAMAGED),
    "no XML": ("a.docx", lambda: rezipped(word(), word_document__xml="<x"), DAMAGED),
    "nested deeply": ("a.docx", lambda: rezipped(word(), word_document__xml=DEEP), DAMAGED),
    "an empty document": ("a.docx", lambda: word(), "no answers"),
    "macros": ("a.docm", lambda: rezipped(word("1a: 7"), word_vbaProject__bin="x"), MACROS),
    "locked members": ("a.docx", lambda: locked(word("1a: 7")), "unreadable: it is locked with a password"),
    "locked by Office": (
        "a.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99 + "EncryptedPackage".encode("utf-16-le"),
        "unreadable: it is locked with a password",
    ),
    "before 2007": (
        "a.doc",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99,
        "unreadable: an office document from before 2007: save it as .docx, .xlsx or .pdf",
    ),
    "locked by LibreOffice": (
        "a.odt",
        lambda: opendocument("", members={"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}),
        "unreadable: it is locked with a password",
    ),
    "half a million rows": (
        "a.xlsx",
        lambda: rezipped(
            excel([["1a", "7"]]),
            xl_worksheets_sheet1__xml=SHEET
            + "".join(f'<row r="{n}"><c r="B{n}"><v>2</v></c></row>' for n in range(1, 300_000))
            + "</sheetData></worksheet>",
        ),
        "unreadable: an Excel workbook that takes more than 1.5 seconds to read",
    ),
    "the last cell": (
        "a.xlsx",
        lambda: rezipped(
            excel([["1a", "7"]]),
            xl_worksheets_sheet1__xml=f'{SHEET}<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>{SHEET_END}',
        ),
        "unreadable: an Excel workbook that takes more than 1.5 seconds to read",
    ),
    "cells repeated": (
        "a.ods",
        lambda: opendocument(
            '<table:table><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
            'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>',
            kind="spreadsheet",
        ),
        "no answers",
    ),
    "pages that hold themselves": ("a.pdf", lambda: pdf_of([CATALOG, PAGES.replace("3", "2")]), BAD_PDF),
    "tables that go on with themselves": ("a.pdf", lambda: pdf_of([CATALOG, EMPTY], "/Prev 9"), "no answers"),
    "a bomb in a PDF": (
        "a.pdf",
        lambda: pdf_of([CATALOG, PAGES, PAGE, packed(b"\0" * 300_000_000, 3)]),
        "unreadable: a PDF document that is damaged",
    ),
    "a form that shows itself": (
        "a.pdf",
        lambda: pdf_of([CATALOG, PAGES, PAGE.replace("<< >>", ITSELF), f"<< {SHOWN}", f"<< {FORM} {SHOWN}"]),
        "unreadable: its page is a picture",
    ),
    "half a PDF": ("a.pdf", lambda: pdf(LINES)[:250], BAD_PDF),
    "a million objects": ("a.pdf", lambda: b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 900_000, BAD_PDF[:30]),
    "a large notebook": ("a.ipynb", lambda: b'{"nbformat": 4, "cells": [' + b" " * 30_000_000, TOO_LARGE),
    "lists in a notebook": (
        "a.ipynb",
        lambda: b'{"nbformat": 4, "cells": [' + b"[]," * 6_000_000 + b"[]]}",
        "unreadable: a notebook that takes more than",
    ),
    "brackets in a notebook": (
        "a.ipynb",
        lambda: b'{"nbformat": 4, "cells": ' + b"[" * 1_000_000,
        "unreadable: no notebook of format 4, as Jupyter saves it",
    ),
    "an old notebook": (
        "a.ipynb",
        lambda: b'{"nbformat": 3, "worksheets": []}',
        "unreadable: no notebook of format 4, as Jupyter saves it",
    ),
    "declarations": ("a.html", lambda: b"<p>" + b"<!" * 5_000_000, "unreadable: a web page that takes more than"),
    "lists within lists": (
        "a.html",
        lambda: b"<ol><li>" * 90_000,
        "unreadable: a web page with more than 200 lists within each other",
    ),
    "attributes": ("a.html", lambda: b"<p>" + b'<a b="' * 2_000_000, "unreadable: a web page that takes more than"),
    "verbatim": ("a.tex", lambda: rb"\begin{verbatim}" * 60_000, ""),
    "brackets in a program": ("a.py", lambda: b"(" * 400_000, "no answers"),
    "signs in a program": ("a.py", lambda: b"x = " + b"-" * 900_000 + b"1", ""),
    "a zip": ("a.docx", lambda: b"PK\3\4" + b"\0" * 99, "unreadable: an archive or an office document"),
}  # fmt: skip
"""Of each its file, what makes its content, and what is said of it."""


def hostile(name: str) -> tuple[str, bytes, str]:
    file, data, status = HOSTILE[name]
    return file, data(), status


@pytest.mark.parametrize("name", sampled(HOSTILE, every=8))
def test_documents_that_mean_harm_cost_their_own_row_alone(name: str) -> None:
    file, data, status = hostile(name)
    submission = read(data, file)
    assert submission.status.startswith(status)
    assert submission.answers == {}
    assert read(word(*LINES), "ann.docx").answers == ANSWERS


LOOK = """
import resource, sys
from cnncalc.grading.submissions import Entry
from cnncalc.grading.submissions.document import Document
from cnncalc.grading.submissions.names import Names
from cnncalc.grading.submissions.read import read_entry
from cnncalc.homework.key import load_key

names = Names(load_key(sys.argv[1]))
statuses = [read_entry(Entry(path, "ann", path), names).status for path in sys.argv[2:]]
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss has the parent's
print(statuses[-1], max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


@pytest.mark.exhaustive
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it looks the memory up in /proc")
def test_hostile_documents_take_little_memory(tmp_path: Path) -> None:
    names = ("a million objects", "attributes", "lists in a notebook", "lists within lists")
    paths = []
    for number, name in enumerate(names):
        file, data, _ = hostile(name)
        paths.append(tmp_path / f"{number}{file}")
        paths[-1].write_bytes(data)
    # The last is damaged, so that the process ends whose memory is looked at.
    paths.append(tmp_path / "last.docx")
    paths[-1].write_bytes(hostile("no XML")[1])
    command = [sys.executable, "-c", LOOK, KEY, *map(str, paths)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    *status, used = said.split()
    assert " ".join(status) == DAMAGED
    assert int(used) < 300_000


def test_text_named_as_a_document_is_read_as_text() -> None:
    for file in ("a.docx", "a.pdf", "a.xlsx", "a.odt"):
        assert read("\n".join(LINES).encode(), file).answers == ANSWERS


def test_documents_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ann.docx", word(*LINES, picture=PICTURE))
        archive.writestr("bo.ipynb", notebook(("markdown", "\n".join(LINES)), ("code", "", "x" * 2_000_000)))
        archive.writestr("cy.docx", rezipped(word("1a: 7"), junk=b"\0" * 100_000_000))
    found = [read_entry(entry, NAMES) for entry in Search(NAMES, zips=True, warn=print).all([str(path)])]
    assert [(one.student, one.answers) for one in found] == [("ann", ANSWERS), ("bo", ANSWERS), ("cy", {})]


def test_bytes_beyond_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as out:
        out.write(b'{"nbformat": 4, "cells": [')
        out.truncate(500_000_000)
    entry = Entry(str(path), "ann", str(path))
    assert len(bytes_of(entry)) == 20_000_001
    assert read_entry(entry, NAMES).status == "too large: more than 20,000,000 bytes"
