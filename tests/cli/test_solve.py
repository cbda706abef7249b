"""`cnncalc solve`, `sizes` and `sweep`: what they print, and every way of asking wrongly."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.effort import sampled

SPEC = """
name: small
input: 32x32x3
vars: {width: 8, depth: 2}
layers:
  - stem: conv width 3x3 pad=1 -> relu
  - body: depth * (conv width 3x3 pad=1 -> relu)
  - head: global_avgpool -> flatten -> linear 10
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("small.cnn.yaml").write_text(SPEC)
    return "small.cnn.yaml"


@pytest.mark.parametrize(
    ("chain", "code", "lines"),
    [
        (
            "7x7x1 -> conv 1 3x3 pad=? -> 7x7x_",
            0,
            ["1 solution", "  pad", "    1  7x7x1 -> conv 1 3x3 pad=1 -> 7x7x_"],
        ),
        (
            "227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96",
            0,
            [
                "2 usual solutions",
                "  stride  pad",
                "       4    0  227x227x3 -> conv 96 11x11 stride=4 pad=0 -> 55x55x96",
                "       4    1  227x227x3 -> conv 96 11x11 stride=4 pad=1 -> 55x55x96",
                "tried: pad 0 to 8; beyond, stride=5 pad=27 fits too: --all goes further",
            ],
        ),
        (
            "6x6x1 -> conv 1 4x4 pad=? -> 6x6x1",
            1,
            [
                "no solution",
                "nearest: pad=1 gives 5x5x1",
                "         pad=2 gives 7x7x1",
                "         pad=0 gives 3x3x1",
                "help: pad=same would give 6x6x1",
            ],
        ),
        (
            "7x7x1 -> conv 1 3x3 stride=? -> 1x1x1",
            0,
            [
                "infinitely many solutions, the first of them:",
                "  stride",
                "       5  7x7x1 -> conv 1 3x3 stride=5 -> 1x1x1",
            ],
        ),
        (
            "HxWx3 -> conv 8 3x3 pad=? -> HxWx8",
            0,
            ["1 solution", "  pad", "    1  HxWx3 -> conv 8 3x3 pad=1 -> HxWx8"],
        ),
        (
            "HxWx3 -> conv 8 3x3 pad=? -> WxHx8",
            1,
            [
                "no solution",
                "nearest: pad=0 gives (H − 2)x(W − 2)x8",
                "         pad=1 gives HxWx8",
                "         pad=2 gives (H + 2)x(W + 2)x8",
            ],
        ),
    ],
)
def test_solve(run: Run, chain: str, code: int, lines: list[str]) -> None:
    result = run("solve", chain)
    assert (result.exit_code, result.stderr) == (code, "")
    assert result.stdout.splitlines()[: len(lines)] == lines


def test_infinitely_many(run: Run) -> None:
    lines = run("solve", "8x8x3 -> conv ? 3x3 -> relu", "--max", "2").stdout.splitlines()
    assert lines == [
        "infinitely many solutions, the first of them:",
        "  out",
        "    1  8x8x3 -> conv 1 3x3 -> relu",
        "    2  8x8x3 -> conv 2 3x3 -> relu",
        "out may be every number",
    ]


def test_more_than_are_shown(run: Run) -> None:
    lines = run("solve", "16x16x8 -> depthwise ? stride=? -> 1x1x8", "--max", "2", width=120).stdout.splitlines()
    assert lines == [
        "at least 136 usual solutions",
        "  kernel  stride",
        "       9       8  16x16x8 -> depthwise 9 stride=8 -> 1x1x8",
        "      10       7  16x16x8 -> depthwise 10 stride=7 -> 1x1x8",
        "  and 134 more: --max 136 shows them",
        "infinitely many: stride may be every number from 8 on, the others as in the first line",
        "tried: stride 1 to 16; beyond, kernel=1 stride=17 fits too: --all goes further",
    ]


def test_letters_that_cannot_fit(run: Run) -> None:
    result = run("solve", "HxWx3 -> conv 8 3x3 pad=? -> HxWx4")
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        1,
        "no solution\n"
        "nearest: pad=1 gives HxWx8\n"
        "         pad=0 gives (H − 2)x(W − 2)x8\n"
        "         pad=2 gives (H + 2)x(W + 2)x8\n",
        [],
    )


@pytest.mark.parametrize(
    ("chain", "near"),
    sampled(
        [
            (
                "31x47x3 -> conv 6 6x6 pad=3 dilation=? -> 34x48x_",
                [("dilation", 1, "32x48x6"), ("dilation", 2, "27x43x6"), ("dilation", 3, "22x38x6")],
            ),
            (
                "20x21x4 -> avgpool ? stride=3 ceil=yes -> conv 4 1x1 stride=4 pad=1 -> 9x3x4",
                [("kernel", 1, "3x3x4"), ("kernel", 5, "2x3x4"), ("kernel", 6, "2x2x4")],
            ),
        ],
        every=2,
    ),
)
def test_a_check_that_no_number_meets(run: Run, chain: str, near: list[tuple[str, int, str]]) -> None:
    result = run("solve", chain)
    assert (result.exit_code, result.stderr) == (1, "")
    first, *others = (f"{name}={value} gives {shape}" for name, value, shape in near)
    assert result.stdout.splitlines() == ["no solution", f"nearest: {first}", *(f"         {one}" for one in others)]
    result = run("solve", chain, "--format", "json")
    data = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, data["count"], data["solutions"], data["complete"]) == (1, "", 0, [], True)
    assert data["nearest"] == [{"values": {name: value}, "reason": f"gives {shape}"} for name, value, shape in near]


@pytest.mark.exhaustive  # it walks until its work is spent
def test_a_search_that_is_stopped_says_so(run: Run) -> None:
    result = run("solve", "16x16x2 -> ? * (conv 4 3x3 pad=?) -> ? * upsample ? -> 97x97x4", width=120)
    assert (result.exit_code, result.stderr) == (1, "")
    assert re.sub("after [0-9,]+ walks", "after N walks", result.stdout).splitlines() == [
        "no solution found",
        "tried: pad 0 to 8, count2 0 to 32, factor 1 to 64",
        "the search stopped after N walks: write some of the numbers, or --all searches longer",
        "nearest: count1=2 pad=0 count2=3 factor=2 gives 96x96x4",
        "         count1=0 pad=0 count2=1 factor=6 gives 96x96x2",
        "         count1=1 pad=3 count2=1 factor=5 gives 100x100x4",
    ]


@pytest.mark.parametrize(
    ("chain", "code", "lines"),
    sampled(
        [
            (  # what is 3 times 100,000,000 is beyond what is looked at
                "?x3 -> flatten -> 300000000",
                1,
                ["no solution found", "tried: side 1 to 512", "nearest: side=2000 gives 6000"],
            ),
            (
                "?x?x3 -> conv 6 3x3 pad=1 -> maxpool 2 -> HxHx6",
                0,
                [
                    "at least 1,022 solutions",
                    "  side1  side2",
                    "      2      2  2x2x3 -> conv 6 3x3 pad=1 -> maxpool 2 -> HxHx6",
                ],
            ),
            (
                "?x3 -> flatten -> 30000000",
                0,
                ["1 solution", "      side", "  10000000  10000000x3 -> flatten -> 30000000"],
            ),
            ("26x26x8 -> ? * conv 8 3x3 pad=same -> 24x24x8", 1, ["no solution", "nearest: count=0 gives 26x26x8"]),
        ],
        every=2,
    ),
)
def test_no_more_is_claimed_than_was_looked_at(run: Run, chain: str, code: int, lines: list[str]) -> None:
    result = run("solve", chain, "--max", "1")
    assert (result.exit_code, result.stdout.splitlines()[:3], result.stderr) == (code, lines, "")


@pytest.mark.exhaustive  # seconds
def test_the_largest_number_tried_fits(run: Run) -> None:
    lines = run("solve", "?x?x3 -> conv 6 3x3 pad=1 -> maxpool 2 -> HxHx6", "--max", "1").stdout.splitlines()
    assert lines[3:] == [
        "  and 1,021 more: --max 1022 shows them",
        "tried: side1 1 to 512; the largest side1 fits too, so there may be more beyond",
    ]


def test_a_letter_where_a_number_is_needed(run: Run) -> None:
    result = run("solve", "7x7x3 -> conv 8 HxH pad=? -> 7x7x8")
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        1,
        "",
        [
            "<command line>:1:17: E118 symbol: H stands for any number here, but a number is needed",
            "  7x7x3 -> conv 8 HxH pad=? -> 7x7x8",
            "                  ^",
            "  help: put a number here",
            "1 problem",
        ],
    )


def test_solve_as_json(run: Run) -> None:
    data = json.loads(run("solve", "7x7x1 -> conv 1 3x3 pad=? -> 7x7x_", "--format", "json").stdout)
    assert data["complete"] is True
    assert data["solutions"] == [
        {"values": {"pad": 1}, "written": "7x7x1 -> conv 1 3x3 pad=1 -> 7x7x_", "output": [7, 7, 1]}
    ]


def test_show_names_solve(run: Run) -> None:
    result = run("show", "7x7x1 -> conv 1 3x3 pad=? -> 7x7x1")
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        [
            "<command line>:1:25: E115 unknown: ? stands for a number that is not known",
            "  7x7x1 -> conv 1 3x3 pad=? -> 7x7x1",
            "                          ^",
            "  help: cnncalc solve finds it",
            "1 problem",
        ],
    )


def test_a_contradiction(run: Run) -> None:
    result = run("solve", "7x7x1 -> conv 1 9x9 -> conv ? 3x3")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr.splitlines()[0] == "<command line>:1:17: E201 kernel: 9 exceeds the input size 7 without padding"
    )


def test_budgets(run: Run, small: str) -> None:
    lines = run("solve", small, "--target", "params<5K", "--vary", "width", "--max", "2").stdout.splitlines()
    assert lines == [
        "best for params<5K",
        "  width  params",
        "     15   4,660",
        "     14   4,098",
        "tried: width 1 to 32",
    ]
    lines = run("solve", small, "--target", "params=5K", "--vary", "width,depth", "--max", "1").stdout.splitlines()
    assert lines[0] == "nearest to params=5K"
    nothing = run("solve", small, "--target", "params<10", "--vary", "width")
    assert (nothing.exit_code, nothing.stdout.splitlines()) == (
        1,
        [
            "nothing meets params<10",
            "the least that is reached: width=1 params=68",
            "tried: width 1 to 32",
        ],
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("what", "target", "vary", "code", "lines"),
    sampled(
        [
            (
                "mobilenet_v2",
                "params<2M",
                "width",
                0,
                [
                    "best for params<2M",
                    "  width     params",
                    "    0.5  1,968,680",
                    "   0.45  1,864,840",
                    "tried: width 0.05 to 4 in steps of 0.05",
                ],
            ),
            (
                "efficientnet_b0",
                "params>100M",
                "width,depth",
                1,
                [
                    "nothing meets params>100M",
                    "the most that is reached: width=2.4 depth=2.4 params=72,613,616",
                    "tried: width 0.2 to 2.4 in steps of 0.2, depth 0.2 to 2.4 in steps of 0.2",
                ],
            ),
            (
                "densenet121",
                "params<1",
                "growth",
                1,
                [
                    "nothing meets params<1",
                    "the least that is reached: growth=1 params=42,608",
                    "tried: growth 1 to 128",
                ],
            ),
        ],
        every=2,
    ),
)
def test_budgets_of_the_library(run: Run, what: str, target: str, vary: str, code: int, lines: list[str]) -> None:
    result = run("solve", what, "--target", target, "--vary", vary, "--max", "2")
    assert (result.exit_code, result.stdout.splitlines(), result.stderr) == (code, lines, "")


def test_a_range_of_fractions(run: Run) -> None:
    result = run("sweep", "mobilenet_v2", "--vary", "width=0.25..1:0.25,0.5", "--columns", "params")
    assert result.stdout.splitlines() == [
        "width     params",
        " 0.25  1,519,112",
        "  0.5  1,968,680",
        " 0.75  2,636,424",
        "    1  3,504,872",
    ]
    assert result.stderr == "4 configurations; width=0.5 is given twice and taken once\n"


def test_a_refused_sweep_leaves_nothing(run: Run, small: str, tmp_path: Path) -> None:
    result = run("sweep", small, "--vary", "width=3000000000", "depth=1,2", "-o", str(tmp_path / "of.csv"))
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "E112 limit: a total grows beyond 2^63 − 1 at width=3000000000, depth=1\n  help: narrow the grid\n1 problem\n",
    )
    assert not list(tmp_path.glob("of.csv*"))


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_a_sweep_makes_no_folders(run: Run, small: str, tmp_path: Path, option: str) -> None:
    file = tmp_path / "none" / ("of.csv" if option == "--out" else "of.svg")
    result = run("sweep", small, "--vary", "width=1..3", option, str(file), width=300)
    message = f"E114 file: '{file}' cannot be written: no such file or directory\n1 problem\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)
    assert not file.parent.exists()


def test_one_configuration_is_no_network(run: Run, small: str) -> None:
    result = run("sweep", small, "--vary", "input=0,8,8,16,16", "--columns", "params")
    assert result.stdout.splitlines() == ["input  params", "    8   1,482", "   16   1,482"]
    assert result.stderr == (
        "3 configurations; input=8, input=16 are given twice and taken once;"
        " 1 of them is no network (small.cnn.yaml:6:22: E201 kernel: 3 exceeds the input size 0 + 2 padding)\n"
    )


def test_no_configuration_is_a_network(run: Run, small: str) -> None:
    result = run("sweep", small, "--vary", "input=0", "--columns", "params")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "input  params\n",
        "1 configuration; 1 of them is no network"
        " (small.cnn.yaml:6:22: E201 kernel: 3 exceeds the input size 0 + 2 padding)\n",
    )


def test_a_var_that_is_none_is_shown_as_it_was_typed(run: Run, small: str) -> None:
    result = run("solve", small, "--target", "params<1M", "--vary", "width,nope")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "--vary:1:7: E109 name: there is no var 'nope'\n"
        "  width,nope\n"
        "        ^^^^\n"
        "  help: its vars are width, depth, and there are input and batch\n"
        "1 problem\n",
    )


@pytest.mark.parametrize(
    ("what", "vary", "message", "columns", "remedy"),
    [
        (
            "resnet18",
            "depths",
            "E105 value: depths is a list, not a number",
            (1, 6),
            "choose from values: --vary depths=[…],[…]",
        ),
        (
            "resnet18",
            "classes,bottlenecks",
            "E105 value: bottlenecks is no, not a number",
            (9, 11),
            "choose from values: --vary bottlenecks=yes,no",
        ),
        (
            "mobilenet_v3_large",
            "HS",
            "E105 value: HS is hardswish, not a number",
            (1, 2),
            "choose from values: --vary HS=hardswish,…",
        ),
        ("resnet18", "classes=1..9,classes", "E102 duplicate: classes is varied twice", (14, 7), None),
    ],
)
def test_what_cannot_be_varied(
    run: Run, what: str, vary: str, message: str, columns: tuple[int, int], remedy: str | None
) -> None:
    result = run("solve", what, "--target", "params<1M", "--vary", vary)
    column, length = columns
    lines = [f"--vary:1:{column}: {message}", f"  {vary}", " " * (column + 1) + "^" * length]
    lines += [f"  help: {remedy}"] if remedy else []
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (2, "", [*lines, "1 problem"])


def test_what_is_set_does_not_vary(run: Run) -> None:
    result = run("solve", "resnet18", "--target", "params<1M", "--vary", "classes", "--set", "classes=5")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "--vary:1:1: E118 symbol: classes is set to 5, so it does not vary\n"
        "  classes\n"
        "  ^^^^^^^\n"
        "  help: leave one of them out\n"
        "1 problem\n",
    )


def test_a_target_that_is_too_large(run: Run) -> None:
    result = run("solve", "resnet18", "--target", f"macs<{10**18}", "--vary", "input")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        f"--target:1:6: E112 limit: '{10**18}' is beyond 10^18\n"
        f"  macs<{10**18}\n"
        "       ^^^^^^^^^^^^^^^^^^^\n"
        "1 problem\n",
    )


def test_words_to_choose_from(run: Run) -> None:
    result = run(
        "solve", "resnet18", "--target", "params<1G", "--vary", "bottlenecks=yes,no,classes=1000", "--max", "2"
    )
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "best for params<1G",
            "  bottlenecks  classes      params",
            "          yes    1,000  15,995,176",  # as timm counts its resnet26
            "           no    1,000  11,689,512",
            "tried: bottlenecks yes,no, classes 1000",
        ],
    )


def test_heads_are_left_out_of_what_is_lost(run: Run) -> None:
    lines = run("sizes", "googlenet", width=160).stdout.splitlines()
    assert lines[5] == (
        "  no remainder   without heads, 1 mod 2 from 223 on;"
        " working: 223, 225, 227, 229, 231, 233, 235, 237, … (8 more up to 253)"
    )


PLAIN = SPEC.replace("global_avgpool -> flatten -> linear 10", "conv 10 1x1")


@pytest.mark.parametrize(
    ("targets", "vary", "lines"),
    sampled(
        [
            (
                ["receptive_field>=60", "params<100K"],
                "depth,width",
                [
                    "best for receptive_field>=60, params<100K",
                    "  depth  width  receptive_field  params",
                    "     29      1               61     338",
                ],
            ),
            (
                ["receptive_field>=224"],
                "depth",
                ["best for receptive_field>=224", "  depth  receptive_field", "    111              225"],
            ),
            (
                ["activation_bytes<1GiB"],
                "input",
                ["best for activation_bytes<1GiB", "  input  activation_bytes", "  2,809     1,073,105,416"],
            ),
            (
                ["macs=600M"],
                "width,depth,input",
                ["nearest to macs=600M", "  width  depth  input         macs", "     24      8    119  599,859,960"],
            ),
            (
                ["receptive_field>=10000"],
                "width",
                [
                    "nothing meets receptive_field>=10000",
                    "the most that is reached: width=1 receptive_field=7",
                    "tried: width 1 to 16384",
                ],
            ),
        ],
        every=5,
    ),
)
def test_targets(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, targets: list[str], vary: str, lines: list[str]
) -> None:
    """With width w, depth d and side s: (37w + 9dw²)s² MACs, 4(8 + 8d + 10)s² bytes at width 8, a field of 3 + 2d."""
    monkeypatch.chdir(tmp_path)
    Path("plain.cnn.yaml").write_text(PLAIN)
    words = [word for target in targets for word in ("--target", target)]
    result = run("solve", "plain.cnn.yaml", *words, "--vary", vary, "--max", "1")
    assert (result.exit_code, result.stdout.splitlines()[:3]) == (0 if "nothing" not in lines[0] else 1, lines)


def test_a_target_is_met_exactly_as_by_trying_every_value(run: Run, small: str) -> None:
    from cnncalc import load

    found = json.loads(
        run(
            *("solve", small, "--target", "macs=3M", "--vary", "width=1..9,depth=1..4,input=8..20:4"),
            *("--format", "json", "--max", "1"),
        ).stdout
    )["choices"]
    best = min(
        abs(
            load(small, input=f"{i}x{i}x3", settings={"width": str(w), "depth": str(d)}).report().totals.macs
            - 3 * 10**6
        )
        for w in range(1, 10)
        for d in range(1, 5)
        for i in range(8, 21, 4)
    )
    assert abs(found[0]["macs"] - 3 * 10**6) == best


def test_how_to_go_further(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Depths are walked one by one, so the search ends before it takes minutes, and says where to go on."""
    monkeypatch.setattr("cnncalc.algebra.budget.MOST_LAYERS", 1_000)
    monkeypatch.chdir(tmp_path)
    Path("plain.cnn.yaml").write_text(PLAIN)
    result = run("solve", "plain.cnn.yaml", "--target", "receptive_field>=100", "--vary", "depth")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "nothing meets receptive_field>=100",
            "the most that is reached: depth=16 receptive_field=35",
            "tried: depth 1 to 16",
            "help: --vary depth=16..64 goes further",
        ],
    )


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ["solve", "7x7x3 -> relu"],
            2,
            "E104 missing: there is no ? in it",
        ),
        (
            ["solve", "small.cnn.yaml", "--target", "params<5M"],
            2,
            "Error: --target and --vary go together: --target 'params<5M' --vary width",
        ),
        (
            ["solve", "small.cnn.yaml", "--target", "parms<5M", "--vary", "width"],
            2,
            "--target:1:1: E109 name: there is no quantity 'parms'",
        ),
        (
            ["solve", "small.cnn.yaml", "--target", "params", "--vary", "width"],
            2,
            "--target:1:1: E105 value: 'params' is no target",
        ),
        (
            ["sweep", "small.cnn.yaml"],
            2,
            "Error: nothing varies: --vary width=16..128:8",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "widht=1..9"],
            2,
            "--vary:1:1: E109 name: there is no var 'widht'",
        ),
        (
            ["sweep", "densenet121", "--vary", "depths=1..3"],
            2,
            "--vary:1:8: E105 value: depths is a list, not a number",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=9..1"],
            2,
            "--vary:1:7: E105 value: 9..1 has no numbers",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..1000000", "depth=1..1000000", "input=1..1000"],
            2,
            "Error: the grid has 1,000,000,000,000,000 configurations (1,000,000 x 1,000,000 x 1,000),"
            " up to 42.6 PiB of blocks on disk: --yes sweeps them all the same",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "input=1..999999999"],
            2,
            "Error: the grid has 999,999,999 configurations, up to 29.8 GiB of blocks on disk:"
            " --yes sweeps them all the same",
        ),
        (
            ["solve", "small.cnn.yaml", "--target", "params<1G", "--vary", "width=1..1000000000"],
            2,
            "E112 limit: 1,000,000,000 combinations are more than 100,000,000\n"
            "  help: vary fewer, or in steps: width=8..256:8\n",
        ),
        (
            ["solve", "small.cnn.yaml", "--target", "params<1G", "--vary", "widht"],
            2,
            "--vary:1:1: E109 name: there is no var 'widht'",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..9", "--where", "parms < 5M"],
            2,
            "--where:1:1: E109 name: there is no quantity 'parms'",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..9", "--where", "__import__('os')"],
            2,
            "--where:1:1: E107 expression: '_' is not expected here",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..9", "--sort", "price"],
            2,
            "--sort:1:1: E109 name: there is no quantity 'price'",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=3000000000", "depth=1,2"],
            2,
            "E112 limit: a total grows beyond 2^63 − 1 at width=3000000000, depth=1",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..9", "-o", "rows.xls"],
            2,
            "Error: Invalid value for '--out': 'rows.xls' ends with none of"
            " .txt, .json, .csv, .md, .tex, .html, .svg, .parquet",
        ),
        (
            ["sweep", "small.cnn.yaml", "--vary", "width=1..9", "--engine", "spark"],
            2,
            "Error: Invalid value for '--engine': 'spark' is neither local, dask nor dask=ADDRESS",
        ),
        (["sizes", "100 -> linear 10"], 1, "the input 100 has no sides, so there are no sizes to choose"),
    ],
)
def test_wrong_questions(run: Run, small: str, words: list[str], code: int, told: str) -> None:
    result = run(*words, width=200)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr.replace("\n       ", " "), result.stderr


def test_sizes(run: Run) -> None:
    lines = run("sizes", "alexnet", "--near", "224", width=120).stdout.splitlines()
    assert lines == [
        "AlexNet, input 227x227x3",
        "",
        "side",
        "  works          227 to 258",
        "  smallest       227",
        "  no remainder   3 mod 32 from 67 on; working: 227",
        "  nearest 224    227; with no remainder 227",
        "  refused",
        "    1 to 10                              after input: kernel: 11 exceeds the input size 1 without padding",
        "    11 to 18                             after conv1.lrn: kernel: 3 exceeds the input size 1 without padding",
        "    19 to 34                             after conv2.lrn: kernel: 3 exceeds the input size 1 without padding",
        "    35 to 66                             after conv5.relu: kernel: 3 exceeds the input size 1 without padding",
        "    67 to 226, every number from 259 on  fc6.linear: it has weights of 4096x9216 and would need 4096x256",
    ]


def test_a_narrow_terminal(run: Run) -> None:
    """Reasons, chains and formulas go on below where there is no room beside."""
    assert run("sizes", "hrnet_w18", width=80).stdout.splitlines()[5:10] == [
        "  no remainder   none",
        "  refused",
        "    1 to 4 mod 8 from 1 on      after stage2.1.module.3.y.coarse.part.upsample:",
        "                                  merge: add needs equal shapes: fine 1x1x18,",
        "                                  coarse 2x2x18",
    ]
    chain = "32x32x3 -> conv 8 3x3 pad=? -> relu -> maxpool 2x2 -> conv 16 3x3 pad=1 -> relu -> 16x16x16"
    assert run("solve", chain, width=80).stdout.splitlines() == [
        "1 solution",
        "  pad",
        "    1  32x32x3 -> conv 8 3x3 pad=1 -> relu -> maxpool 2x2 -> conv 16 3x3 pad=1",
        "         -> relu -> 16x16x16",
    ]
    assert run("closed", "resnet50", "--in", "H,W", width=80).stdout.splitlines()[:3] == [
        "macs = 9,408·⌊(H + 1)/2⌋·⌊(W + 1)/2⌋ + 245,760·⌊(H + 3)/4⌋·⌊(W + 3)/4⌋",
        "     + 1,310,720·⌊(H + 7)/8⌋·⌊(W + 7)/8⌋",
        "     + 7,471,104·⌊(H + 15)/16⌋·⌊(W + 15)/16⌋",
    ]


def test_solutions_and_sizes_in_every_format(run: Run) -> None:
    chain = "7x7x1 -> conv 1 3x3 pad=? -> 7x7x_"
    assert run("solve", chain, "--format", "csv").stdout == "pad,written\n1,7x7x1 -> conv 1 3x3 pad=1 -> 7x7x_\n"
    assert run("solve", chain, "--format", "markdown").stdout.splitlines() == [
        "#### 1 solution",
        "",
        "| pad |  |",
        "|---:|---|",
        "| 1 | 7x7x1 -> conv 1 3x3 pad=1 -> 7x7x\\_ |",
    ]
    assert "<caption>1 solution</caption>" in run("solve", chain, "--format", "html").stdout
    assert ">1&#160;solution</text>" in run("solve", chain, "--format", "svg").stdout
    assert run("sizes", "alexnet", "--format", "csv").stdout.splitlines()[:5:2] == [
        "dimension,answer,sizes,reason",
        "side,smallest,227,",
        "side,refused,1 to 10,after input: kernel: 11 exceeds the input size 1 without padding",
    ]


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_sweep_prints_every_row(run: Run, small: str, format_: str) -> None:
    """What is printed is what a file gets; a table has the first rows alone."""
    words = ["sweep", small, "--vary", "width=1..30", "--columns", "params"]
    printed = run(*words, "--format", format_)
    assert (printed.exit_code, printed.stderr) == (0, "30 configurations\n")
    run(*words, "-o", f"rows.{format_}")
    assert printed.stdout == Path(f"rows.{format_}").read_text()
    table = run(*words, "--format", "markdown")
    assert len(table.stdout.splitlines()) == 22
    assert table.stderr == "30 configurations; 20 rows are shown: -o FILE.csv writes all, --top N the first\n"


def test_parquet_is_a_file(run: Run, small: str) -> None:
    result = run("sweep", small, "--vary", "width=1..3", "--format", "parquet")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Error: Parquet is written into a file: -o FILE.parquet",
    )


def test_sizes_as_json(run: Run) -> None:
    (side,) = json.loads(run("sizes", "alexnet", "--near", "224", "--format", "json").stdout)["sides"]
    assert (side["works"]["intervals"], side["nearest"]) == ([[227, 258]], [227])
    assert (side["lossless"]["modulus"], side["lossless"]["residues"], side["lossless"]["from"]) == (32, [3], 67)
    assert (side["works_lossless"]["intervals"], side["nearest_lossless"]) == ([[227, 227]], [227])


def test_sizes_with_side_heads_as_json(run: Run) -> None:
    """What loses nothing is told for both: with the heads, and without them as in use."""
    (side,) = json.loads(run("sizes", "inception_v3", "--near", "224", "--format", "json").stdout)["sides"]
    assert (side["works"]["text"], side["without_heads"]["text"]) == ("299 to 346", "every number from 75 on")
    assert side["works_lossless"]["text"] == "299, 331"
    assert side["without_heads_lossless"]["text"] == side["lossless"]["text"] == "11 mod 32 from 75 on"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_sweep_writes_files(run: Run, small: str, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    result = run("sweep", small, "--vary", "width=1..3", "input=8,16", "--columns", "params", "-o", f"rows.{ending}")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "6 configurations\n")
    wanted = [(w, i, 10 * w + 10 + 28 * w + 2 * (9 * w * w + w)) for w in (1, 2, 3) for i in (8, 16)]
    if ending == "csv":
        text = Path("rows.csv").read_text().splitlines()
        assert text == ["width,input,params", *(",".join(map(str, row)) for row in wanted)]
    elif ending == "json":
        assert [tuple(row.values()) for row in json.loads(Path("rows.json").read_text())] == wanted
    else:
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table("rows.parquet").to_pylist()
        assert [tuple(row.values()) for row in rows] == wanted
    assert not list(Path().glob("*.parts"))


def test_a_disk_that_is_full_when_the_output_is_written(run: Run, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks stay, so that the next run has only the output to write."""
    from cnncalc.render import sweep

    words = ("sweep", small, "--vary", "width=1..3", "--columns", "params", "-o", "rows.csv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "_csv", full)
        result = run(*words)
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "E114 file: 'rows.csv' cannot be written: the disk is full\n"
        "  help: 1 of 1 blocks are kept: the same command goes on from there\n"
        "1 problem\n",
    )
    assert not list(Path().glob(".*draft"))
    monkeypatch.setattr("cnncalc.algebra.runs.compute", full)  # nothing is computed again
    assert run(*words).exit_code == 0
    assert Path("rows.csv").read_text().splitlines()[0] == "width,params"


def test_sweep_prints_a_table(run: Run, small: str) -> None:
    result = run("sweep", small, "--vary", "width=1..9", "--where", "params > 1K", "--sort", "-params", "--top", "2")
    assert result.stdout.splitlines() == [
        "width  params       macs  activation_bytes",
        "    9   1,828  1,741,914           110,668",
        "    8   1,482  1,400,912            98,376",
    ]
    assert result.stderr == "9 configurations; chosen by --where 'params > 1K', --top 2\n"


def test_sizes_that_cannot_be_listed(run: Run) -> None:
    done = run("sizes", "99999999999x3 -> conv 4 3 stride=9999999")
    assert done.exit_code == 2
    assert done.stderr == (
        "E112 limit: sizes cannot be listed: 9,999,999 residues are more than 1,000,000\n"
        "  help: smaller strides, or another size in input:\n"
        "1 problem\n"
    )


def test_a_symbol_cannot_be_swept(run: Run) -> None:
    done = run("sweep", "densenet121", "--vary", "growth=x")
    assert done.exit_code == 2
    assert done.stderr == (
        "E118 symbol: numbers are needed here in place of x\n"
        "  help: give it a number; show, explain and closed take symbols\n"
        "1 problem\n"
    )


def test_what_no_target_depends_on_is_not_varied(run: Run, tmp_path: Path) -> None:
    """Each of its values would be one more row of the same totals."""
    spec = tmp_path / "wide.cnn.yaml"
    spec.write_text(
        "input: 64x64x3\nvars: {width: 16}\nlayers:\n"
        "  - conv width 3x3 -> conv 2*width 3x3 -> global_avgpool -> flatten -> linear 10\n"
    )
    result = run("solve", str(spec), "--target", "params<100K", "--vary", "width,input")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[1:3] == ["  width  params", "     73  99,582"]
    assert lines[-2:] == ["tried: width 1 to 256", "not varied: params do not depend on input"]
    result = run("solve", str(spec), "--target", "macs<1M", "--vary", "width,input")
    assert "not varied" not in result.stdout
