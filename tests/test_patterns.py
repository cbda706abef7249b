"""Regular expressions that are compiled at their first use."""

from __future__ import annotations

import copy
import re

import pytest

from cnncalc.patterns import regex


def test_a_pattern_is_as_a_compiled_one() -> None:
    found = regex(r"(?P<n>\d+) px", re.IGNORECASE)
    assert found.sub("x", "7 PX") == "x"
    match = found.fullmatch("12 px")
    assert match is not None
    assert match["n"] == "12"
    assert (found.pattern, found.findall("1 px 2 px")) == (r"(?P<n>\d+) px", ["1", "2"])


def test_a_fault_shows_when_it_is_used() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.match("")


def test_it_can_be_copied() -> None:
    assert copy.copy(regex("a+")).match("aa") is not None
