"""From the tree of a file to a Spec: keys, items, blocks and variants, with every problem of the text in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress

from cnncalc.layers import KIND_OF, KINDS, SYNONYMS
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.spec.chain import MERGES, Check, Use, parse_chain
from cnncalc.spec.expression import ExpressionError, Literal, Tree
from cnncalc.spec.model import (
    Aux,
    Block,
    Branch,
    Broken,
    Chain,
    Formula,
    Given,
    If,
    Item,
    Items,
    LongForm,
    Merge,
    Named,
    Parameter,
    Repeat,
    Spec,
    Variant,
)
from cnncalc.spec.parse import LITERALS, closing, parse, parse_value
from cnncalc.spec.text import PROBLEM_LIMIT
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

SAID = ("title", "source", "year", "notes", "published", "erratum")
TOP = ("name", *SAID, "input", "inputs", "outputs", "vars", "variants", "blocks", "layers", "expect")
EXPECTED = ("params", "macs", "output", "aux_params", "aux_macs", "buffers", "weight_layers")
KEYWORDS = frozenset(
    (
        *("use", "again", *MERGES, "identity", "repeat", "layers", "if", "then", "else", "aux"),
        *("input", "channels", "sides", "index", "and", "or", "not", *LITERALS),
    )
)
_NAME = re.compile(r"\w+")
_VAR = re.compile(r"[^\W\d]\w*")


def read_spec(root: Node | None, source: Source) -> tuple[Spec, list[Problem]]:
    """Read the tree of a file; the Spec is as whole as the text allows."""
    reader = _Reader(source)
    with suppress(_TooMany):
        reader.file(root)
    return reader.spec, reader.problems


def read_chain(text: str, name: str = "<command line>") -> tuple[Spec, list[Problem]]:
    """Read a chain that begins with its input, as the command line takes it."""
    source = Source(name, text)
    reader = _Reader(source)
    scalar = Scalar(source, text, 0, len(text), None)
    item = reader.chain(scalar)
    if isinstance(item, Chain):
        first = item.steps[0]
        if isinstance(first, Check):
            shape = text[first.start : first.start + first.length]
            reader.spec.inputs["input"] = Scalar(source, shape, first.start, first.start + first.length, None)
            item = Chain(scalar, item.steps[1:])
        else:
            place = scalar.place(first.start, first.length)
            hint = "as in `227x227x3 -> conv 96 11x11 stride=4`"
            reader.problem("E104", "a chain begins with the shape of its input", place, hint)
    reader.spec.layers = item
    reader.spec.name = "chain"
    return reader.spec, reader.problems


_FUNCTION = re.compile(r"(?:def\s+)?\w+\s*\([\w=,\s]*\)|\w+\s[\w=,\s]*,[\w=,\s]*")
_ARROW = re.compile(r"->|→")
LONGEST_FUNCTION = 200
MOST_SLIPS = 5
LONGEST_WITH_SLIPS = 2000
"""Characters of a header that may be meant as that of a function; steps of one chain that cannot be read, and
characters of a chain in which more than the first is looked for."""


class _TooMany(Exception):  # noqa: N818  # no fault, an end
    """There are so many problems that no more are looked for."""


class _Reader:
    def __init__(self, source: Source) -> None:
        self.spec = Spec(source)
        self.problems: list[Problem] = []
        self._variant_keys: list[tuple[Variant, Scalar]] = []
        self.empty = ""  # the key above, where it has no value
        self.misnamed = False  # whether a block is called like a kind, so that its calls cannot be judged

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if len(self.problems) == PROBLEM_LIMIT:
            message = f"more than {PROBLEM_LIMIT} problems: the rest is not read"
            self.problems.append(Problem("E112", message, place))
            raise _TooMany
        self.problems.append(Problem(code, message, place, hint))

    # The file.

    def file(self, root: Node | None) -> None:
        if not isinstance(root, Mapping):
            if root is not None:
                hint = "a spec is a mapping with `input:` and `layers:`"
                self.problem("E101", "the file does not begin with a key", root.place(), hint)
            return
        spec = self.spec
        known = {key.text: node for key, node in root.pairs}
        for key, node in root.pairs:
            self.top(key, node)
            if key.text in TOP:
                self.empty = key.text if isinstance(node, Scalar) and not node.text else ""
        where = Place(spec.text, 1, 1)
        if "layers" not in known and not self.problems:
            self.problem("E104", "layers: is missing", where, "a spec needs input: and layers:")
        if "input" not in known and "inputs" not in known and "layers" in known and not self._variants_have_inputs():
            self.problem("E104", "input: is missing", where, "as in `input: 224x224x3`")
        if "input" in known and "inputs" in known:
            self.problem("E103", "input and inputs stand together", known["inputs"].place(), "one of both is enough")
            spec.layers = Broken()  # which names its chains can use depends on it
        if self.misnamed:
            spec.layers = Broken()
        self.judge_variant_keys()

    def _variants_have_inputs(self) -> bool:
        return bool(self.spec.variants) and all(v.input for v in self.spec.variants.values())

    def top(self, key: Scalar, node: Node) -> None:
        spec = self.spec
        word = key.text
        if word in SAID:
            spec.says[word] = self.said(key, node)
        elif word == "name":
            spec.name = self.scalar(key, node).text
        elif word == "input":
            spec.inputs["input"] = self.scalar(key, node, "as in `input: 224x224x3`")
        elif word == "inputs":
            hint = "as in `inputs: {left: 105x105x1, right: 105x105x1}`"
            told = len(self.problems)
            for name, shape in self.pairs(key, node, hint):
                self.check_name(name, "an input")
                spec.inputs[name.text] = self.scalar(name, shape)
            if not spec.inputs and len(self.problems) == told:
                self.problem("E104", "inputs has no value", key.place(), hint)
        elif word == "outputs":
            entries = node.items if isinstance(node, Sequence) else [node]
            spec.outputs = tuple(self.scalar(key, entry, "as in `outputs: [small, large]`") for entry in entries)
        elif word == "vars":
            for name, given in self.pairs(key, node, "as in `vars: {width: 64}`"):
                self.check_name(name, "a var", _VAR)
                spec.vars[name.text] = (name, self.given(given))
        elif word == "variants":
            for name, body in self.pairs(key, node, "as in `variants: {small: {width: 32}}`"):
                spec.variants[name.text] = self.variant(name, body)
        elif word == "blocks":
            for header, body in self.pairs(
                key, node, "as in `blocks:` and below it `conv_relu out: conv out 3x3 -> relu`"
            ):
                block = self.block(header, body)
                if block.name in spec.blocks:
                    first = spec.blocks[block.name].header.place()
                    self.problem(
                        "E102", f"block {block.name} stands twice, first at {first.line}:{first.column}", header.place()
                    )
                if block.name not in KINDS:
                    spec.blocks[block.name] = block
        elif word == "layers":
            spec.layers = self.item(node)
        elif word == "expect":
            spec.expect = self.expect(key, node)
        else:
            self.unknown_key(key, TOP, "a spec")

    def said(self, key: Scalar, node: Node) -> Node:
        return node if key.text in ("published", "erratum") else self.scalar(key, node)

    def unknown_key(self, key: Scalar, known: Iterable[str], what: str) -> None:
        known = tuple(known)
        hint = did_you_mean(key.text, known) or f"known are {', '.join(known)}"
        if what == "if" and key.text in ("elif", "elseif", "else if"):
            hint = "write another if: under else:"
        elif what == "if" and key.text.startswith("if "):
            hint = f"write `if: {key.text[3:].strip()}`, and then: below it"
        elif what == "a spec" and self.empty:
            hint = f"indent it, if it belongs to {self.empty}:"
        self.problem("E103", f"{what} has no key {quoted(key.text)}", key.place(), hint)

    def unknown_keys(self, node: Mapping, known: Iterable[str], what: str) -> bool:
        """Tell the keys that are not known, and whether there are any."""
        unknown = [key for key, _ in node.pairs if key.text not in known]
        for key in unknown:
            self.unknown_key(key, known, what)
        return bool(unknown)

    def scalar(self, key: Scalar, node: Node, hint: str | None = None) -> Scalar:
        if isinstance(node, Scalar) and node.text.strip():
            return node
        if isinstance(node, Scalar):
            if not node.told:
                self.problem("E104", f"{key.text} has no value", key.place(), hint)
        else:
            what = "a list" if isinstance(node, Sequence) else "a mapping"
            numbers = (
                [item.text for item in node.items if isinstance(item, Scalar)] if isinstance(node, Sequence) else []
            )
            if hint and numbers and all(map(str.isdigit, numbers)):
                hint = f"write `{key.text}: {'x'.join(numbers)}`"
            self.problem("E105", f"{key.text} takes a single value, not {what}", node.place(), hint)
        return Scalar(key.source, "", key.start, key.end, None)

    def pairs(self, key: Scalar, node: Node, hint: str) -> list[tuple[Scalar, Node]]:
        if isinstance(node, Mapping):
            return node.pairs
        if not (isinstance(node, Scalar) and not node.text):
            if key.text == "inputs" and isinstance(node, Scalar):
                hint = f"a single one is written `input: {node.text}`"
            self.problem("E105", f"{key.text} takes names with values", node.place(), hint)
        return []

    def check_name(self, name: Scalar, what: str, allowed: re.Pattern[str] = _NAME) -> bool:
        """Judge a name that the text gives to something."""
        if not allowed.fullmatch(name.text):
            hint = (
                "names are letters, digits and _"
                if allowed is _NAME
                else "names are letters, digits and _, a letter first"
            )
            self.problem("E113", f"{quoted(name.text)} cannot name {what}", name.place(), hint)
            return False
        if name.text in KEYWORDS:
            self.problem("E113", f"{quoted(name.text)} is a word of the language and cannot name {what}", name.place())
            return False
        return True

    def variant(self, name: Scalar, body: Node) -> Variant:
        variant = Variant(name)
        for key, node in self.pairs(name, body, "as in `small: {width: 32}`"):
            if key.text in SAID:
                variant.says[key.text] = self.said(key, node)
            elif key.text == "input":
                variant.input = self.scalar(key, node)
            elif key.text == "expect":
                variant.expect = self.expect(key, node)
            else:
                variant.values[key.text] = self.given(node)
                self._variant_keys.append((variant, key))
        return variant

    def judge_variant_keys(self) -> None:
        """Judge what variants set, now that all vars are known."""
        for variant, key in self._variant_keys:
            if key.text not in self.spec.vars:
                known = (*self.spec.vars, "input", "expect", *SAID)
                hint = did_you_mean(key.text, known) or "declare it in vars: first"
                message = f"variant {variant.name.text} sets {quoted(key.text)}, which is no var"
                self.problem("E103", message, key.place(), hint)

    def expect(self, key: Scalar, node: Node) -> Mapping | None:
        for name, value in self.pairs(key, node, "as in `expect: {params: 60965224}`"):
            if name.text not in EXPECTED:
                self.unknown_key(name, EXPECTED, "expect")
            elif name.text == "output":
                for output, shape in value.pairs if isinstance(value, Mapping) else [(name, value)]:
                    self.formula(self.scalar(output, shape, "as in 7x7x512"), parse_value)
            else:
                formula = self.formula(self.scalar(name, value), parse_value)
                if formula and not (isinstance(formula.tree, Literal) and type(formula.tree.value) is int):
                    message = f"{name.text} must be a whole number, not {quoted(formula.text.text)}"
                    self.problem("E105", message, formula.text.place(), "write every digit, as in 60_965_224")
        return node if isinstance(node, Mapping) else None

    # Blocks.

    def block(self, header: Scalar, body: Node) -> Block:
        words = self.header_words(header)
        name, at = words[0] if words else (header.text, 0)
        if not _VAR.fullmatch(name):
            hint = "a block is headed `name parameter parameter=default:`"
            self.problem("E113", f"{quoted(name)} cannot name a block", header.place(at, len(name) or None), hint)
        elif name in KINDS:
            message = f"{name} is a layer kind, so no block can be called so"
            self.problem("E113", message, header.place(at, len(name)), "choose another name")
            self.misnamed = True
        elif name in KEYWORDS:
            message = f"{quoted(name)} is a word of the language and cannot name a block"
            self.problem("E113", message, header.place(at, len(name)), "choose another name")
        parameters: list[Parameter] = []
        for word, start in words[1:]:
            parameter = self.parameter(header, word, start)
            if parameter is None:
                continue
            if any(p.name == parameter.name for p in parameters):
                self.problem("E102", f"parameter {parameter.name} stands twice", parameter.place)
                continue
            if parameter.default is None and parameters and parameters[-1].default is not None:
                message = f"parameter {parameter.name} has no default, but {parameters[-1].name} before it has"
                self.problem("E104", message, parameter.place, "put those without a default first")
            parameters.append(parameter)
        return Block(name, header, tuple(parameters), self.item(body))

    def header_words(self, header: Scalar) -> list[tuple[str, int]]:
        if len(header.text) < LONGEST_FUNCTION and _FUNCTION.fullmatch(header.text):
            given = [word for word in re.split(r"[\s(),]+", header.text) if word and word != "def"]
            message = f"{quoted(header.text)} is headed like a function"
            self.problem("E113", message, header.place(), f"write `{' '.join(given)}:`")
            return [(word, header.text.index(word)) for word in given]
        text, at = header.text, 0
        words: list[tuple[str, int]] = []
        while at < len(text):
            if text[at].isspace() or text[at] == "\u00a0":
                at += 1
                continue
            start = at
            while at < len(text) and not text[at].isspace():
                end = closing(text, at) if text[at] in "([" else at
                if end is None:
                    self.problem("E106", "this bracket is never closed", header.place(at, 1))
                    return words
                at = end + 1
            words.append((text[start:at], start))
        return words

    def parameter(self, header: Scalar, word: str, start: int) -> Parameter | None:
        name, equals, default = word.partition("=")
        place = header.place(start, len(name) or 1)
        if not _VAR.fullmatch(name) or name in KEYWORDS:
            what = "is a word of the language and" if name in KEYWORDS else "is no name and"
            self.problem("E113", f"{quoted(word)} {what} cannot be a parameter", place, "as in `unit out stride=1`")
            return None
        if not equals:
            return Parameter(name, None, 0, place)
        tree = self.tree(header, default, start + len(name) + 1, parse_value)
        return None if tree is None else Parameter(name, tree, start + len(name) + 1, place)

    # Items.

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
                    told = f"the name {quoted(item.name.text)} stands twice in this list"
                    message = f"{told}, first at {first.line}:{first.column}"
                    self.problem("E102", message, item.name.place(), "choose another name")
                    self.spec.doubled.add(item.name.text)
                names[item.name.text] = item.name
        return Items(items, frozenset(names) | frozenset(name for item in items for name in _inner_names(item)))

    def chain(self, node: Scalar) -> Item:
        if not node.text.strip():
            if not node.told:
                self.problem("E104", "nothing stands here", node.place(), "write `identity` for the volume itself")
            return Broken()
        return self.steps(node, 0, MOST_SLIPS)

    def steps(self, node: Scalar, start: int, slips: int) -> Item:
        """Read the steps of a chain from `start` on, also those behind a step that cannot be read."""
        text = node.text
        try:
            return Chain(node, parse_chain(" " * start + text[start:]))
        except ExpressionError as error:
            if node.told:
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
        if "repeat" in keys:
            return self.repeat(node)
        if "if" in keys or "then" in keys or "else" in keys:
            return self.choice(node)
        if not node.pairs:
            self.problem("E104", "an item is missing here", node.place(), "write `identity` for the volume itself")
            return Broken()
        if len(node.pairs) > 1:
            first, second = node.pairs[0][0], node.pairs[1][0]
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
        if key.text in KINDS or (
            key.text in SYNONYMS and key.text not in self.spec.blocks and isinstance(node, Mapping)
        ):
            if isinstance(node, Mapping):
                return LongForm(key, tuple((name, self.given(value)) for name, value in node.pairs))
            told = f"{key.text} {node.text}".strip() if isinstance(node, Scalar) else f"{key.text} …"
            if isinstance(node, Scalar) and node.text.split(" ")[0] == key.text:
                told = node.text
            hint = f"write `- {told}` for the layer itself, or choose another name"
            self.problem("E113", f"{quoted(key.text)} is a layer kind and cannot name an item", key.place(), hint)
            return Broken()
        self.check_name(key, "an item")
        return Named(key, self.item(node))

    def merge(self, key: Scalar, node: Node) -> Item:
        branches: list[Branch] = []
        if isinstance(node, Mapping):
            for name, body in node.pairs:
                if not _NAME.fullmatch(name.text):
                    self.check_name(name, "a branch")
                branches.append(Branch(name, self.branch(name, body)))
        elif isinstance(node, Sequence):
            branches = [Branch(None, self.branch(key, body)) for body in node.items]
        else:
            hint = f"as in `{key.text}: {{body: …, skip: identity}}`; in a chain `{key.text} NAME`"
            self.problem("E105", f"{key.text} takes branches", node.place() if node.text else key.place(), hint)
            return Broken()
        if len(branches) < 2:
            if isinstance(node, Mapping) and node.told:
                return Broken()
            message = f"{key.text} merges at least two branches, and here {'is one' if branches else 'are none'}"
            self.problem("E104", message, key.place(), "`identity` is the incoming volume itself")
            return Items(tuple(branch.item for branch in branches), frozenset()) if branches else Broken()
        return Merge(key, tuple(branches))

    def branch(self, key: Scalar, node: Node) -> Item:
        if isinstance(node, Scalar) and not node.text.strip():
            if node.told:
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
        unknown = self.unknown_keys(node, ("repeat", "layers"), "repeat")
        key, count = parts["repeat"]
        if "layers" not in parts:
            if unknown:
                return Broken()
            self.problem("E104", "repeat needs layers:", key.place(), "repeat: 3 and layers: beside it")
            return Broken()
        formula = self.formula(self.scalar(key, count), parse_value)
        body = self.item(parts["layers"][1])
        return Repeat(formula, body) if formula else Broken()

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

    # Values.

    def given(self, node: Node) -> Given:
        """Read a value: a scalar, or lists of them."""
        if isinstance(node, Scalar):
            if not node.text.strip():
                if not node.told:
                    self.problem("E105", "a value is missing here", node.place())
                return Broken()
            return self.formula(node, parse_value) or Broken()
        if isinstance(node, Sequence):
            return tuple(map(self.given, node.items))
        self.problem("E105", "a value is a number, a size, a word or a list, not a mapping", node.place())
        return Broken()

    def formula(self, scalar: Scalar, read: Callable[[str], Tree]) -> Formula | None:
        if not scalar.text:
            return None
        tree = self.tree(scalar, scalar.text, 0, read)
        return None if tree is None else Formula(scalar, tree)

    def tree(self, scalar: Scalar, text: str, start: int, read: Callable[[str], Tree]) -> Tree | None:
        try:
            return read(text)
        except ExpressionError as error:
            if not scalar.told:
                self.problem(error.code, error.message, scalar.place(start + error.start, error.length), error.hint)
            return None


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


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
