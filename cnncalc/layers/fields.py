"""The types of layer fields: which values they accept, and how they are written.

Values of the language are int, Fraction, bool, str (a word), tuple (a list), `Sides` (3x3) and `Pair` (2:3).
A field type turns one into its canonical form or raises `Refused` with a reason that reads after the field's name.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from cnncalc.numbers.arith import symbols_of
from cnncalc.problem import did_you_mean, listed, quoted

Value: TypeAlias = Any


class Sides(tuple[Value, ...]):
    """A size with one number per dimension: 3x3, 1x7; for padding the numbers may be pairs."""

    __slots__ = ()


class Pair(tuple[Value, Value]):
    """Padding before and after: 2:3."""

    __slots__ = ()


class Refused(ValueError):  # noqa: N818  # it reports an error in the spec, not in the program
    """A value that a field does not accept; `reason` reads after the field's name."""

    def __init__(self, reason: str, hint: str | None = None, code: str = "E105") -> None:
        super().__init__(reason)
        self.reason, self.hint, self.code = reason, hint, code


def number_text(value: Value) -> str:
    """Write a number as the language does: whole, decimal, or a quotient."""
    if not isinstance(value, Fraction) or value.denominator == 1:
        return str(value)
    tens = value.denominator
    for prime in (2, 5):
        while tens % prime == 0:
            tens //= prime
    return repr(float(value)) if tens == 1 else f"{value.numerator}/{value.denominator}"


def text(value: Value) -> str:
    """Write a value of the language as a user would."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sides):
        return "x".join(map(text, value))
    if isinstance(value, Pair):
        return ":".join(map(text, value))
    if isinstance(value, tuple):
        return f"[{','.join(map(text, value))}]"
    return value if isinstance(value, str) else number_text(value)


def described(value: Value) -> str:
    """Name a value in a message."""
    if isinstance(value, str):
        return quoted(value)
    written = text(value)
    return written if len(written) <= 40 else f"{written[:39]}…"


def _whole(value: Value, at_least: int) -> int:
    if isinstance(value, (bool, str, tuple)):
        raise Refused(f"must be a whole number, not {described(value)}")
    if isinstance(value, Fraction):
        raise Refused(f"{number_text(value)} is not whole: use floor, ceil or round")
    if not symbols_of(value) and value < at_least:
        hint = f"write {-value} if the minus sign is a mistake" if at_least > 0 and -value >= at_least else None
        raise Refused(f"must be at least {at_least}, not {value}", hint)
    return value  # type: ignore[no-any-return]  # a symbol is returned unchanged


class FieldType:
    """One type of field; `words` are the keywords it accepts."""

    words: tuple[str, ...] = ()
    meaning = ""
    open = False  # whether `_` may stand for a dimension
    literal = False  # whether its words mean themselves although something else is called so

    def read(self, value: Value, sides: int | None) -> Value:
        """Return the canonical form; `sides` is None if the number of dimensions is unknown."""
        raise NotImplementedError

    def write(self, value: Value) -> str:
        """Write a canonical value so that `read` returns it."""
        return text(value)


class Whole(FieldType):
    """An integer."""

    def __init__(self, at_least: int) -> None:
        self.at_least = at_least
        self.meaning = f"whole number ≥ {at_least}"

    def read(self, value: Value, sides: int | None) -> Value:
        return _whole(value, self.at_least)


class PerSide(FieldType):
    """An integer per dimension; one number applies to every dimension. Canonical: a tuple, one number per dimension."""

    def __init__(self, at_least: int, short: bool = True) -> None:
        self.at_least = at_least
        self.short = short  # write 4 for 4x4; kernels are written in full
        self.meaning = f"size, each ≥ {at_least}"

    def read(self, value: Value, sides: int | None) -> Value:
        if isinstance(value, Pair) or (isinstance(value, tuple) and not isinstance(value, Sides)):
            raise Refused(f"must be a size such as 3 or 3x3, not {described(value)}")
        if not isinstance(value, Sides):
            return (_whole(value, self.at_least),) * (1 if sides is None else sides)
        if any(isinstance(n, Pair) for n in value):
            raise Refused(f"must be a size such as 3 or 3x3, not {described(value)}")
        if sides and len(value) != sides:  # for a vector the check of the layer reports what it needs
            raise _wrong_sides(value, sides)
        return tuple(_whole(n, self.at_least) for n in value)

    def write(self, value: Value) -> str:
        parts = list(map(text, value))
        return parts[0] if self.short and len(set(parts)) == 1 else "x".join(parts)


class Open(PerSide):
    """A size of which some dimensions may be `_`, which keeps them. Canonical: a tuple with `_` for these."""

    open = True

    def __init__(self, at_least: int = 1) -> None:
        super().__init__(at_least)
        self.meaning = f"{self.meaning}, or `_` for a dimension that is kept"

    def read(self, value: Value, sides: int | None) -> Value:
        if not isinstance(value, Sides) or KEPT not in value:
            return super().read(value, sides)
        if sides and len(value) != sides:
            raise _wrong_sides(value, sides)
        if all(n == KEPT for n in value):
            raise Refused(f"must have a number, not {described(value)} alone")
        return tuple(n if n == KEPT else _whole(n, self.at_least) for n in value)


class AnyShape(Open):
    """The shape of a volume, with at most one `_`, which follows from the others. Canonical: a tuple, channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.short = False
        self.meaning = "shape such as 7x7x128, channels last; `_` for one dimension"

    def read(self, value: Value, sides: int | None) -> Value:
        numbers = value if isinstance(value, tuple) and not isinstance(value, Pair) else (value,)
        if not numbers or any(isinstance(n, tuple) for n in numbers):
            raise Refused(f"must be a shape such as 7x7x128, not {described(value)}")
        if len(numbers) > 4:
            raise Refused(f"has {len(numbers)} dimensions, at most three and the channels are possible", None, "E202")
        if numbers.count(KEPT) > 1:
            raise Refused("may have one _, the other numbers must be known", "_ follows from the other numbers")
        return tuple(n if isinstance(n, str) and n == KEPT else _whole(n, 1) for n in numbers)


KEPT = "_"
"""Stands for the dimension of the input."""


def kept(size: tuple[Value, ...], sides: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return a size with the dimensions of the input in place of `_`."""
    return tuple(n if isinstance(m, str) else m for m, n in zip(size, sides, strict=True))


class Factors(PerSide):
    """A positive rational factor per dimension; one number applies to every dimension."""

    def __init__(self) -> None:
        super().__init__(1)
        self.meaning = "factor > 0 such as 2, 1/2 or 2x3"

    def read(self, value: Value, sides: int | None) -> Value:
        if not any(isinstance(n, Fraction) for n in (value if isinstance(value, Sides) else (value,))):
            return super().read(value, sides)
        numbers = value if isinstance(value, Sides) else (value,) * (1 if sides is None else sides)
        if sides and len(numbers) != sides:
            raise _wrong_sides(value, sides)
        for n in numbers:
            if isinstance(n, Fraction) and n <= 0:
                raise Refused(f"must be above 0, not {number_text(n)}")
        return tuple(n if isinstance(n, Fraction) else _whole(n, 1) for n in numbers)

    def write(self, value: Value) -> str:
        parts = list(map(number_text, value))
        if len(set(parts)) == 1:
            return parts[0]
        return "x".join(part if part.isdigit() else f"({part})" for part in parts)


def _wrong_sides(value: Value, sides: int) -> Refused:
    reason = f"{described(value)} has {len(value)} dimensions, the input has {sides}"
    hint = "one number applies to every dimension"
    if len(value) == sides + 1:
        hint = (
            "the shape of an image ends with its channels, such as 28x28x1"
            if sides == 1
            else f"channels are excluded: {hint}"
        )
    return Refused(reason, hint, "E202")


class Ends(FieldType):
    """Padding before and after; one number applies to both ends of all dimensions. Canonical: pairs (before, after)."""

    meaning = "size or before:after"

    def read(self, value: Value, sides: int | None) -> Value:
        if isinstance(value, str):
            raise Refused(f"must be a size such as 1, 1x2 or 2:3, not {quoted(value)}")
        if isinstance(value, tuple) and not isinstance(value, (Sides, Pair)):
            raise Refused(f"must be a size such as 1, 1x2 or 2:3, not {described(value)}")
        if not isinstance(value, Sides):
            return (self._ends(value),) * (1 if sides is None else sides)
        if sides and len(value) != sides:  # for a vector the check of the layer reports what it needs
            raise _wrong_sides(value, sides)
        return tuple(map(self._ends, value))

    def _ends(self, value: Value) -> tuple[int, int]:
        before, after = value if isinstance(value, Pair) else (value, value)
        return _whole(before, 0), _whole(after, 0)

    def write(self, value: Value) -> str:
        parts = [text(b) if b == a else f"{text(b)}:{text(a)}" for b, a in value]
        return parts[0] if len(set(parts)) == 1 else "x".join(parts)


class OrKeyword(FieldType):
    """Mixed into a type of sizes: a size, or one of its keywords; `valid` is 0."""

    def read(self, value: Value, sides: int | None) -> Value:
        if value == "valid":
            return super().read(0, sides)
        if isinstance(value, str):
            if value in self.words:
                return value
            hint = did_you_mean(value, self.words)
            raise Refused(f"must be {listed(('a number', *self.words), 'or')}, not {quoted(value)}", hint)
        return super().read(value, sides)

    def write(self, value: Value) -> str:
        return value if isinstance(value, str) else super().write(value)


class Padding(OrKeyword, Ends):
    """Padding of a window: `Ends`, or the keyword `same`, `same_lower`."""

    words = ("same", "same_lower", "valid", "causal")
    meaning = "size, before:after, `same`, `same_lower`, `valid` or `causal`"


class Trim(OrKeyword, PerSide):
    """What a transposed window trims at both ends: a size, or the keyword `same` for an output of input × stride."""

    words = ("same", "valid")

    def __init__(self) -> None:
        super().__init__(0)
        self.meaning = "size, each ≥ 0, `same` or `valid`"


class Flag(FieldType):
    """yes or no."""

    meaning = "yes or no"

    def read(self, value: Value, sides: int | None) -> Value:
        if not isinstance(value, bool):
            raise Refused(f"must be yes or no, not {described(value)}")
        return value


class FlagOrWord(Flag):
    """yes, no, or a word for what lies between."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.meaning = " or ".join(("yes", "no", *(f"`{word}`" for word in words)))

    def read(self, value: Value, sides: int | None) -> Value:
        if value in self.words:
            return value
        if not isinstance(value, bool):
            raise Refused(f"must be {listed(('yes', 'no', *self.words), 'or')}, not {described(value)}")
        return value


class Decimal(FieldType):
    """A real number within limits. No computed number depends on it."""

    def __init__(self, at_least: float | None = None, at_most: float | None = None, above: float | None = None) -> None:
        self.at_least, self.at_most, self.above = at_least, at_most, above
        limits = {"≥": at_least, ">": above, "≤": at_most}
        bounds = " and ".join(f"{sign} {limit:g}" for sign, limit in limits.items() if limit is not None)
        self.meaning = f"number {bounds}".rstrip()

    def read(self, value: Value, sides: int | None) -> Value:
        if isinstance(value, (bool, str, tuple)):
            raise Refused(f"must be a number, not {described(value)}")
        if not isinstance(value, (int, float, Fraction)):
            return value
        if self.at_least is not None and value < self.at_least:
            raise Refused(f"must be at least {self.at_least:g}, not {described(value)}")
        if self.above is not None and value <= self.above:
            raise Refused(f"must be above {self.above:g}, not {described(value)}")
        if self.at_most is not None and value > self.at_most:
            percent = f"{described(value)} % is {float(value) / 100:g}" if value > 2 and self.at_most == 1 else None
            hint = (
                percent or f"a fraction lies between {self.at_least:g} and 1, such as 0.5"
                if self.at_most == 1
                else None
            )
            raise Refused(f"must be at most {self.at_most:g}, not {described(value)}", hint)
        return float(value)

    def write(self, value: Value) -> str:
        if not isinstance(value, (int, float)):
            return text(value)
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)


WORDS_ELSEWHERE = {
    **dict.fromkeys(("linear", "trilinear"), "bilinear"),
    "cubic": "bicubic",
    **dict.fromkeys(("edge", "border"), "replicate"),
    **dict.fromkeys(("constant", "zero"), "zeros"),
    "mirror": "reflect",
    "wrap": "circular",
    "across_channels": "across",
    "within_channel": "within",
}
"""Words of PyTorch, Keras, ONNX and Caffe for the keywords of fields."""


class Choice(FieldType):
    """One of a few keywords."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.meaning = " or ".join(f"`{w}`" for w in words)

    def read(self, value: Value, sides: int | None) -> str:
        if not isinstance(value, str) or value not in self.words:
            hint = None
            if isinstance(value, str):
                meant = WORDS_ELSEWHERE.get(value.lower())
                hint = f"did you mean {quoted(meant)}?" if meant in self.words else did_you_mean(value, self.words)
            raise Refused(f"must be {' or '.join(self.words)}, not {described(value)}", hint)
        return value


class AxisName(Choice):
    """A dimension of a volume, or several, by name; `channels` is the word here, not their number."""

    literal = True
    others = {
        **dict.fromkeys(("channel", "c", "features"), "channels"),
        **dict.fromkeys(("side", "spatial", "space", "positions", "pixels", "hw"), "sides"),
        **dict.fromkeys(("time", "sequence", "seq", "steps"), "length"),
        **dict.fromkeys(("stack", "stacked", "radix"), "branches"),
        **dict.fromkeys(("rows", "h"), "height"),
        **dict.fromkeys(("columns", "w"), "width"),
        "frames": "depth",
    }

    def __init__(self) -> None:
        super().__init__("channels", "sides", "all", "branches", "length", "tokens", "depth", "height", "width")

    def read(self, value: Value, sides: int | None) -> str:
        if isinstance(value, str) and value in self.words:
            return value
        hint: str | None = "dimensions have names, not numbers"
        if isinstance(value, str):
            known = [word for word in self.words if sides is None or dimensions_of(word, sides)]
            meant = self.others.get(value.lower())
            near = f"did you mean {quoted(meant)}?" if meant in known else did_you_mean(value, known)
            hint = near or "add, average, maximum and minimum read earlier results"
        raise Refused(f"must be {listed(self.words, 'or')}, not {described(value)}", hint)


DIMENSIONS: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}
"""What the spatial dimensions are called, by their number."""


def dimensions_of(axis: str, count: int) -> tuple[int, ...]:
    """Return the dimensions with a name, channels last, of a volume with `count` sides; () where there are none."""
    if axis in ("channels", "all"):
        return tuple(range(0 if axis == "all" else count, count + 1))
    if axis == "sides":
        return tuple(range(count))
    if axis == "branches":
        return (0,) if count else ()
    name = "length" if axis == "tokens" else axis
    names = DIMENSIONS.get(count, ())
    return (names.index(name),) if name in names else ()


class Indices(FieldType):
    """A list of channel numbers, or others, counted from 0."""

    def __init__(self, what: str = "channel numbers") -> None:
        self.what, self.meaning = what, f"list of {what}, from 0"

    def read(self, value: Value, sides: int | None) -> tuple[int, ...]:
        if not isinstance(value, tuple) or isinstance(value, (Sides, Pair)) or not value:
            raise Refused(f"must be a list of {self.what} such as [0,1,2], not {described(value)}")
        return tuple(_whole(n, 0) for n in value)


class Connections(FieldType):
    """A connection table: for each output map the list of input maps that it reads, counted from 0."""

    meaning = "list of lists of channel numbers, from 0"

    def read(self, value: Value, sides: int | None) -> tuple[tuple[int, ...], ...]:
        if not isinstance(value, tuple) or isinstance(value, (Sides, Pair)) or not value:
            raise Refused(f"must be a list of lists such as [[0,1],[1,2]], not {described(value)}")
        if any(not isinstance(row, tuple) or isinstance(row, (Sides, Pair)) for row in value):
            raise Refused(f"must be a list of lists such as [[0,1],[1,2]], not {described(value)}")
        return tuple(Indices().read(row, sides) for row in value)


class Coefficients(FieldType):
    """The numbers of a kernel, a list for each dimension, or the name of one. Canonical: tuples, or the name."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.meaning = f"{', '.join(f'`{word}`' for word in words)} or lists of numbers such as `[[0,1],[1,0]]`"

    def read(self, value: Value, sides: int | None) -> Value:
        if isinstance(value, str):
            if value not in self.words:
                raise Refused(
                    f"must be {listed(self.words, 'or')} or a list of numbers, not {quoted(value)}",
                    did_you_mean(value, self.words),
                )
            return value
        if not isinstance(value, tuple) or isinstance(value, (Sides, Pair)):
            raise Refused(f"must be a name such as {self.words[0]} or numbers such as [1,2,1], not {described(value)}")
        return self._rows(value, 1)

    def _rows(self, row: tuple[Value, ...], depth: int) -> tuple[Value, ...]:
        """Read a row of numbers, or rows of rows of one length."""
        if not row:
            raise Refused("must have a number in each row", "write [1,2,1]")
        if depth > 3:
            raise Refused("has more than three dimensions", None, "E202")
        inner = [isinstance(part, tuple) for part in row]
        if all(inner) and not any(isinstance(part, (Sides, Pair)) for part in row):
            rows = tuple(self._rows(part, depth + 1) for part in row)
            if len({extents(part) for part in rows}) > 1:
                lengths = " and ".join(map(str, sorted({len(part) for part in rows})))
                raise Refused(f"has rows of {lengths} numbers", "all rows have as many numbers")
            return rows
        for part in row:
            if isinstance(part, (bool, str, tuple)):
                raise Refused(f"must be made of numbers, not {described(part)}")
        return row


def extents(row: Value) -> tuple[int, ...]:
    """Return the size of nested tuples, per dimension."""
    return (len(row), *extents(row[0])) if isinstance(row, tuple) else ()


FRAMEWORK_FIELDS = {
    "axes": "axis",
    "ceil_mode": "ceil",
    "crop_size": "size",
    "cropping": "ends",
    "deform_groups": "offset_groups",
    "deformable_groups": "offset_groups",
    "depth_multiplier": "multiplier",
    "dim": "axis",
    "dilation_rate": "dilation",
    "dilations": "dilation",
    "divisor_override": "divisor",
    "downscale_factor": "block",
    "drop_prob": "rate",
    "elementwise_affine": "affine",
    "embedding_dim": "out",
    "epsilon": "eps",
    "filt_size": "kernel",
    "filters": "out",
    "group": "groups",
    "dim_head": "key_dim",
    "head_dim": "key_dim",
    "hidden_size": "out",
    "init_values": "init",
    "interpolation": "mode",
    "keepdim": "keep",
    "keepdims": "keep",
    "kernel_shape": "kernel",
    "kernel_size": "kernel",
    "negative_slope": "slope",
    "norm_type": "norm",
    "norm_region": "region",
    "lambd": "limit",
    "max_val": "max",
    "min_val": "min",
    "num_embeddings": "vocabulary",
    "num_groups": "groups",
    "num_heads": "heads",
    "num_layers": "layers",
    "ord": "norm",
    "out_channels": "out",
    "out_features": "out",
    "output_padding": "output_pad",
    "output_size": "size",
    "p": "rate",
    "padding": "pad",
    "padding_mode": "pad_mode",
    "pads": "pad",
    "pool_size": "kernel",
    "proj_size": "project",
    "return_sequences": "sequence",
    "scale_factor": "factor",
    "spectral_norm": "parametrize",
    "standardize": "parametrize",
    "stddev": "deviation",
    "strides": "stride",
    "target_shape": "to",
    "units": "out",
    "upscale_factor": "factor",
    "use_bias": "bias",
    "weight_norm": "parametrize",
}
"""Field names in PyTorch, Keras and ONNX, for "did you mean"."""


# The types that layers declare their fields with.
Positive: TypeAlias = Annotated[Any, Whole(1)]
Count: TypeAlias = Annotated[Any, Whole(0)]
Size: TypeAlias = Annotated[Any, PerSide(1)]
Kernel: TypeAlias = Annotated[Any, PerSide(1, short=False)]
SizeOrZero: TypeAlias = Annotated[Any, PerSide(0)]
Pad: TypeAlias = Annotated[Any, Padding()]
Trimmed: TypeAlias = Annotated[Any, Trim()]
Margin: TypeAlias = Annotated[Any, Ends()]
YesNo: TypeAlias = Annotated[bool, Flag()]
Real: TypeAlias = Annotated[float, Decimal()]
Rate: TypeAlias = Annotated[float, Decimal(0, 1)]
NotNegative: TypeAlias = Annotated[float, Decimal(0)]
AboveZero: TypeAlias = Annotated[float, Decimal(above=0)]
NewShape: TypeAlias = Annotated[Any, AnyShape()]
ValueOrder: TypeAlias = Annotated[str, Choice("channels_first", "channels_last")]
Dimensions: TypeAlias = Annotated[Any, Indices("dimensions")]
Channels: TypeAlias = Annotated[Any, Indices()]
Maps: TypeAlias = Annotated[Any, Connections()]
OpenSize: TypeAlias = Annotated[Any, Open()]
Scales: TypeAlias = Annotated[Any, Factors()]
Axis: TypeAlias = Annotated[str, AxisName()]
Mode: TypeAlias = Annotated[str, Choice("nearest", "bilinear", "bicubic")]
PadMode: TypeAlias = Annotated[str, Choice("zeros", "reflect", "replicate", "circular")]
ChannelOrder: TypeAlias = Annotated[str, Choice("crd", "dcr")]
GeluForm: TypeAlias = Annotated[str, Choice("none", "tanh")]
LearnedPer: TypeAlias = Annotated[str, Choice("channel", "position", "value", "all")]
Parametrize: TypeAlias = Annotated[str, Choice("none", "weight_norm", "spectral_norm")]
ConvParametrize: TypeAlias = Annotated[
    str, Choice("none", "standardize", "scaled_standardize", "weight_norm", "spectral_norm")
]
OwnBias: TypeAlias = Annotated[Any, Flag()]
ProjectionBias: TypeAlias = Annotated[Any, FlagOrWord("qv")]
Taps: TypeAlias = Annotated[
    Any, Coefficients("sobel_x", "sobel_y", "laplacian", "gaussian", "box", "sharpen", "identity")
]
Gate: TypeAlias = Annotated[str, Choice("sigmoid", "silu", "gelu", "relu", "tanh", "identity")]
Region: TypeAlias = Annotated[str, Choice("across", "within")]
Scaling: TypeAlias = Annotated[str, Choice("head", "all")]
