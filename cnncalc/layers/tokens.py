"""Tokens: positions as a sequence, the input of transformers."""

from collections.abc import Iterator
from typing import Any

from cnncalc.layers.attention import tokens_refused
from cnncalc.layers.base import Layer, Refusal, Tensors, Weightless
from cnncalc.layers.fields import Count
from cnncalc.layers.modules import function, learned
from cnncalc.layers.saves import PASSED, VIEW, Saves
from cnncalc.layers.window import Spatial
from cnncalc.numbers.arith import Number, product
from cnncalc.shape import Shape


class Tokens(Spatial, Weightless):
    """Flatten the positions of a volume to a sequence of tokens.

    shape    (sides, C) -> positions × C
    weights  none
    macs     0, by definition
    source   Dosovitskiy et al. 2020, arXiv:2010.11929; torch.flatten
    """

    kind = "tokens"
    example = "14x14x768 -> tokens"
    in_place = True
    keeps = Saves(view=True, needs="sides", passes=True)

    def shape(self, x: Shape) -> Shape:
        return Shape((product(x.sides),), x.channels)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume.flatten(2))


class ClassToken(Layer):
    """Prepend a learned class token.

    shape    n × C -> (n + 1) × C
    weights  C
    macs     0, by definition
    source   Dosovitskiy et al. 2020, arXiv:2010.11929; torchvision's vision_transformer
    """

    kind = "class_token"
    example = "196x768 -> class_token"
    synonyms = ("cls_token",)
    keeps = PASSED.cast("learned")

    def check(self, x: Shape) -> Iterator[Refusal]:
        yield from tokens_refused(self, x)

    def shape(self, x: Shape) -> Shape:
        return Shape((product(x.sides) + 1,), x.channels)

    def weights(self, x: Shape) -> Tensors:
        return {"class_token": (1, 1, x.channels)}

    def macs(self, x: Shape) -> Number:
        return 0

    def build(self, torch: Any, x: Shape) -> Any:
        def forward(module: Any, volume: Any) -> Any:
            return torch.cat([module.class_token.transpose(1, 2).expand(len(volume), -1, -1), volume], dim=2)

        return learned(torch, self, x, forward)


class Position(Spatial):
    """Add a learned position embedding.

    shape    unchanged
    weights  C per position; their number depends on the input
    macs     0; adding is not counted
    source   Dosovitskiy et al. 2020, arXiv:2010.11929; torchvision's vision_transformer
    """

    kind = "position"
    example = "197x768 -> position"
    synonyms = ("position_embedding", "pos_embedding")
    in_place = True
    keeps = PASSED.cast("learned")

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Tensors:
        return {"pos_embedding": (1, *x.hwc)}

    def macs(self, x: Shape) -> Number:
        return 0

    def build(self, torch: Any, x: Shape) -> Any:
        return learned(torch, self, x, lambda module, volume: volume + module.pos_embedding.movedim(-1, 1))


class Token(Weightless):
    """Select one token.

    shape    n × C -> C
    weights  none
    macs     0, by definition
    source   Dosovitskiy et al. 2020, arXiv:2010.11929; torch.select
    """

    kind = "token"
    example = "197x768 -> token 0"
    in_place = True
    keeps = VIEW

    index: Count = 0

    def check(self, x: Shape) -> Iterator[Refusal]:
        refused = list(tokens_refused(self, x))
        yield from refused
        if not refused and self.index >= x.sides[0]:
            yield Refusal("E202", "index", f"there is no token {self.index}, they are numbered 0 to {x.sides[0] - 1}")

    def shape(self, x: Shape) -> Shape:
        return Shape((), x.channels)

    def build(self, torch: Any, x: Shape) -> Any:
        return function(torch, self, lambda _, volume: volume[:, :, self.index])
