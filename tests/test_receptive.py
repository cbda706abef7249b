"""Receptive fields: published ones, and any chain or merge against the gradients that PyTorch finds."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cnncalc
from cnncalc.layers import KINDS
from cnncalc.layers.merge import Input
from cnncalc.network.network import Group, Network, Node
from cnncalc.network.receptive import Field, receptive_fields, views_of
from cnncalc.numbers.symbolic import symbol
from cnncalc.shape import Shape
from tests.effort import drawn, examples


class Graph:
    """Nodes put together by hand."""

    def __init__(self, x: Shape) -> None:
        self.nodes = [Node(0, "input", Input(x), (), (), x)]

    def add(self, kind: str, *inputs: int, **values: object) -> int:
        """Put a layer behind nodes, the last one unless told; return the index of the new node."""
        index = len(self.nodes)
        inputs = inputs or (index - 1,)
        xs = tuple(self.nodes[i].y for i in inputs)
        layer = KINDS[kind](max(len(x.sides) for x in xs), **values)
        self.nodes.append(Node(index, f"{kind}{index}", layer, inputs, xs, layer.shape(*xs)))
        return index

    def network(self) -> Network:
        return Network("", "", "", self.nodes, {}, {}, Group("", "", 0))

    def fields(self, node: int = -1) -> tuple[Field, ...]:
        """Return the receptive field of a node."""
        return receptive_fields(self.network())[node]


def test_vgg16() -> None:
    """The table of Araujo et al., https://github.com/google-research/receptive_field."""
    graph = Graph(Shape((224, 224), 3))
    convs = [2, 2, 3, 3, 3]
    expected = [(6, 2, 2), (16, 4, 6), (44, 8, 18), (100, 16, 42), (212, 32, 90)]
    for count, field in zip(convs, expected, strict=True):
        for _ in range(count):
            graph.add("conv", out=8, kernel=3, pad=1)
        graph.add("maxpool", kernel=2)
        assert graph.fields() == (Field(*field),) * 2
    graph.add("flatten")
    assert graph.fields() == (Field(212, 32, 90),) * 2
    graph.add("linear", out=10)
    assert graph.fields() == (Field(224, 224, 0),) * 2


def test_each_side_has_its_own_field() -> None:
    graph = Graph(Shape((9, 20), 1))
    graph.add("conv", out=1, kernel=3)
    graph.add("upsample", factor=2)
    assert graph.fields() == (Field(3, Fraction(1, 2), 0),) * 2


def test_global_pools_see_everything_and_a_gate_passes_it_on() -> None:
    graph = Graph(Shape((32, 32), 4))
    volume = graph.add("conv", out=4, kernel=3, stride=2, pad=1)
    gate = graph.add("global_avgpool")
    assert graph.fields() == (Field(32, 32, 0),) * 2
    graph.add("mul", volume, gate)
    assert graph.fields() == (Field(32, 2, 0),) * 2
    graph.add("conv", out=4, kernel=3)
    assert graph.fields() == (Field(32, 2, 0),) * 2


def test_a_branch_without_sides_and_tokens() -> None:
    graph = Graph(Shape((), 5))
    vector = graph.add("linear", out=5)
    graph.add("add", 0, vector)
    assert graph.fields() == ()


def test_symbols_pass() -> None:
    n = symbol("n")
    graph = Graph(Shape((n,), 1))
    graph.add("conv", out=1, kernel=5, stride=2)
    graph.add("maxpool", kernel=2)
    assert graph.fields() == (Field(7, 4, 0),)
    graph.add("adaptive_avgpool", size=3)
    assert graph.fields() == (Field(n, n, 0),)


SMALL = st.integers(1, 4)
STEPS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("conv"), "kernel": SMALL, "stride": st.integers(1, 3), "pad": st.integers(0, 2)},
        optional={"dilation": st.integers(1, 3)},
    ),
    st.fixed_dictionaries({"kind": st.just("avgpool"), "kernel": SMALL, "stride": st.integers(1, 3)}),
    st.fixed_dictionaries(
        {"kind": st.just("conv_transpose"), "kernel": SMALL, "stride": st.integers(1, 4), "pad": st.integers(0, 1)},
        optional={"dilation": st.integers(1, 3)},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("upsample"), "factor": SMALL, "mode": st.sampled_from(["nearest", "bilinear"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("window_attention"), "heads": st.just(1), "window": SMALL, "shift": st.integers(0, 2)}
    ),
    st.fixed_dictionaries({"kind": st.just("adaptive_avgpool"), "size": st.integers(2, 40)}),
    st.fixed_dictionaries({"kind": st.just("pixel_shuffle"), "factor": st.just(1)}),
    st.fixed_dictionaries(
        {
            "kind": st.just("resize"),
            "size": st.integers(2, 60),
            "mode": st.sampled_from(["nearest", "bilinear"]),
            "align_corners": st.booleans(),
        }
    ),
)


@drawn(st.lists(STEPS, min_size=1, max_size=5), usual=20, whole=60)
def test_gradients_reach_what_is_seen(steps: list[dict[str, object]]) -> None:
    graph = Graph(Shape((40,), 1))
    for step in steps:
        kind, values = step["kind"], {name: value for name, value in step.items() if name != "kind"}
        if kind == "conv" or kind == "conv_transpose":
            values.update(out=1, bias=False)
        layer = KINDS[kind](1, **values)
        x = graph.nodes[-1].y
        assume(not list(layer.check(x)))
        assume(layer.shape(x).values <= 400)
        graph.add(kind, **values)
    assume(isinstance(views_of(graph.network())[-1][0].advance, int))  # else spans repeat too late and are evened
    compare(graph)


@examples(20)
@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from(["nearest", "bilinear"]), st.integers(1, 3))
def test_gradients_through_a_skip(factor: int, kernel: int, mode: str, inner: int) -> None:
    graph = Graph(Shape((48,), 1))
    skip = graph.add("conv", out=1, kernel=kernel, pad="same", bias=False)
    graph.add("avgpool", kernel=factor)
    graph.add("conv", out=1, kernel=inner, pad="same", bias=False)
    up = graph.add("upsample", factor=factor, mode=mode)
    graph.add("concat", skip, up)
    graph.add("conv", out=1, kernel=3, pad=1, bias=False)
    compare(graph)


def compare(graph: Graph) -> None:
    """Hold the spans of the last node's inner cells against the input cells that have a gradient."""
    torch = pytest.importorskip("torch")
    view = views_of(graph.network())[-1][0]
    (n,), (m,) = graph.nodes[0].y.sides, graph.nodes[-1].y.sides
    x = torch.ones(1, 1, n, dtype=torch.float64, requires_grad=True)
    volumes = [x]
    for node in graph.nodes[1:]:
        module = node.layer.build(torch, *node.x).double()
        for parameter in module.parameters():
            torch.nn.init.ones_(parameter)
        volumes.append(module(*(volumes[i] for i in node.inputs)))
    period = len(view.spans)
    inner = [cell for cell in range(m // 2 - period, m // 2 + period) if inside(graph, cell)]
    for cell in inner:
        (gradient,) = torch.autograd.grad(volumes[-1][0, 0, cell], x, retain_graph=True)
        reached = (gradient[0, 0].abs() > 1e-9).nonzero().flatten().tolist()  # interpolation rounds its weights
        assert view.span(cell) == ((reached[0], reached[-1]) if reached else None)
    sizes = [last - first + 1 for first, last in filter(None, map(view.span, range(period)))]
    assert view.field == Field(max(sizes, default=0), Fraction(view.advance, period), view.field.padding)


def test_what_no_inner_position_sees_is_no_field() -> None:
    """Three portions of 181 cells are 46 inside; 47 only where the last of them would lie beyond the end."""
    torch = pytest.importorskip("torch")
    chain = "181x1 -> adaptive_avgpool 12 -> conv 1 2 bias=no -> pad 2:2 -> space_to_depth 2 ceil=yes"
    assert cnncalc.load(chain).report().receptive[-1][0].size == 46
    x = torch.ones(1, 1, 181, dtype=torch.float64, requires_grad=True)
    pooled = torch.nn.functional.adaptive_avg_pool1d(x, 12)
    y = torch.nn.functional.pad(pooled[..., 1:] + pooled[..., :-1], (2, 2))
    y = torch.nn.functional.pad(y, (0, y.shape[-1] % 2)).unflatten(-1, (-1, 2)).sum(-1)
    seen = [torch.autograd.grad(y[0, 0, i], x, retain_graph=True)[0].nonzero()[:, -1] for i in range(y.shape[-1])]
    assert max(int(cells[-1] - cells[0]) + 1 for cells in seen if len(cells)) == 46


def test_spans_that_repeat_too_late_are_evened() -> None:
    chain = (
        "1000000000x3 -> conv 1 1000000 stride=7 -> 12 * (upsample 97 -> conv 2 89 stride=83) -> adaptive_avgpool 9973"
    )
    report = cnncalc.load(chain).report()
    sizes = [field.size for (field,) in report.receptive]
    assert sizes == sorted(sizes)
    assert report.receptive[0][0] == (1_000_000, 7, 0)


def inside(graph: Graph, cell: int) -> bool:
    """Say whether nothing beyond an end of any volume is looked at on the way to a cell of the last node."""
    wanted: dict[int, set[int]] = {len(graph.nodes) - 1: {cell}}
    for node in reversed(graph.nodes):
        cells = wanted.get(node.index, set())
        if not all(0 <= c < node.y.sides[0] for c in cells):
            return False
        for i, x in zip(node.inputs, node.x, strict=True):
            (side,) = node.layer.geometry(x)
            wanted.setdefault(i, set()).update(seen for c in cells for seen in side.seen(c))
    return True
