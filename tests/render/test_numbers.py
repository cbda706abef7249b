"""How numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.render.numbers import decimal, exact, percent, short, short_bytes


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (999, "999"),
        (4096, "4,096"),
        (9999, "9,999"),
        (10_000, "10.0K"),
        (34_944, "34.9K"),
        (99_950, "100K"),
        (999_499, "999K"),
        (999_500, "1.00M"),
        (60_965_224, "61.0M"),
        (724_406_816, "724M"),
        (11_513_626_624, "11.5G"),
        (10**18, "1.00E"),
        (123 * 10**60, "1.23e62"),
    ],
)
def test_short(number: int, written: str) -> None:
    assert short(number) == written


@given(st.integers(0, 10**18))
def test_short_is_near(number: int) -> None:
    text = short(number).replace(",", "")
    factor = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}.get(text[-1])
    value = float(text[:-1]) * factor if factor else float(text)
    assert abs(value - number) <= 0.00501 * number
    assert len(text) <= 5


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (34_944, "34.1 KiB"),
        (1_048_064, "1024 KiB"),
        (243_860_896, "233 MiB"),
        (10**12, "931 GiB"),
    ],
)
def test_short_bytes(number: int, written: str) -> None:
    assert short_bytes(number) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0.0, "0%"), (0.0001, "<0.1%"), (0.0005, "0.1%"), (0.578, "57.8%"), (1.0, "100.0%")]
)
def test_percent(share: float, written: str) -> None:
    assert percent(share) == written


def test_exact_and_decimal() -> None:
    assert exact(60_965_224) == "60,965,224"
    assert decimal(0.025) == "0.02500"
