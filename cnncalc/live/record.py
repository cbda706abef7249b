"""What a PyTorch model does when it is run: its functions are noted under module hooks and a TorchFunctionMode.

Two things are made of it: the calls that a comparison aligns (trace.py), and the layers of a graph (read.py).
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from cnncalc.live.functions import FORM_ONLY, PLAIN_NAMES, SAME_VALUES
from cnncalc.problem import NoAnswer, Problem
from cnncalc.shape import Shape


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
    renew_lists(model)
    return model


def renew_lists(model: Any) -> None:
    """Let recurrent layers list the parameters that they now have; they pass the list on, not the parameters."""
    for module in model.modules():
        if isinstance(module, torch.nn.RNNBase):
            module._init_flat_weights()


class NoTensor(Exception):  # noqa: N818  # its text is the type of what came instead
    """A model returned nothing that is a tensor."""


class _Level:
    """Hooks that keep the recorder's path while a module works."""

    def __init__(self, recorder: Recorder, module: Any, name: str) -> None:
        self.recorder, self.module, self.name = recorder, module, name

    def __enter__(self) -> None:
        leaf = next(self.module.children(), None) is None
        level = (self.name, leaf and bool(self.name))
        self.hooks = (
            self.module.register_forward_pre_hook(lambda module, given: self.recorder.down(level, module, given)),
            self.module.register_forward_hook(
                lambda module, given, result: self.recorder.up(module, given, result), always_call=True
            ),
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


class Learned(NamedTuple):
    """A tensor that is a parameter, or was made of some: their names, and whether its values are still theirs."""

    names: frozenset[str]
    changed: bool = False


class Recorder(TorchFunctionMode, abc.ABC):
    """Notes every call of a torch function: which tensors are volumes, which are learned, and in which module it is."""

    def __init__(self, parameters: Mapping[str, Any], buffers: Iterable[Any]) -> None:
        super().__init__()
        self.levels: list[tuple[str, bool]] = []  # the modules being run, and whether they hold no others
        self.last = ""  # the last module that began to work, and on what
        self.used: set[str] = set()
        # Tensors by identity; each is kept, so that no other can get its identity.
        self._learned = {id(p): (p, Learned(frozenset((name,)))) for name, p in parameters.items()}
        self._fixed = {id(b): b for b in buffers}  # and what is made of them, and of nothing

    @abc.abstractmethod
    def is_data(self, tensor: Any) -> bool:
        """Return whether a tensor depends on an input."""

    @abc.abstractmethod
    def work(self, call: Function, data: list[Any], learned: list[Any]) -> None:
        """Note a function that works on data."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", str(func)).strip("_")
        result = torch.empty_like(args[0]) if _only_shape(name, args, kwargs) else func(*args, **kwargs)
        if name == "get":  # of a property: x.shape, x.data, x.T
            args = args[:1]
        try:
            self._note(Function(PLAIN_NAMES.get(name, name), func, args, kwargs, result))
        except NoAnswer:
            raise
        except Exception as fault:  # ours, not theirs: it must not be reported as theirs
            where = self.path(name, frozenset())
            raise NoAnswer([Problem("E125", f"{where} cannot be followed: {type(fault).__name__}: {fault}")]) from fault
        return result

    def down(self, level: tuple[str, bool], module: Any, given: Any) -> None:
        """Note that a module begins to work, and on what: the last one where a model fails."""
        self.levels.append(level)
        shapes = [Shape(tuple(t.shape[2:]), t.shape[1]) for t in tensors(given) if t.dim() > 1]
        if level[1]:
            self.last = f"it was in {level[0]}, {module}, on {' and '.join(map(str, shapes)) or 'no volume'}"

    def up(self, module: Any, given: Any, result: Any) -> None:
        if self.levels:
            self.levels.pop()

    def _note(self, call: Function) -> None:
        results = call.results
        if not results:
            return
        name = call.name
        fresh = name.endswith("_like") or name.startswith("new_")  # it only takes the form of another tensor
        given = [] if fresh else list(tensors((call.args[:1], {}) if name in FORM_ONLY else (call.args, call.kwargs)))
        data = [t for t in given if self.is_data(t)]
        learned = [t for t in given if id(t) in self._learned and not self.is_data(t)]
        if data or (learned and not self._is_known(given[0])):
            self.work(call, data, learned)
        elif learned:
            made = Learned(
                self.names(learned), name not in SAME_VALUES or any(self.learned(t).changed for t in learned)
            )
            self._learned.update((id(t), (t, made)) for t in results)
        elif all(id(t) in self._fixed for t in given):
            self._fixed.update((id(t), t) for t in results)

    def learned(self, tensor: Any) -> Learned:
        return self._learned[id(tensor)][1]

    def names(self, learned: Iterable[Any]) -> frozenset[str]:
        return frozenset[str]().union(*(self.learned(t).names for t in learned))

    def _is_known(self, tensor: Any) -> bool:
        return id(tensor) in self._learned or id(tensor) in self._fixed

    def path(self, name: str, names: frozenset[str]) -> str:
        """Return the path of a call: of the module that holds its weights, else of the module being run."""
        if names:
            owner, _, own = min(names).rpartition(".")
            return owner or own
        level, leaf = self.levels[-1] if self.levels else ("", False)
        return level if leaf else f"{level}.{name}".lstrip(".")


def _only_shape(name: str, args: Any, kwargs: Any) -> bool:
    """Return whether a function is batch norm without values, which PyTorch would decompose in Python to no end."""
    if name != "batch_norm" or len(args) < 3 or not args[0].is_meta:
        return False
    mean, training = args[1], args[5] if len(args) > 5 else kwargs.get("training", False)
    return not training and mean is not None and args[0].dim() > 1 and mean.numel() == args[0].shape[1]


class Function(NamedTuple):
    """One call of a torch function: its name without underscores, what it was given and what it returned."""

    name: str
    function: Any
    args: Any
    kwargs: Any
    result: Any

    @property
    def results(self) -> list[Any]:
        """The tensors that it made, or changed."""
        return list(tensors(self.args[:1] if self.name == "setitem" else self.result))


def record(model: Any, volumes: Sequence[Any], recorder: Recorder, *modes: Any, **named: Any) -> Any:
    """Run a model under a recorder; return what it returns. Raises whatever it raises, with the module it was in."""
    with ExitStack() as stack:
        for name, module in model.named_modules():
            # A scripted module takes no hooks of Python's; its calls bear the path of what holds it.
            if not isinstance(module, torch.jit.ScriptModule):
                stack.enter_context(_Level(recorder, module, name))
        for mode in (torch.no_grad(), *modes, recorder):
            stack.enter_context(mode)
        try:
            return model(*volumes, **named)
        except Exception as error:
            error.add_note(recorder.last)
            raise


def converted(handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
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
