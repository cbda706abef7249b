"""`cnncalc docs`: the pages of the documentation, as they come with the program."""

from __future__ import annotations

from pathlib import Path

import click

import cnncalc
from cnncalc.cli import complete
from cnncalc.cli.output import write, write_page
from cnncalc.problem import did_you_mean, quoted

EPILOG = """
\b
Examples:
  cnncalc docs
  cnncalc docs language
  cnncalc docs language | less
"""


def pages() -> dict[str, Path]:
    """Return the file of each page: inside the installed package, or beside it in a checkout."""
    here = Path(cnncalc.__file__).parent
    inside = here / "docs"
    return {path.stem: path for path in sorted((inside if inside.is_dir() else here.parent / "docs").glob("*.md"))}


@click.command("docs", short_help="Read the documentation.", epilog=EPILOG)
@click.argument("page", required=False, shell_complete=complete.listed(lambda _: pages(), several=False))
@click.option("-o", "--out", metavar="FILE", type=click.Path(), help="Write to a file.")
def command(page: str | None, out: str | None) -> None:
    """List the pages of the documentation, or print PAGE, which is Markdown."""
    known = pages()
    if page is None:
        titles = {name: path.open(encoding="utf-8").readline().strip("# \n") for name, path in known.items()}
        write("\n".join(f"{name:10} {title}" for name, title in titles.items()), out)
        return
    name = page.removeprefix("docs/").removesuffix(".md")
    if name not in known:
        hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
        raise click.UsageError(f"there is no page {quoted(page)}: {hint}")
    write_page(known[name].read_text("utf-8").rstrip("\n"), out)
