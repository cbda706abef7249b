"""`cnncalc explain --format json`: how each number of a layer comes about."""

from __future__ import annotations

from cnncalc.documents.base import Document


class Quantity(Document):
    """One number with its formula."""

    name: str
    """what it is: `output height`, `params`, `MACs`"""
    value: int | float | str
    """the number; a text where it contains a symbol or is no number"""
    unit: str
    """its unit; empty for a count"""
    steps: list[str]
    """the formula in letters, with the numbers put in, and further steps to the value"""
    rounded: str
    """the value in short, such as `1.2M`; empty where it is short already"""
    note: str
    """what else is to be said"""


class Layer(Document):
    """One layer and its numbers."""

    path: str
    """where it stands"""
    layer: str
    """the layer as a step of a chain"""
    input: list[str]
    """the shapes that enter"""
    output: str
    """the shape that comes out"""
    letters: dict[str, str]
    """letters of the formulas → their meaning"""
    quantities: list[Quantity]
    """the numbers"""


class Explanation(Document):
    """The layers of a network that were asked about."""

    name: str
    """what the network is called"""
    layers: list[Layer]
    """their explanations"""
