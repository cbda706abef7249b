"""`cnncalc compare` and `cnncalc list` as JSON: networks in rows, and two networks layer by layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from cnncalc.documents.base import Document, Listing, Number
from cnncalc.documents.writer import VERSION


class Network(Document):
    """The numbers of a network; null where one is not known."""

    name: str = ""
    """its name"""
    title: str = ""
    """its title"""
    family: str = ""
    """the title of its file"""
    source: str = ""
    """the paper it comes from"""
    year: int | None = None
    """year of the source"""
    task: str = ""
    """what it is for: classification, segmentation, detection …"""
    input: str = ""
    """shapes that come in"""
    output: str = ""
    """shapes that come out"""
    params: int | None = None
    """trainable parameters"""
    macs: int | None = None
    """multiply-adds of one image"""
    weight_layers: int | None = None
    """weighted layers along the path that has most of them"""
    weight_bytes: int | None = None
    """memory of the params"""
    activation_bytes: int | None = None
    """memory of the outputs of all layers"""
    receptive_field: int | None = None
    """that of the last volume, along its longest dimension"""
    aux_params: int | None = None
    """trainable parameters of auxiliary heads"""
    aux_macs: int | None = None
    """multiply-adds of side heads"""
    top1: float | None = None
    """accuracy on ImageNet as the source prints it, in percent"""
    top5: float | None = None
    """the same with five guesses"""
    ilsvrc_error: float | None = None
    """error in the ILSVRC challenge, in percent"""
    accuracy_from: str = ""
    """where the accuracy is printed"""
    errata: int = 0
    """published numbers that are explained as wrong"""
    problems: int = 0
    """problems of its spec; then it has no numbers"""
    flops: int | None = None
    """2 × MACs"""


class Networks(Listing[Network]):
    """`cnncalc list`: the networks of the library."""

    row_key: ClassVar = ""


class Compared(Network):
    """A network beside the baseline; with `--columns`, the columns named."""

    params_ratio: float | None = None
    """params by those of the baseline"""
    macs_ratio: float | None = None
    """MACs by those of the baseline"""
    flops_ratio: float | None = None
    """FLOPs by those of the baseline"""
    weight_layers_ratio: float | None = None
    """weight layers by those of the baseline"""
    weight_bytes_ratio: float | None = None
    """bytes of the params by those of the baseline"""
    activation_bytes_ratio: float | None = None
    """bytes of the activations by those of the baseline"""

    @model_serializer(mode="wrap")
    def ratios_beside(self, rest: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Put each ratio behind the number that it is of."""
        values = rest(self)
        return {key: values[key] for name in Network.model_fields for key in (name, f"{name}_ratio") if key in values}


class Comparison(Document):
    """Networks side by side."""

    row_key: ClassVar = "networks"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    baseline: str
    """the network that ratios refer to"""
    networks: list[Compared]
    """the networks"""


class Pair(Document):
    """A layer of the left network and the one of the right that corresponds; null where there is none."""

    left_path: str | None
    """where it stands on the left"""
    right_path: str | None
    """where it stands on the right"""
    left_layer: str | None
    """the layer as a step of a chain, on the left"""
    right_layer: str | None
    """the same on the right"""
    left_output: str | None
    """the shape that comes out, on the left"""
    right_output: str | None
    """the same on the right"""
    left_params: Number | None
    """trainable parameters, on the left"""
    right_params: Number | None
    """the same on the right"""
    left_macs: Number | None
    """multiply-adds, on the left"""
    right_macs: Number | None
    """the same on the right"""
    differ: list[str]
    """what differs: `layer`, `output`, `params`, `macs`"""


class LayerComparison(Document):
    """`compare --layers`: two networks layer by layer."""

    row_key: ClassVar = "layers"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    left: str
    """the first network"""
    right: str
    """the second network"""
    layers: list[Pair]
    """the layers that differ; with `--all`, every layer"""


class Line(Document):
    """Layers of several networks that correspond, in the order of `networks`; null where one has none."""

    path: str
    """where the first of them stands"""
    layers: list[str | None]
    """each layer as a step of a chain"""
    outputs: list[str | None]
    """the shape that comes out of each"""


class LayerTable(Document):
    """`compare --layers` of three networks or more: their layers side by side."""

    row_key: ClassVar = "lines"

    version: Literal[1] = VERSION
    """version of this format"""
    cnncalc: str
    """version of the program"""
    networks: list[str]
    """the networks"""
    lines: list[Line]
    """layers with weights and pools; with `--all-layers`, every layer"""
