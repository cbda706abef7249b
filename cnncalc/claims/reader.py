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

from collections.abc import Iterable, Iterator

from cnncalc.claims.printed import Printed, read_printed
from cnncalc.claims.quantities import QUANTITIES
from cnncalc.problem import NoAnswer, Place, Problem, did_you_mean, quoted
from cnncalc.record import Record
from cnncalc.spec.model import Spec
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

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
        reader.all_of(variant.says, (variant.name.text,))
    reader.all_of(spec.says, None)
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

    def all_of(self, says: dict[str, Node], of: tuple[str, ...] | None) -> None:
        for entry in self.entries(says.get("published"), "published"):
            self.entry(entry, of)
        for entry in self.entries(says.get("erratum"), "erratum"):
            self.erratum(entry, of)

    def entries(self, node: Node | None, key: str) -> Iterator[Mapping]:
        """Yield the entries of a list; a single one may stand without it."""
        for entry in node.items if isinstance(node, Sequence) else [node] if node else []:
            if isinstance(entry, Mapping):
                yield entry
            else:
                example = "{what: params, printed: 60M, where: abstract}"
                if key == "erratum":
                    example = "{what: params, kind: truncated, note: 60.97M}"
                self.problem("E105", f"{key} takes a list of mappings", entry.place(), f"as in `- {example}`")

    # published:

    def entry(self, node: Mapping, of: tuple[str, ...] | None) -> None:
        before = len(self.values), len(self.problems)
        said = {key.text: value for key, value in node.pairs}
        from cnncalc.documents.claims import SHARED

        known = (*QUANTITIES, *SHARED)
        for key, _ in node.pairs:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or f"quantities are {', '.join(QUANTITIES)}"
                self.problem("E103", f"published has no key {quoted(key.text)}", key.place(), hint)
        units = self.units(said.get("unit"))
        columns = [self.quantity(column) for column in self.scalars(said.get("columns"), "columns")]
        than = said.get("than")
        other = next(iter(self.scalars(than, "than")), None)
        form = _Form(
            self.text(said.get("where")), self.text(said.get("source")), self.input(said.get("input")), units, other
        )
        whom, where = self.names(said.get("of"), of), self.layer(said.get("at"))
        cells = [(key.text, value) for key, value in node.pairs if key.text in QUANTITIES]
        if "what" in said or "printed" in said:
            cells.extend(self.named(node, said))
        rows = [(whom, at, cells) for at in where]
        for key, row in _pairs(said.get("at")):
            rows.append((whom, key, self.cells(row, columns)))
        for key, row in _pairs(said.get("of")):
            rows.extend((self.variant(key), at, self.cells(row, columns)) for at in where)
        for names, at, values in rows:
            for what, printed in values:
                self.value(what, printed, at, names, form)
        if (len(self.values), len(self.problems)) == before:
            self.problem("E104", "this entry gives no value", node.place(), "as in `what: params, printed: 60M`")

    def named(self, node: Mapping, said: dict[str, Node]) -> Iterator[tuple[str, Node]]:
        """Yield the value of `what: params, printed: 60M`."""
        missing = "printed" if "what" in said else "what"
        if missing not in said:
            hint = "as in `what: params, printed: 60M`"
            self.problem("E104", f"{missing}: is missing", node.place(), hint)
            return
        for what in self.scalars(said["what"], "what"):
            if name := self.quantity(what):
                yield name, said["printed"]

    def cells(self, row: Node, columns: list[str | None]) -> list[tuple[str, Node]]:
        """Read a row of a table: named values, or one for each column."""
        if isinstance(row, Mapping):
            named = [(self.quantity(key), value) for key, value in row.pairs]
            return [(name, value) for name, value in named if name]
        values = row.items if isinstance(row, Sequence) else [row]
        if len(values) != len(columns):
            have = f"{len(values)} value{'s' if len(values) != 1 else ''}"
            message = f"{have} for {len(columns)} column{'s' if len(columns) != 1 else ''}"
            self.problem("E105", message, row.place(), "`_` leaves a cell empty; `columns: [params, macs]` names them")
            return []
        both = zip(columns, values, strict=True)
        return [(name, v) for name, v in both if name and not (isinstance(v, Scalar) and v.text == "_")]

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

    def units(self, node: Node | None) -> dict[str, int]:
        """Read what K means: 1000 or 1024, for all values or by quantity."""
        if node is None:
            return {}
        named = [(self.quantity(key), v) for key, v in node.pairs] if isinstance(node, Mapping) else [("", node)]
        units = {}
        for what, value in named:
            text = value.text if isinstance(value, Scalar) else ""
            if text not in ("1000", "1024"):
                place, hint = value.place(), "K is 1000 unless `unit: 1024` says otherwise"
                self.problem("E105", f"unit is 1000 or 1024, not {quoted(text)}", place, hint)
            elif what is not None:
                units[what] = int(text)
        return units

    # erratum:

    def erratum(self, node: Mapping, of: tuple[str, ...] | None) -> None:
        from cnncalc.documents.claims import Erratum as Document
        from cnncalc.documents.placed import read_placed

        found, problems = read_placed(Document, node)
        said = {key.text: value for key, value in node.pairs}
        whats = tuple(filter(None, map(self.quantity, self.scalars(said.get("what"), "what")))) or None
        whom = self.names(said.get("of"), of)
        told = {problem.place for problem in self.problems}
        self.problems += (problem for problem in problems if problem.place not in told)
        if found is not None:
            place = node.pairs[0][0].place() if node.pairs else node.place()
            self.errata.append(Erratum(whom, found.at, whats, found.where, found.kind, found.note, place))

    # Parts of both.

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if isinstance(node, Scalar):
            return " ".join(node.text.split())
        self.problem("E105", "a text is expected here", node.place())
        return ""

    def scalars(self, node: Node | None, what: str) -> list[Scalar]:
        entries = node.items if isinstance(node, Sequence) else [node] if node else []
        for entry in entries:
            if not isinstance(entry, Scalar):
                self.problem("E105", f"{what} takes a name or a list of names", entry.place())
        return [entry for entry in entries if isinstance(entry, Scalar)]

    def quantity(self, name: Scalar) -> str | None:
        if name.text in QUANTITIES:
            return name.text
        hint = did_you_mean(name.text, QUANTITIES) or f"one of {', '.join(QUANTITIES)}"
        self.problem("E103", f"there is no quantity {quoted(name.text)}", name.place(), hint)
        return None

    def names(self, node: Node | None, default: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Read the variants that an entry is about, where they are not the rows of its table."""
        if node is None or isinstance(node, Mapping):
            return default
        return tuple(name for scalar in self.scalars(node, "of") for name in self.variant(scalar))

    def variant(self, name: Scalar) -> tuple[str, ...]:
        known = list(self.spec.variants)
        if name.text not in known:
            hint = did_you_mean(name.text, known) or (f"it has {', '.join(known)}" if known else "it has none")
            self.problem("E109", f"there is no variant {quoted(name.text)}", name.place(), hint)
        return (name.text,)

    def layer(self, node: Node | None) -> list[Scalar | None]:
        """Read the layers that an entry is about, where they are not the rows of its table; None is the whole."""
        if node is None or isinstance(node, Mapping):
            return [None]
        return list(self.scalars(node, "at"))

    def input(self, node: Node | None) -> Scalar | None:
        if node is None or isinstance(node, Scalar):
            return node
        self.problem("E105", "input is a shape, such as 384x384x3", node.place())
        return None


class _Form(Record):
    """What the values of an entry share."""

    where: str
    source: str
    input: Scalar | None
    units: dict[str, int]
    than: Scalar | None


def _pairs(node: Node | None) -> Iterable[tuple[Scalar, Node]]:
    return node.pairs if isinstance(node, Mapping) else ()
