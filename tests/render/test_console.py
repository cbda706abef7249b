"""What a terminal shows: pages with links, and a pager for those that are longer than the screen."""

from __future__ import annotations

import io
import os
import sys

import pytest

from cnncalc.cli import output
from cnncalc.render.console import with_papers


def test_numbers_of_papers_are_links_outside_of_code() -> None:
    page = "see arXiv:1603.07285, `arXiv:1603.07285` and\n```\narXiv:1603.07285\n```\n[arXiv:1603.07285](b)"
    linked = "[arXiv:1603.07285](https://arxiv.org/abs/1603.07285)"
    assert with_papers(page) == page.replace("arXiv:1603.07285", linked, 1)


@pytest.mark.parametrize(("lines", "paged"), [(5, False), (200, True)])
def test_only_a_long_page_goes_through_a_pager(monkeypatch: pytest.MonkeyPatch, lines: int, paged: bool) -> None:
    screen, pager = io.StringIO(), []
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 40)))
    monkeypatch.setattr("click.echo_via_pager", pager.append)
    output.write_page("\n\n".join(f"line {number}" for number in range(lines // 2)))
    assert (len(pager), "line 1" in screen.getvalue()) == (int(paged), not paged)
