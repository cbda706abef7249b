"""The writer of PyTorch source: one file that needs nothing but torch, with a class for each part that is there twice.

The keys of its state_dict are the paths of the network, as those of `network.torch()`.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from cnncalc.exchange.blocks import outline
from cnncalc.exchange.graph import Graph
from cnncalc.exchange.parameters import Parameters, Slot, Unexpressed
from cnncalc.exchange.recorder import Module, NotRecorded, Recorded, Term, Volume, terms, uses, written
from cnncalc.exchange.text import macs, params
from cnncalc.exchange.writers import not_written
from cnncalc.layers.activation import Activation
from cnncalc.network.network import Network, Node

WIDTH = 88
INLINE = 60
"""Characters of an expression that stands in another one."""
PART = 38
"""Characters of a part of an expression; a longer one gets a name."""

SIGNATURES: dict[str, tuple[tuple[str, ...], int]] = {
    "Conv": (("in_channels", "out_channels", "kernel_size"), 3),
    "Linear": (("in_features", "out_features"), 2),
    "BatchNorm": (("num_features", "eps", "momentum", "affine"), 1),
    "InstanceNorm": (("num_features", "eps"), 1),
    "GroupNorm": (("num_groups", "num_channels", "eps", "affine"), 2),
    "LayerNorm": (("normalized_shape", "eps", "elementwise_affine", "bias"), 1),
    "RMSNorm": (("normalized_shape", "eps", "elementwise_affine"), 1),
    "MaxPool": (("kernel_size", "stride"), 1),
    "AvgPool": (("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"), 1),
    "GELU": (("approximate",), 0),
}
"""The names of positional arguments of PyTorch's modules, and how many are written without a name."""
USUAL = {
    "stride": "1",
    "padding": "0",
    "dilation": "1",
    "groups": "1",
    "bias": "True",
    "padding_mode": '"zeros"',
    "output_padding": "0",
    "eps": "1e-05",
    "momentum": "0.1",
    "affine": "True",
    "elementwise_affine": "True",
    "ceil_mode": "False",
    "count_include_pad": "True",
    "align_corners": "None",
    "approximate": '"none"',
}
"""Defaults of PyTorch."""
SHORT = {
    "in_channels": "inputs",
    "out_channels": "out",
    "in_features": "inputs",
    "out_features": "out",
    "num_features": "channels",
    "num_channels": "channels",
    "kernel_size": "kernel",
    "normalized_shape": "channels",
}
"""Names of parameters for arguments of PyTorch."""
SIZES = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size")

MODULE_NAMES = frozenset(
    (
        *("T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children"),
        *("compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward"),
        *("get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu", "load_state_dict"),
        *("modules", "mtia", "named_buffers", "named_children", "named_modules", "named_parameters"),
        *("parameters", "register_backward_hook", "register_buffer", "register_forward_hook"),
        *("register_forward_pre_hook", "register_full_backward_hook", "register_full_backward_pre_hook"),
        *("register_load_state_dict_post_hook", "register_load_state_dict_pre_hook", "register_module"),
        *("register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook"),
        *("requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty"),
        *("train", "training", "type", "xpu", "zero_grad"),
    )
)
"""Names that a module of PyTorch keeps for itself."""


@dataclass(slots=True)
class Made:
    """A call that makes a module: its arguments are slots, which may become parameters of a class around it."""

    function: str
    arguments: list[tuple[str | None, Slot]]
    fixed: list[tuple[str | None, str]] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)  # statements about it, such as a missing bias


@dataclass(slots=True)
class Chain:
    """Modules in a row, or a dictionary of modules."""

    function: str
    parts: list[tuple[str, Init]]


Init = Made | Chain


@dataclass(slots=True)
class Unit:
    """What a forward calls: a layer, or a level of layers."""

    name: str
    inputs: list[int]
    output: int
    init: Init | None
    expression: Callable[[list[str]], tuple[str, bool]]  # of its inputs: a text, and whether it needs no brackets
    is_plain: bool = False  # a module that takes one volume
    joins: bool = False  # an operator or a function, in which other expressions may stand
    simple: bool = True  # it reads each input once
    aux: str | None = None


@dataclass(slots=True)
class Class:
    """A class of the file: what is alike in its instances, and their parameters."""

    name: str
    header: list[str]
    lines: list[str]


class Level:
    """A level of the paths: what is in it, by name."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.parts: dict[str, Level | Node] = {}
        self.nodes: list[Node] = []

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""


def write(network: Network, weights: str | None) -> str:
    """Return the source; raises NotWritten for a layer that cannot be written."""
    return _Source(network).text()


class _Source:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.readers: dict[int, list[int]] = {node.index: [] for node in network.nodes}
        for node in network.nodes:
            for index in node.inputs:
                self.readers[index].append(node.index)
        self.recorded = {node.index: self._recorded(node) for node in network.layers()}
        shared = {index for node in network.layers() if node.shares is not None for index in (node.index, node.shares)}
        for node in network.layers():
            if node.shares is not None and not _alike(node, network.nodes[node.shares]):
                raise not_written(node, "PyTorch", f"it shares the weights of {network.nodes[node.shares].path}")
        self.tied = shared
        self.names = _attribute_names(network)
        self.root = self._levels()
        self.classes: dict[str, Class] = {}  # by their key
        self.taken = {"Net", "F", "nn", "torch"}
        blocks = outline(Graph.of(network), motifs=False)
        self.block_names = {".".join(scope.path): block.name for block in blocks.blocks for scope in block.instances}
        self.groups: dict[str, list[tuple[Level, list[Slot]]]] = {}
        self.made: dict[int, Init] = {}  # of each level, by its id
        self.helpers: dict[str, tuple[str, list[str]]] = {}
        self.uses_chain = self.uses_numbered = False

    def _recorded(self, node: Node) -> Recorded:
        try:
            return Recorded(node)
        except NotRecorded as why:
            raise not_written(node, "PyTorch", str(why)) from None

    def _levels(self) -> Level:
        root = Level(())
        for node in self.network.layers():
            level = root
            *levels, last = self.names[node.path].split(".")
            level.nodes.append(node)
            for name in levels:
                below = level.parts.get(name)
                if not isinstance(below, Level):
                    below = level.parts[name] = Level((*level.path, name))
                level = below
                level.nodes.append(node)
            level.parts[last] = node
        return root

    # Levels as units.

    def _callable(self, level: Level) -> tuple[list[int], int] | None:
        """Return what a level reads and what it gives; None where it is only a place for layers."""
        own = [node.index for node in level.nodes]
        inside = set(own)
        if own[-1] - own[0] + 1 != len(own) or inside & self.tied or len({node.aux for node in level.nodes}) > 1:
            return None
        reads = list(dict.fromkeys(i for node in level.nodes for i in node.inputs if i not in inside))
        ends = {*self.network.outputs.values()}
        given = [i for i in own if i in ends or not self.readers[i] or any(r not in inside for r in self.readers[i])]
        return (reads, given[0]) if len(given) == 1 else None

    def _units(self, level: Level, access: str = "self") -> Iterator[Unit]:
        """Yield what runs in a level, in order."""
        found: list[tuple[int, Unit]] = []
        for name, part in level.parts.items():
            at = _attribute(access, name)
            if isinstance(part, Node):
                found.append((part.index, self._node_unit(name, part, at)))
            elif (ends := self._callable(part)) is not None:
                init = self._init(part)
                found.append((part.nodes[-1].index, self._level_unit(part, ends, init, at)))
            else:
                found += [(_order(unit, part), unit) for unit in self._units(part, f"{at}")]
        yield from (unit for _, unit in sorted(found, key=lambda each: each[0]))

    def _level_unit(self, level: Level, ends: tuple[list[int], int], init: Init, at: str) -> Unit:
        reads, output = ends
        aux = level.nodes[0].aux
        return Unit(level.name, reads, output, init, lambda args: (f"{at}({', '.join(args)})", True), True, aux=aux)

    def _node_unit(self, name: str, node: Node, at: str) -> Unit:
        record = self.recorded[node.index]
        if node.shares is not None:
            origin = self.names[self.network.nodes[node.shares].path].split(".")
            at = "self"
            for part in origin:
                at = _attribute(at, part)
        init = None if node.shares is not None else self._node_init(record)
        inputs = list(node.inputs)
        if record.is_plain or (init is not None and not record.calls_itself):
            plain = len(inputs) == 1
            joins = isinstance(node.layer, Activation)
            return Unit(
                name,
                inputs,
                node.index,
                init,
                lambda args: (f"{at}({', '.join(args)})", True),
                plain,
                joins,
                aux=node.aux,
            )

        def expression(args: list[str]) -> tuple[str, bool]:
            texts: dict[int, str] = {id(volume): arg for volume, arg in zip(record.volumes, args, strict=True)}
            texts |= {0: args[0]}
            for term in terms(record.result):
                if term._form == "this":
                    texts[id(term)] = at
            return written(record.result, texts), record.result._binding > 11

        counts = uses(record.result)
        simple = all(counts.get(id(volume), 0) < 2 for volume in record.volumes)
        return Unit(name, inputs, node.index, init, expression, False, True, simple, aux=node.aux)

    def _node_init(self, record: Recorded) -> Init | None:
        state = record.module.__dict__
        if record.calls_itself:
            made = _made(record.module)
            made.behind = [
                f'.register_parameter("{name}", None)' for name, (_, value) in state["tensors"].items() if value is None
            ]
            return made
        counts = uses(record.result)
        shared = [
            term
            for term in terms(record.result)
            if (counts[id(term)] > 1 and not isinstance(term, Volume) and term._form in ("()", "[]"))
            or (term._form[:1] == " " and counts[id(term)] > 1)
        ]
        plain = {0: "x", **{id(volume): "x" for volume in record.volumes}}
        if not record.has_state and not shared and len(written(record.result, plain)) <= INLINE:
            return None
        return self._helper(record, shared)

    def _helper(self, record: Recorded, shared: list[Term]) -> Made:
        """Return the call of a class of its own, for a layer that PyTorch does not have."""
        state = record.module.__dict__
        count = len(record.volumes)
        args = ["x"] if count == 1 else [f"x{number}" for number in range(1, count + 1)]
        texts: dict[int, str] = {id(volume): arg for volume, arg in zip(record.volumes, args, strict=True)} | {
            0: args[0]
        }
        lines = []
        for term in terms(record.result)[:-1]:
            long = term._form in ("()", "[]") or term._form[:1] == " "
            if any(term is each for each in shared) or (long and len(written(term, texts)) > PART):
                name = f"v{len(texts) - len(record.volumes)}"
                lines += _statement(f"        {name} = ", written(term, texts), "", 0)
                texts[id(term)] = name
        lines += _statement("        return ", written(record.result, texts), "", 0)
        own: list[str] = []
        slots: list[tuple[str | None, Slot]] = []
        sizes = {**record.node.layer.weights(*record.node.x), **record.node.layer.buffers(*record.node.x)}
        for name, (kind, value) in state["tensors"].items():
            text = written(value, {0: "x"})
            shape = repr(tuple(sizes.get(name, ())))
            if f"({shape}" in text:
                text = text.replace(f"({shape}", f"({name}")
                slots.append((name, Slot(name, shape)))
            if kind == "buffer":
                own += _statement("        ", f'self.register_buffer("{name}", {text})', "", 0)
            else:
                own += _statement(f"        self.{name} = ", text, "", 0)
        for name, module in state["children"].items():
            own.append(f"        self.{name} = {written(module, {0: 'x'})}")
        own += [f"        {written(statement, {0: 'x'})}" for statement in record.statements]
        body = []
        if own:
            given = "".join(f", {name}" for name, _ in slots)
            body += [f"    def __init__(self{given}):", "        super().__init__()", *own, ""]
        body += [f"    def forward(self, {', '.join(args)}):", *lines]
        key = "\n".join(body)
        if key not in self.helpers:
            name = self._class_name(type(record.node.layer).__name__)
            summary = (type(record.node.layer).__doc__ or "").strip().partition("\n")[0]
            base = record.module.path or "nn.Module"
            self.helpers[key] = name, [f"class {name}({base}):", f'    """{summary}"""', "", *body]
        made = _made(record.module)
        return Made(self.helpers[key][0], [*made.arguments, *slots], made.fixed)

    def _class_name(self, preferred: str) -> str:
        stem = "".join(word[:1].upper() + word[1:] for word in re.split(r"\W|_", preferred) if word) or "Part"
        stem = f"Part{stem}" if stem[0].isdigit() else stem
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name

    # Modules.

    def _init(self, level: Level) -> Init:
        """Return how a level is made: a series, or an instance of a class."""
        if id(level) not in self.made:
            raise KeyError(level.path)
        return self.made[id(level)]

    def _make(self) -> None:
        """Make all levels, from the innermost outwards; those that are alike become one class."""
        heights: dict[int, list[Level]] = {}
        _sort(self.root, heights)
        for height in sorted(heights):
            groups: dict[str, list[tuple[Level, _Body]]] = {}
            for level in heights[height]:
                ends = self._callable(level) if level is not self.root else None
                if ends is None:
                    continue
                units = list(self._units(level))
                if (chain := self._chain(units, ends)) is not None:
                    self.made[id(level)] = chain
                    continue
                body = self._body(level, units, ends)
                groups.setdefault(body.key, []).append((level, body))
            for group in groups.values():
                self._class(group)

    def _chain(self, units: list[Unit], ends: tuple[list[int], int]) -> Init | None:
        reads, output = ends
        if len(reads) != 1:
            return None
        current = reads[0]
        for unit in units:
            if (
                not unit.is_plain
                or unit.inputs != [current]
                or unit.init is None
                or (isinstance(unit.init, Made) and unit.init.behind)
            ):
                return None
            current = unit.output
        if current != output:
            return None
        parts = [(unit.name, unit.init) for unit in units if unit.init is not None]
        numbered = [name for name, _ in parts] == [str(number) for number in range(1, len(parts) + 1)]
        self.uses_numbered |= numbered
        self.uses_chain |= not numbered
        return Chain("numbered" if numbered else "chain", parts)

    def _body(self, level: Level, units: list[Unit], ends: tuple[list[int], int]) -> _Body:
        reads, output = ends
        inputs = ["x"] if len(reads) == 1 else [f"x{number}" for number in range(1, len(reads) + 1)]
        lines = self._forward(units, dict(zip(reads, inputs, strict=True)), {"": output}, shapes=False)
        inits = list(self._inits(level))
        slots = [slot for _, init, _ in inits for slot in _slots(init)]
        return _Body(inputs, lines, inits, slots)

    def _inits(self, level: Level) -> Iterator[tuple[str, Init, list[str]]]:
        """Yield the attributes of a level: its layers and levels; one that is only a place is a dictionary."""
        for name, part in level.parts.items():
            init = self._part(name, part)
            if init is not None:
                yield name, init, init.behind if isinstance(init, Made) else []

    def _part(self, name: str, part: Level | Node) -> Init | None:
        if isinstance(part, Node):
            if part.shares is not None:
                return None
            init = self._node_init(self.recorded[part.index])
            return init
        if id(part) in self.made:
            return self.made[id(part)]
        inside = [(each, init) for each, below in part.parts.items() if (init := self._part(each, below)) is not None]
        return Chain("nn.ModuleDict", inside) if inside else None

    def _class(self, group: list[tuple[Level, _Body]]) -> None:
        body = group[0][1]
        parameters = Parameters([-1] * len(group), set())
        texts: list[str | None] = []
        columns = list(zip(*(each.slots for _, each in group), strict=True))
        order = sorted(range(len(columns)), key=lambda at: _rank(columns[at][0].name))
        found: dict[int, str | None] = {}
        for at in order:
            found[at] = parameters.expression(list(columns[at]))
        texts = [_spaced(found[at]) for at in range(len(columns))]
        first = group[0][0]
        preferred = self.block_names.get(".".join(first.path)) or next(
            (n for n in reversed(first.path) if not n[0].isdigit()), "part"
        )
        name = self._class_name(preferred)
        header = sorted(parameters.header(), key=lambda p: (p.default is not None, not p.name.startswith("inputs")))
        given = ["self", *(f"{p.name}={_value(p.default)}" if p.default is not None else p.name for p in header)]
        lines = [f"class {name}(nn.Module):"]
        lines += _call_lines("    def __init__", given, ":")
        lines.append("        super().__init__()")
        lines += self._init_lines(body.inits, iter(texts))
        lines += ["", f"    def forward(self, {', '.join(body.inputs)}):", *(f"        {line}" for line in body.lines)]
        self.classes[name] = Class(name, given, lines)
        for at, (level, _) in enumerate(group):
            arguments: list[tuple[str | None, Slot]] = []
            for parameter in header:
                slot = parameter.slots[at]
                own = Slot(parameter.name, slot.text, slot.number, is_default=slot.text == parameter.default)
                arguments.append((None if parameter.default is None else parameter.name, own))
            self.made[id(level)] = Made(name, arguments)

    def _init_lines(self, inits: Sequence[tuple[str, Init, list[str]]], texts: Iterator[str | None]) -> list[str]:
        lines = []
        for name, init, behind in inits:
            value = _shown(init, texts)
            if name.isidentifier() and not keyword.iskeyword(name):
                lines += _lines(f"        self.{name} = ", value, "")
            else:
                lines += _lines(f'        self.add_module("{name}", ', value, ")")
            lines += [f"        {_attribute('self', name)}{statement}" for statement in behind]
        return lines

    # Calculations.

    def _forward(
        self,
        units: list[Unit],
        names: dict[int, str],
        ends: dict[str, int],
        *,
        shapes: bool,
        heads: dict[str, int] | None = None,
    ) -> list[str]:
        """Return the statements of a forward."""
        count = len(units)
        readers: dict[int, list[int]] = {}
        for at, unit in enumerate(units):
            for index in unit.inputs:
                readers.setdefault(index, []).append(at)
        finals = {*ends.values(), *(heads or {}).values()}
        for index in finals:
            readers.setdefault(index, []).append(count)
        inline = [False] * count
        for at, unit in enumerate(units):
            reads = readers.get(unit.output, [])
            if len(reads) == 1 and reads[0] < count and unit.aux is None and unit.simple:
                reader = units[reads[0]]
                inline[at] = reader.joins and reader.simple and reader.aux is None
        until = [0] * count
        for at in range(count - 1, -1, -1):
            reads = readers.get(units[at].output, [])
            until[at] = until[reads[0]] if inline[at] else at
        live: dict[int, int] = {}
        for index, reads in readers.items():
            live[index] = max(until[at] if at < count else count for at in reads)
        names = dict(names)
        pending: dict[int, str] = {}
        lines: list[str] = []
        is_aux = False
        for at, unit in enumerate(units):
            args = [pending.pop(index) if index in pending else names[index] for index in unit.inputs]
            text, bare = unit.expression(args)
            if len(text) + 12 > WIDTH:
                busy = {name for index, name in names.items() if live.get(index, -1) >= at}
                for place_, index in enumerate(unit.inputs):
                    if args[place_] != names.get(index):
                        names[index] = _variable(unit, busy, long=False)
                        busy.add(names[index])
                        lines += _statement(f"{names[index]} = ", args[place_], "")
                        args[place_] = names[index]
                text, bare = unit.expression(args)
            shape = self.network.nodes[unit.output].y
            if inline[at] and len(text) <= INLINE:
                nested = units[readers[unit.output][0]]
                pending[unit.output] = text if bare or nested.is_plain else f"({text})"
                continue
            if unit.aux is not None and not is_aux:
                lines.append("if self.training:")
            is_aux = unit.aux is not None
            lead = "    " if is_aux else ""
            if not heads and at == count - 1 and list(ends.values()) == [unit.output] and not is_aux:
                lines += _statement(f"{lead}return ", text, shape.text("chw") if shapes else "")
                return lines
            busy = {name for index, name in names.items() if live.get(index, -1) > at}
            long = live.get(unit.output, at) > at + 1
            name = _variable(unit, busy, long=long or (unit.output in finals and len(finals) > 1))
            names[unit.output] = name
            lines += _statement(f"{lead}{name} = ", text, shape.text("chw") if shapes else "")
        results = {name: names[index] for name, index in ends.items()}
        more = {name: names[index] for name, index in (heads or {}).items()}
        if more:
            every = ", ".join(f'"{name}": {value}' for name, value in {**results, **more}.items())
            lines += ["if self.training:", f"    return {{{every}}}"]
        if len(results) == 1:
            lines.append(f"return {next(iter(results.values()))}")
        else:
            every = ", ".join(f'"{name}": {value}' for name, value in results.items())
            lines += _statement("return ", f"{{{every}}}", "")
        return lines

    # The file.

    def text(self) -> str:
        """Return the whole file."""
        network = self.network
        self._make()
        units = list(self._units(self.root))
        inputs = {index: "x" if len(network.inputs) == 1 else _plain(name) for name, index in network.inputs.items()}
        heads = {name: node.index for name, node in _side_heads(network).items()}
        lines = self._forward(units, inputs, network.outputs, shapes=True, heads=heads)
        inits = list(self._inits(self.root))
        texts = iter([None if slot.is_default else slot.text for _, init, _ in inits for slot in _slots(init)])
        net = [
            "class Net(nn.Module):",
            f'    """{_title(network)}"""',
            "",
            "    def __init__(self):",
            "        super().__init__()",
        ]
        net += self._init_lines(inits, texts)
        given = ", ".join(inputs.values())
        net += ["", f"    def forward(self, {given}):", *(f"        {line}" for line in lines)]
        bodies = [*(lines for _, lines in self.helpers.values()), *(each.lines for each in self.classes.values()), net]
        whole = "\n".join("\n".join(lines) for lines in bodies)
        out = [f'"""{_title(network)}', "", f"{_numbers(network)}", '"""', ""]
        out += ["from collections import OrderedDict", ""] if self.uses_chain or self.uses_numbered else []
        out += ["import torch"]
        out += ["import torch.nn.functional as F"] if re.search(r"\bF\.", whole) else []
        out += ["from torch import nn", ""]
        if self.uses_chain and "chain(" in whole:
            out += [
                "",
                "def chain(**layers):",
                '    """Layers in a row, each with a name."""',
                "    return nn.Sequential(OrderedDict(layers))",
                "",
            ]
        if self.uses_numbered and "numbered(" in whole:
            out += ["", "def numbered(*layers):", '    """Layers in a row, numbered from 1."""']
            out += [
                "    names = map(str, range(1, len(layers) + 1))",
                "    return nn.Sequential(OrderedDict(zip(names, layers)))",
                "",
            ]
        for lines in bodies:
            out += ["", *lines, ""]
        out += [
            "",
            'if __name__ == "__main__":',
            "    net = Net().eval()",
            "    params = sum(p.numel() for p in net.parameters())",
        ]
        whole_count = params(network.layers())
        out.append(f"    assert params == {whole_count:_}, params")
        volumes = []
        for shape in network.input_shapes().values():
            volumes.append(f"torch.zeros(1, {', '.join(map(str, shape.chw))})")
        out.append("    with torch.no_grad():")
        out += _lines("        y = ", _P("net", [(None, volume) for volume in volumes]), "")
        if len(network.outputs) == 1:
            (index,) = network.outputs.values()
            shape_text = ", ".join(map(str, (1, *network.nodes[index].y.chw)))
            out += [
                f"    assert y.shape == ({shape_text}), y.shape",
                '    print(f"{params:,} parameters, output {tuple(y.shape)}")',
            ]
        else:
            for name, index in network.outputs.items():
                shape_text = ", ".join(map(str, (1, *network.nodes[index].y.chw)))
                out.append(f'    assert y["{name}"].shape == ({shape_text}), y["{name}"].shape')
            out.append('    print(f"{params:,} parameters")')
        return "".join(f"{line}\n" for line in out)


@dataclass(slots=True)
class _Body:
    inputs: list[str]
    lines: list[str]
    inits: list[tuple[str, Init, list[str]]]
    slots: list[Slot]

    @property
    def key(self) -> str:
        return repr((self.inputs, self.lines, [(name, _skeleton(init), behind) for name, init, behind in self.inits]))


def _skeleton(init: Init) -> object:
    if isinstance(init, Made):
        return init.function, [(word, slot.name) for word, slot in init.arguments], init.fixed
    return init.function, [(name, _skeleton(part)) for name, part in init.parts]


def _slots(init: Init) -> Iterator[Slot]:
    if isinstance(init, Made):
        yield from (slot for _, slot in init.arguments)
    else:
        for _, part in init.parts:
            yield from _slots(part)


def _made(module: Module) -> Made:
    """Return the call of a module of PyTorch, its defaults left out."""
    state = module.__dict__
    words, bare = next((each for stem, each in SIGNATURES.items() if module.path[3:].startswith(stem)), ((), 99))
    given: list[tuple[str, object]] = []
    for number, value in enumerate(state["args"]):
        given.append((words[number] if number < len(words) else "", value))
    positional = len(given)
    given += [*state["kwargs"].items()]
    arguments: list[tuple[str | None, Slot]] = []
    fixed: list[tuple[str | None, str]] = []
    kernel = ""
    for number, (word, value) in enumerate(given):
        same = isinstance(value, tuple) and len({*value}) == 1 and (word in SIZES or word == "normalized_shape")
        if same and isinstance(value, tuple) and (word in SIZES or len(value) == 1):
            value = value[0]
        text = written(value, {0: "x"})
        usual = USUAL.get(word) == text or (word == "stride" and "Pool" in module.path and text == kernel)
        usual &= not (word == "stride" and "Pool" in module.path and text != kernel)
        kernel = text if word == "kernel_size" else kernel
        name = None if not word or (number < bare and number < positional) else word
        if isinstance(value, (bool, int, tuple)) and word:
            number_of = value if isinstance(value, int) and not isinstance(value, bool) else None
            sized = (number_of,) if word in SIZES and number_of is not None else number_of
            own = "pad" if word == "padding" else SHORT.get(word, word)
            arguments.append((name, Slot(own, text, sized, is_default=usual)))
        elif not usual:
            fixed.append((name, text))
    return Made(module.path, arguments, fixed)


def _rank(name: str) -> int:
    order = {"out": 0, "channels": 1, "inputs": 2, "kernel": 3}
    return order.get(name.rstrip("0123456789"), 4)


def _spaced(text: str | None) -> str | None:
    return None if text is None else re.sub(r"(?<=[\w)])(//|\*)(?=[\w(])", r" \1 ", text)


def _value(default: str | None) -> str:
    return {"yes": "True", "no": "False"}.get(default or "", default or "")


def _attribute(access: str, name: str) -> str:
    if access != "self":
        return f'{access}["{name}"]'
    if name.isidentifier() and not keyword.iskeyword(name):
        return f"self.{name}"
    return f'getattr(self, "{name}")'


def _order(unit: Unit, level: Level) -> int:
    return unit.output


def _sort(level: Level, heights: dict[int, list[Level]]) -> int:
    height = max((1 + _sort(part, heights) for part in level.parts.values() if isinstance(part, Level)), default=0)
    heights.setdefault(height, []).append(level)
    return height


def _alike(node: Node, origin: Node) -> bool:
    return node.layer == origin.layer and node.layer.geometry(*node.x) == origin.layer.geometry(*origin.x)


def _attribute_names(network: Network) -> dict[str, str]:
    """Return the names of modules at each path: one that PyTorch keeps for itself has an underscore behind it."""
    levels: dict[str, set[str]] = {}
    paths = [node.path for node in network.layers()]
    for path in paths:
        level = ""
        for part in path.split("."):
            levels.setdefault(level, set()).add(part)
            level += f"{part}."
    names = {}
    for path in paths:
        level, parts = "", []
        for part in path.split("."):
            name = part
            while name in MODULE_NAMES or (name != part and name in levels[level]):
                name += "_"
            parts.append(name)
            level += f"{part}."
        names[path] = ".".join(parts)
    return names


def _side_heads(network: Network) -> dict[str, Node]:
    from cnncalc.live.build import side_heads

    return side_heads(network)


def _plain(name: str) -> str:
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if keyword.iskeyword(plain) or not plain.isidentifier() or plain == "self" else plain


def _variable(unit: Unit, busy: set[str], *, long: bool) -> str:
    preferred = _plain(unit.name) if unit.name.isidentifier() else ""
    if long and preferred and preferred not in busy and preferred not in ("F", "nn", "torch", "self"):
        return preferred
    others = (f"v{number}" for number in count(1))
    return next(name for name in chain(("x", "y", "z"), others) if name not in busy)


def _title(network: Network) -> str:
    return (network.title or network.name).replace('"', "'").replace("\\", "/") + ", written by cnncalc."


def _numbers(network: Network) -> str:
    shapes = ", ".join(shape.text("chw") for shape in network.input_shapes().values())
    main = [node for node in network.layers() if node.aux is None]
    return f"Input {shapes}; {params(main):,} parameters, {macs(main):,} multiply-adds."


# Layout, as of `ruff format`.


@dataclass
class _P:
    """A call: its function and arguments, texts or calls."""

    function: str
    arguments: list[tuple[str | None, str | _P]]

    def flat(self) -> str:
        words = ((f"{word}=" if word else "") + _flat_text(value) for word, value in self.arguments)
        return f"{self.function}({', '.join(words)})"


def _flat_text(value: str | _P) -> str:
    return value if isinstance(value, str) else value.flat()


def _flat(made: Made) -> str:
    return _shown(made, iter([slot.text for slot in _slots(made)])).flat()


def _shown(init: Init, texts: Iterator[str | None]) -> _P:
    """Return a call with what its slots are: a text each, or None for a default."""
    if isinstance(init, Made):
        found: list[tuple[str | None, str | _P]] = []
        for word, slot in init.arguments:
            text = next(texts)
            if text is None and word is not None:
                continue
            found.append((word, _value(text or slot.text) if text in ("yes", "no") else text or slot.text))
        positional = [each for each in found if each[0] is None] + [each for each in init.fixed if each[0] is None]
        named = [each for each in found if each[0] is not None] + [each for each in init.fixed if each[0] is not None]
        return _P(init.function, [*positional, *named])
    parts = [(name, _shown(part, texts)) for name, part in init.parts]
    if init.function == "numbered":
        return _P("numbered", [(None, part) for part in _folded([part for _, part in parts])])
    if init.function == "nn.ModuleDict":
        return _P("nn.ModuleDict", [(None, _Dict([(name, part) for name, part in parts]))])
    if all(name.isidentifier() and not keyword.iskeyword(name) for name, _ in parts):
        return _P(init.function, [(name, part) for name, part in parts])
    return _P(init.function, [(None, _Dict(parts, "**"))])


def _folded(parts: list[_P]) -> list[str | _P]:
    """Return equal calls in a row, and calls in which one number grows, as generators."""
    found: list[str | _P] = []
    texts = [part.flat() for part in parts]
    at = 0
    while at < len(texts):
        end = at
        while end < len(texts) and texts[end] == texts[at]:
            end += 1
        if end - at > 1:
            found.append(_Rounds(parts[at], f"for _ in range({end - at})"))
            at = end
            continue
        end, growing = _growing(texts, at)
        found.append(growing or parts[at])
        at = end
    return found


def _growing(texts: list[str], at: int) -> tuple[int, str]:
    """Return where calls end in which one number grows, and how all of them are written."""
    numbers = [[int(n) for n in re.findall(r"\d+", text)] for text in texts[at:]]
    shape = [re.sub(r"\d+", "#", text) for text in texts[at:]]
    if len(texts) - at < 4 or shape[0] != shape[1] or "(" not in texts[at]:
        return at + 1, ""
    places = [i for i, (a, b) in enumerate(zip(numbers[0], numbers[1], strict=True)) if a != b]
    if len(places) != 1 or texts[at].count("(") != 1 or re.match(r"\w*\d", texts[at]):
        return at + 1, ""
    (place,) = places
    step = numbers[1][place] - numbers[0][place]
    end = 1
    while end < len(numbers) and shape[end] == shape[0]:
        wanted = [*numbers[0]]
        wanted[place] += step * end
        if numbers[end] != wanted:
            break
        end += 1
    if end < 4 or step < 1:
        return at + 1, ""
    seen = -1

    def put(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return "channels" if seen == place else match[0]

    first = numbers[0][place]
    text = re.sub(r"\d+", put, texts[at])
    return at + end, f"*({text} for channels in range({first}, {first + step * end}, {step}))"


class _Rounds(_P):
    """One call in a generator."""

    def __init__(self, part: _P, rounds: str) -> None:
        super().__init__("*", [(None, part)])
        self.rounds = rounds

    def flat(self) -> str:
        return f"*({_flat_text(self.arguments[0][1])} {self.rounds})"


class _Dict(_P):
    """A dictionary as an argument, perhaps of names: `**{"1x1": …}`."""

    def __init__(self, parts: Sequence[tuple[str, _P]], stars: str = "") -> None:
        super().__init__(stars, [(f'"{name}"', part) for name, part in parts])

    def flat(self) -> str:
        inside = ", ".join(f"{name}: {_flat_text(value)}" for name, value in self.arguments)
        return f"{self.function}{{{inside}}}"


def _lines(lead: str, value: str | _P, tail: str) -> list[str]:
    """Return a statement in lines: in one if it fits, else with the arguments on lines of their own."""
    one = f"{lead}{_flat_text(value)}{tail}"
    if len(one) <= WIDTH or isinstance(value, str) or not value.arguments:
        return [one]
    indent = " " * (len(lead) - len(lead.lstrip()))
    if tail == ")" and not isinstance(value, _Dict):  # the call around it is opened first
        opening, name = lead.rstrip().rsplit("(", 1)
        inner = _lines(f"{indent}    ", value, ",")
        return [f"{opening}(", f"{indent}    {name}", *inner, f"{indent})"]
    if isinstance(value, _Rounds):
        inside = _lines(f"{indent}    ", value.arguments[0][1], "")
        return [f"{lead}*(", *inside, f"{indent}    {value.rounds}", f"{indent}){tail}"]
    brackets = "{}" if isinstance(value, _Dict) else "()"
    if len(value.arguments) == 1 and isinstance(value.arguments[0][1], _Dict):
        (_, only) = value.arguments[0]
        return [f"{lead}{value.function}(", *_lines(f"{indent}    ", only, ""), f"{indent}){tail}"]
    words = [_word(value, word) + _flat_text(each) for word, each in value.arguments]
    body = f"{indent}    {', '.join(words)}"
    opening = f"{lead}{value.function}{brackets[0]}"
    if len(body) <= WIDTH and not isinstance(value, _Dict) and not any("\n" in word for word in words):
        return [opening, body, f"{indent}{brackets[1]}{tail}"]
    found = [opening]
    for word, each in value.arguments:
        found += _lines(f"{indent}    {_word(value, word)}", each, ",")
    return [*found, f"{indent}{brackets[1]}{tail}"]


def _word(value: _P, word: str | None) -> str:
    if word is None:
        return ""
    return f"{word}: " if isinstance(value, _Dict) else f"{word}="


def _call_lines(lead: str, words: list[str], tail: str) -> list[str]:
    return _lines(lead, _P("", [(None, word) for word in words]), tail)


def _statement(lead: str, text: str, shape: str, indent_behind: int = 8) -> list[str]:
    """Return a statement with the shape of what it makes, if the line is long enough."""
    line = f"{lead}{text}"
    comment = f"  # {shape}" if shape else ""
    if len(line) + len(comment) + indent_behind <= WIDTH:
        return [line + comment]
    if len(line) + indent_behind <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    opening = line.find("(", len(lead))
    if opening < 0 or _closing(line, opening) != len(line) - 1:
        return [line]
    return [line[: opening + 1], f"{indent}    {line[opening + 1 : -1]}", f"{indent})"]


def _closing(text: str, at: int) -> int:
    """Return where the bracket closes that opens at a place."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    return -1


__all__ = ["Unexpressed", "write"]
