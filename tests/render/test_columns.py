"""The list of columns, and choosing from it."""

from __future__ import annotations

import pytest

from cnncalc.loading import load
from cnncalc.render.columns import COLUMNS, DEFAULT, FLOPS, KERNEL, MACS, PATH, SHARES, ColumnError, as_flops, select
from cnncalc.render.fold import each


def test_names_are_unique_and_explained() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(column.heading and column.meaning for column in COLUMNS)


def test_select() -> None:
    assert select("path, macs") == (PATH, MACS)
    assert select("share") == SHARES
    assert select("+kernel") == (*DEFAULT, KERNEL)
    assert select("+kernel,path") == (*DEFAULT, KERNEL)
    assert as_flops(select("macs,path,flops")) == (FLOPS, PATH)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("kernal", "no column 'kernal': did you mean 'kernel'?"),
        ("+widht", "no column 'widht': did you mean 'weights'?"),
    ],
)
def test_unknown(names: str, message: str) -> None:
    with pytest.raises(ColumnError) as raised:
        select(names)
    assert str(raised.value) == message


def test_values_of_a_layer() -> None:
    report = load("224x224x3 -> conv 96 11x11 stride=4 pad=1:2 -> relu").report()
    line = next(each(report))
    values = {column.name: column.value(line, report) for column in COLUMNS}
    assert values | {"in": "", "out": "", "place": ""} == {
        "path": "conv",
        "layer": "conv 96 11x11 stride=4 pad=1:2",
        "kind": "conv",
        "aux": None,
        "in": "",
        "out": "",
        "params": 34_944,
        "params_share": 1.0,
        "macs": 34_848 * 55 * 55,
        "flops": 2 * 34_848 * 55 * 55,
        "macs_share": 1.0,
        "kernel": (11, 11),
        "stride": (4, 4),
        "pad": ((1, 2), (1, 2)),
        "same_pad": ((3, 4), (3, 4)),
        "left_over": (0, 0),
        "weights": {"weight": (96, 3, 11, 11), "bias": (96,)},
        "buffers": 0,
        "weight_bytes": 4 * 34_944,
        "activation_bytes": 4 * 55 * 55 * 96,
        "receptive_field": (11, 11),
        "jump": (4, 4),
        "fan_in": 363,
        "fan_out": 11_616,
        "he_std": (2 / 11_616) ** 0.5,
        "he_std_in": (2 / 363) ** 0.5,
        "saved_bytes": 4 * 227 * 227 * 3,
        "live_bytes": 4 * (224 * 224 * 3 + 227 * 227 * 3 + 34_944 + 55 * 55 * 96),
        "backward_macs": 105_415_200,
        "place": "",
    }
