"""Layers as objects: a model of each kind, made from its fields."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from cnncalc.documents.catalogue import schema
from cnncalc.documents.layer import Object
from cnncalc.layers import KINDS


def test_there_is_a_model_of_every_kind() -> None:
    assert set(schema("layer")["discriminator"]["mapping"]) == set(KINDS)


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "conv", "out": 8, "kernel": [3, 3], "pad": [[1, 2], [0, 1]], "bias": False},
        {"kind": "conv", "out": "2 * n", "kernel": "k"},
        {"kind": "relu"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "partial_conv", "kernel": 5, "maps": [[0, 1], [2]]},
    ],
)
def test_objects_are_read_back(layer: dict[str, Any]) -> None:
    assert Object.model_validate(layer).model_dump(exclude_unset=True) == layer
    Draft202012Validator(schema("layer")).validate(layer)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"kind": "conv", "out": 0, "kernel": 3}, "out must be at least 1, not 0"),
        ({"kind": "conv", "out": True, "kernel": 3}, "out must be a whole number, not yes"),
        ({"kind": "dropout", "rate": 2}, "rate must be"),
        ({"kind": "conv", "kernel": 3}, "Field required"),
        ({"kind": "conv", "out": 8, "kernel": 3, "padding": 1}, "Extra inputs are not permitted"),
        ({"kind": "cnv"}, "does not match any of the expected tags"),
    ],
)
def test_what_does_not_fit_is_refused(layer: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Object.model_validate(layer)


def test_the_schema_takes_numbers_and_texts() -> None:
    validator = Draft202012Validator(schema("layer"))
    assert validator.is_valid({"kind": "conv", "out": 8, "kernel": "3x3"})
    assert not validator.is_valid({"kind": "conv", "out": 8})
