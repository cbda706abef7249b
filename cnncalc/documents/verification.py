"""`cnncalc verify --format json`: every number checked against PyTorch, and differences from another model."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict

from cnncalc.documents.base import Document, Plain
from cnncalc.documents.writer import VERSION


class Predicted(Document):
    """Totals by the formulas."""

    params: int
    """trainable parameters"""
    macs: int
    """multiply-adds"""
    aux_params: int
    """trainable parameters of auxiliary heads"""
    aux_macs: int
    """multiply-adds of side heads"""
    weight_bytes: int
    """memory of the params"""
    activation_bytes: int
    """memory of the activations"""


class Difference(Document):
    """A number that PyTorch has otherwise."""

    path: str
    """the layer; empty for the whole network"""
    what: str
    """what was compared"""
    ours: Plain
    """by the formulas"""
    pytorch: Plain
    """in PyTorch"""


class Stopped(Document):
    """Where PyTorch could not go on."""

    path: str
    """the layer"""
    reason: str
    """what PyTorch says"""


class Layer(Document):
    """What PyTorch says of one layer: a key for each thing that was compared."""

    model_config = ConfigDict(extra="allow")

    path: str
    """the layer; empty for the whole network"""


class Ceiling(Document):
    """What the device reaches at best."""

    flops_per_second: float
    """in a large matrix product"""
    bytes_per_second: float
    """in a large copy"""


class Agreement(Document):
    """How far CPU and GPU are apart."""

    distance: float
    """the largest difference"""
    tolerance: float
    """the most that rounding explains"""


class Memory(Document):
    """Memory of the device at the end of a phase."""

    allocated: int
    """bytes in use"""
    peak: int
    """most bytes in use"""
    reserved: int
    """most bytes that PyTorch's allocator held"""


class Measured(Document):
    """What a GPU measured."""

    device: str
    """name of the device"""
    seconds: float
    """time of a forward pass"""
    layer_seconds: dict[str, float]
    """path → its part"""
    flops_per_second: float
    """rate of the whole"""
    bytes_per_second: float
    """rate of memory"""
    ceiling: Ceiling
    """what the device reaches at best"""
    agreement: Agreement
    """how far CPU and GPU are apart"""
    memory: dict[str, dict[str, Memory]]
    """run → phase → memory"""


class Verified(Document):
    """One network."""

    name: str
    """what the network is called"""
    inputs: dict[str, list[int]]
    """name of each input → its shape"""
    device: str
    """`meta`, `cpu` or `cuda`"""
    dtype: str
    """number type"""
    batch: int
    """images at once"""
    seed: int
    """seed of weights and inputs"""
    agrees: bool
    """whether everything agrees"""
    compared: int
    """how many comparisons were made"""
    predicted: Predicted
    """totals by the formulas"""
    pytorch: dict[str, Plain]
    """totals in PyTorch"""
    differences: list[Difference]
    """what differs"""
    stopped: Stopped | None
    """where PyTorch could not go on"""
    blind: dict[str, list[str]]
    """why PyTorch cannot be asked → the paths"""
    measured: Measured | None
    """with `--device cuda`: times, rates and memory"""
    layers: list[Layer] = []
    """every layer, where one network was verified"""


class Verification(Document):
    """Networks checked against PyTorch."""

    row_key: ClassVar = "networks"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    torch: str
    """version of PyTorch"""
    networks: list[Verified]
    """the networks"""


class Total(Document):
    """A total of both."""

    theirs: int | str
    """in their model"""
    ours: int | str
    """by the spec"""


class Deviation(Document):
    """One thing that is not the same."""

    what: str
    """what differs: `layer`, `missing`, `extra`, `order`, `reads`, `size`, `shared`, `output`, `params`, `macs` …"""
    theirs: str
    """what they have"""
    ours: str
    """what the spec has"""
    path: str
    """where, in the spec; empty where there is no place"""
    their_path: str
    """where, in their model"""
    more: int
    """further places where the same differs"""


class Differences(Document):
    """`verify --against`: a spec compared with a model that somebody else wrote."""

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    name: str
    """what the network is called"""
    against: str
    """the model it was compared with"""
    agrees: bool
    """whether they are the same network: nothing differs, and nothing was left uncompared"""
    layers: int
    """how many layers were compared"""
    totals: dict[str, Total]
    """params, MACs and output of both"""
    differences: list[Deviation]
    """what differs"""
    follow: int
    """further layers that differ in size only, as a consequence"""
    equivalent: list[Deviation]
    """the same layers, written otherwise"""
    remarks: list[str]
    """what else is to be said"""
    not_compared: list[str]
    """what could not be compared"""
    run: str
    """what running both on the same random weights showed; empty where it was not needed"""
