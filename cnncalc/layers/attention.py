"""Attention: global, or within windows or grids."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from cnncalc.layers.base import Layer, Refusal, Tensors
from cnncalc.layers.fields import Kernel, OwnBias, Positive, ProjectionBias, Scaling, SizeOrZero, Value, YesNo
from cnncalc.layers.geometry import IDENTITY, Blocks, Global, Side
from cnncalc.layers.merge import Joint
from cnncalc.layers.modules import function, torch_pads
from cnncalc.layers.partition import cut, joined, regions, relative
from cnncalc.layers.saves import INDEX, INPUT, Extra, Saves
from cnncalc.layers.window import has_sides, needs_sides
from cnncalc.numbers.arith import Number, ceil_div, product
from cnncalc.shape import Shape


class HeadedAttention(Layer):
    """Attention with several heads.

    shape    unchanged
    """

    weighted = True

    heads: Positive

    def check(self, x: Shape) -> Iterator[Refusal]:
        if x.channels % self.heads:
            reason = f"{self.heads} heads do not divide {x.channels} channels"
            yield Refusal("E203", "heads", reason, _divisors_near(self.heads, x.channels))

    def shape(self, x: Shape) -> Shape:
        return x

    def fans(self, x: Shape) -> tuple[Number, Number] | None:
        """Return C and C, of each of the four projections; torch.nn.init treats the first three as one of 3C."""
        return x.channels, x.channels


class PlainAttention(HeadedAttention):
    """Attention without relative positions: its projections have any width, and biases of their own."""

    bias: YesNo = True
    key_dim: Positive = None
    value_dim: Positive = None
    qkv_bias: ProjectionBias = None
    out_bias: OwnBias = None
    out_proj: YesNo = True

    @classmethod
    def default_text(cls, name: str) -> str:
        texts = {"key_dim": "C/heads", "value_dim": "key_dim", "qkv_bias": "bias", "out_bias": "bias"}
        return texts.get(name) or super().default_text(name)

    def default(self, name: str) -> Value:
        if name in ("qkv_bias", "out_bias"):
            return self.bias
        return super().default(name)

    def widths(self, channels: Number) -> tuple[Number, Number]:
        """Return the channels of all heads together: of queries and keys, and of values."""
        keys = channels if self.key_dim is None else self.heads * self.key_dim
        return keys, keys if self.value_dim is None else self.heads * self.value_dim

    def fitted(self, x: Shape) -> Iterator[Refusal]:
        """Yield refusals of the queries."""
        if self.key_dim is None:
            for refusal in super().check(x):
                yield refusal._replace(hint=", or ".join(filter(None, (refusal.hint, "give key_dim"))))

    def output(self, x: Shape) -> Shape:
        """Return the output for queries of this shape."""
        return x if self.out_proj else Shape(x.sides, self.widths(x.channels)[1])

    def biases(self, x: Shape) -> Tensors:
        """Return the biases of queries, keys and values."""
        keys, values = self.widths(x.channels)
        if self.qkv_bias == "qv":
            return {"q_bias": (keys,), "v_bias": (values,)}
        return {"in_proj_bias": (2 * keys + values,)} if self.qkv_bias else {}

    def projection(self, x: Shape) -> Tensors:
        """Return the tensors of the output projection."""
        if not self.out_proj:
            return {}
        weight: Tensors = {"out_proj.weight": (x.channels, self.widths(x.channels)[1])}
        return {**weight, "out_proj.bias": (x.channels,)} if self.out_bias else weight

    def work(self, x: Shape, seen: Number) -> Number:
        """Return the multiply-adds of both products and of the output projection."""
        keys, values = self.widths(x.channels)
        n = product(x.sides)
        return n * seen * (keys + values) + (n * values * x.channels if self.out_proj else 0)

    def made(self, torch: Any, x: Shape, weights: Tensors, forward: Callable[..., Any]) -> Any:
        """Return a module with these tensors, drawn as torch.nn.MultiheadAttention draws them."""
        module = function(torch, self, forward)
        _, values = self.widths(x.channels)
        for name, shape in weights.items():
            if "." not in name:
                module.register_parameter(name, torch.nn.Parameter(torch.zeros(shape)))
                if name.endswith("weight"):
                    torch.nn.init.xavier_uniform_(getattr(module, name))
        if self.out_proj:
            module.out_proj = torch.nn.Linear(values, x.channels, bias=self.out_bias)
        return module

    def kept(self, x: Shape, seen: Number, projected: tuple[Number, ...]) -> Saves:
        """Return what is kept of queries of `x`, as many keys and values as are seen, scores, and what is found."""
        n, (keys, values) = product(x.sides), self.widths(x.channels)
        scores = self.heads * n * seen
        found = n * values if self.out_proj else 0
        extras = Extra(n * keys + seen * (keys + values) + found + scores), Extra(scores, type="float32_copy_on_cuda")
        forward = scores + n * keys + seen * (keys + values)
        # Softmax has the gradients of its output and of its input beside the scores.
        out = values * x.channels if self.out_proj else 0
        return INPUT.more(*extras)._replace(
            casts="low",
            weights=out,
            first=projected,
            about=20,
            needs="last",
            layout="last",
            forward=forward,
            backward=2 * scores,
        )

    def attended(self, module: Any, queries: Any, keys: Any, values: Any) -> Any:
        """Return what queries find, in PyTorch; all three are N x positions x channels of all heads."""
        parts = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (queries, keys, values))
        queries, keys, values = parts
        found = mixed(queries @ keys.transpose(-2, -1) * queries.shape[-1] ** -0.5, values)
        return module.out_proj(found) if self.out_proj else found


class Attention(PlainAttention):
    """Multi-head self-attention over all tokens, or all positions of a map, with C/heads channels per head.

    shape    unchanged; heads × value_dim channels with out_proj=no
    weights  4C² and 4C biases: the projections of queries, keys, values, output; 2C(hk + hv) for heads of other widths
    macs     4nC² for the projections of n positions, 2n²C for queries by keys and scores by values
    source   Vaswani et al. 2017, arXiv:1706.03762; torch.nn.MultiheadAttention
    """

    kind = "attention"
    example = "197x768 -> attention 12"
    synonyms = ("self_attention", "mha")
    framework_names = ("MultiheadAttention", "MultiHeadAttention")
    note = (
        "`qkv_bias=no` is the default of timm's ViT, `qkv_bias=qv` leaves the keys without a bias (BEiT, Whisper). It "
        "knows no positions: add them before it (`position`). On a map the n² products grow with the fourth power of "
        "its side."
    )

    def check(self, x: Shape) -> Iterator[Refusal]:
        refusal = needs_sides(self, x)
        if refusal:
            yield refusal
        yield from self.fitted(x)

    def shape(self, x: Shape) -> Shape:
        return self.output(x)

    def weights(self, x: Shape) -> Tensors:
        keys, values = self.widths(x.channels)
        return {"in_proj_weight": (2 * keys + values, x.channels), **self.biases(x), **self.projection(x)}

    def macs(self, x: Shape) -> Number:
        keys, values = self.widths(x.channels)
        n = product(x.sides)
        return n * x.channels * (2 * keys + values) + self.work(x, n)

    def products(self, x: Shape) -> Number:
        n = product(x.sides)
        return n * n * sum(self.widths(x.channels))

    def behind(self, x: Shape) -> Number:
        return product(x.sides) * self.widths(x.channels)[1] * x.channels if self.out_proj else 0

    def geometry(self, x: Shape) -> tuple[Side, ...]:
        return tuple(map(Global, x.sides))

    def saves(self, x: Shape) -> Saves:
        return self.kept(x, product(x.sides), (product(self.weights(x)["in_proj_weight"]),))

    def build(self, torch: Any, x: Shape) -> Any:
        keys, _ = self.widths(x.channels)

        def forward(module: Any, volume: Any) -> Any:
            tokens = volume.flatten(2).transpose(1, 2)
            bias = module.in_proj_bias if self.qkv_bias is True else None
            if self.qkv_bias == "qv":
                bias = torch.cat([module.q_bias, torch.zeros_like(module.q_bias), module.v_bias])
            parts = _in_three(torch.nn.functional.linear(tokens, module.in_proj_weight, bias), keys)
            return self.attended(module, *parts).transpose(1, 2).unflatten(2, x.sides)

        return self.made(torch, x, self.weights(x), forward)


class CrossAttention(PlainAttention, Joint):
    """Multi-head attention with queries of this volume, and keys and values of earlier results.

    shape    the sides and channels of the queries; heads × value_dim channels with out_proj=no
    weights  2C² + 2CD and 4C biases, D channels of keys and values; (hk + hv)(C + D) for heads of other widths
    macs     2nC² + 2mCD for the projections of n queries and m keys, 2nmC for queries by keys and scores by values
    source   Vaswani et al. 2017, arXiv:1706.03762; torch.nn.MultiheadAttention with kdim and vdim
    """

    kind = "cross_attention"
    example = "14x14x256 -> conv 64 1x1 -> cross_attention 8 input"
    most = 2
    note = (
        "One name is that of the keys and values; of two names the first has the keys, the second the values: DETR "
        "adds its positions to queries and keys only. A vector is one query."
    )

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        x, keys, *others = xs
        values = others[0] if others else keys
        for seen in xs[1:]:
            if not seen.sides:
                reason = f"cross_attention looks at 1 to 3 spatial dimensions, {seen} is a vector"
                yield Refusal("E202", None, reason, "name a result before flatten or the global pool")
                return
        if product(keys.sides) != product(values.sides):
            n, m = product(keys.sides), product(values.sides)
            reason = f"cross_attention needs as many keys as values: {keys} has {n} positions, {values} has {m}"
            yield Refusal("E204", None, reason)
        yield from self.fitted(x)

    def shape(self, *xs: Shape) -> Shape:
        return self.output(xs[0])

    def weights(self, *xs: Shape) -> Tensors:
        x, keys, values = xs[0], xs[1], xs[-1]
        k, v = self.widths(x.channels)
        projections: Tensors = {
            "q_proj_weight": (k, x.channels),
            "k_proj_weight": (k, keys.channels),
            "v_proj_weight": (v, values.channels),
        }
        return {**projections, **self.biases(x), **self.projection(x)}

    def macs(self, *xs: Shape) -> Number:
        x, keys, values = xs[0], xs[1], xs[-1]
        k, v = self.widths(x.channels)
        seen = product(keys.sides)
        projections = product(x.sides) * x.channels * k + seen * keys.channels * k + seen * values.channels * v
        return projections + self.work(x, seen)

    def products(self, *xs: Shape) -> Number:
        return product(xs[0].sides) * product(xs[1].sides) * sum(self.widths(xs[0].channels))

    def behind(self, *xs: Shape) -> Number:
        x = xs[0]
        return product(x.sides) * self.widths(x.channels)[1] * x.channels if self.out_proj else 0

    def fans(self, *xs: Shape) -> None:
        return None

    def geometry(self, *xs: Shape) -> tuple[Side, ...]:
        return (IDENTITY,) * len(xs[0].sides)

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        return (IDENTITY,) * len(xs[0].sides), *(tuple(map(Global, seen.sides)) for seen in xs[1:])

    def saves(self, *xs: Shape) -> Saves:
        weights = self.weights(*xs)
        query, key, value = (product(weights[f"{name}_proj_weight"]) for name in "qkv")
        kept = [Extra(seen.values) for seen in xs[1:]]
        if len(xs) == 2:  # what is both keys and values is cast twice
            return self.kept(xs[0], product(xs[1].sides), (query, key + value)).more(
                *kept, Extra(xs[1].values, type="low_copy")
            )
        return self.kept(xs[0], product(xs[1].sides), (query, key, value)).more(*kept)

    def build(self, torch: Any, *xs: Shape) -> Any:
        x = xs[0]
        k, _ = self.widths(x.channels)

        def forward(module: Any, *volumes: Any) -> Any:
            tokens = [volume.reshape(*volume.shape[:2], -1).transpose(1, 2).contiguous() for volume in volumes]
            weights = (module.q_proj_weight, module.k_proj_weight, module.v_proj_weight)
            seen = (tokens[0], tokens[1], tokens[-1])
            biases = _in_three(module.in_proj_bias, k) if self.qkv_bias is True else (None, None, None)
            if self.qkv_bias == "qv":
                biases = module.q_bias, None, module.v_bias
            parts = map(torch.nn.functional.linear, seen, weights, biases)
            return self.attended(module, *parts).transpose(1, 2).reshape(len(volumes[0]), -1, *x.sides)

        return self.made(torch, x, self.weights(*xs), forward)


class GroupAttention(HeadedAttention):
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

    def products(self, x: Shape) -> Number:
        return product(self.padded(x)) * 2 * product(self.group_size) * x.channels

    def behind(self, x: Shape) -> Number:
        return product(self.padded(x)) * x.channels * x.channels

    def project(self, torch: Any, module: Any, positions: Any) -> Any:
        """Return queries, keys and values of positions, in PyTorch."""
        return module.qkv(positions)

    def scores(self, torch: Any, module: Any, queries: Any, keys: Any) -> Any:
        """Return the attention scores with the position bias, in PyTorch."""
        table = module.relative_position_bias_table[relative(torch, self.group_size, queries.device)]
        channels = queries.shape[-1] * (self.heads if self.scale_by == "all" else 1)
        return queries @ keys.transpose(-2, -1) * channels**-0.5 + table.permute(2, 0, 1)

    def saves(self, x: Shape) -> Saves:
        positions, group = product(self.padded(x)), product(self.group_size)
        distances = Extra(group * group, INDEX, once=True)
        scores = positions * group * self.heads  # float32 with the position bias, and a copy for the values
        kept = (Extra(5 * positions * x.channels + scores), Extra(scores, type="float32_copy"), distances)
        weights = {"first": (3 * x.channels * x.channels,), "weights": x.channels * x.channels}
        return Saves(
            extras=kept,
            casts="low",
            **weights,
            about=20,
            layout="first",
            forward=positions * (3 * x.channels + 2 * group * self.heads),
        )

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
        table = module.cpb_mlp(distances.expand(len(keys), -1, -1))  # once an image, as macs has it
        bias = 16 * table.sigmoid()[:, relative(torch, self.group_size, keys.device)].permute(0, 3, 1, 2).unsqueeze(1)
        return queries @ keys.transpose(-2, -1) * module.logit_scale.clamp(max=4.6052).exp() + bias

    def saves(self, x: Shape) -> Saves:
        positions, group = product(self.padded(x)), product(self.group_size)
        vectors, lengths = 8 * positions * x.channels, 4 * positions * self.heads
        scores = 2 * positions * group * self.heads
        network = product(2 * k - 1 for k in self.group_size) * (len(x.sides) + self.hidden + self.heads)
        kept = (
            Extra(vectors + scores + network),
            Extra(lengths, type="float32_on_cuda"),
            Extra(2 * positions * x.channels, type="float32_copy_on_cuda"),
            Extra(scores // 2, type="float32_copy"),
            Extra(3, once=True, type="entered"),
            Extra(self.heads, once=True, type="float32"),
            Extra(group * group, INDEX, once=True),
        )
        c = x.channels
        weights = {"first": (3 * c * c,), "weights": c * c + self.heads * self.hidden}
        return Saves(extras=kept, casts="low", **weights, about=20, layout="first", forward=scores)

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


def _divisors_near(heads: Number, channels: Number) -> str | None:
    """Say which divisors of the channels are nearest to a number of heads; None where one of them is no int."""
    if not isinstance(heads, int) or not isinstance(channels, int):
        return None
    below = next(n for n in range(min(heads, channels), 0, -1) if channels % n == 0)
    above = next((n for n in range(heads, channels + 1) if channels % n == 0), None)
    return f"{below} or {above} would" if above else f"{below} would"


def _in_three(tensor: Any, keys: Number) -> tuple[Any, Any, Any]:
    """Return the parts of queries, keys and values along the last dimension."""
    return tensor[..., :keys], tensor[..., keys : 2 * keys], tensor[..., 2 * keys :]


def in_heads(projected: Any, heads: int) -> Any:
    """Return queries, keys and values, each … x heads x positions x channels of a head."""
    return projected.unflatten(-1, (3, heads, -1)).movedim(-3, 0).transpose(-3, -2)


def mixed(scores: Any, values: Any) -> Any:
    """Return the values, weighted by the scores, with the heads concatenated: … x positions x channels."""
    return (scores.softmax(-1) @ values).transpose(-3, -2).flatten(-2)
