"""What the shell completes: networks, words of lists, vars, paths of layers, keys; a failure prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import click

from cnncalc.problem import Problems

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completion: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"
Words: TypeAlias = "Iterable[str] | Callable[[click.Context], Iterable[str]]"


def networks(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a name of the library from the rows that are kept, without reading a spec; else a file."""
    from click.shell_completion import CompletionItem

    from cnncalc.comparison.catalogue import Shelf

    try:
        names = Shelf().names()
    except Problems:
        names = []
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def listed(known: Words, signs: str = "", *, several: bool = True, end: str = "") -> Completion:
    """Complete a word of a list with commas, or a single one, that may begin with one of some signs.

    Words that take long to import are given as a function of the context. `end` is what follows each word.
    """

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, word = incomplete.rpartition(",") if several else ("", "", incomplete)
        sign = word[:1] if word[:1] and word[0] in signs else ""
        begun, taken = f"{before}{comma}{sign}", before.split(",")
        words = known(ctx) if callable(known) else known
        fitting = (name for name in words if name.startswith(word.removeprefix(sign)) and name not in taken)
        return [CompletionItem(f"{begun}{name}{end}") for name in fitting]

    return complete


def _what(ctx: click.Context) -> str:
    """Return the network that stands on the command line already."""
    what = ctx.params.get("what") or ctx.args  # click gives no argument its place while an option lacks its value
    return what if isinstance(what, str) else next(iter(what), "")


def variables(ctx: click.Context) -> list[str]:
    """Return the vars of the network that stands on the command line: its spec alone is read."""
    from cnncalc.loading.find import find

    try:
        return [*find(_what(ctx), None)[0].vars]
    except Problems:
        return []


settings = listed(variables, several=False, end="=")
"""Complete the name of a var to set."""


def paths(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a path of the network that stands before it, level by level."""
    from click.shell_completion import CompletionItem

    from cnncalc.loading import load

    try:
        nodes = load(_what(ctx)).layers()
    except Problems:
        return []
    depth = incomplete.count(".") + 1
    found = dict.fromkeys(".".join(node.path.split(".")[:depth]) for node in nodes)
    return [CompletionItem(path) for path in found if path.startswith(incomplete)]


def keys(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the keys of homework that come with the program, else files."""
    from click.shell_completion import CompletionItem

    from cnncalc.homework.key import shipped

    found = [CompletionItem(name) for name in shipped() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]
