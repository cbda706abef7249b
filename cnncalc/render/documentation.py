"""The pages of the documentation, as they come with the program: Markdown."""

from __future__ import annotations

from pathlib import Path

import cnncalc
from cnncalc.problem import did_you_mean, quoted


def documentation(page: str | None = None) -> str:
    """Return a page of the documentation, such as `language`, as Markdown; without a name, the list of all pages.

    Raises KeyError for an unknown page; it names the nearest ones.
    """
    known = pages()
    if page is None:
        titles = {name: path.read_text("utf-8").partition("\n")[0].strip("# ") for name, path in known.items()}
        return "\n".join(f"{name:10} {title}" for name, title in titles.items())
    name = page.removeprefix("docs/").removeprefix("guides/").removesuffix(".md")
    if name not in known:
        hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
        raise KeyError(f"there is no page {quoted(page)}: {hint}")
    return known[name].read_text("utf-8").rstrip("\n")


def pages() -> dict[str, Path]:
    """Return the file of each page: inside the installed package, or beside it in a checkout."""
    here = Path(cnncalc.__file__).parent
    inside = here / "docs"
    folder = inside if inside.is_dir() else here.parent / "docs"
    return {path.stem: path for path in (*sorted(folder.glob("*.md")), *sorted(folder.glob("guides/*.md")))}
