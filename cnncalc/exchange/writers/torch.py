"""The writer of PyTorch source: one file that needs nothing but torch, with a class for each part that is there twice.

The keys of its state_dict are the paths of the network, as those of `network.torch()`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace

from cnncalc.exchange.names import MODULE_NAMES
from cnncalc.exchange.parameters import Slot
from cnncalc.exchange.recorder import Module, NotRecorded, Recorded, Term, Volume, terms, uses, written
from cnncalc.exchange.text import params
from cnncalc.exchange.trained import Trained, trained
from cnncalc.exchange.writers import Written, not_written
from cnncalc.exchange.writers.classes import ClassSource
from cnncalc.exchange.writers.layout import Call, lines, statement
from cnncalc.exchange.writers.source import INLINE, Init, Made, Unit, results
from cnncalc.layers.activation import Activation
from cnncalc.layers.parametrize import STANDARDISED
from cnncalc.layers.recurrent import Recurrent
from cnncalc.network.network import Network, Node
from cnncalc.problem import NoAnswer, Problem

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


def write(network: Network, weights: str | None) -> Written:
    """Return the source, and with weights a state_dict beside it; raises NotWritten for a layer that is not written."""
    source = _Source(network)
    if weights is None:
        return Written(source.text())
    source.is_trained = True
    return Written(source.text(), beside=((".pt", _saved(trained(network, weights))),))


def _saved(tensors: Trained) -> bytes:
    """Return a state_dict as PyTorch saves it; raises NoAnswer without PyTorch."""
    try:
        import torch
    except ImportError:
        problem = Problem("E121", "weights for PyTorch need the package torch", None, "pip install torch")
        raise NoAnswer([problem]) from None
    made = io.BytesIO()
    torch.save({key: torch.tensor(tensors.values(key)) for key in tensors.keys.values()}, made)
    return made.getvalue()


class _Source(ClassSource):
    framework = "PyTorch"
    module = "nn.Module"
    forward = "forward"
    container = "nn.ModuleDict"
    beginning = ("super().__init__()",)
    reserved = MODULE_NAMES
    imported = ("F", "nn", "torch", "pretrained")
    is_trained = False  # its weights are in a file beside it

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        layers = [node for node in network.layers() if not isinstance(node.layer, Recurrent)]
        self.recorded = {node.index: self._recorded(node) for node in layers}

    def _recorded(self, node: Node) -> Recorded:
        try:
            return Recorded(_plain(node))
        except NotRecorded as why:
            raise not_written(node, "PyTorch", str(why)) from None

    def node_units(self, name: str, node: Node, at: str) -> Iterator[Unit]:
        record = self.recorded.get(node.index)
        if node.shares is not None:
            origin = self.names[self.network.nodes[node.shares].path].split(".")
            at = "self"
            for part in origin:
                at = self.access(at, part)
        init = None if node.shares is not None else self.node_init(node)
        inputs = list(node.inputs)
        if record is None or record.is_plain or (init is not None and not record.calls_itself):
            plain = len(inputs) == 1
            joins = isinstance(node.layer, Activation)
            yield Unit(
                name,
                inputs,
                node.index,
                init,
                lambda args: (f"{at}({', '.join(args)})", True),
                plain,
                joins,
                aux=node.aux,
            )
            return

        def expression(args: list[str]) -> tuple[str, bool]:
            texts: dict[int, str] = {id(volume): arg for volume, arg in zip(record.volumes, args, strict=True)}
            texts |= {0: args[0]}
            for term in terms(record.result):
                if term._form == "this":
                    texts[id(term)] = at
            return written(record.result, texts), record.result._binding > 11

        counts = uses(record.result)
        simple = all(counts.get(id(volume), 0) < 2 for volume in record.volumes)
        yield Unit(name, inputs, node.index, init, expression, False, True, simple, aux=node.aux)

    def node_init(self, node: Node) -> Init | None:
        record = self.recorded.get(node.index)
        if record is None:
            return self._recurrent(node)
        state = record.module.__dict__
        if record.calls_itself:
            made = self._parametrized(_made(record.module), node)
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
        body_lines = []
        for term in terms(record.result)[:-1]:
            long = term._form in ("()", "[]") or term._form[:1] == " "
            if any(term is each for each in shared) or (long and len(written(term, texts)) > PART):
                name = f"v{len(texts) - len(record.volumes)}"
                body_lines += statement(f"        {name} = ", written(term, texts), "", 0)
                texts[id(term)] = name
        body_lines += statement("        return ", written(record.result, texts), "", 0)
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
                own += statement("        ", f'self.register_buffer("{name}", {text})', "", 0)
            else:
                own += statement(f"        self.{name} = ", text, "", 0)
        for name, module in state["children"].items():
            own.append(f"        self.{name} = {written(module, {0: 'x'})}")
        own += [f"        {written(statement, {0: 'x'})}" for statement in record.statements]
        body = []
        if own:
            given = "".join(f", {name}" for name, _ in slots)
            body += [f"    def __init__(self{given}):", "        super().__init__()", *own, ""]
        body += [f"    def forward(self, {', '.join(args)}):", *body_lines]
        key = "\n".join(body)
        if key not in self.helpers:
            name = self.class_name(type(record.node.layer).__name__)
            summary = (type(record.node.layer).__doc__ or "").strip().partition("\n")[0]
            base = record.module.path or "nn.Module"
            self.helpers[key] = name, [f"class {name}({base}):", f'    """{summary}"""', "", *body]
        made = _made(record.module)
        return Made(self.helpers[key][0], [*made.arguments, *slots], made.fixed)

    def _parametrized(self, made: Made, node: Node) -> Made:
        """Return the call of a module whose weight is computed from others."""
        how = node.layer.__dict__.get("parametrize", "none")
        if how in ("weight_norm", "spectral_norm"):
            made.around = f"nn.utils.parametrizations.{how}"
        elif how in STANDARDISED:
            base, ones = made.function, ", 1" * (len(node.x[0].sides) + 1)
            own = [
                "    def __init__(self, *args, **kwargs):",
                "        super().__init__(*args, **kwargs)",
                f"        self.gain = nn.Parameter(torch.ones(self.out_channels{ones}))",
                "",
            ]
            gain = ["        weight = weight * weight[0].numel() ** -0.5 * self.gain"]
            axes = tuple(range(1, len(node.x[0].sides) + 2))
            body = [
                "    def _conv_forward(self, x, weight, bias):",
                f"        variance, mean = torch.var_mean(weight, {axes}, correction=0, keepdim=True)",
                "        weight = (weight - mean) * (variance + 1e-6).rsqrt()",
                *(gain if how == "scaled_standardize" else []),
                "        return super()._conv_forward(x, weight, bias)",
            ]
            text = [*(own if how == "scaled_standardize" else []), *body]
            key = "\n".join([base, *text])
            if key not in self.helpers:
                name = self.class_name(f"Standardized{base.removeprefix('nn.')}")
                head = [
                    f"class {name}({base}):",
                    '    """Filters have mean 0 and variance 1."""',
                    "",
                ]
                self.helpers[key] = name, [*head, *text]
            made.function = self.helpers[key][0]
        return made

    def _recurrent(self, node: Node) -> Made:
        """Return the call of PyTorch's own recurrent module, whose forward takes and gives a sequence."""
        layer, f = type(node.layer).__name__, node.layer.__dict__
        if f["bias"] and f["biases"] != 2:
            why = f"PyTorch's {layer.upper()} has two biases, write biases=2"
            raise not_written(node, "PyTorch", why)
        if f["sequence"]:
            body = ["        return super().forward(x.transpose(1, 2))[0].transpose(1, 2)"]
        else:
            states = "_, (state, _)" if layer == "Lstm" else "_, state"
            last = "torch.cat([state[-2], state[-1]], 1)" if f["bidirectional"] else "state[-1]"
            body = [f"        {states} = super().forward(x.transpose(1, 2))", f"        return {last}"]
        key = "\n".join([layer, *body])
        if key not in self.helpers:
            name = self.class_name(layer)
            summary = (type(node.layer).__doc__ or "").strip().partition("\n")[0]
            head = [f"class {name}(nn.{layer.upper()}):", f'    """{summary}"""', "", "    def forward(self, x):"]
            self.helpers[key] = name, [*head, *body]
        arguments: list[tuple[str | None, Slot]] = [
            (None, Slot("inputs", str(node.x[0].channels), int(node.x[0].channels))),
            (None, Slot("out", str(f["out"]), f["out"])),
            ("num_layers", Slot("layers", str(f["layers"]), f["layers"], is_default=f["layers"] == 1)),
            ("bias", Slot("bias", str(f["bias"]), is_default=f["bias"])),
            ("bidirectional", Slot("bidirectional", str(f["bidirectional"]), is_default=not f["bidirectional"])),
        ]
        if f.get("project"):
            arguments.append(("proj_size", Slot("project", str(f["project"]), f["project"])))
        return Made(self.helpers[key][0], arguments, [("batch_first", "True")])

    def set_lines(self, name: str, value: Call) -> list[str]:
        return lines("        ", Call("self.add_module", [(None, f'"{name}"'), (None, value)]), "")

    def text(self) -> str:
        """Return the whole file."""
        net = self.net()
        bodies = [*(text for _, text in self.helpers.values()), *self.classes, net]
        whole = "\n".join("\n".join(text) for text in bodies)
        rows = [name for name in ROWS if f"{name}(" in whole]
        out = self.docstring("chw")
        out += ["from collections import OrderedDict"] if rows else []
        out += ["from pathlib import Path"] if self.is_trained else []
        out += [""] if rows or self.is_trained else []
        out += ["import torch"]
        out += ["import torch.nn.functional as F"] if re.search(r"\bF\.", whole) else []
        out += ["from torch import nn", ""]
        for text in [*(ROWS[name] for name in rows), *bodies]:
            out += ["", *text, ""]
        out += ["", *PRETRAINED, ""] if self.is_trained else []
        return "".join(f"{line}\n" for line in [*out, "", *self._test()])

    def _test(self) -> list[str]:
        network = self.network
        volumes = [f"torch.zeros(1, {', '.join(map(str, x.chw))})" for x in network.input_shapes().values()]
        shapes = {name: f"({', '.join(map(str, (1, *network.nodes[i].y.chw)))})" for name, i in network.outputs.items()}
        single = len(shapes) == 1
        return [
            'if __name__ == "__main__":',
            f"    net = {'pretrained' if self.is_trained else 'Net'}().eval()",
            "    params = sum(p.numel() for p in net.parameters())",
            f"    assert params == {params(network.layers()):_}, params",
            "    with torch.no_grad():",
            *lines("        y = ", Call("net", [(None, volume) for volume in volumes]), ""),
            *(f"    assert {y}.shape == {shape}, {y}.shape" for y, shape in results(shapes)),
            f'    print(f"{{params:,}} parameters{", output {tuple(y.shape)}" if single else ""}")',
        ]


PRETRAINED = [
    "def pretrained():",
    '    """Return the network with the weights of the file beside this one."""',
    "    net = Net()",
    '    path = Path(__file__).with_suffix(".pt")',
    "    net.load_state_dict(torch.load(path, weights_only=True))",
    "    return net",
]

ROWS = {
    "chain": [
        "def chain(**layers):",
        '    """Layers in a row, each with a name."""',
        "    return nn.Sequential(OrderedDict(layers))",
    ],
    "numbered": [
        "def numbered(*layers):",
        '    """Layers in a row, numbered from 1."""',
        "    names = map(str, range(1, len(layers) + 1))",
        "    return nn.Sequential(OrderedDict(zip(names, layers)))",
    ],
}
"""Functions of the file that make modules of modules in a row."""


def _plain(node: Node) -> Node:
    """Return a layer with a weight that is not computed from others."""
    if node.layer.__dict__.get("parametrize", "none") == "none":
        return node
    layer = object.__new__(type(node.layer))
    layer.__dict__.update({n: v for n, v in node.layer.__dict__.items() if n != "hash"} | {"parametrize": "none"})
    return replace(node, layer=layer)


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
        if word == "affine" and "InstanceNorm" in module.path:  # alone among the norms it learns nothing by default
            usual = text == "False"
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
