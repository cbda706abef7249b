"""Records take exactly their fields."""

from __future__ import annotations

from functools import cached_property

import pytest

from cnncalc.record import Record


class Point(Record):
    x: int
    y: int
    name: str = ""

    @cached_property
    def total(self) -> int:
        return self.x + self.y


class Pixel(Point):
    colour: str = "red"


def test_fields_in_order_or_by_name() -> None:
    assert Point(1, 2) == Point(1, y=2) == Point(y=2, x=1, name="")
    assert Point(1, 2).name == ""
    assert Point(1, 2) != Pixel(1, 2)
    assert repr(Pixel(1, 2, colour="blue")) == "Pixel(x=1, y=2, name='', colour='blue')"


def test_what_was_computed_of_a_record_is_none_of_its_fields() -> None:
    point = Point(1, 2)
    assert point.total == 3
    assert point == Point(1, 2)


@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "Point was given no x, y"),
        ((1,), {}, "Point was given no y"),
        ((1,), {"name": "a"}, "Point was given no y"),
        ((1, 2, "a", 4), {}, "Point has 3 fields, and 4 values were given"),
        ((1, 2), {"nam": "a"}, "Point has no field nam: there are x, y, name"),
        ((1, 2), {"x": 3}, "Point was given x twice"),
    ],
)
def test_other_fields_are_refused(values: tuple[object, ...], named: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError) as raised:
        Point(*values, **named)
    assert str(raised.value) == message
