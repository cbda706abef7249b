"""From the tree of a file to a Spec: keys, blocks and variants, with every problem of the text in one run."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from cnncalc.layers import RESERVED
from cnncalc.problem import Place, Problem, Source, did_you_mean, quoted
from cnncalc.spec.bounds import EXPECTED, is_bound, read_bounds
from cnncalc.spec.chain import Check
from cnncalc.spec.expression import Literal
from cnncalc.spec.items import ItemReader
from cnncalc.spec.model import Block, Broken, Chain, Formula, Parameter, Spec, Variant
from cnncalc.spec.parse import closing, parse_value
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence
from cnncalc.spec.values import KEYWORDS, VAR, TooMany

METADATA = ("title", "source", "year", "task", "notes", "published", "erratum")
TOP = ("name", *METADATA, "input", "inputs", "outputs", "vars", "variants", "blocks", "layers", "expect")


def read_spec(root: Node | None, source: Source) -> tuple[Spec, list[Problem]]:
    """Read the tree of a file; the Spec is as whole as the text allows."""
    reader = FileReader(source)
    with suppress(TooMany):
        reader.file(root)
    return reader.spec, reader.problems


def read_chain(text: str, name: str = "<command line>") -> tuple[Spec, list[Problem]]:
    """Read a chain that begins with its input, as the command line takes it; it may be written on several lines."""
    from cnncalc.spec.notations import translated

    lines = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    text, remarks = translated(" ".join(filter(None, lines)))
    source = Source(name, text)
    reader = FileReader(source)
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
    reader.spec.name, reader.spec.is_chain, reader.spec.remarks = "chain", True, remarks
    return reader.spec, reader.problems


_COMMENT = re.compile(r"(?:^|\s)#.*")
THOUSANDS = {"k": 3, "m": 6, "g": 9, "b": 9}
_SHORTENED = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?([kKmMgGbB])")


def _shortened(text: str) -> int:
    """Return the integer written as 5M or 1.2k; 0 when it is not one."""
    match = _SHORTENED.fullmatch(text.strip())
    if match is None:
        return 0
    whole, decimals, unit = match[1], match[2] or "", THOUSANDS[match[3].lower()]
    return int(whole + decimals.ljust(unit, "0")) if len(decimals) <= unit else 0


_FUNCTION = re.compile(r"(?:def\s+)?\w+\s*\([\w=,\s]*\)|\w+\s[\w=,\s]*,[\w=,\s]*")
LONGEST_FUNCTION = 200
"""Characters of a header that may be meant as that of a function."""


class FileReader(ItemReader):
    """Reads a whole file."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._variant_keys: list[tuple[Variant, Scalar]] = []
        self.misnamed = False  # whether a block is called like a kind, so that its calls cannot be judged

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
        if word in METADATA:
            spec.metadata[word] = self.metadata(key, node)
        elif word == "name":
            spec.name = self.scalar(key, node).text
        elif word == "input":
            spec.inputs["input"] = self.scalar(key, node, "as in `input: 224x224x3`")
        elif word == "inputs":
            hint = "as in `inputs: {left: 105x105x1, right: 105x105x1}`"
            before = len(self.problems)
            for name, shape in self.pairs(key, node, hint):
                self.check_name(name, "an input")
                spec.inputs[name.text] = self.scalar(name, shape)
            if not spec.inputs and len(self.problems) == before:
                self.problem("E104", "inputs has no value", key.place(), hint)
        elif word == "outputs":
            entries = node.items if isinstance(node, Sequence) else [node]
            spec.outputs = tuple(self.scalar(key, entry, "as in `outputs: [small, large]`") for entry in entries)
        elif word == "vars":
            for name, given in self.pairs(key, node, "as in `vars: {width: 64}`"):
                self.check_name(name, "a var", VAR)
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
                if block.name not in RESERVED:
                    spec.blocks[block.name] = block
        elif word == "layers":
            spec.layers = self.item(node)
        elif word == "expect":
            spec.expect = self.expect(key, node)
        else:
            self.unknown_key(key, TOP, "a spec")

    def metadata(self, key: Scalar, node: Node) -> Node:
        return node if key.text in ("published", "erratum") else self.scalar(key, node)

    def variant(self, name: Scalar, body: Node) -> Variant:
        variant = Variant(name)
        for key, node in self.pairs(name, body, "as in `small: {width: 32}`"):
            if key.text in METADATA:
                variant.metadata[key.text] = self.metadata(key, node)
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
                known = (*self.spec.vars, "input", "expect", *METADATA)
                hint = did_you_mean(key.text, known) or "declare it in vars: first"
                message = f"variant {variant.name.text} sets {quoted(key.text)}, which is no var"
                self.problem("E103", message, key.place(), hint)

    def expect(self, key: Scalar, node: Node) -> Mapping | None:
        """Read what is expected; what is no number is reported and left out, so that the rest can be checked."""
        kept: list[tuple[Scalar, Node]] = []
        for name, value in self.pairs(key, node, "as in `expect: {params: 60965224}`"):
            if name.text not in EXPECTED:
                self.unknown_key(name, EXPECTED, "expect")
                continue
            before = len(self.problems)
            if name.text == "output":
                for output, shape in value.pairs if isinstance(value, Mapping) else [(name, value)]:
                    self.formula(self.scalar(output, shape, "as in 7x7x512"), parse_value)
            elif is_bound((scalar := self.scalar(name, value)).text):
                if isinstance(bounds := read_bounds(name.text, scalar), Problem):
                    self.problems.append(bounds)
            else:
                self.total(name, self.formula(scalar, parse_value))
            if len(self.problems) == before:
                kept.append((name, value))
        return replace(node, pairs=kept) if isinstance(node, Mapping) else None

    def total(self, name: Scalar, formula: Formula | None) -> None:
        """Judge whether a total is a whole number, written out."""
        if formula is None or (isinstance(formula.tree, Literal) and type(formula.tree.value) is int):
            return
        text = formula.text.text
        number = _shortened(text)
        hint = f"write {number:_}" if number else "write every digit, as in 60_965_224"
        self.problem("E105", f"{name.text} must be a whole number, not {quoted(text)}", formula.text.place(), hint)

    # Blocks.

    def block(self, header: Scalar, body: Node) -> Block:
        words = self.header_words(header)
        name, at = words[0] if words else (header.text, 0)
        if not VAR.fullmatch(name):
            hint = "a block is headed `name parameter parameter=default:`"
            self.problem("E113", f"{quoted(name)} cannot name a block", header.place(at, len(name) or None), hint)
        elif name in RESERVED:
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
        if not VAR.fullmatch(name) or name in KEYWORDS:
            what = "is a word of the language and" if name in KEYWORDS else "is no name and"
            self.problem("E113", f"{quoted(word)} {what} cannot be a parameter", place, "as in `unit out stride=1`")
            return None
        if not equals:
            return Parameter(name, None, 0, place)
        tree = self.tree(header, default, start + len(name) + 1, parse_value)
        return None if tree is None else Parameter(name, tree, start + len(name) + 1, place)
