"""`cnncalc solve --format json`: numbers for question marks, and choices that meet a budget."""

from __future__ import annotations

from cnncalc.documents.base import Document, Number, Plain


class Hidden(Document):
    """A question mark of the text."""

    name: str
    """what it is called here: the field, numbered where it comes more than once"""
    field: str
    """field of the layer"""
    kind: str
    """kind of the layer"""
    line: int
    """line of the text, from 1"""
    column: int
    """column of the text, from 1"""


class Solution(Document):
    """Numbers that fit."""

    values: dict[str, int | bool]
    """name of each question mark → its number"""
    written: str
    """the text with the numbers put in"""
    output: list[Number]
    """the shape that comes out: height, width, channels"""


class Nearest(Document):
    """Numbers that nearly fit."""

    values: dict[str, int | bool]
    """name of each question mark → its number"""
    reason: str
    """why they do not fit"""


class Solutions(Document):
    """What the question marks of a spec may stand for."""

    hidden: list[Hidden]
    """the question marks, in the order of the text"""
    count: int
    """how many solutions were found"""
    complete: bool
    """whether there are no others"""
    solutions: list[Solution]
    """those that `--max` lets through"""
    beyond: Solution | None
    """one beyond the numbers that were tried"""
    tried_up_to: dict[str, int | bool]
    """name → largest number tried, where there may be larger ones"""
    infinitely_many: dict[str, str]
    """name → the numbers that it may be, where they have no end"""
    nearest: list[Nearest]
    """where nothing fits: what comes nearest"""


class Target(Document):
    """One condition of a budget."""

    name: str
    """the total, such as `params`"""
    sign: str
    """`<`, `<=`, `=`, `>=` or `>`"""
    number: int
    """the number it is compared with"""


class Choices(Document):
    """`solve --target`: the choices of vars that meet a budget, best first."""

    targets: list[Target]
    """the conditions"""
    tried: dict[str, str]
    """each var → the values tried"""
    choices: list[dict[str, Plain]]
    """each choice: the vars and the totals by name"""
    nearest: list[dict[str, Plain]]
    """where nothing meets the budget: what comes nearest"""
    open_end: bool
    """whether the largest value tried still fits, so that there is no end"""
