"""Reading items: chains, merges, loops, choices, side heads, layers in long form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from cnncalc.layers import KIND_OF, KINDS, RESERVED, SYNONYMS
from cnncalc.problem import did_you_mean, nearest, quoted
from cnncalc.spec.chain import MERGES, Use, parse_chain
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.model import (
    Aux,
    Branch,
    Broken,
    Chain,
    For,
    Formula,
    If,
    Item,
    Items,
    LongForm,
    Merge,
    Named,
    Repeat,
    Share,
)
from cnncalc.spec.parse import LITERALS, parse, parse_value
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence
from cnncalc.spec.values import KEYWORDS, NAME, VAR, ValueReader

_ARROW = re.compile(r"->|→")
_IN = re.compile(r"\sin(?=\s)")
_FOR_HINT = "as in `for: level in [p3, p4]`"
_HEADED = re.compile(r"for (\w+ in .+)")
_RANGE = re.compile(r"range\(([^(),]+)\)")
LONGEST_LIST = 60
"""Characters of a list that a remedy writes again."""
MOST_SLIPS = 5
LONGEST_WITH_SLIPS = 2000
"""Steps of one chain that cannot be read, and characters of a chain in which more than the first is looked for."""


class ItemReader(ValueReader):
    """Reads items."""

    def item(self, node: Node) -> Item:
        if isinstance(node, Scalar):
            return self.chain(node)
        if isinstance(node, Mapping):
            return self.mapping(node)
        if not node.items:
            self.problem("E104", "an item is missing here", node.place(), "write `identity` for the volume itself")
            return Broken()
        items = tuple(map(self.item, node.items))
        names: dict[str, Scalar] = {}
        for item in items:
            if isinstance(item, Named):
                if item.name.text in names:
                    first = names[item.name.text].place()
                    twice = f"the name {quoted(item.name.text)} stands twice in this list"
                    message = f"{twice}, first at {first.line}:{first.column}"
                    self.problem("E102", message, item.name.place(), "choose another name")
                    self.spec.doubled.add(item.name.text)
                names[item.name.text] = item.name
        return Items(items, frozenset(names) | frozenset(name for item in items for name in _inner_names(item)))

    def chain(self, node: Scalar) -> Item:
        if not node.text.strip():
            if not node.reported:
                self.problem("E104", "nothing stands here", node.place(), "write `identity` for the volume itself")
            return Broken()
        return self.steps(node, 0, MOST_SLIPS)

    def steps(self, node: Scalar, start: int, slips: int) -> Item:
        """Read the steps of a chain from `start` on, also those behind a step that cannot be read."""
        text = node.text
        try:
            return Chain(node, parse_chain(" " * start + text[start:]))
        except ExpressionError as error:
            if node.reported:
                return Broken()
            self.problem(error.code, error.message, node.place(error.start, error.length), error.hint)
            if len(text) > LONGEST_WITH_SLIPS or not slips or error.code == "E112":
                return Broken()
            arrows = [match.span() for match in _ARROW.finditer(text)]
            before = max((first for first, last in arrows if start <= first and last <= error.start), default=start)
            behind = min((last for _, last in arrows if last > error.start), default=len(text))
        parts: list[Item] = [Broken()]
        with suppress(ExpressionError):
            parts.insert(0, Chain(node, parse_chain(" " * start + text[start:before])))
        if behind < len(text) and _balanced(text[:behind]) and text[behind:].strip():
            parts.append(self.steps(node, behind, slips - 1))
        return Items(tuple(parts), frozenset())

    def mapping(self, node: Mapping) -> Item:
        keys = {key.text: key for key, _ in node.pairs}
        if "for" in keys:
            return self.loop(node)
        if "repeat" in keys:
            return self.repeat(node)
        if "share" in keys and "layers" in keys:
            message = "share: stands beside a loop, and here is none"
            self.problem("E104", message, keys["share"].place(), "add `repeat: 3` or `for: level in [p3, p4]`")
            return Broken()
        if "if" in keys or "then" in keys or "else" in keys:
            return self.choice(node)
        if not node.pairs:
            self.problem("E104", "an item is missing here", node.place(), "write `identity` for the volume itself")
            return Broken()
        if len(node.pairs) > 1:
            first, second = node.pairs[0][0], node.pairs[1][0]
            if loop := _loop(keys):
                self.problem("E103", f"there is no {quoted(loop.text)} here", loop.place(), "did you mean 'repeat'?")
                return Broken()
            if written := _as_elsewhere(node):
                message = f"a layer is one line here, not a mapping of {quoted(first.text)} and {quoted(second.text)}"
                self.problem("E103", message, second.place(), f"write `{written}`")
                return Broken()
            message = f"two items stand together, {quoted(first.text)} and {quoted(second.text)}"
            self.problem("E103", message, second.place(), "put `- ` before each of them")
            return Items(tuple(self.single(*pair) for pair in node.pairs), frozenset())
        return self.single(*node.pairs[0])

    def single(self, key: Scalar, node: Node) -> Item:
        """Read `key: something`: a merge, a side head, a layer in long form, or a named item."""
        if key.text in MERGES:
            return self.merge(key, node)
        if key.text == "aux":
            heads = []
            for name, body in self.pairs(key, node, "as in `aux: {side: linear 10}`"):
                heads.append((name, self.item(body)))
            return Aux(tuple(heads))
        later = key.text in KINDS or key.text in SYNONYMS
        if key.text in RESERVED or (later and key.text not in self.spec.blocks and isinstance(node, Mapping)):
            if isinstance(node, Mapping):
                return LongForm(key, tuple((name, self.given(value)) for name, value in node.pairs))
            step = f"{key.text} {node.text}".strip() if isinstance(node, Scalar) else f"{key.text} …"
            if isinstance(node, Scalar) and node.text.split(" ")[0] == key.text:
                step = node.text
            hint = f"write `- {step}` for the layer itself, or choose another name"
            self.problem("E113", f"{quoted(key.text)} is a layer kind and cannot name an item", key.place(), hint)
            return Broken()
        if loop := _HEADED.fullmatch(key.text):
            hint = f"write `for: {loop[1]}`, and layers: below it"
            self.problem("E113", f"{quoted(key.text)} cannot name an item", key.place(), hint)
            return Broken()
        self.check_name(key, "an item")
        return Named(key, self.item(node))

    def merge(self, key: Scalar, node: Node) -> Item:
        branches: list[Branch] = []
        if isinstance(node, Mapping):
            for name, body in node.pairs:
                if not NAME.fullmatch(name.text):
                    self.check_name(name, "a branch")
                branches.append(Branch(name, self.branch(name, body)))
        elif isinstance(node, Sequence):
            branches = [Branch(None, self.branch(key, body)) for body in node.items]
        else:
            hint = f"as in `{key.text}: {{body: …, skip: identity}}`; in a chain `{key.text} NAME`"
            self.problem("E105", f"{key.text} takes branches", node.place() if node.text else key.place(), hint)
            return Broken()
        if len(branches) < 2:
            if isinstance(node, Mapping) and node.reported:
                return Broken()
            message = f"{key.text} merges at least two branches, and here {'is one' if branches else 'are none'}"
            self.problem("E104", message, key.place(), "`identity` is the incoming volume itself")
            return Items(tuple(branch.item for branch in branches), frozenset()) if branches else Broken()
        return Merge(key, tuple(branches))

    def branch(self, key: Scalar, node: Node) -> Item:
        if isinstance(node, Scalar) and not node.text.strip():
            if node.reported:
                return Broken()
            self.problem(
                "E104", f"branch {quoted(key.text)} is empty", key.place(), "write `identity` for the volume itself"
            )
            return Broken()
        item = self.item(node)
        alone = item.items[0] if isinstance(item, Items) and len(item.items) == 1 else item
        if isinstance(alone, If) and alone.otherwise is None:
            place = alone.condition.text.place()
            self.problem(
                "E104", "a whole branch that is an if needs an else", place, "`else: identity` keeps the volume"
            )
        return item

    def repeat(self, node: Mapping) -> Item:
        parts = {key.text: (key, value) for key, value in node.pairs}
        unknown = self.unknown_keys(node, ("repeat", "layers", "share"), "repeat")
        key, count = parts["repeat"]
        if "layers" not in parts:
            if unknown:
                return Broken()
            self.problem("E104", "repeat needs layers:", key.place(), "repeat: 3 and layers: beside it")
            return Broken()
        given = _listed(count)
        hint = f"a loop over a list is written `for: level in {given}`" if given else None
        formula = self.formula(self.scalar(key, count, hint), parse_value)
        body = self.item(parts["layers"][1])
        share = self.share(parts)
        return Repeat(formula, body, share) if formula else Broken()

    def loop(self, node: Mapping) -> Item:
        """Read `for: NAME in LIST`, with layers: and share: beside it."""
        parts = {key.text: (key, value) for key, value in node.pairs}
        key, value = parts["for"]
        if "in" in parts and isinstance(value, Scalar):
            given = _listed(parts["in"][1])
            hint = f"write `for: {value.text} in {given}`" if given else _FOR_HINT
            self.problem("E103", "for has no key 'in'", parts["in"][0].place(), hint)
            return Broken()
        unknown = self.unknown_keys(node, ("for", "layers", "share"), "for")
        if "layers" not in parts:
            if not unknown:
                self.problem("E104", "for needs layers:", key.place(), "for: level in [p3, p4], and layers: below it")
            return Broken()
        head = self.loop_head(key, value)
        body = self.item(parts["layers"][1])
        share = self.share(parts)
        return For(*head, body, share) if head else Broken()

    def loop_head(self, key: Scalar, value: Node) -> tuple[str, int, Formula] | None:
        """Read `NAME in LIST`."""
        if given := _listed(value):
            self.problem(
                "E104", "for needs a name for the entries of its list", value.place(), f"write `for: level in {given}`"
            )
            return None
        if isinstance(value, Mapping) and len(value.pairs) == 1 and (given := _listed(value.pairs[0][1])):
            hint = f"write `for: {value.pairs[0][0].text} in {given}`"
            self.problem("E105", "for takes NAME in LIST, not a mapping", value.place(), hint)
            return None
        scalar = self.scalar(key, value, _FOR_HINT)
        text = scalar.text
        match = _IN.search(text)
        name, given = (text[: match.start()].strip(), text[match.end() :].strip()) if match else ("", "")
        if not name or not given:
            if text and not scalar.reported:
                hint = f"write `repeat: {text.strip()}`" if text.strip().isdigit() else _FOR_HINT
                self.problem("E106", f"for takes NAME in LIST, not {quoted(text)}", scalar.place(), hint)
            return None
        at = text.index(name)
        if not VAR.fullmatch(name) or name in KEYWORDS:
            what = f"{quoted(name)} cannot name the entries of a list"
            hint = f"{name} is a word of the language" if name in KEYWORDS else "one name: letters, digits and _"
            self.problem("E113", what, scalar.place(at, len(name)), hint)
            return None
        start = len(text.rstrip()) - len(given)
        if counted := _RANGE.fullmatch(given):
            message, hint = "there is no range: repeat counts", f"write `repeat: {counted[1]}`, with index for {name}"
            self.problem("E107", message, scalar.place(start, len(given)), hint)
            return None
        if "," in given and "[" not in given and "(" not in given:
            message, hint = f"a list stands in brackets, not {quoted(given)}", f"write `for: {name} in [{given}]`"
            self.problem("E107", message, scalar.place(start, len(given)), hint)
            return None
        tree = self.tree(scalar, " " * start + given, 0, parse)
        return (name, at, Formula(scalar, tree)) if tree else None

    def share(self, parts: dict[str, tuple[Scalar, Node]]) -> Share:
        """Read whether the rounds of a loop share their weights: yes, no, or the kinds whose layers do."""
        if "share" not in parts:
            return False
        key, value = parts["share"]
        kinds: set[str] = set()
        for node in value.items if isinstance(value, Sequence) else [value]:
            scalar = self.scalar(key, node, "as in `share: yes`")
            if node is value and scalar.text in LITERALS:
                return LITERALS[scalar.text]
            kind = KIND_OF.get(scalar.text)
            if kind is not None:
                kinds.add(kind.kind)
            elif scalar.text:
                message = f"share takes yes, no or kinds of layers, not {quoted(scalar.text)}"
                hint = did_you_mean(scalar.text, KINDS) or "as in `share: yes` or `share: [conv, linear]`"
                self.problem("E105", message, scalar.place(), hint)
        return frozenset(kinds)

    def choice(self, node: Mapping) -> Item:
        parts = {key.text: (key, value) for key, value in node.pairs}
        unknown = self.unknown_keys(node, ("if", "then", "else"), "if")
        for word in ("if", "then"):
            if word not in parts:
                if unknown:
                    return Broken()
                first = node.pairs[0][0]
                self.problem(
                    "E104", f"{word}: is missing beside {first.text}:", first.place(), "if: condition, then: item"
                )
                return Broken()
        key, condition = parts["if"]
        formula = self.formula(self.scalar(key, condition), parse)
        then = self.item(parts["then"][1])
        otherwise = self.item(parts["else"][1]) if "else" in parts else None
        return If(formula, then, otherwise) if formula else Broken()


def _listed(node: Node) -> str:
    """Write a list of scalars as a remedy has it; empty for another value, an empty list and a long one."""
    if not isinstance(node, Sequence) or not all(isinstance(entry, Scalar) for entry in node.items):
        return ""
    written = ", ".join(entry.text for entry in node.items if isinstance(entry, Scalar))
    return f"[{written}]" if 0 < len(written) <= LONGEST_LIST else ""


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


LOOPS = ("foreach", "while", "loop", "times", "rounds", "count", "range", "n", "num_layers")


def _loop(keys: dict[str, Scalar]) -> Scalar | None:
    """Return the key used for `repeat` beside `layers`: another language's word, or a misspelling."""
    if len(keys) != 2 or "layers" not in keys:
        return None
    (other,) = (key for key in keys.values() if key.text != "layers")
    return other if other.text.lower() in LOOPS or nearest(other.text, ("repeat",)) else None


def _as_elsewhere(node: Mapping) -> str:
    """Return the line that a mapping of name, type and fields means, as other tools have it; empty for others."""
    values = {key.text.lower(): value.text for key, value in node.pairs if isinstance(value, Scalar)}
    kind = next(
        (KIND_OF[values[key]] for key in ("type", "kind", "op", "class_name") if values.get(key) in KIND_OF), None
    )
    return " ".join(("-", *([f"{values['name']}:"] if values.get("name") else []), kind.usage())) if kind else ""


def _inner_names(item: Item) -> Iterable[str]:
    """Yield the names that an unnamed item of a list adds to the list's level."""
    if isinstance(item, Items):
        yield from item.names
    elif isinstance(item, Merge):
        for branch in item.branches:
            if branch.name:
                yield branch.name.text
            else:
                yield from _inner_names(branch.item)
    elif isinstance(item, If):
        for inner in (item.then, item.otherwise):
            if isinstance(inner, Named):
                yield inner.name.text
            elif inner is not None:
                yield from _inner_names(inner)
    elif isinstance(item, Aux):
        yield from (name.text for name, _ in item.heads)


def without_use(item: Item) -> Item:
    """Return the item without the `use` that begins it."""
    if isinstance(item, Chain) and item.steps and isinstance(item.steps[0], Use):
        return Chain(item.text, item.steps[1:])
    if isinstance(item, Items) and item.items:
        return Items((without_use(item.items[0]), *item.items[1:]), item.names)
    return item
