"""The networks that a key asks about, each built once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from cnncalc.homework.key_reader import Reading, fields_in, text_of
from cnncalc.homework.quantity_expression import Subject
from cnncalc.loading import build
from cnncalc.loading.find import find
from cnncalc.network.network import Network, Node
from cnncalc.problem import Problem, Problems, ShapeWarning, Source, did_you_mean, quoted
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar

NETWORK = ("network", "layer", "input", "set")
"""Keys that say which network, and where in it."""


class Networks(Reading):
    """Builds what `network:` and `networks:` name; spec files are looked for in `folder`."""

    def __init__(self, source: Source, folder: Path | None, problems: list[Problem]) -> None:
        super().__init__(source, problems)
        self.folder = folder
        self.networks: dict[tuple[str, ...], Network | None] = {}
        self.as_meant = False  # whether shapes are read as they may be meant, where that is not as they are written
        self.ambiguous = False  # whether a network was asked for whose shapes may be meant in another way

    def subjects(self, fields: Mapping[str, Tree]) -> dict[str, Subject]:
        """Return the networks that a question is about; empty after a problem."""
        if "networks" in fields:
            found = {}
            for name, value in fields_in(fields["networks"]).items():
                subject = self.subject(name, fields_in(value) or {"network": value})
                if subject is None:
                    return {}
                found[name] = subject
            return found
        subject = self.subject("", fields)
        return {"": subject} if subject else {}

    def subject(self, name: str, fields: Mapping[str, Tree]) -> Subject | None:
        network = self.network(fields)
        if network is None:
            return None
        node: Node | None = None
        layers = list(network.layers())
        if "layer" in fields:
            path = text_of(fields["layer"])
            try:
                node = network.find(path)
            except KeyError:
                paths = [layer.path for layer in layers]
                few = f"its layers are {', '.join(paths[:3])}{', …' if len(paths) > 3 else ''}" if paths else None
                hint = did_you_mean(path, paths) or few
                place_ = fields["layer"].place()
                self.problem("E109", f"{network.name} has no layer {quoted(path)}", place_, hint)
                return None
        elif len(layers) == 1:
            node = layers[0]
        return Subject(name, network, node)

    def network(self, fields: Mapping[str, Tree]) -> Network | None:
        node = fields["network"]
        what, input = text_of(node), text_of(fields.get("input"))
        settings = {name: text_of(value) for name, value in fields_in(fields.get("set")).items()}
        known = (what, input, *(f"{k}={v}" for k, v in settings.items()))
        if known not in self.networks:
            self.networks[known] = self.built(node, what, input, settings)
        network = self.networks[known]
        if network is None or network.other_reading is None:
            return network
        self.ambiguous = True
        return network.other_reading if self.as_meant else network

    def built(self, node: Tree, what: str, input: str, settings: dict[str, str]) -> Network | None:
        try:
            spec, variant, problems, remarks = find(self.path(what), None)
            if problems:
                raise Problems(problems)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ShapeWarning)  # here it has a place in the key
                network = build(spec, variant, problems, remarks, input=input or None, settings=settings)
        except Problems as found:
            for problem in found:
                self.report(node, what, problem)
            return None
        if network.warning:
            where = "" if self.source.name.startswith("<") else f"{node.place()}: "
            warnings.warn(f"{where}{network.warning}", ShapeWarning, stacklevel=2)
        return network

    def path(self, what: str) -> str:
        """Return the path of a spec file beside the key, or what was given."""
        if self.folder and what.endswith((".yaml", ".yml")) and not what.startswith("/") and "->" not in what:
            return str(self.folder / what)
        return what

    def report(self, node: Tree, what: str, problem: Problem) -> None:
        """Report a problem of a network where the key has it."""
        place = node.place()
        if isinstance(node, Scalar) and problem.place and problem.place.source.text == what:
            shift = len(node.text) - len(node.text.lstrip())
            place = node.place(problem.place.column - 1 + shift, problem.place.length)
        message = problem.message
        if problem.place and problem.place.source.text != what and not problem.place.source.name.startswith("<"):
            message = f"{problem.place}: {message}"
        self.problem(problem.code, message, place, problem.hint)
