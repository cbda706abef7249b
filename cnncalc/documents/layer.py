"""A layer of a network that is given as data: a model of each kind, made from its declared fields.

A number, a truth value or a list is judged by the type of its field; a text may be an expression, which only a network
can judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache, partial, reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, RootModel, WithJsonSchema, create_model

from cnncalc.documents.base import Document
from cnncalc.documents.placed import refuse
from cnncalc.layers import KINDS
from cnncalc.layers import fields as types
from cnncalc.layers.base import Layer, summary
from cnncalc.layers.meanings import meaning_of

Schema = dict[str, Any]

NUMBER: Schema = {"type": ["integer", "string"]}
"""A whole number; a text may group its digits, 61_706, or be an expression."""


_MADE: dict[str, Any] = {"use_attribute_docstrings": False}
"""What is made has no source in which to look for docstrings."""


@cache
def long_form(kind: type[Layer]) -> type[Document]:
    """Return the model of a layer's fields, as they stand under its kind: `conv: {out: 8, kernel: 3x3}`."""
    return _model(kind, f"layer_{kind.kind}", _fields(kind, _taken))


@cache
def object_of(kind: type[Layer]) -> type[Document]:
    """Return the model of a layer as an object: {"kind": "conv", "out": 8, "kernel": [3, 3]}."""
    name: Any = (Literal[kind.kind], Field(description="the kind of layer"))
    return _model(kind, f"{kind.kind}_object", {"kind": name, **_fields(kind, _taken_as_data)})


def _model(kind: type[Layer], name: str, fields: dict[str, Any]) -> type[Document]:
    about = f"{summary(kind)} (cnncalc layers {kind.kind})"
    return create_model(name, __base__=Document, __doc__=about, __cls_kwargs__=_MADE, **fields)


def _fields(kind: type[Layer], taken: Callable[[types.FieldType], Schema]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, field in kind.fields.items():
        default = "must be given" if field.required else f"default {kind.default_text(name)}"
        meaning = f"{meaning_of(kind, name)}; {field.type.meaning}; {default}"
        judged = BeforeValidator(partial(_judged, name, field.type))
        about = Field(... if field.required else None, description=meaning)
        fields[name] = Annotated[Any, judged, WithJsonSchema(taken(field.type))], about
    return fields


def _judged(name: str, type_: types.FieldType, value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    try:
        type_.read(_of_language(type_, value), None)
    except types.Refused as error:
        refuse(f"{name} {error.reason}", error.hint)
    return value


def _of_language(type_: types.FieldType, value: Any) -> Any:
    """Return a value of JSON as the language has it: a list is a size where the field is one."""
    if isinstance(value, float):
        return Fraction(repr(value))
    if not isinstance(value, (list, tuple)):
        return value
    if isinstance(type_, (types.PerSide, types.Ends)):
        return types.Sides(types.Pair(one) if isinstance(one, (list, tuple)) else one for one in value)
    return tuple(_of_language(type_, one) for one in value)


def _taken(type_: types.FieldType) -> Schema:
    """Return what a field takes; any text may be an expression or a name."""
    match type_:
        case types.Whole() | types.PerSide():
            return {"type": ["integer", "string"], "minimum": type_.at_least}
        case types.Ends():
            cells: Schema = {"type": ["integer", "string"], "minimum": 0}
            return {"anyOf": [*_named(type_.words, str), cells]} if type_.words else cells
        case types.Flag():
            return {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no", *type_.words]}, {"type": "string"}]}
        case types.Decimal():
            limits = {"minimum": type_.at_least, "maximum": type_.at_most, "exclusiveMinimum": type_.above}
            return {"type": ["number", "string"], **{key: limit for key, limit in limits.items() if limit is not None}}
        case types.Choice():
            return {"anyOf": [*_named(type_.words, str), {"type": "string"}]}
        case types.Indices():
            return {"anyOf": [{"type": "array", "minItems": 1, "items": NUMBER}, {"type": "string"}]}
        case types.Coefficients():
            rows: Schema = {"type": "array", "minItems": 1, "items": {"type": ["number", "string", "array"]}}
            return {"anyOf": [*_named(type_.words, str), rows, {"type": "string"}]}
        case types.Connections():
            row = {"type": "array", "minItems": 1, "items": NUMBER}
            return {"anyOf": [{"type": "array", "minItems": 1, "items": row}, {"type": "string"}]}
        case _:
            return {}


def _taken_as_data(type_: types.FieldType) -> Schema:
    """Return what a field of an object takes: a size may be a list, and padding a list of pairs, too."""
    if not isinstance(type_, (types.PerSide, types.Ends)):
        return _taken(type_)
    pair: Schema = {"type": "array", "minItems": 2, "maxItems": 2, "items": NUMBER}
    one = {"anyOf": [NUMBER, pair]} if isinstance(type_, types.Ends) else NUMBER
    return {"anyOf": [_taken(type_), {"type": "array", "minItems": 1, "items": one}]}


def _named(words: Iterable[str], about: Callable[[str], str]) -> list[Schema]:
    return [{"const": word, "description": about(word)} for word in words]


_ONE_OF: Any = reduce(or_, map(object_of, KINDS.values()))
_ROOT: dict[str, Any] = {"root": (_ONE_OF, Field(discriminator="kind"))}
Object = create_model("Object", __base__=RootModel, __doc__="A layer as an object: its kind and its fields.", **_ROOT)
"""A layer of a network that is given as data."""
