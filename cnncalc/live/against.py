"""A network compared with another PyTorch model: both as lists of calls, aligned, with every difference once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.live import pytorch, refuse_symbols
from cnncalc.live.align import align
from cnncalc.live.calls import (
    ORDERED,
    POOLS,
    UNFOLLOWED,
    Call,
    Read,
    at_work,
    effect,
    form,
    ours,
    size,
    uncompared,
    vocabularies,
)
from cnncalc.live.foreign import Foreign
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network
from cnncalc.numbers.arith import product
from cnncalc.problem import NoAnswer, Problem
from cnncalc.result import Result
from cnncalc.shape import Shape

if TYPE_CHECKING:
    from cnncalc.live.trace import Trace  # which imports torch

NOTHING = "nothing"


class Difference(NamedTuple):
    """One difference: the layer in their model, the layer in ours, and the paths, empty for an absent layer."""

    what: str  # layer, function, missing, extra, order, reads, size, shared, output, unfollowed, unused, params or macs
    theirs: str
    ours: str
    path: str = ""
    their_path: str = ""
    more: int = 0  # further places where the same differs

    def __str__(self) -> str:
        at = f" {'before' if self.what == 'function' else 'at'} {self.path}" if self.path else ""
        if self.more:
            at += f" and {self.more} more"
        there = f" (theirs at {self.their_path})" if self.their_path else ""
        return f"theirs: {self.theirs}, ours: {self.ours}{at}{there}"


class Total(NamedTuple):
    """One number of the whole, on both sides."""

    name: str
    theirs: int | str
    ours: int | str


@dataclass(slots=True, eq=False, repr=False)
class ModelComparison(Result):
    """The result of a comparison. `differences` are in our order, without those that only follow from another one.

    `equivalent` are layers written in another way that are exactly the same; `uncompared` are functions of theirs that
    change values or their order and were not compared; `follow` counts layers whose sizes differ because of an earlier
    one. `run` says what running both showed, where that was needed: if the outputs agree, nothing is uncompared.
    """

    network: Network
    target: str
    totals: list[Total]
    layers: int  # pairs of calls that were compared
    differences: list[Difference] = field(default_factory=list)
    equivalent: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    uncompared: list[str] = field(default_factory=list)
    follow: int = 0
    run: str = ""

    @property
    def agrees(self) -> bool:
        """Whether they are the same network: nothing differs, and nothing was left uncompared."""
        return not self.differences and not self.uncompared

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __repr__(self) -> str:
        verdict = "the same" if self.agrees else f"{len(self)} difference{'' if len(self) == 1 else 's'}"
        return f"<ModelComparison of {self.network.name} and {self.target}: {verdict}>"


def against(
    what: What | Network,
    target: str,
    kwargs: str | Mapping[str, Any] | None = None,
    *,
    input: InputShape | None = None,
    settings: Settings | None = None,
    stdin: Stdin | None = None,
) -> ModelComparison:
    """Compare a network with the model that `target` makes: `package.module:callable` or `file.py:callable`.

    This runs somebody's code. `kwargs` are arguments of the callable, or a JSON object of them. The model is built and
    run on `meta` where it can be, else on the CPU. Raises NoAnswer without PyTorch, and when no model that runs comes
    of the target.
    """
    pytorch("--against")
    network = what if isinstance(what, Network) else load(what, input=input, settings=settings, stdin=stdin)
    refuse_symbols(network)
    return _Comparing(network, Foreign(target, kwargs)).done()


class _Comparing:
    def __init__(self, network: Network, foreign: Foreign) -> None:
        self.network, self.foreign = network, foreign
        heads = dict.fromkeys(node.aux for node in network.nodes if node.aux is not None)
        trace = self._traced(train=False)
        # Auxiliary heads mostly work in training only; a model that has them in evaluation too uses all its parameters.
        totals = network.report().totals
        always = bool(heads) and not trace.unused and trace.params == totals.params + totals.aux_params
        aux = always or bool(heads and trace.unused)
        if aux and not always:
            trace = self._traced(train=True)
        self.aux = aux
        self.theirs: list[Call] = trace.calls
        self.ours = ours(network, aux=aux)
        self.pairs, self.moved = align(self.ours, self.theirs)
        self.back = {their: our for our, their in self.pairs.items()}
        working = at_work(network, aux=aux)
        rows = [row for row in network.report().rows if row.node.index in working]
        self.result = ModelComparison(
            network,
            foreign.target,
            [
                Total("params", trace.params, sum(row.params for row in rows)),
                Total("macs", trace.macs, sum(row.macs for row in rows)),
                Total("output", *(_outputs(calls) for calls in (self.theirs, self.ours))),
            ],
            sum(call.layer is not None for call in self.ours if call.index in self.pairs),
        )
        self.unused = trace.unused
        self.result.uncompared = [*dict.fromkeys((*trace.uncompared, *uncompared(network, aux=aux)))]
        left_out = dict.fromkeys(node.aux for node in network.nodes if node.aux and node.index not in working)
        if left_out:
            names = ", ".join(filter(None, left_out))
            self.result.remarks.append(f"auxiliary heads were left out, theirs has none: {names}")

    def _traced(self, *, train: bool) -> Trace:
        """Build and run their model: on `meta`, else built with its weights alone there, else on the CPU."""
        import torch

        from cnncalc.live.record import WeightsOnMeta

        failure: NoAnswer | None = None
        for built_on, run_on in (
            (torch.device("meta"), "meta"),
            (WeightsOnMeta(), "meta"),
            (torch.device("cpu"), "meta"),
            (torch.device("cpu"), "cpu"),
        ):
            try:
                model = self.foreign.model(built_on)
            except NoAnswer as problems:
                failure = problems
                if built_on == torch.device("cpu"):
                    break  # nothing more to try
                continue
            try:
                return self._run(model, run_on, train=train)
            except NoAnswer as problems:
                failure = problems
        assert failure is not None
        raise failure

    def _run(self, model: Any, device: str, *, train: bool) -> Trace:
        from cnncalc.live.record import NoTensor, onto_meta
        from cnncalc.live.trace import trace

        target, shapes = self.foreign.target, list(self.network.input_shapes().values())
        indices = [size is not None for size in vocabularies(self.network)]
        with self.foreign.running(f"{target}, run on {' and '.join(map(str, shapes))},"):
            try:
                model = onto_meta(model) if device == "meta" else model
                # Batch normalisation trains on two images at least.
                return trace(model.train(train), shapes, device=device, batch=2 if train else 1, indices=indices)
            except NoTensor as what:
                problem = Problem("E125", f"{target} gives {what} when run, which holds no tensor")
                raise NoAnswer([problem]) from None

    def done(self) -> ModelComparison:
        found = [*self._pairs(), *self._ours_alone(), *self._theirs_alone()]
        found.sort(key=lambda place_and_difference: place_and_difference[0])
        result = self.result
        result.differences = [*(difference for _, difference in found), *self._functions()]
        if self.unused:
            count = sum(self.unused.values())
            first, more = next(iter(self.unused)), len(self.unused) - 1
            names = f"{first} and {more} more" if more else first
            text = f"{count:,} trainable parameters that nothing was seen to use ({names})"
            result.differences.append(Difference("unused", text, NOTHING))
        if not result.differences:
            for total in result.totals[:2]:
                if total.theirs != total.ours:
                    unit = {"params": "params", "macs": "MACs"}[total.name]
                    texts = [f"{number:,} {unit} in all" for number in (total.theirs, total.ours)]
                    result.differences.append(Difference(total.name, texts[0], texts[1]))
        if result.uncompared and not result.differences:
            self._run_both()
        return result

    def _run_both(self) -> None:
        """Compare the outputs on the same weights, where functions were not compared one by one."""
        from cnncalc.live.execution import run_both

        result = self.result
        if self.aux:
            result.run = "both cannot be run on the same weights: auxiliary heads work in training only"
            return
        found = run_both(self.network, self.foreign, self.ours, self.theirs, self.pairs)
        names = ", ".join(result.uncompared)
        result.run = f"{names} not compared one by one; {found.text}" if found.agrees else found.text
        if found.agrees:
            result.uncompared = []

    # Pairs.

    def _pairs(self) -> Iterator[tuple[tuple[int, int], Difference]]:
        """Compare each of our calls with theirs, those first that others read."""
        self.agree: set[int] = set()  # ours whose output is the same on both sides
        self.explained: tuple[set[int], set[int]] = set(), set()  # what is missing in reads, and reported already
        for our in self.ours:
            their = self.theirs[self.pairs[our.index]] if our.index in self.pairs else None
            if their is None:
                self.explained[0].update(r.at for r in our.reads)
                self.explained[0].add(our.index)
                continue
            difference = self._difference(our, their)
            if difference:
                yield (our.index, 0), difference
            if _outcome(our, their, self._inputs_agree(our)):
                self.agree.add(our.index)

    def _inputs_agree(self, our: Call) -> bool:
        return all(r.at in self.agree for r in our.reads)

    def _difference(self, our: Call, their: Call) -> Difference | None:
        if their.kind == UNFOLLOWED:
            text = f"{their.text}, which cannot be followed"
            return Difference("unfollowed", text, our.text, our.path, their.path)
        if our.key != their.key:
            written = Difference("layer", their.text, our.text, our.path, their.path)
            if effect(our) == effect(their):
                self.result.equivalent.append(written)
                return self._moved(our, their) or self._connection(our, their) or self._sharing(our, their)
            if self._inputs_agree(our) or our.kind == their.kind or form(our) != form(their):
                return written
            self.result.follow += 1
            return None
        if our.kind != their.kind:
            self.result.equivalent.append(Difference("layer", their.text, our.text, our.path, their.path))
        return (
            self._moved(our, their)
            or self._connection(our, their)
            or self._size(our, their)
            or self._sharing(our, their)
        )

    def _sides(self, our: Call, their: Call) -> tuple[tuple[Call, list[Call]], tuple[Call, list[Call]]]:
        return (their, self.theirs), (our, self.ours)

    def _moved(self, our: Call, their: Call) -> Difference | None:
        if our.index not in self.moved:
            return None
        yours, mine = (f"{call.text} after {self._sources(call, calls)}" for call, calls in self._sides(our, their))
        return Difference("order", yours, mine, our.path, their.path)

    def _connection(self, our: Call, their: Call) -> Difference | None:
        """Compare what two calls read; consequences of a missing or moved call are not reported."""
        mine, yours = ({r.at for r in reads} for reads in (self._reads(our), self._reads(their, theirs=True)))
        if any(i not in self.pairs or i in self.moved for i in mine):
            return None
        if any(i not in self.back or self.back[i] in self.moved for i in yours):
            self.explained[1].update(yours)
            return None
        lost = {i for i in mine if self.pairs[i] not in yours}
        gained = {i for i in yours if self.back[i] not in mine}
        if not lost and not gained and our.kind in ORDERED:
            in_order = [self.pairs[r.at] for r in our.reads] == [r.at for r in their.reads]
            if not in_order and len(our.reads) == len(their.reads):
                texts = [f"{call.text} of {self._sources(call, calls)}" for call, calls in self._sides(our, their)]
                return Difference("order", texts[0], texts[1], our.path, their.path)
        if lost <= self.explained[0] and gained <= self.explained[1]:
            return None
        self.explained[0].update(lost)
        self.explained[1].update(gained)
        texts = [f"{call.text} of {self._sources(call, calls)}" for call, calls in self._sides(our, their)]
        return Difference("reads", texts[0], texts[1], our.path, their.path)

    def _reads(self, call: Call, *, theirs: bool = False) -> Iterator[Read]:
        """Yield what a call reads, seen through pools of one side that leave their volume as it is."""
        calls, known = (self.theirs, self.back) if theirs else (self.ours, self.pairs)
        for read in call.reads:
            source = calls[read.at]
            if source.index in known or not _idle(source):
                yield read
            else:
                yield from (r.through(*read.passed) for r in self._reads(source, theirs=theirs))

    def _sources(self, call: Call, calls: list[Call]) -> str:
        if not call.reads:
            return "what cannot be followed"
        return " and ".join(dict.fromkeys(calls[r.at].path or calls[r.at].text for r in call.reads))

    def _size(self, our: Call, their: Call) -> Difference | None:
        """Compare the volumes that come in, where those that they are made of agree."""
        if our.x is None or their.x is None or _same(our, our.x, their, their.x):
            return None
        if not self._inputs_agree(our):
            self.result.follow += our.kind != "output"
            return None
        what = "output" if our.kind == "output" else "size"
        texts = [f"{call.text} on {call.x}" if what == "size" else f"output {call.x}" for call in (their, our)]
        return Difference(what, texts[0], texts[1], our.path, their.path)

    def _sharing(self, our: Call, their: Call) -> Difference | None:
        mine = None if our.shares is None else self.pairs.get(our.shares)
        if mine == their.shares or (our.shares is not None and mine is None):
            return None
        texts = [
            f"{call.text} with " + ("its own weights" if call.shares is None else f"those of {calls[call.shares].path}")
            for call, calls in self._sides(our, their)
        ]
        return Difference("shared", texts[0], texts[1], our.path, their.path)

    # What one side has alone.

    def _ours_alone(self) -> Iterator[tuple[tuple[int, int], Difference]]:
        for our in self.ours:
            if our.index in self.pairs:
                continue
            if our.kind == "output":
                self.result.remarks.append(f"{our.text} of ours is none of theirs")
            elif not _idle(our):
                yield (our.index, 0), Difference("missing", NOTHING, our.text, our.path)

    def _theirs_alone(self) -> Iterator[tuple[tuple[int, int], Difference]]:
        places: dict[int, int] = {}  # theirs -> the last of ours that it comes after
        read = {r.at for their in self.theirs for r in their.reads}
        for their in self.theirs:
            place = max((places[r.at] for r in their.reads), default=0)
            places[their.index] = self.back.get(their.index, place)
            if their.index in self.back:
                continue
            if their.kind == "output":
                self.result.remarks.append(f"an output of theirs is none of ours: {their.x}")
            elif isinstance(their.layer, POOLS) and their.index not in read:
                self.result.remarks.append(f"nothing uses what theirs gives: {their.text} at {their.path}")
            elif not _idle(their):
                text = f"{their.text}, which cannot be followed" if their.kind == UNFOLLOWED else their.text
                after = self.ours[place]
                yield (
                    (place, 1 + their.index),
                    Difference(
                        "unfollowed" if their.kind == UNFOLLOWED else "extra",
                        text,
                        f"{NOTHING} after {after.path or after.text}",
                        "",
                        their.path,
                    ),
                )

    def _functions(self) -> Iterator[Difference]:
        """Yield functions without weights that one side passes before a call, each pair of them once."""
        places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for our in self.ours:
            if our.index not in self.pairs:
                continue
            both = [*self._reads(self.theirs[self.pairs[our.index]], theirs=True)], [*self._reads(our)]
            yours, mine = (Counter(_passed(read) for read in reads) for reads in both)
            # Where other calls are read, what they passed follows from a difference that is reported already.
            if mine != yours and {r.at for r in both[0]} == {self.pairs.get(r.at) for r in both[1]}:
                theirs, us = (" and ".join(sorted(a - b)) or NOTHING for a, b in ((yours, mine), (mine, yours)))
                places[theirs, us].append(our.path or our.text)
        for (theirs, us), paths in places.items():
            yield Difference("function", theirs, us, paths[0], more=len(paths) - 1)


def _passed(read: Read) -> str:
    """Write the functions that a volume passed on its way, in order."""
    return " then ".join(map(str, read.passed)) or NOTHING


def _same(our: Call, ours: Shape, their: Call, theirs: Shape) -> bool:
    """Return whether two volumes of a pair are the same, possibly with the positions of one flattened."""
    in_a_row = our.layer is not None and len(ours.sides) != len(theirs.sides)
    if in_a_row and (product(ours.sides), ours.channels) == (product(theirs.sides), theirs.channels):
        return True
    return size(our, ours) == size(their, theirs)


def _outcome(our: Call, their: Call, inputs_agree: bool) -> bool:
    """Return whether the outputs of two calls have the same size."""
    if our.y is None or their.y is None:
        return inputs_agree
    return _same(our, our.y, their, their.y)


def _idle(call: Call) -> bool:
    """Return whether a pool is the identity, such as an adaptive one with the size of its input."""
    return isinstance(call.layer, POOLS) and call.x == call.y and set(getattr(call.layer, "kernel", (1,))) == {1}


def _outputs(calls: list[Call]) -> str:
    return ", ".join(str(call.x) for call in calls if call.kind == "output")
