"""The base class of layer kinds: declared fields, five rules, and the written form.

    class Conv(Layer):
        out: Positive               # a field without a default must be given
        kernel: Size
        stride: Size = 1

        def check(self, x): ...     # checks concrete sizes: yields Refusals
        def shape(self, x): ...     # -> Shape
        def weights(self, x): ...   # -> {"weight": (out, in, kh, kw), "bias": (out,)}, PyTorch's names and order
        def macs(self, x): ...      # -> multiply-adds for one image
        def build(self, torch, x): ...  # -> the same layer as torch.nn.Module, channels first

`shape`, `weights` and `macs` have no `if` on a size: ints, symbols and arrays pass through them alike.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, TypeAlias

from cnncalc.layers.fields import FieldType, Refused, Value
from cnncalc.layers.geometry import IDENTITY, Side
from cnncalc.layers.saves import Saves
from cnncalc.numbers.arith import Number
from cnncalc.shape import Shape

Tensors: TypeAlias = dict[str, tuple[Number, ...]]
"""Names of tensors, in PyTorch's order, and their shapes."""


class Refusal(NamedTuple):
    """Why a layer does not fit its input: `field` is the offending field, None for the layer itself."""

    code: str
    field: str | None
    message: str
    hint: str | None = None


class Field(NamedTuple):
    """One declared field of a kind."""

    name: str
    type: FieldType
    default: Value
    required: bool


class Layer(abc.ABC):
    """One layer with its field values, for inputs with a given number of spatial dimensions.

    `Conv(2, out=96, kernel=11, stride=4)` takes inputs with two spatial dimensions. Raises `Refused` for a value that
    a field does not accept and TypeError for a missing or unknown field. Layers are immutable, and equal if
    written alike.
    """

    kind: ClassVar[str]
    example: ClassVar[str]  # a chain whose last layer is of this kind
    meanings: ClassVar[dict[str, str]] = {}  # what a field says, where its name does not say it everywhere
    synonyms: ClassVar[tuple[str, ...]] = ()
    framework_names: ClassVar[tuple[str, ...]] = ()  # names in PyTorch and Keras, for "did you mean"
    fields: ClassVar[dict[str, Field]] = {}
    weighted: ClassVar[bool] = False  # counted in weight_layers: convolutions, linear, attention
    in_place: ClassVar[bool] = False  # its output is not counted as an activation
    mixes_all: ClassVar[bool] = False  # on a vector, every output sees every input
    keeps: ClassVar[Saves | None] = None  # what training keeps, where it does not depend on fields or shapes
    overwrites: ClassVar[str | None] = None  # kept in place: the output, or a copy of the input
    note: ClassVar[str | None] = None  # an addition to the page, such as a common mistake

    def __init_subclass__(cls) -> None:
        own = dict(cls.fields)
        for name, annotation in cls.__annotations__.items():
            for type_ in getattr(annotation, "__metadata__", ()):
                if isinstance(type_, FieldType):
                    own.pop(name, None)  # a redeclared field takes its new position
                    required = name not in cls.__dict__
                    own[name] = Field(name, type_, None if required else cls.__dict__[name], required)
        cls.fields = own

    def __init__(self, sides: int, /, **values: Value) -> None:
        self.__dict__["sides"] = sides
        for name, declared in self.fields.items():
            if name in values:
                value = declared.type.read(values.pop(name), sides)
            elif declared.required:
                raise TypeError(f"{self.kind} needs {name}")
            else:
                value = self.default(name)
            self.__dict__[name] = value
        if values:
            raise TypeError(f"{self.kind} has no field {next(iter(values))}")

    @classmethod
    def default_text(cls, name: str) -> str:
        """Write the default of an optional field."""
        declared = cls.fields[name]
        return "none" if declared.default is None else declared.type.write(declared.type.read(declared.default, None))

    def default(self, name: str) -> Value:
        """Return the default of a field; a kind overrides this where it depends on earlier fields."""
        declared = self.fields[name]
        return None if declared.default is None else declared.type.read(declared.default, self.__dict__["sides"])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"layers do not change: {name}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and all(
            v == other.__dict__[k] for k, v in self.__dict__.items() if k != "hash"
        )

    def __hash__(self) -> int:
        known: int | None = self.__dict__.get("hash")
        if known is None:  # computed once: layers are looked up for every node
            known = self.__dict__["hash"] = hash(str(self))
        return known

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        """Write the layer as a step of a chain without defaults; parsing it gives the same layer."""
        words = [self.kind]
        for name, declared in self.fields.items():
            value = self.__dict__[name]
            if declared.required:
                words.append(declared.type.write(value))
            elif value is not None and value != self.default(name):
                words.append(f"{name}={declared.type.write(value)}")
        return " ".join(words)

    @classmethod
    def usage(cls) -> str:
        """Write the kind with its fields, required fields first."""
        required = [f.name for f in cls.fields.values() if f.required]
        optional = [f"{f.name}=…" for f in cls.fields.values() if not f.required]
        return " ".join([cls.kind, *required, *(f"[{name}]" for name in optional)])

    def check(self, x: Shape, /) -> Iterator[Refusal]:
        """Yield why the layer does not fit `x`, which holds ints only."""
        yield from ()

    @abc.abstractmethod
    def shape(self, x: Shape, /) -> Shape:
        """Return the output shape for one image."""

    @abc.abstractmethod
    def weights(self, x: Shape, /) -> Tensors:
        """Return the trainable tensors."""

    def buffers(self, x: Shape, /) -> Tensors:
        """Return tensors that are stored but not trained, such as running statistics."""
        return {}

    @abc.abstractmethod
    def macs(self, x: Shape, /) -> Number:
        """Return the multiply-adds for one image."""

    def products(self, x: Shape, /) -> Number:
        """Return the multiply-adds, of all, of products of two volumes: both have a gradient, and no weights."""
        return 0

    def behind(self, x: Shape, /) -> Number:
        """Return the multiply-adds, of all, with weights whose input the layer has computed itself."""
        return 0

    def geometry(self, x: Shape, /) -> tuple[Side, ...]:
        """Return, per dimension, which input positions an output position reads."""
        return (IDENTITY,) * len(x.sides)

    def saves(self, x: Shape, /) -> Saves | None:
        """Return what training keeps for the backward pass, beside the weights; None where no rule is known."""
        return self.keeps

    def fans(self, x: Shape, /) -> tuple[Number, Number] | None:
        """Return (fan in, fan out): inputs of one output, outputs of one input; None without such weights."""
        return None

    @abc.abstractmethod
    def build(self, torch: Any, x: Shape, /) -> Any:
        """Return the same layer as a torch.nn.Module on volumes N x C x sides."""


class Weightless(Layer):
    """A layer without weights whose work is not counted as multiply-adds."""

    def weights(self, x: Shape, /) -> Tensors:
        return {}

    def macs(self, x: Shape, /) -> Number:
        return 0


def summary(kind: type[Layer]) -> str:
    """Return the first sentence of a kind's docstring."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def formulas(kind: type[Layer]) -> dict[str, str]:
    """Return the lines `shape`, `weights`, `macs` … of a kind's docstring, missing ones from its base class."""
    lines: dict[str, str] = {}
    for class_ in reversed(kind.__mro__):
        if issubclass(class_, Layer):
            lines.update(re.findall(_FORMULA, class_.__doc__ or "", re.MULTILINE))
    return {name: lines[name] for name in FORMULAS if name in lines}


FORMULAS = ("shape", "weights", "buffers", "macs", "f(x)", "f′(x)", "source")
# Python 3.13 takes the indentation of a docstring away.
_FORMULA = rf"^ *({'|'.join(map(re.escape, FORMULAS))})  +(.+)$"


__all__ = ["Field", "Layer", "Refusal", "Refused", "Tensors", "Weightless", "formulas", "summary"]
