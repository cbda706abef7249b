"""Bytes become a source, any text a tree or problems with places; neither takes long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.problem import Problem, Source
from cnncalc.spec import events
from cnncalc.spec.text import read, read_bytes
from tests.effort import examples, sampled
from tests.spec.make import EXAMPLE, LOADERS, assert_inside, scalars
from tests.time_limit import within_time_limit


def refused(data: bytes) -> tuple[str, str | None]:
    source, problems = read_bytes("net", data)
    assert source is None
    (problem,) = problems
    return problem.headline(), problem.hint


def test_reads_bytes_with_and_without_a_mark() -> None:
    for data in (b"a: \xc3\xa9\n", b"\xef\xbb\xbfa: \xc3\xa9\n"):
        source, problems = read_bytes("net", data)
        assert (source and source.text, problems) == ("a: é\n", [])


@pytest.mark.parametrize(
    ("data", "headline", "hint"),
    [
        (b"", "net:1:1: E114 file: the file is empty", None),
        (b"a: b\nc: \x00\xff", "net:2:4: E114 file: not a text file: it holds a NUL byte", None),
        (b"a: b\nc\xc3\xa9: \xe9 d", "net:2:5: E114 file: not UTF-8: byte 0xe9 at 10", "save the file as UTF-8"),
        (b"\xef\xbb\xbf\xe9", "net:1:1: E114 file: not UTF-8: byte 0xe9 at 3", "save the file as UTF-8"),
        ("a: b".encode("utf-16"), "net:1:1: E114 file: the file is UTF-16, not UTF-8", "save it as UTF-8"),
        ("a: b".encode("utf-16-be"), "net:1:1: E114 file: the file is UTF-16, not UTF-8", "save it as UTF-8"),
        ("a: b".encode("utf-32"), "net:1:1: E114 file: the file is UTF-32, not UTF-8", "save it as UTF-8"),
        (b"a" * 1_000_001, "net:1:1: E112 limit: 1,000,001 bytes, more than the 1,000,000 that are read", None),
    ],
)
def test_refuses_bytes(data: bytes, headline: str, hint: str | None) -> None:
    assert refused(data) == (headline, hint)


# Limits


def test_the_size_is_limited() -> None:
    root, (problem,) = read(Source("net", "a" * 1_000_001))
    assert root is None
    assert problem.headline() == "net:1:1: E112 limit: 1,000,001 characters, more than the 1,000,000 that are read"


@pytest.mark.parametrize(
    "text",
    [
        *[
            "[",
            "]",
            "{",
            "}",
            "- ",
            "? ",
            "'",
            '"',
            "x",
            "x ",
            "a: ",
            "(,",
            "#",
            "\n",
            " ",
            "\t",
            ",",
            "*a ",
            "&a ",
            "!",
        ],
        *["- x:y\n", "- (a, \n", "? x\n", "|\n", "a: 1\n", "\\", "->", "@", "%a\n", "---\n", "\r", "é"],
    ],
)
@pytest.mark.parametrize("opening", sampled(["", "a: ", "["], every=3))
def test_a_long_text_ends_soon(opening: str, text: str) -> None:
    source = Source("net", (opening + text * 1_000_000)[:1_000_000])
    with within_time_limit():
        _, problems = read(source)
        for problem in problems:
            assert_inside(problem.place)
            assert len(str(problem)) < 1_000


def test_fifty_megabytes_are_refused_unread() -> None:
    data = bytes(50_000_000)
    with within_time_limit():
        assert refused(data)[0] == "net:1:1: E112 limit: 50,000,000 bytes, more than the 1,000,000 that are read"


# Any text


def check_anything(text: str) -> None:
    source = Source("net", text)
    for loader in LOADERS:
        events.LOADER, before = loader, events.LOADER
        try:
            root, problems = read(source)
        finally:
            events.LOADER = before
        assert root is not None or problems
        for problem in problems:
            check_problem(problem)
        for scalar in scalars(root) if root is not None else ():
            for offset in range(len(scalar.text) + 1):
                assert_inside(scalar.place(offset))


def check_problem(problem: Problem) -> None:
    assert_inside(problem.place)
    assert "\n" not in problem.headline() + (problem.hint or "")
    assert not problem.message.endswith(".")
    assert len(str(problem)) < 1_000


yamlish = st.text(
    st.sampled_from([*"abx1:,[]{}#&*!|>'\"%@`?()-\\ \t\n\r\x00\x85\u2028\ufeff\ud800", "é", "😀"]), max_size=60
)
pieces = st.lists(
    st.sampled_from(
        [
            *[
                "a",
                "b: ",
                "- ",
                "\n",
                "\n  ",
                "\n ",
                "[",
                "]",
                "{",
                "}",
                ", ",
                ": ",
                "'",
                '"',
                "? ",
                "*a",
                "&a ",
                "!t ",
            ],
            *["|\n", "> ", "# c", "->", "(", ")", "\t", "---\n", "...\n", "%a", "<<: ", "12,345", "x:y", "\\", "\r\n"],
        ]
    ),
    max_size=25,
).map("".join)


@examples(400)
@given(yamlish | pieces)
def test_any_text_has_a_tree_or_a_problem(text: str) -> None:
    check_anything(text)


@examples(200)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 8), pieces | st.text(max_size=3))
def test_any_damage_has_a_place(start: int, cut: int, put: str) -> None:
    check_anything(EXAMPLE[:start] + put + EXAMPLE[start + cut :])


@examples(200)
@given(st.binary(max_size=40))
def test_any_bytes_have_a_source_or_a_problem(data: bytes) -> None:
    source, problems = read_bytes("net", data)
    assert (source is None) == bool(problems)
    for problem in problems:
        assert_inside(problem.place)
