"""Parts of a homework key: by which conventions its answers are counted."""

from __future__ import annotations

from typing import Annotated, Literal

from cnncalc.documents.placed import Placed, Whole, Word, switch


class Conventions(Placed):
    """How the answers are counted; what is missing is as the key above has it."""

    biases: Annotated[bool, switch("biases")] = True
    """params count biases"""
    rounding: Annotated[bool, switch("rounding")] = False
    """an answer may be rounded"""
    batchnorm: Annotated[Literal["learned", "all", "none"], Word] = "learned"
    """what of a batch norm counts as params: scale and shift, running means too, or nothing"""
    flops: Annotated[Literal["two", "one"], Word] = "two"
    """FLOPs of a multiply-add"""
    sizes: Annotated[Literal["floor", "strict"], Word] = "floor"
    """whether a window that does not fit is left out or refused"""
    activations: Annotated[Literal["stored", "all", "with_input"], Word] = "stored"
    """which volumes count as memory"""
    order: Annotated[Literal["hwc", "chw", "either"], Word] = "either"
    """order of a volume's numbers"""
    thousand: Annotated[Literal[1000, 1024], Whole] = 1000
    """what K stands for"""
    megabyte: Annotated[Literal[1000, 1024], Whole] = 1024
    """what a kilobyte is in bytes, and a megabyte in kilobytes"""
    bytes: Annotated[Literal[1, 2, 4, 8], Whole] = 4
    """bytes of a number"""
