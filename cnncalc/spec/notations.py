"""Steps as papers, PyTorch and Keras write them, read as steps of a chain: `7x7/2`, `k3 s2 p1`, `Conv2d(1, 16, 5)`.

A chain that somebody types is translated before it is read; what it is read as is then said. Files are not translated:
they are written in the language itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import prod
from typing import NamedTuple

from cnncalc.layers import FRAMEWORK_KINDS, KIND_OF, KINDS, SYNONYMS, field_named
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import PerSide
from cnncalc.layers.merge import Merge

WORD = "then"
"""Stands for an arrow, which a shell takes for a redirection where the chain is not quoted."""

KINDS_IN_LOWER_CASE = {word.lower(): kind for word, kind in KIND_OF.items()}

_ARROW = re.compile(rf"->|→|(?<=\s){WORD}(?=\s)")
_BRACKETS = {"(": ")", "[": "]"}
_CALL = re.compile(r"((?:\w+\.)*)([^\W\d_]\w*)\s*\((.*)\)", re.DOTALL)
_COUNT = re.compile(r"\s*\w+\s*\*\s*")
_COUNT_WITH_X = re.compile(r"(\d+)\s*[x×X]\s+(?=[^\W\d]|\()")
"""A count as in `3 x conv 8 3x3`."""
_DIMENSIONS = re.compile(r"(\d)[dD]")
_PAPER = re.compile(r"(\d+(?:[xX×]\d+)+)(?:/|,|,?\s*s(?==?\d))s?=?(\d+)(?:,?\s*p=?(\d+))?")
"""A kernel with its stride: 7x7/2, 7x7,2, 3x3s2, 3x3s2p1."""
_LETTER = re.compile(r"([kspdg])=?(\d+(?:x\d+)*)")
_LETTERS = {"k": "kernel", "s": "stride", "p": "pad", "d": "dilation", "g": "groups"}
_VALUE = re.compile(r"[^\s()\[\]]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:[eE]-?\d+)?")
_QUOTED = re.compile(r"""[rbu]?(["'])(\w*)\1""")

LITERALS = {"true": "yes", "false": "no", "none": ""}

CONV = ("in", "out", "kernel", "stride", "pad", "dilation", "groups", "bias")
POOL = ("kernel", "stride", "pad")
KERAS_CONV = ("out", "kernel", "stride", "pad", "", "dilation", "groups", "activation", "bias")
PAD_MODES = {
    **dict.fromkeys(("Zero", "Constant"), "zeros"),
    "Reflection": "reflect",
    "Replication": "replicate",
    "Circular": "circular",
}
POSITIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), CONV),
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), KERAS_CONV),
    **dict.fromkeys(
        ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
        ("in", "out", "kernel", "stride", "pad", "output_pad", "groups", "bias", "dilation"),
    ),
    "Conv2DTranspose": ("out", "kernel", "stride", "pad", "output_pad", "", "dilation", "activation", "bias"),
    "DepthwiseConv2D": ("kernel", "stride", "pad", "multiplier", "", "dilation", "activation", "bias"),
    "SeparableConv2D": ("out", "kernel", "stride", "pad", "", "dilation", "multiplier", "activation", "bias"),
    "Linear": ("in", "out", "bias"),
    "LazyLinear": ("out", "bias"),
    "Dense": ("out", "activation", "bias"),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "MaxPool3d"), (*POOL, "dilation", "", "ceil")),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), (*POOL, "ceil", "count_include_pad")),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D"), POOL),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), ("in", "", "", "affine")),
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), ("in", "", "", "affine")),
    "GroupNorm": ("groups", "in", "", "affine"),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"), ("size",)),
    **dict.fromkeys(("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"), ("size", "")),
    **dict.fromkeys(("LPPool1d", "LPPool2d", "LPPool3d"), ("norm", "kernel", "stride", "ceil")),
    **{f"{how}Pad{n}d": ("pad", "value") for how in PAD_MODES for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": ("pad",) for n in (1, 2, 3)},
    **dict.fromkeys(("Dropout", "Dropout2d", "AlphaDropout", "SpatialDropout2D"), ("rate",)),
    "LeakyReLU": ("slope",),
    "PixelUnshuffle": ("block",),
    "PixelShuffle": ("factor",),
    "ChannelShuffle": ("groups",),
    "Activation": ("activation",),
    "UpSampling2D": ("factor", "", "mode"),
    "UpSampling1D": ("factor",),
    "Upsample": ("size", "factor", "mode", "align_corners"),
    "Resizing": ("height", "width", "mode"),
}
"""What the positional arguments of a call mean; "" for one without an effect on what is counted."""

PRESETS: dict[str, dict[str, str]] = {
    **{f"{how}Pad{n}d": {"mode": mode} for how, mode in PAD_MODES.items() for n in (1, 2, 3)},
    **{f"UpSampling{n}D": {"factor": "2"} for n in (1, 2)},
    "UpsamplingBilinear2d": {"mode": "bilinear", "align_corners": "yes"},
    "DepthToSpace": {"order": "dcr"},
    "SpaceToDepth": {"order": "dcr"},
}
"""Fields whose values the name of a class says."""

KERAS_KERNELS = {**dict.fromkeys(("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"), "2")} | dict.fromkeys(
    ("AveragePooling1D", "AveragePooling2D"), "2"
)
"""Kernels that Keras takes where none is given."""

INCOMING = ("in_channels", "in_features", "num_features", "num_channels")
WITHOUT_EFFECT = re.compile(
    r"name|dtype|device|inplace|eps|epsilon|momentum|axis|dim|start_dim|end_dim|seed|trainable|input_shape|input_dim"
    r"|track_running_stats|return_indices|data_format|\w+_initializer|\w+_regularizer|\w+_constraint|center|scale"
)
"""Keyword arguments that change no shape and no count."""


class NotReadable(Exception):  # noqa: N818  # no fault of the program
    """A call that cannot be read as steps."""


class Translation(NamedTuple):
    """A chain in the language, and how its foreign steps were read."""

    text: str
    remarks: tuple[str, ...]


def translated(text: str) -> Translation:
    """Return a typed chain in the language; steps that are not understood stay as they are."""
    remarks: list[str] = []
    pieces: list[str] = []
    for step, arrow in _steps(text):
        written = step.strip()
        meant = _step(written)
        if meant != written and _in_lower_case(written) != meant:
            remarks.append(f"{' '.join(written.split())} is read as {meant}")
        pieces.append(step.replace(written, meant, 1) if meant != written else step)
        pieces.append("->" if arrow == WORD else arrow)
    return Translation("".join(pieces), tuple(remarks))


def _steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield the steps of a chain, each with the arrow behind it; an arrow in brackets ends none."""
    start = at = depth = 0
    while at < len(text):
        if text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            depth -= 1
        elif depth <= 0 and (arrow := _ARROW.match(text, at)):
            yield text[start:at], arrow[0]
            start = at = arrow.end()
            continue
        at += 1
    yield text[start:], ""


def _in_lower_case(step: str) -> str:
    head, _, rest = step.partition(" ")
    kind = _kind(head)
    return " ".join(filter(None, (head if kind is None else _name(head), rest)))


def _kind(word: str) -> type[Layer] | None:
    return KINDS_IN_LOWER_CASE.get(word.lower()) if len(word) > 1 else None


def _name(word: str) -> str:
    """Return the language's word for a kind."""
    lower = word.lower()
    if word in KINDS or word in SYNONYMS:
        return word
    return lower if lower in KINDS or lower in SYNONYMS else KINDS_IN_LOWER_CASE[lower].kind


def _step(step: str) -> str:
    if not step:
        return step
    if times := _COUNT_WITH_X.match(step):
        return _step(f"{times[1]} * {step[times.end() :]}")
    count = _COUNT.match(step)
    if count and not step[: count.end()].strip().endswith("**"):
        body = step[count.end() :]
        meant = _step(body)
        several = " -> " in meant and not meant.startswith("(")
        return step[: count.end()] + (f"({meant})" if several else meant)
    if step.startswith("(") and step.endswith(")") and _ARROW.search(step):
        return f"({translated(step[1:-1]).text})"
    call = _CALL.fullmatch(step)
    if call and (call[1] or call[2] in POSITIONS or call[2] in FRAMEWORK_KINDS or call[2] in ("Sequential", "Input")):
        try:
            return " -> ".join(_call(call[2], call[3]))
        except NotReadable:
            return step
    head, *words = step.split()
    kind = _kind(head)
    if kind is None or not all(map(_balanced, words)):
        return step
    layers: list[str] = []
    while words and (layer := _layer_behind(kind, words[-1])):
        layers.insert(0, layer)
        words.pop()
        if words:
            words[-1] = words[-1].removesuffix(",")
    return " -> ".join([" ".join([_name(head), *_words(kind, words)]), *layers])


def _layer_behind(kind: type[Layer], word: str) -> str | None:
    """Return the layer that the last word of a step names: `relu`, `activation=relu`; None where it names none."""
    field, _, value = word.rpartition("=")
    if field not in ("", "activation", "act", "nonlinearity") or issubclass(kind, Merge):
        return None
    value = value.strip("'\"").rpartition(".")[2].removesuffix("()")
    layer = _kind(value)
    words = {known for declared in kind.fields.values() for known in declared.type.words}
    if layer is None or value.lower() in words or any(declared.required for declared in layer.fields.values()):
        return None
    return None if issubclass(layer, Merge) else _name(value)


def _balanced(word: str) -> bool:
    return word.count("(") == word.count(")") and word.count("[") == word.count("]")


def _words(kind: type[Layer], words: list[str]) -> Iterator[str]:
    """Yield the arguments of a step as the language has them."""
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        paper, letter = _PAPER.fullmatch(word), _LETTER.fullmatch(word)
        if paper and "kernel" in kind.fields:
            kernel, stride, pad = paper.groups()
            yield kernel.replace("X", "x")
            yield f"stride={stride}"
            if pad:
                yield f"pad={pad}"
        elif letter and _LETTERS[letter[1]] in kind.fields:
            yield f"{_LETTERS[letter[1]]}={letter[2]}"
        elif equals and value and re.fullmatch(r"\w+", name):
            field = name if name in kind.fields else name.lower() if name.lower() in kind.fields else None
            yield f"{field or field_named(kind, name) or name}={_word(value)}"
        elif kind.kind == "conv_transpose" and word.upper() == "SAME":
            yield f"pad={word.lower()}"
        else:
            yield _word(word, size=index < len(kind.fields) and _is_size(kind, index))


def _is_size(kind: type[Layer], index: int) -> bool:
    return isinstance([*kind.fields.values()][index].type, PerSide)


def _word(word: str, *, size: bool = False) -> str:
    """Return a value in lower case where that is a word of the language, and a tuple as a size."""
    lower = word.lower()
    if LITERALS.get(lower):
        return LITERALS[lower]
    if lower in ("same", "valid", "yes", "no", "nearest", "bilinear", "bicubic", "same_lower", "causal"):
        return lower
    if re.fullmatch(r"\d+(?:X\d+)+", word):
        return word.replace("X", "x")
    if size and (numbers := re.fullmatch(r"[(\[]\s*(\d+(?:\s*,\s*\d+)+)\s*[)\]]", word)):
        return re.sub(r"\s*,\s*", "x", numbers[1])
    return word


# Calls of PyTorch and Keras.


def _call(name: str, inside: str) -> Iterator[str]:
    """Yield the steps that a call means; raises NotReadable."""
    arguments = [*_arguments(inside)]
    if name == "Sequential":
        yield from _sequential(arguments)
        return
    if name in ("Input", "InputLayer"):
        given = next((value for key, value in arguments if key in ("", "shape", "input_shape")), "")
        numbers = [value for key, value in arguments if not key] if len(arguments) > 1 else re.findall(r"\d+", given)
        if not numbers or not all(number.strip().isdigit() for number in numbers):
            raise NotReadable
        yield "x".join(map(str.strip, numbers))
        return
    positions = POSITIONS.get(name, ())
    values: dict[str, str] = {}
    for index, (key, value) in enumerate(arguments):
        field = positions[index] if not key and index < len(positions) else _field(name, key)
        if field:
            values[field] = _value(value)
    values = {field: value for field, value in values.items() if value}
    activation = values.pop("activation", "")
    yield from _layer(name, values)
    if activation and activation != "linear":
        if _kind(activation) is None:
            raise NotReadable
        yield _name(activation)


def _sequential(arguments: Iterable[tuple[str, str]]) -> Iterator[str]:
    for _, value in arguments:
        inner = value.strip()
        if inner.startswith("[") and inner.endswith("]"):
            yield from _sequential(_arguments(inner[1:-1]))
            continue
        call = _CALL.fullmatch(inner)
        if call is None:
            raise NotReadable
        yield from _call(call[2], call[3])


def _layer(name: str, values: dict[str, str]) -> Iterator[str]:
    """Yield the step of one layer, the channels that it expects checked before it."""
    if name == "Activation":
        return
    if name == "SeparableConv2D":
        out, bias = values.pop("out", ""), values.pop("bias", "")
        yield from _layer("DepthwiseConv2D", {**values, "bias": "no"})
        yield f"conv {out} 1x1{' bias=no' if bias == 'no' else ''}"
        return
    kind_name = FRAMEWORK_KINDS.get(name)
    if kind_name is None:
        raise NotReadable
    values = PRESETS.get(name, {}) | values
    if kind_name == "upsample" and ("size" in values or "." in values.get("factor", "")):
        kind_name = "resize"
    if name == "Resizing":
        values["size"] = f"{values.pop('height', '')}x{values.pop('width', '')}"
    kind = KINDS[kind_name]
    digit = _DIMENSIONS.search(name)
    dimensions = int(digit[1]) if digit else 0
    incoming = values.pop("in", "")
    if incoming.isdigit() and kind_name in ("conv", "conv_transpose") and dimensions:
        yield "x".join([*"_" * dimensions, incoming])
    elif incoming.isdigit() and name == "Linear":
        yield incoming
    if name in KERAS_KERNELS:
        values.setdefault("kernel", KERAS_KERNELS[name])
    for field in ("kernel", "stride"):
        if field in values and values[field].isdigit() and kind_name in ("conv", "depthwise", "conv_transpose"):
            size = values[field]
            if field == "kernel" and dimensions:
                values[field] = "x".join([size] * dimensions)
    words = [kind_name]
    for field, declared in kind.fields.items():
        value = values.pop(field, "")
        if declared.required and not value:
            raise NotReadable
        if value and (declared.required or value != kind.default_text(field)):
            words.append(value if declared.required else f"{field}={value}")
    if values:
        raise NotReadable
    yield " ".join(words)


def _field(name: str, key: str) -> str:
    """Return the field that a keyword means, "" for one without an effect; raises NotReadable."""
    if key in INCOMING:
        return "in"
    if key == "activation":
        return key
    if not key or WITHOUT_EFFECT.fullmatch(key):
        return ""
    kind = "depthwise" if name == "SeparableConv2D" else FRAMEWORK_KINDS.get(name, "")
    if key == "size" and kind == "upsample":  # Keras' UpSampling means a factor
        return "factor" if name.startswith("UpSampling") else key
    if key in ("filters", "out_channels", "units"):
        return "out"
    field = field_named(KINDS[kind], key) if kind else None
    if field is None and kind and key in KINDS[kind].fields:
        field = key
    if field is None:
        raise NotReadable
    return field


def _arguments(inside: str) -> Iterator[tuple[str, str]]:
    """Yield the arguments of a call, each with its keyword; brackets are kept whole."""
    depth = start = 0
    for at, character in enumerate([*inside, ","]):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            part = inside[start:at].strip()
            start = at + 1
            if part:
                keyword = re.match(r"(\w+)\s*=(?!=)\s*", part)
                yield (keyword[1], part[keyword.end() :]) if keyword else ("", part)


def _value(text: str) -> str:
    """Write a literal of Python as the language does; "" for None. Raises NotReadable."""
    text = text.strip()
    if quoted := _QUOTED.fullmatch(text):
        return quoted[2].lower()
    if text.lower() in LITERALS:
        return LITERALS[text.lower()]
    if _NUMBER.fullmatch(text):
        return text
    if re.fullmatch(r"\d{1,6}(?:\s*\*\s*\d{1,6}){1,4}", text):
        return str(prod(map(int, text.split("*"))))
    if numbers := re.fullmatch(r"[(\[]\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]]", text):
        parts = re.findall(r"\d+", numbers[1])
        return parts[0] if len(set(parts)) == 1 and len(parts) == 1 else "x".join(parts)
    if activation := _CALL.fullmatch(text):
        return activation[2].lower()
    if re.fullmatch(r"(?:\w+\.)+\w+", text):
        return text.rpartition(".")[2].lower()
    raise NotReadable
