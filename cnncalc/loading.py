"""From what a person names (a network of the library, a file, a chain, standard input) to a Network."""

from __future__ import annotations

import gc
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

from cnncalc.expand import expand
from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.layers import KIND_OF
from cnncalc.library import SUFFIXES, Entry, NotFound, alike, files, library, named, names, read_text, stem
from cnncalc.network.network import Network
from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.problem import Place, Problem, Problems, ShapeWarning, Source, did_you_mean, index_of, listed, quoted
from cnncalc.shape import Shape
from cnncalc.spec.expression import ExpressionError, Literal
from cnncalc.spec.model import Formula, Given, Spec, Variant
from cnncalc.spec.parse import parse_value
from cnncalc.spec.read import read_chain
from cnncalc.spec.shape_readings import (
    FIRST,
    ShapeReading,
    flattened,
    is_listed,
    likely,
    parts_of,
    turned,
    turned_input,
)
from cnncalc.spec.text import read_bytes
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Scalar

What: TypeAlias = str | os.PathLike[str]
"""A name of the library, a file, or a chain."""
InputShape: TypeAlias = str | Sequence[int | str]
Settings: TypeAlias = Mapping[str, object]
Stdin: TypeAlias = Callable[[], bytes]


def load(
    what: What | Mapping[str, object],
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    stdin: Stdin | None = None,
) -> Network:
    """Return the network that `what` names: a library name, a file, a chain, or `-` for what `stdin` returns.

    A network may also be given as data: `{"input": "32x32x3", "layers": ["conv 8 3x3", "relu"]}`, with the keys and
    values that a file has. Problems then stand at their path of keys, such as `layers[1]`.

    `input` is a shape such as `"224x224x3"` or `(224, 224, 3)`, for several inputs `"left=105x105x1 right=105x105x1"`;
    `settings` gives vars new values: `{"width": 0.5, "depths": [2, 3]}`. A capital letter as a side (`"HxWx3"`), or a
    word as a value, stands for any number. Under the layout `chw`, shapes of `input` and of a chain have their channels
    first; those of files do not. Where a shape is likely to be meant in another way, a ShapeWarning says so.

    Raises Problems when the spec has problems; it lists them, each with its place. NotFound, which is one of them, is
    raised when nothing can be read.
    """
    shape = None if input is None else shape_text(input)
    given = written_settings(settings)
    if shape and isinstance(what, str) and _begins_with_a_layer(what):
        what, shape = f"{shape} -> {what}", None
    with uncollected():
        spec, variant, problems, remarks = _of_data(what) if isinstance(what, Mapping) else find(os.fspath(what), stdin)
        return build(spec, variant, problems, remarks, input=shape, settings=given, layout=layout)


def report(
    what: What | Mapping[str, object],
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    batch: Number | str = 1,
    dtype: str = "float32",
    stdin: Stdin | None = None,
) -> Report:
    """Compute the shapes, params, MACs and memory of every layer of what `load` takes, and their totals.

    `batch` is how many images come at once, or a word such as `"N"` that stands for it; `dtype` says how many bytes a
    number takes. Raises what `load` raises, and ValueError for a batch or a number type that cannot be.
    """
    return load(what, input=input, settings=settings, layout=layout, stdin=stdin).report(batch, dtype)


def load_of_layer(what: What, layer: str | None, **options: Any) -> Network:
    """Return the network of which a layer is asked; raises NotFound, which says so where the two are exchanged."""
    try:
        return load(what, **options)
    except NotFound as missing:
        if layer is None or not (alike(layer) or os.path.exists(layer)):
            raise
        hint = f"the network comes first: {layer} {os.fspath(what)}"
        raise NotFound([replace(missing.problems[0], hint=hint)]) from None


def shape_text(shape: InputShape) -> str:
    """Write a shape given as text or as its numbers; raises Problems for what is neither."""
    if isinstance(shape, str):
        return shape
    if not isinstance(shape, (list, tuple)):
        hint = 'as in input="224x224x3" or input=(224, 224, 3)'
        raise Problems([Problem("E105", f"input is {quoted(str(shape))}, which is no shape", None, hint)])
    return "x".join(map(str, shape))


def written_settings(settings: Settings | None) -> dict[str, str]:
    """Write values of vars as the language does."""
    return {name: written_value(value) for name, value in (settings or {}).items()}


def written_value(value: object) -> str:
    """Write a value of Python as the language does."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"[{', '.join(map(written_value, value))}]" if isinstance(value, (list, tuple)) else str(value)


def build(
    spec: Spec,
    variant: Variant | None,
    problems: Sequence[Problem] = (),
    remarks: Sequence[str] = (),
    *,
    input: str | None = None,
    settings: Mapping[str, str] | None = None,
    layout: str = "hwc",
) -> Network:
    """Build the network of a spec that is read already, with the problems of its text; raises Problems."""
    problems = [*problems]
    with uncollected():
        inputs = given_inputs(input, spec) if input is not None else {}
        values = given_settings(settings or {}, spec, problems)
        readings = Readings(spec, variant, inputs, values, layout)
        network, found = readings.written()
        if not problems and (other := readings.other(network, found)):
            network, found = other
        if network is None and any(problem.code == "E204" for problem in found):
            found = readings.with_size(found)
        if network is None:
            found = readings.with_sides(found)
    problems = [_of_network(problem) for problem in problems]
    found = [_of_network(problem) for problem in found]
    problems = [*problems, *new_problems(problems, found)]
    if network is None or not only_expects(spec, problems):
        raise Problems(problems)
    network.remarks = (*remarks, *spec.remarks, *network.remarks)
    if network.overridden:
        given = listed(network.overridden)
        network.remarks += (f"{given} given from outside: numbers in shape checks and expect were not checked",)
    elif not any(symbols_of(number) for shape in network.input_shapes().values() for number in shape.hwc):
        problems += unexpected(spec, variant, network)
    if problems:
        raise Problems(problems)
    return network


class Readings:
    """The network of a spec with its shapes as they are written, and with them as they may be meant."""

    def __init__(
        self,
        spec: Spec,
        variant: Variant | None,
        inputs: Mapping[str, Scalar],
        values: Mapping[str, Given],
        layout: str,
    ) -> None:
        self.spec, self.variant, self.inputs, self.values = spec, variant, inputs, values
        self.layout = layout if inputs or spec.is_chain else "hwc"  # files are in the language's own order
        own = variant.input if variant and not inputs else None
        self.shapes = own or next(iter((inputs or spec.inputs).values()), None)

    def written(self) -> tuple[Network | None, list[Problem]]:
        """Expand the spec with its shapes as they are written, in the order of the layout."""
        if self.layout == "chw":
            return self.turned(FIRST)
        return expand(self.spec, self.variant, self.inputs, self.values)

    def turned(self, reading: ShapeReading) -> tuple[Network | None, list[Problem]]:
        """Expand the spec with its shapes as a reading has them; where an input is given, only that one."""
        if self.inputs:
            inputs = {name: turned_input(scalar, reading) for name, scalar in self.inputs.items()}
            spec = flattened(self.spec, self.inputs[next(iter(inputs))]) if reading.flatten else self.spec
            return expand(spec, self.variant, inputs, self.values)
        spec = turned(self.spec, reading)
        variant = spec.variants[self.variant.name.text] if self.variant else None
        return expand(spec, variant, {}, self.values)

    def other(self, network: Network | None, problems: list[Problem]) -> tuple[Network | None, list[Problem]] | None:
        """Return what another reading makes of the result: a warning, a better remedy, or its network.

        The network is taken as it is written, with a warning and the other one; of a tuple as Python prints it, whose
        order is not ours, the likelier reading is taken. None when there is no other reading.
        """
        if self.shapes is None or (network is None and not any(p.code.startswith("E2") for p in problems)):
            return None
        text = self.shapes.text.strip()
        for reading in likely(text, fits=network is not None, layout=self.layout):
            other, _ = self.turned(reading)
            if other is None and reading.checks:  # those of `Conv2d(3, …)` have the channels last already
                other, _ = self.turned(reading._replace(checks=False))
            if other is None:
                continue
            parts = reading.turn(parts_of(text))
            shape = "x".join(map(str, parts if self.layout == "hwc" else (parts[-1], *parts[:-1])))
            if is_listed(self.shapes) and self.layout == "hwc":
                other.remarks = (f"{text} is read as {shape}, {reading.name}", *other.remarks)
                return other, []
            if network is None:
                remedy = reading.remedy.format(shape=shape, batch=parts_of(text)[0])
                return None, _with_remedy(problems, remedy)
            network.other_reading = other
            network.warning = _warning(text, network, other, reading, shape)
            warnings.warn(network.warning, ShapeWarning, stacklevel=4)
            return network, problems
        return None

    def with_sides(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems of an input that is one number, though the spec's own has sides and channels."""
        own = self.variant.input if self.variant and self.variant.input else next(iter(self.spec.inputs.values()), None)
        given = next(iter(self.inputs.values()), None)
        if own is None or given is None or not given.text.strip().isdigit() or len(parts_of(own.text.strip())) < 2:
            return problems
        if not any(problem.code == "E202" for problem in problems):
            return problems
        *sides, channels = parts_of(own.text.strip())
        return _with_remedy(problems, f"write {'x'.join([*[given.text.strip()] * len(sides), channels])}")

    def with_size(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems of merges that do not fit, with the nearest input that would work, where one is found.

        Sizes that halve without a remainder are tried, for a tenth of a second of work at most.
        """
        parts = parts_of(self.shapes.text.strip()) if self.shapes else []
        if self.shapes is None or len(parts) < 3 or not all(map(str.isdigit, parts)) or len(self.spec.inputs) > 1:
            return problems
        *sides, channels = map(int, parts)
        tried = {tuple(max(m, (side + up) // m * m) for side in sides) for m in MULTIPLES for up in (0, m - 1)}
        began, name = process_time(), next(iter(self.spec.inputs), "input")
        for size in sorted(
            tried - {tuple(sides)}, key=lambda size: sum(abs(a - b) for a, b in zip(size, sides, strict=True))
        ):
            if process_time() - began > LONGEST_SEARCH:
                break
            shape = "x".join(map(str, (*size, channels)))
            given = Scalar(self.shapes.source, shape, self.shapes.start, self.shapes.end, None)
            if expand(self.spec, self.variant, {name: given}, self.values)[0] is not None:
                index = next(i for i, problem in enumerate(problems) if problem.code == "E204")
                remedy = f"an input of {shape} would work; `cnncalc sizes` lists all sizes that do"
                return [*problems[:index], replace(problems[index], hint=remedy), *problems[index + 1 :]]
        return problems


def warn_of_readings(
    spec: Spec, variant: Variant | None, values: Mapping[str, Given] | None = None
) -> tuple[str, list[Spec]] | None:
    """Warn of a shape that may be meant in another way, where no network is built of the spec as it stands.

    Returns the shape as it is then written, and the spec with it, its shape checks turned alike and as they stand; None
    where there is no other reading.
    """
    readings = Readings(spec, variant, {}, values or {}, "hwc")
    text = readings.shapes.text.strip() if readings.shapes else ""
    reading = next(likely(text, fits=True), None)
    if reading is None:
        return None
    *sides, channels = parts = parts_of(text)
    meant = "x".join(map(str, reading.turn(parts)))
    network, problems = readings.written()
    if network is None:
        message = f"{text} is read as {_described(sides, channels)}; {reading.name} is written {meant}"
        warnings.warn(message, ShapeWarning, stacklevel=2)
    elif readings.other(network, problems) is None:
        return None
    return meant, [turned(spec, reading), turned(spec, reading._replace(checks=False))]


def _described(sides: Sequence[object], channels: object) -> str:
    """Name the sides and the channels of a shape."""
    return f"{SIDES[len(sides)].format(*sides)} and {channels} channel{'' if channels in (1, '1') else 's'}"


def _of_network(problem: Problem) -> Problem:
    """Return a problem of a step that is the name of a network of the library with a remedy that says so."""
    place = problem.place
    if place is None or problem.code not in ("E104", "E108") or place.length > LONGEST_NAME:
        return problem
    word = place.source.line(place.line)[place.column - 1 :][: place.length]
    if not re.fullmatch(r"[\w-]*[a-zA-Z][\w-]*", word) or word.lower() in KIND_OF or not (known := alike(word)):
        return problem
    hint = f"{known[0]} is a network of the library, and no layer: `cnncalc show {known[0]}`"
    return replace(problem, hint=hint)


MULTIPLES = (2, 4, 8, 16, 32, 64)
LONGEST_SEARCH = 0.08
"""Seconds of work after which no further size is tried."""


def _with_remedy(problems: list[Problem], remedy: str) -> list[Problem]:
    """Return problems, the first that a shape causes with another remedy."""
    index = next(i for i, problem in enumerate(problems) if problem.code.startswith("E2"))
    return [*problems[:index], replace(problems[index], hint=remedy), *problems[index + 1 :]]


def _warning(text: str, network: Network, other: Network, reading: ShapeReading, shape: str) -> str:
    """Say how a shape is read and how it may be meant, with a number that differs between the two."""
    read = next(iter(network.input_shapes().values()))
    *sides, channels = read.hwc
    own, others = network.report().totals, other.report().totals
    for name, label in (("params", "params"), ("macs", "MACs")):
        numbers = getattr(own, name), getattr(others, name)
        if numbers[0] != numbers[1]:
            written, meant = (
                f"{number:,} {label}" if isinstance(number, int) else f"{number} {label}" for number in numbers
            )
            break
    else:
        written, meant = (f"output {next(iter(_outputs(each)))}" for each in (network, other))
    shape += " -> flatten" if reading.flatten else ""
    return f"{text} is read as {_described(sides, channels)}: {written}; {reading.name} is written {shape}: {meant}"


SIDES = {
    0: "no sides",
    1: "length {}",
    2: "height {}, width {}",
    3: "depth {}, height {}, width {}",
}


def _outputs(network: Network) -> Iterator[Shape]:
    return (network.nodes[index].y for index in network.outputs.values())


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the cyclic collector away: all that is made here is kept, and it would look through it again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def new_problems(problems: Iterable[Problem], found: Iterable[Problem]) -> list[Problem]:
    """Return the problems of shape inference that parsing has not reported at the same location."""
    reported = {p.place[:3] for p in problems if p.place}
    return [p for p in found if not p.place or p.place[:3] not in reported]


def _of_data(data: Mapping[str, object]) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Return what `find` does, of a spec given as dicts and lists."""
    from cnncalc.spec.data import WHOLE, tree_of
    from cnncalc.spec.read import read_spec

    tree, problems = tree_of(data)
    spec, more = read_spec(tree, Source(WHOLE, ""))
    spec.name = spec.name or "network"
    return _chosen(spec, (*problems, *more), None)


def find(what: str, stdin: Callable[[], bytes] | None) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Return the spec, its variant, the problems of its text, and remarks."""
    if what == "-":
        data = stdin() if stdin else b""
        return _chosen(*_parse("<stdin>", data), None)
    if is_chain(what):
        spec, problems = read_chain(what)
        return spec, None, problems, []
    if _may_be_a_chain(what):
        from cnncalc.spec.notations import lone_chain

        if chain := lone_chain(what):
            spec, problems = read_chain(chain)
            spec.remarks = (f"{' '.join(what.split())} is read as {chain}", *spec.remarks)
            return spec, None, problems, []
    path, _, wanted = what.partition(":") if what.count(":") == 1 and not os.path.exists(what) else (what, "", "")
    is_name = os.sep in what and not os.path.exists(os.path.dirname(what)) and len(alike(what)) == 1  # ViT-B/16
    if (path.endswith((".yaml", ".yml", ".json")) or os.sep in path or os.path.exists(path)) and not is_name:
        return _chosen(*_parse(path, _bytes(path)), wanted or None)
    return _named(what)


def _named(name: str) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Find a name in the library: a variant's, or a family's, which means its first variant.

    Letter case, what parts words and trailing brackets do not matter; timm's and Keras' names are known, too.
    """
    found, others = named(name), []
    if found is None and len(name) <= LONGEST_NAME and re.match(r"\w", name):
        others = alike(name)
    if len(others) == 1:
        spec, variant, problems, remarks = _named(others[0])
        spec = copy(spec)  # it is kept for whoever asks for the network by its own name
        spec.remarks = (f"{name} is read as {others[0]}", *spec.remarks)
        return spec, variant, problems, remarks
    if found:
        _, spec, variant, problems = found
        return (spec, variant, problems, []) if variant or not spec.variants else _chosen(spec, tuple(problems), None)
    if re.fullmatch(r"[\d_×xHWC?]+", name):
        hint: str | None = "a chain goes on after its input, as in `224x224x3 -> conv 64 3x3`"
    elif re.match(r"(?:\w+\s*=\s*)?(?:\w+\.)*Sequential\(", name):
        hint = "give the shape of its input, as in --input 224x224x3"
    elif _begins_with_a_layer(name):
        hint = f"a chain begins with its input, as in `224x224x3 -> {name}`" if len(name) < LONGEST_NAME else None
    elif joint := re.search(r"\s(=+>|-->|—>|–>|>>?|\|)\s", name):
        hint = f"steps are joined by ->, not by {quoted(joint[1])}"
    elif there := [path.name for path in _beside(name) if stem(path) == name]:
        hint = f"did you mean {quoted(there[0])}?"
    elif others:
        hint = f"did you mean {listed(map(quoted, others), 'or')}?"
    elif module := re.fullmatch(r"[A-Za-z_][\w.]*:([A-Za-z_]\w*)(?:\(.*\))?", name):
        message = f"{quoted(name)} names Python code, which is not read here"
        hint = f"write its layers as a spec; `cnncalc verify SPEC --against {name}` compares both"
        if in_library := alike(module[1]):
            hint = f"the library has {in_library[0]}; `cnncalc verify {in_library[0]} --against {name}` compares both"
        raise NotFound([Problem("E114", message, None, hint)])
    else:
        hint = did_you_mean(name, names()) or "`cnncalc list` names all; a file ends in .cnn.yaml, a chain has ->"
    raise NotFound([Problem("E114", f"there is no network, file or chain {quoted(name)}", None, hint)])


LONGEST_NAME = 60
"""Characters of what may be the name of a network."""


def is_chain(text: str) -> bool:
    """Judge whether a text is a chain: its steps are joined by arrows, or by the word `then`."""
    return "->" in text or "→" in text or " then " in text


def _may_be_a_chain(text: str) -> bool:
    """Judge whether a text without arrows may hold layers: a shape and more behind it, or code."""
    return re.match(
        r"\s*[\[(]?\d+[\dxX×,()\[\] @]*[^\dxX×,()\[\] @]|.*\bSequential\(", text
    ) is not None and not os.path.exists(text)


def _begins_with_a_layer(text: str) -> bool:
    """Judge whether a text is a chain, or one step of one, without its input: `conv 64 7x7`, `nn.Conv2d(3, 64, 7)`."""
    word = re.match(r"\s*(?:\w+\.)*([A-Za-z]\w*)(?=[\s(]|$)", text)
    known = word is not None and bool({word[1], word[1].lower()} & (KIND_OF.keys() | {"Sequential"}))
    return known and not os.path.exists(text)


CHAIN_ALONE = re.compile(
    r"(?:\s*#[^\n]*\n)*+\s*(?:\d+|\(\d+|[(\[]\d+|[A-Z])[\dxX×HWC,*()\[\] ]*+(?:#[^\n]*\n)?+\s*+(?:->|→|then\b)"
)
"""The beginning of a text that is one chain, and no mapping."""


FEW = 200
"""Bytes in which a file that is no text shows."""


def _parse(name: str, data: bytes) -> tuple[Spec, tuple[Problem, ...]]:
    from cnncalc.spec.foreign_files import foreign_bytes, foreign_text

    source, problems = read_bytes(name, data)
    binary = source is None or b"\0" in data[:FEW] or data[:1] < b"\t"
    if found := _foreign(foreign_bytes(data), name) if binary else []:
        raise NotFound(found)
    if source is None:
        raise NotFound(problems)
    if CHAIN_ALONE.match(source.text):
        spec, found = read_chain(source.text, name)
        return spec, (*problems, *found)
    spec, more = read_text(source.text, name)
    if more and (found := _foreign(foreign_text(source.text), name)):
        raise NotFound(found)
    spec.name = spec.name or stem(Path(name)).strip("<>")  # what the text does not call itself, its file does
    return spec, (*problems, *more)


def _foreign(what: str | None, path: str) -> list[Problem]:
    """Say what can be done with a file of another tool; nothing where it is none."""
    if what is None:
        return []
    own = re.sub(r"\.\w+$", "", os.path.basename(path))
    if known := alike(own):
        hint = f"the library has {known[0]}: `cnncalc show {known[0]}`"
    elif what == "a Python program":
        hint = f"write its layers as a spec; `cnncalc verify SPEC --against {path}:NAME` compares both"
    else:
        hint = "write its layers as a spec, as `cnncalc docs language` explains, or as a chain"
    return [Problem("E114", f"{quoted(path, 200)} is {what}, and no spec", None, hint)]


def _bytes(path: str) -> bytes:
    """Read a file, at most one byte more than the limit."""
    try:
        return read_regular(path, SIZE_LIMIT + 1)
    except FileNotFoundError:
        hint = did_you_mean(path, [p.name for p in _beside(path)])
        raise NotFound([Problem("E114", f"there is no file {quoted(path, 200)}", None, hint)]) from None
    except IsADirectoryError:
        hint = "name one of its files"
        raise NotFound([Problem("E114", f"{quoted(path, 200)} is a folder", None, hint)]) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None


def _beside(path: str) -> list[Path]:
    try:
        return [p for p in Path(path).parent.iterdir() if p.name.endswith(SUFFIXES)]
    except (OSError, ValueError):
        return []


def _chosen(
    spec: Spec, problems: tuple[Problem, ...], wanted: str | None
) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Choose a variant: the wanted one, else the first, and say so."""
    if wanted is not None and wanted not in spec.variants:
        hint = did_you_mean(wanted, spec.variants) or (
            f"it has {', '.join(spec.variants)}" if spec.variants else "it has none"
        )
        raise NotFound([Problem("E114", f"{spec.text.name} has no variant {quoted(wanted)}", None, hint)])
    if not spec.variants:
        return spec, None, list(problems), []
    variant = spec.variants[wanted] if wanted else next(iter(spec.variants.values()))
    others = [name for name in spec.variants if name != variant.name.text]
    remarks = []
    if wanted is None and others:
        remarks.append(f"{variant.name.text} is shown; there are also {', '.join(others)}")
    return spec, variant, list(problems), remarks


def given_inputs(text: str, spec: Spec) -> dict[str, Scalar]:
    """Read `224x224x3`, or `left=105x105x1 right=…`."""
    source = Source("--input", text)
    names = list(spec.inputs) or ["input"]
    if len(names) == 1 and "=" not in text and text.strip():
        return {names[0]: Scalar(source, text, 0, len(text), None)}
    found: dict[str, Scalar] = {}
    problems = []
    for match in re.finditer(r"[^\s,;]+", text):
        start = match.start()
        name, equals, shape = match.group().partition("=")
        place = Place(source, 1, start + 1, len(name))
        if not equals:
            name, shape = names[0], name
        if not equals and len(names) > 1:
            hint = f"write {' '.join(f'{n}=…' for n in names)}"
            problems.append(Problem("E105", f"there are {len(names)} inputs", place, hint))
        elif name not in names:
            hint = f"there is one: write {shape}" if len(names) == 1 else f"inputs are {' and '.join(names)}"
            problems.append(Problem("E109", f"there is no input {quoted(name)}", place, hint))
        elif not shape:
            problems.append(Problem("E105", f"{name} has no shape", place, f"as in {name}=224x224x3"))
        elif name in found:
            problems.append(Problem("E102", f"input {name} is given twice", place))
        else:
            begin = match.end() - len(shape)
            found[name] = Scalar(source, shape, begin, match.end(), None)
    if not found and not problems:
        problems.append(Problem("E105", "the input is empty", None, "as in 224x224x3"))
    if problems:
        raise Problems(problems)
    return found


def given_settings(settings: Mapping[str, str], spec: Spec, problems: list[Problem]) -> dict[str, Given]:
    """Read the values that vars are given from outside."""
    values: dict[str, Given] = {}
    for name, text in settings.items():
        whole = Source("<options>", f"{name}={text}")
        scalar = Scalar(whole, text, len(name) + 1, len(whole.text), None)
        if name not in spec.vars:
            known = ", ".join(spec.vars)
            hint = did_you_mean(name, spec.vars) or (f"its vars are {known}" if known else "it has no vars")
            place = Place(whole, 1, 1, len(name))
            problems.append(Problem("E109", f"there is no var {quoted(name)} to set", place, hint))
            continue
        try:
            values[name] = Formula(scalar, parse_value(text))
        except ExpressionError as error:
            place = scalar.place(error.start, error.length)
            problems.append(Problem(error.code, error.message, place, error.hint))
    return values


def only_expects(spec: Spec, problems: Sequence[Problem]) -> bool:
    """Judge whether all problems of a text stand in what it expects: its totals can be checked all the same."""
    expected = [each for each in (spec.expect, *(v.expect for v in spec.variants.values())) if each is not None]
    places = [problem.place for problem in problems if problem.code != "E101"]  # that may have cut a number in two
    return len(places) == len(problems) and all(
        place is not None and any(each.start <= index_of(place) < each.end for each in expected) for place in places
    )


def unexpected(spec: Spec, variant: Variant | None, network: Network) -> list[Problem]:
    """Check the totals that a spec expects against the computed ones, and report those that differ."""
    wanted = (variant.expect if variant else None) or spec.expect
    if wanted is None:
        return []
    totals = network.report().totals
    problems: list[Problem] = []
    for key, node in wanted.pairs:
        if key.text == "output":
            pairs = node.pairs if isinstance(node, Pairs) else [(key, node)]
            for name, shape in pairs:
                problems.extend(_output_problem(name, shape, network, one=name is key))
            continue
        assert isinstance(node, Scalar)
        computed, tree = getattr(totals, key.text), parse_value(node.text)
        assert isinstance(tree, Literal)
        if tree.value != computed:
            problems.append(Problem("E206", f"{key.text} is {computed:,}, expected {tree.value:,}", node.place()))
    return problems


def _output_problem(name: Scalar, shape: Any, network: Network, *, one: bool) -> Iterator[Problem]:
    """Check the expected shape of an output against the computed one."""
    outputs = network.outputs
    if one and len(outputs) > 1:
        hint = f"write {{{', '.join(f'{output}: …' for output in outputs)}}}"
        yield Problem("E105", f"there are {len(outputs)} outputs", shape.place(), hint)
    elif not one and name.text not in outputs:
        hint = did_you_mean(name.text, outputs) or f"there {'is' if len(outputs) == 1 else 'are'} {', '.join(outputs)}"
        yield Problem("E109", f"there is no output {quoted(name.text)}", name.place(), hint)
    else:
        index = outputs[name.text] if not one else next(iter(outputs.values()))
        computed, said = str(network.nodes[index].y), shape.text.replace("×", "x").replace(" ", "")
        if said != computed:
            yield Problem("E206", f"output is {computed}, expected {shape.text}", shape.place())


__all__ = ["Entry", "NotFound", "files", "library", "load", "names", "stem"]
