"""A homework key: its questions, what each asks, and by which conventions its answers are counted."""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema, model_validator

from cnncalc.documents.placed import KEY, Many, OneOrMore, Path, Placed, Whole, Word, many, mapping, refuse, switch
from cnncalc.problem import did_you_mean, quoted

TRIED = ["2", "3", "4", "5"]
"""Numbers put in the place of a letter, where the key names none."""
MOST_TRIED = 100
MOST_QUESTIONS = 500
MOST_IMAGES = 1_000_000

_ID = re.compile(r"[\w][\w.\-]{0,60}")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_LETTER = re.compile("[A-WYZa-wyz]")
_TRIED = re.compile(r"[1-9]\d{0,3}")
_SHARE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)( ?%)?")


def _batch(images: int) -> int:
    return images if 1 <= images <= MOST_IMAGES else refuse(f"a batch has 1 to {MOST_IMAGES:,} images, not {images:,}")


class Conventions(Placed):
    """How the answers are counted; what is missing is as the key above has it."""

    shape = "conventions is a mapping", "as in {biases: no, thousand: 1024}"

    biases: Annotated[bool, switch("biases")] = True
    """params count biases"""
    rounding: Annotated[bool, switch("rounding")] = False
    """an answer may be rounded"""
    batchnorm: Annotated[Literal["learned", "all", "none"], Word] = "learned"
    """what of a batch norm counts as params: scale and shift, running means too, or nothing"""
    flops: Annotated[Literal["two", "one"], Word] = "two"
    """FLOPs of a multiply-add"""
    sizes: Annotated[Literal["floor", "strict"], Word] = "floor"
    """whether a window that does not fit is left out or refused"""
    activations: Annotated[Literal["stored", "all", "with_input"], Word] = "stored"
    """which volumes count as memory"""
    order: Annotated[Literal["hwc", "chw", "either"], Word] = "either"
    """order of a volume's numbers"""
    thousand: Annotated[Literal[1000, 1024], Whole] = 1000
    """what K stands for"""
    megabyte: Annotated[Literal[1000, 1024], Whole] = 1024
    """what a kilobyte is in bytes, and a megabyte in kilobytes"""
    bytes: Annotated[Literal[1, 2, 4, 8], Whole] = 4
    """bytes of a number"""
    batch: Annotated[int, Whole, AfterValidator(_batch)] = 1
    """images that multiply-adds and activations are counted for"""


def _text(value: object) -> str:
    return value if isinstance(value, str) else refuse("a text is expected here")


def _points(value: object) -> Fraction:
    word = _text(value)
    return Fraction(word) if _NUMBER.fullmatch(word) else refuse(f"points is a number from 0 on, not {quoted(word)}")


def _share(value: object) -> Fraction:
    match = _SHARE.fullmatch(_text(value))
    if not match:
        refuse(f"{quoted(str(value))} is no share", "as in 0.5 or 50%")
    return Fraction(match[1]) / (100 if match[2] else 1)


def _credit(value: object) -> Fraction:
    share = _share(value)
    if share > 1:
        refuse(f"credit is a share of the points, from 0 to 1, not {value}", "0.5 is half of them")
    return share


def _slug(name: str, info: ValidationInfo) -> str:
    known = (info.context or {}).get("mistakes")
    if known is not None and name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        refuse(f"unknown key {quoted(name)}", hint, "E103")
    return name


def _letter(name: str) -> str:
    if not _LETTER.fullmatch(name):
        refuse(f"{quoted(name)} is no letter for a number", "one alone, and not x")
    return name


def _letters(value: object) -> dict[str, list[int]]:
    """Read letters for numbers, [k, n], or with the numbers to try, {k: [1, 3, 5, 7]}."""
    by_name: dict[str, Any] = value if isinstance(value, dict) else {_text(name): TRIED for name in many(value)}
    letters = {}
    for name, one in by_name.items():
        words = [_text(word) for word in many(one)]
        if len(set(words)) < 3 or not all(map(_TRIED.fullmatch, words)):
            hint = "three or more, the last of them to test the formula"
            refuse(f"{name} needs whole numbers to try", hint, at=(name, KEY))
        letters[name] = [int(word) for word in words]
    if prod(map(len, letters.values())) > MOST_TRIED:
        refuse(f"more than the {MOST_TRIED} networks that are tried", "fewer numbers", "E112")
    return letters


def _rows(value: object, at: Path = ()) -> object:
    if not isinstance(value, dict) or not all(isinstance(row, dict) for row in value.values()):
        refuse("a mapping of rows is needed", "as in {conv1: {output: 55x55x96}}", at=at)
    return value


def _answer(value: object) -> object:
    return value if isinstance(value, dict) else _text(value)


def _numbers(value: object) -> object:
    """Accept lists of lists of texts; what numbers they are is read with their places, not here."""
    return refuse("a list of numbers is expected here", "as in [[1, 2], [3, 4]]") if isinstance(value, dict) else value


def _network(text: str) -> str:
    return text or refuse("network: is empty", "as in `network: alexnet`", "E104")


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else refuse(f"{quoted(text)} is no id", "letters, digits, points and dashes")


def _under(key: str) -> BeforeValidator:
    """Make a validator that takes what is no object for the value of one key of it."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else {key: value})


Number = WithJsonSchema({"type": ["number", "string"]})
Numbers = WithJsonSchema({"type": ["array", "number", "string"]})
VALUES = "{input: [[1, 2], [3, 4]], weight: [[0, 1], [1, 0]]}"
Points = Annotated[Fraction, BeforeValidator(_points), Number]
Share = Annotated[Fraction, BeforeValidator(_share), Number]
Credit = Annotated[Fraction, BeforeValidator(_credit), Number]
Network = Annotated[str, AfterValidator(_network)]
Rows = Annotated[dict[str, dict[str, str]], BeforeValidator(lambda value: _rows(value))]
"""Row → column → its value."""


class Subject(Placed):
    """A network, and the place in it."""

    missing = {"network": ("{} has no network", None)}

    network: Network
    """a name, a file or a chain"""
    layer: str = ""
    """the layer that is asked about"""
    input: str = ""
    """another input shape"""
    set: Annotated[dict[str, str], mapping("{growth: 24}")] = {}
    """other values of `vars:`"""


class Asked(Placed):
    """What is asked of a network, and how an answer is marked."""

    network: Network = ""
    """a name, a file or a chain"""
    layer: str = ""
    """the layer that is asked about"""
    input: str = ""
    """another input shape"""
    set: Annotated[dict[str, str], mapping("{growth: 24}")] = {}
    """other values of `vars:`"""
    networks: Annotated[dict[str, Annotated[Subject, _under("network")]], mapping("{a: alexnet, b: vgg16}")] = {}
    """several networks by name"""
    letters: Annotated[dict[Annotated[str, AfterValidator(_letter)], tuple[int, ...]], BeforeValidator(_letters)] = {}
    """letters that stand for numbers, with the numbers that are tried"""
    ask: str = ""
    """the quantity, an expression, a comparison, `solve`, or `value` of a layer on given numbers"""
    values: Annotated[dict[str, Annotated[Any, BeforeValidator(_numbers), Numbers]], mapping(VALUES)] = {}
    """numbers of the input and of the layers' tensors"""
    at: Annotated[dict[str, str], mapping("{row: 2, column: 1}")] = {}
    """where in the output, counted from 1; the whole output where it is left out"""
    points: Points | None = None
    """points of a right answer"""
    text: str = ""
    """the question's text"""
    unit: str = ""
    """the unit of the answer"""
    answer: Annotated[Any, BeforeValidator(_answer), WithJsonSchema({"type": ["string", "number", "object"]})] = ""
    """what the key's author has computed"""
    credit: Annotated[dict[Annotated[str, AfterValidator(_slug)], Credit], mapping("{no-bias: 0.5}")] = {}
    """mistake → the share of the points that it gets"""
    accept: Annotated[tuple[Conventions, ...], OneOrMore] = ()
    """other conventions under which an answer is right"""
    tolerance: Share | None = None
    """how far an answer may be off"""
    conventions: Conventions | None = None
    """how the answers are counted"""

    @model_validator(mode="after")
    def one_way_to_networks(self) -> Asked:
        """Refuse network beside networks."""
        if self.model_fields_set >= {"network", "networks"}:
            refuse("network and networks stand together", "one is enough", "E103", ("networks",))
        return self

    def over(self, whole: Asked) -> Asked:
        """Return this with what it has from a question around it."""
        return whole.model_copy(
            update={"text": "", "points": None} | {name: getattr(self, name) for name in self.model_fields_set}
        )


def _columns(names: tuple[str, ...]) -> tuple[str, ...]:
    return names or refuse(*Table.missing["columns"], code="E104")


class Table(Placed):
    """A table with rows to fill in."""

    shape = "table is a mapping", "as in {rows: all, columns: [output, params]}"
    missing = {"columns": ("a table needs columns", "as in columns: [output, params]")}

    rows: Many | None = None
    """layers; `all` or `weighted` ones"""
    columns: Annotated[Many, AfterValidator(_columns)]
    """quantities"""
    given: Rows = {}
    """cells that are printed and not asked for"""


class Question(Asked):
    """A question, with one answer, parts or a table."""

    shape = "a question is a mapping", "as in {id: 1, network: alexnet, ask: params}"
    missing = {"id": ("a question needs an id", "as in `id: 1a`")}

    id: Annotated[str, AfterValidator(_id)]
    """how answers name it"""
    parts: Annotated[dict[str, Annotated[Asked, _under("ask")]], mapping("{a: output, b: params}")] = {}
    """its parts by letter"""
    table: Table | None = None
    """a table to fill in"""
    choices: Annotated[dict[str, str], mapping("{a: 29x29x32, b: 16x16x32}")] = {}
    """answers to choose from"""
    topic: str = ""
    """what it is about"""
    source: str = ""
    """where it is from"""

    @model_validator(mode="after")
    def asks_in_one_way(self) -> Question:
        """Refuse a question that asks nothing, or in two ways, or of no network."""
        ways = [way for way in ("ask", "parts", "table") if way in self.model_fields_set]
        if not ways:
            refuse(f"question {self.id} asks nothing", "ask:, parts: or table: is needed", "E104")
        if len(ways) > 1:
            refuse(f"{' and '.join(ways)} stand together", "one is enough", "E103", (ways[1],))
        if "table" in ways:
            _rows(self.answer or {}, ("answer",))
            if not self.network:
                refuse(f"{self.id} has no network", None, "E104", ("table",))
        asked: dict[Path, Asked] = {("parts", key): part for key, part in self.parts.items()}
        for path, one in (asked or ({(): self} if "ask" in ways else {})).items():
            id = f"{self.id}{path[-1] if path else ''}"
            if "ask" not in one.model_fields_set:
                refuse(f"{id} asks nothing", "as in `ask: params`", "E104", (*path, KEY))
            if not isinstance(one.answer, str):
                refuse("a text is expected here", at=(*path, "answer"))
            names = {"network", "networks"}
            own = one.model_fields_set & names or self.model_fields_set & names
            if one.ask == "solve" and "network" not in own:
                hint = "a chain with ? where a number is to be found"
                refuse(f"{id} has no network", hint, "E104", (*path, "ask"))
            if not own:
                refuse(f"{id} has no network", "as in `network: alexnet`", "E104", (*path, "ask"))
        return self


def _questions(value: object) -> object:
    entries = many(value)
    if len(entries) > MOST_QUESTIONS:
        refuse(f"{len(entries)} questions, more than the {MOST_QUESTIONS} that are read", code="E112")
    return entries


class HomeworkKey(Placed):
    """A homework key."""

    missing = {"questions": ("questions: is missing", "a list of questions, each with ask:")}

    title: str = ""
    """its title"""
    notes: str = ""
    """what a reader should know"""
    source: str = ""
    """where it is from"""
    conventions: Conventions | None = None
    """how the answers are counted, unless a question says otherwise"""
    questions: Annotated[tuple[Question, ...], BeforeValidator(_questions)]
    """its questions"""
