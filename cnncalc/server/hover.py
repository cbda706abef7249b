"""Hover texts: worked formulas of a layer, the page of a kind, a block, a value."""

from __future__ import annotations

from cnncalc.algebra.explain import Explanation
from cnncalc.expand.names import StepPlace
from cnncalc.layers import KINDS, SYNONYMS
from cnncalc.layers.base import Layer
from cnncalc.layers.meanings import meaning_of
from cnncalc.network.report import Row
from cnncalc.render.explain import text as worked
from cnncalc.render.page import kind_page
from cnncalc.server.cursor import Under
from cnncalc.server.document import Document
from cnncalc.server.names import loop_of
from cnncalc.spec.chain import Call
from cnncalc.spec.model import Block

WIDTH = 88


def hover(document: Document, under: Under) -> str | None:
    """Return the hover text of a word, in Markdown; None if there is none."""
    spec = document.spec
    if under.form is not None:
        kind = KINDS.get(under.form.kind.text) or SYNONYMS.get(under.form.kind.text)
        return (_field(kind, under.word) or kind_page(kind)) if kind else None
    kind = block = None
    if isinstance(under.step, Call):
        block = spec.blocks.get(under.step.name)
        kind = None if block else KINDS.get(under.step.name) or SYNONYMS.get(under.step.name)
    if kind is not None and under.argument is not None and (field := _field(kind, under.argument.field or "")):
        return _joined(field, _numbers(document, under))
    if kind is not None:
        return _numbers(document, under) or kind_page(kind)
    if block is not None and under.is_head:
        return _joined(_of_block(block), _calls(document, under))
    if under.word in spec.blocks:
        return _of_block(spec.blocks[under.word])
    if (loop := loop_of(spec, under)) is not None:
        return f"```yaml\nfor: {loop.entries.text.text}\n```"
    if under.word in spec.vars:
        name, _ = spec.vars[under.word]
        return f"```yaml\n{name.source.line(name.place().line).strip()}\n```"
    if under.step is not None:
        return _numbers(document, under)
    return None


def _joined(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)


def _field(kind: type[Layer], name: str) -> str | None:
    """Describe a field of a kind."""
    field = kind.fields.get(name)
    if field is None:
        return None
    meaning = meaning_of(kind, name)
    default = "must be given" if field.required else f"default {kind.default_text(name)}"
    return f"`{name}` of {kind.kind}: {meaning}; {field.type.meaning}; {default}"


def _of_block(block: Block) -> str:
    return f"```yaml\n{block.usage()}:\n```"


def _numbers(document: Document, under: Under) -> str | None:
    """Return the worked formulas of the layer of a step; of a block's step, in its first call."""
    rows = _rows(document, under)
    if not rows or document.report is None:
        return None
    text = worked(Explanation(document.report, tuple(rows[:1])), ascii_only=False, width=WIDTH)
    more = f"\n\n{len(rows) - 1:,} more from this step" if len(rows) > 1 else ""
    return f"```text\n{text}\n```{more}"


def _rows(document: Document, under: Under) -> list[Row]:
    if document.report is None or _is_broken(document, under):
        return []
    return [row for row in document.report.rows if _is(row.node.where, under)]


def _is_broken(document: Document, under: Under) -> bool:
    """Return whether the line of a word has a problem, so that its numbers are unknown."""
    return document.lines.position(under.start).line + 1 in document.broken


def _calls(document: Document, under: Under) -> str | None:
    """Describe the output, parameters and MACs of the first call of a block here."""
    if document.report is None or _is_broken(document, under):
        return None
    rows, first = [], None
    for row in document.report.rows:
        call = next((call for call in row.node.calls if _is(call.where, under)), None)
        if call is not None and (first is None or call is first):
            first = call
            rows.append(row)
    if not rows:
        return None
    params, macs = sum(row.params for row in rows), sum(row.macs for row in rows)
    entering = ", ".join(map(str, rows[0].input))
    return f"{entering} -> {rows[-1].output}, {len(rows)} layers, {params:,} params, {macs:,} MACs"


def _is(where: object, under: Under) -> bool:
    """Return whether a place is that of the step under the cursor, which may be of an equal text read earlier."""
    if not isinstance(where, StepPlace) or under.scalar is None or under.step is None:
        return False
    return where.text.start == under.scalar.start and where.step.start == under.step.start
