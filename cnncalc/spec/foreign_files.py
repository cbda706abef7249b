"""Files of other tools, recognised by what they hold, and what can be done with them."""

from __future__ import annotations

import re

_TEXTS = (
    ("a network definition of Darknet", re.compile(r"^[ \t]*+\[(?:net|network|convolutional)\]", re.MULTILINE)),
    ("a network definition of Caffe", re.compile(r"^[ \t]*+layers?[ \t]*+\{", re.MULTILINE)),
    ("a model that Keras wrote as JSON", re.compile(r'\A\s*\{(?=.*"class_name")(?=.*"config")', re.DOTALL)),
    ("a model of Ultralytics' YOLO", re.compile(r"\A(?=.*^backbone:)(?=.*^(?:head|neck):)", re.DOTALL | re.MULTILINE)),
    (
        "a Python program",
        re.compile(r"^(?:import|from) [\w.]+|^(?:class|def) \w+.*:[ \t]*$|^\w+\s*=\s*nn\.", re.MULTILINE),
    ),
)
_LOOKED_AT = 100_000
"""Characters, or bytes, that are looked at."""


def foreign_text(text: str) -> str | None:
    """Describe the text of another tool; None when it is not recognised."""
    head = text[:_LOOKED_AT]
    return next((what for what, sign in _TEXTS if sign.search(head)), None)


def foreign_bytes(data: bytes) -> str | None:
    """Describe a binary file of another tool; None when it is not recognised."""
    head = data[:_LOOKED_AT]
    if head.startswith(b"\x89HDF\r\n"):
        return "a model or weights in HDF5, as Keras saves them"
    if head.startswith(b"PK\x03\x04"):
        return "a model that Keras saved" if b"config.json" in head[:2000] else "weights that PyTorch saved"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "weights that PyTorch saved"
    if head[8:10] == b'{"' and b'"dtype"' in head:
        return "weights in safetensors"
    if head[4:8] == b"TFL3":
        return "a model of TensorFlow Lite"
    if head[:1] == b"\x08" and (b"onnx" in head[:200].lower() or b"pytorch" in head[:200] or b":" in head[:200]):
        return "an ONNX model"
    return None
