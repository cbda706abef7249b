"""What the shell completes beyond names: lists of words, paths of layers, keys. Nothing here may fail aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import click

from cnncalc.problem import Problems

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completion: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"


def listed(known: Iterable[str], signs: str = "", *, several: bool = True) -> Completion:
    """Complete a word of a list with commas, or a single one, that may begin with one of some signs."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, word = incomplete.rpartition(",") if several else ("", "", incomplete)
        sign = word[:1] if word[:1] and word[0] in signs else ""
        begun = f"{before}{comma}{sign}"
        return [CompletionItem(f"{begun}{name}") for name in known if name.startswith(word.removeprefix(sign))]

    return complete


def paths(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a path of the network that stands before it, level by level."""
    from click.shell_completion import CompletionItem

    from cnncalc.loading import load

    try:
        nodes = load(str(ctx.params.get("what"))).layers()
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
