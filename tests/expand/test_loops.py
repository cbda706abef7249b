"""Loops over lists, results of rounds, lists of results, numbers of earlier volumes, weights that rounds share."""

from __future__ import annotations

import pytest

from cnncalc.expand import expand
from cnncalc.problem import Source
from cnncalc.spec.read import read_spec
from cnncalc.spec.text import read
from tests.expand.make import built, expanded, layers, out, told
from tests.time_limit import within_time_limit

PYRAMID = """
input: 64x64x3
layers:
  - p3: conv 16 3x3 stride=2 pad=1
  - p4: conv 16 3x3 stride=2 pad=1
  - p5: conv 16 3x3 stride=2 pad=1
"""


def params(text: str) -> int:
    return int(built(text).report().totals.params)


def said(text: str) -> list[str]:
    """Return every problem as line:column, code, message and remedy."""
    source = Source("net.cnn.yaml", text)
    tree, problems = read(source)
    spec, more = read_spec(tree, source)
    found = [*problems, *more, *expand(spec)[1]]
    return [f"{p.place.line}:{p.place.column} {p.code} {p.message} | {p.hint}" for p in found if p.place]


# What a round sees


def test_a_round_for_each_number_of_a_list() -> None:
    text = "input: 8x8x3\nlayers:\n  - for: w in [4, 6]\n    layers: conv w*(index+1) 1x1\n"
    assert layers(text) == {"1.conv": "conv 4 1x1 -> 8x8x4", "2.conv": "conv 12 1x1 -> 8x8x12"}


def test_a_round_for_each_volume_is_called_as_it() -> None:
    text = PYRAMID + "  - heads:\n      for: level in [p3, p5]\n      layers: use level -> conv 4 1x1\n"
    assert [*layers(text)][3:] == ["heads.p3.conv", "heads.p5.conv"]
    assert layers(text)["heads.p3.conv"] == "conv 4 1x1 -> 32x32x4"


def test_a_name_that_is_taken_leaves_the_number() -> None:
    text = PYRAMID + "  - for: level in [p3, p5]\n    layers: use level -> relu\n"
    assert [*layers(text)][3:] == ["1.relu", "2.relu"]


@pytest.mark.parametrize("list_", ["[relu, tanh]", "acts", "reversed(reversed(acts))"])
def test_entries_may_be_layers(list_: str) -> None:
    text = f"input: 8\nvars: {{acts: [relu, tanh]}}\nlayers:\n  - for: act in {list_}\n    layers: linear 4 -> act\n"
    assert [*layers(text)] == ["1.linear", "1.relu", "2.linear", "2.tanh"]


def test_entries_may_be_lists() -> None:
    text = PYRAMID + "  - for: pair in [[p3, 8], [p4, 4]]\n    layers: use pair[0] -> conv pair[1] 1x1\n"
    assert [*layers(text).values()][3:] == ["conv 8 1x1 -> 32x32x8", "conv 4 1x1 -> 16x16x4"]


def test_a_block_loops_over_what_it_is_given() -> None:
    text = """
input: 32x32x3
blocks:
  heads levels out=levels[0].channels:
    - for: level in levels
      layers:
        - score: use level -> conv out 1x1
layers:
  - p3: conv 8 3x3 pad=1
  - p4: maxpool 2 -> conv 8 3x3 pad=1
  - found: heads [p3, p4]
outputs: [found.score]
"""
    network = built(text)
    assert {name: str(network.nodes[node].y) for name, node in network.outputs.items()} == {
        "score.p3": "32x32x8",
        "score.p4": "16x16x8",
    }


def test_the_nearest_meaning_of_a_name_counts() -> None:
    text = PYRAMID + "  - for: p4 in [p3]\n    layers:\n      - use p4 -> conv 1 1x1\n  - use p4 -> conv 2 1x1\n"
    assert [*layers(text).values()][3:] == ["conv 1 1x1 -> 32x32x1", "conv 2 1x1 -> 16x16x2"]


def test_an_entry_hides_a_var_and_a_parameter_in_its_rounds_only() -> None:
    blocks = "{unit w: [{for: 'w in [w, 2*w]', layers: conv w 1x1}, conv w 1x1]}"
    assert out("unit 3", blocks=blocks) == "8x8x3"
    text = f"input: 8x8x3\nblocks: {blocks}\nlayers: unit 5\n"
    assert [*layers(text).values()] == ["conv 5 1x1 -> 8x8x5", "conv 10 1x1 -> 8x8x10", "conv 5 1x1 -> 8x8x5"]


# Results of rounds


@pytest.mark.parametrize(
    "loop",
    [
        "repeat: 3\n      layers:\n        - x: conv 2 1x1\n        - conv 3 1x1",
        "for: n in [1, 2, 3]\n      layers:\n        - x: conv n*0+2 1x1\n        - conv 3 1x1",
        "repeat: 1\n      layers: 3 * unit",
        "repeat: 3\n      layers: 1 * unit",
    ],
)
def test_a_name_of_rounds_means_all_of_them(loop: str) -> None:
    head = "input: 8x8x3\nblocks: {unit: [x: conv 2 1x1, conv 3 1x1]}\nlayers:\n  - stage:\n      "
    text = f"{head}{loop}\n  - concat stage.x -> 8x8x9\n  - use stage.x -> concat -> 8x8x6\n"
    network = built(text)
    two, one = [node for node in network.nodes if node.kind == "concat"]
    xs = [node.index for node in network.nodes if node.path.endswith("x.conv")]
    assert (len(xs), list(two.inputs), list(one.inputs)) == (3, [network.nodes[two.index - 1].index, *xs], xs)


def test_one_of_the_rounds_is_named_or_counted() -> None:
    text = PYRAMID + (
        "  - heads:\n      for: level in [p3, p4]\n      layers:\n        - x: use level -> conv 4 1x1\n"
        "  - a: use heads.x.p4 -> relu\n  - b: use heads.x[0] -> relu\n  - c: use heads.p4.x -> relu\n"
    )
    found = layers(text)
    assert [found[f"{name}.relu"] for name in "abc"] == ["relu -> 16x16x4", "relu -> 32x32x4", "relu -> 16x16x4"]


def test_names_of_an_unnamed_loop_stand_in_its_list() -> None:
    text = "input: 8x8x3\nlayers:\n  - 2 * unit\n  - use x -> add\nblocks: {unit: [x: conv 3 1x1, relu]}\n"
    assert [*layers(text)][-1] == "add"


def test_a_name_outside_of_loops_goes_first() -> None:
    text = "input: 8x8x3\nlayers:\n  - x: conv 5 1x1\n  - repeat: 2\n    layers:\n      - x: conv 3 1x1\n  - use x\n"
    assert layers(text)["x.conv"] == "conv 5 1x1 -> 8x8x5"
    network = built(text)
    assert network.nodes[network.outputs["output"]].path == "x.conv"


def test_a_round_reads_the_rounds_before() -> None:
    text = """
input: 8x8x3
layers:
  - stem: conv 4 3x3 pad=1
  - repeat: 4
    layers:
      - unit:
          - conv 4 3x3 pad=1
          - if: index > 1
            then: add unit[index-2]
            else: add stem
"""
    network = built(text)
    at = {node.path: node.index for node in network.nodes}
    read = [node.inputs[1] for node in network.nodes if node.kind == "add"]
    assert read == [at["stem.conv"], at["stem.conv"], at["1.unit.add"], at["2.unit.add"]]


def test_a_round_that_reads_all_before_it_is_no_copy() -> None:
    text = """
input: 8x8x4
layers:
  - repeat: 3
    layers:
      - x: conv 4 3x3 pad=1
  - repeat: 4
    layers:
      - y: conv 4 3x3 pad=1
      - use x -> add y
"""
    network = built(text)
    at = {node.path: node.index for node in network.nodes}
    last = [node for node in network.nodes if node.kind == "add"][-1]
    assert last.inputs == (at["1.x.conv"], at["2.x.conv"], at["3.x.conv"], at["7.y.conv"])


def test_what_is_named_in_one_of_a_list() -> None:
    text = """
input: 8x8x3
layers:
  - repeat: 2
    layers:
      - unit:
          - inner: conv 4 3x3 pad=1
          - 2 * deep
  - a: use unit[1].inner -> relu
  - b: use unit[0].x -> add
  - c: concat unit[1].x unit[0].inner
blocks: {deep: [x: conv 4 1x1]}
"""
    network = built(text)
    at = {node.path: node for node in network.nodes}
    assert network.nodes[at["a.relu"].inputs[0]].path == "2.unit.inner.conv"
    assert [network.nodes[i].path for i in at["b.add"].inputs] == ["1.unit.1.x.conv", "1.unit.2.x.conv"]
    assert [network.nodes[i].path for i in at["c.concat"].inputs[1:]] == [
        "2.unit.1.x.conv",
        "2.unit.2.x.conv",
        "1.unit.inner.conv",
    ]


def test_a_list_of_one_is_merged_to_itself() -> None:
    text = "input: 8x8x3\nlayers:\n  - for: w in [4]\n    layers:\n      - x: conv w 1x1\n  - use x -> add -> relu\n"
    assert [*layers(text)] == ["1.x.conv", "relu"]


def test_u_net_goes_up_as_it_went_down() -> None:
    text = """
input: 64x64x3
layers:
  - for: width in [8, 16]
    layers:
      - down: conv width 3x3 pad=1
      - maxpool 2
  - for: skip in reversed(down)
    layers: upsample skip.sides//sides -> concat skip -> conv skip.channels 3x3 pad=1
"""
    assert [*layers(text).values()][-6:] == [
        "upsample 2 -> 32x32x16",
        "concat -> 32x32x32",
        "conv 16 3x3 pad=1 -> 32x32x16",
        "upsample 2 -> 64x64x16",
        "concat -> 64x64x24",
        "conv 8 3x3 pad=1 -> 64x64x8",
    ]


@pytest.mark.parametrize("step", ["average x", "use x -> average", "use [x] -> average"])
def test_other_layers_of_several_results_take_lists(step: str) -> None:
    text = f"input: 8x8x3\nlayers:\n  - 3 * unit\n  - {step}\nblocks: {{unit: [x: conv 3 1x1, relu]}}\n"
    node = built(text).nodes[-1]
    assert node.inputs == ((1, 3, 5) if step.startswith("use") else (6, 1, 3, 5))


@pytest.mark.parametrize("kind", ["concat", "add", "average", "stack"])
def test_a_list_in_brackets_behind_a_merge_is_refused(kind: str) -> None:
    """A user of PyTorch means the list alone; a step that merges means this volume, too."""
    text = f"input: 8x8x3\nlayers:\n  - a: relu\n  - b: tanh\n  - {kind} [a, b]\n"
    _, problems = expanded(text)
    column = len(f"  - {kind} [")
    assert [str(problem) for problem in problems] == [
        f"net.cnn.yaml:5:{column}: E110 ambiguous: '[a, b]' may be all that {kind} merges, or be merged with this "
        f"volume\n    - {kind} [a, b]\n{' ' * (column + 1)}^^^^^^\n"
        f"  help: `use [a, b] -> {kind}` merges these alone, `{kind} a b` this volume too"
    ]
    assert built(text.replace(f"{kind} [a, b]", f"use [a, b] -> {kind}")).nodes[-1].inputs == (1, 2)


# Numbers of earlier volumes


@pytest.mark.parametrize(
    ("steps", "shape"),
    [
        ("maxpool 2 -> conv 2*a.channels 1x1", "4x4x10"),
        ("maxpool 2 -> resize a.sides", "8x8x5"),
        ("maxpool 2 -> resize (a.sides[0]-1)x(2*a.sides[1])", "7x16x5"),
        ("conv input.channels+a.channels 1x1", "8x8x8"),
        ("conv [a, input][1].channels 1x1", "8x8x3"),
        ("conv 3b.channels/2 1x1", "8x8x2"),
        ("(a.channels-3) * relu", "8x8x5"),
        ("8x8x(a.channels)", "8x8x5"),
    ],
)
def test_an_earlier_volume_has_numbers(steps: str, shape: str) -> None:
    text = f"input: 8x8x3\nlayers:\n  - 3b: conv 4 1x1\n  - a: conv 5 1x1\n  - '{steps}'\n"
    network = built(text)
    assert str(network.nodes[network.outputs["output"]].y) == shape


def test_a_branch_may_be_called_channels() -> None:
    text = (
        "input: 8x8x3\nblocks: {unit x: use x -> relu}\nlayers:\n"
        "  - gate: {mul: {channels: conv 3 1x1, sides: identity}}\n  - unit gate.channels\n"
    )
    network = built(text)
    assert network.nodes[network.outputs["output"]].inputs == (1,)


# Weights that rounds share


def test_rounds_share_their_weights() -> None:
    text = PYRAMID + (
        "  - heads:\n      for: level in [p3, p4, p5]\n      share: yes\n"
        "      layers: use level -> conv 8 3x3 pad=1 -> batchnorm -> relu\n"
    )
    network = built(text)
    shares = {node.path: node.shares and network.nodes[node.shares].path for node in network.nodes if node.shares}
    first = "heads.p3"
    assert shares == {
        f"heads.{level}.{kind}": f"{first}.{kind}" for level in ("p4", "p5") for kind in ("conv", "batchnorm")
    }
    totals = network.report().totals
    assert totals.params == 448 + 2 * 2320 + (16 * 8 * 9 + 8) + 16
    assert totals.macs == 32 * 32 * 27 * 16 + (256 + 64) * 144 * 16 + (1024 + 256 + 64) * 144 * 8


def test_rounds_share_some_kinds() -> None:
    text = "input: 8x8x4\nlayers:\n  - repeat: 3\n    share: {}\n    layers: conv 4 3x3 pad=1 -> batchnorm\n"
    conv, norm = 4 * 4 * 9 + 4, 8
    assert params(text.format("no")) == 3 * (conv + norm)
    assert params(text.format("yes")) == conv + norm
    assert params(text.format("conv")) == params(text.format("[conv, linear]")) == conv + 3 * norm
    assert params(text.format("bn")) == 3 * conv + norm


def test_shared_rounds_in_rounds() -> None:
    text = """
input: 8x8x4
layers:
  - repeat: 2
    layers:
      - repeat: 3
        share: yes
        layers: conv 4 3x3 pad=1
  - repeat: 2
    share: yes
    layers: 3 * conv 4 3x3 pad=1
"""
    assert params(text) == (2 + 3) * 148


@pytest.mark.parametrize("outer", ["repeat: 5", "for: x in [1, 2, 3, 4, 5]"])
def test_copies_of_rounds_keep_what_they_share(outer: str) -> None:
    inner = "- repeat: 3\n        share: yes\n        layers: conv 4 3x3 pad=1 -> batchnorm"
    text = f"input: 8x8x4\nlayers:\n  - relu\n  - {outer}\n    layers:\n      {inner}\n"
    assert params(text) == 5 * (148 + 8)
    assert params(text.replace("    layers:\n      -", "    share: yes\n    layers:\n      -")) == 148 + 8
    shares = [node.shares for node in built(text).nodes if node.kind == "conv"]
    assert shares == [None, 2, 2, None, 8, 8, None, 14, 14, None, 20, 20, None, 26, 26]


# Problems


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (
            "  - for: p in []\n    layers: relu\n",
            "6:15 E105 a loop over an empty list | leave it out, or write it under an `if`",
        ),
        (
            "  - for: p in [p3, p44]\n    layers: relu\n",
            "6:20 E109 nothing is called 'p44' here | did you mean 'p4'?",
        ),
        (
            "  - for: p in levels\n    layers: relu\n",
            "6:15 E109 nothing is called 'levels' here | named so far: p3, p4",
        ),
        (
            "  - for: p in p3\n    layers: relu\n",
            "6:15 E105 for takes a list, and 'p3' is one volume | write [p3]",
        ),
        ("  - for: p in 3\n    layers: relu\n", "6:15 E105 for takes a list, not 3 | write `repeat: 3`"),
        ("  - for: p in sides\n    layers: relu\n", "6:15 E105 for takes a list, not 4x4 | None"),
        (
            "  - for: p in range(3)\n    layers: relu\n",
            "6:15 E107 there is no range: repeat counts | write `repeat: 3`, with index for p",
        ),
        ("  - for: 3\n    layers: relu\n", "6:10 E106 for takes NAME in LIST, not '3' | write `repeat: 3`"),
        (
            "  - for: p3\n    layers: relu\n",
            "6:10 E106 for takes NAME in LIST, not 'p3' | as in `for: level in [p3, p4]`",
        ),
        (
            "  - for: [p3, p4]\n    layers: relu\n",
            "6:10 E104 for needs a name for the entries of its list | write `for: level in [p3, p4]`",
        ),
        (
            "  - h:\n      for: p in [p3, p4]\n      layers:\n        - x: use p -> relu\n  - use x\n",
            "10:9 E109 no earlier result is called 'x' | write h.p3.x",
        ),
        (
            "  - h:\n      for: p in [p3, p4]\n      layers: use p -> relu\n  - use x\n",
            "9:9 E109 no earlier result is called 'x' | named so far: p3, p4, h",
        ),
        (
            "  - for: {level: [p3, p4]}\n    layers: relu\n",
            "6:10 E105 for takes NAME in LIST, not a mapping | write `for: level in [p3, p4]`",
        ),
        (
            "  - for: level\n    in: [p3, p4]\n    layers: relu\n",
            "7:5 E103 for has no key 'in' | write `for: level in [p3, p4]`",
        ),
        (
            "  - for: level in p3, p4\n    layers: relu\n",
            "6:19 E107 a list stands in brackets, not 'p3, p4' | write `for: level in [p3, p4]`",
        ),
        (
            "  - for level in [p3, p4]:\n    - relu\n",
            "6:5 E113 'for level in [p3, p4]' cannot name an item"
            " | write `for: level in [p3, p4]`, and layers: below it",
        ),
        (
            "  - repeat: [p3, p4]\n    layers: relu\n",
            "6:13 E105 repeat takes a single value, not a list"
            " | a loop over a list is written `for: level in [p3, p4]`",
        ),
        (
            "  - share: yes\n    layers: relu\n",
            "6:5 E104 share: stands beside a loop, and here is none | add `repeat: 3` or `for: level in [p3, p4]`",
        ),
        (
            "  - use p3 p4\n",
            "6:5 E106 use takes one name, not 2"
            " | several are written as a list, which a merge follows: `use [p3, p4] -> add`",
        ),
        (
            "  - for: p in [p3, p4]\n    layers:\n      - x: use p -> relu\n  - use x.p5\n",
            "9:9 E109 no earlier result is called 'x.p5' | in x are p3, p4",
        ),
        (
            "  - for: w in [4, 8]\n    layers: use w -> conv w 1x1\n",
            "7:17 E109 no earlier result is called 'w' | w is 4 here, which is no result",
        ),
        (
            "  - for: w in [4, 8]\n    layers:\n      - y: conv w 1x1\n  - use y[0].z -> relu\n",
            "9:9 E107 nothing is called 'z' in this result | None",
        ),
        (
            "  - for: a, b in [p3, p4]\n    layers: relu\n",
            "6:10 E113 'a, b' cannot name the entries of a list | one name: letters, digits and _",
        ),
        (
            "  - for: input in [p3, p4]\n    layers: relu\n",
            "6:10 E113 'input' cannot name the entries of a list | input is a word of the language",
        ),
        (
            "  - for: p in [p3]\n",
            "6:5 E104 for needs layers: | for: level in [p3, p4], and layers: below it",
        ),
        (
            "  - for: p in [p3]\n    layer: relu\n",
            "7:5 E103 for has no key 'layer' | did you mean 'layers'?",
        ),
        (
            "  - use [p3, p4] -> relu\n",
            "6:9 E105 '[p3, p4]' is a list of 2 volumes, and no list is taken here"
            " | [p3, p4][0] is the first; `use [p3, p4] -> add` is the sum of all",
        ),
        (
            "  - again [p3]\n",
            "6:11 E105 '[p3]' is a list of one volume, and no list is taken here"
            " | [p3][0] is the first; `use [p3] -> add` is the sum of all",
        ),
        (
            "  - resize_like [p3, p4]\n",
            "6:17 E111 resize_like reads 1 earlier result, not 2 | write resize_like NAME [mode=…] [align_corners=…]",
        ),
        (
            "  - use [p3, p4] -> concat\n",
            "6:21 E204 concat needs equal spatial sizes: p3 8x8x4, p4 4x4x4"
            " | make the sizes equal by stride, pad or crop",
        ),
        ("  - use [p3, 4] -> add\n", "6:9 E105 4 is no volume | name earlier results, as in `[p3, p4]`"),
        ("  - use [] -> add\n", "6:9 E105 the list is empty | name earlier results, as in `[p3, p4]`"),
        ("  - use p3[0]\n", "6:9 E107 'p3' is no list, so it has no [0] | None"),
        (
            "  - use [p3, p4][2]\n",
            "6:18 E107 [2] is outside the list, which has 2 entries | they count from 0 to 1",
        ),
        ("  - use p3 -> add\n", "6:15 E106 add needs the name of an earlier result | as in `add input`"),
        ("  - use p3 -> average\n", "6:15 E106 average needs the name of an earlier result | write average NAME …"),
        (
            "  - use [p3, p4, p4] -> resize_like\n",
            "6:25 E111 resize_like reads 1 earlier result, not 2 | write resize_like NAME [mode=…] [align_corners=…]",
        ),
        (
            "  - conv p3 3x3\n",
            "6:10 E105 out is no volume, and 'p3' is one | p3.channels and p3.sides are numbers",
        ),
        (
            "  - conv p9.channels 3x3\n",
            "6:10 E109 nothing is called 'p9' here | None",
        ),
        (
            "  - conv [p3, p4].channels 3x3\n",
            "6:10 E107 [p3,p4] is no volume, so it has no channels | take one of its volumes, as in levels[0].channels",
        ),
        (
            "  - repeat: 2\n    share: maybe\n    layers: relu\n",
            "7:12 E105 share takes yes, no or kinds of layers, not 'maybe'"
            " | as in `share: yes` or `share: [conv, linear]`",
        ),
        (
            "  - for: p in [p3, input]\n    share: yes\n    layers: use p -> conv 4 1x1\n",
            "6:10 E211 1.conv has a weight of 4x4x1x1, in round 2 it would be 4x3x1x1"
            " | shared weights need volumes with the same channels",
        ),
        (
            "  - repeat: 2\n    share: yes\n    layers: (2-index) * conv 4 1x1\n",
            "6:13 E211 1 has 2 layers the first time and 1 in round 2 | None",
        ),
        (
            2 * "  - repeat: 2\n    layers:\n      - x: relu\n" + "  - use x -> add\n",
            "12:9 E110 2 loops have a 'x' in their rounds | give one of them another name",
        ),
    ],
)
def test_problems(items: str, problem: str) -> None:
    assert said(f"input: 8x8x3\nlayers:\n  - p3: conv 4 1x1\n  - p4: maxpool 2\n  - relu\n{items}") == [problem]


def test_a_list_for_a_block_may_not_be_empty() -> None:
    text = "input: 8x8x3\nblocks: {node skips: concat skips}\nlayers: node []\n"
    assert told(text) == ["2:29 E105 'skips' is an empty list"]


# Limits


@pytest.mark.parametrize("entries", ["[1, 2]", "[input, input]"])
def test_lists_of_lists_do_not_grow_without_bound(entries: str) -> None:
    text = f"""
input: 8x8x4
blocks:
  f l n:
    - if: n > 0
      then:
        - x: f [l, l] n-1
      else: relu
layers:
  - y: f {entries} 40
"""
    with within_time_limit():
        assert told(text) == ["7:16 E112 a list of more than 10,000 entries"]


def test_deep_loops_do_not_meet_pythons_recursion_limit() -> None:
    body = "{unit: relu}"
    for _ in range(14):
        body = f"{{for: 'v in [1]', layers: {{repeat: 1, layers: {body}}}}}"
    text = f"""
input: 8x8x4
blocks:
  deep n:
    - if: n > 0
      then: deep n-1
      else: {{x: relu}}
    - {body}
layers:
  - deep 40
"""
    with within_time_limit():
        assert len(built(text).nodes) == 1 + 1 + 41
    nested = "{x: relu}"
    for _ in range(14):
        nested = f"{{for: 'v in [1, 2]', layers: {nested}}}"
    text = f"input: 8x8x4\nlayers:\n  - s: {nested}\n  - use s.x -> add\n"
    assert built(text).nodes[-1].inputs == tuple(range(1, 2**14 + 1))


@pytest.mark.parametrize("reads", [20, 100_000])
def test_reading_long_lists_is_work(reads: int) -> None:
    text = f"input: 8x8x4\nlayers:\n  - 5000 * unit\n  - {reads} * (use x -> add)\nblocks: {{unit: [x: conv 4 1x1]}}\n"
    with within_time_limit():
        network, problems = expanded(text)
    if reads == 20:
        assert network is not None
    else:
        assert [problem.message for problem in problems] == ["more than 10,000,000 steps of work"]
