"""A foreign model as a list of calls: run once under module hooks and a TorchFunctionMode, and every call noted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.layers.base import Layer
from cnncalc.layers.linear import Linear
from cnncalc.layers.norm import LayerNorm, RmsNorm
from cnncalc.live.calls import UNFOLLOWED, Call, Calls, Read
from cnncalc.live.functions import ATTENTION, FORM_ONLY, LAYERS, LEARNED, MERGED, PASSED, PLAIN_NAMES, UNCHANGED, Whole
from cnncalc.problem import NoAnswer, Problem
from cnncalc.shape import Shape


@dataclass(slots=True, eq=False)
class Trace:
    """What a model did: its calls, the learned tensors that none of them used, and its totals for one image."""

    calls: list[Call]
    unused: dict[str, int]  # name -> numbers in it
    params: int
    macs: int
    uncompared: list[str]  # functions that were passed over


def onto_meta(model: Any) -> Any:
    """Move a model to `meta`, where `Module.to` would make two of a tensor that two modules share."""
    moved: dict[int, tuple[Any, Any]] = {}
    for module in model.modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None and tensor.device.type != "meta":
                    made = tensor.detach().to("meta")
                    made = torch.nn.Parameter(made, tensor.requires_grad) if held is module._parameters else made
                    _, held[name] = moved.setdefault(id(tensor), (tensor, made))
    return model


class NoTensor(Exception):  # noqa: N818  # its text is the type of what came instead
    """A model returned nothing that is a tensor."""


def trace(model: Any, shapes: Sequence[Shape], *, device: str = "meta", batch: int = 1) -> Trace:
    """Run a model once with a volume of each shape, and list what it did. Raises whatever the model raises."""
    parameters = dict(model.named_parameters())
    dtype = next((p.dtype for p in parameters.values() if p.is_floating_point()), torch.float32)
    volumes = [torch.zeros((batch, *shape.chw), device=device, dtype=dtype) for shape in shapes]
    tracer = Tracer(parameters, model.buffers(), batch)
    for position, volume in enumerate(volumes):
        tracer.enters(volume, position)
    counter = FlopCounterMode(display=False)
    with ExitStack() as stack:
        for name, module in model.named_modules():
            # A scripted module takes no hooks of Python's; its calls bear the path of what holds it.
            if not isinstance(module, torch.jit.ScriptModule):
                stack.enter_context(_Level(tracer, module, name))
        stack.enter_context(torch.no_grad())
        stack.enter_context(counter)
        stack.enter_context(tracer)
        try:
            result = model(*volumes)
        except Exception as error:
            error.add_note(tracer.last)
            raise
    outputs = list(tensors(result))
    if not outputs:
        raise NoTensor(type(result).__name__)
    for tensor in outputs:
        tracer.leaves(tensor)
    unused = {name: p.numel() for name, p in parameters.items() if name not in tracer.used}
    params = sum(p.numel() for p in parameters.values())
    macs = counter.get_total_flops() // 2 // batch
    return Trace(tracer.calls.settled(), unused, params, macs, list(tracer.uncompared))


class _Level:
    """Hooks that keep the tracer's path while a module works."""

    def __init__(self, tracer: Tracer, module: Any, name: str) -> None:
        self.tracer, self.module, self.name = tracer, module, name

    def __enter__(self) -> None:
        leaf = next(self.module.children(), None) is None
        level = (self.name, leaf and bool(self.name))
        self.hooks = (
            self.module.register_forward_pre_hook(lambda module, given: self.tracer.down(level, module, given)),
            self.module.register_forward_hook(lambda *_: self.tracer.up(), always_call=True),
        )

    def __exit__(self, *_: object) -> None:
        for hook in self.hooks:
            hook.remove()


class WeightsOnMeta(TorchFunctionMode):
    """Lets models that compute with tensors while they are built do so, and yet fill no weights with numbers.

    Layers take the room for their weights by `torch.empty`; everything else stays where it is.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


class Tracer(TorchFunctionMode):
    """Notes every call of a torch function: where each tensor comes from, and what layers worked on it."""

    def __init__(self, parameters: Mapping[str, Any], buffers: Iterable[Any], batch: int) -> None:
        super().__init__()
        self.calls = Calls()
        self.batch = batch
        self.levels: list[tuple[str, bool]] = []  # the modules being run, and whether they hold no others
        self.last = ""  # the last module that began to work, and on what
        self.used: set[str] = set()
        self.uncompared: dict[str, None] = {}
        # Tensors by identity; each is kept, so that no other can get its identity.
        self._sources: dict[int, tuple[Any, Read]] = {}
        self._learned = {id(p): (p, frozenset((name,))) for name, p in parameters.items()}
        self._fixed = {id(b): b for b in buffers}  # and what is made of them, and of nothing
        self._first: dict[tuple[frozenset[str], str], int] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", str(func)).strip("_")
        if name == "get":  # of a property: x.shape, x.data, x.T
            args = args[:1]
        try:
            self._note(PLAIN_NAMES.get(name, name), args, kwargs, result)
        except Exception as fault:  # ours, not theirs: it must not be reported as theirs
            where = self._path(name, frozenset())
            raise NoAnswer([Problem("E125", f"{where} cannot be followed: {type(fault).__name__}: {fault}")]) from fault
        return result

    def down(self, level: tuple[str, bool], module: Any, given: Any) -> None:
        """Note that a module begins to work, and on what: the last one where a model fails."""
        self.levels.append(level)
        shapes = [Shape(tuple(t.shape[2:]), t.shape[1]) for t in tensors(given) if t.dim() > 1]
        if level[1]:
            self.last = f"it was in {level[0]}, {module}, on {' and '.join(map(str, shapes)) or 'no volume'}"

    def up(self) -> None:
        if self.levels:
            self.levels.pop()

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

    def _note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        results = list(tensors(args[:1] if name == "setitem" else result))
        if not results:
            return
        fresh = name.endswith("_like") or name.startswith("new_")  # it only takes the form of another tensor
        given = [] if fresh else list(tensors((args[:1], {}) if name in FORM_ONLY else (args, kwargs)))
        data = [t for t in given if id(t) in self._sources]
        learned = [t for t in given if id(t) in self._learned and id(t) not in self._sources]
        if learned and not data and name in LAYERS and not self._is_known(given[0]):
            data = given[:1]  # a volume that came on a way that cannot be followed
        names = frozenset[str]().union(*(self._learned[id(t)][1] for t in learned))
        if data:
            self.used |= names
            before = len(self.calls)
            read = self._read(name, args, kwargs, data, names, learned)
            for call in self.calls[before:]:
                call.names = names
            for tensor in results:
                self._set(tensor, read)
        elif learned:
            self._learned.update((id(t), (t, names)) for t in results)
        elif all(id(t) in self._fixed for t in given):
            self._fixed.update((id(t), t) for t in results)

    def _is_known(self, tensor: Any) -> bool:
        return id(tensor) in self._learned or id(tensor) in self._fixed

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
        path = self._path(name, names)
        if name in LAYERS and (made := _called(LAYERS[name], bool(names), *args, **kwargs)):
            x = self._shape(volume, made)
            if bool(names) == bool(made.weights(x)):
                return self.calls.layer(path, made, x, tuple(reads[:1]), self._shared(made.kind, names))
            if len(reads) == 1:
                return reads[0].through(f"{made} with fixed weights")
        if name in ATTENTION and (found := self._attention(name, path, args, kwargs, given, names)):
            return found
        if name in PASSED and not names and len(reads) == 1:
            text = _called(PASSED[name], *args, **kwargs)
            return reads[0].through(text) if text else reads[0]
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
        """Note attention: the softmax of scores, PyTorch's product of three, or its module of one projection."""
        looks = _called(ATTENTION[name], *args, **kwargs)
        if looks is None or bool(names) != isinstance(looks, Whole):
            return None
        if isinstance(looks, Whole):
            if len(set(reads)) > 1:
                return None
            first = self._shared(name, names)
            return self.calls.attention(
                path, reads[0], looks.channels, looks.heads, places=looks.places, bias=looks.bias, shares=first
            )
        heads, places = looks
        if name == "softmax":
            return self.calls.looks(path, heads, places, reads)
        return self.calls.merge(path, "matmul", (self.calls.looks(path, heads, places, reads[:2]), *reads[2:]))

    def _shape(self, volume: Any, layer: Layer) -> Shape:
        """Return the shape of one image of a layer's volume; linear layers and layernorm have the channels last."""
        dims = tuple(volume.shape)
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

    def _path(self, name: str, names: frozenset[str]) -> str:
        """Return the path of a call: of the module that holds its weights, else of the module being run."""
        if names:
            owner, _, own = min(names).rpartition(".")
            return owner or own
        level, leaf = self.levels[-1] if self.levels else ("", False)
        return level if leaf else f"{level}.{name}".lstrip(".")


def _called(handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Convert a call's arguments; None when no layer kind can express them."""
    try:
        return handler(*args, **kwargs)
    except (TypeError, ValueError):
        return None


def tensors(value: Any) -> Iterator[Any]:
    """Yield the tensors in lists, tuples, dicts, dataclasses and what else holds them."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from tensors(part)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from tensors(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from tensors(getattr(value, field.name, None))
