"""Every sentence about YAML that went wrong, whether the parser gives up or reads something else than was meant."""

from __future__ import annotations

import pytest

from cnncalc.problem import Source
from cnncalc.spec.text import read
from tests.spec.make import both_parsers, plain

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
        f"vars: {{depths: 3, {'7' * 60}}}",
        "1:16+63",
        f"the commas split '3, {'7' * 36}…' inside {{ }}",
        "write a list in [ ]",
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
def test_sentences() -> None:
    wrong = []
    for text, place, message, hint in SENTENCES:
        _, problems = read(Source("net", text))
        found = [(p.headline(), p.hint, p.place.length) for p in problems if p.place]
        position, length = place.split("+")
        expected = [(f"net:{position}: E101 yaml: {message}", hint, int(length))]
        if found != expected:
            wrong.append((text, found, expected))
    assert wrong == []


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


def test_the_number_of_problems_is_limited() -> None:
    root, problems = read(Source("net", "a: b\n" * 10_000))
    assert (root, len(problems)) == (None, 100)
