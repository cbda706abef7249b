"""`cnncalc lsp`: the language server."""

from __future__ import annotations

import click

import cnncalc

EPILOG = """
\b
Editors start it themselves; `cnncalc docs editors` says how to set up VS
Code, Neovim and Helix. It needs
  pip install ".[lsp]"
"""


@click.command("lsp", short_help="Run the language server for editors.", epilog=EPILOG)
def command() -> None:
    """Run the language server over standard input and output.

    It reports problems while you type, shows the shape, params and MACs after each line, evaluates formulas, offers
    fixes and completions, and finds definitions.
    """
    cnncalc.serve()
