"""A foreign model as the list of calls that a comparison aligns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.layers.base import Layer
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import LayerNorm, RmsNorm
from cnncalc.layers.recurrent import Recurrent
from cnncalc.live.calls import UNFOLLOWED, Call, Calls, Pad, Read
from cnncalc.live.functions import ALONG, ATTENTION, LAYERS, LEARNED, MERGED, PASSED, UNCHANGED, Whole
from cnncalc.live.record import Function, Learned, NoTensor, Recorder, converted, record, tensors
from cnncalc.numbers.arith import product
from cnncalc.shape import Shape


@dataclass(slots=True, eq=False)
class Trace:
    """What a model did: its calls, the learned tensors that none of them used, and its totals for one image."""

    calls: list[Call]
    unused: dict[str, int]  # name -> numbers in it
    params: int
    macs: int
    uncompared: list[str]  # functions that were passed over


def trace(
    model: Any, shapes: Sequence[Shape], *, device: str = "meta", batch: int = 1, indices: Sequence[bool] = ()
) -> Trace:
    """Run a model once with a volume of each shape, and list what it did; `indices` says which ones hold indices.

    Raises whatever the model raises.
    """
    parameters = dict(model.named_parameters())
    dtype = next((p.dtype for p in parameters.values() if p.is_floating_point()), torch.float32)
    volumes = [
        torch.zeros((batch, *shape.chw), device=device, dtype=torch.long if whole else dtype)
        for shape, whole in zip_longest(shapes, indices)
    ]
    tracer = Tracer(parameters, model.buffers(), batch)
    for position, volume in enumerate(volumes):
        tracer.enters(volume, position)
    counter = FlopCounterMode(display=False)
    result = record(model, volumes, tracer, counter)
    outputs = list(tensors(result))
    if not outputs:
        raise NoTensor(type(result).__name__)
    for tensor in outputs:
        tracer.leaves(tensor)
    unused = {name: p.numel() for name, p in parameters.items() if name not in tracer.used}
    params = sum(p.numel() for p in parameters.values())
    macs = counter.get_total_flops() // 2 // batch
    return Trace(tracer.calls.settled(), unused, params, macs, list(tracer.uncompared))


class Tracer(Recorder):
    """Notes where each tensor comes from, and what layers worked on it."""

    def __init__(self, parameters: Mapping[str, Any], buffers: Iterable[Any], batch: int) -> None:
        super().__init__(parameters, buffers)
        self.calls = Calls()
        self.batch = batch
        self.uncompared: dict[str, None] = {}
        self._sources: dict[int, tuple[Any, Read]] = {}  # by identity, as learned and fixed ones
        self._first: dict[tuple[frozenset[str], str], int] = {}

    def is_data(self, tensor: Any) -> bool:
        return id(tensor) in self._sources

    def enters(self, volume: Any, position: int) -> None:
        """Take a tensor for an input."""
        y = Shape(tuple(volume.shape[2:]), volume.shape[1])
        self._set(volume, self.calls.put("", "input", "input", ("input", position), (), y=y))

    def leaves(self, tensor: Any) -> None:
        """Take a tensor for an output."""
        source = self._sources.get(id(tensor))
        if source is not None:
            channels, *sides = tensor.shape[1:] or (1,)
            self.calls.output("", source[1], Shape(tuple(sides), channels))

    def _set(self, tensor: Any, read: Read) -> None:
        self._sources[id(tensor)] = tensor, read

    def work(self, call: Function, data: list[Any], learned: list[Any]) -> None:
        name, args, kwargs = call.name, call.args, call.kwargs
        if not data:
            if name not in LAYERS:
                made = Learned(self.names(learned), True)
                self._learned.update((id(t), (t, made)) for t in call.results)
                return
            data = [next(tensors((args, kwargs)))]  # a volume that came on a way that cannot be followed
        names = self.names(learned)
        self.used |= names
        before = len(self.calls)
        read = self._read(name, args, kwargs, data, names, learned)
        for noted in self.calls[before:]:
            noted.names = names
        for tensor in call.results:
            self._set(tensor, read)

    def _read(
        self,
        name: str,
        args: Any,
        kwargs: Any,
        data: list[Any],
        names: frozenset[str],
        learned: list[Any],
    ) -> Read:
        """Return how the result of a function is read, after noting the call that made it."""
        of = {id(t): self._sources[id(t)][1] for t in data if id(t) in self._sources}
        earliest = {read: tensor for tensor, read in reversed(of.items())}
        given = [of[id(t)] for t in data if id(t) in of]
        # A volume twice is the same tensor twice; what was made of a volume and is read as it is another.
        reads = [of[id(t)] for t in data if id(t) in of and earliest[of[id(t)]] == id(t)]
        volume = data[0]
        path = self.path(name, names)
        made = converted(LAYERS[name], bool(names), *args, **kwargs) if name in LAYERS else None
        if made is not None and not (isinstance(made, Recurrent) and len(reads) > 1):  # whose first state is computed
            x = self._shape(volume, made)
            if bool(names) == bool(made.weights(x)):
                return self.calls.layer(path, made, x, tuple(reads[:1]), self._shared(made.kind, names))
            if len(reads) == 1:
                return reads[0].through(f"{made} with fixed weights")
        if name in ATTENTION and (found := self._attention(name, path, args, kwargs, given, names)):
            return found
        if name in PASSED and not names and len(reads) == 1:
            passed = converted(PASSED[name], *args, **kwargs)
            if passed is None or (name in ALONG and volume.dim() > 2):  # dimensions may have been permuted before
                self.uncompared[name] = None
            if not passed:
                return reads[0]
            return reads[0].through(passed if isinstance(passed, Pad) else str(passed))
        if names and name in LEARNED and len(data) == len(learned) == 1:
            kind, numbers = LEARNED[name], learned[0].numel()
            if kind == "class_token":
                return self.calls.class_token(path, reads, self._shared(kind, names))
            values, first = volume.numel() // self.batch, self._shared(kind, names)
            return self.calls.learned(path, kind, reads[0], numbers, values, first)
        if name == "addcmul" and len(data) == 1 and len(learned) == 2:
            shift, factor = (tensor.numel() for tensor in learned)
            values, first = volume.numel() // self.batch, self._shared(name, names)
            scaled = self.calls.learned(path, "scale", reads[0], factor, values, first)
            return self.calls.learned(path, "bias", scaled, shift, values)
        if names:
            text = f"{name} with {', '.join(sorted(names))}"
            return self.calls.put(path, UNFOLLOWED, text, (UNFOLLOWED, name), reads)
        joins_one = MERGED.get(name) == "concat" and len(data) == 1
        if len(reads) == 1 and name not in UNCHANGED and not joins_one:
            self.uncompared[name] = None
        return self.calls.merge(path, MERGED.get(name, name), reads)

    def _attention(
        self, name: str, path: str, args: Any, kwargs: Any, reads: list[Read], names: frozenset[str]
    ) -> Read | None:
        """Note attention: the softmax of scores, PyTorch's product of three, or its module with its projections."""
        looks = converted(ATTENTION[name], *args, **kwargs)
        if looks is None or bool(names) != isinstance(looks, Whole):
            return None
        if isinstance(looks, Whole):
            first, biases = self._shared(name, names), (looks.bias, looks.bias)
            queries = looks.xs[0]
            if len(set(reads)) == 1:
                places = queries.sides[0]
                return self.calls.attention(
                    path, reads[0], queries.channels, looks.heads, places=places, biases=biases, shares=first
                )
            if len(reads) < 3:  # not all of them are followed
                return None
            widths = queries.channels, queries.channels
            return self.calls.cross_attention(
                path, reads, looks.xs, looks.heads, widths=widths, biases=biases * 2, shares=first
            )
        heads, places = looks
        if name == "softmax":
            return self.calls.looks(path, heads, places, reads)
        return self.calls.merge(path, "matmul", (self.calls.looks(path, heads, places, reads[:2]), *reads[2:]))

    def _shape(self, volume: Any, layer: Layer) -> Shape:
        """Return the shape of one image of a layer's volume; linear layers and layernorm have the channels last."""
        dims = tuple(volume.shape)
        if isinstance(layer, Recurrent):  # the images come first or second
            return Shape((product(dims[:-1]) // (self.batch if len(dims) > 2 else 1),), dims[-1])
        if isinstance(layer, (Linear, LayerNorm, RmsNorm)):
            images, *places, channels = dims if len(dims) > 1 else (self.batch, *dims)
            folded = images // self.batch  # places that were folded into the batch
            return Shape((*([folded] if folded > 1 else []), *places), channels)
        sides = layer.__dict__["sides"]
        return Shape(dims[len(dims) - sides :], dims[len(dims) - sides - 1])

    def _shared(self, kind: str, names: frozenset[str]) -> int | None:
        """Return the call of this kind that used the same weights first; None when this one does."""
        first = self._first.setdefault((names, kind), len(self.calls))
        return first if names and first != len(self.calls) else None
