"""Weights that are computed from others: standardised, weight normalisation, spectral normalisation."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.layers.base import Refusal, Tensors
from cnncalc.layers.saves import Extra
from cnncalc.numbers.arith import Number, product


def made_of(tensors: Tensors, how: str) -> Tensors:
    """Return what is learned in place of a weight, in PyTorch's order and by its names."""
    weight = tensors["weight"]
    others = {name: shape for name, shape in tensors.items() if name != "weight"}
    gain = (weight[0], *[1] * (len(weight) - 1))
    match how:
        case "scaled_standardize":
            return {**tensors, "gain": gain}
        case "weight_norm":
            return {**others, "parametrizations.weight.original0": gain, "parametrizations.weight.original1": weight}
        case "spectral_norm":
            return {**others, "parametrizations.weight.original": weight}
    return tensors


PLAIN_NAMES = {
    "parametrizations.weight.original": "weight",
    "parametrizations.weight.original0": "gain",
    "parametrizations.weight.original1": "weight",
}


def named_plainly(tensors: Tensors) -> Tensors:
    """Return tensors by the names that they have without PyTorch's parametrizations, the weight first."""
    named = {PLAIN_NAMES.get(name, name): shape for name, shape in tensors.items()}
    return {"weight": named["weight"], **named} if "weight" in named else named


def kept_with(weight: tuple[Number, ...], how: str, out: int = 0) -> Tensors:
    """Return the vectors that spectral normalisation keeps; `out` is the dimension of the outputs."""
    if how != "spectral_norm":
        return {}
    rest = product((*weight[:out], *weight[out + 1 :]))
    return {"parametrizations.weight.0._u": (weight[out],), "parametrizations.weight.0._v": (rest,)}


def kept_of(weight: tuple[Number, ...], how: str, out: int = 0) -> tuple[Extra, Extra]:
    """Return the computed weight, and the numbers that computing it keeps for the backward pass."""
    whole, rest = product(weight), product((*weight[:out], *weight[out + 1 :]))
    kept: dict[str, Number] = {
        "weight_norm": weight[0],  # the lengths of the filters
        "spectral_norm": weight[out] + rest + 1,  # copies of both vectors, and the norm
        "standardize": whole + weight[0],  # what is without its mean, and the factors
        "scaled_standardize": 2 * whole + weight[0],
    }
    computed = Extra(whole if how in kept else 0, type="uncast", once=True)
    return computed, Extra(kept.get(how, 0), type="float32", once=True)


def single_refused(kind: str, weight: tuple[Number, ...], how: str) -> Iterator[Refusal]:
    """Yield a refusal of filters of one weight, which standardised is 0."""
    if how in STANDARDISED and product(weight[1:]) == 1:
        reason = f"filters of {kind} with 1 weight each become 0, {how} needs at least 2"
        yield Refusal("E105", "parametrize", reason, "leave it out, or use weight_norm")


STANDARDISED = ("standardize", "scaled_standardize")


def computed(tensors: Mapping[str, Any], how: str, out: int = 0) -> Any:
    """Return the weight that a layer has once it is trained, from numpy arrays by their names."""
    if how == "weight_norm":
        gain, weight = (tensors[f"parametrizations.weight.original{number}"] for number in (0, 1))
        return weight * (gain / (weight**2).sum(tuple(range(1, weight.ndim)), keepdims=True) ** 0.5)
    if how == "spectral_norm":
        weight = tensors["parametrizations.weight.original"]
        u, v = (tensors[f"parametrizations.weight.0._{name}"] for name in "uv")
        return weight / (u @ (weight.swapaxes(0, out).reshape(len(u), -1) @ v))
    weight = tensors["weight"]
    others = tuple(range(1, weight.ndim))
    weight = (weight - weight.mean(others, keepdims=True)) / (weight.var(others, keepdims=True) + 1e-6) ** 0.5
    return weight * weight[0].size ** -0.5 * tensors["gain"] if how == "scaled_standardize" else weight


def applied(torch: Any, module: Any, how: str) -> Any:
    """Make a convolution or a linear layer of PyTorch compute its weight so."""
    if how in ("weight_norm", "spectral_norm"):
        return getattr(torch.nn.utils.parametrizations, how)(module)
    if how not in STANDARDISED:
        return module
    factor = 1.0
    if how == "scaled_standardize":
        module.gain = torch.nn.Parameter(torch.ones(len(module.weight), *[1] * (module.weight.dim() - 1)))
        factor = module.weight[0].numel() ** -0.5

    def forward(self: Any, volume: Any, weight: Any, bias: Any) -> Any:
        variance, mean = torch.var_mean(weight, tuple(range(1, weight.dim())), correction=0, keepdim=True)
        weight = (weight - mean) * (variance + 1e-6).rsqrt() * factor
        return original(self, volume, weight * self.gain if how == "scaled_standardize" else weight, bias)

    original = type(module)._conv_forward
    module.__class__ = type(type(module).__name__, (type(module),), {"_conv_forward": forward})
    return module
