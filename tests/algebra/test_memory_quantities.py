"""saved_bytes and peak_memory as quantities of sweeps, budgets and closed forms, against `memory`."""

import pytest

import cnncalc

pytest.importorskip("numpy")


def test_a_sweep_has_the_peaks_of_memory() -> None:
    rows = cnncalc.sweep(
        "mobilenet_v3_small",
        {"batch": "1..3", "input": "64,96,224"},
        columns=["saved_bytes", "peak_memory"],
        optimizer="adam",
        amp="bf16",
    )
    for row in rows:
        size = row["input"]
        found = cnncalc.memory(
            "mobilenet_v3_small", row["batch"], input=f"{size}x{size}x3", optimizer="adam", amp="bf16"
        )
        assert row["peak_memory"] == found.peak_bytes
        assert (
            row["saved_bytes"]
            == cnncalc.memory("mobilenet_v3_small", row["batch"], input=f"{size}x{size}x3").saved_bytes
        )
    assert len(rows) == 9


def test_the_largest_batch_within_a_budget() -> None:
    found = cnncalc.budget("unet", "peak_memory<11GB", vary="batch", optimizer="adam")
    assert found.choices[0].values == (cnncalc.memory("unet", optimizer="adam", gpu="11GB").largest_batch,)


def test_a_closed_form_of_what_is_kept() -> None:
    formula = cnncalc.closed("resnet18", "saved_bytes", ["N", "H", "W"]).sympy()["saved_bytes"]
    values = {"N": 3, "H": 160, "W": 96}
    numbers = {symbol: values[symbol.name] for symbol in formula.free_symbols}
    assert int(formula.subs(numbers)) == cnncalc.memory("resnet18", 3, input="160x96x3").saved_bytes
