"""From what a person names to a Network or a Report."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from cnncalc.layers import KIND_OF
from cnncalc.library import NotFound, alike
from cnncalc.loading.expectations import only_expects, unexpected
from cnncalc.loading.find import LONGEST_NAME, begins_with_a_layer, find, of_data
from cnncalc.loading.overrides import (
    InputShape,
    Settings,
    given_inputs,
    given_settings,
    shape_text,
    written_settings,
)
from cnncalc.loading.readings import Readings
from cnncalc.network.network import Network
from cnncalc.network.report import Report
from cnncalc.numbers.arith import Number, symbols_of
from cnncalc.problem import Problem, Problems, listed, new_problems
from cnncalc.spec.model import Spec, Variant

if TYPE_CHECKING:
    from cnncalc.network.memory import Memory
    from cnncalc.network.roofline import Roofline

What: TypeAlias = str | os.PathLike[str]
"""A name of the library, a file, or a chain."""
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
    if shape and isinstance(what, str) and begins_with_a_layer(what):
        what, shape = f"{shape} -> {what}", None
    with uncollected():
        spec, variant, problems, remarks = (
            of_data(what) if isinstance(what, Mapping) else find(os.fspath(what), stdin, shape)
        )
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


def memory(
    what: What | Mapping[str, object],
    batch: int = 1,
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    stdin: Stdin | None = None,
    **options: Any,
) -> Memory:
    """Compute the memory of one training iteration of what `load` takes, in bytes, without PyTorch.

    `batch` is how many images come at once. `options` are those of `Network.memory`: `optimizer` (sgd, momentum,
    rmsprop, adam, adamw, lion, adafactor), `dtype`, `amp` (bf16 or fp16: under torch.autocast), `channels_last`
    (PyTorch's memory format), `inplace`, `checkpoint` (`block`, or paths of groups), `freeze`
    (paths), `foreach` (the optimizer's step over all tensors at once), `grad_accumulation`, `inference`, `device` (cuda
    or cpu), `gpu` (a size such as `24GB`, or a device such as `h100`: the largest batch that fits).

    Raises what `load` raises, and NoAnswer for an option that cannot be.
    """
    network = load(what, input=input, settings=settings, layout=layout, stdin=stdin)
    return network.memory(batch, **options)


def roofline(
    what: What | Mapping[str, object],
    gpu: str,
    batch: int = 1,
    *,
    dtype: str = "float32",
    input: InputShape | None = None,
    settings: Settings | None = None,
    layout: str = "hwc",
    stdin: Stdin | None = None,
) -> Roofline:
    """Compute the least time of each layer of a forward pass on a device, from its FLOPs and from its bytes.

    `gpu` names a device of the table, such as `t4`. It is a bound, not a prediction. Raises what `load` raises, and
    NoAnswer for a device or a number type without a rate.
    """
    from cnncalc.network.roofline import bounds

    return bounds(load(what, input=input, settings=settings, layout=layout, stdin=stdin), gpu, batch, dtype)


def load_of_layer(what: What, layer: str | None, **options: Any) -> Network:
    """Return the network of which a layer is asked; raises NotFound, which says so where the two are exchanged."""
    try:
        return load(what, **options)
    except NotFound as missing:
        if layer is None or not (alike(layer) or os.path.exists(layer)):
            raise
        hint = f"the network comes first: {layer} {os.fspath(what)}"
        raise NotFound([replace(missing.problems[0], hint=hint)]) from None


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
