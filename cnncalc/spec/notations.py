"""Steps as papers and frameworks write them, read as steps of a chain: `7x7/2`, `k3 s2 p1`, `Conv2d(1, 16, 5)`.

A chain that somebody types is translated before it is read; what it is read as is then said. Files are not translated:
they are written in the language itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnncalc.layers import FRAMEWORK_KINDS, KIND_OF, field_named
from cnncalc.layers.base import Layer
from cnncalc.layers.fields import PerSide
from cnncalc.layers.merge import Merge
from cnncalc.spec.framework_calls import (
    CALL,
    LITERALS,
    POSITIONS,
    QUOTED,
    NotReadable,
    arguments_of,
    kind_called,
    kind_word,
    steps_of_call,
)

WORD = "then"
"""Stands for an arrow, which a shell takes for a redirection where the chain is not quoted."""


_ARROW = re.compile(rf"->|→|(?<=\s){WORD}(?=\s)")
_OTHER_ARROWS = re.compile(r"\s*(?:[=-]+>|[—–]>|(?<=\s)>>?(?=\s)|[|;\n])\s*")
"""What people write between steps in place of an arrow."""
_COUNT = re.compile(r"\s*\w+\s*\*\s*")
_COUNT_WITH_X = re.compile(r"(\d+)\s*[x×X]\s+(?=[^\W\d]|\()")
"""A count as in `3 x conv 8 3x3`."""
_PAPER = re.compile(r"(\d+(?:[xX×]\d+)+)(?:/|,|,?\s*s(?==?\d))s?=?(\d+)(?:,?\s*p=?(\d+)|,(\d+))?")
"""A kernel with its stride: 7x7/2, 7x7,2, 3x3s2, 3x3s2p1."""
_COUNT_BEHIND = re.compile(r"([^\W\d].*\s)[x×](\d+)")
_NAMED = re.compile(r"[^\W\d]\w*:\s+([^\W\d].*)")
"""A step with a name, as a file has it: `conv1: conv 64 7x7`."""
_REPEATED = re.compile(r"[(\[](.*(?:->|→).*)[)\]]\s*[x×X^]\s*(\d+)", re.DOTALL)
_HYPHENS = re.compile(r"\A[A-Za-z]+(?:-[A-Za-z]+)+(?=\s|\Z)")
_KERNEL_FIRST = re.compile(r"(?:(\d+)\s+)?(\d+(?:[xX×]\d+)+)[\s,]+(.+)")
"""A kernel before its layer, as figures of papers have it: `7x7 conv, 64, /2`, `3x3 max pool`, `3x3, 64`."""
_KERNEL_JOINED = re.compile(r"([A-Za-z_]+?)_?(\d+[xX×]\d+)(?=[\s,]|$)")
"""`conv3x3 64`."""
_VGG = re.compile(r"conv(\d+)-(\d+)", re.IGNORECASE)
_UNITS = re.compile(r"(fc|dense|linear)[-_ ](\d+)", re.IGNORECASE)
_PER_DIMENSION = re.compile(r"[123]d$")
_STRIDE_ALONE = re.compile(r"/(\d+)")
_NOUNS = frozenset(("filters", "filter", "kernels", "channels", "units", "neurons", "features"))
_INPUT_WORD = re.compile(
    r"(?:input(?:[_ ](?:shape|size|image))?(?!\()|image|\w+\s+="
    r"|(?:\w+\.)?(?:Size|TensorShape|randn?|zeros|ones|empty)(?=\())\s*[:=]?\s*",
    re.IGNORECASE,
)
_CHANNELS_AT = re.compile(r"(\d+)\s*@\s*(\d+)\s*[xX×]\s*(\d+)")
"""`6@28x28`, as LeNet's figure has it."""
_OUT_AT = re.compile(r"(?<=\s)(\d+)@(\d+x\d+)")
_COLOURS = re.compile(r"(\d+\s*[xX×]\s*\d+)\s+(rgb|colou?r|gr[ae]y(?:scale)?)(?:\s+images?)?", re.IGNORECASE)
_WITH_BATCH = re.compile(r"[(\[]?\s*(?:None|-1|\?)\s*,\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]]?")
_LETTER = re.compile(r"([kspdg])=?(\d+(?:x\d+)*)")
_LETTERS = {"k": "kernel", "s": "stride", "p": "pad", "d": "dilation", "g": "groups"}


class Translation(NamedTuple):
    """A chain in the language, and how its foreign steps were read."""

    text: str
    remarks: tuple[str, ...]


def translated(text: str) -> Translation:
    """Return a typed chain in the language; steps that are not understood stay as they are."""
    remarks: list[str] = []
    pieces: list[str] = []
    incoming = ""
    for number, (step, arrow) in enumerate(_steps(text)):
        written = step.strip()
        meant = (None if number else _input(written)) or _step(written)
        if meant != written and _in_lower_case(written) != meant and written.split() != meant.split():
            remarks.append(f"{' '.join(written.split())} is read as {meant}")
        if torch := _in_order_of_torch(meant, incoming):
            remarks.append(torch)
        incoming = _channels_behind(meant) or incoming
        pieces.append(step.replace(written, meant, 1) if meant != written else step)
        pieces.append("->" if arrow == WORD else arrow)
    return Translation("".join(pieces), tuple(dict.fromkeys(remarks)))


_SHAPE_OF_PARTS = re.compile(r"(?:\d+|[_?A-Z])(?:\s*[xX×]\s*(?:\d+|[_?A-Z]))+")


_GROUP = re.compile(r"([^(]*\()(.*(?:->|→).*)(\)\s*)", re.DOTALL)


def is_shape(text: str) -> bool:
    """Judge whether a text is a shape of two parts or more, with numbers or letters."""
    return _SHAPE_OF_PARTS.fullmatch(text.strip()) is not None


def channels_last(text: str) -> str:
    """Return a chain, or a shape, whose shapes have their channels first, with the channels of each last."""
    pieces: list[str] = []
    for step, arrow in _steps(text):
        written = step.strip()
        if is_shape(written):
            first, *rest = re.split(r"\s*[xX×]\s*", written)
            step = step.replace(written, "x".join((*rest, first)))
        elif group := _GROUP.fullmatch(step):
            step = group[1] + channels_last(group[2]) + group[3]
        pieces += step, arrow
    return "".join(pieces)


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


def lone_chain(text: str) -> str | None:
    """Return the chain that a text without arrows means, where its steps are joined in another way; None for none.

    That is code with `Sequential`, a printed model, or a shape and layers behind each other: `28x28x1, conv 8 3x3`.
    """
    code = re.sub(r"\A\s*\w+\s*=\s*(?=[\w.]*Sequential\()", "", text).strip()
    if re.match(r"(?:\w+\.)*Sequential\(", code):
        chain = translated(code).text
        return chain if _SHAPE.fullmatch(chain.partition(" -> ")[0]) else None
    parts = [part for part in _OTHER_ARROWS.split(text.strip()) if part.strip(" ,")]
    if len(parts) < 2:
        parts = [value if not key else f"{key}={value}" for key, value in arguments_of(text)]
    if len(parts) < 2 and (shape := _SHAPE_IN_FRONT.match(text)):
        parts = [shape[0].strip(), text[shape.end() :]]
    parts = [part.strip().rstrip(",") for part in parts]
    if len(parts) < 2 or not _SHAPE.fullmatch(_input(parts[0]) or parts[0]):
        return None
    return " -> ".join(parts) if all(map(_begins_with_kind, parts[1:])) else None


_SHAPE = re.compile(r"\d+(?:\s*[xX×]\s*\d+)*|[(\[]\s*\d+(?:\s*,\s*\d+)+\s*[)\]]")
_SHAPE_IN_FRONT = re.compile(r"\s*\d+(?:[xX×]\d+)+\s+(?=[A-Za-z])")


def _begins_with_kind(step: str) -> bool:
    """Judge whether a step is one of a layer, however it is written."""
    word = re.match(r"(?:\w+\.)*([A-Za-z]\w*)", _step(step))
    return word is not None and kind_called(word[1]) is not None


def _input(step: str) -> str | None:
    """Return the shape that the first step of a chain means; None where it is a plain shape or no shape."""
    word = _INPUT_WORD.match(step)
    shape = step[word.end() :].strip() if word else step
    if word and shape.startswith("(") and shape.endswith(")") and shape[1:2] in "([":
        shape = shape[1:-1].strip()
    if at := _CHANNELS_AT.fullmatch(shape):
        return f"{at[2]}x{at[3]}x{at[1]}"
    if colours := _COLOURS.fullmatch(shape):
        return f"{re.sub(r'[ X×]+', 'x', colours[1])}x{1 if colours[2].lower().startswith('gr') else 3}"
    if batch := _WITH_BATCH.fullmatch(shape):
        first, *rest = re.findall(r"\d+", batch[1])
        # Keras prints channels last, PyTorch channels first.
        first_are_channels = len(rest) == 2 and int(first) <= MOST_CHANNELS < int(rest[1])
        return "x".join([*rest, first] if first_are_channels else [first, *rest])
    return shape if word and _SHAPE.fullmatch(shape) else None


MOST_CHANNELS = 4
"""Channels that an image may have."""


def _channels_behind(steps: str) -> str:
    """Return the channels behind steps, where they are written there; "" elsewhere."""
    *_, last = steps.split(" -> ")
    if made := re.match(r"(?:conv|conv_transpose|linear) (\d+)\b", last):
        return made[1]
    shape = re.fullmatch(r"(?:\w+x)?(\d+)", last)
    return shape[1] if shape else ""


_WIDEST_KERNEL = 11


def _in_order_of_torch(step: str, incoming: str) -> str | None:
    """Return a remark on `conv 3 64 7`, whose numbers seem to be PyTorch's: in, out, kernel."""
    order = re.match(r"(conv|conv_transpose) (\d+) (\d+) ((\d+)(?:x\d+)*)\b(.*)", step)
    if order is None:
        return None
    kernel, stride = int(order[3]), int(order[5])
    if stride > max(kernel, _WIDEST_KERNEL):
        own = f"{order[1]} {stride} {kernel}"
        return f"{step} has a stride of {stride}; {stride} filters of {kernel}x{kernel} are written {own}"
    if order[2] != incoming or kernel <= _WIDEST_KERNEL or stride > _WIDEST_KERNEL:
        return None
    return (
        f"{step} has {order[2]} filters of {order[3]}x{order[3]}; "
        f"{order[3]} filters of {order[5]}x{order[5]} are written {order[1]} {order[3]} {order[4]}{order[6]}"
    )


def _in_lower_case(step: str) -> str:
    head, _, rest = step.partition(" ")
    kind = kind_called(head)
    return " ".join(filter(None, (head if kind is None else kind_word(head), rest)))


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
    call = CALL.fullmatch(step)
    if call and (call[1] or call[2] in POSITIONS or call[2] in FRAMEWORK_KINDS or call[2] in ("Sequential", "Input")):
        try:
            return " -> ".join(steps_of_call(call[2], call[3]))
        except NotReadable:
            return step
    if named := _NAMED.fullmatch(step):
        return _step(named[1])
    if repeated := _REPEATED.fullmatch(step):
        return f"{repeated[2]} * ({translated(repeated[1]).text})"
    if at := _CHANNELS_AT.fullmatch(step):
        return f"{at[2]}x{at[3]}x{at[1]}"
    parts = re.split(r"(?<!\s)\s+\+\s+", step)
    if len(parts) > 1 and all(map(_begins_with_kind, parts)):
        return " -> ".join(map(_step, parts))
    step = _OUT_AT.sub(r"\1 \2", step)
    step = _as_the_language_orders(step)
    if twice := _COUNT_BEHIND.fullmatch(step):
        return _step(f"{twice[2]} * {twice[1]}")
    head, *words = _joined_head(step.split())
    kind = kind_called(head)
    if kind is None or not all(map(_balanced, words)):
        return _HYPHENS.sub(lambda word: word[0].replace("-", "_"), step)
    layers: list[str] = []
    while words and (layer := _layer_behind(kind, words[-1])):
        layers.insert(0, layer)
        words.pop()
        if words:
            words[-1] = words[-1].removesuffix(",")
    return " -> ".join([" ".join([kind_word(head), *_words(kind, words)]), *layers])


def _as_the_language_orders(step: str) -> str:
    """Write a step of a figure or table, `7x7 conv, 64, /2`, `conv3x3 64`, `conv3-64`, with its name first."""
    if vgg := _VGG.fullmatch(step):
        return f"conv {vgg[2]} {vgg[1]}x{vgg[1]} pad=same"
    if units := _UNITS.fullmatch(step):
        return f"{units[1]} {units[2]}"
    if joined := _KERNEL_JOINED.match(step):
        head, kernel, words = joined[1], joined[2], step[joined.end() :].replace(",", " ").split()
    elif (first := _KERNEL_FIRST.fullmatch(step)) and first[3].strip(" ,"):
        kernel = first[2]
        head, *words = _joined_head(first[3].replace(",", " ").split())
        if head.isdigit() and first[1] is None:
            head, words = "conv", [head, *words]
        if first[1]:
            head, words = "conv" if head in _NOUNS else head, [first[1], *words]
    else:
        return step
    kind = kind_called(head)
    if kind is None or "kernel" not in kind.fields:
        return step
    if "out" not in kind.fields:
        return " ".join((head, kernel, *words))
    return " ".join((head, words[0], kernel, *words[1:])) if words and words[0].isdigit() else step


def named_together(name: str) -> list[str]:
    """Return the kinds that a name is made of, such as conv and relu for `conv_relu`, `Conv2dReLU`; [] for others."""
    found: list[str] = []
    rest = re.sub(r"[123]d(?=[_-]|$|[A-Z])", "", name).lower().replace("-", "_").replace("_", "")
    longest = max(map(len, KINDS_FOLDED))  # no start of a long name beyond it is tried
    while rest:
        known = next((size for size in range(min(len(rest), longest), 1, -1) if rest[:size] in KINDS_FOLDED), 0)
        if not known:
            return []
        found.append(KINDS_FOLDED[rest[:known]])
        rest = rest[known:]
    return found if len(found) > 1 else []


_HEAD = re.compile(r"[A-Za-z][\w-]*(?: (?:[A-Za-z][\w-]*|[123][dD]))*")
LONGEST_HEAD = 4
"""Words that a name of a layer may have: global average pooling 2d."""


def _folded(word: str) -> str:
    return _PER_DIMENSION.sub("", re.sub(r"[-_ ]", "", word.lower()))


KINDS_FOLDED = {_folded(word): kind.kind for word, kind in KIND_OF.items()}
"""Kinds by their names without what joins words: maxpool, globalaveragepooling, fullyconnected."""


def _joined_head(words: list[str]) -> list[str]:
    """Return the words of a step, those that name its layer together as one: `max pool 2`, `fully-connected 10`."""
    for count in range(min(LONGEST_HEAD, len(words)), 0, -1):
        name = "".join(words[:count])
        if count == 1 and kind_called(name) is not None:
            return words
        kind = KINDS_FOLDED.get(_folded(name)) if _HEAD.fullmatch(" ".join(words[:count])) else None
        if kind and len(name) > 2:
            return [kind, *words[count:]]
    return words


def _layer_behind(kind: type[Layer], word: str) -> str | None:
    """Return the layer that the last word of a step names: `relu`, `activation=relu`; None where it names none."""
    field, _, value = word.rpartition("=")
    if field not in ("", "activation", "act", "nonlinearity") or issubclass(kind, Merge):
        return None
    value = value.strip("'\"").rpartition(".")[2].removesuffix("()")
    layer = kind_called(value)
    words = {known for declared in kind.fields.values() for known in declared.type.words}
    if layer is None or value.lower() in words or any(declared.required for declared in layer.fields.values()):
        return None
    return None if issubclass(layer, Merge) else kind_word(value)


def _balanced(word: str) -> bool:
    return word.count("(") == word.count(")") and word.count("[") == word.count("]")


def _words(kind: type[Layer], words: list[str]) -> Iterator[str]:
    """Yield the arguments of a step as the language has them."""
    for index, word in enumerate(_with_signs(kind, words)):
        name, equals, value = word.partition("=")
        paper, letter = _PAPER.fullmatch(word), _LETTER.fullmatch(word)
        if paper and "kernel" in kind.fields:
            kernel, stride, *pads = paper.groups()
            pad = pads[0] or pads[1]
            yield kernel.replace("X", "x")
            yield f"stride={stride}"
            if pad:
                yield f"pad={pad}"
        elif letter and _LETTERS[letter[1]] in kind.fields:
            yield f"{_LETTERS[letter[1]]}={letter[2]}"
        elif equals and value and re.fullmatch(r"\w+", name):
            field = name if name in kind.fields else name.lower() if name.lower() in kind.fields else None
            plain = QUOTED.fullmatch(value)
            yield f"{field or field_named(kind, name) or name}={_word(plain[2] if plain else value)}"
        elif word.lower() in ("same", "valid") and "pad" in kind.fields:
            yield f"pad={word.lower()}"
        elif (stride := _STRIDE_ALONE.fullmatch(word)) and "stride" in kind.fields:
            yield f"stride={stride[1]}"
        else:
            yield _word(word, size=index < len(kind.fields) and _is_size(kind, index))


def _with_signs(kind: type[Layer], words: list[str]) -> list[str]:
    """Join `stride 2` to `stride=2`, and leave out the noun of `64 filters` and commas behind words."""
    found: list[str] = []
    at = 0
    if (
        "out" in kind.fields
        and len(words) > 1
        and re.fullmatch(r"\d+x\d+,?", words[0])
        and words[1].rstrip(",").isdigit()
    ):
        words = [words[1], words[0], *words[2:]]
    while at < len(words):
        word = words[at].rstrip(",") or words[at]
        behind = words[at + 1].rstrip(",") if at + 1 < len(words) else ""
        field = word.lower() if word.lower() in kind.fields else field_named(kind, word.lower())
        if word.lower() in _NOUNS and found and found[-1][0].isdigit():
            at += 1
            continue
        if word.lower() in ("no", "without") and behind == "bias" and "bias" in kind.fields:
            found.append("bias=no")
            at += 2
            continue
        if field and behind and re.match(r"\d|same$|valid$", behind.lower()):
            found.append(f"{field}={behind}")
            at += 2
            continue
        found.append(word)
        at += 1
    return found


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
