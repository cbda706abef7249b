"""Random networks against a model: each is itself, and after one edit it differs there and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc.live.against import against
from cnncalc.network.network import Network
from tests.effort import examples
from tests.live.test_against import network, told

torch = pytest.importorskip("torch")


@st.composite
def networks(draw: st.DrawFn) -> list[str]:
    """The steps of a network with branches, written as a spec's items; its channels stay even."""
    items = []
    for number in range(draw(st.integers(1, 5))):
        out = draw(st.sampled_from([2, 4, 6]))
        step = draw(
            st.sampled_from(
                [
                    f"conv {out} 3x3 pad=1",
                    f"conv {out} 1x1 bias=no -> batchnorm",
                    f"conv {out} 3x3 pad=1 groups=2 -> relu",
                    "depthwise 3x3 pad=1 -> groupnorm 2",
                    "maxpool 3x3 stride=1 pad=1",
                    "avgpool 2x2 stride=1",
                    f"conv_transpose {out} 2x2",
                    f"{{concat: {{a: conv {out} 1x1, b: conv 2 3x3 pad=1 -> conv 4 1x1, c: identity}}}}",
                    f"{{concat: {{a: conv {out} 1x1, b: conv {out} 1x1 -> relu}}}}",
                    "{add: {body: depthwise 3x3 pad=1 -> relu -> conv channels 1x1, skip: identity}}",
                ]
            )
        )
        items.append(f"s{number}: {step}")
    return items


def loaded(items: list[str], folder: Path) -> Network:
    text = "\n".join(["input: 17x17x4", "layers:", "  - stem: conv 6 3x3 pad=1", *(f"  - {item}" for item in items)])
    return network(f"{text}\n", folder)


def test_the_smallest_network_that_is_drawn_fits(tmp_path: Path) -> None:
    steps = ["avgpool 2x2 stride=2", *["avgpool 2x2 stride=1"] * 4]
    assert str(loaded([f"s{index}: {step}" for index, step in enumerate(steps)], tmp_path).nodes[-1].y) == "4x4x6"


SELF = """
from pathlib import Path
import cnncalc

def Net():
    return cnncalc.load(str(Path(__file__).with_name("theirs.cnn.yaml"))).torch()
"""


@settings(examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_network_is_itself_and_no_other(tmp_path: Path, data: st.DataObject) -> None:
    items = data.draw(networks())
    mine = loaded(items, tmp_path)
    (tmp_path / "net.cnn.yaml").rename(tmp_path / "theirs.cnn.yaml")
    (tmp_path / "net.py").write_text(SELF)
    target = f"{tmp_path / 'net.py'}:Net"
    result = against(mine, target)
    assert told(result) == []
    assert result.remarks == []

    index = data.draw(st.integers(0, len(items) - 1))
    name, step = items[index].split(": ", 1)
    edits = [
        (old, new)
        for old, new in (
            ("1x1", "3x3 pad=1"),
            ("3x3 pad=1", "5x5 pad=2"),
            (" bias=no", ""),
            ("groups=2", "groups=1"),
            ("stride=1", "stride=2"),
            ("groupnorm 2", "groupnorm 1"),
            ("conv_transpose", "conv"),
        )
        if old in step
    ]
    old, new = data.draw(st.sampled_from(edits))
    other = loaded([*items[:index], f"{name}: {step.replace(old, new, 1)}", *items[index + 1 :]], tmp_path)
    result = against(other, target)
    assert [found.path.split(".")[0] for found in result.differences] == [name], told(result)
