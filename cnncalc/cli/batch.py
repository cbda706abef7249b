"""The options `--batch`, how many images at once, a number or a symbol for it, and `--dtype`."""

from __future__ import annotations

from typing import Any

import click

from cnncalc.network.report import DTYPE_BYTES
from cnncalc.numbers.arith import Number


class Batch(click.ParamType):  # type: ignore[type-arg]  # generic in its stubs only
    """A number of images, or a word such as N that stands for it."""

    name = "batch"
    numbers = click.IntRange(1, 10**9)

    def convert(self, value: Any, parameter: click.Parameter | None, ctx: click.Context | None) -> Number:
        if isinstance(value, str) and value.isidentifier():
            from cnncalc.numbers.symbolic import symbol

            return symbol(value)
        return self.numbers.convert(value, parameter, ctx)


dtype_option = click.option(
    "--dtype",
    type=click.Choice(tuple(DTYPE_BYTES)),
    default="float32",
    show_default=True,
    help="Number type for memory figures.",
)
"""The option of commands that report memory."""
