"""What the tests of texts share: an example, the tree of a text, and what stands where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from cnncalc.problem import Place, Source
from cnncalc.spec.text import read
from cnncalc.spec.tree import Node, Scalar, Sequence

LOADERS = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]

both_parsers = pytest.mark.usefixtures("_parser")

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
