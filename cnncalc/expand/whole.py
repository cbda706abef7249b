"""A walk from a spec's inputs to its outputs: the Network, or the problems that forbid one and what is known still."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cnncalc.expand.arguments import matched, misnumbered, named_results
from cnncalc.expand.journal import Journal, Stop
from cnncalc.expand.names import LOST, NOWHERE, Frame, Here, Level, Names, Result, Volume
from cnncalc.expand.start import input_shapes
from cnncalc.expand.walk import Walker, run
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.merge import Input, Joint
from cnncalc.network.network import Group, Network, Node
from cnncalc.problem import Problem
from cnncalc.shape import Shape
from cnncalc.spec.chain import Call, Use, Written
from cnncalc.spec.model import Broken, Chain, Given, Spec, Variant, records, steps_of
from cnncalc.spec.tree import Scalar


class Expanded(NamedTuple):
    """What a walk has found: the network, or None with the problems that forbid one.

    `known` is the network, or as much of it as stands before what is wrong; None where a limit was met.
    """

    network: Network | None
    problems: list[Problem]
    known: Network | None


def expand(
    spec: Spec,
    variant: Variant | None = None,
    inputs: Mapping[str, Scalar] | None = None,
    settings: Mapping[str, Given] | None = None,
) -> tuple[Network | None, list[Problem]]:
    """Walk a spec; return the network, or None with the problems that forbid one.

    `inputs` and `settings` come from outside; under them, numbers in shape checks are not checked.
    """
    return expand_known(spec, variant, inputs, settings)[:2]


def expand_known(
    spec: Spec,
    variant: Variant | None = None,
    inputs: Mapping[str, Scalar] | None = None,
    settings: Mapping[str, Given] | None = None,
) -> Expanded:
    """Walk a spec as `expand` does, and return what is known of its network when there are problems, too."""

    def walked(trusting: bool) -> Expanded:
        journal = Journal()
        try:
            walk = NetworkWalk(spec, variant, inputs or {}, settings or {}, journal, trusting)
            network = walk.network()
        except Stop:
            return Expanded(None, list(journal.found.values()), None)
        return Expanded(network, list(journal.found.values()), network or walk.known())

    expanded = walked(False)
    if any(problem.code == "E205" for problem in expanded.problems):
        # Either a check is wrong or the layers before it: the assumption with fewer problems is the likelier one.
        others = walked(True).problems
        expanded = expanded._replace(problems=min(expanded.problems, others, key=len))
    return expanded


class NetworkWalk(Walker):
    """A walk with the vars and inputs before it and the outputs after it."""

    def network(self) -> Network | None:
        """Walk everything; None when there are problems; `known` then returns the layers before them."""
        root = Group("", self.spec.layers, 0)
        frame = Frame(self.journal, self.binder.is_word, self.vars, None, NOWHERE, ())
        here = Here(frame, Names(None), Level(root))
        volume = here.frame.input = self.start(here)
        root.first = len(self.nodes)
        if not isinstance(self.spec.layers, Broken):
            volume = run(self.walk(self.spec.layers, volume, here))
        self.judge_unused_blocks()
        outputs = self.outputs(volume, here)
        here.level.close(len(self.nodes), volume)
        self.made = partial(self.named_network, outputs, root)
        return None if self.journal.found or volume.shape is None else self.made(self.nodes)

    def known(self) -> Network:
        """Return the part of the network before what is wrong, after a walk to its end."""
        failed = len(self.nodes) if self.checker.failed_at is None else self.checker.failed_at
        # A layer without input nodes reads the shape of a check, after which the volume is known again.
        cut = next((node.index for node in self.nodes[:failed] if min(node.inputs, default=0) < 0), failed)
        return self.made(self.nodes[:cut])

    def named_network(self, outputs: dict[str, int], root: Group, nodes: list[Node]) -> Network:
        """Return nodes as a network, with the spec's metadata."""
        variant, metadata = self.variant, dict(self.spec.metadata)
        metadata.update(variant.metadata if variant else {})
        name = variant.name.text if variant else self.spec.name
        given = [f"input {name}" if len(self.inputs) > 1 else "input" for name in self.given_inputs]
        return Network(
            name=name,
            title=self.spec.text_of("title", variant) or name,
            source=self.spec.text_of("source", variant),
            nodes=nodes,
            inputs={name: volume.node for name, volume in self.inputs.items() if volume is not LOST},
            outputs={name: node for name, node in outputs.items() if 0 <= node < len(nodes)},
            root=root,
            metadata=metadata,
            overridden=(*given, *self.settings),
            remarks=self.checker.supposed.remark(),
        )

    def shapes(self, here: Here) -> dict[str, tuple[Scalar, Shape | None]]:
        """Return the shape of each input and its location."""
        return input_shapes(self.spec, self.variant, self.given_inputs, here.frame)

    def start(self, here: Here) -> Volume:
        """Make the input nodes; with a single input it is the volume to start from."""
        shapes = self.shapes(here)
        for name, (scalar, shape) in shapes.items():
            here.level.taken[name] = 0
            volume = LOST
            if shape is not None:
                volume = Volume(len(self.nodes), shape)
                self.nodes.append(Node(len(self.nodes), name, Input(shape), (), (), shape, scalar.place))
            self.inputs[name] = volume
            if len(shapes) > 1:
                level = Level(Group(name, Broken(), 0))
                result = Result(Broken(), here._replace(level=level), volume, 0, 0)
                here.names.remember(name, result)
        return next(iter(self.inputs.values()), LOST) if len(self.inputs) < 2 else NOWHERE

    def outputs(self, last: Volume, here: Here) -> dict[str, int]:
        outputs: dict[str, int] = {}
        for scalar in self.spec.outputs:
            if scalar.text:
                found = self.earlier.volumes(Written(scalar.text, 0), scalar, here, heads=True)
                whole = scalar.text.rpartition(".")[2]
                for label, volume in found:
                    name = scalar.text if len(found) == 1 else f"{whole}.{label.rpartition('.')[2]}"
                    outputs[name] = volume.node
        return outputs or {"output": last.node}

    def judge_unused_blocks(self) -> None:
        """Judge the steps of blocks that nothing calls, so that no problem waits there."""
        for block in self.spec.blocks.values():
            if block.name in self.walked_blocks:
                continue
            known = {parameter.name for parameter in block.parameters} | set(self.vars)
            chains = (part.steps for part in records(block.body) if isinstance(part, Chain))
            of_lists = {id(steps[1]) for steps in chains if len(steps) > 1 and isinstance(steps[0], Use)}
            for text, step in steps_of(block.body):
                if not isinstance(step, Call):
                    continue
                target = self.spec.blocks.get(step.name) or KINDS.get(step.name) or SYNONYMS.get(step.name)
                if target is not None:
                    wrong = matched(target, step).wrong
                    if isinstance(target, type) and issubclass(target, Joint) and id(step) not in of_lists:
                        names = named_results(target, step)[0]
                        unnamed = None if names else misnumbered(target, step, names, 0)
                        wrong = (*wrong, unnamed) if unnamed and not wrong else wrong
                    for error in wrong:
                        self.journal.wrong(error, text, 0)
                elif step.name not in known and not self.binder.is_word(step.name):
                    self.binder.unknown(step, text.place(step.start, len(step.name)), known, None)
