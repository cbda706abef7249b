"""The JSON Schema (draft 7) of a spec, for editors of YAML: made of the tables that the reader goes by.

Chains stay plain text here: what is inside them is for `cnncalc lint` and the language server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cnncalc.documents.claims import ERRATA, Entry, Erratum
from cnncalc.documents.layer import NUMBER, Schema, long_form
from cnncalc.layers import KIND_OF, KINDS, RESERVED, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.spec.bounds import EXPECTED
from cnncalc.spec.chain import MERGES
from cnncalc.spec.read import METADATA, TOP
from cnncalc.spec.values import KEYWORDS

DRAFT = "http://json-schema.org/draft-07/schema#"
DOCS = "docs/language.md"

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A scalar: what editors read as a number or a truth value is text to the reader."""

MAY_BE_EMPTY = {"type": ["object", "null"]}

ABOUT_KEYS = {
    "name": "What the network is called; a file without it goes by its own name.",
    "title": "The network's name as people write it.",
    "source": "Where it was published: authors, year, title, arXiv number.",
    "year": "The year of the source.",
    "task": "What the network is for: classification, segmentation, detection …",
    "notes": "What a reader should know.",
    "published": "Numbers as the source prints them.",
    "erratum": "Why a published number is not the computed one.",
    "input": "The shape that comes in: height x width x channels, as in 224x224x3.",
    "inputs": "The shapes that come in, by name; chains then begin with `use NAME`.",
    "outputs": "Names of the results that the network gives; else the last volume.",
    "vars": "Named values of the file; each may use those before it.",
    "variants": "A family: each member gives some vars other values.",
    "blocks": "Pieces of network, headed `name parameter parameter=default`.",
    "layers": "The network: a list of items, or one.",
    "expect": "Numbers that must come out.",
    "repeat": "How often its layers are walked; `index` counts from 0.",
    "for": "`NAME in LIST`: its layers are walked for each entry, such as a level of a pyramid.",
    "share": "Whether the rounds share their weights, or which kinds of layers do.",
    "if": "A condition, decided when the network is built.",
    "then": "What stands here where the condition holds.",
    "else": "What stands here where it does not; `identity` is the volume itself.",
    "aux": "Side heads by name; the main path goes on as if they were not there.",
    "add": "The sum of branches of one shape; each starts from the incoming volume.",
    "concat": "The channels of branches with equal sides, one after the other.",
    "mul": "The elementwise product of branches; a dimension of 1 is repeated.",
    "sub": "The first branch minus the others.",
}
"""What keys say."""


def schema(quantities: Iterable[str]) -> Schema:
    """Return the schema of a whole file; `quantities` are those that `published:` knows."""
    return {
        "$schema": DRAFT,
        "title": "cnncalc spec",
        "description": f"A convolutional network, as {DOCS} describes it.",
        "type": "object",
        "properties": {key: _described(key, _TOP[key]()) for key in TOP},
        "additionalProperties": False,
        "required": ["layers"],
        "not": {"required": ["input", "inputs"]},
        "definitions": {
            "text": TEXT,
            "shape": {**TEXT, "examples": ["224x224x3", "1000x16", "HxWx3"]},
            "value": {"anyOf": [TEXT, {"type": "array", "items": _ref("value")}]},
            "item": {"anyOf": [TEXT, _items(), _ref("step")]},
            "step": _step(),
            "branches": {
                "anyOf": [
                    {"type": "object", "minProperties": 2, "additionalProperties": _ref("branch")},
                    {"type": "array", "minItems": 2, "items": _ref("branch")},
                ]
            },
            "branch": {
                "allOf": [_ref("item"), {"if": {"required": ["if"], **_OBJECT}, "then": {"required": ["else"]}}]
            },
            "expect": _expect(),
            "claims": _one_or_more({**_OBJECT, "propertyNames": {"enum": [*Entry.model_fields, *quantities]}}),
            "errata": _one_or_more(_erratum()),
            **{f"layer_{name}": _long_form(kind) for name, kind in KINDS.items()},
        },
    }


_OBJECT = {"type": "object"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _described(key: str, about: Schema) -> Schema:
    """Add what a key says; beside a reference, draft 7 reads nothing."""
    description = f"{ABOUT_KEYS[key]} ({DOCS})"
    return {"description": description, **({"allOf": [about]} if "$ref" in about else about)}


def _one_or_more(one: Schema) -> Schema:
    return {"anyOf": [{"type": "array", "items": one}, one]}


# The top level.


def _mapping(values: Schema) -> Schema:
    return {**MAY_BE_EMPTY, "additionalProperties": values}


def _variants() -> Schema:
    metadata = {key: _described(key, _TOP[key]()) for key in (*METADATA, "input", "expect")}
    return _mapping({**MAY_BE_EMPTY, "properties": metadata, "additionalProperties": _ref("value")})


def _blocks() -> Schema:
    return {
        **_mapping(_ref("item")),
        "propertyNames": {"not": {"pattern": f"^({'|'.join(sorted(RESERVED))})(\\s|$)"}},
    }


_TOP: dict[str, Callable[[], Schema]] = {
    **dict.fromkeys(("name", "title", "source", "year", "task", "notes"), lambda: TEXT),
    "published": lambda: _ref("claims"),
    "erratum": lambda: _ref("errata"),
    "input": lambda: _ref("shape"),
    "inputs": lambda: _mapping(_ref("shape")),
    "outputs": lambda: _one_or_more(TEXT),
    "vars": lambda: _mapping(_ref("value")),
    "variants": _variants,
    "blocks": _blocks,
    "layers": lambda: _ref("item"),
    "expect": lambda: _ref("expect"),
}


_EXAMPLES = {"peak_memory": "< 8 GB at batch 32 adam", "receptive_field": ">= 224"}


def _expect() -> Schema:
    shapes = {"anyOf": [_ref("shape"), {"type": "object", "additionalProperties": _ref("shape")}]}
    numbers = {key: {**NUMBER, "examples": [_EXAMPLES.get(key, "<= 5M")]} for key in EXPECTED}
    known = {**numbers, "output": shapes}
    return {**MAY_BE_EMPTY, "properties": known, "additionalProperties": False}


def _erratum() -> Schema:
    known: Schema = {key: _one_or_more(TEXT) for key in Erratum.model_fields}
    known["kind"] = {"enum": [*ERRATA]}
    return {**_OBJECT, "properties": known, "additionalProperties": False, "required": ["kind", "note"]}


# Items.


def _items() -> Schema:
    return {"type": "array", "minItems": 1, "items": _ref("item")}


def _step() -> Schema:
    """Return what a mapping among items may be: a repeat, a choice, side heads, a merge, a layer, or a named item."""
    known: Schema = {
        "repeat": _described("repeat", TEXT),
        "for": _described("for", {"type": "string", "pattern": "\\sin\\s", "examples": ["level in [p3, p4, p5]"]}),
        "layers": _ref("item"),
        "if": _described("if", TEXT),
        "then": _described("then", _ref("item")),
        "else": _described("else", _ref("item")),
        "aux": _described("aux", {"type": "object", "additionalProperties": _ref("item")}),
        **{kind: _described(kind, _ref("branches")) for kind in MERGES},
        **{name: _ref(f"layer_{name}") for name in KINDS if name in RESERVED and name not in MERGES},
        # A block may bear the name of a synonym or of a later kind, and then an item may too.
        **{
            name: {"anyOf": [_ref("item"), _ref(f"layer_{kind.kind}")]}
            for name, kind in (KINDS | SYNONYMS).items()
            if name not in RESERVED
        },
    }
    reserved = sorted({*KEYWORDS} - {*known})
    return {
        "type": "object",
        "minProperties": 1,
        "properties": known,
        "propertyNames": {"not": {"enum": reserved}},
        "additionalProperties": _ref("item"),
        "dependencies": {
            "repeat": ["layers"],
            "for": ["layers"],
            "layers": {"anyOf": [{"required": ["repeat"]}, {"required": ["for"]}]},
            "if": ["then"],
            "then": ["if"],
            "else": ["if"],
        },
        "allOf": [
            *(_loop(key) for key in ("repeat", "for")),
            {"if": {"required": ["if"]}, "then": {"propertyNames": {"enum": ["if", "then", "else"]}}},
            {
                "if": {"not": {"anyOf": [{"required": [key]} for key in _BESIDE]}},
                "then": {"maxProperties": 1},
            },
        ],
    }


_BESIDE = ("repeat", "for", "layers", "if", "then", "else")
"""Keys that stand beside others."""


def _loop(key: str) -> Schema:
    """Return the schema of a mapping with a loop's key: what stands beside it."""
    share = _described("share", {"anyOf": [TEXT, {"type": "array", "items": {"enum": [*KIND_OF]}}]})
    beside = {"propertyNames": {"enum": [key, "layers", "share"]}, "properties": {"share": share}}
    return {"if": {"required": [key]}, "then": beside}


def _long_form(kind: type[Layer]) -> Schema:
    """Return the schema of a kind's model; what is not written is for the reader to fill in."""
    about = long_form(kind).model_json_schema()
    fields: Schema = about["properties"]
    for field in fields.values():
        field.pop("title", None)
        field.pop("default", None)
    return {key: value for key, value in about.items() if key != "title"}
