"""The writer of ONNX models: each layer as PyTorch builds it, operation by operation, with PyTorch's shapes.

A layer's `build` is recorded, as for PyTorch's source, and what it asks of PyTorch becomes operators of ONNX. So a new
kind is written as soon as its `build` uses what others use. Recurrent and deformable layers have their own operators.
"""

from __future__ import annotations

from typing import Any

from cnncalc.exchange.trained import trained
from cnncalc.exchange.writers import NotWritten, Written
from cnncalc.exchange.writers.onnx_graph import ModelGraph
from cnncalc.exchange.writers.onnx_operators import OPERATORS
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer, Problem

LARGEST = 2**31 - 1
"""Bytes of a protobuf message."""


def write(network: Network, weights: str | None) -> Written:
    """Return the model. Raises NotWritten for a layer without operators, NoAnswer for weights."""
    onnx = package()
    if (size := 4 * network.report().totals.params) > LARGEST:
        message = f"its weights have {size:,} bytes, and an ONNX file at most {LARGEST:,}"
        raise NotWritten([Problem("E126", f"{network.name}: {message}")])
    tensors = trained(network, weights)
    return Written(ModelGraph(onnx, network, tensors, OPERATORS).data(), notes=() if weights else (tensors.note,))


def package() -> Any:
    """Return the package onnx; raises NoAnswer where it is not installed."""
    try:
        import onnx
    except ImportError:
        hint = 'pip install "cnncalc[onnx]"'
        raise NoAnswer([Problem("E121", "writing ONNX needs the package onnx", None, hint)]) from None
    return onnx
