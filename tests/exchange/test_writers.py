"""What is written for other tools: each form in full for a small network, refusals, the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import cnncalc
from cnncalc.cli import main
from cnncalc.exchange.text import macs, params
from cnncalc.problem import NoAnswer
from tests.effort import families, few

RESIDUAL = """\
name: small
input: 8x8x3
blocks:
  unit out stride=1:
    - add:
        body: conv out 3x3 stride=stride pad=1 -> relu
        skip:
          - if: channels != out
            then: conv out 1x1 stride=stride
            else: identity
layers:
  - stem: 2 * unit 4
  - deep: unit 8 2 -> unit 8
"""


def written(form: str, text: str = RESIDUAL) -> str:
    return cnncalc.export("-", form, stdin=text.encode).text


def test_a_diagram_for_mermaid() -> None:
    assert (
        written("mermaid")
        == """\
flowchart TD
  subgraph network_0g["small"]
    network_0["input<br>8x8x3"]
    network_1["stem<br>2 * residual 4<br>8x8x4"]
    network_2["deep<br>residual 8 stride=2<br>residual 8<br>4x4x8"]
    network_3["output<br>4x4x8"]
    network_0 --> network_1
    network_1 --> network_2
    network_2 --> network_3
  end
  subgraph residual_0g["residual"]
    residual_0["input"]
    residual_1["conv out 3x3 stride=stride pad=1<br>relu"]
    residual_2["conv out 1x1 stride=stride"]
    residual_3(("add"))
    residual_4["output"]
    residual_0 --> residual_1
    residual_0 --> residual_2
    residual_0 -->|"else"| residual_3
    residual_1 -->|"body"| residual_3
    residual_2 -->|"if channels != out"| residual_3
    residual_3 --> residual_4
  end
"""
    )


def test_a_diagram_for_graphviz() -> None:
    lines = written("dot").splitlines()
    assert lines[:5] == [
        'digraph "small" {',
        "  node [shape=box]",
        "  subgraph cluster_network {",
        '    label="small"',
        '    network_0 [label="input\\n8x8x3"]',
    ]
    assert '    residual_2 -> residual_3 [label="if channels != out"]' in lines
    assert lines.count("  }") == 2
    assert lines[-1] == "}"


def test_arrows_of_what_is_read_by_name() -> None:
    text = written("dot", "input: 8x8x3\nlayers:\n  - a: conv 3 1x1\n  - relu -> concat a\n")
    assert [line.strip() for line in text.splitlines() if "->" in line] == [
        "network_0 -> network_1",
        "network_1 -> network_2",
        "network_2 -> network_3",
        "network_1 -> network_3",
        "network_3 -> network_4",
    ]


def test_the_spec_of_a_spec() -> None:
    assert "  - stem: 2 * residual 4 -> 8x8x4\n" in written("spec")


def test_an_unknown_form_and_one_without_weights() -> None:
    with pytest.raises(ValueError, match="there is no form 'mermiad': did you mean 'mermaid'"):
        cnncalc.export("lenet5", "mermiad")
    with pytest.raises(NoAnswer, match="a diagram for Graphviz holds no weights"):
        cnncalc.export("lenet5", "dot", weights="w.pt")
    with pytest.raises(NoAnswer, match="H must be known to write a diagram for Graphviz"):
        cnncalc.export("HxHx3 -> conv 1 1x1", "dot")


def test_the_command_takes_the_form_of_a_file(tmp_path: Path) -> None:
    out = tmp_path / "net.dot"
    result = CliRunner().invoke(main, ["export", "8x8x3 -> relu", "-o", str(out)])
    assert (result.exit_code, result.output) == (0, "")
    assert out.read_text().startswith("digraph ")
    result = CliRunner().invoke(main, ["export", "8x8x3 -> relu", "--to", "mermaid", "-o", str(out)])
    assert result.exit_code == 2
    assert f"--to says mermaid, the ending of {out} says dot: leave one out" in result.output.replace("\n", " ")
    result = CliRunner().invoke(main, ["export", "8x8x3 -> relu"])
    assert result.exit_code == 2
    assert "say which form: --to spec|" in result.output


@pytest.mark.parametrize(
    "name",
    ["resnet18", "googlenet", *(pytest.param(n, marks=pytest.mark.exhaustive) for n in few(families(), every=2))],
)
def test_an_exported_spec_is_the_network(name: str) -> None:
    network = cnncalc.load(name)
    again = cnncalc.load("-", stdin=cnncalc.export(network, "spec").text.encode)
    rows = []
    for each in (network, again):
        rows.append(sorted((params([node]), macs([node]), str(node.y)) for node in each.layers()))
    assert rows[0] == rows[1]
