"""Specs as data: dicts and lists are read as their text is, and problems stand at paths of keys."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import cnncalc
from cnncalc.problem import Problems

ARCHITECTURES = sorted((Path(__file__).parents[2] / "architectures").glob("*.cnn.yaml"))[::12]


def problems(data: Any) -> list[str]:
    with pytest.raises(Problems) as raised:
        cnncalc.load(data)
    return [problem.headline() for problem in raised.value]


def test_a_dict_is_the_network_of_its_text() -> None:
    network = cnncalc.load(
        {"input": "32x32x3", "layers": ["conv 8 3x3", {"body": "relu"}, {"conv": {"out": 4, "kernel": 3}}]}
    )
    assert [row.path for row in network.report().rows] == ["conv", "body.relu", "conv2"]
    assert str(network.report().rows[-1].output) == "28x28x4"


def test_loops_as_data() -> None:
    data = {
        "input": "32x32x3",
        "vars": {"widths": [8, 8]},
        "layers": [
            {"for": "width in widths", "layers": [{"p": {"kind": "conv", "out": "width", "kernel": 3}}]},
            {"heads": {"for": "level in [p[0], p[1]]", "share": True, "layers": ["use level", {"x": "conv 4 1x1"}]}},
            {"repeat": 2, "share": ["conv"], "layers": {"conv": {"out": 4, "kernel": 1}}},
        ],
    }
    totals = cnncalc.load(data).report().totals
    assert totals.params == (27 * 8 + 8) + (72 * 8 + 8) + (8 * 4 + 4) + (4 * 4 + 4)
    data["layers"] = [{"for": "p in [q]", "layers": "relu"}]
    assert problems(data) == ["layers[0].for:1:7: E109 name: nothing is called 'q' here"]


@pytest.mark.parametrize("path", ARCHITECTURES, ids=lambda path: path.name)
def test_the_library_as_data_has_the_same_numbers(path: Path) -> None:
    data = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    assert cnncalc.load(data).report().totals == cnncalc.load(path).report().totals


def test_a_file_of_json(tmp_path: Path) -> None:
    data = {
        "input": "32x32x3",
        "vars": {"w": 8, "bias": False},
        "layers": ["conv w 3x3 bias=bias", {"conv": {"out": 4, "kernel": 3}}],
    }
    file = tmp_path / "small.cnn.json"
    for indent in (None, 2):
        file.write_text(json.dumps(data, indent=indent))
        network = cnncalc.load(file)
        assert (network.name, network.report().totals) == ("small", cnncalc.load(data).report().totals)


def test_a_problem_in_a_file_of_json_has_line_and_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.cnn.json").write_text('{"input": "8x8x3",\n "layers": ["conv 8 3x3", "con 8 3x3"]}')
    assert problems("a.cnn.json") == ["a.cnn.json:2:28: E108 kind: there is no layer or block 'con'"]
    assert problems("b.cnn.json") == ["E114 file: there is no file 'b.cnn.json'"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, ["<data>:1:1: E104 missing: layers: is missing"]),
        (
            {"input": "8x8x3", "layers": ["relu", "relu", "con 8 3x3"]},
            ["layers[2]:1:1: E108 kind: there is no layer or block 'con'"],
        ),
        ({"input": "8x8x3", "layer": "relu"}, ["layer:1:1: E103 key: a spec has no key 'layer'"]),
        ({"input": [8, 8, 3], "layers": "relu"}, ["input:1:1: E105 value: input takes a single value, not a list"]),
        ({"input": "8x8x3", "layers": None}, ["layers:1:1: E104 missing: nothing stands here"]),
        (
            {"input": "8x8x3", "layers": [object()]},
            ["layers[0]:1:1: E105 value: a value of type object cannot stand in a spec"],
        ),
        (
            {"input": "8x8x3", "layers": ["dropout p"], "vars": {"p": float("nan")}},
            ["vars.p:1:1: E105 value: nan cannot stand in a spec"],
        ),
        (
            {"input": "8x8x3", "layers": "relu", (1, 2): 3},
            ["<data>:1:1: E105 value: '(1, 2)' cannot be a key: keys are texts"],
        ),
        (
            {"input": "8x8x3", "layers": ["relu\0"]},
            ["layers[0]:1:5: E101 yaml: the character U+0000 may not stand in a text"],
        ),
        (
            {"input": "8x8x3", "layers": "relu", "expect": {"params": "7M"}},
            ["expect.params:1:1: E105 value: params must be a whole number, not '7M'"],
        ),
        (
            {"input": "8x8x3", "layers": "relu", "expect": {"params": 7}},
            ["expect.params:1:1: E206 expect: params is 0, expected 7"],
        ),
    ],
)
def test_problems(data: Any, told: list[str]) -> None:
    assert problems(data)[: len(told)] == told


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    told = problems({"input": "8x8x3", "layers": endless})
    assert told[-1].endswith("E112 limit: nested more than 64 levels deep")


@pytest.mark.parametrize("layers", [["relu"] * 300_000, ["relu " * 300_000]])
def test_what_is_too_large_is_refused(layers: list[str]) -> None:
    assert any("E112 limit: more than" in one for one in problems({"input": "8x8x3", "layers": layers}))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["relu", "conv 8 3x3", "8x8x3"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["input", "layers", "vars", "repeat", "if", "add", "conv", "a"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["input", "inputs", "layers", "vars", "blocks", "variants", "expect", "outputs"]), JSON
    )
)
def test_any_data_is_a_network_or_problems(data: dict[str, Any]) -> None:
    with suppress(Problems):
        cnncalc.load(data).report()


@pytest.mark.parametrize(
    ("layers", "chain"),
    [
        ([{"kind": "conv", "out": 8, "kernel": [3, 3]}, {"kind": "relu"}], "conv 8 3x3 -> relu"),
        ([{"kind": "Conv", "out": 8, "kernel": 3, "pad": [[1, 2], [0, 1]]}], "conv 8 3x3 pad=1:2x0:1"),
        (
            [{"kind": "conv", "out": "4*2", "kernel": [1, 3], "stride": [1, 2], "bias": False}],
            "conv 8 1x3 stride=1x2 bias=no",
        ),
        ({"kind": "maxpool", "kernel": 2, "ceil": True}, "maxpool 2 ceil=yes"),
        ([{"repeat": 2, "layers": {"kind": "conv", "out": 4, "kernel": 3}}], "conv 4 3x3 -> conv 4 3x3"),
        ([{"if": "1 > 0", "then": {"kind": "relu"}, "else": [{"kind": "sigmoid"}]}], "relu"),
    ],
)
def test_a_layer_may_be_an_object(layers: Any, chain: str) -> None:
    rows = cnncalc.load({"input": "32x32x3", "layers": layers}).report().rows
    expected = cnncalc.load(f"32x32x3 -> {chain}").report().rows
    assert [(row.node.layer, row.output) for row in rows] == [(row.node.layer, row.output) for row in expected]


def test_objects_stand_wherever_an_item_does() -> None:
    network = cnncalc.load(
        {
            "input": "32x32x3",
            "blocks": {"pair n": [{"kind": "conv", "out": "n", "kernel": 3, "pad": 1}, {"kind": "relu"}]},
            "vars": {"kind": 4},
            "layers": [
                "pair kind",
                {"add": {"kind": "identity", "other": {"kind": "conv", "out": 4, "kernel": 1}}},
                {"aux": {"kind": [{"kind": "flatten"}, {"head": {"kind": "linear", "out": 10}}]}},
            ],
        }
    )
    assert [row.node.layer.kind for row in network.report().rows] == [
        "conv",
        "relu",
        "conv",
        "add",
        "flatten",
        "linear",
    ]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"kind": "conv", "channels": 8}, "layers[0].channels:1:1: E111 argument: conv has no field 'channels'"),
        ({"kind": "conv", "kernel": 3}, "layers[0].kind:1:1: E104 missing: conv needs out"),
        (
            {"kind": "conv", "out": 8, "kernel": [3, 3, 3]},
            "layers[0].kernel:1:1: E202 sides: kernel: 3x3x3 has 3 dimensions, the input has 2",
        ),
        ({"kind": "cnv", "out": 8}, "layers[0].kind:1:1: E108 kind: there is no layer 'cnv'"),
        ({"kind": "cnv"}, "layers[0].kind:1:1: E108 kind: there is no layer or block 'cnv'"),
    ],
)
def test_problems_of_an_object_stand_at_its_keys(layer: dict[str, Any], said: str) -> None:
    assert said in problems({"input": "32x32x3", "layers": [layer]})


def test_objects_are_no_way_around_the_limit_of_nesting() -> None:
    layer: Any = "relu"
    for _ in range(2000):
        layer = {"kind": "conv", "out": layer}
    with pytest.raises(Problems, match="nest"):
        cnncalc.load({"input": "8x8x3", "layers": layer})
