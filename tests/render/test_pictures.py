"""Pictures: that no two labels overlap, that all can be told apart, their formats, and what goes wrong."""

from __future__ import annotations

import csv
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.comparison.catalogue import Shelf
from cnncalc.comparison.summary import Summary
from cnncalc.render.pictures import bars, bubbles
from cnncalc.render.pictures.picture import HATCHES, LETTERS, PALETTE, encoded
from tests.cli.conftest import run
from tests.effort import sampled

pytest.importorskip("matplotlib")

__all__ = ["run"]  # the fixture

DATA = Path(__file__).parent.parent / "data" / "torchvision.csv"
WINNERS = ["alexnet", "zfnet", "vgg19", "googlenet", "resnet152"]
FEW = ["alexnet", "vgg16", "googlenet_torchvision", "resnet18", "resnet50", "resnet152", "mobilenet_v2", "densenet121"]


def torchvision() -> list[str]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["network"] for row in csv.DictReader(file)))


def rows(names: list[str]) -> list[Summary]:
    found = Shelf().find(names)
    return [found[name] for name in names]


def texts(drawn: Any) -> list[Any]:
    """Return every text that is drawn, with something in it."""
    drawn.draw_without_rendering()
    found = [text for axes in drawn.axes for text in axes.texts]
    found += [text for axes in drawn.axes for text in (axes.title, axes._left_title, *axes.get_yticklabels())]
    return [text for text in found if text.get_text() and text.get_visible()]


def overlapping(drawn: Any) -> list[tuple[str, str]]:
    renderer = drawn.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts(drawn)]
    pairs = itertools.combinations(boxes, 2)
    return [(a, b) for (a, box), (b, other) in pairs if box.width and other.width and box.overlaps(other)]


@pytest.mark.parametrize(
    "names",
    sampled([["alexnet"], torchvision()[:19], torchvision()[:40], WINNERS, FEW, torchvision()], every=6),
    ids=lambda names: str(len(names)),
)
def test_no_labels_of_bars_overlap_or_leave_the_picture(names: list[str]) -> None:
    for drawn in (bars.depth(rows(names)), bars.cost(rows(names))):
        assert overlapping(drawn) == []
        whole = drawn.bbox
        for text in texts(drawn):
            box = text.get_window_extent(drawn.canvas.get_renderer())
            assert (box.x0 >= whole.x0, box.x1 <= whole.x1, box.y0 >= whole.y0, box.y1 <= whole.y1) == (True,) * 4


def test_many_bars_keep_the_shape_of_a_slide_and_one_scale() -> None:
    names = torchvision()[:40]
    for drawn, panels in ((bars.depth(rows(names)), 2), (bars.cost(rows(names)), 3)):
        width, height = drawn.get_size_inches()
        assert 1.5 < width / height < 2
        assert len(drawn.axes) == 2 * panels
        for left, right in zip(drawn.axes[:panels], drawn.axes[panels:], strict=True):
            assert left.get_xlim() == right.get_xlim()
            assert len(left.patches) == len(right.patches) == 20


@pytest.mark.parametrize("what", ["params", "macs", "memory"])
@pytest.mark.parametrize("name", sampled(["alexnet", "resnet152", "googlenet"], every=2))
def test_no_labels_along_a_network_overlap(name: str, what: str) -> None:
    assert overlapping(bars.along(cnncalc.load(name).report(), what)) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("names", [FEW, torchvision()], ids=["few", "torchvision"])
def test_no_names_of_bubbles_overlap(names: list[str]) -> None:
    drawn, left_out = bubbles.accuracy(rows(names))
    assert left_out == []
    assert overlapping(drawn) == []
    assert len(drawn.axes[0].texts) == len(names)


def test_the_revolution_of_depth() -> None:
    depth, error = bars.depth(rows(WINNERS)).axes
    assert [text.get_text() for text in depth.texts] == ["8", "8", "19", "22", "152"]
    assert [text.get_text() for text in error.texts] == ["16.4", "11.7", "7.3", "6.67", "3.57"]
    assert [label.get_text() for label in depth.get_yticklabels()] == [
        "AlexNet (2012)",
        "ZFNet (2013)",
        "VGG-19 (2014)",
        "GoogLeNet (2014)",
        "ResNet-152 (2015)",
    ]


def test_areas_are_params_and_places_accuracy_against_macs() -> None:
    shown = rows(FEW)
    drawn, _ = bubbles.accuracy(shown)
    found = {tuple(c.get_offsets()[0]): c.get_sizes()[0] for c in drawn.axes[0].collections}
    assert set(found) == {(one.macs, one.top1) for one in shown}
    per_param = {round(found[one.macs, one.top1] / one.params * 1e9) for one in shown}  # type: ignore[index, operator]
    assert len(per_param) == 1


def test_top5_where_not_every_network_has_top1() -> None:
    """No network of the library has a top-5 accuracy alone, so its top-1 is taken from one row."""
    alexnet, googlenet, unet = rows(["alexnet", "googlenet", "unet"])
    googlenet = Summary(**{**googlenet.as_dict(), "top1": None})
    drawn, left_out = bubbles.accuracy([alexnet, googlenet])
    assert (drawn.axes[0].get_ylabel(), left_out) == ("top-5 accuracy, %, as published", [])
    drawn, left_out = bubbles.accuracy([alexnet, googlenet, unet])
    assert (drawn.axes[0].get_ylabel(), left_out) == ("top-1 accuracy, %, as published", [googlenet, unet])


def test_families_differ_in_colour_or_hatch() -> None:
    looks = set(itertools.product(PALETTE, HATCHES))
    assert len(looks) == len(PALETTE) * len(HATCHES) >= len({one.family for one in rows(torchvision())})
    assert LETTERS >= 14


@pytest.mark.parametrize("ending", sampled(["svg", "png", "pdf"], every=3))
def test_the_same_picture_gives_the_same_bytes(ending: str) -> None:
    first, second = (encoded(bars.cost(rows(WINNERS)), ending) for _ in range(2))
    assert first == second
    assert first[:4] == {"svg": b"<?xm", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]


def test_commands_write_files(run: Any, tmp_path: Path) -> None:
    drawn = {
        "depth.svg": ["compare", *WINNERS, "--plot", "depth"],
        "cost.pdf": ["compare", *WINNERS, "--plot", "cost"],
        "accuracy.png": ["compare", *WINNERS, "--plot", "accuracy"],
        "macs.svg": ["show", "alexnet", "--plot", "macs"],
    }
    for name, words in drawn.items():
        file = tmp_path / name
        result = run(*words, "-o", str(file))
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
        assert file.stat().st_size > 2_000
    assert ">ResNet-152 (2015)</text>" in (tmp_path / "depth.svg").read_text("utf-8")


def swept(vary: list[str], totals: tuple[str, ...], drawn: tuple[str, ...] = ()) -> Any:
    """Return the picture of a sweep of MobileNetV2, at two of its columns."""
    from cnncalc.algebra.sweep import compute
    from cnncalc.algebra.tasks import task_of
    from cnncalc.render.sweep import plot

    task = task_of("mobilenet_v2", vary, totals)
    return plot(task, [compute(task, 0).columns], *(drawn or totals))


def test_a_sweep_is_drawn_as_dots() -> None:
    drawn = swept(["width=0.25,0.5,1", "input=96,160,224"], ("params", "macs"))
    (axes,) = drawn.axes
    assert axes._left_title.get_text() == "MobileNetV2: 9 configurations"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("params", "MACs")
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    assert [3504872, 300774272] in axes.collections[0].get_offsets().tolist()
    labels = [text.get_text() for text in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    assert {"2M", "20M", "100M"} <= {*labels}
    assert overlapping(drawn) == []
    assert swept(["width=1", "input=96"], ("activation_bytes", "macs")).axes[0].get_xlabel() == "activation bytes"


def test_all_configurations_stand_around_their_front(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnncalc.cli.pictures.write_picture", lambda figure, file: drawn.append(figure))
    words = ["sweep", "mobilenet_v2", "width=0.25,0.5,1", "input=96,160", "--pareto", "params,macs", "--plot", "a.png"]
    assert run(*words).exit_code == 0
    (axes,) = drawn[0].axes
    everything, front = axes.collections
    assert (len(everything.get_offsets()), len(front.get_offsets())) == (6, 1)
    assert axes._left_title.get_text() == "MobileNetV2: 6 configurations, 1 of them on the front (marked)"


def test_memory_has_one_scale_and_a_title() -> None:
    drawn = bars.along(cnncalc.load("alexnet").report(), "memory", 1)
    left, right = drawn.axes
    assert left.get_xlim() == pytest.approx(right.get_xlim(), rel=0.05)
    assert drawn.get_suptitle() == (
        "AlexNet, input 227x227x3, batch 1, float32: activations 2.98 MiB + weights 233 MiB"
    )
    assert len(left.get_yticklabels()) == 11


def test_families_have_a_legend() -> None:
    (legend,) = bubbles.accuracy(rows(FEW))[0].legends
    assert [text.get_text() for text in legend.get_texts()][:3] == ["AlexNet", "VGG", "GoogLeNet"]
    assert bubbles.accuracy(rows(["alexnet", "vgg16"]))[0].legends == []


def test_a_var_of_a_sweep_is_drawn_by_its_values() -> None:
    (axes,) = swept(["input=96,160,224"], ("macs",), ("input", "macs")).axes
    assert [x for x, _ in axes.collections[0].get_offsets().tolist()] == [96, 160, 224]
    assert axes.get_xlabel() == "input"


def test_a_sweep_writes_its_picture_whole(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "lenet5", "input=28..64:4", "--plot"]
    assert (run(*words, "a.png").exit_code, Path("a.png").read_bytes()[:4]) == (0, b"\x89PNG")
    none = run(*words, "none.png", "--where", "params < 3")
    assert none.stderr.splitlines()[0] == "no row is left to draw"
    assert not Path("none.png").exists()
    wrong = run(*words, "a.pgn")
    assert wrong.stderr == "E114 file: no picture is called '.pgn'\n  help: did you mean .png?\n1 problem\n"


def test_what_is_left_out_is_told(run: Any, tmp_path: Path) -> None:
    result = run("compare", "vgg16", "unet", "--plot", "accuracy", "-o", str(tmp_path / "a.svg"))
    assert (result.exit_code, result.stderr) == (0, "no accuracy is published of unet: left out\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["compare", "alexnet", "--plot", "cost", "-o", "cost.pgn"],
            "E114 file: no picture is called '.pgn'\n  help: did you mean .png?\n1 problem\n",
        ),
        (
            ["show", "alexnet", "--plot", "macs", "-o", "macs"],
            "E114 file: 'macs' has no ending\n  help: as in FILE.svg, FILE.png or FILE.pdf\n1 problem\n",
        ),
        (
            ["compare", "alexnet", "--plot", "cost", "-o", "no/such/cost.svg"],
            "E114 file: 'no/such/cost.svg' cannot be written: no such file or directory\n1 problem\n",
        ),
        (
            ["compare", "unet", "--plot", "accuracy", "-o", "a.svg"],
            "E115 unknown: no accuracy is published of any of these networks\n1 problem\n",
        ),
    ],
)
def test_a_picture_that_cannot_be_drawn(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)
    assert not list(tmp_path.iterdir())


def test_without_matplotlib(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("compare", "alexnet", "--plot", "cost", "-o", "cost.svg")
    told = 'E121 package: --plot needs matplotlib: pip install ".[plot]"\n1 problem\n'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--plot", "macs", "--format", "json", "-o", "a.svg"],
            "--format does not go with --plot, which draws a picture",
        ),
        (["--plot", "macs"], "--plot draws into a file: -o FILE.svg, FILE.png or FILE.pdf"),
        (["--input", "HxWx3", "--plot", "macs", "-o", "a.svg"], "--plot draws numbers, and H and W stand for any"),
    ],
)
def test_wrong_use(run: Any, words: list[str], message: str) -> None:
    result = run("show", "8x8x3 -> conv 4 3x3", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


def test_wrong_use_of_compare(run: Any) -> None:
    result = run("compare", "alexnet", "--plot", "cost", "--columns", "params", "-o", "a.svg")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: --columns does not go with --plot, which draws a picture"
