"""torchvision beside the CPU build of PyTorch: installed without its dependencies, its C++ operators are not loaded."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

KEPT: list[object] = []
"""Declarations of operators, which last as long as they are held."""


def torchvision_models() -> Any:
    """Return torchvision.models, or skip the module with the reason why it cannot be imported.

    torchvision registers shapes for two operators of its C++ library when it is imported, so they must be declared;
    no model of torchvision.models calls them.
    """
    torch = pytest.importorskip("torch")
    try:
        return import_module("torchvision.models")
    except ImportError as missing:
        pytest.skip(f"torchvision cannot be imported: {missing}", allow_module_level=True)
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        KEPT.append(library)
    try:
        return import_module("torchvision.models")
    except (ImportError, RuntimeError) as reason:
        pytest.skip(f"torchvision cannot be imported: {reason}", allow_module_level=True)
