"""`cnncalc show --format json`: every layer of a network with every digit."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnncalc.documents.base import Document, Number, Sizes
from cnncalc.documents.writer import VERSION


class Totals(Document):
    """The sums; side heads count apart. `docs/counting.md` says what is counted."""

    params: Number
    """trainable parameters of the main path"""
    buffers: Number
    """values stored but not trained, such as running means"""
    macs: Number
    """multiply-adds"""
    flops: Number
    """2 × MACs"""
    weight_layers: int
    """weighted layers along the path that has most of them"""
    aux_params: Number
    """trainable parameters of auxiliary heads"""
    aux_macs: Number
    """multiply-adds of side heads"""
    activation_values: Number
    """numbers in the outputs of all layers that do not work in place"""
    weight_bytes: Number
    """memory of the params"""
    activation_bytes: Number
    """memory of the activation values"""


class Layer(Document):
    """One layer. What has no meaning for it is null."""

    path: str
    """where it stands: `conv2.1.body.conv`"""
    kind: str
    """its kind: `conv`"""
    written: str
    """the layer as a step of a chain: `conv 96 11x11 stride=4`"""
    reads: list[str]
    """paths of the layers whose outputs it reads"""
    input: list[Sizes]
    """the shapes that enter; a merge has several"""
    output: Sizes
    """the shape that comes out"""
    params: Number
    """trainable parameters; 0 when the weights are another layer's, used again"""
    macs: Number
    """multiply-adds"""
    flops: Number
    """2 × MACs"""
    weights: dict[str, Sizes]
    """name of each learned tensor → its shape, in PyTorch's order"""
    buffers: dict[str, Sizes]
    """name of each tensor kept but not learned → its shape"""
    shares: str | None
    """path of the layer whose weights it uses again"""
    kernel: Sizes | None
    """size of the window, one number per dimension"""
    stride: Sizes | None
    """positions it moves by, one number per dimension"""
    pad: list[Number | list[Number]] | None
    """`[before, after]` per dimension: positions added"""
    same_pad: list[Number | list[Number]] | None
    """`[before, after]` per dimension: the padding that `same` would need"""
    left_over: Sizes | None
    """rows and columns that the stride leaves over, one number per dimension"""
    receptive_field: Sizes | None
    """positions of the input that it sees, one number per dimension"""
    jump: Sizes | None
    """positions of the input between neighbours, one number per dimension"""
    fan_in: Number | None
    """inputs of one output"""
    fan_out: Number | None
    """outputs of one input, as PyTorch counts them"""
    he_std: float | str | None
    """√(2 / fan out)"""
    he_std_in: float | str | None
    """√(2 / fan in)"""
    weight_bytes: Number | None
    """memory of its params"""
    activation_bytes: Number | None
    """memory of its output"""
    aux: str | None
    """name of the auxiliary head it belongs to"""
    place: str | None
    """where it stands in the text: `file:line:column`"""


class Report(Document):
    """A network, its totals and its layers."""

    row_key: ClassVar = "layers"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    name: str
    """what the network is called"""
    title: str
    """its title"""
    source: str
    """the paper it comes from"""
    batch: Number
    """images at once: MACs, FLOPs and activations are for all of them"""
    dtype: str
    """number type that the bytes are counted in"""
    layout: Literal["hwc", "chw"]
    """order of the shapes"""
    inputs: dict[str, Sizes]
    """name of each input → its shape"""
    outputs: dict[str, Sizes]
    """name of each output → its shape"""
    overridden: list[str]
    """what was given from outside (`--input`, `--set`); when not empty, expected numbers were not checked"""
    remarks: list[str]
    """sentences that a reader of the numbers should know"""
    totals: Totals
    """the sums"""
    layers: list[Layer]
    """every layer, in order"""
