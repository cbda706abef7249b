"""Comparisons of networks that are given in several ways."""

from __future__ import annotations

import cnncalc


def test_networks_that_are_called_alike_are_numbered() -> None:
    found = cnncalc.compare("8x8x3 -> conv 4 3x3", "lenet5", "8x8x3 -> conv 8 3x3")
    assert [one.name for one in found] == ["chain 1", "lenet5", "chain 2"]
    assert found["chain 2"].params == 224
    assert found.baseline is found["chain 1"]


def test_a_filter_by_task() -> None:
    assert cnncalc.networks(where="task = audio").names == cnncalc.networks(where="task == audio").names
    assert "wavenet" in cnncalc.networks(where="task = audio").names
    assert {one.task for one in cnncalc.networks()} == {
        *("audio", "classification", "detection", "generation", "recognition", "segmentation", "video")
    }
