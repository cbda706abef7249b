"""torchvision beside the CPU build of PyTorch: installed without its dependencies, its C++ operators are not loaded."""

from __future__ import annotations

from types import ModuleType

import pytest


def torchvision_models() -> ModuleType:
    """Return torchvision.models, or skip with the reason why it cannot be imported.

    torchvision registers shapes for two operators of its C++ library when it is imported, so they must be declared;
    no model of torchvision.models calls them.
    """
    torch = pytest.importorskip("torch")
    try:
        import torchvision.models
    except ImportError as missing:
        pytest.skip(f"torchvision cannot be imported: {missing}", allow_module_level=True)
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        KEPT.append(library)  # operators live as long as it does
        try:
            import torchvision.models
        except (ImportError, RuntimeError) as reason:
            pytest.skip(f"torchvision cannot be imported: {reason}", allow_module_level=True)
    return torchvision.models


KEPT: list[object] = []
