"""What a layer builds in PyTorch, as source code: its `build` runs with a torch that notes what it is asked for.

Constructors of modules, parameters and the calculation in `forward` become Terms, which write themselves. The source
comes of the same lines that build the network, and PyTorch is not needed.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from cnncalc.network.network import Node
from cnncalc.shape import Shape

BATCH = 987_654_321
"""Stands for the size of the batch, which `len` must return as a number."""
MOST = 400
"""Operations of one layer; one that loops over a sequence has more."""
SIGNS = {"torch.add": "+", "torch.sub": "-", "torch.mul": "*"}
BINDING = {"+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "@": 11, "**": 13}
BINDING |= dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 5)
ATOM = 20


class NotRecorded(Exception):  # noqa: N818  # no fault of the program
    """A layer does something with PyTorch that cannot be written as an expression."""


class Forked(Exception):  # noqa: N818  # no fault of the program
    """A layer does something else in training: both are recorded."""


class Term:
    """A value of the written program: how it is written, and what it is made of."""

    def __init__(self, recorder: Recorder, form: str, parts: Sequence[Any] = (), binding: int = ATOM) -> None:
        self._recorder, self._form, self._parts, self._binding = recorder, form, tuple(parts), binding
        recorder.count += 1
        if recorder.count > MOST:
            raise NotRecorded("it has too many operations")

    def _of(self, form: str, *parts: Any, binding: int = ATOM) -> Term:
        return Term(self._recorder, form, parts, binding)

    def __getattr__(self, name: str) -> Term:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._of(f".{name}", self)

    def __call__(self, *args: Any, **kwargs: Any) -> Term:
        return self._of("()", self, args, kwargs)

    def __getitem__(self, index: Any) -> Term:
        return self._of("[]", self, index)

    def __iter__(self) -> Iterator[Term]:
        """Unpack into as many parts as are asked for: by names on the left, or by the sizes that it was split into."""
        if self._form == "()" and self._parts[0]._form == ".split" and isinstance(self._parts[1][0], (list, tuple)):
            return iter([self[index] for index in range(len(self._parts[1][0]))])
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        if code[at] != dis.opmap["UNPACK_SEQUENCE"]:
            raise NotRecorded("it takes apart what has no known length")
        return iter([self[index] for index in range(code[at + 1])])

    def __len__(self) -> int:
        return BATCH

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        if self._form != ".training":
            raise NotRecorded("what it does depends on values")
        if self._recorder.branch is None:
            raise Forked
        return self._recorder.branch


def _operator(sign: str, swapped: bool) -> Callable[[Term, Any], Term]:
    def made(self: Term, other: Any) -> Term:
        left, right = (other, self) if swapped else (self, other)
        return self._of(f" {sign} ", left, right, binding=BINDING[sign])

    return made


SIGN_OF = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%", "matmul": "@", "pow": "**"}
for _name, _sign in SIGN_OF.items():
    setattr(Term, f"__{_name}__", _operator(_sign, swapped=False))
    setattr(Term, f"__r{_name}__", _operator(_sign, swapped=True))
for _name, _sign in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Term, f"__{_name}__", _operator(_sign, swapped=False))


class Volume(Term):
    """An input of a layer: its shape is known."""

    def __init__(self, recorder: Recorder, number: int, x: Shape) -> None:
        super().__init__(recorder, f"{{{number}}}")
        self.shape = (BATCH, *x.chw)

    def dim(self) -> int:
        return len(self.shape)

    def reshape(self, *sizes: int) -> Term:
        """Dimensions of 1 behind the others are written as such."""
        count = len(self.shape)
        if sizes[:count] == self.shape and all(size == 1 for size in sizes[count:]):
            return self if len(sizes) == count else self[(*[slice(None)] * count, *[None] * (len(sizes) - count))]
        return self._of("()", self._of(".reshape", self), sizes, {})

    def movedim(self, source: int, target: int) -> Term:
        """A vector has its channels at both ends."""
        return self if len(self.shape) == 2 else self._of("()", self._of(".movedim", self), (source, target), {})


class Vector(Term):
    """A vector of each image: its channels are at both ends."""

    def movedim(self, source: int, target: int) -> Term:
        return self


class Tensor(Term):
    """A tensor of a module, whose sizes are known."""

    def __init__(self, module: Module, name: str, sizes: tuple[int, ...]) -> None:
        super().__init__(module.recorder, f".{name}", (Own(module),))
        self.shape = sizes

    def dim(self) -> int:
        return len(self.shape)


class Own(Term):
    """A module, of which a tensor is taken."""

    def __init__(self, module: Module) -> None:
        super().__init__(module.recorder, "self")
        self._module = module


class Child(Term):
    """A module that is a part of another; what is done before and behind it is a part of its call."""

    def __init__(self, module: Module, form: str, parts: Sequence[Any]) -> None:
        super().__init__(module.recorder, form, parts)
        self._module = module

    def __call__(self, *args: Any, **kwargs: Any) -> Term:
        return self._module.called(self, args)


class Module:
    """What is noted of a module: how it is made, its own tensors, what is done before and behind it."""

    recorder: Recorder
    path = ""  # `nn.Conv2d`; nothing for a class of ours

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        state = self.__dict__
        state["args"] = tuple(list(arg) if isinstance(arg, Generator) else arg for arg in args)
        state["kwargs"] = kwargs
        state["before"], state["behind"] = [], []
        state["tensors"], state["children"], state["said"] = {}, {}, {}

    def register_forward_pre_hook(self, hook: Any) -> None:
        self.__dict__["before"].append(hook)

    def register_forward_hook(self, hook: Any) -> None:
        self.__dict__["behind"].append(hook)

    def register_parameter(self, name: str, value: Any) -> None:
        self.__dict__["tensors"][name] = ("parameter", value)

    def register_buffer(self, name: str, value: Any) -> None:
        self.__dict__["tensors"][name] = ("buffer", value)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Module):
            self.__dict__["children"][name] = value
        elif isinstance(value, (str, tuple, int, float, type(None))):
            self.__dict__["said"][name] = value
        else:
            raise NotRecorded(f"its {name} is set")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        state = self.__dict__
        if name == "training" and self.recorder.training is not None:
            return self.recorder.training
        if name in state["said"]:
            return state["said"][name]
        if name in state["tensors"] and state["tensors"][name][1] is None:
            return None
        child = state["children"].get(name)
        if child is not None and child.__dict__["args"] and isinstance(child.__dict__["args"][0], list):
            own = Term(self.recorder, f".{name}", (Term(self.recorder, "self"),))
            return [Child(module, "[]", (own, number)) for number, module in enumerate(child.__dict__["args"][0])]
        if child is not None:
            return Child(child, f".{name}", (Term(self.recorder, "self"),))
        known = {*state["tensors"], *state["children"], *(path.partition(".")[0] for path in self.recorder.sizes)}
        if name not in known and name != "training":
            raise AttributeError(f"its {name} is not known")
        if name in self.recorder.sizes:
            return Tensor(self, name, self.recorder.sizes[name])
        return Term(self.recorder, f".{name}", (Term(self.recorder, "self"),))

    def __call__(self, *volumes: Any) -> Term:
        """Call a module that is no part of another: it is made where it is called."""
        return self.called(Term(self.recorder, "made", (self,)), volumes)

    def called(self, function: Term, volumes: tuple[Any, ...]) -> Term:
        """Return the call of this module, with what is done before and behind it."""
        for hook in self.__dict__["before"]:
            volumes = hook(self, volumes)
        made = Term(self.recorder, "()", (function, volumes, {}))
        for hook in self.__dict__["behind"]:
            made = hook(self, volumes, made)
        return made


class Functions:
    """torch, torch.nn, torch.nn.functional: what is asked of them is noted."""

    def __init__(self, recorder: Recorder, path: str) -> None:
        self._recorder, self._path = recorder, path

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}"
        if path in ("torch.nn", "torch.nn.functional", "torch.nn.init", "torch.linalg"):
            return Functions(self._recorder, path)
        if self._path == "torch.nn.init":
            return lambda *args: self._recorder.statements.append(Term(self._recorder, path)(*args))
        if self._path == "torch.nn" and name != "Parameter":
            return self._recorder.module_class(name)
        return Term(self._recorder, path)


class Recorder:
    """One recording."""

    def __init__(self, sizes: dict[str, tuple[int, ...]], training: bool | None = None) -> None:
        self.count = 0
        self.training = training  # as a module has it; None where it is a part of the source
        self.branch: bool | None = None  # what is recorded of a layer that does something else in training
        self.sizes = sizes  # of a layer's tensors
        self.statements: list[Term] = []  # done once a module is made
        self.classes: dict[str, type[Module]] = {}

    def module_class(self, name: str) -> type[Module]:
        if name not in self.classes:
            path = "" if name == "Module" else f"nn.{name}"
            base = Module if name == "Module" else self.module_class("Module")
            self.classes[name] = type(name, (base,), {"recorder": self, "path": path})
        return self.classes[name]


class Recorded:
    """A layer as PyTorch's source: `module` is how it is made, `result` what it computes of its inputs."""

    def __init__(self, node: Node, training: bool | None = None) -> None:
        recorder = Recorder({**node.layer.weights(*node.x), **node.layer.buffers(*node.x)}, training)
        self.node = node
        self.module: Module = node.layer.build(Functions(recorder, "torch"), *node.x)
        if not isinstance(self.module, Module):
            raise NotRecorded("it builds no module")
        self.volumes = [Volume(recorder, number, x) for number, x in enumerate(node.x)]
        recorder.count = 0
        try:
            self.result = self._calculated(recorder)
        except Forked:
            self.result = self._both(recorder)
        self.statements = recorder.statements
        values = [value for _, value in self.module.__dict__["tensors"].values() if isinstance(value, Term)]
        for term in (term for value in values for term in terms(value)):
            if term._form == "self":  # a tensor of another module, which is made for it
                if not isinstance(term, Own):
                    raise NotRecorded("its tensors are those of another module")
                term._form, term._parts = "made", (term._module,)

    def _both(self, recorder: Recorder) -> Term:
        """Return what is computed in training, else what is computed else."""
        recorder.branch = True
        trained = self._calculated(recorder)
        recorder.branch = False
        condition = Term(recorder, ".training", (Term(recorder, "self"),))
        return Term(recorder, "if", (trained, condition, self._calculated(recorder)), 1)

    def _calculated(self, recorder: Recorder) -> Term:
        state = self.module.__dict__
        volumes: tuple[Any, ...] = tuple(self.volumes)
        for hook in state["before"]:
            volumes = hook(self.module, volumes)
        own = getattr(type(self.module), "forward", None)
        made: Any
        if callable(own) and not isinstance(own, Term):
            made = own(self.module, *volumes)
        else:
            kind = Term if self.node.y.sides else Vector
            made = kind(recorder, "()", (Term(recorder, "this"), volumes, {}))
        for hook in state["behind"]:
            made = hook(self.module, volumes, made)
        if not isinstance(made, Term):
            raise NotRecorded("it computes no tensor")
        return made

    @property
    def is_plain(self) -> bool:
        """Whether it is a module of PyTorch as it is, called with its inputs."""
        return (
            self.calls_itself
            and self.result._form == "()"
            and self.result._parts[0]._form == "this"
            and not any(isinstance(part, Term) and not isinstance(part, Volume) for part in self.result._parts[1])
        )

    @property
    def calls_itself(self) -> bool:
        """Whether it is a module of PyTorch, perhaps with something done before or behind it."""
        return self._has("this")

    @property
    def has_state(self) -> bool:
        return bool(self.module.__dict__["tensors"] or self.module.__dict__["children"] or self.module.path)

    def _has(self, form: str) -> bool:
        return any(term._form == form for term in terms(self.result))


def terms(root: Term) -> list[Term]:
    """Return the terms that a term is made of, each once, the innermost first."""
    found: dict[int, Term] = {}
    stack: list[tuple[Term, bool]] = [(root, False)]
    while stack:
        term, done = stack.pop()
        if done:
            found[id(term)] = term
        elif id(term) not in found:
            stack.append((term, True))
            stack.extend((part, False) for part in _inner(term._parts))
    return list(found.values())


def _inner(value: Any) -> Iterator[Term]:
    if isinstance(value, Term):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _inner(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _inner(part)
    elif isinstance(value, slice):
        yield from _inner((value.start, value.stop, value.step))


def uses(root: Term) -> dict[int, int]:
    """Return how often each term is read, by its id."""
    found: dict[int, int] = {id(root): 1}
    for term in terms(root):
        for part in _inner(term._parts):
            found[id(part)] = found.get(id(part), 0) + 1
    return found


def written(value: Any, names: dict[int, str], binding: int = 0) -> str:
    """Return a value as Python source; `names` has the terms that have a name, and the inputs."""
    if isinstance(value, Term):
        if id(value) in names:
            return names[id(value)]
        text = _term(value, names)
        own = value._binding
        if value._form == "()" and isinstance(value._parts[0], Term) and value._parts[0]._form in SIGNS:
            own = BINDING[SIGNS[value._parts[0]._form]]
        return f"({text})" if own < binding else text
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return _number(value, names)
    if isinstance(value, float):
        return f'float("{value}")' if value in (float("inf"), float("-inf")) else repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        inside = ", ".join(written(part, names) for part in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, (list, range)):
        return f"[{', '.join(written(part, names) for part in value)}]"
    if isinstance(value, slice):
        start, stop, step = (
            "" if end is None else written(end, names) for end in (value.start, value.stop, value.step)
        )
        return (
            f"slice({written(value.start, names)}, {written(value.stop, names)})"
            if not names
            else (f"{start}:{stop}" + (f":{step}" if step else ""))
        )
    if value is Ellipsis:
        return "..."
    if isinstance(value, Module):
        return constructed(value, names)
    raise NotRecorded(f"a {type(value).__name__} is no value of the source")


def _number(value: int, names: dict[int, str]) -> str:
    return f"len({names[0]})" if value == BATCH else str(value)


def _term(term: Term, names: dict[int, str]) -> str:
    form, parts = term._form, term._parts
    if form == "()":
        function, args, kwargs = parts
        if isinstance(function, Term) and function._form in SIGNS and len(args) == 2:
            sign = SIGNS[function._form]
            left, right = args
            return f"{written(left, names, BINDING[sign])} {sign} {written(right, names, BINDING[sign] + 1)}"
        words = [written(arg, names) for arg in args]
        words += [f"{name}={written(value, names)}" for name, value in kwargs.items()]
        return f"{written(function, names, ATOM)}({', '.join(words)})"
    if form == "[]":
        index = parts[1]
        inside = (
            ", ".join(written(part, names) for part in index) if isinstance(index, tuple) else written(index, names)
        )
        return f"{written(parts[0], names, ATOM)}[{inside}]"
    if form == "made":
        return constructed(parts[0], names)
    if form == "if":
        trained, condition, otherwise = (written(part, names, 2) for part in parts)
        return f"{trained} if {condition} else {otherwise}"
    if form.startswith(".") and parts:
        return f"{written(parts[0], names, ATOM)}{form}"
    if form.startswith(" "):
        left, right = parts
        return f"{written(left, names, term._binding)}{form}{written(right, names, term._binding + 1)}"
    return form.replace("torch.nn.functional.", "F.").replace("torch.nn.", "nn.")


def constructed(module: Module, names: dict[int, str]) -> str:
    """Return the call that makes a module of PyTorch."""
    state = module.__dict__
    words = [written(arg, names) for arg in state["args"]]
    words += [f"{name}={written(value, names)}" for name, value in state["kwargs"].items()]
    return f"{module.path}({', '.join(words)})"
