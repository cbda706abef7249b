"""What a spec says that others printed: `published:` and `erratum:`, read from the tree of its text.

An entry of `published:` gives values of one place in a source, for the whole network or, under `at:`, for a layer:

    - {what: params, printed: 60M, where: abstract}
    - {at: 3a, what: params, printed: 159K, unit: 1024, where: table 1}
    - {where: table 2, params: 133M, top1_error: 29.6}

or a table of them, whose rows are layers (`at:`) or variants (`of:`); `_` leaves a cell empty:

    - where: table 1
      columns: [output, params, macs]
      at:
        3a: [28x28x256, 159K, 128M]
        3b: {output: 28x28x480, macs: 304M}
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from cnncalc.claims.printed import Printed, read_printed
from cnncalc.claims.quantities import QUANTITIES
from cnncalc.problem import NoAnswer, Place, Problem, did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.spec.model import Spec
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from cnncalc.documents.claims import Entry

WHOLE = "whole"
"""What an erratum says for `at` when it is about values of the whole network, not about any of its layers."""


class Unreadable(NoAnswer):
    """What a spec says of its source cannot be read."""


class Claim(Record):
    """One printed value; `at` is None for the whole network, `of` for every variant of the file."""

    what: str
    printed: Scalar
    number: Printed | None  # None for a shape
    at: Scalar | None
    of: tuple[str, ...] | None
    input: Scalar | None
    where: str
    source: str
    than: Scalar | None = None  # the network that it is compared with

    @property
    def place(self) -> Place:
        return self.printed.place()


class Erratum(Record):
    """Why printed values are not the computed ones; None stands for any."""

    of: tuple[str, ...] | None
    at: tuple[str, ...] | None
    what: tuple[str, ...] | None
    where: tuple[str, ...] | None
    kind: str
    note: str
    place: Place

    def is_about(self, claim: Claim, name: str | None = None) -> bool:
        """Judge whether it speaks of a value, for the variant `name` or for any."""
        at = claim.at.text if claim.at else WHOLE
        names = (name,) if name else claim.of
        for_it = self.of is None or names is None or not set(self.of).isdisjoint(names)
        return (
            for_it
            and (self.at is None or at in self.at)
            and (self.what is None or claim.what in self.what)
            and (self.where is None or claim.where in self.where)
        )


class Claims(Record):
    """All that a file says was printed."""

    values: list[Claim]
    errata: list[Erratum]

    def about(self, name: str) -> list[Claim]:
        """Return the values of one variant."""
        return [claim for claim in self.values if claim.of is None or name in claim.of]

    def first(self, name: str, what: str) -> Claim | None:
        """Return the first value of a quantity that is printed for a whole network at its own input."""
        found = (c for c in self.about(name) if c.what == what and not c.at and not c.input)
        return next(found, None)


def read_claims(spec: Spec) -> Claims:
    """Read all that a file and its variants say was printed; raises Unreadable with every problem found."""
    reader = _Reader(spec)
    for variant in spec.variants.values():
        reader.all_of(variant.metadata, (variant.name.text,))
    reader.all_of(spec.metadata, None)
    claims = Claims(reader.values, reader.errata)
    for erratum in claims.errata:
        if not reader.problems and not any(map(erratum.is_about, claims.values)):
            reader.problem("E109", "no published value is what this erratum is about", erratum.place)
    if reader.problems:
        raise Unreadable(reader.problems)
    return claims


class _Reader:
    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.values: list[Claim] = []
        self.errata: list[Erratum] = []
        self.problems: list[Problem] = []

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, place, hint))

    def all_of(self, metadata: dict[str, Node], of: tuple[str, ...] | None) -> None:
        for entry in _items(metadata.get("published")):
            self.entry(entry, of)
        for entry in _items(metadata.get("erratum")):
            self.erratum(entry, of)

    # published:

    def entry(self, node: Node, of: tuple[str, ...] | None) -> None:
        from cnncalc.documents.placed import read_placed

        before = len(self.values), len(self.problems)
        found, problems = read_placed(_entry(), node, {"quantities": QUANTITIES})
        self.problems += problems
        if found is None or not isinstance(node, Mapping):
            return
        given = {key.text: value for key, value in node.pairs}
        form = _Form(found.where, found.source, _scalar(given.get("input")), found.unit, _scalar(given.get("than")))
        whom, where = self.names(given.get("of"), of), _layers(given.get("at"))
        cells = [(key.text, value) for key, value in node.pairs if key.text in QUANTITIES]
        cells += ((what, given["printed"]) for what in found.what)
        rows = [(whom, at, cells) for at in where]
        for key, row in _pairs(given.get("at")):
            rows.append((whom, key, self.cells(row, found.columns)))
        for key, row in _pairs(given.get("of")):
            rows.extend((self.variant(key), at, self.cells(row, found.columns)) for at in where)
        for names, at, values in rows:
            for what, printed in values:
                self.value(what, printed, at, names, form)
        if (len(self.values), len(self.problems)) == before:
            self.problem("E104", "this entry gives no value", node.place(), "as in `what: params, printed: 60M`")

    def cells(self, row: Node, columns: tuple[str, ...]) -> list[tuple[str, Node]]:
        """Read a row of a table: named values, or one for each column."""
        if isinstance(row, Mapping):
            return [(key.text, value) for key, value in row.pairs]
        values = row.items if isinstance(row, Sequence) else [row]
        if len(values) != len(columns):
            have = f"{len(values)} value{'s' if len(values) != 1 else ''}"
            message = f"{have} for {len(columns)} column{'s' if len(columns) != 1 else ''}"
            self.problem("E105", message, row.place(), "`_` leaves a cell empty; `columns: [params, macs]` names them")
            return []
        both = zip(columns, values, strict=True)
        return [(name, v) for name, v in both if not (isinstance(v, Scalar) and v.text == "_")]

    def value(self, what: str, printed: Node, at: Scalar | None, of: tuple[str, ...] | None, form: _Form) -> None:
        if not isinstance(printed, Scalar):
            self.problem("E105", f"{what} takes a single value", printed.place())
            return
        quantity, number = QUANTITIES[what], None
        if at and quantity.only_whole:
            self.problem("E105", f"{what} is of a whole network, not of {quoted(at.text)}", printed.place())
            return
        if quantity.compares and form.than is None:
            self.problem("E104", f"{what} needs than:", printed.place(), "as in `than: alexnet`")
            return
        if what in ("output", "entering"):
            parts = printed.text.replace("×", "x").split("x")
            if not all(part.isdigit() for part in parts):
                message = f"{what}: {quoted(printed.text)} is no shape"
                self.problem("E105", message, printed.place(), "as in 28x28x256")
                return
        else:
            thousand = form.units.get(what) or form.units.get("", 1000)
            number = read_printed(printed.text, thousand, in_bytes=quantity.in_bytes)
            if number is None:
                message = f"{what}: {quoted(printed.text)} is no printed number"
                self.problem("E105", message, printed.place(), "as in 34_944, 2.7K, 34M, 1.8e9 or 94.86%")
                return
        self.values.append(Claim(what, printed, number, at, of, form.input, form.where, form.source, form.than))

    # erratum:

    def erratum(self, node: Node, of: tuple[str, ...] | None) -> None:
        from cnncalc.documents.claims import Erratum as Document
        from cnncalc.documents.placed import read_placed

        found, problems = read_placed(Document, node, {"quantities": QUANTITIES})
        self.problems += problems
        if found is not None and isinstance(node, Mapping):
            whom = self.names(next((value for key, value in node.pairs if key.text == "of"), None), of)
            place = node.pairs[0][0].place()
            self.errata.append(Erratum(whom, found.at, found.what, found.where, found.kind, found.note, place))

    # Parts of both.

    def names(self, node: Node | None, default: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Read the variants that an entry is about, where they are not the rows of its table."""
        if node is None or isinstance(node, Mapping):
            return default
        return tuple(name for scalar in _scalars(node) for name in self.variant(scalar))

    def variant(self, name: Scalar) -> tuple[str, ...]:
        known = list(self.spec.variants)
        if name.text not in known:
            hint = did_you_mean(name.text, known) or (f"it has {', '.join(known)}" if known else "it has none")
            self.problem("E109", f"there is no variant {quoted(name.text)}", name.place(), hint)
        return (name.text,)


class _Form(Record):
    """What the values of an entry share."""

    where: str
    source: str
    input: Scalar | None
    units: dict[str, int]
    than: Scalar | None


def _pairs(node: Node | None) -> Iterable[tuple[Scalar, Node]]:
    return node.pairs if isinstance(node, Mapping) else ()


@cache
def _entry() -> type[Entry]:
    """Make the model of an entry, with the quantities as further keys."""
    from pydantic import create_model

    from cnncalc.documents.claims import Entry as Document

    fields: dict[str, Any] = dict.fromkeys(QUANTITIES, (Any, None))
    made = create_model("Entry", __base__=Document, __cls_kwargs__={"use_attribute_docstrings": False}, **fields)
    made.known = f"quantities are {', '.join(QUANTITIES)}"
    return made


def _items(node: Node | None) -> list[Node]:
    """Return the items of a list; a single one may stand without it."""
    return node.items if isinstance(node, Sequence) else [node] if node else []


def _scalars(node: Node | None) -> list[Scalar]:
    return [item for item in _items(node) if isinstance(item, Scalar)]


def _scalar(node: Node | None) -> Scalar | None:
    return next(iter(_scalars(node)), None)


def _layers(node: Node | None) -> list[Scalar | None]:
    """Read the layers that an entry is about, where they are not the rows of its table; None is the whole."""
    return [None] if node is None or isinstance(node, Mapping) else [*_scalars(node)]
