"""Merges: combine several volumes into one.

Beside them stands the input, which comes of none.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Any, ClassVar

from cnncalc.layers.base import Refusal, Tensors, Weightless
from cnncalc.layers.geometry import IDENTITY, Side
from cnncalc.layers.modules import function
from cnncalc.layers.saves import PASSED, Saves
from cnncalc.numbers.arith import Number, maximum
from cnncalc.shape import Shape


class ManyInputs(Weightless):
    """A layer with any number of inputs, including none."""

    def weights(self, *xs: Shape) -> Tensors:
        return {}

    def buffers(self, *xs: Shape) -> Tensors:
        return {}

    def macs(self, *xs: Shape) -> Number:
        return 0

    def saves(self, *xs: Shape) -> Saves | None:
        return self.keeps

    def products(self, *xs: Shape) -> Number:
        return 0

    def behind(self, *xs: Shape) -> Number:
        return 0

    def fans(self, *xs: Shape) -> None:
        return None

    def geometry(self, *xs: Shape) -> tuple[Side, ...]:
        return (IDENTITY,) * max((len(x.sides) for x in xs), default=0)


class Joint(ManyInputs):
    """A layer that reads this volume and earlier results: `resize_like skip mode=bilinear`.

    In a chain its required fields come first, then the names, optional fields anywhere by name.
    """

    most: ClassVar[int] = 1  # how many earlier results it reads at most
    note: ClassVar[str | None] = "The names of the earlier results follow its required fields."

    @classmethod
    def usage(cls) -> str:
        required = [f.name for f in cls.fields.values() if f.required]
        optional = [f"[{f.name}=…]" for f in cls.fields.values() if not f.required]
        return " ".join([cls.kind, *required, "NAME" if cls.most == 1 else "NAME …", *optional])

    def reads(self, *xs: Shape) -> tuple[tuple[Side, ...] | None, ...]:
        """Return for each input which of its positions an output position reads; None where only its size counts."""
        return tuple((IDENTITY,) * len(x.sides) for x in xs)


class Input(ManyInputs):
    """An input of the network; it is not written as a step, so it is not among the kinds."""

    kind = "input"
    y: Shape

    def __init__(self, y: Shape) -> None:
        self.__dict__.update(sides=len(y.sides), y=y)

    def shape(self, *xs: Shape) -> Shape:
        return self.y

    def build(self, torch: Any, *xs: Shape) -> Any:
        return torch.nn.Identity()


class Merge(ManyInputs):
    """Combine several volumes into one.

    weights  none
    macs     0, by definition
    """

    note = "In a chain it is followed by names of earlier results; as an item, its branches are nested below it."
    need: ClassVar[str] = "equal shapes"

    def mismatch(self, xs: tuple[Shape, ...]) -> tuple[int, str] | None:
        """Return the index of a volume that does not fit the first one, and the requirement; None if all fit."""
        for index, x in enumerate(xs):
            if not self.fits(xs[0], x):
                return index, f"needs {self.need}"
        return None

    def fits(self, first: Shape, x: Shape) -> bool:
        """Return whether two volumes can be merged."""
        return first == x

    def check(self, *xs: Shape) -> Iterator[Refusal]:
        found = self.mismatch(xs)
        if found:
            index, reason = found
            message = f"{self.kind} {reason}: {xs[0]} and {xs[index]}"
            yield Refusal("E204", None, message, remedy(xs[0], xs[index]))

    def shape(self, *xs: Shape) -> Shape:
        return xs[0]


def remedy(first: Shape, x: Shape) -> str | None:
    """Return a change that gives the second volume the shape of the first, if there is an obvious one."""
    if first.sides == x.sides:
        layer = f"conv {first.channels} {'x'.join('1' for _ in x.sides)}" if x.sides else f"linear {first.channels}"
        return f"{layer} would give {first.channels} channels"
    alone = len(first.sides) != len(x.sides) or 1 in first.sides + x.sides
    return None if alone else "make the sizes equal by stride, pad or crop"


class Add(Merge):
    """Element-wise sum.

    shape    the common shape
    source   He et al. 2015, arXiv:1512.03385
    """

    kind = "add"
    example = "56x56x64 -> conv 64 3x3 pad=1 -> add input"
    framework_names = ("Add",)
    keeps = PASSED

    def build(self, torch: Any, *xs: Shape) -> Any:
        return function(torch, self, lambda _, *volumes: reduce(torch.add, volumes))


class Sub(Merge):
    """Element-wise difference: the first minus the others.

    shape    the common shape
    source   Koch, Zemel & Salakhutdinov 2015, the distance of siamese networks
    """

    kind = "sub"
    example = "6x6x256 -> relu -> sub input"
    framework_names = ("Subtract",)
    keeps = PASSED

    def build(self, torch: Any, *xs: Shape) -> Any:
        return function(torch, self, lambda _, *volumes: reduce(torch.sub, volumes))


class Concat(Merge):
    """Concatenate along the channels.

    shape    the common spatial size; the sum of the channels
    source   Szegedy et al. 2014, arXiv:1409.4842; torch.cat
    """

    kind = "concat"
    example = "28x28x192 -> conv 64 1x1 -> concat input"
    synonyms = ("cat", "concatenate")
    framework_names = ("Concatenate", "Concat")
    need = "equal spatial sizes"
    keeps = PASSED

    def fits(self, first: Shape, x: Shape) -> bool:
        return first.sides == x.sides

    def shape(self, *xs: Shape) -> Shape:
        return Shape(xs[0].sides, sum(x.channels for x in xs))

    def build(self, torch: Any, *xs: Shape) -> Any:
        return function(torch, self, lambda _, *volumes: torch.cat(volumes, dim=1))


class Mul(Merge):
    """Element-wise product; a dimension of 1 is broadcast, a vector counts as 1x1xC.

    shape    the maximum in each dimension
    source   Hu, Shen & Sun 2017, arXiv:1709.01507, squeeze and excitation
    """

    kind = "mul"
    example = "56x56x64 -> global_avgpool -> sigmoid -> mul input"
    framework_names = ("Multiply",)
    need = "each dimension equal or 1"

    def fits(self, first: Shape, x: Shape) -> bool:
        a, b = dimensions((first, x))
        return len(a) == len(b) and all(m == n or 1 in (m, n) for m, n in zip(a, b, strict=True))

    def shape(self, *xs: Shape) -> Shape:
        *sides, channels = (reduce(maximum, numbers) for numbers in zip(*dimensions(xs), strict=True))
        return Shape(tuple(sides), channels)

    def saves(self, *xs: Shape) -> Saves:
        return folded(self, "product", xs)

    def build(self, torch: Any, *xs: Shape) -> Any:
        sides = max(len(x.sides) for x in xs)

        def forward(module: Any, *volumes: Any) -> Any:
            return reduce(torch.mul, (v.reshape(*v.shape, *[1] * (sides + 2 - v.dim())) for v in volumes))

        return function(torch, self, forward)


def folded(layer: ManyInputs, how: str, xs: tuple[Shape, ...]) -> Saves:
    """Return what a function of two volumes at a time keeps."""
    return Saves(folds=how, results=tuple(layer.shape(*xs[:count]).values for count in range(2, len(xs))))


def dimensions(xs: tuple[Shape, ...]) -> list[tuple[Any, ...]]:
    """Return the dimensions of volumes, a vector of C as 1x1xC."""
    sides = max(len(x.sides) for x in xs)
    return [x.hwc if x.sides else ((1,) * sides + (x.channels,)) for x in xs]
