"""The formats of other tools: how each is recognised, and the module that reads it into a Graph.

A reader is a file here with `read(request) -> Graph`, which raises NotRead with everything that it cannot express, and
a line in `READERS`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from cnncalc.exchange.graph import Graph, NotRead
from cnncalc.files import SIZE_LIMIT, read_regular
from cnncalc.problem import Problem, Source, quoted
from cnncalc.shape import Shape
from cnncalc.spec.text import read_bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read: a file, `module:name`, or the bytes of a pipe, and what was given with it."""

    name: str  # as the user named it: `yolov3.cfg`, `net.py:Net`, `<stdin>`
    data: bytes | None = None  # the whole content, where it was read already
    input: str | None = None  # the shape of the input, such as `224x224x3` or `left=64x64x3 right=64x64x3`
    kwargs: Mapping[str, Any] = field(default_factory=dict)  # arguments of a module's constructor
    variant: str = ""  # the scale of a family: the m of `yolov8.yaml:m`

    @property
    def source(self) -> str:
        """What was read, as a spec says it: without folders, which differ by machine."""
        return os.path.basename(self.name)

    @property
    def stem(self) -> str:
        """The name of the network, where the source does not have one."""
        name = re.sub(r"\.\w+$", "", self.source)
        return re.sub(r"[^\w.+-]+", "_", name).strip("_.-") or "network"

    def text(self) -> Source:
        """Return the content as text; raises NotRead where it is none."""
        data = read_regular(self.name, SIZE_LIMIT + 1) if self.data is None else self.data
        source, problems = read_bytes(self.name, data)
        if source is None:
            raise NotRead(problems)
        return source

    def shapes(self, *, needed: bool) -> dict[str, Shape]:
        """Return the given shapes of inputs by name, one without a name under `input`.

        A reader gets numbers only: symbols such as `HxWx3` are for the spec that it makes. Raises NotRead for them
        where the source has no shape of its own, so that one is needed.
        """
        found: dict[str, Shape] = {}
        for part in (self.input or "").replace("×", "x").split():
            name, equals, shape = part.rpartition("=")
            if not re.fullmatch(r"[1-9]\d{0,17}(x[1-9]\d{0,17})*", shape):
                if not needed:
                    return {}
                message = f"--input {quoted(part)} is no shape in numbers"
                raise NotRead([Problem("E105", message, None, "as in 224x224x3, or left=64x64x3 right=64x64x3")])
            *sides, channels = map(int, shape.split("x"))
            found[name if equals else "input"] = Shape(tuple(sides), channels)
        return found


class Reader(NamedTuple):
    """One format: what it is, the module here that reads it, and by what it is recognised."""

    what: str
    module: str | None = None  # None where it is recognised and not read
    endings: tuple[str, ...] = ()
    text: re.Pattern[str] | None = None  # found in its texts
    data: Callable[[bytes], bool] | None = None  # whether its files begin so
    names: re.Pattern[str] | None = None  # matches the names of what is no file
    variants: bool = False  # whether one file has several networks
    weights: bool = False  # whether its files hold tensors, and no network

    def read(self, request: Request) -> Graph:
        """Read the network; raises NotRead."""
        graph: Graph = import_module(f"cnncalc.exchange.readers.{self.module}").read(request)
        return graph.finished()


def _is_onnx(head: bytes) -> bool:
    start = head[:200]
    return head[:1] == b"\x08" and (b"onnx" in start.lower() or b"pytorch" in start or b":" in start)


def _is_program(head: bytes) -> bool:
    return head[:4] == b"PK\x03\x04" and (
        b"/data/weights/" in head[:300] or b"serialized_exported_program.json" in head
    )


READERS = (
    Reader(
        "a network definition of Darknet",
        "darknet",
        (".cfg",),
        text=re.compile(r"^[ \t]*+\[(?:net|network|convolutional)\]", re.MULTILINE),
    ),
    Reader(
        "a network definition of Caffe",
        "caffe",
        (".prototxt",),
        text=re.compile(r"^[ \t]*+layers?[ \t]*+\{", re.MULTILINE),
    ),
    Reader(
        "a model that Keras wrote as JSON",
        "keras_model",
        text=re.compile(r'\A\s*\{(?=.*"class_name")(?=.*"config")', re.DOTALL),
    ),
    Reader(
        "a model of Ultralytics' YOLO",
        "yolo",
        text=re.compile(r"\A(?=.*^backbone:)(?=.*^(?:head|neck):)", re.DOTALL | re.MULTILINE),
        variants=True,
    ),
    Reader(
        "a Python program",
        text=re.compile(r"^(?:import|from) [\w.]+|^(?:class|def) \w+.*:[ \t]*$|^\w+\s*=\s*nn\.", re.MULTILINE),
    ),
    Reader("a model or weights in HDF5, as Keras saves them", data=lambda head: head.startswith(b"\x89HDF\r\n")),
    Reader(
        "a program that PyTorch exported",
        "exported",
        endings=(".pt2",),
        data=_is_program,
    ),
    Reader(
        "a model that Keras saved",
        "keras_model",
        endings=(".keras",),
        data=lambda head: head.startswith(b"PK\x03\x04") and b"config.json" in head[:2000],
    ),
    Reader(
        "weights that PyTorch saved",
        endings=(".pt", ".pth"),
        weights=True,
        data=lambda head: head.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")),
    ),
    Reader(
        "weights in safetensors",
        endings=(".safetensors",),
        weights=True,
        data=lambda head: head[8:10] == b'{"' and b'"dtype"' in head,
    ),
    Reader("a model of TensorFlow Lite", data=lambda head: head[4:8] == b"TFL3"),
    Reader("an ONNX model", "onnx_model", endings=(".onnx",), data=_is_onnx),
    Reader("a PyTorch module", "modules", names=re.compile(r"(?:[\w.]+|.*\.py):[A-Za-z_][\w.]*")),
)
"""Every format, in the order in which contents are compared with them."""

LOOKED_AT = 100_000
"""Characters, or bytes, by which a content is recognised."""


def of_text(text: str) -> Reader | None:
    """Return the format of a text; None when it is not recognised."""
    head = text[:LOOKED_AT]
    return next((reader for reader in READERS if reader.text and reader.text.search(head)), None)


def of_bytes(data: bytes) -> Reader | None:
    """Return the format of a binary file; None when it is not recognised."""
    head = data[:LOOKED_AT]
    return next((reader for reader in READERS if reader.data and reader.data(head)), None)


def of_ending(name: str) -> Reader | None:
    """Return the format that the ending of a file's name stands for; None when it stands for none."""
    ending = os.path.splitext(name)[1].lower()
    return next((reader for reader in READERS if ending in reader.endings), None)


def of_name(name: str) -> Reader | None:
    """Return the reader of what is no file, such as `net.py:Net`; None when no reader has such names."""
    return next((reader for reader in READERS if reader.names and reader.names.fullmatch(name)), None)
