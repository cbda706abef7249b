"""A network's numbers against PyTorch: every layer's shapes, tensors and MACs, on a model that runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from cnncalc.layers.merge import Joint
from cnncalc.layers.recurrent import Embedding
from cnncalc.live import pytorch, refuse_symbols
from cnncalc.live.build import build, module_names, side_heads, steps_of
from cnncalc.live.measure import Measured, full_precision, loss, measure, random_volumes
from cnncalc.live.memory import refuse_device, refuse_memory, shortage
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network, Node
from cnncalc.network.report import Report, Row
from cnncalc.problem import NoAnswer, Problem
from cnncalc.result import Result

BLIND = {"MultiheadAttention": "FlopCounterMode does not see into PyTorch's fused attention, which works in eval"}
"""Modules whose multiply-adds FlopCounterMode may count as 0, and why."""

Progress: TypeAlias = Callable[[str], None]
"""Called after each layer with what is being done."""


class Cell(NamedTuple):
    """One number or shape: by the formulas and in PyTorch. `blind` is the reason why PyTorch has no value for it."""

    ours: Any
    theirs: Any
    blind: str | None = None

    @property
    def agrees(self) -> bool:
        return self.blind is not None or self.ours == self.theirs


@dataclass(slots=True, eq=False)
class Checked:
    """One layer, or the whole network (`row` is None), and what was compared."""

    row: Row | None
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.row.path if self.row else ""

    @property
    def agrees(self) -> bool:
        return all(cell.agrees for cell in self.cells.values())


@dataclass(slots=True, eq=False, repr=False)
class Verification(Result):
    """All that was compared, and on a GPU measured. `stopped` is the path and reason where PyTorch refused to go on."""

    report: Report
    device: str
    seed: int
    layers: list[Checked]
    whole: Checked
    stopped: tuple[str, str] | None = None
    measured: Measured | None = None

    def __repr__(self) -> str:
        verdict = "agrees" if self.agrees else "differs"
        return f"<Verification of {self.network.name} on {self.device}: {self.compared} compared, {verdict}>"

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.layers)

    def __getitem__(self, path: str) -> Checked:
        row = self.report.row(path)
        found = next((one for one in self.layers if one.row is row), None)
        if found is None:
            raise KeyError(f"{path} was not compared: PyTorch refused to go on before it")
        return found

    @property
    def network(self) -> Network:
        return self.report.network

    @property
    def agrees(self) -> bool:
        return self.stopped is None and self.whole.agrees and all(layer.agrees for layer in self.layers)

    @property
    def compared(self) -> int:
        """How many numbers and shapes were checked against each other."""
        return sum(cell.blind is None for checked in (*self.layers, self.whole) for cell in checked.cells.values())

    def differences(self) -> Iterator[tuple[Checked, str, Cell]]:
        """Yield every value that differs, layer by layer, then those of the whole."""
        for checked in (*self.layers, self.whole):
            for what, cell in checked.cells.items():
                if not cell.agrees:
                    yield checked, what, cell

    def blind(self) -> dict[str, list[str]]:
        """Return why PyTorch could not be asked, and where."""
        found: dict[str, list[str]] = {}
        for checked in self.layers:
            for reason in dict.fromkeys(cell.blind for cell in checked.cells.values() if cell.blind):
                found.setdefault(reason, []).append(checked.path)
        return found


def verify(
    what: What | Network,
    *,
    device: str = "cpu",
    batch: int = 1,
    dtype: str = "float32",
    training: bool = True,
    backward: bool = False,
    seed: int = 0,
    input: InputShape | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    stdin: Stdin | None = None,
) -> Verification:
    """Build a network in PyTorch, run it in eval and in training, and compare everything with its report.

    Tensors, shapes and MACs are compared on `meta`, without numbers and without memory, where FlopCounterMode sees
    every product; on another device the network also runs with numbers. Training takes a batch of at least 2, which
    batch normalisation needs; without `training` there is no such run. `progress` is called after each layer with what
    is being done. Raises NoAnswer without PyTorch, without the device, and when memory is short.
    """
    torch = pytorch("verify")
    network = what if isinstance(what, Network) else load(what, input=input, settings=settings, stdin=stdin)
    refuse_symbols(network)
    report = network.report(batch=batch, dtype=dtype)
    if device != "meta":
        refuse_device(torch, device)
        refuse_memory(torch, report, device)
    result = Verification(report, device, seed, [Checked(row) for row in report.rows], Checked(None))
    run = _Run(torch, result, training, progress or (lambda stage: None))
    devices = range(torch.cuda.device_count()) if device == "cuda" else ()
    with torch.random.fork_rng(devices), full_precision(torch):
        torch.manual_seed(seed % 2**64)
        try:
            run.on_meta(backward=backward and device == "meta")
            if device != "meta":
                run.on(device, backward=backward)
        except _Refusal as refusal:
            result.stopped = refusal.path, refusal.reason
    return result


class _Refusal(Exception):  # noqa: N818  # it ends a run, and is no fault of the program
    """PyTorch does not build or run what the formulas take for possible."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


class _Run:
    """One verification in progress."""

    def __init__(self, torch: Any, result: Verification, training: bool, progress: Progress) -> None:
        self.torch, self.result, self.training, self.progress = torch, result, training, progress
        self.report, self.network = result.report, result.network
        self.layers = {row.node.index: layer for layer, row in zip(result.layers, result.report.rows, strict=True)}
        self.at: Node | None = None  # the layer being run, which gives PyTorch's errors a path

    def on_meta(self, *, backward: bool) -> None:
        """Compare tensors, shapes and MACs where nothing is computed."""
        batch = self.report.batch
        with self.refusals("meta"):
            model = build(self.network, device="meta", dtype=self.report.dtype)
            self.compare_tensors(model)
            self.evaluate(model, random_volumes(self.torch, self.report, "meta", batch), count=True)
            if self.training:
                self.train(model, random_volumes(self.torch, self.report, "meta", max(batch, 2)), backward=backward)

    def on(self, device: str, *, backward: bool) -> None:
        """Run with numbers: shapes again, and whether all that comes out is finite. On a GPU, measure."""
        batch = self.report.batch
        with self.refusals(device):
            model = build(self.network, device=device, dtype=self.report.dtype)
            self.evaluate(model, random_volumes(self.torch, self.report, device, batch))
            if self.training:
                self.train(model, random_volumes(self.torch, self.report, device, max(batch, 2)), backward=backward)
            if device == "cuda":
                del model  # its gradients would count as memory of the runs that are measured
                measured = self.result.measured = measure(self.torch, self.report)
                self.hold(self.result.whole, "cpu and gpu agree", True, measured.agreement.holds)

    @contextmanager
    def refusals(self, device: str) -> Iterator[None]:
        """Turn what PyTorch raises into what it means: no memory, no such operation there, or a difference."""
        try:
            yield
        except (
            RuntimeError,
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            AssertionError,
            MemoryError,
        ) as error:
            short = shortage(self.torch, error, self.report, device)
            if short:
                raise NoAnswer([short]) from None
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            if "not implemented for" in reason:
                where = f"{self.at.path} ({self.at.layer})" if self.at else self.network.name
                message = f"PyTorch does not run {where} in {self.report.dtype} on {device}: {reason}"
                raise NoAnswer([Problem("E122", message, None, "try --dtype float32")]) from None
            raise _Refusal(self.at.path if self.at else "", reason) from None

    # What is compared.

    def compare_tensors(self, model: Any) -> None:
        """Compare names, order and shapes of learned tensors, buffers, how many numbers they hold, and their keys."""
        whole, totals = self.result.whole, self.report.totals
        names = module_names(row.path for row in self.report.rows)
        keys: list[str] = []
        known: set[int] = set()  # modules and tensors that were there before: weights are counted once
        counts = {"params": 0, "aux_params": 0, "buffers": 0}
        for step in steps_of(model):
            layer, module = self.layers[step.index], step.module
            row = _row(layer)
            weights, buffers = dict(module.named_parameters()), dict(_buffers(module))
            self.hold(layer, "weights", list(row.weights.items()), _shapes(weights))
            self.hold(layer, "buffers", list(row.buffers.items()), _shapes(buffers))
            params = sum(p.numel() for p in weights.values() if id(p) not in known)
            self.hold(layer, "params", row.params, params)
            counts["params" if row.node.aux is None else "aux_params"] += params
            if row.node.aux is None:
                counts["buffers"] += sum(b.numel() for b in buffers.values() if id(b) not in known)
            if id(module) not in known:
                keys += (f"{names[row.path]}.{name}" for name in (*row.weights, *row.buffers))
            known.update(map(id, (module, *weights.values(), *buffers.values())))
        for name, number in counts.items():
            self.hold(whole, name, getattr(totals, name), number)
        self.hold(whole, "all params", totals.params + totals.aux_params, sum(p.numel() for p in model.parameters()))
        kept = (key for key in model.state_dict() if not key.endswith("num_batches_tracked"))
        self.hold(whole, "state_dict", sorted(keys), sorted(kept))

    def evaluate(self, model: Any, volumes: list[Any], *, count: bool = False) -> None:
        """Run in eval mode, side heads included, and compare output shapes; with `count` also MACs."""
        from torch.utils.flop_counter import FlopCounterMode

        counter = FlopCounterMode(display=False) if count else None
        with self.torch.no_grad(), self.watching(model, volumes, "output", counter), counter or nullcontext():
            outputs = model.eval()(*volumes, aux=True)
        ends = {name: self.network.nodes[i].y.chw for name, i in self.network.outputs.items()}
        named = outputs if isinstance(outputs, dict) else dict.fromkeys(ends, outputs)
        self.hold(self.result.whole, "outputs", ends, {name: tuple(named[name].shape[1:]) for name in ends})
        if counter:
            for name, heads in (("macs", False), ("aux_macs", True)):
                layers = (layer for layer in self.layers.values() if bool(_row(layer).node.aux) == heads)
                found = [layer.cells["macs"] for layer in layers]
                self.hold(
                    self.result.whole,
                    name,
                    getattr(self.report.totals, name),
                    sum(cell.ours if cell.blind else cell.theirs for cell in found),
                )

    def train(self, model: Any, volumes: list[Any], *, backward: bool) -> None:
        """Run in training, side heads included, and compare output shapes; with `backward` also gradients."""
        with self.torch.set_grad_enabled(backward), self.watching(model, volumes, "train"):
            outputs = model.train()(*volumes)
        if not backward:
            return
        error = loss(outputs)
        if error.requires_grad:  # it does not where nothing is learned
            error.backward()
        numbers = volumes[0].device.type != "meta"
        reached = self.reached()
        for step in steps_of(model):
            learned = [p for p in step.module.parameters() if step.index in reached]
            if learned:
                good = (p.grad is not None and bool(not numbers or p.grad.isfinite().all()) for p in learned)
                self.hold(self.layers[step.index], "gradients", len(learned), sum(good))

    def reached(self) -> set[int]:
        """Return the layers whose result matters to an output or a side head: the others get no gradient."""
        found = {*self.network.outputs.values(), *(node.index for node in side_heads(self.network).values())}
        for node in reversed(self.network.nodes):
            if node.index in found:
                found.update(with_gradient(node))
        return found

    @contextmanager
    def watching(self, model: Any, volumes: list[Any], what: str, counter: Any = None) -> Iterator[None]:
        """Hook into every layer: compare the shape of what comes out, its MACs, and whether it is finite."""
        steps = steps_of(model)
        batch, numbers = volumes[0].shape[0], volumes[0].device.type != "meta"
        calls: dict[int, deque[Node]] = {}  # a module that is used again works for several layers in turn
        for step in steps:
            calls.setdefault(id(step.module), deque()).append(self.network.nodes[step.index])
        before = 0
        stage = f"{'training' if what == 'train' else 'eval'} on {volumes[0].device.type}"

        def enter(module: Any, inputs: Any) -> None:
            nonlocal before
            self.at = calls[id(module)].popleft()
            before = counter.get_total_flops() if counter else 0

        def leave(module: Any, inputs: Any, y: Any) -> None:
            assert self.at is not None
            layer, shape = self.layers[self.at.index], tuple(y.shape)
            self.hold(layer, what, self.at.y.chw, shape[1:] if shape[0] == batch else shape)
            if substitute := getattr(module, "substitute", None):  # PyTorch has no layer that does this
                layer.cells[what] = layer.cells[what]._replace(blind=substitute)
            if counter:
                flops = counter.get_total_flops() - before
                macs = Fraction(flops, 2) if flops % 2 else flops // 2
                self.hold(layer, "macs", _row(layer).macs, macs, _blind(module) if not macs else None)
            if numbers:
                self.hold(layer, "finite", True, bool(y.isfinite().all()))
            self.progress(stage)

        modules = {id(step.module): step.module for step in steps}.values()
        hooks = [module.register_forward_pre_hook(enter) for module in modules]
        hooks += [module.register_forward_hook(leave) for module in modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
        self.at = None

    def hold(self, where: Checked, what: str, ours: Any, theirs: Any, blind: str | None = None) -> None:
        """Note what both sides say; a difference that was found before stays."""
        if what not in where.cells or where.cells[what].agrees:
            where.cells[what] = Cell(ours, theirs, blind if ours != theirs else None)


def _row(layer: Checked) -> Row:
    assert layer.row is not None
    return layer.row


def with_gradient(node: Node) -> tuple[int, ...]:
    """Return the inputs that a layer gives a gradient to: none to indices, or to a volume of which its size counts."""
    if isinstance(node.layer, Embedding):
        return ()
    if not isinstance(node.layer, Joint):
        return node.inputs
    return tuple(i for i, sides in zip(node.inputs, node.layer.reads(*node.x), strict=True) if sides is not None)


def _blind(module: Any) -> str | None:
    """Return why FlopCounterMode may not see the products of a module."""
    return next((BLIND[kind] for part in module.modules() if (kind := type(part).__name__) in BLIND), None)


def _buffers(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the buffers that hold numbers of the network, which `num_batches_tracked`, a count of steps, is not."""
    return ((name, buffer) for name, buffer in module.named_buffers() if not name.endswith("num_batches_tracked"))


def _shapes(tensors: dict[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(tensor.shape)) for name, tensor in tensors.items()]
