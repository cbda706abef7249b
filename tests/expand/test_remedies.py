"""Remedies of failed shape checks and merges: the smallest change, tried before it is offered."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

import cnncalc
from cnncalc.expand.bind import WORDS
from cnncalc.expand.remedies import arguments
from cnncalc.layers.base import Layer
from cnncalc.problem import Problem, Problems
from cnncalc.shape import Shape
from tests.strategies import layers


def refused(what: str, input: str | None = None) -> list[Problem]:
    with pytest.raises(Problems) as found:
        cnncalc.load(what, input=input)
    return found.value.problems


@pytest.mark.parametrize(
    ("chain", "hint"),
    [
        ("28x28x1 -> conv 8 3x3 -> 28x28x8", "pad=1 or pad=same would give 28x28x8"),
        ("112x112x64 -> maxpool 3x3 stride=2 -> 56x56x64", "ceil=yes or pad=1 would give 56x56x64"),
        ("14x14x8 -> conv_transpose 1 3x3 stride=2 -> 28x28x1", "pad=same or pad=1 output_pad=1 would give 28x28x1"),
        ("25x25x1 -> maxpool 2 -> 13x13x1", "ceil=yes or pad=1 would give 13x13x1"),
        ("28x28x1 -> conv 8 3x3 -> relu -> 28x28x8", "pad=1 or pad=same at conv would give 28x28x8"),
        (
            "4x6x1 -> maxpool 2 -> maxpool 2 -> conv_transpose 1 2 2 -> conv_transpose 1 2 2 -> 4x6x1",
            "output_pad=0x1 at conv_transpose would give 4x6x1: maxpool2 leaves out 1 column of 2x3x1",
        ),
        (
            "28x28x1 -> conv 8 3x3 -> maxpool 2 -> conv 8 3x3 -> maxpool 2 -> flatten -> 392",
            "pad=same at each convolution would give 392",
        ),
        ("28x28x6 -> conv 16 5x5 -> maxpool 2 -> flatten -> 400 -> linear 120", "write 2304, or leave the check out"),
        ("784 -> 128", "a number alone is a check of the shape: `linear 128` makes 128"),
        ("784 -> relu -> 10", "a number alone is a check of the shape: `linear 10` makes 10"),
        ("8x8x3 -> conv 4 3x3 -> 6x6x5", "out=5 would give 6x6x5"),
        ("5x5x16 -> 400 -> linear 10", "put `flatten` before it"),
        ("8x8x3 -> conv 4 3x3 -> 9x2x4", None),
        ("9x9x3 -> maxpool 2 -> space_to_depth 2 -> relu -> 3x3x12", None),
        ("9x9x3 -> maxpool 2 -> crop 4 -> 3x3x3", None),
    ],
)
def test_a_failed_check_offers_what_gives_its_shape(chain: str, hint: str | None) -> None:
    (problem,) = refused(chain)
    assert (problem.code, problem.hint) == ("E205", hint)


@pytest.mark.parametrize(("size", "works"), [("700x700x3", "704x704x3"), ("358x358x3", "352x352x3")])
def test_a_merge_that_does_not_fit_offers_a_size_that_works(size: str, works: str) -> None:
    problem, *_ = refused("unet_padded", size)
    assert problem.code == "E204"
    assert problem.hint == f"an input of {works} would work; `cnncalc sizes` lists all sizes that do"
    assert str(cnncalc.load("unet_padded", input=works).nodes[0].y) == works


@pytest.mark.parametrize("word", ["rearrange", "roi_align", "unfold", "masking", "dropblock"])
def test_what_does_not_exist_is_said_not_to_exist(word: str) -> None:
    problem = refused(f"8x8x3 -> {word} 3")[0]
    assert problem.message == f"there is no layer or block '{word}'"
    assert problem.hint
    assert not re.search("did you mean", problem.hint)


@pytest.mark.parametrize("word", ["cat", "concatenate", "concat"])
def test_a_synonym_obeys_the_rules_of_its_kind(word: str) -> None:
    (problem,) = refused(f"8x8x3 -> conv 4 3x3 -> {word}")
    assert problem.message == f"{word} needs the name of an earlier result"
    assert problem.hint == "as in `concat input`"


@given(layers())
def test_a_layer_is_made_again_of_its_arguments(made: tuple[Layer, tuple[Shape, ...]]) -> None:
    layer, _ = made
    assert type(layer)(layer.sides, **arguments(layer)) == layer


def test_no_field_takes_a_reserved_name_for_a_word() -> None:
    """`full=channels` in a block's header would be that word, and no longer the number of the volume."""
    assert not {"channels", "sides"} & WORDS
