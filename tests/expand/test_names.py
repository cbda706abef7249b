"""Names: what an expression sees, what `use`, `again` and merges see, and the paths of the layers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import examples
from tests.expand.make import built, layers, out, told

# What expressions see


def test_a_name_is_a_parameter_then_a_var_and_never_the_callers() -> None:
    text = """
input: 8x8x3
vars: {w: 4}
blocks:
  inner: conv w 1x1
  outer w: conv w 1x1 -> inner
layers: outer 5
"""
    assert [*layers(text).values()] == ["conv 5 1x1 -> 8x8x5", "conv 4 1x1 -> 8x8x4"]


def test_channels_and_sides_belong_to_the_volume_that_enters_the_step() -> None:
    assert out("conv 2*channels 3x3 -> conv 2*channels 1x1") == "6x6x12"
    assert out("conv channels (sides[0]//2)x(sides[1]//4)", "8x12x3") == "5x10x3"
    assert out("crop sides-2") == "6x6x3"


def test_input_channels_and_input_sides_are_those_of_the_blocks_input() -> None:
    blocks = "{squeeze: conv 2 1x1 -> conv input.channels 1x1 -> crop input.sides-1}"
    assert out("conv 5 3x3 -> squeeze", blocks=blocks) == "5x5x5"
    assert out("conv 5 3x3 -> conv input.channels 1x1") == "6x6x3"


def test_channels_in_if_and_repeat_is_that_of_the_volume_entering_the_item() -> None:
    text = "input: 8x8x3\nlayers:\n  - repeat: channels\n    layers: conv channels+1 1x1\n"
    assert [*layers(text).values()] == [f"conv {n} 1x1 -> 8x8x{n}" for n in (4, 5, 6)]


def test_vars_are_evaluated_in_order_each_seeing_the_earlier_ones() -> None:
    assert out("conv b 1x1", vars="{a: 4, b: 2*a+1}") == "8x8x9"
    assert told("input: 8x8x3\nvars: {a: b, b: 4}\nlayers: conv a 1x1\n") == ["2:11 E109 nothing is called 'b' here"]


def test_a_variants_values_replace_the_texts_first() -> None:
    text = "input: 8x8x3\nvars: {a: 4, b: 2*a}\nvariants: {big: {a: 5}, odd: {b: a+1}}\nlayers: conv b 1x1\n"
    assert [*layers(text).values()] == ["conv 8 1x1 -> 8x8x8"]
    assert [*layers(text, variant="big").values()] == ["conv 10 1x1 -> 8x8x10"]
    assert [*layers(text, variant="odd").values()] == ["conv 5 1x1 -> 8x8x5"]


def test_a_variant_may_hold_an_input() -> None:
    text = "input: 8x8x3\nvars: {a: 4}\nvariants: {big: {input: 10x10x3}}\nlayers: conv a 3x3\n"
    assert [*layers(text, variant="big").values()] == ["conv 4 3x3 -> 8x8x4"]


def test_at_the_head_of_a_step_a_kind_or_block_is_meant_first_then_a_bound_name() -> None:
    assert out("conv 4 1x1 -> act", vars="{act: relu}") == "8x8x4"
    assert layers("input: 8x8x3\nvars: {tanh: relu}\nlayers: tanh\n") == {"tanh": "tanh -> 8x8x3"}
    blocks = "{unit act: conv 4 1x1 -> act, twice what: what -> what}"
    assert out("unit relu -> twice relu", blocks=blocks) == "8x8x4"
    assert [*layers(f"input: 8x8x3\nblocks: {blocks}\nlayers: unit identity\n")] == ["conv"]


def test_a_block_may_take_a_synonyms_name_and_wins() -> None:
    assert out("fc 10", blocks="{fc out: flatten -> linear out}") == "10"


def test_defaults_are_evaluated_at_the_call_left_to_right() -> None:
    blocks = "{unit w inner=2*w last=inner+1 c=channels: conv last 1x1 -> conv c 1x1}"
    assert out("unit 4", blocks=blocks) == "8x8x3"
    assert out("conv 5 1x1 -> unit 4 last=7", blocks=blocks) == "8x8x5"


def test_arguments_are_evaluated_where_the_call_stands() -> None:
    blocks = "{inner n: conv n 1x1, outer n: conv 9 1x1 -> inner channels+n}"
    assert out("outer 2", blocks=blocks) == "8x8x11"


def test_yes_no_true_false_are_literals() -> None:
    assert layers("input: 8x8x3\nlayers: conv 4 1x1 bias=no\n") == layers(
        "input: 8x8x3\nlayers: conv 4 1x1 bias=false\n"
    )


# What use, again and merges see


def test_use_goes_on_from_an_earlier_result() -> None:
    text = "input: 8x8x3\nlayers:\n  - a: conv 4 3x3\n  - b: conv 5 3x3\n  - use a -> relu\n  - concat a\n"
    network = built(text)
    paths = [node.path for node in network.nodes]
    assert [paths[i] for i in network.nodes[paths.index("relu")].inputs] == ["a.conv"]
    assert [paths[i] for i in network.nodes[paths.index("concat")].inputs] == ["relu", "a.conv"]


def test_input_is_the_volume_that_entered_the_block_or_the_network() -> None:
    blocks = "{unit w: conv w 3x3 pad=1 -> relu -> add input}"
    assert out("conv 4 1x1 -> unit 4", blocks=blocks) == "8x8x4"
    assert out("conv 4 1x1 -> concat input") == "8x8x7"


def test_names_are_looked_for_in_this_list_then_around_it_up_to_the_blocks_edge() -> None:
    text = """
input: 8x8x3
layers:
  - a: conv 4 1x1
  - outer:
      - a2: conv 5 1x1
      - inner:
          - add:
              x: use a -> conv 6 1x1
              y: use a2 -> conv 6 1x1
"""
    assert layers(text)["outer.inner.add"] == "add -> 8x8x6"
    assert told("input: 8x8x3\nblocks: {b: use a}\nlayers:\n  - a: relu\n  - b\n") == [
        "2:17 E109 no earlier result is called 'a'"
    ]


def test_inside_a_round_names_are_that_rounds() -> None:
    text = """
input: 8x8x3
layers:
  - s:
      - repeat: 3
        layers:
          - x: conv 4 1x1
          - relu -> add x
"""
    network = built(text)
    paths = [node.path for node in network.nodes]
    for number in (1, 2, 3):
        node = network.nodes[paths.index(f"s.{number}.add")]
        assert [paths[i] for i in node.inputs] == [f"s.{number}.relu", f"s.{number}.x.conv"]


def test_from_outside_a_name_is_the_wholes_result_or_one_rounds() -> None:
    text = """
input: 8x8x3
blocks:
  unit w:
    - b: conv w 1x1
    - relu
layers:
  - stage: 3 * unit 4 -> conv 7 1x1
  - use stage -> 8x8x7
  - use stage.3.b -> 8x8x4
  - use stage.1 -> 8x8x4 -> add stage.2.b
"""
    network = built(text)
    paths = [node.path for node in network.nodes]
    assert [paths[i] for i in network.nodes[-1].inputs] == ["stage.1.relu", "stage.2.b.conv"]


def test_two_candidates_are_a_problem() -> None:
    text = "input: 8x8x3\nlayers:\n  - add: {x: relu, y: identity}\n  - add: {x: relu, y: identity}\n  - use x\n"
    assert told(text) == ["5:9 E110 2 results are called 'x': x and x_2"]


def test_a_parameter_may_carry_the_name_of_a_result() -> None:
    text = """
input: 8x8x3
blocks:
  up c skip:
    - wide: upsample 2 -> conv c 1x1
    - use skip -> concat wide
layers:
  - down: conv 4 1x1
  - s: maxpool 2
  - up 5 down
"""
    assert layers(text)["concat"] == "concat -> 8x8x9"


def test_a_parameter_may_carry_a_path() -> None:
    text = """
input: 8x8x3
blocks: {join a: concat a}
layers:
  - s:
      - x: conv 4 1x1
      - relu
  - join s.x -> 8x8x8
  - join a=s
"""
    assert [*layers(text).values()][-1] == "concat -> 8x8x12"


def test_with_several_inputs_chains_begin_with_use() -> None:
    text = """
inputs: {left: 8x8x3, right: 8x8x3}
layers:
  - l: use left -> conv 4 1x1
  - use right -> conv 4 1x1 -> add l
"""
    network = built(text)
    assert [*network.inputs] == ["left", "right"]
    assert str(network.nodes[-1].y) == "8x8x4"


def test_outputs_are_named_else_the_last_volume() -> None:
    text = "input: 8x8x3\n{outputs}layers:\n  - a: conv 4 1x1\n  - b: conv 5 1x1\n  - relu\n"
    network = built(text.replace("{outputs}", "outputs: [a, b]\n"))
    assert {name: str(network.nodes[i].y) for name, i in network.outputs.items()} == {"a": "8x8x4", "b": "8x8x5"}
    network = built(text.replace("{outputs}", ""))
    assert [network.nodes[i].path for i in network.outputs.values()] == ["relu"]


# Shared weights


def test_again_takes_the_same_layers_with_the_same_weights() -> None:
    text = """
inputs: {left: 8x8x3, right: 8x8x3}
layers:
  - tower: use left -> conv 4 3x3 -> relu -> flatten
  - other: use right -> again tower
  - use tower -> sub other -> linear 1
"""
    network = built(text)
    shared = {node.path: network.nodes[node.shares].path for node in network.nodes if node.shares is not None}
    assert shared == {"other.conv": "tower.conv"}
    totals = network.report().totals
    assert totals.params == (4 * 3 * 9 + 4) + (6 * 6 * 4 + 1)
    assert totals.macs == 2 * 4 * 3 * 9 * 36 + 6 * 6 * 4


def test_again_may_see_another_size_where_the_weights_are_the_same() -> None:
    text = "input: 9x9x3\nlayers:\n  - c: conv 3 3x3\n  - again c -> again c\n"
    network = built(text)
    assert [str(node.y) for node in network.layers()] == ["7x7x3", "5x5x3", "3x3x3"]
    assert [node.shares for node in network.layers()] == [None, 1, 1]
    assert network.report().totals.params == 3 * 3 * 9 + 3


def test_again_of_a_part_of_a_block() -> None:
    text = """
input: 8x8x3
blocks:
  unit:
    - c: conv 3 1x1
    - relu
layers:
  - s: 2 * unit
  - again s.1.c
"""
    network = built(text)
    assert network.nodes[-1].shares == 1


# Paths


def test_a_level_is_a_written_name_or_a_round_and_unnamed_things_add_none() -> None:
    text = """
input: 8x8x3
blocks:
  unit w:
    - conv w 1x1 -> relu
    - add:
        body: conv w 1x1
        skip: identity
layers:
  - unit 4
  - stage: 2 * unit 4
  - if: yes
    then: conv 4 1x1
"""
    assert [*layers(text)] == [
        "conv",
        "relu",
        "body.conv",
        "add",
        *(f"stage.{n}.{name}" for n in (1, 2) for name in ("conv", "relu", "body.conv", "add")),
        "conv2",
    ]


def test_unnamed_steps_are_called_by_their_kind_counted_in_their_level() -> None:
    text = "input: 8x8x3\nlayers:\n  - relu -> relu -> a\n  - x: relu -> relu\n  - relu\nblocks: {a: relu}\n"
    assert [*layers(text)] == ["relu", "relu2", "relu3", "x.relu", "x.relu2", "relu4"]


def test_rounds_go_on_across_counted_calls_and_skip_names_taken() -> None:
    text = "input: 8x8x3\nlayers:\n  - s:\n      - 2 * relu -> tanh -> 2 * relu\n"
    assert [*layers(text)] == ["s.1.relu", "s.2.relu", "s.tanh", "s.3.relu", "s.4.relu"]
    text = "input: 8x8x3\nlayers:\n  - s:\n      - '2': relu\n      - 2 * relu\n"
    assert [*layers(text)] == ["s.2.relu", "s.1.relu", "s.3.relu"]


def test_a_written_name_keeps_its_path_also_against_an_earlier_unnamed_step() -> None:
    text = "input: 8x8x3\nlayers:\n  - relu -> relu -> relu\n  - relu2: tanh\n"
    assert [*layers(text)] == ["relu", "relu3", "relu4", "relu2.tanh"]


def test_branch_and_aux_names_are_free() -> None:
    text = """
input: 8x8x3
layers:
  - concat: {conv: conv 2 1x1, pool: identity, repeat: relu}
  - aux: {relu: flatten}
"""
    assert [*layers(text)] == ["conv.conv", "repeat.relu", "concat", "relu.flatten"]


def test_a_path_that_names_a_group_with_one_weighted_layer_means_that_layer() -> None:
    network = built("input: 8x8x3\nlayers:\n  - c: conv 2 1x1 -> relu\n  - d: conv 2 1x1 -> conv 2 1x1\n  - e: relu\n")
    assert network.find("c").path == "c.conv"
    assert network.find("e").path == "e.relu"
    assert network.find("d.conv2").path == "d.conv2"
    with pytest.raises(KeyError):
        network.find("d")


ITEMS = st.recursive(
    st.sampled_from(["relu", "relu -> tanh", "2 * relu", "unit", "3 * unit -> relu", "(relu -> 2 * (unit))"]),
    lambda below: st.one_of(
        st.lists(below, min_size=1, max_size=3),
        st.tuples(st.sampled_from(["a", "b", "relu2", "1", "2"]), below).map(lambda pair: {pair[0]: pair[1]}),
        st.lists(below, min_size=2, max_size=2).map(lambda branches: {"add": branches}),
        st.lists(below, min_size=2, max_size=2).map(lambda pair: {"add": {"x": pair[0], "relu": pair[1]}}),
        below.map(lambda body: {"repeat": "2", "layers": body}),
        below.map(lambda body: {"aux": {"a": body}}),
    ),
    max_leaves=8,
)


def written(item: object) -> str:
    """Write an item in the flow style of YAML."""
    if isinstance(item, str):
        return f"'{item}'"
    if isinstance(item, list):
        return f"[{', '.join(map(written, item))}]"
    assert isinstance(item, dict)
    return "{" + ", ".join(f"{key}: {written(value)}" for key, value in item.items()) + "}"


@given(ITEMS, ITEMS)
@examples(120)
def test_no_two_paths_are_equal(item: object, body: object) -> None:
    from tests.expand.make import expanded

    unit = written(body).replace("unit", "tanh")
    network, problems = expanded(f"input: 8x8x3\nblocks: {{unit: {unit}}}\nlayers: {written(item)}\n")
    if network is None:
        assert {p.code for p in problems} <= {"E102"}, "\n".join(map(str, problems))
        return
    paths = [node.path for node in network.nodes]
    assert len(set(paths)) == len(paths)
