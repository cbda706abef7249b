"""docs/library.md is what the library is."""

from __future__ import annotations

from pathlib import Path

from cnncalc.render.library import page

DOCS = Path(__file__).parent.parent.parent / "docs" / "library.md"


def test_the_page_is_up_to_date() -> None:
    """python -m cnncalc.render.library > docs/library.md"""
    assert DOCS.read_text("utf-8") == page()
