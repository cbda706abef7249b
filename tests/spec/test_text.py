"""YAML with places: every scalar's text and place, every sentence about YAML that went wrong, the limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.problem import Place, Problem, Source
from cnncalc.spec import text as module
from cnncalc.spec.text import read, read_bytes
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

LOADERS = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]

EXAMPLE = """\
name: resnet            # a comment
title: "ResNet \\u2013 deep"
source: 'He et al. 2015, "Deep residual learning", it''s table 1'
notes: |
  two lines,
    the second indented
input: 224x224x3
vars: {bottleneck: yes, w: [64, 128]}
blocks:
  conv_bn out kernel stride=1: conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm
  wide w stride=1:
    - add:
        body: conv_bn w 1x1 -> relu
          -> conv_bn w 3x3 stride
        identity:
    - relu
layers:
  - stem: conv_bn 64 7×7 stride=2 → relu -> 112x112x64
  - add: [identity, "conv depths[0] 1x1"]
"""


@pytest.fixture(params=LOADERS, ids=["c", "pure"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOADER", request.param)


both_parsers = pytest.mark.usefixtures("_parser")


def tree(text: str) -> Node:
    root, problems = read(Source("net", text))
    assert [p.headline() for p in problems] == []
    assert root is not None
    return root


def plain(node: Node) -> object:
    """Return the tree as lists and dictionaries of texts."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.pairs}


def scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.pairs:
            yield key
            yield from scalars(value)


def find(text: str, value: str) -> Scalar:
    return next(scalar for scalar in scalars(tree(text)) if scalar.text == value)


def index(place: Place) -> int:
    return place.source.line_starts()[place.line - 1] + place.column - 1


def under(place: Place) -> str:
    """Return the characters of the source that a place covers."""
    return place.source.text[index(place) : index(place) + place.length]


def assert_inside(place: Place | None) -> None:
    assert place is not None
    assert 1 <= place.line <= len(place.source.line_starts())
    assert 1 <= place.column <= len(place.source.line(place.line)) + 1
    assert place.length >= 1


# The tree


@both_parsers
def test_reads_texts_without_types() -> None:
    assert plain(tree(EXAMPLE)) == {
        "name": "resnet",
        "title": "ResNet – deep",
        "source": 'He et al. 2015, "Deep residual learning", it\'s table 1',
        "notes": "two lines,\n  the second indented\n",
        "input": "224x224x3",
        "vars": {"bottleneck": "yes", "w": ["64", "128"]},
        "blocks": {
            "conv_bn out kernel stride=1": "conv out kernel stride=stride pad=kernel//2 bias=no -> batchnorm",
            "wide w stride=1": [
                {"add": {"body": "conv_bn w 1x1 -> relu -> conv_bn w 3x3 stride", "identity": ""}},
                "relu",
            ],
        },
        "layers": [
            {"stem": "conv_bn 64 7×7 stride=2 → relu -> 112x112x64"},
            {"add": ["identity", "conv depths[0] 1x1"]},
        ],
    }


@pytest.mark.parametrize("text", ["no", "010", "1:30", "0x3", "1e3", "~", "null", "2015-12-10", "=", ".5", "1_000"])
def test_types_nothing(text: str) -> None:
    assert plain(tree(f"a: {text}")) == {"a": text}


@both_parsers
def test_styles_and_bounds() -> None:
    text = "a: b\nc: 'd'\ne: \"f\"\ng: |\n  h\ni: >\n  j\n"
    found = [(s.text, s.style, text[s.start : s.end]) for s in scalars(tree(text))]
    assert found == [
        *[("a", None, "a"), ("b", None, "b"), ("c", None, "c"), ("d", "'", "'d'")],
        *[("e", None, "e"), ("f", '"', '"f"'), ("g", None, "g"), ("h\n", "|", "|\n  h\n")],
        *[("i", None, "i"), ("j\n", ">", ">\n  j\n")],
    ]


def test_collections_have_bounds() -> None:
    text = "a:\n  - {b: c}\n  - d\n\n# end\ne: [f,\n  g]\n"
    root = tree(text)
    assert isinstance(root, Mapping)
    (_, first), (_, second) = root.pairs
    assert isinstance(first, Sequence)
    assert isinstance(second, Sequence)
    assert (first.flow, second.flow) == (False, True)
    assert text[first.start : first.end] == "- {b: c}\n  - d"
    assert text[first.items[0].start : first.items[0].end] == "{b: c}"
    assert text[second.start : second.end] == "[f,\n  g]"
    assert [str(node.place()) for node in (root, first, second, first.items[0])] == [
        *["net:1:1", "net:2:3", "net:6:4", "net:2:5"]
    ]
    assert (under(second.place()), under(first.items[0].place())) == ("[f,", "{b: c}")


@both_parsers
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n  identity:\n  b: c\n", (2, 12)),
        ("a:   # later\n\nb: c\n", (1, 3)),
        ("x: {a: , b: c}\n", (1, 7)),
        ("a:", (1, 3)),
        ("-\n- x\n", (1, 2)),
        ("x: [a: , b]\n", (1, 7)),
    ],
)
def test_empty_values(text: str, place: tuple[int, int]) -> None:
    empty = find(text, "")
    assert (empty.style, empty.place()[1:]) == (None, (*place, 1))


def test_an_empty_quoted_value_is_none_of_those() -> None:
    empty = find("a: ''\n", "")
    assert (empty.style, under(empty.place())) == ("'", "''")


@both_parsers
def test_one_document_may_be_marked() -> None:
    assert plain(tree("---\na: b\n...\n")) == {"a": "b"}


# Places


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


# Files


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


# Sentences

ALIAS = "'*' at the start of a value means an alias in YAML, and aliases are not read here"
ANCHOR = "'&' at the start of a value means an anchor in YAML, and anchors are not read here"
TAG = "'!' at the start of a value means a tag in YAML, and tags are not read here"
OWN_KEY = "'?' at the start of a value means a key of its own in YAML, and such keys are not read here"

# The text, then the place, the message and the hint of its problem; the place as line:column+length.
SENTENCES = [
    # A chain inside { } or [ ].
    (
        "- add: {body: conv depths[0] 3x3, skip: identity}",
        "1:26+1",
        "'[' ends the text 'conv depths' inside { }",
        "quote it: 'conv depths[0] 3x3'",
    ),
    (
        "- add: [conv depths[0] 3x3, identity]",
        "1:20+1",
        "'[' ends the text 'conv depths' inside [ ]",
        "quote it: 'conv depths[0] 3x3'",
    ),
    ("- [conv {k} 3x3, x]", "1:9+1", "'{' ends the text 'conv' inside [ ]", "quote it: 'conv {k} 3x3'"),
    (
        "- add: {body: conv multiple(w, 8) 3x3, skip: x}",
        "1:30+1",
        "the comma splits 'conv multiple(w, 8) 3x3' inside { }",
        "quote it: 'conv multiple(w, 8) 3x3'",
    ),
    (
        "- add: [conv min(w, 8) 3x3 act='x', y]",
        "1:19+1",
        "the comma splits 'conv min(w, 8) 3x3 act='x'' inside [ ]",
        "quote it: \"conv min(w, 8) 3x3 act='x'\"",
    ),
    (
        "- add: [conv (1, 2, y]",
        "1:16+1",
        "the comma splits 'conv (1, 2, y' inside [ ]",
        "close the parenthesis and quote the value",
    ),
    (
        "expect: {macs: 5, params: 60,965,224}",
        "1:27+10",
        "the commas split '60,965,224' inside { }",
        "write 60_965_224, or [60,965,224] for a list",
    ),
    (
        "vars: {depths: 3, 4, 23, w: 64}",
        "1:16+8",
        "the commas split '3, 4, 23' inside { }",
        "write a list: [3, 4, 23]",
    ),
    (
        "- add: {identity, body: relu}",
        "1:9+8",
        "'identity' has no value inside { }",
        "write 'name: value', or [ ] for a list",
    ),
    ("a: {b: 1,, c: 2}", "1:10+1", "nothing stands before this comma inside { }", "leave it out"),
    ("a: [b,, c]", "1:7+1", "nothing stands before this comma inside [ ]", "leave it out"),
    ("a: [\n  - b]", "2:3+1", "'- ' cannot begin an item inside [ ]", "put commas between items"),
    # A colon.
    ("name:resnet", "1:5+1", "'name:resnet' needs a space after its colon", "write 'name: resnet'"),
    ("name:resnet\ntitle: x", "1:5+1", "'name:resnet' needs a space after its colon", "write 'name: resnet'"),
    ("title: x\nname:resnet", "2:5+1", "'name:resnet' needs a space after its colon", "write 'name: resnet'"),
    ("a:\n  b:c d\n  e: f", "2:4+1", "'b:c d' needs a space after its colon", "write 'b: c d'"),
    ("- stem:conv 64\n- relu", "1:7+1", "'stem:conv 64' needs a space after its colon", "write 'stem: conv 64'"),
    ("- stem:conv 64\n  skip: x", "1:7+1", "'stem:conv 64' needs a space after its colon", "write 'stem: conv 64'"),
    ("a: {b:1, c: 2}", "1:6+1", "'b:1' needs a space after its colon", "write 'b: 1'"),
    ("title: a: b", "1:9+1", "the colon in 'a: b' makes 'a' a key inside a value", "quote it: 'a: b'"),
    ("a: {b: c: d, e: f}", "1:9+1", "the colon in 'c: d' makes 'c' a key inside a value", "quote it: 'c: d'"),
    ("a: [b: c: d]", "1:9+1", "the colon in 'c: d' makes 'c' a key inside a value", "quote it: 'c: d'"),
    ('a: "b": c', "1:7+1", "the colon in '\"b\": c' makes '\"b\"' a key inside a value", "quote it: '\"b\": c'"),
    (
        "- add: body:\n    x",
        "1:12+1",
        "the colon in 'body:' makes 'body' a key inside a value",
        "put it on a line of its own",
    ),
    (": b", "1:1+1", "no key before this colon", None),
    ("a: {: b}", "1:5+1", "no key before this colon", None),
    ("a: b\nc\nd: e", "2:1+1", "'c' is no 'key: value'", "write a colon and a space after the key"),
    ("a\nb: c", "1:1+1", "'a' is no 'key: value'", "write a colon and a space after the key"),
    # What YAML keeps for itself.
    ("- *body\n- relu", "1:3+5", ALIAS, "quote it: '*body'"),
    ("files: *.yaml", "1:8+6", ALIAS, "quote it: '*.yaml'"),
    ("a: [b, *c, d]", "1:8+2", ALIAS, "quote it: '*c'"),
    ("a: &b 3 # c", "1:4+4", ANCHOR, "quote it: '&b 3'"),
    ("a: &b [3]", "1:4+6", ANCHOR, "quote it: '&b [3]'"),
    ("a: & b", "1:4+3", ANCHOR, "quote it: '& b'"),
    ("a: !!int 3", "1:4+7", TAG, "quote it: '!!int 3'"),
    ("a: !b!c 3", "1:4+6", TAG, "quote it: '!b!c 3'"),
    ("a: !b\n  c: d", "1:4+2", TAG, "quote it: '!b'"),
    ("a:\n  <<: b", "2:3+2", "'<<' means a merge in YAML, and merges are not read here", "write the entries out"),
    ("? a\n: b", "1:1+3", OWN_KEY, "leave the '?' out"),
    ("a: b\n# why?\n? [c]\n: d", "3:1+5", OWN_KEY, "quote it: '? [c]'"),
    ("a: [? b : c]", "1:5+7", OWN_KEY, "leave the '?' out"),
    ("a: {b: c, ? d : e}", "1:11+7", OWN_KEY, "leave the '?' out"),
    ("- conv: {out: ?, kernel: 3}", "1:15+1", OWN_KEY, "quote it: '?'"),
    ("- conv: {kernel: [?]}", "1:19+1", OWN_KEY, "quote it: '?'"),
    ("kernel: ?", "1:9+1", OWN_KEY, "quote it: '?'"),
    ("- ? conv 3\n- relu", "1:3+8", OWN_KEY, "quote it: '? conv 3'"),
    ("if: > 3", "1:5+3", "'>' at the start of a value means a block of text in YAML", "quote it: '> 3'"),
    ("a: |b|", "1:4+3", "'|' at the start of a value means a block of text in YAML", "quote it: '|b|'"),
    ("a: %b", "1:4+2", "'%' at the start of a value is reserved in YAML", "quote it: '%b'"),
    ("a: {b: @c, d: e}", "1:8+2", "'@' at the start of a value is reserved in YAML", "quote it: '@c'"),
    ("a: `it's`", "1:4+6", "'`' at the start of a value is reserved in YAML", 'quote it: "`it\'s`"'),
    ('a: `it\'s "b"`', "1:4+10", "'`' at the start of a value is reserved in YAML", "quote it: '`it''s \"b\"`'"),
    (f"a: @{'b' * 60}", "1:4+61", "'@' at the start of a value is reserved in YAML", "quote the whole value"),
    (
        "%YAML 1.1\n---\na: b",
        "1:1+9",
        "'%YAML 1.1' is a YAML directive, and directives are not read here",
        "leave the line out",
    ),
    ("%b", "1:1+2", "'%b' is a YAML directive, and directives are not read here", "leave the line out"),
    ("a: b\n%c", "2:1+2", "'%c' is a YAML directive, and directives are not read here", "leave the line out"),
    ("a: b\n---\nc: d", "2:1+3", "a second document begins here: a file holds one", "give it a file of its own"),
    ("a: b\n...\nc: d", "3:1+4", "a second document begins here: a file holds one", "give it a file of its own"),
    ("[a, b]: c", "1:1+1", "a list cannot be a key", "quote it if it is meant as text"),
    ("a: {{b: c}: d}", "1:5+1", "a mapping cannot be a key", "quote it if it is meant as text"),
    # Behind a list or a quote.
    (
        "- add: [identity, body] -> relu\n- x",
        "1:25+7",
        "'-> relu' cannot follow the closing ] of 'add'",
        "write it as the next item: '- relu'",
    ),
    (
        "- add: {a: identity, b: body}\n  → relu",
        "2:3+6",
        "'→ relu' cannot follow the closing } of 'add'",
        "write it as the next item: '- relu'",
    ),
    (
        "- 'conv 3' -> relu",
        "1:12+7",
        "'-> relu' cannot follow the closing quote",
        "put the quotes around the whole chain",
    ),
    (
        "- conv 3\n-> relu",
        "2:1+7",
        "'-> relu' goes on with no chain",
        "indent it further than the chain it goes on with, or write it as an item: '- relu'",
    ),
    ("a: [b] c", "1:8+1", "'c' cannot follow the closing ] of 'a'", "begin a new line, or quote the whole value"),
    ("- [[b] [c]]", "1:8+3", "'[c]' cannot follow the closing ]", "put a comma before it, or quote the whole value"),
    ("a: 'b' c", "1:8+1", "'c' cannot follow the closing quote of 'a'", "put the quotes around the whole value"),
    (
        "a: 'it's here'",
        "1:8+7",
        "'s here'' cannot follow the closing quote of 'a'",
        "write '' for an apostrophe inside single quotes",
    ),
    # Brackets and quotes that are not closed.
    ("a: [b, c", "1:4+1", "'[' is never closed", "add ']'"),
    ("a: [b, c\nd: e", "1:4+1", "'[' is not closed before line 2", "add ']'"),
    ("a:\n  b: {c: d,\n  e: f\n  g: h", "2:6+1", "'{' is not closed before line 4", "add '}'"),
    ("a: {\n  b: c\n  d: e\n}", "3:3+1", "no comma before 'd: e'", "end the line above it with ','"),
    ("a: [\n  [b]\n  [c]\n]", "3:3+1", "no comma before '[c]'", "end the line above it with ','"),
    ("a: [b}", "1:6+1", "'[' is closed by '}'", "write ']'"),
    ("a: [b]]", "1:7+1", "']' closes nothing", "leave it out"),
    ("a: ]b", "1:4+1", "']' cannot begin a value", "quote it: ']b'"),
    (
        "a: 'b\nc: d",
        "1:4+1",
        "the quote ' that opens here is never closed",
        "close it, or put the text in double quotes if this is an apostrophe",
    ),
    ('a: "b\nc: d', "1:4+1", 'the quote " that opens here is never closed', "close it"),
    ("a: 'b\nc: 'd'", "1:4+1", "the quote ' that opens here is closed only at 2:4", "close it in its own line"),
    ('a: "\\d+"', "1:5+2", "'\\d' is no escape in double quotes", "write two backslashes, or use single quotes"),
    ('a: "b\\e"', "1:6+2", "the escape makes the character U+001B, which may not stand in a text", "leave it out"),
    # Indentation.
    ("a:\n\tb: c", "2:1+1", "a tab in the indentation", "indent with spaces"),
    ("a:\n  b: c\n\td: e", "3:1+1", "a tab in the indentation", "indent with spaces"),
    ("-\ta: b", "1:2+1", "a tab where YAML wants a space", "write a space"),
    ("a:\n  b: c\n d: e", "3:2+4", "'d: e' is indented by 1, the lines above it by 0 or 2", "indent it by 0 or 2"),
    ("a:\n    - b\n  - c", "3:3+3", "'- c' is indented by 2, the lines above it by 0 or 4", "indent it by 0 or 4"),
    ("a: |\n  b\n c", "3:2+1", "'c' is indented by 1, the lines above it by 0", "indent it by 0"),
    ("a: b\n  c: d", "2:3+1", "'c' is indented further than 'a', which has the value 'b'", "indent both alike"),
    (" a: b\nc: d", "2:1+4", "'c: d' is indented less than the first line", "indent all keys alike"),
    (
        "- a\n  - b",
        "2:3+3",
        "'- b' is indented further than the item above it, and so goes on with that text",
        "indent both alike",
    ),
    ("- conv 3\n  name: x", "2:3+4", "'name:' cannot stand under 'conv 3' in one item", "begin a new item with '- '"),
    ("a: b\n- c", "2:1+3", "'- c' is a list item among keys", "indent it under the key it belongs to"),
    (
        "- a\nb: c",
        "2:1+4",
        "'b: c' stands among list items",
        "begin it with '- ', or indent it like the key it belongs beside",
    ),
    ("a: - b", "1:4+1", "a list cannot begin behind a key: '- b'", "begin it on the next line"),
    ("a:\n- b\n-c\n- d", "3:1+1", "'-c' needs a space after its dash", "write '- c'"),
    ("-conv\n- relu", "1:1+1", "'-conv' needs a space after its dash", "write '- conv'"),
    # The rest.
    ("a: b\x07c", "1:5+1", "the character U+0007 may not stand in a text", "delete it"),
    ("a: \ud800", "1:4+1", "the character U+D800 may not stand in a text", "delete it"),
    ("", "1:1+1", "nothing but comments and space", None),
    ("# only\n\n  # comments", "1:1+1", "nothing but comments and space", None),
]


@both_parsers
@pytest.mark.parametrize(("text", "place", "message", "hint"), SENTENCES, ids=[text for text, *_ in SENTENCES])
def test_sentences(text: str, place: str, message: str, hint: str | None) -> None:
    _, problems = read(Source("net", text))
    found = [(p.headline(), p.hint, p.place.length) for p in problems if p.place]
    position, length = place.split("+")
    assert found == [(f"net:{position}: E101 yaml: {message}", hint, int(length))]


@both_parsers
def test_windows_line_ends_change_no_sentence() -> None:
    for text, _, _, _ in SENTENCES:
        _, there = read(Source("net", text))
        _, here = read(Source("net", text.replace("\n", "\r\n")))
        assert [(str(p.place), p.message, p.hint) for p in here] == [(str(p.place), p.message, p.hint) for p in there]


@both_parsers
def test_duplicates() -> None:
    root, (problem,) = read(Source("net", "a: b\nx:\n  'c': 1\n  d: 2\n  c: 3\n"))
    assert problem.headline() == "net:5:3: E102 duplicate: key 'c' stands twice, first at 3:4"
    assert root is not None
    assert plain(root) == {"a": "b", "x": {"c": "1", "d": "2"}}


def test_what_the_library_says_is_kept_in_one_line() -> None:
    _, (problem,) = read(Source("net", 'a: "\\xzz"'))
    assert problem.headline() == "net:1:7: E101 yaml: did not find expected hexdecimal number"


@both_parsers
def test_an_escape_beyond_unicode() -> None:
    root, problems = read(Source("net", 'a: "\\U00110000"'))
    assert (root, len(problems)) == (None, 1)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("- add: [conv min(1, 2) 3, x]", [{"add": ["conv min(1, 2) 3", "x"]}]),
        ("- stem:conv 64\n- relu", [{"stem": "conv 64"}, "relu"]),
        ("name:resnet", {"name": "resnet"}),
        ("a: {b:1, c: 2, d}", {"a": {"b": "1", "c": "2"}}),
        ("a: {b: 60,965,224, c: 2}", {"a": {"b": "60", "c": "2"}}),
        ("- *body\n- &a !b relu", ["", ""]),
        ("<<: a\nb: c\n---\nd: e", {"b": "c"}),
    ],
)
def test_what_is_understood_is_read_as_it_was_meant(text: str, meant: object) -> None:
    root, problems = read(Source("net", text))
    assert problems
    assert root is not None
    assert plain(root) == meant


def test_several_problems_are_found_at_once() -> None:
    _, problems = read(Source("net", "a: *b\nc: {d:1, e}\na: &f g\nh: 'i' j\n"))
    assert [str(p.place) for p in problems] == ["net:1:4", "net:2:6", "net:2:10", "net:3:1", "net:3:4", "net:4:8"]


def test_a_problem_shows_its_line() -> None:
    _, (problem,) = read(Source("resnet.cnn.yaml", "layers:\n  - add: {body: conv depths[0] 3x3, skip: identity}\n"))
    assert str(problem) == (
        "resnet.cnn.yaml:2:28: E101 yaml: '[' ends the text 'conv depths' inside { }\n"
        "    - add: {body: conv depths[0] 3x3, skip: identity}\n"
        "                             ^\n"
        "  help: quote it: 'conv depths[0] 3x3'"
    )


# Limits


@both_parsers
@pytest.mark.parametrize("times", [64, 10_000, 1_000_000])
def test_nesting_is_limited(times: int) -> None:
    root, (problem,) = read(Source("net", "[" * min(times + 1, 1_000_000)))
    assert root is None
    assert problem.headline() == "net:1:65: E112 limit: nested more than 64 levels deep"


def test_nesting_of_64_is_read() -> None:
    assert isinstance(tree("[" * 64 + "]" * 64), Sequence)


def test_the_number_of_values_is_limited() -> None:
    root, (problem,) = read(Source("net", "- a\n" * 200_000))
    assert root is None
    assert problem.headline() == "net:200000:3: E112 limit: more than 200,000 values"


def test_the_number_of_problems_is_limited() -> None:
    root, problems = read(Source("net", "a: b\n" * 10_000))
    assert (root, len(problems)) == (None, 100)


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
@pytest.mark.parametrize("opening", ["", "a: ", "["])
def test_a_long_text_ends_soon(opening: str, text: str) -> None:
    source = Source("net", (opening + text * 1_000_000)[:1_000_000])
    began = time.process_time()
    _, problems = read(source)
    for problem in problems:
        assert_inside(problem.place)
        assert len(str(problem)) < 1_000
    assert time.process_time() - began < 2


def test_fifty_megabytes_are_refused_unread() -> None:
    data = bytes(50_000_000)
    began = time.process_time()
    assert refused(data)[0] == "net:1:1: E112 limit: 50,000,000 bytes, more than the 1,000,000 that are read"
    assert time.process_time() - began < 0.1


def test_places_of_a_long_text_are_found_soon() -> None:
    text = "a: >\n" + "  x y\n" * 100_000
    scalar = find(text, "x y " * 99_999 + "x y\n")
    began = time.process_time()
    assert scalar.place(4 * 99_999 + 2)[1:] == (100_001, 5, 1)
    assert time.process_time() - began < 2


# Any text

words = st.text(st.sampled_from("abcxé😀 0-:,[]{}#&*!|>'\"%@`?()→×\n\t\u00a0\u2028\x85\\"), max_size=20)
names = st.text(st.sampled_from("abcé😀 0-:'\"#"), max_size=6)
lists = st.lists(st.recursive(words, lambda inner: st.lists(inner, max_size=4), max_leaves=12), min_size=1)
trees = st.dictionaries(
    names,
    st.recursive(
        words,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    ),
    min_size=1,
    max_size=3,
)
# A key in a block style would be an explicit one, which is refused.
styled = st.tuples(trees, st.sampled_from([None, '"', "'"])) | st.tuples(lists, st.sampled_from("|>"))


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def composed(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.ScalarNode):
        yield node.value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from composed(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from composed(key)
            yield from composed(value)


@settings(max_examples=250, deadline=None)
@given(styled, st.booleans(), st.sampled_from([None, True, False]), st.integers(10, 80), st.integers(2, 6))
def test_agrees_with_yaml(
    data: tuple[object, str | None], unicode: bool, flow: bool | None, width: int, indent: int
) -> None:
    text = yaml.dump(
        data[0],
        Dumper=Dumper,
        default_style=data[1],
        default_flow_style=flow,
        allow_unicode=unicode,
        width=width,
        indent=indent,
    )
    root, problems = read(Source("net", text))
    # An empty or very long key, or "(a" before a comma, is refused.
    assume(root is not None and not problems)
    assert root is not None
    found = [*scalars(root)]
    assert [scalar.text for scalar in found] == [*composed(yaml.compose(text, LOADERS[0]))]
    for scalar in found:
        check_places(text, scalar)


def check_places(text: str, scalar: Scalar) -> None:
    at = [index(scalar.place(offset, 1)) for offset in range(len(scalar.text))]
    assert all(here < there for here, there in pairwise(at))
    for offset, character in zip(at, scalar.text, strict=True):
        written = text[offset]
        if scalar.style == '"' and written == "\\":
            continue
        if character in " \n\x85\u2028\u2029":
            assert written in " \t\n\x85\u2028\u2029"
        else:
            assert written == character


def check_anything(text: str) -> None:
    source = Source("net", text)
    for loader in LOADERS:
        module.LOADER, before = loader, module.LOADER
        try:
            root, problems = read(source)
        finally:
            module.LOADER = before
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


@settings(max_examples=400, deadline=None)
@given(yamlish | pieces)
def test_any_text_has_a_tree_or_a_problem(text: str) -> None:
    check_anything(text)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 8), pieces | st.text(max_size=3))
def test_any_damage_has_a_place(start: int, cut: int, put: str) -> None:
    check_anything(EXAMPLE[:start] + put + EXAMPLE[start + cut :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_have_a_source_or_a_problem(data: bytes) -> None:
    source, problems = read_bytes("net", data)
    assert (source is None) == bool(problems)
    for problem in problems:
        assert_inside(problem.place)


def test_an_ordinary_file_is_read_in_a_wink() -> None:
    text = EXAMPLE + "".join(f"  - conv {width} 3x3 pad=1 -> batchnorm -> relu\n" for width in range(40))
    source = Source("net", text)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        read(source)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005
