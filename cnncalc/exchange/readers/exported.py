"""Programs that `torch.export.save` writes (.pt2): a zip with the operators as JSON. Nothing in it is unpickled or run.

The operators are those of ATen. The ones that are known are called again, on tensors without values, by the reader of
PyTorch modules; so a program is read as its module would be.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.exchange.program import Name, Program, parsed
from cnncalc.exchange.readers import Request
from cnncalc.problem import Problem, did_you_mean, quoted
from cnncalc.shape import Shape

LARGEST = 64 << 20
"""Bytes of the JSON that are read; a ResNet-152 has one million."""
LARGEST_BUFFER = 16 << 20
"""Bytes of a tensor of whole numbers, such as the indices of relative positions."""
GRAPHS = ("models/model.json", "serialized_exported_program.json")
"""The files that hold the operators: since PyTorch 2.9, and before."""


def read(request: Request) -> Graph:
    """Return the graph of a program. Raises NotRead with every operator that is not known."""
    from cnncalc.live import pytorch

    pytorch("reading a program of torch.export")
    program = _program(request)
    from cnncalc.live.exported import KNOWN, read_program

    problems = []
    for step in program.steps:
        if step.target not in KNOWN:
            sizes = [program.sizes[name] for name in _names(step.args) if name in program.sizes]
            shapes = " and ".join("x".join(map(str, size)) for size in sizes) or "nothing"
            problems.append(Problem("E126", f"{step.path}: {step.target} of {shapes} is no operator that is read"))
    if problems:
        raise NotRead(problems)
    return read_program(program, _shapes(request, program), request.stem, request.source)


def _refusal(message: str, hint: str | None = None) -> NotRead:
    return NotRead([Problem("E126", message, None, hint)])


def _shapes(request: Request, program: Program) -> dict[str, Shape]:
    """Return the shapes of the inputs: those of the program, unless others are given."""
    given = request.shapes(needed=False)
    single = len(program.inputs) == 1
    for name in set(given) - {*program.inputs} - ({"input"} if single else set()):
        hint = did_you_mean(name, program.inputs)
        raise _refusal(f"{request.source} has no input {quoted(name)}", hint)
    found = {}
    for name, sizes in program.inputs.items():
        own = given.get(name) or (given.get("input") if single else None)
        if len(sizes) < 2 or len(sizes) > 5:
            text = "x".join(map(str, sizes)) or "a number"
            raise _refusal(f"the input {name} is {text}: images, channels and up to 3 spatial dimensions are read")
        found["input" if single else name] = own or Shape(tuple(sizes[2:]), sizes[1])
    return found


def _program(request: Request) -> Program:
    """Return the program of an archive; raises NotRead."""
    source = request.source
    try:
        with zipfile.ZipFile(request.name if request.data is None else io.BytesIO(request.data)) as archive:
            names = archive.namelist()
            found = [name for name in names if name.endswith(GRAPHS)]
            if len(found) != 1:
                what = "no program" if not found else f"{len(found)} programs, and one is read"
                raise _refusal(f"{source} is a zip with {what} of torch.export: it has {len(names):,} files")
            text = _content(archive, found[0], LARGEST)
            if text is None:
                raise _refusal(f"the program in {source} has more than {LARGEST >> 20} MiB")
            program = _parsed(source, text)
            _fill(archive, program, found[0].removesuffix(GRAPHS[0]))
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, NotImplementedError) as reason:
        raise _refusal(f"{source} cannot be read as a zip: {reason or type(reason).__name__}") from None
    return program


def _content(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """Return a file of an archive; None if it is larger: the size that the archive declares may be another."""
    with archive.open(name) as file:
        data = file.read(most + 1)
    return data if len(data) <= most else None


def _parsed(source: str, text: bytes) -> Program:
    try:
        found = json.loads(text)
        return parsed(found["graph_module"])
    except (ValueError, RecursionError):
        raise _refusal(f"the program in {source} is no JSON, or only a part of one") from None
    except (AttributeError, KeyError, IndexError, TypeError) as reason:
        what = f"{type(reason).__name__} {reason}"
        raise _refusal(f"the program in {source} is not laid out as PyTorch writes it: {what}") from None


def _fill(archive: zipfile.ZipFile, program: Program, folder: str) -> None:
    """Read the values of whole numbers, which say where values are taken from; others are not needed."""
    wanted = {t.name: t for t in program.tensors.values() if t.kind != "parameter" and "int" in t.dtype}
    for kind in ("weights", "constants"):
        config = f"{folder}data/{kind}/model_{kind}_config.json"
        if not wanted or config not in archive.namelist():
            continue
        text = _content(archive, config, LARGEST)
        entries = json.loads(text or b"{}").get("config", {})
        for name, entry in entries.items():
            file = f"{folder}data/{kind}/{entry.get('path_name')}"
            if name in wanted and not entry.get("use_pickle") and file in archive.namelist():
                wanted[name].values = _content(archive, file, LARGEST_BUFFER)


def _names(values: Sequence[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Name):
            yield value
        elif isinstance(value, list):
            yield from _names(value)
