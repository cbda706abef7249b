"""Functions that multiply matrices: products, attention, recurrent layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from cnncalc.exchange.tensors import Unreadable, View, merged
from cnncalc.layers import KINDS
from cnncalc.layers.attention import Attention
from cnncalc.layers.linear import Linear
from cnncalc.layers.recurrent import Gru, Lstm, Recurrent, Rnn
from cnncalc.live.operands import Operands, Unread, Value, data_of, sizes_text
from cnncalc.live.record import tensors


def _turned(tensor: Any, view: View) -> Any:
    return tensor.T if tensor.dim() == 2 else tensor


def _matmul(reader: Operands, input: Any, other: Any, *, out: Any = None) -> View:
    if reader.is_data(input) and reader.is_learned(other) and other.dim() == 2:
        view = reader.view_of(input)
        out = other.shape[1]
        return reader.tied(Linear, [other], lambda **tied: reader.volumes.linear(view, out, False, **tied), _turned)
    return reader.volumes.matmul(data_of(reader, input), data_of(reader, other))


def _addmm(reader: Operands, input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> View:
    if beta != 1 or alpha != 1 or not reader.is_data(mat1) or reader.is_data(mat2) or reader.is_data(input):
        raise Unreadable("is no layer kind in this form")
    view = reader.view_of(mat1)
    out = mat2.shape[1]
    return reader.tied(Linear, [mat2, input], lambda **tied: reader.volumes.linear(view, out, True, **tied), _turned)


def _attention(
    reader: Operands,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> View:
    if is_causal or enable_gqa:
        raise Unreadable("with a causal mask or grouped queries is no layer kind")
    q, k, v = (data_of(reader, t) for t in (query, key, value))
    count = len(k.dims)
    order = [*range(count - 2), count - 1, count - 2]
    scores = reader.volumes.matmul(
        reader.rescaled(q, query.shape[-1] ** -0.5 if scale is None else scale), reader.volumes.permute(k, order)
    )
    if attn_mask is not None:
        if reader.is_data(attn_mask):
            scores = reader.two(scores, reader.view_of(attn_mask), "add")
        elif reader.is_learned(attn_mask):
            scores = reader.with_learned(scores, attn_mask, "add")
        else:
            raise Unreadable(f"with a fixed mask of {sizes_text(attn_mask.shape)} is no layer kind")
    return reader.volumes.matmul(reader.volumes.each(scores, KINDS["softmax"], dim=-1), v)


def _multi_head(
    reader: Operands,
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    *rest: Any,
    **more: Any,
) -> Any:
    views = [data_of(reader, t) for t in (query, key, value)]
    plain = all(o is None for o in (bias_k, bias_v, key_padding_mask, attn_mask)) and not add_zero_attn
    if (
        len(set(views)) > 1
        or not plain
        or use_separate_proj_weight
        or (in_proj_bias is None) != (out_proj_bias is None)
    ):
        raise Unreadable("of several tensors, with a mask or further keys is no layer kind")
    view = views[0]
    learned = [t for t in (in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias) if t is not None]
    tokens = reader.volumes.channels(view, -1)
    own = [atoms for atoms in tokens.dims[:-1] if atoms and atoms != reader.volumes.images]
    if len(own) != 1 or len(reader.volumes.hwc(tokens.node)) != 2:
        tokens = reader.volumes.arranged(tokens, [own, [tokens.dims[-1]]])

    def attend(**tied: Any) -> View:
        layer = Attention(1, heads=num_heads, bias=in_proj_bias is not None)
        return View(reader.volumes.add(layer, tokens.node, **tied), tokens.dims)

    found = reader.tied(Attention, learned, attend)
    results = reader.call.results
    return [found] if len(results) == 1 else [found, None]


def _recurrent(kind: type[Recurrent]) -> Callable[..., Any]:
    """Read a recurrent layer: its sequence, its last state where that is part of the sequence, its cell not at all."""

    def read(
        reader: Operands,
        input: Any,
        state: Any,
        weights: Any,
        biases: Any,
        layers: Any = None,
        dropout: Any = 0.0,
        training: Any = False,
        bidirectional: Any = False,
        first: Any = False,
    ) -> Any:
        if isinstance(weights, torch.Tensor) or any(map(reader.is_data, tensors(state))) or input.dim() != 3:
            raise Unreadable("of packed or unbatched sequences, or with a state of the input, is no layer kind")
        if any(reader.is_learned(t) for t in tensors(state)):
            raise Unreadable("with a learned state is no layer kind")
        view, images = reader.view_of(input), reader.volumes.images
        if view.dims[0 if first else 1] != images:
            raise Unreadable("of sequences that are no images of the batch is no layer kind")
        steps, channels = view.dims[1 if first else 0], view.dims[2]
        view = reader.volumes.arranged(view, [[steps], [channels]])
        state_size = weights[1].shape[1]
        out = weights[1].shape[0] // kind.gates
        more = {"project": state_size} if state_size != out else {}
        layer = kind(1, out=out, layers=layers, bidirectional=bidirectional, bias=biases, **more)

        def run(**tied: Any) -> View:
            return View(reader.volumes.add(layer, view.node, **tied), ())

        node = reader.tied(kind, list(tensors(weights)), run).node
        if dropout and layers > 1:
            reader.graph.note(f"{reader.volumes.path}: dropout {dropout:g} between its layers is left out")
        length, whole = reader.volumes.whole(node)
        sequence = View(node, (images, length, whole) if first else (length, images, whole))
        last: Value = Unread("the state of several layers or directions of a recurrent layer")
        if layers == 1 and not bidirectional:
            end = reader.volumes.pick(sequence, 1 if first else 0, input.shape[1 if first else 0] - 1, 1)
            last = View(end.node, ((), images, end.dims[2]))
        results = [sequence, last]
        if len(reader.call.results) == 3:
            results.append(Unread("the memory cell of an LSTM"))
        return results

    return read


def _einsum(reader: Operands, equation: str, *operands: Any) -> View:
    """Read a sum of products of two tensors as the product of matrices that it is."""
    tensors_ = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    given, _, result = equation.replace(" ", "").partition("->")
    names = given.split(",")
    views = [data_of(reader, t) for t in tensors_]
    plain = [text.isalpha() and len(set(text)) == len(text) for text in (*names, result)]
    if len(names) != 2 or len(views) != 2 or not all(plain):
        raise Unreadable(f"({equation}) is no layer kind")
    (a, b), (left, right) = names, views
    both = [letter for letter in a if letter in b and letter in result]
    summed = [letter for letter in a if letter in b and letter not in result]
    own = [[letter for letter in text if letter not in both and letter not in summed] for text in names]
    if not summed or set(result) != {*both, *own[0], *own[1]}:
        raise Unreadable(f"({equation}) is no layer kind")

    def matrix(view: View, text: str, rows: list[str], columns: list[str]) -> View:
        dims = {letter: view.dims[text.index(letter)] for letter in text}
        joined = [sum((dims[letter] for letter in part), ()) for part in (rows, columns)]
        return View(view.node, (*(dims[letter] for letter in both), *map(merged, joined)))

    found = reader.volumes.matmul(matrix(left, a, own[0], summed), matrix(right, b, summed, own[1]))
    sizes = dict(zip(a + b, left.shape + right.shape, strict=True))
    order = [*both, *own[0], *own[1]]
    found = reader.volumes.reshape(found, [sizes[letter] for letter in order])
    return reader.volumes.permute(found, [order.index(letter) for letter in result])


OPERATIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("matmul", "bmm", "mm"), _matmul),
    "addmm": _addmm,
    "einsum": _einsum,
    "lstm": _recurrent(Lstm),
    "gru": _recurrent(Gru),
    "rnn_tanh": _recurrent(Rnn),
    "scaled_dot_product_attention": _attention,
    "multi_head_attention_forward": _multi_head,
}
