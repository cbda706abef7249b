"""Small PyTorch modules that several kinds build; torch is a parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.layers.base import Layer
from cnncalc.shape import Shape


def function(torch: Any, layer: Layer, forward: Callable[..., Any]) -> Any:
    """Return a module named after the layer that calls `forward(module, *inputs)`."""
    return type(type(layer).__name__, (torch.nn.Module,), {"forward": forward})()


def learned(torch: Any, layer: Layer, x: Shape, forward: Callable[..., Any]) -> Any:
    """Return such a module with the trainable tensors of the layer, randomly initialised."""
    module = function(torch, layer, forward)
    for name, shape in layer.weights(x).items():
        module.register_parameter(name, torch.nn.Parameter(0.01 * torch.randn(shape)))
    return module


def position_wise(module: Any) -> Any:
    """Make a module that works on the last dimension work on the channels of N x C x sides."""
    module.register_forward_pre_hook(lambda _, inputs: (inputs[0].movedim(1, -1),))
    module.register_forward_hook(lambda _, inputs, y: y.movedim(-1, 1))
    return module


def padded(
    torch: Any, module: Any, pads: Sequence[tuple[int, int]], mode: str = "zeros", value: float | None = None
) -> Any:
    """Make a module pad its input first, (before, after) per dimension."""
    flat, how = torch_pads(pads), "constant" if mode == "zeros" else mode
    module.register_forward_pre_hook(lambda _, inputs: (torch.nn.functional.pad(inputs[0], flat, how, value),))
    return module


def cropped(torch: Any, module: Any, ends: Sequence[int]) -> Any:
    """Make a module remove the end of its output, so many positions per dimension."""
    flat = torch_pads([(0, -end) for end in ends])
    module.register_forward_hook(lambda _, inputs, y: torch.nn.functional.pad(y, flat))
    return module


def torch_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Return padding in the order of torch.nn.functional.pad: the last dimension first."""
    return [end for pair in reversed(pads) for end in pair]
