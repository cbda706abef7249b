"""The memory of training as tables and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.network.memory import Memory, Moment
from cnncalc.problem import listed
from cnncalc.render.numbers import percent, short_bytes
from cnncalc.render.table import BOLD, CYAN, DIM, PLAIN, YELLOW, Column, Data, Note, Row, Table

if TYPE_CHECKING:
    from cnncalc.documents import memory as documents

NOT_INCLUDED = (
    "not included: the CUDA context (0.3 to 0.6 GiB), workspaces of cuDNN, one or two of cuBLAS (8 or 32 MiB each), "
    "rounding by the allocator"
)
"""Sources: PyTorch's pull request 86509 and issues 107667 and 109888; ATen's CublasHandlePool.cpp."""


def tables(found: Memory) -> Iterator[Table]:
    """Yield the totals, what is alive at the peak, and what would lower it."""
    options = found.options
    words = [f"batch {options.batch:,}", *([] if options.inference else [options.optimizer]), options.dtype]
    words += [f"{options.amp} autocast"] if options.amp else []
    words += ["channels last"] if options.channels_last else []
    words += ["in place"] if options.inplace else []
    words += [f"checkpointed: {', '.join(options.checkpoint)}"] if options.checkpoint else []
    words += [f"frozen: {', '.join(options.freeze)}"] if options.freeze else []
    words += ["gradients accumulated"] if options.grad_accumulation else []
    title = found.network.title or found.network.name
    rows = [Row((name, short_bytes(size), f"{size:,}"), styles={2: DIM}) for name, size in _amounts(found)]
    yield Table(
        f"{title}, memory of {'inference' if options.inference else 'training'}: {', '.join(words)}",
        (Column("", style=CYAN), Column("size", right=True), Column("bytes", right=True)),
        rows,
        [Row(("peak", short_bytes(found.peak_bytes), f"{found.peak_bytes:,}"), BOLD)],
        [*_notes(found)],
        label=found.network.name,
        data=partial(_data, found),
    )
    yield Table(
        f"alive at the peak, {_moment(found.peak)}",
        (Column("what", style=CYAN), Column("layer"), Column("size", right=True), Column("share", right=True)),
        [
            Row((part.what, part.path, short_bytes(part.size), percent(part.size / found.peak_bytes)))
            for part in found.parts
        ],
        level=2,
    )
    if found.savings:
        yield Table(
            "what would lower the peak",
            (Column("change", style=CYAN), Column("saves", right=True), Column("share", right=True)),
            [Row((what, short_bytes(size), percent(size / found.peak_bytes))) for what, size in found.savings],
            level=2,
        )


def _amounts(found: Memory) -> Iterator[tuple[str, int]]:
    yield "weights", found.weight_bytes
    if found.buffer_bytes:
        yield "buffers", found.buffer_bytes
    if not found.options.inference:
        yield "gradients of weights", found.gradient_bytes
    if found.optimizer_bytes:
        yield "optimizer state", found.optimizer_bytes
    yield "input", found.input_bytes
    if found.options.inference:
        yield "volumes at the peak", found.arena_bytes
    else:
        yield "kept for the backward pass", found.saved_bytes


def _moment(moment: Moment) -> str:
    """Say when a moment is: `backward pass of conv1`."""
    if moment.phase == "step":
        return "step of the optimizer"
    words = {"forward": "forward pass", "backward": "backward pass", "recompute": "second forward pass"}
    return f"{words[moment.phase]} of {moment.path}" if moment.phase in words else moment.phase


def _notes(found: Memory) -> Iterator[Note]:
    if found.capacity is not None and found.largest_batch is not None:
        room = short_bytes(found.capacity)
        if found.largest_batch:
            yield Note("largest batch", f"{found.largest_batch:,} in {room}", PLAIN)
        else:
            yield Note("largest batch", f"not even one image fits {room}", YELLOW)
    if found.unknown:
        kinds = listed(sorted({node.kind for node in found.unknown}))
        yield Note("at least", f"no rule says what {kinds} keeps: its part is missing", YELLOW)
    for node in found.network.layers():
        saves = node.layer.saves(*node.x) if node.path == found.peak.path and not found.options.inference else None
        if saves is None or not saves.about:
            continue
        words = f"{node.path} needs tensors for a while; peaks within {node.kind} differ by up to {saves.about} %"
        yield Note("about", words, YELLOW)
    yield Note("", NOT_INCLUDED)


def _data(found: Memory) -> Data:
    amounts = [(name, "", size) for name, size in (*_amounts(found), ("peak", found.peak_bytes))]
    moments = [(moment.phase, moment.path, moment.live) for moment in found.moments]
    return ("what", "layer", "bytes"), [*amounts, *moments]


def timeline(found: Memory) -> Table:
    """Return the moments of the iteration, one a row."""
    return Table(
        "",
        (Column("phase"), Column("layer"), Column("live bytes", right=True)),
        [Row((moment.phase, moment.path, str(moment.live))) for moment in found.moments],
        data=lambda: (("phase", "layer", "live_bytes"), [tuple(moment) for moment in found.moments]),
    )


def document(found: Memory) -> documents.Memory:
    """Return the memory as a document."""
    from cnncalc.documents.memory import Memory as Model

    options = found.options
    return Model.model_validate(
        {
            "name": found.network.name,
            "batch": options.batch,
            "optimizer": options.optimizer,
            "dtype": options.dtype,
            "amp": options.amp,
            "channels_last": options.channels_last,
            "device": options.device,
            "inference": options.inference,
            "inplace": options.inplace,
            "checkpoint": list(options.checkpoint),
            "freeze": list(options.freeze),
            "weight_bytes": found.weight_bytes,
            "buffer_bytes": found.buffer_bytes,
            "gradient_bytes": found.gradient_bytes,
            "optimizer_bytes": found.optimizer_bytes,
            "input_bytes": found.input_bytes,
            "saved_bytes": found.saved_bytes,
            "arena_bytes": found.arena_bytes,
            "peak_bytes": found.peak_bytes,
            "peak_at": _document_of(found.peak),
            "alive": [{"what": part.what, "path": part.path, "bytes": part.size} for part in found.parts],
            "unknown": [node.path for node in found.unknown],
            "capacity_bytes": found.capacity,
            "largest_batch": found.largest_batch,
            "savings": [{"what": what, "bytes": size} for what, size in found.savings],
            "moments": [_document_of(moment) for moment in found.moments],
        }
    )


def _document_of(moment: Moment) -> dict[str, object]:
    return {"phase": moment.phase, "path": moment.path, "live_bytes": moment.live}
