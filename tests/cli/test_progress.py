"""The line that says how far a command is."""

from __future__ import annotations

import io
import re
from itertools import groupby
from types import SimpleNamespace

import pytest

from cnncalc.cli.progress import PATIENCE, Progress

Screen = io.StringIO


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal of 80 columns on standard error."""
    written = io.StringIO()
    monkeypatch.setattr(written, "isatty", lambda: True)
    monkeypatch.setattr("cnncalc.cli.progress.sys", SimpleNamespace(stderr=written))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    return written


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed."""
    now = [0.0]
    monkeypatch.setattr("cnncalc.cli.progress.time.monotonic", lambda: now[0])
    return now


def drawn(screen: Screen) -> list[str]:
    """Return the different lines that were drawn one over the other, without what moves the cursor."""
    lines = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", line).rstrip() for line in re.split("[\r\n]", screen.getvalue())]
    return [line for line, _ in groupby(filter(None, lines))]


def test_nothing_is_shown_before_the_delay(screen: Screen, clock: list[float]) -> None:
    with Progress(10) as bar:
        clock[0] = PATIENCE - 0.01
        bar.to(5, "half")
    assert screen.getvalue() == ""


def test_a_bar_with_the_time_that_is_left(screen: Screen, clock: list[float]) -> None:
    with Progress(1000) as bar:
        clock[0] = 65.0
        bar.to(500, "500 of 1,000 marked")
        bar.to(501, "too soon to draw again")
    assert drawn(screen) == ["━━━━━━━━━━━━━━━                 50% 1:05 left 500 of 1,000 marked"]
    assert screen.getvalue().endswith("\x1b[2K")  # the line is gone


def test_without_a_total_the_text_stands_alone(screen: Screen, clock: list[float]) -> None:
    with Progress() as bar:
        clock[0] = 3.0
        bar.to(1500, "1,500 tried")
        bar.hide()
        assert not bar.to(1501)
        clock[0] = 4.0
        bar.to(2000, "2,000 tried")
    assert drawn(screen) == ["1,500 tried", "2,000 tried"]


def test_a_long_text_is_cut_to_the_terminal_and_made_visible(screen: Screen, clock: list[float]) -> None:
    with Progress(2) as bar:
        clock[0] = 3.0
        bar.step("a\x1b[2Jb" + "c" * 200)
    (line,) = drawn(screen)
    assert (len(line), line[-2:]) == (80, "c…")
    assert "a·[2Jb" in line


def test_items_are_steps(screen: Screen, clock: list[float]) -> None:
    with Progress(2) as bar:
        for item in bar.over("ab", lambda item: f"checked {item}"):
            assert bar.text == ("" if item == "a" else "checked a")
            clock[0] += 3
    assert (bar.done, bar.text) == (2, "checked b")


def test_a_terminal_that_cannot_go_back_shows_none(
    screen: Screen, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with Progress(2) as bar:
        clock[0] = 3.0
        bar.step("one")
    assert (bar.watched, screen.getvalue()) == (False, "")


def test_what_goes_elsewhere_than_to_a_terminal_has_none(
    screen: Screen, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "isatty", lambda: False)
    with Progress(2) as bar:
        clock[0] = 3.0
        bar.step("one")
    assert screen.getvalue() == ""
