"""Places: every character of a scalar knows where it stands in the source."""

from __future__ import annotations

import pytest

from cnncalc.problem import Source
from cnncalc.spec.tree import Scalar
from tests.spec.make import EXAMPLE, both_parsers, find, index, plain, tree, under
from tests.time_limit import within_time_limit


@both_parsers
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_places_count_characters(mark: str, line_break: str) -> None:
    text = mark + line_break.join(["é: naïve 😀 x", "😀: ['it''s', \"a\\tb\", 𝔸 b]", "c:", "  d: e 😀", "    f", ""])
    root = tree(text)
    shift = len(mark)
    assert plain(root) == {"é": "naïve 😀 x", "😀": ["it's", "a\tb", "𝔸 b"], "c": {"d": "e 😀 f"}}
    assert find(text, "naïve 😀 x").place(8, 1)[1:] == (1, 12 + shift, 1)
    assert find(text, "it's").place(3)[1:] == (2, 10, 1)
    assert find(text, "a\tb").place(2)[1:] == (2, 18, 1)
    assert find(text, "𝔸 b").place()[1:] == (2, 22, 3)
    assert find(text, "e 😀 f").place()[1:] == (4, 6, 3)
    assert find(text, "e 😀 f").place(4)[1:] == (5, 5, 1)


def test_a_place_is_cut_at_the_end_of_its_line() -> None:
    chain = find(EXAMPLE, "conv_bn w 1x1 -> relu -> conv_bn w 3x3 stride")
    assert under(chain.place()) == "conv_bn w 1x1 -> relu"
    assert under(chain.place(chain.text.index("->"))) == "-> relu"
    assert under(chain.place(chain.text.rindex("->"))) == "-> conv_bn w 3x3 stride"
    assert under(chain.place(chain.text.rindex("3x3"), 3)) == "3x3"
    assert under(chain.place(chain.text.index("relu"), 10)) == "relu"


def test_a_place_behind_the_text_is_where_it_ends() -> None:
    assert find("a: bc\nd: e", "bc").place(2, 1)[1:] == (1, 6, 1)
    assert find("a: bc\nd: e", "bc").place(99)[1:] == (1, 6, 1)
    assert find("a: 'bc'\n", "bc").place(2, 1)[1:] == (1, 7, 1)
    assert find("a: b\n  c\n", "b c").place(3, 1)[1:] == (2, 4, 1)
    assert find("a: |\n  b\n\n\nc: d", "b\n").place(5, 1)[1:] == (2, 4, 1)


def test_a_scalar_of_the_command_line() -> None:
    text = "227x227x3 -> conv 96"
    scalar = Scalar(Source("<command line>", text), text, 0, len(text), None)
    assert str(scalar.place(13, 4)) == "<command line>:1:14"


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("a: 'it''s'", "it's", "it's"),
        ('a: "x\\u00e9\\ty\\x41\\U0001F600z"', "xé\tyA😀z", "x\\\\y\\\\z"),
        ('a: "x \\\n  y"', "x y", "x y"),
        ('a: "x\n\n  y"', "x\ny", "x\ny"),
        ("a: x y\n  z\n\n  w", "x y z\nw", "x y\nz\nw"),
        ("a: 'x  \n  y'", "x y", "x y"),
        ("a: |\n    x\n      y\n\n    z\n", "x\n  y\n\nz\n", "x\n  y\n\nz\n"),
        ("a: |2\n    x\n   y\n", "  x\n y\n", "  x\n y\n"),
        ("a: >\n  x\n  y\n\n  z\n   w\n  v\n", "x y\nz\n w\nv\n", "x\ny\nz\n w\nv\n"),
        ("a: >\n  x\n\n   w\n\n  v\n", "x\n\n w\n\nv\n", "x\n\n w\n\nv\n"),
        ("a: >-\n\n  x\n  y\n", "\nx y", "\nx\ny"),
        ("a: 7×7\u00a0→ relu", "7×7\u00a0→ relu", "7×7\u00a0→ relu"),
    ],
)
def test_every_character_stands_in_the_source(text: str, value: str, expected: str) -> None:
    scalar = find(text, value)
    assert "".join(text[index(scalar.place(at, 1))] for at in range(len(value))) == expected


def test_places_of_a_long_text_are_found_soon() -> None:
    text = "a: >\n" + "  x y\n" * 100_000
    scalar = find(text, "x y " * 99_999 + "x y\n")
    with within_time_limit():
        assert scalar.place(4 * 99_999 + 2)[1:] == (100_001, 5, 1)
