"""Memory of one training iteration or of inference: what is alive at each moment, the peak, the largest batch.

The moments are those of PyTorch: forward pass in order, loss, backward pass in reverse, step of the optimizer. State of
the optimizer exists from the second iteration on, so that is the iteration that is computed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import count, pairwise
from typing import NamedTuple

from cnncalc.network.devices import capacity_of
from cnncalc.network.network import Group, Network, Node
from cnncalc.network.report import DTYPE_BYTES
from cnncalc.network.training import Precision, Rule, Step, Training, ends, frozen_below, owner, rules
from cnncalc.numbers.arith import Number, maximum, product, symbols_of
from cnncalc.problem import NoAnswer, Problem, did_you_mean, quoted
from cnncalc.result import Result

LARGEST_BATCH = 10**9
AMP = {"bf16": 2, "fp16": 2}
"""Bytes of a number of the low type of torch.autocast, by name."""
DEVICES = ("cuda", "cpu")
LISTED = 5
"""How many of what is alive at the peak are listed."""


class Optimizer(NamedTuple):
    """Numbers that an optimizer keeps for each learned one, and what its step needs for a while.

    `foreach` is the step over all tensors at once (PyTorch's default on CUDA), in numbers for each learned
    one; `current` and `previous` are the step one tensor after another: how often that tensor, and the one before it.
    """

    state: int
    foreach: int
    current: int
    previous: int


OPTIMIZERS = {
    "sgd": Optimizer(0, 0, 0, 0),
    "momentum": Optimizer(1, 0, 0, 0),
    "rmsprop": Optimizer(1, 1, 1, 1),
    "adam": Optimizer(2, 1, 2, 1),
    "adamw": Optimizer(2, 1, 2, 1),
    "lion": Optimizer(1, 1, 1, 1),
    "adafactor": Optimizer(0, 1, 1, 1),
}
"""By name. Source: torch.optim of PyTorch 2.13, timm 1.0.31's Lion, under MemTracker; Adafactor's state is factored."""


class Moment(NamedTuple):
    """What is alive when a layer has worked: `phase` is forward, loss, recompute, backward or step."""

    phase: str
    path: str
    live: int


class Part(NamedTuple):
    """One thing that is alive: what it is, and the layer that it belongs to."""

    what: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Options:
    """How the network is trained or run."""

    batch: int = 1
    optimizer: str = "sgd"
    dtype: str = "float32"
    amp: str | None = None
    channels_last: bool = False
    inplace: bool = False
    checkpoint: tuple[str, ...] = ()  # `block`, or paths of groups
    freeze: tuple[str, ...] = ()
    foreach: bool = True
    grad_accumulation: bool = False
    device: str = "cuda"
    inference: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Memory(Result):
    """The memory of one training iteration, in bytes. `parts` are the largest of what is alive at the peak.

    `unknown` are layers without a rule: what they keep is missing, so that the figures are at least.
    """

    network: Network
    options: Options
    weight_bytes: int
    buffer_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    input_bytes: int
    saved_bytes: int
    peak_bytes: int
    peak: Moment
    parts: list[Part]
    moments: list[Moment]
    unknown: list[Node]
    capacity: int | None = None
    largest_batch: int | None = None
    find_savings: Callable[[], Iterator[tuple[str, int]]] = field(default=lambda: iter(()))
    found_savings: list[tuple[str, int]] | None = None

    @property
    def savings(self) -> list[tuple[str, int]]:
        """What would lower the peak, with the bytes that it saves; computed when it is asked for."""
        if self.found_savings is None:
            self.found_savings = [*self.find_savings()]
        return self.found_savings

    @property
    def arena_bytes(self) -> int:
        """What is alive at the peak beside weights, buffers and the optimizer's state: a microcontroller's arena."""
        return self.peak_bytes - self.weight_bytes - self.buffer_bytes - self.optimizer_bytes

    def __repr__(self) -> str:
        return f"<Memory of {self.network.name}: peak {self.peak_bytes:,} B at {self.peak.phase} {self.peak.path}>"

    def __iter__(self) -> Iterator[Moment]:
        return iter(self.moments)

    def __len__(self) -> int:
        return len(self.moments)


class Iteration:
    """One iteration, moment by moment; `stop` is the moment after which to stay, so that what is alive can be seen."""

    def __init__(
        self, training: Training, options: Options, segments: Sequence[tuple[int, int]] = (), stop: int = -1
    ) -> None:
        self.training, self.options, self.stop = training, options, stop
        self.ends = ends(training.network)
        self.steps = training.steps
        self.live: dict[tuple[str, int], Number] = {}
        self.now: Number = 0
        self.moments: list[Moment] = []
        self.segment = {i: part for part in segments for i in range(*part)}
        self.weights = {step.node.index: self.number(step.weights) for step in self.steps if step.weights}
        self.times_saved = Counter[int]()  # how often a storage is kept for the backward pass
        self.entering: dict[tuple[int, int], list[int]] = {}
        self.last: dict[int, int] = {}  # the last step that reads a storage
        self.buffers: dict[int, tuple[Number, int, int]] = {}  # gradients: bytes, how many wait for them, of what node
        self.gradients: dict[int, int] = {}  # node -> gradient of its output
        self.names = count()
        self._count()

    def working(self) -> Iterator[Step]:
        """Yield the steps that are done: in inference without side heads, and nothing is kept."""
        if not self.options.inference:
            yield from self.steps
            return
        for step in self.steps:
            if step.node.aux is None:
                yield step._replace(saved=(), extra=0)

    def _count(self) -> None:
        for step in self.working():
            if step.node.index not in self.segment:
                self.times_saved.update(step.saved)
            for index in step.node.inputs:
                self.last[self.steps[index].storage] = step.node.index
            self.last.setdefault(step.storage, step.node.index)
        for part in dict.fromkeys(self.segment.values()):
            outside = [i for at in range(*part) for i in self.steps[at].node.inputs if not part[0] <= i < part[1]]
            self.entering[part] = [*dict.fromkeys(self.steps[i].storage for i in outside)]
            self.times_saved.update(self.entering[part])

    def run(self) -> None:
        """Go through the iteration; what is alive at `stop` is left in `live`."""
        try:
            self.begin()
            self.forward()
            if self.options.inference:
                return
            self.loss()
            self.backward()
            self.step()
        except _Stopped:
            pass

    def take(self, what: str, index: int, size: Number) -> None:
        key = what, index
        self.live[key] = self.live.get(key, 0) + size
        self.now = self.now + size

    def drop(self, what: str, index: int) -> None:
        self.now = self.now - self.live.pop((what, index), 0)

    def number(self, number: Number) -> Number:
        """Return a size as it is added up."""
        return int(number)

    def moment(self, phase: str, path: str = "") -> None:
        self.moments.append(Moment(phase, path, self.now))
        if len(self.moments) == self.stop + 1:
            raise _Stopped

    def for_a_while(self, phase: str, node: Node, size: Number) -> None:
        """Note the moment of a layer, with what it needs for a while."""
        self.take("temporary", node.index, size)
        self.moment(phase, node.path)
        self.drop("temporary", node.index)

    def begin(self) -> None:
        number = self.training.precision.number
        for step in self.steps:
            node = step.node
            if node.kind == "input":
                self.take("input", node.index, self.number(step.size))
                continue
            rule = self.training.rules[node.index]
            if node.shares is None and rule.learned:
                self.take("weights", node.index, self.number(rule.learned) * number)
            if rule.buffers:
                # Batch normalisation counts its steps in 8 bytes.
                self.take("buffers", node.index, self.number(rule.buffers) * number + 8 * (node.kind == "batchnorm"))
            if step.weights and not self.options.inference:
                self.take("optimizer state", node.index, self.state_bytes(node))
                if self.options.grad_accumulation:
                    self.take("gradient of weights", node.index, self.number(step.weights))
        self.begun: dict[str, Number] = defaultdict(int)
        for (what, _), size in self.live.items():
            self.begun[what] = self.begun[what] + size

    def forward(self) -> None:
        ends = {self.steps[index].storage for index in self.ends}
        for step in self.working():
            node = step.node
            if node.kind == "input":
                continue
            if step.storage == node.index:
                self.take("output", node.index, self.number(step.size))
            if step.extra and node.index not in self.segment:
                self.take("kept besides", node.index, self.number(step.extra))
            if step.casts:
                self.take(
                    "casts of weights", node.index, self.number(step.casts if node.index in self.segment else step.cast)
                )
            self.for_a_while("forward", node, self.number(step.forward))
            for storage in {step.storage, *(self.steps[i].storage for i in node.inputs)}:
                if self.last[storage] <= node.index and not self.times_saved[storage] and storage not in ends:
                    self.drop("output", storage)
                    if self.options.inference:  # a program that trains holds its images
                        self.drop("input", storage)

    def loss(self) -> None:
        """The logarithm of softmax is kept, and the gradients of it and of the outputs come one after the other."""
        for index in self.ends:
            self.take("loss", index, self.number(self.training.loss_bytes(self.steps[index].node)))
        self.moment("loss")
        for step in self.steps:
            self.drop("casts of weights", step.node.index)
        for index in self.ends:
            if self.steps[index].tracked:
                self.gradients[index] = self.new_gradient(index)
        self.moment("loss")
        for index in self.ends:
            self.drop("loss", index)

    def new_gradient(self, index: int) -> int:
        """Make memory for the gradient of a node's output; return its name."""
        size = self.number(self.training.bytes(self.steps[index].node.y.values, self.training.types[index]))
        name = next(self.names)
        self.buffers[name] = size, 1, index
        self.take("gradient", index, size)
        return name

    def release(self, name: int) -> None:
        size, waiting, index = self.buffers[name]
        if waiting > 1:
            self.buffers[name] = size, waiting - 1, index
            return
        del self.buffers[name]
        self.now = self.now - size
        self.live["gradient", index] = self.live["gradient", index] - size

    def backward(self) -> None:
        begun: set[tuple[int, int]] = set()
        for step in reversed(self.steps):
            part = self.segment.get(step.node.index)
            if part and part not in begun:
                begun.add(part)
                self.recompute(part)
            if step.tracked and step.node.index in self.gradients:
                self.back(step)
            if part and step.node.index == part[0]:
                self.forget(self.entering[part])

    def back(self, step: Step) -> None:
        """Make the gradients of a layer's weights and inputs, then let go of what it kept."""
        node = step.node
        gradient = self.gradients.pop(node.index)
        again = ("gradient of weights", node.index) in self.live or node.shares is not None
        cast = step.low_gradient or step.copied_gradient
        tracked = [index for index in node.inputs if self.steps[index].tracked]
        types = self.training.types
        later = [index for index in tracked if cast and types[index] != types[node.index]]
        if not cast:
            self.grow(owner(node))
        made: list[tuple[int, int]] = []
        for index in tracked:
            if index in later:
                continue
            if step.gradient == "new" or types[index] != types[node.index]:
                made.append((index, self.new_gradient(index)))
            else:
                self.wait(gradient)
                made.append((index, gradient))
        if cast:  # gradients in the type that the layer works in are cast once it has let go of what it kept
            self.take("gradient before its cast", node.index, self.number(step.low_gradient + step.copied_gradient))
            self.for_a_while("backward", node, self.number(step.backward))
            self.release(gradient)
            self.drop("kept besides", node.index)
            self.forget(step.saved)
            self.grow(owner(node))
            self.moment("backward", node.path)
            self.drop("gradient before its cast", node.index)
            self.take("gradient before its cast", node.index, self.number(step.copied_gradient))
            made += [(index, self.new_gradient(index)) for index in later]
            self.moment("backward", node.path)
            self.drop("gradient before its cast", node.index)
        else:
            self.for_a_while("backward", node, self.number(step.backward))
        if again:
            self.drop("gradient beside it", owner(node))
        for index, own in made:
            self.add(index, own, node.path)
        if not cast:
            self.release(gradient)
            self.drop("kept besides", node.index)
            self.forget(step.saved)

    def wait(self, name: int) -> None:
        """Let one more layer wait for a gradient."""
        size, waiting, index = self.buffers[name]
        self.buffers[name] = size, waiting + 1, index

    def grow(self, origin: int) -> None:
        """Make the gradient of the weights of a node, beside one that is there."""
        if origin in self.weights:
            name = "gradient beside it" if ("gradient of weights", origin) in self.live else "gradient of weights"
            self.take(name, origin, self.weights[origin])

    def add(self, index: int, name: int, path: str) -> None:
        """Add a gradient to the one that a node has already, in place where nothing else waits for either."""
        other = self.gradients.get(index)
        if other is None:
            self.gradients[index] = name
        elif self.buffers[other][1] == 1 and other != name:
            self.release(name)
        elif self.buffers[name][1] == 1:
            self.gradients[index] = name
            self.release(other)
        else:
            self.gradients[index] = self.new_gradient(index)
            self.moment("backward", path)
            self.release(other)
            self.release(name)

    def forget(self, storages: Collection[int]) -> None:
        """Let go of storages that were kept for the backward pass once."""
        for storage in storages:
            self.times_saved[storage] -= 1
            if not self.times_saved[storage] and storage not in self.ends:
                self.drop("output", storage)

    def recompute(self, part: tuple[int, int]) -> None:
        """Run the layers of a segment again, and keep what they keep."""
        steps = [self.steps[index] for index in range(*part)]
        kept = Counter(storage for step in steps for storage in step.saved)
        last = {self.steps[i].storage: step.node.index for step in steps for i in step.node.inputs}
        held = {*self.entering[part]}
        self.times_saved.update(kept)
        again: set[int] = set()
        for step in steps:
            storage = step.storage
            if step.node.index == storage and ("output", storage) not in self.live:
                self.take("output", storage, self.number(step.size))
                again.add(storage)
            if step.extra:
                self.take("kept besides", step.node.index, self.number(step.extra))
            self.for_a_while("recompute", step.node, self.number(step.forward))
            for other in {storage, *(self.steps[i].storage for i in step.node.inputs)} & again - held:
                if last.get(other, -1) <= step.node.index and not self.times_saved[other]:
                    self.drop("output", other)
                    again.discard(other)

    def step(self) -> None:
        for index in self.ends:
            self.drop("output", self.steps[index].storage)
        self.take("step", 0, self.step_bytes())
        self.moment("step")

    def state_bytes(self, node: Node) -> Number:
        """Return the bytes of the optimizer's state for the weights of a layer; Adafactor keeps rows and columns."""
        if self.options.optimizer != "adafactor":
            values = OPTIMIZERS[self.options.optimizer].state * self.number(self.training.rules[node.index].learned)
        else:
            shapes = node.layer.weights(*node.x).values()
            parts = (
                shape if len(shape) < 2 else (product(shape[:-1]) + product((*shape[:-2], shape[-1])),)
                for shape in shapes
            )
            values = self.number(sum(map(product, parts)))
        return values * self.training.precision.number

    def step_bytes(self) -> Number:
        """Return what the optimizer's step needs for a while."""
        optimizer, number = OPTIMIZERS[self.options.optimizer], self.training.precision.number
        if self.options.foreach:
            return optimizer.foreach * sum(self.weights.values())
        tensors = [
            self.number(product(shape)) * number
            for step in self.steps
            if step.weights
            for shape in step.node.layer.weights(*step.node.x).values()
        ]
        pairs = zip(tensors, [0, *tensors[:-1]], strict=True)
        return reduce(maximum, (optimizer.current * own + optimizer.previous * before for own, before in pairs), 0)


class _Stopped(Exception):  # noqa: N818  # it is no error
    """The moment that was asked for is reached."""


def training_memory(
    network: Network,
    batch: int = 1,
    *,
    optimizer: str = "sgd",
    dtype: str = "float32",
    amp: str | None = None,
    channels_last: bool = False,
    inplace: bool = False,
    checkpoint: str | Sequence[str] = (),
    freeze: Sequence[str] = (),
    foreach: bool = True,
    grad_accumulation: bool = False,
    device: str = "cuda",
    inference: bool = False,
    gpu: str | int | None = None,
) -> Memory:
    """Compute the memory of one training iteration, or of inference, in bytes.

    `batch` is how many images come at once. `amp` is bf16 or fp16: the forward pass runs under torch.autocast.
    `channels_last` is PyTorch's memory format of that name, for the weights and the images. `inplace` makes activations
    work in place where they can. `checkpoint` is `block` or paths of groups whose layers run again in the backward
    pass; layers at or below the paths of `freeze` learn nothing. `foreach` is the optimizer's step over all tensors at
    once, PyTorch's default on CUDA. `grad_accumulation` keeps gradients from an earlier batch. `device` is cuda or cpu:
    masks of dropout, and what autocast casts. `inference` keeps nothing for a backward pass: the peak is that of the
    volumes that are alive, beside the weights. `gpu` is a size such as `24GB`, a number of bytes, or a device such as
    `h100`; then the largest batch that fits is computed.

    Raises NoAnswer for a batch, an optimizer, a number type, a path or a device that does not exist, for paths that
    cannot be checkpointed, for options that contradict each other, and where nothing is left to train.
    """
    capacity = None if gpu is None else capacity_of(gpu)
    options = Options(
        batch,
        optimizer,
        dtype,
        amp,
        channels_last,
        inplace,
        tuple(path for path in ([checkpoint] if isinstance(checkpoint, str) else checkpoint) if path != "none"),
        tuple(freeze),
        foreach,
        grad_accumulation,
        device,
        inference,
    )
    _refuse(network, options)
    if unknown := sorted(network.symbols()):
        message = f"memory is computed for numbers, and {' and '.join(unknown)} of the input can be any"
        raise NoAnswer([Problem("E118", message, None, "give the input as numbers, such as --input 224x224x3")])
    return _memory(network, options, capacity)


def _memory(network: Network, options: Options, capacity: int | None) -> Memory:
    plans = Plans(network)
    whole = plans.run(options)
    moments, training = whole.moments, whole.training
    if not options.inference and not whole.weights:
        frozen = bool(options.freeze)
        message = f"{network.name} cannot be trained: {'all its weights are frozen' if frozen else 'it has no weights'}"
        hint = f"--inference{' without freeze' if frozen else ''} computes the memory of running it"
        raise NoAnswer([Problem("E105", message, None, hint)])
    peak = max(moments, key=lambda moment: moment.live)
    there = plans.run(options, moments.index(peak))
    parts = [Part(what, network.nodes[index].path, size) for (what, index), size in there.live.items() if size]
    return Memory(
        network,
        options,
        weight_bytes=whole.begun["weights"],
        buffer_bytes=whole.begun["buffers"],
        gradient_bytes=0 if options.inference else sum(whole.weights.values()),
        optimizer_bytes=whole.begun["optimizer state"],
        input_bytes=whole.begun["input"],
        saved_bytes=0 if options.inference else int(training.saved()),
        peak_bytes=peak.live,
        peak=peak,
        parts=sorted(_merged(parts), key=lambda part: -part.size)[:LISTED],
        moments=moments,
        unknown=training.unknown,
        capacity=capacity,
        largest_batch=None if capacity is None else plans.largest_batch(options, capacity),
        find_savings=lambda: plans.savings(options, peak.live),
    )


class Plans:
    """Ways to train one network; what does not depend on them is computed once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.rules = rules(network)
        self.trainings: dict[Options, Training] = {}

    def run(self, options: Options, stop: int = -1) -> Iteration:
        """Return an iteration at its end, or at a moment."""
        key = replace(options, checkpoint=(), grad_accumulation=False, foreach=True)
        if key not in self.trainings:
            self.trainings[key] = training_of(self.network, options, self.rules)
        iteration = Iteration(self.trainings[key], options, segments(self.network, options.checkpoint), stop)
        iteration.run()
        return iteration

    def largest_batch(self, options: Options, capacity: int) -> int:
        """Return the largest batch whose peak fits; 0 where not even one image does.

        What is alive at a moment grows by the same bytes with each image, so two batches give every other one.
        """
        one, two = (self.run(replace(options, batch=batch)).moments for batch in (1, 2))
        batch = LARGEST_BATCH
        for first, second in zip(one, two, strict=True):
            room, more = capacity - first.live, second.live - first.live
            if room < 0:
                return 0
            if more:
                batch = min(batch, 1 + room // more)
        return batch

    def savings(self, options: Options, peak: int) -> Iterator[tuple[str, int]]:
        """Yield what would lower the peak, with the bytes that it saves."""
        others = []
        if options.inference:
            return
        if options.amp is None and options.dtype == "float32":
            others.append(("bf16 autocast", replace(options, amp="bf16")))
        if not options.inplace:
            others.append(("activations in place", replace(options, inplace=True)))
        if not options.checkpoint and any(_blocks(self.network, _closed(self.network))):
            others.append(("checkpointing each block", replace(options, checkpoint=("block",))))
        if options.batch > 1:
            half = options.batch // 2
            others.append(
                (f"a batch of {half}, gradients accumulated", replace(options, batch=half, grad_accumulation=True))
            )
        for what, other in others:
            saved = peak - max(moment.live for moment in self.run(other).moments)
            if saved > 0:
                yield what, saved


def forward_live(network: Network, batch: int, dtype: str) -> dict[int, int]:
    """Return what is alive when each node has worked in the forward pass, by its index; raises NoAnswer for symbols."""
    if unknown := sorted(network.symbols() | symbols_of(batch)):
        message = f"live bytes are computed for numbers, and {' and '.join(unknown)} can be any"
        raise NoAnswer([Problem("E118", message, None, "give the input as numbers, such as --input 224x224x3")])
    moments = Plans(network).run(Options(batch, dtype=dtype)).moments
    indices = (node.index for node in network.layers())
    return {index: moment.live for index, moment in zip(indices, moments, strict=False)}


def training_of(network: Network, options: Options, known: dict[int, Rule] | None = None) -> Training:
    """Return the steps of a network as it is trained so."""
    return Training(
        network,
        options.batch,
        Precision(DTYPE_BYTES[options.dtype], AMP[options.amp] if options.amp else 0, options.device == "cuda"),
        inplace=options.inplace,
        channels_last=options.channels_last,
        inference=options.inference,
        frozen=frozen_below(options.freeze),
        known=known,
    )


def _merged(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield what is alive; weights, their gradients, buffers and state each as one."""
    whole = Counter[str]()
    for part in parts:
        if part.what in ("weights", "buffers", "optimizer state", "gradient of weights", "step"):
            whole[part.what] += part.size
        else:
            yield part
    yield from (Part(what, "", size) for what, size in whole.items())


def segments(network: Network, paths: Collection[str]) -> list[tuple[int, int]]:
    """Return the first and last node (exclusive) of what runs again: the innermost rounds, layers and groups by path.

    Nothing outside may read the layers of a group but the last. Raises NoAnswer for paths where something does, that
    overlap, and where there is no such block.
    """
    found = {path: part for path in paths if path != "block" for part in [_part(network, path)] if part}
    closed = _closed(network)
    problems = [
        Problem(
            "E105",
            f"{quoted(path, 80)} cannot be checkpointed: results of layers before its last one are used outside of it",
            None,
            "give groups of which only the last result is used, or block",
        )
        for path, part in found.items()
        if not closed(*part)
    ]
    if "block" in paths:
        blocks = {group.path: (group.first, group.last) for group in _blocks(network, closed)}
        if not blocks:
            message = f"{network.name} has no blocks that can be checkpointed"
            problems.append(Problem("E105", message, None, "give paths of layers or groups"))
        found |= blocks
    parts = sorted(found.items(), key=lambda each: (each[1][0], -each[1][1]))
    for (outer, (_, last)), (inner, (first, _)) in pairwise(parts):
        if first < last:
            message = f"{inner} is within {outer}, which runs again as a whole"
            problems.append(Problem("E105", message, None, "leave one of the two out"))
    if problems:
        raise NoAnswer(problems)
    return [part for _, part in parts]


def _part(network: Network, path: str) -> tuple[int, int] | None:
    """Return the first and last node (exclusive) of the layer or group at a path."""
    for group in groups(network):
        if group.path == path:
            return group.first, group.last
    return next(((node.index, node.index + 1) for node in network.layers() if node.path == path), None)


def _blocks(network: Network, closed: Callable[[int, int], bool]) -> Iterator[Group]:
    """Yield the innermost rounds of several layers; where there are no rounds, the innermost groups."""
    whole = list(groups(network))
    rounds = any(group.is_round for group in whole)
    outer: set[int] = set()  # groups with a candidate in them
    for group in reversed(whole):
        if any(child.is_round == rounds or id(child) in outer for child in group.children):
            outer.add(id(group))
    for group in whole:
        innermost = group.is_round == rounds and id(group) not in outer
        if innermost and group.last - group.first > 1 and closed(group.first, group.last):
            yield group


def groups(network: Network) -> Iterator[Group]:
    """Yield all levels of a network's path, the outer before the inner ones."""
    waiting = network.root.children[::-1]
    while waiting:
        group = waiting.pop()
        yield group
        waiting += reversed(group.children)


def _closed(network: Network) -> Callable[[int, int], bool]:
    """Return what judges whether nothing outside a stretch of nodes reads any of them but the last."""
    last_read = list(range(len(network.nodes)))
    for node in network.nodes:
        for index in node.inputs:
            last_read[index] = node.index
    for index in ends(network):
        last_read[index] = len(network.nodes)
    return lambda first, last: max(last_read[first : last - 1], default=0) < last


def unknown_names(options: Options) -> Iterator[Problem]:
    """Yield what is said of names that do not exist."""
    named: list[tuple[str, str | None, Collection[str]]] = [
        ("optimizer", options.optimizer, OPTIMIZERS),
        ("number type", options.dtype, DTYPE_BYTES),
        ("low type of autocast", options.amp, AMP),
        ("device", options.device, DEVICES),
    ]
    for what, name, known in named:
        if name is not None and name not in known:
            hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
            yield Problem("E115", f"there is no {what} {quoted(name, 40)}", None, hint)


def _refuse(network: Network, options: Options) -> None:
    """Raise NoAnswer for options that do not exist."""
    problems = [*unknown_names(options)]
    if not 1 <= options.batch <= LARGEST_BATCH:
        problems.append(
            Problem("E124", f"a batch of {options.batch:,} cannot be: it has 1 to {LARGEST_BATCH:,} images")
        )
    if options.amp in AMP and options.dtype != "float32":
        message = f"autocast casts float32 to {options.amp}, and the numbers are {options.dtype}"
        problems.append(Problem("E105", message, None, "leave dtype out, or amp"))
    if options.inference:
        for name in ("checkpoint", "freeze", "grad_accumulation"):
            if getattr(options, name):
                message = f"inference has no backward pass that {name} could change"
                problems.append(Problem("E105", message, None, "leave it out"))
    elif options.dtype == "int8" and options.amp is None:
        message = "int8 cannot be trained: PyTorch has gradients of floating-point numbers only"
        problems.append(Problem("E105", message, None, "--inference computes the memory of running it"))
    known = {node.path for node in network.layers()} | {group.path for group in groups(network)}
    for path in (*options.freeze, *(path for path in options.checkpoint if path != "block")):
        if path not in known:
            message = f"{network.name} has no layer or group {quoted(path, 80)}"
            problems.append(Problem("E109", message, None, did_you_mean(path, known)))
    if problems:
        raise NoAnswer(problems)
