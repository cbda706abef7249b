"""Diagrams: figures are the report's, labels do not cover one another, files are well-formed and the same each time."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.cli import main
from cnncalc.layers import KINDS
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer
from cnncalc.render.diagrams.canvas import Box, Canvas, Layered, Line, Text, extent_of, text_width
from cnncalc.render.diagrams.graph import graph
from cnncalc.render.diagrams.layout import layout
from cnncalc.render.diagrams.receptive import receptive
from cnncalc.render.diagrams.stages import MOST, ROLE_OF, foldings
from cnncalc.render.diagrams.svg import svg
from cnncalc.render.diagrams.tikz import tikz
from cnncalc.render.diagrams.volumes import SCALES, STYLES, volumes
from cnncalc.render.diagrams.window import window, windows_of
from tests.effort import families, few

CHAIN = "28x28x1 -> conv 8 5x5 pad=2 -> relu -> maxpool 2x2 -> flatten -> linear 10 -> softmax"
FEW = ("alexnet", "unet", "resnet50", "googlenet", "lenet5", "vae")


def sizes_in(canvas: Canvas) -> dict[str, set[str]]:
    """Return the texts of shapes, by the path of the box above them."""
    found: dict[str, set[str]] = {}
    places = {}
    for part in canvas.parts:
        if isinstance(part, Layered):
            box = [extent_of(mark) for mark in part.marks]
            places[part.id] = (
                min(one.left for one in box),
                max(one.right for one in box),
                max(one.bottom for one in box),
            )
    for text in canvas.texts():
        if re.fullmatch(r"\d+(×\d+)*", text.text):
            above = [path for path, (_, _, bottom) in places.items() if bottom < text.y]
            level = max(places[path][2] // 300 for path in above)
            row = [path for path in above if places[path][2] // 300 == level]
            path = min(row, key=lambda path: abs((places[path][0] + places[path][1]) / 2 - text.x))
            found.setdefault(path, set()).add(text.text)
    return found


def test_figures_are_those_of_the_report() -> None:
    network = cnncalc.load("alexnet")
    shapes = {node.path: "×".join(map(str, node.y.hwc)) for node in network.nodes}
    drawn = sizes_in(volumes(network))
    assert len(drawn) == 12
    assert drawn == {path: {shapes[path]} for path in drawn}


def views(network: Network) -> dict[str, Canvas]:
    made = {f"volumes {style}": volumes(network, style=style) for style in STYLES}
    made["graph"] = graph(network)
    inputs = [*network.input_shapes().values()]
    if len(inputs) == 1 and inputs[0].sides:
        made["receptive"] = receptive(network)
    return made


def sound(network: Network) -> list[str]:
    """Return what is wrong with the pictures of a network."""
    wrong = []
    for view, canvas in views(network).items():
        wrong += [f"{network.name} {view}: {one!r} covers {other!r}" for one, other in canvas.overlaps()[:3]]
        root = ElementTree.fromstring(svg(canvas))
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        if len(ids) != len(set(ids)):
            wrong.append(f"{network.name} {view}: an id stands twice")
        written = {" ".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")}
        if written != {text.text for text in canvas.texts()}:
            wrong.append(f"{network.name} {view}: not every text is written")
    return wrong


@pytest.mark.parametrize("name", FEW)
def test_labels_do_not_cover_one_another(name: str) -> None:
    assert sound(cnncalc.load(name)) == []


@pytest.mark.exhaustive
def test_pictures_of_all_networks() -> None:
    wrong = [fault for name in few(families(), every=4) for fault in sound(cnncalc.load(name))]
    assert wrong == []


@pytest.mark.exhaustive
def test_windows_of_every_kind() -> None:
    for kind in KINDS.values():
        network = cnncalc.load(kind.example)
        node = network.nodes[-1]
        if not windows_of(node):
            with pytest.raises(NoAnswer, match="slides no window over its input"):
                window(network, node.path)
        else:
            assert window(network, node.path).overlaps() == []


def test_a_long_network_is_folded_to_a_page() -> None:
    box = volumes(cnncalc.load("resnet152")).extent()
    assert box.right - box.left < 1400
    names = [text.text for text in volumes(cnncalc.load("resnet152")).texts() if text.bold]
    assert "conv4 ×36" in names


def test_a_chain_without_an_end_is_shortened() -> None:
    layers = ["conv 4 3x3 pad=1 -> maxpool 3x3 stride=1 pad=1"] * 300
    canvas = volumes(cnncalc.load("16x16x4 -> " + " -> ".join(layers)), depth=1_000_000)
    parts = [part for part in canvas.parts if isinstance(part, Layered)]
    assert len(parts) == MOST
    assert "452 layers" in {text.text for text in canvas.texts()}
    assert len(volumes(cnncalc.load("16x16x4 -> " + " -> ".join(layers))).parts) < 100


def test_a_long_graph_is_shortened() -> None:
    layers = [f"conv {8 + at % 7} 3x3 pad=1" for at in range(300)]
    canvas = graph(cnncalc.load({"input": "8x8x8", "layers": [{f"c{at}": step} for at, step in enumerate(layers)]}))
    assert "… 103 boxes left out …" in {text.text for text in canvas.texts()}
    assert canvas.overlaps() == []


def test_depth_opens_blocks() -> None:
    network = cnncalc.load("resnet18")
    boxes = {
        depth: sum(isinstance(part, Layered) for part in volumes(network, depth=depth).parts) for depth in (1, 2, 3)
    }
    assert boxes[1] < boxes[2] < boxes[3]


def test_foldings_do_not_change_one_another() -> None:
    network = cnncalc.load("resnet18")
    every = [[(stage.name, stage.sources) for stage in stages] for stages in foldings(network)]
    kept = [*foldings(network)]
    assert [[(stage.name, stage.sources) for stage in stages] for stages in kept] == every
    for stages in kept:
        assert all(source < at for at, stage in enumerate(stages) for source in stage.sources)


def test_rows_of_a_chain_are_joined_by_arrows() -> None:
    arrows = [mark for mark in volumes(cnncalc.load("vgg16")).marks() if isinstance(mark, Line) and mark.arrow]
    left = min(part.points[0][0] for part in arrows)
    boxes = [extent_of(mark).left for mark in volumes(cnncalc.load("vgg16")).marks() if not isinstance(mark, Line)]
    assert left < min(boxes)


def test_equal_calls_give_equal_bytes() -> None:
    one, other = (cnncalc.draw("googlenet", "graph").encoded("svg") for _ in range(2))
    assert one == other


def test_hostile_text_stays_text() -> None:
    title = '<script>alert("1")</script> & \\input{x} $'
    canvas = volumes(cnncalc.load({"title": title, "input": "8x8x3", "layers": ["conv 4 3x3"]}))
    canvas.add(Text(0, 0, "\x1b[31m"))
    text = svg(canvas)
    assert "<script" not in text
    assert "\x1b" not in text
    assert title in {element.text for element in ElementTree.fromstring(text).iter()}
    latex = tikz(canvas)
    assert "\x1b" not in latex
    assert r"\textbackslash{}input\{x\} \$" in latex.partition("\n")[2]


def test_tikz_has_a_node_for_each_text() -> None:
    canvas = volumes(cnncalc.load("lenet5"))
    text = tikz(canvas)
    assert text.count(r"\node[") == len(canvas.texts())
    assert text.count("{") == text.count("}")
    assert r"{28$\times$28$\times$6};" in text


def test_dark_paper() -> None:
    drawn = cnncalc.draw(CHAIN)
    assert "@media (prefers-color-scheme: dark)" in str(drawn)
    dark = cnncalc.draw(CHAIN, theme="dark")
    assert "@media" not in str(dark)
    assert 'fill="#16181d"' in str(dark)
    assert "<!doctype html>" in drawn.encoded("html").decode()


def test_a_picture_without_matplotlib_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NoAnswer) as caught:
        cnncalc.draw("lenet5").encoded("png")
    assert str(caught.value) == 'E121 package: a picture as PNG needs matplotlib: pip install ".[plot]"'


def test_png_and_pdf(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = cnncalc.draw("16x16x3 -> conv 4 3x3")
    drawn.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == drawn.encoded("png")
    assert drawn.encoded("png").startswith(b"\x89PNG")
    assert drawn.encoded("pdf").startswith(b"%PDF")


def test_widths_are_those_of_the_letters() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    for text in ("conv 11×11/4", "55×55×96", "Inception v3", "global_avgpool", "receptive"):
        for bold in (False, True):
            font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
            box = TextPath((0, 0), text, size=100, prop=font).get_extents()
            assert 0.97 * box.width <= text_width(text, 100, bold) <= 1.15 * box.width, text


def texts(canvas: Canvas) -> list[str]:
    return [text.text for text in canvas.texts()]


WINDOWS: dict[str, tuple[str, list[str], list[str]]] = {
    "padding": ("7x7x3 -> conv 4 3x3 stride=2 pad=1", ["height: ⌊(7 + 2 − 3)/2⌋ + 1 = 4"], ["padding"]),
    "left over": (
        "10x8x1 -> conv 3 3x3 stride=3",
        ["height: ⌊(10 − 3)/3⌋ + 1 = 3", "width: ⌊(8 − 3)/3⌋ + 1 = 2"],
        ["left over: no window reads it"],
    ),
    "rounded up": ("8x8x3 -> maxpool 3x3 stride=2 ceil=yes", ["height: ⌈(8 − 3)/2⌉ + 1 = 4"], ["padding"]),
    "transposed": (
        "4x4x3 -> conv_transpose 4 3x3 stride=2 pad=1 output_pad=1",
        ["height: (4 − 1)·2 + 3 + 1 − 2 = 8"],
        ["trimmed away"],
    ),
    "dilated": ("30x4 -> conv 4 3 dilation=4", ["length: ⌊(30 − 9)/1⌋ + 1 = 22"], []),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_says_how_the_size_comes_about(name: str) -> None:
    chain, sentences, legend = WINDOWS[name]
    network = cnncalc.load(chain)
    canvas = window(network, network.nodes[-1].path)
    assert [text for text in texts(canvas) if re.match("height|width|length", text)] == sentences
    named = {"padding", "left over: no window reads it", "trimmed away", "added at the end"}
    assert [text for text in texts(canvas) if text in named] == legend
    assert canvas.overlaps() == []


def test_receptive_fields_are_those_of_the_report() -> None:
    report = cnncalc.load("alexnet").report()
    fields = report.fields
    drawn = {part.id: part.title for part in receptive(report.network).parts if isinstance(part, Layered)}
    for node, field in zip(report.network.nodes, fields, strict=True):
        if node.path in drawn and node.kind != "input":
            assert (
                f"receptive field {'×'.join(str(side.size) for side in field)}, jump {field[-1].jump}"
                in drawn[node.path]
            )


SIZES = st.lists(st.tuples(st.floats(10, 200), st.floats(10, 80)), min_size=1, max_size=12)


@given(SIZES, st.data())
def test_boxes_and_arrows_keep_apart(sizes: list[tuple[float, float]], data: st.DataObject) -> None:
    ends = range(len(sizes))
    pairs = data.draw(
        st.sets(st.tuples(st.sampled_from(ends), st.sampled_from(ends)).filter(lambda one: one[0] < one[1]))
    )
    arrows = [(start, end, data.draw(st.sampled_from((0.0, 60.0)))) for start, end in sorted(pairs)]
    found = layout(sizes, arrows)
    boxes = [
        Box(spot.x - spot.width / 2, spot.y - spot.height / 2, spot.x + spot.width / 2, spot.y + spot.height / 2)
        for spot in found.spots
    ]
    for at, box in enumerate(boxes):
        assert not any(box.meets(other) for other in boxes[at + 1 :])
    for (start, end, _), route in zip(arrows, found.routes, strict=True):
        for (_, top), (_, bottom) in pairwise(route):
            assert top <= bottom + 0.01
        for at, box in enumerate(boxes):
            if at not in (start, end):
                vertical = [(a, b) for a, b in pairwise(route) if a[0] == b[0]]
                assert not any(box.meets(Box(a[0] - 1, a[1], a[0] + 1, b[1])) for a, b in vertical)


def test_each_colour_is_of_a_kind() -> None:
    assert set(ROLE_OF) <= set(KINDS)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["draw", *words])
    return result.exit_code, result.stderr.strip().splitlines()[-1] if result.stderr else ""


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file, start in (("a.svg", "<svg"), ("a.html", "<!doctype"), ("a.tex", "% LeNet-5")):
        assert run("lenet5", "-o", file) == (0, "")
        assert Path(file).read_text("utf-8").startswith(start)
    assert CliRunner().invoke(main, ["draw", "lenet5"]).stdout == Path("a.svg").read_text("utf-8")
    assert run("lenet5", "--layer", "C1", "-o", "b.svg") == (0, "")
    assert "C1.conv: conv 6 5x5" in Path("b.svg").read_text("utf-8")


MESSAGES: dict[str, str] = {
    "lenet5 -o a.bmp": (
        "Error: the ending of 'a.bmp' means no picture: .svg .html .htm .tex .tikz .png .pdf, or give --format"
    ),
    "lenet5 -o a.svg --format html": (
        "Error: --format html contradicts -o 'a.svg', whose ending means svg: leave one out"
    ),
    "lenet5 --view layer -o a.svg": "Error: --view layer draws one layer: add --layer PATH",
    "lenet5 --view graph --style vgg": "Error: --style goes with --view volumes, not with graph",
    "lenet5 --layer C1 --depth 2": "Error: --depth goes with --view volumes and --view receptive, not with layer",
    "lenet5 --view graph --layer C1": ("Error: --layer goes with --view layer and --view receptive, not with graph"),
    "lenet5 --layer C11": "Error: lenet5 has no layer 'C11'",
    "lenet5 --depth x": "Error: --depth is a number from 1 or all, not 'x'",
}


@pytest.mark.parametrize("words", MESSAGES)
def test_what_cannot_be_drawn_is_named(words: str) -> None:
    assert run(*words.split()) == (2, MESSAGES[words])


def test_a_layer_without_a_window_and_unknown_sizes() -> None:
    def message(make: Callable[[], object]) -> str:
        with pytest.raises((NoAnswer, ValueError)) as caught:
            make()
        return str(caught.value)

    assert message(lambda: cnncalc.draw("lenet5", layer="F6.linear")).startswith(
        "E126 operation: F6.linear (linear) slides no window over its input: there is no picture of one"
    )
    assert message(lambda: cnncalc.draw("HxWx3 -> conv 4 3x3")).startswith(
        "E118 symbol: H, W must be known to draw chain\n  help: give the input as numbers"
    )
    assert message(lambda: cnncalc.draw("lenet5", "volume")) == "there is no view 'volume': did you mean 'volumes'?"
    assert message(lambda: cnncalc.draw("lenet5", "graph", "C1")) == (
        "the view graph draws no single layer: leave 'C1' out"
    )
    assert message(lambda: cnncalc.draw("lenet5", depth=0)) == "the depth is a whole number from 1 or 'all', not 0"
    assert message(lambda: cnncalc.draw("lenet5").encoded("gif")) == (
        "there is no form 'gif': the forms are svg, html, tikz, png and pdf"
    )
    assert message(lambda: cnncalc.draw("100 -> linear 3", "receptive")).startswith(
        "E118 symbol: receptive fields are drawn on one input with known sides, and chain reads 100"
    )


def test_a_vector_and_a_single_layer_are_drawn() -> None:
    for chain in ("100 -> linear 3", "8x8x3 -> relu", "5x5x5x2 -> conv 3 3x3x3", "20x4 -> conv 3 3"):
        assert volumes(cnncalc.load(chain)).overlaps() == []
        assert set(SCALES) == {"sqrt", "log", "linear"}
        for scale in SCALES:
            assert (
                any(isinstance(mark, Line) for mark in volumes(cnncalc.load(chain), scale=scale).marks())
                or "relu" in chain
            )


def test_texts_know_their_box() -> None:
    assert Text(10, 20, "88", 10, "start").box() == pytest.approx((10, 12.4, 22.8, 22.4))


DOCS = Path(__file__).parents[3] / "docs"


def test_pictures_of_the_documentation_are_what_its_commands_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (DOCS / "draw.md").read_text("utf-8")
    shown = re.findall(r"^cnncalc draw (.+) -o (\S+)\n```\n\n!\[.*\]\((.+)\)$", text, re.MULTILINE)
    assert len(shown) == text.count("](images/")
    monkeypatch.chdir(tmp_path)
    for words, file, image in shown:
        assert run(*words.split(), "-o", file) == (0, "")
        assert Path(file).read_bytes() == (DOCS / image).read_bytes()
