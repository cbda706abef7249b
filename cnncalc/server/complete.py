"""Completion at the cursor, from the line up to it, because the text is usually incomplete."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol.types import CompletionItem, CompletionItemKind

from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer, summary
from cnncalc.layers.meanings import meaning_of
from cnncalc.problem import visible, visible_lines
from cnncalc.server.names import loops_in, names_in
from cnncalc.spec.bounds import EXPECTED
from cnncalc.spec.chain import MERGES
from cnncalc.spec.model import Block, Spec
from cnncalc.spec.read import METADATA, TOP

STEPS = {
    "use": "go on from an earlier result",
    "again": "apply the named layers again, with the same weights",
    "identity": "the volume itself",
}
KEYS = ("add", "concat", "mul", "sub", "repeat", "for", "if", "aux")

_LEAD = re.compile(r"\s*(?:- +)*(?:[\w \"'=/*+().,-]*?: +)?[\[{\"'>|]?\s*")
_STEP = re.compile(r"->|→|[({\[,](?=[^()]*$)")
_BRANCH = re.compile(r"^\s*\w+: +")
_COUNT = re.compile(r"^\s*(?:\w+(?:\[[^\]]*\])?|\([^()]*\))\s*\*\s*")
_WORDS = re.compile(r"\S+")
_FOR = re.compile(r"\s*(?:- +)*(?:\w+: +)?\{? *for: +['\"]?\w+ +in +[^#]*$")


def complete(spec: Spec, text: str, index: int) -> list[CompletionItem]:
    """Return the completions at an index of a text."""
    line = text[text.rfind("\n", 0, index) + 1 : index]
    section = _section(text, index)
    if "#" in line and re.search(r"(^|\s)#", line):
        return []
    if not line.strip() or re.fullmatch(r"\w+", line):
        return (
            [_item(f"{key}: ", CompletionItemKind.Property, label=key) for key in TOP] if not line[:1].isspace() else []
        )
    if section not in ("layers", "blocks", ""):
        return [*_of_values(spec, section, line)]
    if _FOR.match(line):
        block = _block_at(spec, index) if section == "blocks" else None
        return [*_results(spec, block, text, index), *_names(spec, block, index)]
    lead = _LEAD.match(line)
    rest = line[lead.end() if lead else 0 :]
    step = _COUNT.sub("", _BRANCH.sub("", _STEP.split(rest)[-1]))
    words = [word[0] for word in _WORDS.finditer(step)]
    block = _block_at(spec, index) if section == "blocks" else None
    if not words or (len(words) == 1 and not step[-1:].isspace()):
        return [*_heads(spec, block, whole=rest.strip() == "" or step == rest)]
    if words[0] in ("use", "again", *MERGES):
        return [*_results(spec, block, text, index), *_entries(spec, block, index)]
    return [*_arguments(spec, block, words, step[-1:].isspace(), index)]


_KEYS = re.compile(r"(?<![^\s{,])(\w+):(?=\s|$)")


def _results(spec: Spec, block: Block | None, text: str, index: int) -> Iterator[CompletionItem]:
    """Yield the names of results that are complete at an index: defined above it, and not around it."""
    around = _around(text, index)
    above = [name for name in names_in(block.body if block else spec.layers) if name.start < index]
    yield from (_item(name, CompletionItemKind.Reference) for name in {n.text: n for n in above} if name not in around)
    yield from (_item(name, CompletionItemKind.Reference, str(shape.text)) for name, shape in spec.inputs.items())


def _around(text: str, index: int) -> set[str]:
    """Return the names of the items around an index: those of its line, and less indented ones above."""
    *above, line = text[:index].split("\n")
    keys = [*_KEYS.finditer(line)]
    found = {keys[0][1], keys[-1][1]} if keys else set()
    indent = keys[0].start() if keys else len(line) - len(line.lstrip(" -"))
    for line in reversed(above):
        key = re.fullmatch(r"([ -]*)(\w+):\s*(?:#.*)?", line)
        if key and len(key[1]) < indent:
            found.add(key[2])
            indent = len(key[1])
    return found


def _section(text: str, index: int) -> str:
    """Return the top-level key around an index."""
    keys = re.findall(r"^(\w+)[ \t]*:", text[:index], re.MULTILINE)
    return keys[-1] if keys else ""


def _block_at(spec: Spec, index: int) -> Block | None:
    above = [block for block in spec.blocks.values() if block.header.start <= index]
    return max(above, key=lambda block: block.header.start, default=None)


def _heads(spec: Spec, block: Block | None, *, whole: bool) -> Iterator[CompletionItem]:
    """Yield the starts of a step: blocks, kinds, keywords."""
    for known in spec.blocks.values():
        yield _item(known.name, CompletionItemKind.Function, known.usage())
    for kind in KINDS.values():
        if kind.kind not in MERGES:
            yield _item(kind.kind, CompletionItemKind.Class, kind.usage(), summary(kind))
    for kind in (KINDS[name] for name in MERGES):
        yield _item(kind.kind, CompletionItemKind.Keyword, f"{kind.kind} NAME …", summary(kind))
    for word, meaning in STEPS.items():
        yield _item(word, CompletionItemKind.Keyword, meaning)
    for parameter in block.parameters if block else ():
        yield _item(parameter.name, CompletionItemKind.Variable, f"parameter of {block.name if block else ''}")
    if whole:
        for key in KEYS:
            yield _item(f"{key}:", CompletionItemKind.Keyword)


def _arguments(spec: Spec, block: Block | None, words: list[str], fresh: bool, index: int) -> Iterator[CompletionItem]:
    """Yield the arguments of a step: fields that are not set yet, values, names of results."""
    head, given = words[0], words[1:]
    typed = "" if fresh else given[-1]
    called = spec.blocks.get(head)
    kind = None if called else KINDS.get(head) or SYNONYMS.get(head)
    field, equals, _ = typed.partition("=")
    if kind is not None and equals and field in kind.fields:
        yield from (_item(word, CompletionItemKind.EnumMember) for word in _words(kind, field))
    elif kind is not None:
        done = {word.partition("=")[0] for word in given if "=" in word}
        done |= set([*kind.fields][: sum("=" not in word for word in given) - (not fresh)])
        for name, each in kind.fields.items():
            if name not in done:
                meaning = meaning_of(kind, name)
                yield _item(f"{name}=", CompletionItemKind.Field, each.type.meaning, meaning)
    elif called is not None and not equals:
        for parameter in called.parameters:
            yield _item(f"{parameter.name}=", CompletionItemKind.Field, called.usage())
    yield from _names(spec, block, index)


def _words(kind: type[Layer], field: str) -> tuple[str, ...]:
    type_ = kind.fields[field].type
    return type_.words or (("yes", "no") if type_.meaning == "yes or no" else ())


def _entries(spec: Spec, block: Block | None, index: int) -> Iterator[CompletionItem]:
    """Yield what the entries of lists are called in the loops above an index."""
    for loop in loops_in(block.body if block else spec.layers):
        if loop.entries.text.start < index:
            yield _item(loop.name, CompletionItemKind.Variable, f"for: {loop.entries.text.text}")


def _names(spec: Spec, block: Block | None, index: int) -> Iterator[CompletionItem]:
    """Yield the names that an expression may use."""
    yield from _entries(spec, block, index)
    for parameter in block.parameters if block else ():
        yield _item(parameter.name, CompletionItemKind.Variable, f"parameter of {block.name if block else ''}")
    for name, (scalar, _) in spec.vars.items():
        yield _item(name, CompletionItemKind.Variable, scalar.source.line(scalar.place().line).strip())
    yield _item("channels", CompletionItemKind.Variable, "channels of the volume that enters the step")
    yield _item("sides", CompletionItemKind.Variable, "sides of the volume that enters the step")


def _of_values(spec: Spec, section: str, line: str) -> Iterator[CompletionItem]:
    """Yield the entries of vars, variants, expect and outputs."""
    if section == "expect" or re.search(r"expect: *\{[^}]*$", line):
        yield from (_item(f"{key}: ", CompletionItemKind.Property, label=key) for key in EXPECTED)
    elif section == "variants":
        keys = (*spec.vars, "input", "expect", *METADATA)
        yield from (_item(f"{key}: ", CompletionItemKind.Property, label=key) for key in keys)
    elif section == "outputs":
        yield from (_item(name.text, CompletionItemKind.Reference) for name in names_in(spec.layers))
    elif section == "vars":
        yield from _names(spec, None, 0)


def _item(
    text: str, kind: CompletionItemKind, detail: str | None = None, about: str | None = None, label: str | None = None
) -> CompletionItem:
    shown = visible(label or text), detail and visible(detail), about and visible_lines(about)
    return CompletionItem(shown[0], kind=kind, detail=shown[1], documentation=shown[2], insert_text=text)
