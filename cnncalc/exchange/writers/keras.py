"""The writer of Keras source: a model of the functional API, with a function for each block of the network.

Layers have the paths of the network as names, `a-b` for `a.b`; what Keras needs beside a layer has its name and more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from cnncalc.exchange.parameters import Parameters, Slot
from cnncalc.exchange.text import params
from cnncalc.exchange.writers import not_written
from cnncalc.exchange.writers.channels_last import Part, Step, Unwritten, body, pair, part
from cnncalc.exchange.writers.keras_layers import Context, own_part, steps, uneven
from cnncalc.exchange.writers.layout import Call, call_lines, lines, statement
from cnncalc.exchange.writers.source import (
    Level,
    Made,
    Source,
    Unit,
    literal,
    plain,
    rank,
    results,
    skeleton,
    slots_in,
    spaced,
)
from cnncalc.network.network import Network, Node

BETWEEN = "-"
"""Stands between the parts of a path in a name: Keras refuses a slash, PyTorch below Keras a point."""


def write(network: Network, weights: str | None) -> str:
    """Return the source; raises NotWritten for a layer that cannot be written."""
    return _Source(network).text()


class _Source(Source):
    framework = "Keras"
    root_access = ""
    training = ""  # side heads are further outputs
    indent = 4
    imported: tuple[str, ...] = ("keras", "layers", "math", "ops", "partial", "name", "i", "build", "print", "range")

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.functions: dict[int, Made] = {}  # the call of each level that is a function, by its id
        self.code: list[list[str]] = []
        self.parts: dict[str, tuple[str, list[str]]] = {}
        self.shared: list[str] = []  # layers that are called more than once
        self.shared_names: dict[int, str] = {}
        self.texts: Mapping[int, str | None] = {}  # of slots, where they are not as they stand
        self.root_texts = False
        self.synthetic = len(network.nodes)
        context = Context(network, uneven(network, self._alike()))
        self.steps = {node.index: self._steps(node, context) for node in network.layers()}
        self.norm = self._usual_norm()
        self.inner: dict[int, list[int]] = {}

    # Layers.

    def _alike(self) -> list[list[Node]]:
        """Return layers that are at one place of a block, in its instances."""
        found: list[list[Node]] = []
        for block in self.blocks:
            places: dict[str, list[Node]] = {}
            for scope in block.instances:
                for node in self.network.nodes[scope.first : scope.exit + 1]:
                    places.setdefault(node.path.removeprefix(".".join(scope.path)), []).append(node)
            found += places.values()
        return found

    def _steps(self, node: Node, context: Context) -> list[Step[Made]]:
        try:
            made = part(node) or own_part(node)
            return steps(node, context) if made is None else [Step(self._part_call(made))]
        except Unwritten as why:
            raise not_written(node, "Keras", str(why)) from None

    def _part_call(self, made: Part) -> Made:
        """Return the call of a class of our own, which is written once."""
        begins = {
            "normal": "keras.initializers.RandomNormal(stddev=0.01)",
            "signs": "keras.initializers.RandomNormal()",
        }
        own = []
        for name, (_, begin) in made.tensors.items():
            how = begins.get(begin, f"keras.initializers.Constant({begin})")
            words = [(None, name), (None, how), ("name", f'"{name}"')]
            if not made.trained:
                words.append(("trainable", "False"))
            own += lines(f"        self.{name} = ", Call("self.add_weight", list(words)), "")
        text = []
        if own:
            given = "".join(f", {name}" for name in made.tensors)
            text += [f"    def __init__(self{given}, **kwargs):", "        super().__init__(**kwargs)", *own, ""]
        text += ["    def call(self, x):", *body(made, "ops")]
        key = "\n".join(text)
        if key not in self.parts:
            name = self.free_name(made.name)
            self.parts[key] = name, [f"class {name}(layers.Layer):", f'    """{made.summary}"""', "", *text]
        shapes = [(None, Slot(name, pair(shape))) for name, (shape, _) in made.tensors.items()]
        return Made(self.parts[key][0], list(shapes))

    def _usual_norm(self) -> list[tuple[str | None, str]]:
        """Return the arguments that most batch norms have, and give them a name of their own."""
        norms = [
            step.made
            for steps in self.steps.values()
            for step in steps
            if step.made and step.made.function == "layers.BatchNormalization"
        ]
        found = Counter(tuple(made.fixed) for made in norms)
        if not found or (usual := found.most_common(1)[0])[1] < 2:
            return []
        for made in norms:
            if tuple(made.fixed) == usual[0]:
                made.function, made.fixed = "BatchNorm", []
        self.taken.add("BatchNorm")
        return list(usual[0])

    def access(self, around: str, name: str) -> str:
        return f"{around}{BETWEEN}{name}" if around else name

    def node_units(self, name: str, node: Node, at: str) -> Iterator[Unit]:
        steps = self.steps[node.index]
        inner = self.inner.get(node.index)
        if inner is None:
            inner = self.inner[node.index] = list(range(self.synthetic, self.synthetic + len(steps) - 1))
            self.synthetic += len(inner)
        before = list(node.inputs)
        for step, output in zip(steps, [*inner, node.index], strict=True):
            inputs = before
            yield Unit(name, inputs, output, step.made, self._expression(node, step, at), aux=node.aux)
            before = [output, *before[1:]]

    def _expression(self, node: Node, step: Step[Made], at: str) -> Callable[[list[str]], tuple[str, bool]]:
        def text(args: list[str]) -> tuple[str, bool]:
            given = step.text.format(*args)
            if step.made is None:
                return given, False
            if node.index in self.tied and not step.suffix:
                return f"{self._shared(node, step.made)}({given})", True
            made = Made(
                step.made.function, step.made.arguments, [*step.made.fixed, ("name", self._name(at + step.suffix))]
            )
            return f"{self._call(made).flat()}({given})", True

        return text

    def _name(self, at: str) -> str:
        return f'"{at}"' if self.root_texts else f'f"{{name}}{BETWEEN}{at}"'

    def _shared(self, node: Node, made: Made) -> str:
        """Return the variable of a layer that is called more than once."""
        origin = node.index if node.shares is None else node.shares
        if origin not in self.shared_names:
            path = self.network.nodes[origin].path
            name = self.free_name(re.sub(r"\W", "_", path))
            call = Made(made.function, made.arguments, [*made.fixed, ("name", f'"{path.replace(".", BETWEEN)}"')])
            self.shared += lines(f"    {name} = ", self._call(call), "")
            self.shared_names[origin] = name
        return self.shared_names[origin]

    def _call(self, made: Made) -> Call:
        texts = (self._text(slot) for slot in slots_in(made))
        return made.call(texts)

    def _text(self, slot: Slot) -> str | None:
        if id(slot) in self.texts:
            return self.texts[id(slot)]
        if self.root_texts:
            return None if slot.is_default else slot.text
        return slot.name

    def level_unit(self, level: Level, reads: list[int], output: int, at: str) -> Unit | None:
        made = self.functions.get(id(level))
        if made is None:
            return None

        def expression(args: list[str]) -> tuple[str, bool]:
            call = self._call(made)
            own: list[tuple[str | None, str | Call]] = [(None, arg) for arg in args]
            whole = Call(call.function, [*own, *call.arguments, ("name", self._name(at))])
            return whole.flat(), True

        return Unit(level.name, reads, output, made, expression, aux=level.nodes[0].aux)

    def shape_text(self, unit: Unit) -> str:
        return "" if unit.output >= len(self.network.nodes) else self.network.nodes[unit.output].y.text("hwc")

    # Functions.

    def _make(self) -> None:
        """Make a function of each block, from the innermost outwards."""
        for levels in self.root.by_height():
            groups: dict[str, list[tuple[Level, list[str], list[Unit], dict[int, str], int]]] = {}
            for level in levels:
                ends = self.ends(level) if ".".join(level.path) in self.block_names else None
                if ends is None or len(level.nodes) < 2:
                    continue
                reads, output = ends
                units = list(self.units(level))
                inputs = ["x"] if len(reads) == 1 else [f"x{at}" for at in range(1, len(reads) + 1)]
                names = dict(zip(reads, inputs, strict=True))
                text = self.statements(units, names, {"": output}, shapes=False)
                key = repr((inputs, text, [skeleton(unit.init) for unit in units if unit.init is not None]))
                groups.setdefault(key, []).append((level, inputs, units, names, output))
            for group in groups.values():
                if len(group) > 1:
                    self._function(group)

    def _function(self, group: list[tuple[Level, list[str], list[Unit], dict[int, str], int]]) -> None:
        level, inputs, units, names, output = group[0]
        own = [[slot for unit in each[2] if unit.init is not None for slot in slots_in(unit.init)] for each in group]
        parameters = Parameters([-1] * len(group), set())
        columns = list(zip(*own, strict=True))
        order = sorted(range(len(columns)), key=lambda at: rank(columns[at][0].name))
        found = {at: spaced(parameters.expression(list(columns[at]))) for at in order}
        header = sorted(parameters.header(), key=lambda p: p.default is not None)
        given = [f"{p.name}={literal(p.default)}" if p.default is not None else p.name for p in header]
        self.texts = {id(slot): found[at] for at, slot in enumerate(own[0])}
        text = self.statements(units, names, {"": output}, shapes=False)
        self.texts = {}
        name = self.free_name(self.block_name(level))
        words = [*inputs, *given, "*", "name"]
        self.code.append([*call_lines(f"def {name}", words, ":"), *(f"    {line}" for line in _looped(text))])
        for at, (each, *_) in enumerate(group):
            arguments: list[tuple[str | None, Slot]] = []
            for parameter in header:
                slot = parameter.slots[at]
                argument = Slot(parameter.name, slot.text, slot.number, is_default=slot.text == parameter.default)
                arguments.append((None if parameter.default is None else parameter.name, argument))
            self.functions[id(each)] = Made(name, arguments)

    # The file.

    def results(self, results: Mapping[str, str], heads: Mapping[str, str]) -> list[str]:
        every = {**results, **heads}
        if not self.root_texts:
            return super().results(results, heads)
        if len(every) == 1:
            return self._model(next(iter(every.values())))
        outputs = ", ".join(f'"{name}": {value}' for name, value in every.items())
        return [*statement("outputs = ", f"{{{outputs}}}", "", self.indent), *self._model("outputs")]

    def returned(self, text: str, shape: str) -> list[str]:
        if not self.root_texts:
            return super().returned(text, shape)
        return [*statement("outputs = ", text, shape, self.indent), *self._model("outputs")]

    def _model(self, outputs: str) -> list[str]:
        name = re.sub(r"\W+", "_", self.network.name).strip("_") or "net"
        return lines("return ", Call("keras.Model", [(None, "inputs"), (None, outputs), ("name", f'"{name}"')]), "")

    def text(self) -> str:
        """Return the whole file."""
        network = self.network
        self._make()
        self.root_texts = True
        single = len(network.inputs) == 1
        inputs = {i: "inputs" if single else plain(name) for name, i in network.inputs.items()}
        self.imported = (*self.imported, "inputs", "outputs", *inputs.values())
        units = list(self.units(self.root))
        made = self.statements(units, inputs, network.outputs, shapes=True, heads=self.side_heads())
        build = ["def build():", f'    """{self.title()}"""']
        for name, index in network.inputs.items():
            shape = pair(network.nodes[index].y.hwc)
            words = [(None, shape), *([] if single else [("name", f'"{name}"')])]
            build += lines(f"    {inputs[index]} = ", Call("keras.Input", list(words)), "")
        if not single:
            build.append(f"    inputs = [{', '.join(inputs.values())}]")
        build += [*self.shared, *(f"    {line}" for line in _looped(made))]
        bodies = [*(text for _, text in self.parts.values()), *self.code, build]
        whole = "\n".join("\n".join(text) for text in bodies)
        out = self.docstring("hwc")
        out += ["import math", *(["from functools import partial"] if self.norm else []), ""]
        names = [
            name for name in ("layers", "ops") if re.search(rf"\b{name}\.", whole) or (name == "layers" and self.norm)
        ]
        out += ["import keras"] + ([f"from keras import {', '.join(names)}"] if names else []) + [""]
        if self.norm:
            words = [(None, "layers.BatchNormalization"), *self.norm]
            out += [*lines("BatchNorm = ", Call("partial", list(words)), ""), ""]
        for text in bodies:
            out += ["", *text, ""]
        return "".join(f"{line}\n" for line in [*out, "", *self._test()])

    def _read(self) -> list[Node]:
        """Return the layers that outputs come of: Keras' model has no others."""
        nodes = self.network.nodes
        stack = [*self.network.outputs.values(), *self.side_heads().values()]
        found = {*stack}
        while stack:
            node = nodes[stack.pop()]
            needed = [*node.inputs, *([node.shares] if node.shares is not None else [])]
            stack += [index for index in needed if index not in found]
            found.update(needed)
        return [node for node in self.network.layers() if node.index in found]

    def _test(self) -> list[str]:
        network = self.network
        zeros = [f"keras.ops.zeros({pair((1, *x.hwc))})" for x in network.input_shapes().values()]
        outputs = {**network.outputs, **self.side_heads()}
        shapes = {name: pair((1, *network.nodes[index].y.hwc)) for name, index in outputs.items()}
        given = zeros if len(zeros) == 1 else [f"[{', '.join(zeros)}]"]
        return [
            'if __name__ == "__main__":',
            "    model = build()",
            "    params = sum(math.prod(w.shape) for w in model.trainable_weights)",
            f"    assert params == {params(self._read()):_}, params",
            *lines("    y = ", Call("model", [(None, text) for text in given]), ""),
            *(f"    assert {y}.shape == {shape}, {y}.shape" for y, shape in results(shapes)),
            f'    print(f"{{params:,}} parameters{", output {tuple(y.shape)}" if len(shapes) == 1 else ""}")',
        ]


def _looped(text: list[str]) -> list[str]:
    """Return statements with rounds that differ in one number of a name as a loop."""
    found: list[str] = []
    at = 0
    while at < len(text):
        first = ROUND.fullmatch(text[at])
        end = at + 1
        if first:
            start = int(first["number"])
            while end < len(text) and (again := ROUND.fullmatch(text[end])):
                same = all(again[part] == first[part] for part in ("before", "stem", "behind"))
                if not same or int(again["number"]) != start + end - at:
                    break
                end += 1
        if first and end - at > 2:
            last = ROUND.fullmatch(text[end - 1])
            shape = (last["shape"] or "") if last else ""
            stem = first["stem"] if first["stem"].startswith("f") else f"f{first['stem']}"
            found += [
                f"for i in range({start}, {start + end - at}):{shape}",
                f"    {first['before']}{stem}{{i}}{first['behind']}",
            ]
        else:
            found += text[at:end]
        at = end
    return found


ROUND = re.compile(
    r"(?P<before>(?P<variable>\w+) = \w+\((?P=variable)\b.*name=)"
    r"(?P<stem>f?\"(?:[^\"]*-)?)(?P<number>\d+)(?P<behind>\"\))"
    r"(?P<shape>  # .*)?"
)
"""A call of a function of ours that replaces a variable; its name ends in a number."""
