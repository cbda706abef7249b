"""The tree that the events of a parser become: texts, styles, bounds, limits; and the same as YAML's own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc.problem import Source
from cnncalc.spec.text import read
from cnncalc.spec.tree import Mapping, Scalar, Sequence
from tests.effort import examples
from tests.spec.make import EXAMPLE, LOADERS, both_parsers, find, index, plain, scalars, tree, under

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


# Limits


@both_parsers
@pytest.mark.parametrize("times", [64, 10_000, 1_000_000])
def test_nesting_is_limited(times: int) -> None:
    root, (problem,) = read(Source("net", "[" * min(times + 1, 1_000_000)))
    assert root is None
    assert problem.headline() == "net:1:65: E112 limit: nested more than 64 levels deep"


def test_nesting_of_64_is_read() -> None:
    assert isinstance(tree("[" * 64 + "]" * 64), Sequence)


@pytest.mark.exhaustive
def test_the_number_of_values_is_limited() -> None:
    root, (problem,) = read(Source("net", "- a\n" * 200_000))
    assert root is None
    assert problem.headline() == "net:200000:3: E112 limit: more than 200,000 values"


# Any tree

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


@examples(250)
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
