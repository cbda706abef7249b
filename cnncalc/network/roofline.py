"""The roofline: for each layer, the least time that its arithmetic and its memory traffic take on a device.

A bound, not a prediction: Winograd's algorithm multiplies less often, caches keep what is read again, and clocks can be
above the one that rates are printed for. Source: Williams, Waterman & Patterson 2009, Communications of the ACM 52(4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cnncalc.layers.conv import Conv, ConvTranspose, Depthwise
from cnncalc.network.devices import Device, device_of
from cnncalc.network.network import Network
from cnncalc.network.report import DTYPE_BYTES, Row
from cnncalc.problem import NoAnswer, Problem, listed
from cnncalc.result import Result

RATES = {
    "float64": ("fp64_matrix_tflops", "fp64_tflops"),
    "float32": ("fp32_matrix_tflops", "fp32_tflops"),
    "tfloat32": ("tf32_matrix_tflops", "fp32_tflops"),
    "float16": ("fp16_matrix_fp32acc_tflops", "fp16_nontensor_tflops"),
    "bfloat16": ("bf16_matrix_tflops",),
    "float8": ("fp8_matrix_fp32acc_tflops",),
    "int8": ("int8_matrix_tops",),
}
"""The columns of the table of devices that hold the rate of a number type; the largest of them counts."""

CONVOLUTIONS = (Conv, Depthwise, ConvTranspose)
"""PyTorch lets float32 convolutions use TF32 by default, other products not (torch.backends, PyTorch 2.13)."""


class Bound(NamedTuple):
    """The least time of one layer, in seconds, from its floating-point operations and from its bytes."""

    row: Row
    flops: int
    bytes: int
    by_flops: float
    by_bytes: float

    @property
    def seconds(self) -> float:
        return max(self.by_flops, self.by_bytes)

    @property
    def limit(self) -> str:
        """What binds: `compute` or `memory`."""
        return "compute" if self.by_flops >= self.by_bytes else "memory"

    @property
    def intensity(self) -> float:
        """FLOPs for each byte."""
        return self.flops / self.bytes if self.bytes else 0.0


@dataclass(slots=True, eq=False, repr=False)
class Roofline(Result):
    """The bounds of all layers that read and write memory. Rates are per second: FLOPs, and bytes."""

    network: Network
    device: Device
    batch: int
    dtype: str
    flops_rate: float
    convolution_rate: float
    bandwidth: float
    bounds: list[Bound]

    @property
    def seconds(self) -> float:
        """The least time of the whole forward pass."""
        return sum(bound.seconds for bound in self.bounds)

    def __repr__(self) -> str:
        return f"<Roofline of {self.network.name} on {self.device.name}: at least {1000 * self.seconds:.3g} ms>"

    def __iter__(self) -> Iterator[Bound]:
        return iter(self.bounds)

    def __len__(self) -> int:
        return len(self.bounds)


def bounds(network: Network, gpu: str, batch: int = 1, dtype: str = "float32") -> Roofline:
    """Compute the least time of each layer of a forward pass.

    Each layer reads its inputs and weights once and writes its output once. What works in place, such as activations
    and norms, is taken to be fused with the layer before it: it costs nothing. Raises NoAnswer for a device without a
    bandwidth, without a rate of the number type, and for inputs with symbols.
    """
    if unknown := sorted(network.symbols()):
        message = f"times are computed for numbers, and {' and '.join(unknown)} of the input can be any"
        raise NoAnswer([Problem("E118", message, None, "give the input as numbers, such as --input 224x224x3")])
    device = device_of(gpu)
    rate, bandwidth = rate_of(device, dtype), device.number("bandwidth_gbs") * 1e9
    if not bandwidth:
        raise NoAnswer([Problem("E122", f"no bandwidth of {device.name} is known")])
    convolving = max(rate, rate_of(device, "tfloat32")) if dtype == "float32" else rate
    size = DTYPE_BYTES[dtype]
    found = []
    for row in network.report(batch, dtype).rows:
        if row.node.aux is not None or row.node.layer.in_place:
            continue
        values = sum(x.values for x in (*row.input, row.output)) * batch
        flops, moved = int(row.flops), int(values * size + row.weight_bytes)
        peak = convolving if isinstance(row.node.layer, CONVOLUTIONS) else rate
        found.append(Bound(row, flops, moved, flops / peak, moved / bandwidth))
    return Roofline(network, device, batch, dtype, rate, convolving, bandwidth, found)


def rate_of(device: Device, dtype: str) -> float:
    """Return operations per second of a device; raises NoAnswer where the table has none for the number type."""
    rates = [device.number(column) * 1e12 for column in RATES[dtype]]
    if not any(rates):
        known = listed([name for name, columns in RATES.items() if any(map(device.number, columns))])
        raise NoAnswer([Problem("E122", f"no rate of {device.name} in {dtype} is known", None, f"it has {known}")])
    return max(rates)
