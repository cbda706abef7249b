"""The operators of ONNX that are written: of functions, of modules, and of layers that are one operator of it."""

from __future__ import annotations

from typing import Any

from cnncalc.exchange.recorder import BATCH
from cnncalc.exchange.writers.onnx_functions import FUNCTIONS, conv, ends_of
from cnncalc.exchange.writers.onnx_graph import LayerGraph, Operators, Unwritten, Value
from cnncalc.exchange.writers.onnx_modules import MODULES
from cnncalc.layers.deform import Deformed
from cnncalc.layers.recurrent import Recurrent


def _recurrent(layer: LayerGraph, own: Recurrent) -> Value:
    """Write LSTM, GRU or RNN, an operator a layer; ONNX has other orders of the gates and both biases in one tensor."""
    fields = own.__dict__
    if fields.get("project"):
        raise Unwritten(f"ONNX's LSTM has no projection, and project is {fields['project']}")
    np = layer.np
    kind, order = {"lstm": ("LSTM", (0, 3, 1, 2)), "gru": ("GRU", (1, 0, 2)), "rnn": ("RNN", (0,))}[own.kind]
    directions, out = own.directions, fields["out"]

    def gates(array: Any) -> Any:
        return np.concatenate([array.reshape(len(order), out, *array.shape[1:])[gate] for gate in order])

    def stacked(part: str, name: str, level: int) -> Value:
        arrays = [gates(layer.weight(f"{part}_l{level}{end}").array) for end in directions]
        return layer.constant(np.stack(arrays), "float32")

    value = layer.transposed(layer.inputs[0], (2, 0, 1))
    count = len(directions)
    last = value
    for level in range(fields["layers"]):
        given = [value, stacked("weight_ih", "W", level), stacked("weight_hh", "R", level)]
        if fields["bias"]:
            both = [stacked("bias_ih", "B", level).array]
            both.append(stacked("bias_hh", "B", level).array if fields["biases"] == 2 else np.zeros_like(both[0]))
            given.append(layer.constant(np.concatenate(both, 1), "float32"))
        for each, name in zip(given[1:], ("W", "R", "B"), strict=False):
            each.name = layer.model.free(f"{layer.origin.path}.{name}_l{level}")
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        name = layer.model.free(f"{layer.node.path}.{own.kind}")
        steps = value.shape[0]
        made = [((steps, count, BATCH, out), "float32"), ((count, BATCH, out), "float32")]
        way = "bidirectional" if count == 2 else "forward"
        states, last = layer.model.add_several(kind, given, made, name, hidden_size=out, direction=way, **more)
        value = layer.reshaped(layer.transposed(states, (0, 2, 1, 3)), (steps, BATCH, count * out))
    if not fields["sequence"]:
        return layer.reshaped(layer.transposed(last, (1, 0, 2)), (BATCH, count * out))
    return layer.transposed(value, (1, 2, 0))


def _deformed(layer: LayerGraph, own: Deformed) -> Value:
    """Write DeformConv: its offsets are those of a convolution, or volumes."""
    fields, x = own.__dict__, layer.node.x[0]
    windows = own.windows(x)
    pads = [(w.before, w.after) for w in windows]
    bias = layer.weight("bias") if fields["bias"] else None
    value, *others = layer.inputs
    if not others:
        weight, shift = layer.weight("conv_offset.weight"), layer.weight("conv_offset.bias")
        padded = layer.padded(value, [(0, 0), *pads], "constant", 0.0)
        strides, dilations = ([getattr(w, name) for w in windows] for name in ("stride", "dilation"))
        offsets = conv(layer, padded, weight, shift, strides, 0, dilations)
        count = 2 * int(own.elements)
        others = [layer.taken(offsets, 1, 0, count)]
        if fields["mask"]:
            others.append(layer.each("Sigmoid", layer.taken(offsets, 1, count, offsets.shape[1])))
    return layer.op(
        "DeformConv",
        [value, layer.weight("weight"), others[0], bias, others[1] if len(others) > 1 else None],
        (BATCH, fields["out"], *own.output_sides(x)),
        kernel_shape=[w.kernel for w in windows],
        strides=[w.stride for w in windows],
        dilations=[w.dilation for w in windows],
        pads=ends_of(pads),
        group=fields["groups"],
        offset_group=fields["offset_groups"],
    )


OPERATORS = Operators(FUNCTIONS, MODULES, {Recurrent: _recurrent, Deformed: _deformed})
