"""Attention: global, or within windows or grids."""

from collections.abc import Iterator
from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Refusal, Tensors
from cnncalc.layers.fields import Kernel, Positive, Scaling, SizeOrZero, YesNo
from cnncalc.layers.geometry import Blocks, Global, Side
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.partition import cut, joined, regions, relative
from cnncalc.layers.window import has_sides, needs_sides
from cnncalc.numbers.arith import Number, ceil_div, product
from cnncalc.shape import Shape


class SelfAttention(Layer):
    """Self-attention over queries, keys and values of all positions.

    shape    unchanged
    """

    weighted = True

    heads: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % self.heads:
            yield Refusal("E203", "heads", f"{self.heads} heads do not divide {x.channels} channels")

    def shape(self, x: Shape) -> Shape:
        return x

    def fans(self, x: Shape) -> tuple[Number, Number]:
        """Return C and C, of each of the four projections; torch.nn.init treats the first three as one of 3C."""
        return x.channels, x.channels


class Attention(SelfAttention):
    """Multi-head self-attention over all tokens, with `heads` heads of C/heads channels.

    weights  4C² and 4C biases: the projections of queries, keys, values and output
    macs     4nC² for the projections of n tokens, 2n²C for queries by keys and scores by values
    source   Vaswani et al. 2017, arXiv:1706.03762; torch.nn.MultiheadAttention
    """

    kind = "attention"
    example = "197x768 -> attention 12"
    synonyms = ("self_attention", "mha")
    framework_names = ("MultiheadAttention", "MultiHeadAttention")

    bias: YesNo = True

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from tokens_refused(self, x)
        yield from super().check(x)

    def weights(self, x: Shape) -> Tensors:
        tensors: Tensors = {"in_proj_weight": (3 * x.channels, x.channels)}
        if self.bias:
            tensors["in_proj_bias"] = (3 * x.channels,)
        tensors["out_proj.weight"] = (x.channels, x.channels)
        return {**tensors, "out_proj.bias": (x.channels,)} if self.bias else tensors

    def macs(self, x: Shape) -> Number:
        n = product(x.sides)
        return 4 * n * x.channels * x.channels + 2 * n * n * x.channels

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Global, x.sides))

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            tokens = torch.nn.functional.linear(volume.movedim(1, -1), module.in_proj_weight, module.in_proj_bias)
            queries, keys, values = in_heads(tokens, self.heads)
            scores = queries @ keys.transpose(-2, -1) * queries.shape[-1] ** -0.5
            return module.out_proj(mixed(scores, values)).movedim(-1, 1)

        # PyTorch's own forward is fused in eval mode, where operation counters do not see it.
        make = type("Attention", (torch.nn.MultiheadAttention,), {"forward": forward})
        return make(x.channels, self.heads, bias=self.bias, batch_first=True)


class GroupAttention(SelfAttention):
    """Attention within groups of positions: windows, or grids over the whole input."""

    scale_by: str = "head"  # scores are divided by the root of the channels of a head, or of all
    spread: ClassVar[bool] = False  # positions of a group are adjacent, or evenly spaced over the dimension

    @property
    def group_size(self) -> tuple[Number, ...]:
        """The size of one group, per dimension."""
        raise NotImplementedError

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
        yield from super().check(x)

    def padded(self, x: Shape) -> tuple[Number, ...]:
        """Return the size padded to a multiple of the group size."""
        return tuple(ceil_div(n, k) * k for n, k in zip(x.sides, self.group_size, strict=True))

    def shifts(self, x: Shape) -> tuple[Number, ...]:
        """Return the shift of the groups, per dimension."""
        return (0,) * len(x.sides)

    def positions(self, x: Shape) -> Tensors:
        """Return the position bias within a group, a tensor of the layer itself."""
        return {"relative_position_bias_table": (product(2 * k - 1 for k in self.group_size), self.heads)}

    def weights(self, x: Shape) -> Tensors:
        c = x.channels
        projections = {"qkv.weight": (3 * c, c), "qkv.bias": (3 * c,), "proj.weight": (c, c), "proj.bias": (c,)}
        return {**self.positions(x), **projections}

    def macs(self, x: Shape) -> Number:
        return product(self.padded(x)) * (4 * x.channels + 2 * product(self.group_size)) * x.channels

    def project(self, torch: Any, module: Any, positions: Any) -> Any:
        """Return queries, keys and values of positions, in PyTorch."""
        return module.qkv(positions)

    def scores(self, torch: Any, module: Any, queries: Any, keys: Any) -> Any:
        """Return the attention scores with the position bias, in PyTorch."""
        table = module.relative_position_bias_table[relative(torch, self.group_size, queries.device)]
        channels = queries.shape[-1] * (self.heads if self.scale_by == "all" else 1)
        return queries @ keys.transpose(-2, -1) * channels**-0.5 + table.permute(2, 0, 1)

    def build(self, torch: Any, x: Shape) -> Any:
        padded, shifts, dims = self.padded(x), self.shifts(x), tuple(range(2, len(x.sides) + 2))
        added = torch_pads([(0, m - n) for n, m in zip(x.sides, padded, strict=True)])

        def forward(module: Any, volume: Any) -> Any:
            volume = torch.nn.functional.pad(volume, added).roll([-s for s in shifts], dims)
            positions = cut(volume, self.group_size, self.spread)
            queries, keys, values = in_heads(self.project(torch, module, positions), self.heads)
            scores = self.scores(torch, module, queries, keys)
            if any(shifts):  # positions that are adjacent only because of the roll do not attend to each other
                region = cut(
                    regions(torch, padded, self.group_size, shifts, volume.device), self.group_size, self.spread
                )
                scores = scores - 100.0 * (region != region.transpose(-2, -1)).unsqueeze(2)
            y = joined(module.proj(mixed(scores, values)), padded, self.group_size, self.spread)
            return y.roll(shifts, dims)[(..., *map(slice, x.sides))]

        module = function(torch, self, forward)
        for name, shape in self.positions(x).items():
            module.register_parameter(name, torch.nn.Parameter(0.02 * torch.randn(shape)))
        module.qkv = torch.nn.Linear(x.channels, 3 * x.channels)
        module.proj = torch.nn.Linear(x.channels, x.channels)
        return module


class ShiftedWindows(GroupAttention):
    """Attention within windows; `shift` moves all windows."""

    window: Kernel
    shift: SizeOrZero = 0

    @property
    def group_size(self) -> tuple[Number, ...]:
        return self.window  # type: ignore[no-any-return]

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for k, s in zip(self.window, self.shift, strict=False):
            if s >= k:
                yield Refusal("E201", "shift", f"{s} must be below the window {k}", f"half of the window is {k // 2}")
                return

    def shifts(self, x: Shape) -> tuple[Number, ...]:
        whole = [isinstance(n, int) and n <= k for n, k in zip(x.sides, self.window, strict=True)]
        return tuple(0 if alone else s for s, alone in zip(self.shift, whole, strict=True))

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Blocks, self.window, self.shifts(x)))


class WindowAttention(ShiftedWindows):
    """Attention within windows; `shift` moves all windows.

    weights  4C² and 4C biases, and per head a bias for each of Π(2k − 1) offsets in a window of size k
    macs     4C² + 2C · window size, for every position of the input padded to whole windows
    source   Liu et al. 2021, arXiv:2103.14030; torchvision's swin_transformer
    """

    kind = "window_attention"
    example = "56x56x96 -> window_attention 3 7x7 shift=3"
    note = "Padding is computed like any other position. A dimension covered by one window is not shifted."

    scale_by: Scaling = "head"


class CosineWindowAttention(ShiftedWindows):
    """Window attention with cosine similarity and a position bias computed by a small network: Swin v2.

    weights  4C² and 4C biases, a temperature per head, and the network: dimensions × 512, 512 biases, 512 × heads
    macs     as window_attention, and 512 · (dimensions + heads) for each of Π(2k − 1) offsets, once per image
    source   Liu et al. 2021, arXiv:2111.09883; torchvision's swin_transformer
    """

    kind = "cosine_window_attention"
    example = "64x64x96 -> cosine_window_attention 3 8x8 shift=4"
    note = "The biases of the keys are included in the 4C, but fixed at zero, as in torchvision."

    hidden: ClassVar[int] = 512

    def positions(self, x: Shape) -> Tensors:
        return {"logit_scale": (self.heads, 1, 1)}

    def weights(self, x: Shape) -> Tensors:
        first, last = (self.hidden, len(x.sides)), (self.heads, self.hidden)
        network: Tensors = {"cpb_mlp.0.weight": first, "cpb_mlp.0.bias": (self.hidden,), "cpb_mlp.2.weight": last}
        return {**super().weights(x), **network}

    def macs(self, x: Shape) -> Number:
        distances = product(2 * k - 1 for k in self.group_size)
        return super().macs(x) + distances * (len(x.sides) + self.heads) * self.hidden

    def project(self, torch: Any, module: Any, positions: Any) -> Any:
        kept = torch.tensor([[1.0], [0.0], [1.0]], device=positions.device, dtype=positions.dtype)
        biases = (module.qkv.bias.unflatten(0, (3, -1)) * kept).flatten()
        return torch.nn.functional.linear(positions, module.qkv.weight, biases)

    def scores(self, torch: Any, module: Any, queries: Any, keys: Any) -> Any:
        queries, keys = (torch.nn.functional.normalize(vectors, dim=-1) for vectors in (queries, keys))
        steps = [
            8 / max(k - 1, 1) * torch.arange(1 - k, k, device=keys.device, dtype=keys.dtype) for k in self.group_size
        ]
        at = torch.cartesian_prod(*steps).reshape(-1, len(steps))
        distances = at.sign() * (at.abs() + 1).log2() / 3
        table = module.cpb_mlp(distances.expand(len(keys), *distances.shape))  # once an image, as macs has it
        bias = 16 * table.sigmoid()[:, relative(torch, self.group_size, keys.device)].permute(0, 3, 1, 2).unsqueeze(1)
        return queries @ keys.transpose(-2, -1) * module.logit_scale.clamp(max=4.6052).exp() + bias

    def build(self, torch: Any, x: Shape) -> Any:
        nn, module = torch.nn, super().build(torch, x)
        nn.init.constant_(module.logit_scale, 2.3026)
        first = nn.Linear(len(x.sides), self.hidden)
        module.cpb_mlp = nn.Sequential(first, nn.ReLU(), nn.Linear(self.hidden, self.heads, bias=False))
        return module


class GridAttention(GroupAttention):
    """Attention within grids of evenly spaced positions over the whole input.

    weights  4C² and 4C biases, and for each head a bias for each of Π(2k − 1) offsets in a grid of size k
    macs     4C² + 2C · grid size, for every position
    source   Tu et al. 2022, arXiv:2204.01697; torchvision's maxvit
    """

    kind = "grid_attention"
    example = "56x56x64 -> grid_attention 2 7x7"
    note = "MaxViT's block attention, which precedes it, is window_attention."

    grid: Kernel
    scale_by: Scaling = "head"
    spread = True

    @property
    def group_size(self) -> tuple[Number, ...]:
        return self.grid  # type: ignore[no-any-return]

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from super().check(x)
        for k, n in zip(self.grid, x.sides, strict=False):
            if n % k:
                yield Refusal("E202", "grid", f"{k} does not divide the input size {n}")
                return

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Global, x.sides))


def tokens_refused(layer: Layer, x: Shape) -> Iterator[Refusal]:
    """Yield the refusal of anything but tokens, which have one spatial dimension."""
    if len(x.sides) != 1:
        hint = "add tokens before it" if x.sides else None
        yield Refusal("E207", None, f"{layer.kind} takes tokens such as 197x768, {x} {has_sides(x)}", hint)


def in_heads(projected: Any, heads: int) -> Any:
    """Return queries, keys and values, each … x heads x positions x channels of a head."""
    return projected.unflatten(-1, (3, heads, -1)).movedim(-3, 0).transpose(-3, -2)


def mixed(scores: Any, values: Any) -> Any:
    """Return the values, weighted by the scores, with the heads concatenated: … x positions x channels."""
    return (scores.softmax(-1) @ values).transpose(-3, -2).flatten(-2)
