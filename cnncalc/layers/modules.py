"""Small PyTorch modules that several kinds build; torch is handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.layers.base import Tensors


def function(torch: Any, forward: Callable[..., Any]) -> Any:
    """Return a module that calls `forward`."""
    module = torch.nn.Module()
    module.forward = forward
    return module


def learned(torch: Any, weights: Tensors, forward: Callable[..., Any], init: float = 0.01) -> Any:
    """Return a module that holds learned tensors, filled with `init`, and calls `forward`."""
    module = function(torch, forward)
    for name, shape in weights.items():
        module.register_parameter(name, torch.nn.Parameter(torch.full(shape, init)))
    return module


def position_wise(module: Any) -> Any:
    """Make a module that works on the last dimension work on channels, which stand second: N x C x sides."""
    module.register_forward_pre_hook(lambda _, inputs: (inputs[0].movedim(1, -1),))
    module.register_forward_hook(lambda _, inputs, y: y.movedim(-1, 1))
    return module


def padded(torch: Any, module: Any, pads: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """Make a module pad its input first, (before, after) a side."""
    cells = torch_pads(pads)
    module.register_forward_pre_hook(lambda _, inputs: (torch.nn.functional.pad(inputs[0], cells, value=value),))
    return module


def torch_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Return padding as torch.nn.functional.pad wants it: the last side first."""
    return [cells for pair in reversed(pads) for cells in pair]
