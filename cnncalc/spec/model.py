"""The content of a spec: its vars, variants, blocks and items, each with its location."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from cnncalc.problem import Place, Source
from cnncalc.record import Record
from cnncalc.spec.chain import Check, Counted, Step
from cnncalc.spec.expression import Tree
from cnncalc.spec.tree import Mapping, Node, Scalar


class Formula(Record):
    """An expression or value that is a scalar of its own."""

    text: Scalar
    tree: Tree


Given: TypeAlias = "Formula | tuple[Given, ...] | Broken"
"""A value as YAML gives it: a formula, or a list of them."""


class Chain(Record):
    text: Scalar
    steps: tuple[Step, ...]

    def is_only(self, step: Step) -> bool:
        """Judge whether the chain is this step, with nothing but checks behind it."""
        return self.steps[0] is step and all(isinstance(other, Check) for other in self.steps[1:])


class LongForm(Record):
    """`kind: {field: value}`."""

    kind: Scalar
    values: tuple[tuple[Scalar, Given], ...]


class Branch(Record):
    """One branch of a merge; its name is None in a list."""

    name: Scalar | None
    item: Item


class Merge(Record):
    kind: Scalar
    branches: tuple[Branch, ...]


Share: TypeAlias = bool | frozenset[str]
"""Whether the rounds of a loop share their weights; or the kinds of the layers that do."""


class Repeat(Record):
    count: Formula
    body: Item
    share: Share = False


class For(Record):
    """A loop over the entries of a list, each of which is called `name` in its round."""

    name: str
    start: int  # of the name in the text of the entries
    entries: Formula
    body: Item
    share: Share = False


class If(Record):
    condition: Formula
    then: Item
    otherwise: Item | None


class Aux(Record):
    heads: tuple[tuple[Scalar, Item], ...]


class Named(Record):
    name: Scalar
    item: Item


class Items(Record):
    """A list of items; `names` are those written in it."""

    items: tuple[Item, ...]
    names: frozenset[str]


class Broken(Record):
    """An item or a value that could not be read; its problem is already reported."""


Item: TypeAlias = Chain | LongForm | Merge | Repeat | For | If | Aux | Named | Items | Broken


class Parameter(Record):
    name: str
    default: Tree | None
    start: int  # of the default in the block's header
    place: Place


class Block(Record):
    name: str
    header: Scalar
    parameters: tuple[Parameter, ...]
    body: Item

    def usage(self) -> str:
        """Return the header as it is written."""
        return " ".join(self.header.text.split())


class Variant:
    """A member of the family: values for vars, and metadata."""

    def __init__(self, name: Scalar) -> None:
        self.name = name
        self.values: dict[str, Given] = {}
        self.metadata: dict[str, Node] = {}  # title, source, year, notes, published, erratum
        self.input: Scalar | None = None
        self.expect: Mapping | None = None


class Spec:
    """A whole file, or a chain from the command line."""

    def __init__(self, text: Source, name: str = "") -> None:
        self.text = text
        self.name = name
        self.metadata: dict[str, Node] = {}  # title, source, year, notes, published, erratum
        self.inputs: dict[str, Scalar] = {}
        self.outputs: tuple[Scalar, ...] = ()
        self.vars: dict[str, tuple[Scalar, Given]] = {}
        self.variants: dict[str, Variant] = {}
        self.blocks: dict[str, Block] = {}
        self.layers: Item = Broken()
        self.expect: Mapping | None = None
        self.is_chain = False  # typed as one chain, not a file
        self.remarks: tuple[str, ...] = ()  # how foreign steps of a chain were read
        self.doubled: set[str] = set()  # names of two results, which is reported

    def text_of(self, key: str, variant: Variant | None = None) -> str:
        """Return the text of a metadata key of the variant, else of the file, as one line; empty when there is none."""
        node = (variant.metadata.get(key) if variant else None) or self.metadata.get(key)
        return " ".join(node.text.split()) if isinstance(node, Scalar) else ""


def steps_of(item: Item | None) -> Iterator[tuple[Scalar, Step]]:
    """Yield every step written in an item, with the scalar that contains it."""
    if isinstance(item, Chain):
        stack = list(item.steps)
        while stack:
            step = stack.pop()
            if isinstance(step, Counted):
                stack.extend(step.steps)
            else:
                yield item.text, step
    for inner in _inner(item):
        yield from steps_of(inner)


def _inner(item: Item | None) -> Iterable[Item | None]:
    if isinstance(item, Items):
        return item.items
    if isinstance(item, Named):
        return (item.item,)
    if isinstance(item, Merge):
        return [branch.item for branch in item.branches]
    if isinstance(item, (Repeat, For)):
        return (item.body,)
    if isinstance(item, If):
        return (item.then, item.otherwise)
    return [body for _, body in item.heads] if isinstance(item, Aux) else ()


def written(item: Item) -> str:
    """Write an item in one line, for tables; its shape checks are left out."""
    if isinstance(item, Chain):
        text = item.text.text
        steps = (text[step.start : step.start + step.length] for step in item.steps if not isinstance(step, Check))
        return " -> ".join(" ".join(step.split()) for step in steps)
    if isinstance(item, Items):
        return " -> ".join(filter(None, map(written, item.items)))
    if isinstance(item, Named):
        return written(item.item)
    if isinstance(item, Merge):
        names = (branch.name.text if branch.name else written(branch.item) for branch in item.branches)
        return f"{item.kind.text}({', '.join(names)})"
    if isinstance(item, Repeat):
        return f"{item.count.text.text} * ({written(item.body)})"
    if isinstance(item, For):
        return f"for {item.entries.text.text}: ({written(item.body)})"
    if isinstance(item, If):
        otherwise = f" else ({written(item.otherwise)})" if item.otherwise else ""
        return f"if {item.condition.text.text}: ({written(item.then)}){otherwise}"
    if isinstance(item, LongForm):
        return item.kind.text
    return ""


def records(*parts: object) -> Iterator[Record]:
    """Yield every record that these are made of."""
    stack = list(parts)
    while stack:
        part = stack.pop()
        if isinstance(part, (tuple, list)):
            stack.extend(part)
        elif isinstance(part, Record):
            yield part
            stack.extend(part.__dict__.values())
