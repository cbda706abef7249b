"""Calls of PyTorch and Keras, read as steps of a chain: `nn.Conv2d(1, 16, 5)`, `Sequential(...)`, printed models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import prod

from cnncalc.layers import FRAMEWORK_KINDS, KIND_OF, KINDS, SYNONYMS, field_named
from cnncalc.layers.base import Layer

CALL = re.compile(r"((?:\w+\.)*)([^\W\d_]\w*)\s*\((.*)\)", re.DOTALL)
"""The module, the name, and what stands in its brackets."""
QUOTED = re.compile(r"""[rbu]?(["'])(\w*)\1""")
_PRINTED_NAME = re.compile(r"(?<!\s)\s*\(\w+\):\s*")
"""The names that PyTorch prints before the parts of a Sequential."""
_DIMENSIONS = re.compile(r"(\d)[dD]")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:[eE]-?\d+)?")

KINDS_IN_LOWER_CASE = {word.lower(): kind for word, kind in KIND_OF.items()}
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
KERAS_GLOBAL_POOLS = tuple(
    f"Global{how}{n}D" for how in ("AveragePooling", "AvgPool", "MaxPooling", "MaxPool") for n in (1, 2, 3)
)
KERAS_POOLS = tuple(f"{how}{n}D" for how in ("MaxPooling", "MaxPool", "AveragePooling", "AvgPool") for n in (1, 2, 3))
POSITIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("Conv1d", "Conv2d", "Conv3d", "DeformConv2d", "DeformConv2dPack", "ModulatedDeformConv2dPack", "DCNv2"), CONV
    ),
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), KERAS_CONV),
    **dict.fromkeys(
        ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
        ("in", "out", "kernel", "stride", "pad", "output_pad", "groups", "bias", "dilation"),
    ),
    **dict.fromkeys(
        ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        ("out", "kernel", "stride", "pad", "output_pad", "", "dilation", "activation", "bias"),
    ),
    **dict.fromkeys(
        ("LocallyConnected1D", "LocallyConnected2D"), ("out", "kernel", "stride", "pad", "", "activation", "bias")
    ),
    "DepthwiseConv2D": ("kernel", "stride", "pad", "multiplier", "", "dilation", "activation", "bias"),
    **dict.fromkeys(
        ("SeparableConv1D", "SeparableConv2D"),
        ("out", "kernel", "stride", "pad", "", "dilation", "multiplier", "activation", "bias"),
    ),
    "Linear": ("in", "out", "bias"),
    "LazyLinear": ("out", "bias"),
    "Dense": ("out", "activation", "bias"),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "MaxPool3d"), (*POOL, "dilation", "", "ceil")),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), (*POOL, "ceil", "count_include_pad")),
    **dict.fromkeys(KERAS_POOLS, POOL),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), ("in", "", "", "affine")),
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), ("in", "", "", "affine")),
    "GroupNorm": ("groups", "in", "", "affine"),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"), ("size",)),
    **dict.fromkeys(("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"), ("size", "")),
    **dict.fromkeys(("LPPool1d", "LPPool2d", "LPPool3d"), ("norm", "kernel", "stride", "ceil")),
    **{f"{how}Pad{n}d": ("pad", "value") for how in PAD_MODES for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": ("pad",) for n in (1, 2, 3)},
    **{f"Cropping{n}D": ("ends",) for n in (1, 2, 3)},
    **dict.fromkeys(KINDS["dropout"].framework_names, ("rate", "")),
    "GaussianNoise": ("deviation",),
    "Power": ("exponent",),
    "LeakyReLU": ("slope", ""),
    "ELU": ("alpha", ""),
    "CELU": ("alpha", ""),
    "RReLU": ("lower", "upper", ""),
    "Hardtanh": ("min", "max", ""),
    "Threshold": ("limit", "value", ""),
    **dict.fromkeys(("Softshrink", "Hardshrink"), ("limit",)),
    "GELU": ("approximate",),
    "GLU": ("",),
    "PReLU": ("per_channel",),
    "LayerNorm": ("in",),
    **dict.fromkeys(("LayerScale", "LayerScale2d"), ("in", "init", "")),
    **dict.fromkeys(("ImplicitA", "ImplicitM"), ("in", "", "")),
    "MultiheadAttention": ("in", "heads", "", "bias"),
    "MultiHeadAttention": ("heads", "key_dim", "value_dim", "", "bias"),
    "LocalResponseNorm": ("size", "alpha", "beta", "k"),
    "Rescaling": ("scale", "offset"),
    "PixelUnshuffle": ("block",),
    "PixelShuffle": ("factor",),
    "Reshape": ("to",),
    "Embedding": ("vocabulary", "out"),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), ("in", "out", "layers", "bias", "", "", "bidirectional", "project")),
    "SimpleRNN": ("out",),
    "ChannelShuffle": ("groups",),
    "Activation": ("activation",),
    "UpSampling2D": ("factor", "", "mode"),
    "UpSampling1D": ("factor",),
    "RepeatVector": ("factor",),
    "Permute": ("order",),
    "UpSampling3D": ("factor",),
    "Upsample": ("size", "factor", "mode", "align_corners"),
    "Resizing": ("height", "width", "mode"),
}
"""What the positional arguments of a call mean; "" for one without an effect on what is counted."""

PRESETS: dict[str, dict[str, str]] = {
    **{f"{how}Pad{n}d": {"mode": mode} for how, mode in PAD_MODES.items() for n in (1, 2, 3)},
    **{f"UpSampling{n}D": {"factor": "2"} for n in (1, 2, 3)},
    **{name: {"kernel": "2"} for name in KERAS_POOLS},
    "ReOrg": {"block": "2"},
    **{f"ZeroPadding{n}D": {"pad": "1"} for n in (1, 2, 3)},
    **{f"Cropping{n}D": {"ends": "1"} for n in (1, 2, 3)},
    "UpsamplingBilinear2d": {"mode": "bilinear", "align_corners": "yes"},
    "DepthToSpace": {"order": "dcr"},
    "DCNv2": {"mask": "yes"},
    "ImplicitM": {"init": "1"},
    "ModulatedDeformConv2dPack": {"mask": "yes"},
    "Reshape": {"order": "channels_last"},
    "SimpleRNN": {"biases": "1", "sequence": "no"},
    "SpaceToDepth": {"order": "dcr"},
}
"""Fields whose values follow from the name of a class."""

WITHOUT_EFFECT_AS = {
    **dict.fromkeys(("Flatten.", "Flatten.start_dim"), ("1",)),
    "Flatten.end_dim": ("-1",),
    "LayerNormalization.scale": ("True",),
    **{f"{name}.{key}": ("1", "-1") for name in ("Softmax", "LogSoftmax") for key in ("", "dim")},
    "Softmax.axis": ("-1",),
}
"""Arguments that change no shape and no count with these values only."""

CONVOLUTIONS = ("conv", "depthwise", "separable", "deform_conv", "conv_transpose")

INCOMING = ("in_channels", "in_features", "input_size", "num_features", "num_channels", "normalized_shape", "embed_dim")
WITHOUT_EFFECT = re.compile(
    r"name|dtype|device|inplace|eps|epsilon|momentum|axis|dim|start_dim|end_dim|seed|trainable|input_shape|input_dim"
    r"|batch_first|dropout|padding_idx|mask_zero"
    r"|track_running_stats|return_indices|data_format|\w+_initializer|\w+_regularizer|\w+_constraint|center|scale"
)
"""Keyword arguments that change no shape and no count."""


class NotReadable(Exception):  # noqa: N818  # no fault of the program
    """A call that cannot be read as steps."""


def kind_called(word: str) -> type[Layer] | None:
    """Return the kind of that name, in whatever case it is written."""
    return KINDS_IN_LOWER_CASE.get(word.lower()) if len(word) > 1 else None


def kind_word(word: str) -> str:
    """Return the language's word for a kind."""
    lower = word.lower()
    if word in KINDS or word in SYNONYMS:
        return word
    return lower if lower in KINDS or lower in SYNONYMS else KINDS_IN_LOWER_CASE[lower].kind


def steps_of_call(name: str, inside: str) -> Iterator[str]:
    """Yield the steps that a call means; raises NotReadable."""
    arguments = [*arguments_of(inside)]
    if name == "Sequential":
        yield from _sequential(arguments_of(_PRINTED_NAME.sub(", ", inside)))
        return
    if name in ("Input", "InputLayer"):
        bare = [value for key, value in arguments if not key]
        given = next((value for key, value in arguments if key in ("", "shape", "input_shape")), "")
        numbers = bare if len(bare) > 1 else re.findall(r"\d+", given)
        if not numbers or not all(number.strip().isdigit() for number in numbers):
            raise NotReadable
        yield "x".join(map(str.strip, numbers))
        return
    positions = POSITIONS.get(name, ())
    values: dict[str, str] = {}
    for index, (key, value) in enumerate(arguments):
        if value not in WITHOUT_EFFECT_AS.get(f"{name}.{key}", (value,)):
            raise NotReadable
        field = positions[index] if not key and index < len(positions) else _field(name, key)
        if field:
            values[field] = _value(value)
    values = {field: value for field, value in values.items() if value}
    activation = values.pop("activation", "")
    yield from _layer(name, values)
    if activation and activation != "linear":
        if kind_called(activation) is None:
            raise NotReadable
        yield kind_word(activation)


def _sequential(arguments: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the steps of a Sequential's arguments: calls, lists of them, and pairs of a name and a call."""
    for _, value in arguments:
        inner = value.strip()
        if inner.startswith("[") and inner.endswith("]"):
            yield from _sequential(arguments_of(inner[1:-1]))
            continue
        if inner.startswith("(") and inner.endswith(")"):
            pair = [part for _, part in arguments_of(inner[1:-1])]
            inner = pair[1] if len(pair) == 2 and QUOTED.fullmatch(pair[0]) else inner
        call = CALL.fullmatch(inner)
        if call is None:
            raise NotReadable
        given = [*arguments_of(call[3])]
        if call[2] == "OrderedDict":
            yield from _sequential(given)
            continue
        for key, shape in given:
            if key in ("input_shape", "input_dim"):
                yield from steps_of_call("Input", shape)
        if call[2] not in ("Identity", "InputLayer", "Input") or given:
            yield from steps_of_call(call[2], call[3])


def _layer(name: str, values: dict[str, str]) -> Iterator[str]:
    """Yield the step of one layer, the channels that it expects checked before it."""
    if name == "Activation":
        return
    if name == "RepeatVector":
        if "factor" not in values:
            raise NotReadable
        yield "reshape 1x_"
        yield f"upsample {values['factor']}"
        return
    kind_name = FRAMEWORK_KINDS.get(name)
    if kind_name is None:
        raise NotReadable
    values = PRESETS.get(name, {}) | values
    if kind_name == "upsample" and ("size" in values or "." in values.get("factor", "")):
        kind_name = "resize"
    if kind_name in ("lstm", "gru") and "out" not in values and "in" in values:  # Keras: LSTM(units)
        values = {"sequence": "no", "biases": "1" if kind_name == "lstm" else "2"} | values
        values["out"] = values.pop("in")
    if name == "Resizing":
        values["size"] = f"{values.pop('height', '')}x{values.pop('width', '')}"
    if name == "Permute":  # Keras counts from 1, without the batch
        numbers = [int(n) - 1 for n in values.get("order", "").split("x") if n.isdigit()]
        if not numbers or min(numbers) < 0:
            raise NotReadable
        values["order"] = f"[{','.join(map(str, numbers))}]"
    keeps = values.pop("keep", "no") == "yes"
    kind = KINDS[kind_name]
    digit = _DIMENSIONS.search(name)
    dimensions = int(digit[1]) if digit else 0
    incoming = values.pop("in", "")
    if incoming.isdigit() and kind_name in CONVOLUTIONS and dimensions:
        yield "x".join([*"_" * dimensions, incoming])
    elif incoming.isdigit() and kind_name in ("lstm", "gru", "rnn"):
        yield f"_x{incoming}"
    elif incoming.isdigit() and name == "Linear":
        yield incoming
    elif incoming and not incoming.isdigit() and name == "LayerNorm":
        raise NotReadable  # it normalises over more than the channels
    if kind_name == "prelu" and "per_channel" in values:
        values["per_channel"] = "no" if values["per_channel"] == "1" else "yes"
    for field in ("pad", "ends"):
        if field in values:
            values[field] = _ends(name, values[field], dimensions)
    for field in ("kernel", "stride"):
        if field in values and values[field].isdigit() and kind_name in CONVOLUTIONS:
            size = values[field]
            if field == "kernel" and dimensions:
                values[field] = "x".join([size] * dimensions)
    words = [kind_name]
    for field, declared in kind.fields.items():
        value = values.pop(field, "")
        if field in ("stride", "pad", "dilation", "output_pad") and (equal := re.fullmatch(r"(\d+)(?:x\1)+", value)):
            value = equal[1]
        if declared.required and not value:
            raise NotReadable
        if value and (declared.required or value != kind.default_text(field)):
            words.append(value if declared.required else f"{field}={value}")
    if values:
        raise NotReadable
    yield " ".join(words)
    if name in KERAS_GLOBAL_POOLS and not keeps:
        yield "flatten"


def _ends(name: str, value: str, dimensions: int) -> str:
    """Return what is padded or cropped as the language has it: PyTorch counts the last dimension first, and both ends.

    In Keras two numbers of one dimension are its ends.
    """
    parts, keras = value.split("x"), name.endswith("D")
    if ":" in value or len(parts) != 2 * dimensions or (keras and dimensions > 1) or not (keras or "Pad" in name):
        return value
    return "x".join(":".join(parts[at : at + 2]) for at in reversed(range(0, len(parts), 2)))


def _field(name: str, key: str) -> str:
    """Return the field that a keyword means, "" for one without an effect; raises NotReadable."""
    if key in INCOMING:
        return "in"
    if key == "activation":
        return key
    if name == "Embedding" and key in ("input_dim", "output_dim"):
        return "vocabulary" if key == "input_dim" else "out"
    if key in ("center", "scale") and name in ("BatchNormalization", "GroupNormalization", "LayerNormalization"):
        parts = {"center": "bias", "scale": "scale"}
        return parts[key] if parts[key] in KINDS[FRAMEWORK_KINDS[name]].fields else ""
    if not key:
        if f"{name}." in WITHOUT_EFFECT_AS or (name in FRAMEWORK_KINDS and not KINDS[FRAMEWORK_KINDS[name]].fields):
            return ""  # what an activation takes, such as inplace
        raise NotReadable
    if WITHOUT_EFFECT.fullmatch(key) and name != "Rescaling":
        return ""
    kind = FRAMEWORK_KINDS.get(name, "")
    if key == "size" and kind == "upsample":  # Keras' UpSampling means a factor
        return "factor" if name.startswith("UpSampling") else key
    if key in ("filters", "out_channels", "units"):
        return "out"
    if key == "num_parameters":
        return "per_channel"
    if key == "keepdims" and name in KERAS_GLOBAL_POOLS:
        return "keep"
    field = field_named(KINDS[kind], key) if kind else None
    if field is None and kind and key in KINDS[kind].fields:
        field = key
    if field is None:
        raise NotReadable
    return field


def arguments_of(inside: str) -> Iterator[tuple[str, str]]:
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
    if quoted := QUOTED.fullmatch(text):
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
    if re.fullmatch(r"[(\[](?:\s*[(\[]\s*\d+\s*,\s*\d+\s*[)\]]\s*,?)+\s*[)\]]", text):
        return "x".join(f"{before}:{after}" for before, after in re.findall(r"(\d+)\s*,\s*(\d+)", text))
    if quotient := re.fullmatch(r"(\d+(?:\.\d+)?)\.?\s*/\s*(\d+(?:\.\d+)?)\.?", text):
        return f"{quotient[1]}/{quotient[2]}"
    if activation := CALL.fullmatch(text):
        return activation[2].lower()
    if re.fullmatch(r"(?:\w+\.)+\w+", text):
        return text.rpartition(".")[2].lower()
    raise NotReadable
