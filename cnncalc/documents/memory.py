"""`cnncalc memory --format json`: the memory of one training iteration, in bytes."""

from __future__ import annotations

from typing import Literal

from cnncalc.documents.base import Document


class Moment(Document):
    """What is alive when a layer has worked."""

    phase: Literal["forward", "loss", "recompute", "backward", "step"]
    """part of the iteration"""
    path: str
    """path of the layer; empty for the loss and the optimizer's step"""
    live_bytes: int
    """bytes that are alive"""


class Part(Document):
    """One thing that is alive at the peak."""

    what: str
    """what it is: `weights`, `output`, `gradient`"""
    path: str
    """path of its layer; empty for what belongs to all"""
    bytes: int
    """its size"""


class Saving(Document):
    """What would lower the peak."""

    what: str
    """what to change"""
    bytes: int
    """how much lower the peak would be"""


class Memory(Document):
    """The memory of one training iteration."""

    name: str
    """what the network is called"""
    batch: int
    """images at once"""
    optimizer: str
    """the optimizer"""
    dtype: str
    """type of the numbers"""
    amp: str | None
    """the low type of torch.autocast: `bf16` or `fp16`"""
    channels_last: bool
    """whether volumes are in PyTorch's memory format of that name"""
    device: str
    """whose rules hold: `cuda` or `cpu`"""
    inference: bool
    """whether it is only run"""
    inplace: bool
    """whether activations work in place where they can"""
    checkpoint: list[str]
    """what runs again in the backward pass: `block`, or paths"""
    freeze: list[str]
    """paths of what learns nothing"""
    weight_bytes: int
    """all learned tensors"""
    buffer_bytes: int
    """stored tensors that are not learned"""
    gradient_bytes: int
    """gradients of what learns"""
    optimizer_bytes: int
    """state of the optimizer"""
    input_bytes: int
    """inputs of the network"""
    saved_bytes: int
    """kept for the backward pass, without checkpointing"""
    arena_bytes: int
    """what is alive at the peak beside weights, buffers and state of the optimizer"""
    peak_bytes: int
    """the most that is alive at once"""
    peak_at: Moment
    """when that is"""
    alive: list[Part]
    """the largest of what is alive then"""
    unknown: list[str]
    """paths of layers without a rule, whose part is missing"""
    capacity_bytes: int | None
    """memory of `--gpu`"""
    largest_batch: int | None
    """the largest batch whose peak fits `--gpu`; 0 where not even one image does"""
    savings: list[Saving]
    """what would lower the peak"""
    moments: list[Moment]
    """the iteration, moment by moment"""
