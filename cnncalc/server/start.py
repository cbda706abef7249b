"""The start of the language server, where pygls is installed."""

from __future__ import annotations

from importlib.util import find_spec

from cnncalc.problem import NoAnswer, Problem


def serve() -> None:
    """Run the language server over standard input and output until the editor ends it.

    Raises NoAnswer (E121) without pygls.
    """
    if find_spec("pygls") is None:
        hint = 'pip install ".[lsp]"'
        raise NoAnswer([Problem("E121", "the language server needs pygls, which is not installed", None, hint)])
    from cnncalc.server.app import server

    server().start_io()
