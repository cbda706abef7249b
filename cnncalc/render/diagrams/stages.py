"""What a diagram shows as one box: a layer with the activations and norms behind it, a block, or equal ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from cnncalc.network.network import Network, Node
from cnncalc.shape import Shape

ROLES = {
    "conv": "conv depthwise separable deform_conv deform_conv_by partial_conv local_conv",
    "pool": "maxpool avgpool lppool global_avgpool global_maxpool adaptive_avgpool adaptive_maxpool blur_pool filter "
    "subsample",
    "linear": "linear embedding lstm gru rnn rbf",
    "upsample": "conv_transpose upsample resize resize_like pixel_shuffle max_unpool",
    "attention": "attention cross_attention window_attention cosine_window_attention grid_attention",
    "merge": "add concat mul sub stack matmul concat_along maximum minimum average divide",
}
ROLE_OF = {kind: role for role, kinds in ROLES.items() for kind in kinds.split()}
REARRANGED = frozenset(("flatten", "reshape", "permute", "tokens"))
"""Kinds that only write the same values in another order."""

MOST = 150
"""Boxes of a diagram; of more, those in the middle are left out and counted."""


@dataclass(slots=True, eq=False)
class Stage:
    """One box: `layer` gives its name and role, `y` is its output; `sources` are indices of the boxes it reads."""

    nodes: list[Node]
    layer: Node
    name: str
    role: str
    sources: tuple[int, ...] = ()
    count: int = 1
    is_block: bool = False
    left_out: int = 0  # layers that are not drawn
    full: bool = False  # the label is the whole name: another box has the same last part

    @property
    def y(self) -> Shape:
        return self.layer.y

    @property
    def path(self) -> str:
        return self.layer.path if not self.is_block else self.name

    @property
    def label(self) -> str:
        """The name without the levels above it; of a layer called as its kind is, that of the level around it."""
        levels = self.name.split(".")
        if not self.is_block and len(levels) > 1 and levels[-1].rstrip("0123456789_") == self.layer.kind:
            levels.pop()
        if self.full:
            return self.name
        numbers = next((at for at, level in enumerate(reversed(levels)) if not level.isdigit()), len(levels) - 1)
        name = self.name if self.is_block else ".".join(levels[-1 - numbers :])
        return f"{name} ×{self.count}" if self.count > 1 and "…" not in name else name


def is_chain(stages: Sequence[Stage]) -> bool:
    """Judge whether each box reads the one before it, and no other."""
    return all(stage.sources == ((at - 1,) if at else ()) for at, stage in enumerate(stages))


def role_of(node: Node) -> str:
    """Return the role of a layer's colour."""
    if node.kind == "input":
        return "input"
    return ROLE_OF.get(node.kind, "merge" if len(node.inputs) > 1 else "other")


def _follows(node: Node) -> bool:
    """Whether a layer is drawn with the one it reads: its volume has the same size."""
    return len(node.inputs) == 1 and node.kind not in ROLE_OF and (node.kind in REARRANGED or node.y == node.x[0])


def foldings(network: Network, depth: int | None = None) -> Iterator[list[Stage]]:
    """Yield the boxes of a network, from one a layer to one a part; with `depth`, only levels of paths down to it."""
    nodes = [node for node in network.nodes if node.aux is None]
    deepest = max((node.path.count(".") + 1 for node in nodes), default=1)
    layers = _linked(_layers(nodes))
    levels = range(deepest, 0, -1) if depth is None else (depth,)
    if depth is None:
        yield layers
    last = layers
    for level in levels:
        if level < deepest or depth is not None:
            last = _linked(_parts(layers, level))
        yield last
        if depth is None:
            yield _linked(_runs(last, lambda one: (one.y, one.role, str(one.layer.layer))))
            yield _linked(_runs(last, lambda one: (one.y, one.role)))
    if depth is None:
        yield _linked(_runs(last, lambda one: (one.y.sides, one.role == "input")))


def told_apart(stages: Sequence[Stage]) -> list[Stage]:
    """Write the whole name of boxes whose labels would be the same."""
    count = Counter(stage.label for stage in stages)
    return [replace(stage, full=True) if count[stage.label] > 1 else stage for stage in stages]


def shortened(stages: Sequence[Stage], most: int = MOST) -> list[Stage]:
    """Leave out boxes in the middle of a long chain, with one that counts them."""
    if len(stages) <= most:
        return told_apart(stages)
    head = most * 2 // 3
    tail = len(stages) - (most - head - 1)
    middle = stages[head:tail]
    nodes = [node for stage in middle for node in stage.nodes]
    gap = Stage(nodes, middle[-1].layer, "…", "other", (head - 1,), is_block=True, left_out=len(nodes))
    moved = [
        replace(stage, sources=tuple(sorted({max(head, source - tail + head + 1) for source in stage.sources})))
        for stage in stages[tail:]
    ]
    return told_apart([*stages[:head], gap, *moved])


def runs(stages: Sequence[Stage]) -> list[Stage]:
    """Join convolutions in a row that give the same volume: one box, drawn as many times."""
    return _linked(_runs(stages, lambda one: one.y if one.role == "conv" else one.path))


def _layers(nodes: Sequence[Node]) -> list[Stage]:
    """Return one box a layer that moves a window, has weights or merges; what follows it belongs to it."""
    stages: list[Stage] = []
    last: dict[int, Stage] = {}  # the last node of a box -> the box
    for node in nodes:
        before = last.get(node.inputs[0]) if _follows(node) else None
        if before is not None and before.role != "input":
            del last[before.nodes[-1].index]
            before.nodes.append(node)
            last[node.index] = before
        else:
            stage = Stage([node], node, node.path, role_of(node))
            stages.append(stage)
            last[node.index] = stage
    return stages


def _linked(stages: Sequence[Stage]) -> list[Stage]:
    """Return the boxes with which boxes of this list each reads; they stand in an order in which they are computed."""
    of_node = {node.index: at for at, stage in enumerate(stages) for node in stage.nodes}
    linked = []
    for at, stage in enumerate(stages):
        read = {of_node[index] for node in stage.nodes for index in node.inputs if index in of_node}
        linked.append(replace(stage, sources=tuple(sorted(read - {at}))))
    return linked


def _joined(stages: Sequence[Stage], name: str, count: int) -> Stage:
    role = stages[0].role if len({stage.role for stage in stages}) == 1 else "block"
    nodes = [node for stage in stages for node in stage.nodes]
    return Stage(nodes, stages[-1].layer, name, role, count=count, is_block=True)


def _parts(stages: Sequence[Stage], level: int) -> list[Stage]:
    """Join the boxes in a row whose paths agree in their first levels."""
    found: list[Stage] = []
    at = 0
    while at < len(stages):
        levels = stages[at].name.split(".")
        end = at + 1
        if len(levels) > level:
            prefix = ".".join(levels[:level])
            while end < len(stages) and stages[end].name.startswith(prefix + "."):
                end += 1
            found.append(stages[at] if end == at + 1 else _joined(stages[at:end], prefix, 1))
        else:
            found.append(stages[at])
        at = end
    return found


def _runs(stages: Sequence[Stage], key: Callable[[Stage], object]) -> list[Stage]:
    """Join equal boxes of which each reads only the one before it."""
    found: list[Stage] = []
    at = 0
    while at < len(stages):
        end = at + 1
        while end < len(stages) and stages[end].sources == (end - 1,) and key(stages[end]) == key(stages[at]):
            end += 1
        same = stages[at:end]
        if len(same) == 1:
            found.append(same[0])
        else:
            levels = [stage.name.split(".") for stage in same]
            common = [one[0] for one in takewhile(lambda one: len(set(one)) == 1, zip(*levels, strict=False))]
            name = (
                ".".join(common) if 0 < len(common) < min(map(len, levels)) else f"{same[0].label} … {same[-1].label}"
            )
            found.append(_joined(same, name, sum(stage.count for stage in same)))
        at = end
    return found
