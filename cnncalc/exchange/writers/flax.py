"""The writer of Flax NNX source: modules with a class for each part that is there twice, volumes channels last.

The keys of the state are the paths of the network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from cnncalc.exchange.parameters import Slot
from cnncalc.exchange.text import params
from cnncalc.exchange.writers import not_written
from cnncalc.exchange.writers.channels_last import Part, Step, Unwritten, body, pair, part
from cnncalc.exchange.writers.classes import ClassSource
from cnncalc.exchange.writers.flax_layers import RNGS, own_part, steps
from cnncalc.exchange.writers.layout import Call, lines
from cnncalc.exchange.writers.source import Init, Made, Unit, results
from cnncalc.network.network import Network, Node


def write(network: Network, weights: str | None) -> str:
    """Return the source; raises NotWritten for a layer that cannot be written."""
    return _Source(network).text()


class _Source(ClassSource):
    framework = "Flax"
    module = "nnx.Module"
    forward = "__call__"
    container = "nnx.Dict"
    row = "Chain"
    more = ("rngs",)
    training = "heads"
    reserved = frozenset(("eval", "iter_children", "iter_modules", "perturb", "row", "set_attributes", "sow", "train"))
    imported = ("jax", "jnp", "nnx", "partial", "heads")

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.taken |= {"BatchNorm", "Chain"}
        self.steps = {node.index: self._steps(node) for node in network.layers()}
        self.norm = self._usual_norm()

    def _steps(self, node: Node) -> list[Step[Init]]:
        try:
            made = part(node) or own_part(node)
            own: list[Step[Init]] = steps(node) if made is None else [Step(self._part_call(made))]
        except Unwritten as why:
            raise not_written(node, "Flax", str(why)) from None
        for step in own:
            step.text = step.text.replace("ops.", "jnp.")
        return own

    def _part_call(self, made: Part) -> Made:
        """Return the call of a class of our own, which is written once."""
        own = []
        for name, (_, begin) in made.tensors.items():
            drawn = f"nnx.initializers.normal(0.01)(rngs.params(), {name})"
            value = drawn if begin in ("normal", "signs") else f"jnp.full({name}, {begin})"
            kind = "nnx.Param" if made.trained else "nnx.Variable"
            own += lines(f"        self.{name} = ", Call(kind, [(None, value)]), "")
        text = [*self.constructor(list(made.tensors), own), ""] if own else []
        text += ["    def __call__(self, x):", *body(made, "jnp")]
        key = "\n".join(text)
        if key not in self.helpers:
            name = self.free_name(made.name)
            self.helpers[key] = name, [f"class {name}({self.module}):", f'    """{made.summary}"""', "", *text]
        shapes: list[tuple[str | None, Slot]] = [
            (None, Slot(name, pair(shape))) for name, (shape, _) in made.tensors.items()
        ]
        return Made(self.helpers[key][0], shapes, [RNGS] if own else [])

    def _usual_norm(self) -> list[tuple[str | None, str]]:
        """Return the arguments that most batch norms have, and give them a name of their own."""
        made = [step.made for each in self.steps.values() for step in each]
        norms = [each for each in made if isinstance(each, Made) and each.function == "nnx.BatchNorm"]
        found = Counter(tuple(each.fixed) for each in norms)
        if not found or (usual := found.most_common(1)[0])[1] < 2:
            return []
        for each in norms:
            if tuple(each.fixed) == usual[0]:
                each.function, each.fixed = "BatchNorm", [RNGS]
        return [words for words in usual[0] if words != RNGS]

    def node_units(self, name: str, node: Node, at: str) -> Iterator[Unit]:
        if node.shares is not None:
            at = "self"
            for level in self.names[self.network.nodes[node.shares].path].split("."):
                at = self.access(at, level)
        own = self.steps[node.index]
        module = next((step.made for step in own if step.made is not None), None)
        plain = len(node.inputs) == 1 and len(own) == 1
        init: Init | None = None
        if module is not None:
            init = module if plain and own[0].text == "{0}" and node.shares is None else None
        elif plain:
            init = Made(_function(own[0].text), bare=True)
        simple = all(step.text.count("{0}") < 2 for step in own)
        is_plain = plain and init is not None
        joins = module is None
        yield Unit(name, list(node.inputs), node.index, init, _expression(own, at), is_plain, joins, simple, node.aux)

    def node_init(self, node: Node) -> Init | None:
        return next((step.made for step in self.steps[node.index] if step.made is not None), None)

    def set_lines(self, name: str, value: Call) -> list[str]:
        return lines("        ", Call("setattr", [(None, "self"), (None, f'"{name}"'), (None, value)]), "")

    def shape_text(self, unit: Unit) -> str:
        return self.network.nodes[unit.output].y.text("hwc")

    def head_argument(self, heads: dict[str, int]) -> list[str]:
        return ["*", "heads=False"] if heads else []

    def text(self) -> str:
        """Return the whole file."""
        net = self.net()
        bodies = [*(text for _, text in self.helpers.values()), *self.classes, net]
        whole = "\n".join("\n".join(text) for text in bodies)
        numbered = "numbered(" in whole
        out = self.docstring("hwc")
        out += ["from functools import partial", ""] if self.norm else []
        out += ["import jax", "import jax.numpy as jnp", "from flax import nnx", ""]
        if self.norm:
            words: list[tuple[str | None, str | Call]] = [(None, "nnx.BatchNorm"), *self.norm]
            out += [*lines("BatchNorm = ", Call("partial", words), ""), ""]
        helpers = [*([CHAIN] if numbered or "Chain(" in whole else []), *([NUMBERED] if numbered else [])]
        for text in [*helpers, *bodies]:
            out += ["", *text, ""]
        return "".join(f"{line}\n" for line in [*out, "", *self._test()])

    def _test(self) -> list[str]:
        network = self.network
        zeros = [f"jnp.zeros({pair((1, *x.hwc))})" for x in network.input_shapes().values()]
        shapes = {name: pair((1, *network.nodes[index].y.hwc)) for name, index in network.outputs.items()}
        single = len(shapes) == 1
        return [
            'if __name__ == "__main__":',
            "    net = Net(rngs=nnx.Rngs(0))",
            "    net.eval()",
            "    params = sum(p.size for p in jax.tree.leaves(nnx.state(net, nnx.Param)))",
            f"    assert params == {params(network.layers()):_}, params",
            *lines("    y = ", Call("net", [(None, text) for text in zeros]), ""),
            *(f"    assert {y}.shape == {shape}, {y}.shape" for y, shape in results(shapes)),
            f'    print(f"{{params:,}} parameters{", output {tuple(y.shape)}" if single else ""}")',
        ]


def _expression(own: list[Step[Init]], at: str) -> Callable[[list[str]], tuple[str, bool]]:
    def text(args: list[str]) -> tuple[str, bool]:
        given, *others = args
        bare = True
        for step in own:
            bracketed = given if step.made is not None or re.fullmatch(r"\w+", given) else _bracketed(given, step.text)
            made = step.text.format(bracketed, *others)
            bare = step.made is not None or re.fullmatch(r"[\w.]+\(.*\)", made) is not None
            given = made if step.made is None else f"{at}({made})"
        return given, bare and not re.search(r"\) [-+*/]", given)

    return text


def _bracketed(given: str, text: str) -> str:
    """Return an expression as it stands in another one: in brackets, unless it is an argument of a call."""
    return given if re.search(r"\(\{0\}[,)]", text) or re.fullmatch(r"[\w.]+\([^()]*\)", given) else f"({given})"


def _function(text: str) -> str:
    """Return an expression of one volume as a function."""
    call = re.fullmatch(r"([\w.]+)\(\{0\}\)", text)
    return call[1] if call else f"lambda x: {text.format('x')}"


CHAIN = [
    "class Chain(nnx.Module):",
    '    """Layers in a row, each with a name."""',
    "",
    "    def __init__(self, **layers):",
    "        self.row = tuple(layers)",
    "        for name, layer in layers.items():",
    "            setattr(self, name, layer)",
    "",
    "    def __call__(self, x):",
    "        for name in self.row:",
    "            x = getattr(self, name)(x)",
    "        return x",
]
NUMBERED = [
    "def numbered(*layers):",
    '    """Layers in a row, numbered from 1."""',
    "    return Chain(**{str(number): layer for number, layer in enumerate(layers, 1)})",
]
