"""Functions of values: sums and products of two tensors, powers, reductions, softmax, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from cnncalc.exchange.tensors import Unreadable, View
from cnncalc.layers import KINDS
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.merge import Mul
from cnncalc.live.operands import Operands


def _binary(name: str, *, turned: bool = False) -> Callable[..., View]:
    def read(
        reader: Operands, input: Any, other: Any, *, alpha: float = 1, rounding_mode: Any = None, out: Any = None
    ) -> View:
        if rounding_mode is not None or out is not None:
            raise Unreadable("rounds" if rounding_mode else "writes into another tensor")
        if alpha != 1:
            if not (isinstance(other, torch.Tensor) and reader.is_data(other) and reader.is_data(input)):
                raise Unreadable(f"with alpha={alpha:g} is no layer kind")
            return reader.two(reader.view_of(input), reader.rescaled(reader.view_of(other), alpha), name)
        return reader.combine(other, input, name) if turned else reader.combine(input, other, name)

    return read


def _power(reader: Operands, input: Any, exponent: Any) -> View:
    kind = {2: "square", 0.5: "sqrt"}.get(exponent) if isinstance(exponent, (int, float)) else None
    if not reader.is_data(input) or kind is None:
        raise Unreadable(f"(to the power {exponent}) is no layer kind")
    return reader.volumes.each(reader.view_of(input), KINDS[kind])


def _addcmul(reader: Operands, input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> View:
    if value != 1:
        raise Unreadable(f"with value={value:g} is no layer kind")
    return reader.combine(input, _product_of(reader, tensor1, tensor2), "add")


def _product_of(reader: Operands, a: Any, b: Any) -> Any:
    """Return the product of two operands, of which one is data, as a tensor that is known."""
    view = reader.combine(a, b, "mul")
    made = torch.empty(view.shape, device="meta")
    reader.set_value(made, view)
    return made


def _negated(reader: Operands, input: Any) -> View:
    return reader.rescaled(reader.view_of(input), -1.0)


def _glu(reader: Operands, input: Any, dim: int = -1) -> View:
    view = reader.view_of(input)
    half = view.shape[dim] // 2
    gate = reader.volumes.each(reader.volumes.pick(view, dim, half, half), KINDS["sigmoid"])
    return reader.volumes.merge(Mul, [reader.volumes.pick(view, dim, 0, half), gate])


def _normalized(
    reader: Operands, input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None
) -> View:
    if p != int(p) or not isinstance(dim, int):
        raise Unreadable(f"by the norm {p} over {dim} is no layer kind")
    return reader.volumes.each(reader.view_of(input), KINDS["normalize"], dim=dim, norm=int(p), eps=eps)


def _reduce(how: str) -> Callable[..., Any]:
    def read(reader: Operands, input: Any, dim: Any = None, keepdim: bool = False, *rest: Any, **more: Any) -> Any:
        if isinstance(dim, torch.Tensor) or isinstance(input, (int, float)):
            return reader.combine(input, dim, {"max": "maximum"}[how])
        if "other" in more:
            return reader.combine(input, more["other"], "maximum")
        view = reader.view_of(input)
        dim = more.get("axis", dim)
        dims = list(range(len(view.dims))) if dim is None else [dim] if isinstance(dim, int) else list(dim)
        found = reader.volumes.reduce(view, dims, how, keep=keepdim)
        return [found, None] if len(reader.call.results) == 2 else found

    return read


def _softmax(kind: str) -> Callable[..., View]:
    def read(reader: Operands, input: Any, dim: Any = None, *rest: Any, **more: Any) -> View:
        if dim is None:
            raise Unreadable("without a dimension is no layer kind")
        return reader.volumes.along(reader.view_of(input), KINDS[kind], dim)

    return read


def _dropout(reader: Operands, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> View:
    view = reader.view_of(input)
    return reader.volumes.each(view, Dropout, rate=float(p)) if p else view


OPERATIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("add", "iadd", "radd"), _binary("add")),
    **dict.fromkeys(("sub", "subtract", "isub"), _binary("sub")),
    **dict.fromkeys(("mul", "multiply", "imul", "rmul"), _binary("mul")),
    **dict.fromkeys(("div", "divide", "true_divide", "truediv", "idiv", "itruediv"), _binary("divide")),
    **dict.fromkeys(("rdiv", "rtruediv"), _binary("divide", turned=True)),
    "rsub": _binary("sub", turned=True),
    "maximum": _binary("maximum"),
    "minimum": _binary("minimum"),
    "mean": _reduce("mean"),
    "sum": _reduce("sum"),
    **dict.fromkeys(("amax", "max"), _reduce("max")),
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout"), _dropout),
    "glu": _glu,
    "normalize": _normalized,
    **dict.fromkeys(("pow", "ipow"), _power),
    "addcmul": _addcmul,
    **dict.fromkeys(("neg", "negative"), _negated),
}
