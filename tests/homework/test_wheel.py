"""Wheels of what is installed, by which Gradescope's autograder is installed without a network."""

import importlib.metadata

import pytest

from cnncalc.grading.reports.wheel import tag, wheel


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("py3-none-any",), "py3-none-any"),
        (("py2-none-any", "py3-none-any"), "py2.py3-none-any"),  # openpyxl, et-xmlfile
        (
            ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"),
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        ),
        ((), "py3-none-any"),
    ],
)
def test_the_tags_stand_in_the_name(lines: tuple[str, ...], expected: str) -> None:
    text = "Wheel-Version: 1.0\n" + "".join(f"Tag: {line}\n" for line in lines)
    assert tag(text.encode()) == expected


def test_a_wheel_has_a_name_that_pip_takes() -> None:
    version = importlib.metadata.version("click")
    name, data = wheel("click")
    assert name == f"click-{version}-py3-none-any.whl"
    assert data[:2] == b"PK"
