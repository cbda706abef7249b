"""The word at the cursor, its step, and the enclosing block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnncalc.linter.mentions import parts_of
from cnncalc.problem import index_of
from cnncalc.spec.chain import MERGES, Again, Argument, Call, Check, MergeWith, Step, Use
from cnncalc.spec.model import Block, Chain, Formula, LongForm, Spec
from cnncalc.spec.tree import Scalar


class Under(NamedTuple):
    """The word at an index of the source, and its context; None where it has none."""

    word: str
    start: int
    end: int
    block: Block | None = None
    scalar: Scalar | None = None
    step: Step | None = None
    argument: Argument | None = None
    form: LongForm | None = None

    @property
    def is_head(self) -> bool:
        """Whether it is the name of a kind or block at the head of a call."""
        return isinstance(self.step, Call) and self.argument is None and self.word == self.step.name

    @property
    def is_result(self) -> bool:
        """Whether it is the name of an earlier result."""
        return isinstance(self.step, (Use, Again, MergeWith)) and self.word not in ("use", "again", *MERGES)


def under(spec: Spec, text: str, index: int) -> Under:
    """Return the word at an index, with its context."""
    word, start, end = word_at(text, index)
    for block, part in _parts(spec):
        if isinstance(part, Chain) and _holds(part.text, index):
            step = _step_at(part, index)
            argument = None
            for each in step.arguments if isinstance(step, Call) else ():
                first, last = span(part.text, each.name_start, each.value.start + each.value.length)
                argument = each if first <= index <= last else argument
            return Under(word, start, end, block, part.text, step, argument)
        if isinstance(part, LongForm):
            values = [value.text for _, value in part.values if isinstance(value, Formula)]
            if any(_holds(scalar, index) for scalar in (part.kind, *(key for key, _ in part.values), *values)):
                return Under(word, start, end, block, form=part)
        if isinstance(part, Formula) and _holds(part.text, index):
            return Under(word, start, end, block, part.text)
    for block in spec.blocks.values():
        if _holds(block.header, index):
            return Under(word, start, end, block, block.header)
    return Under(word, start, end)


def word_at(text: str, index: int) -> tuple[str, int, int]:
    """Return the word at an index, and its bounds; a word may begin with a digit (3a)."""
    start = end = index
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[start:end], start, end


def span(scalar: Scalar, start: int, end: int) -> tuple[int, int]:
    """Return the range of characters of a scalar in the source."""
    return index_of(scalar.place(start, 1)), index_of(scalar.place(max(start, end - 1), 1)) + 1


def _parts(spec: Spec) -> Iterator[tuple[Block | None, Any]]:
    for part in parts_of(spec.layers):
        yield None, part
    for block in spec.blocks.values():
        for part in parts_of(block.body):
            yield block, part
    values = (given for _, given in spec.vars.values())
    others = (given for variant in spec.variants.values() for given in variant.values.values())
    for part in parts_of((*values, *others)):
        yield None, part


def _holds(scalar: Scalar, index: int) -> bool:
    return scalar.start <= index <= scalar.end


def _step_at(chain: Chain, index: int) -> Step | None:
    """Return the innermost step of a chain at an index."""
    found: Step | None = None
    for part in parts_of(chain.steps):
        if isinstance(part, (Call, Check, Use, Again, MergeWith)):
            first, last = span(chain.text, part.start, part.start + part.length)
            if first <= index <= last:
                found = part
    return found
