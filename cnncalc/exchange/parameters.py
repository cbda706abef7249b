"""Parameters of a block: names and expressions for the values that its steps have in its instances."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

from cnncalc.spec.values import KEYWORDS

Size: TypeAlias = int | tuple[int, ...]

OPTIONAL = {"stride": "1", "groups": "1", "dilation": "1", "multiplier": "1", "pad": "0"}
"""Parameters that have a default, and which."""
ORDER = {"out": 0, "kernel": 1, **dict.fromkeys(OPTIONAL, 3)}
MOST = 64
"""The largest ratio of two parameters that is no coincidence."""


@dataclass(slots=True)
class Slot:
    """A value that one step has in one instance of a block; `channels` are those of the volume that it works on."""

    name: str
    text: str
    number: Size | None = None  # where it can be computed with
    channels: int | None = None
    is_default: bool = False


@dataclass(slots=True)
class Parameter:
    """A name in the header of a block, with its value in each instance."""

    name: str
    slots: list[Slot]
    default: str | None = None

    @property
    def written(self) -> str:
        return self.name if self.default is None else f"{self.name}={self.default}"


@dataclass(slots=True)
class Parameters:
    """The parameters of a block, found while its values are expressed one column after the other."""

    inputs: list[int]  # the channels that flow into each instance
    kinds: set[str]  # the kinds in the block, which no parameter may be called
    found: list[Parameter] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def expression(self, column: list[Slot | None]) -> str | None:
        """Return what a column is in the block: a value, a parameter, or what it is of one; None for a default.

        An instance without the step has None there; such a column becomes no parameter.
        """
        known = [slot for slot in column if slot is not None]
        if all(slot.is_default for slot in known):
            return None
        if len({slot.text for slot in known}) == 1:
            return known[0].text
        return self.derived(column) or self._added(column)

    def derived(self, column: list[Slot | None]) -> str | None:
        """Return a column in terms of the parameters that are there, or of channels."""
        at = [index for index, slot in enumerate(column) if slot is not None]
        slots = [slot for slot in column if slot is not None]
        texts = [slot.text for slot in slots]
        numbers = [slot.number for slot in slots]
        for parameter in self.found:
            given = [parameter.slots[index] for index in at]
            if texts == [slot.text for slot in given]:
                return parameter.name
            if slots[0].name in ("pad", "padding") and (found := self._padding(parameter.name, numbers, given)):
                return found
        whole = [number for number in numbers if isinstance(number, int)]
        if len(whole) < len(slots):
            return None
        for parameter in self.found:
            if parameter.name.startswith("stride"):
                continue
            found = _ratio(parameter.name, whole, [parameter.slots[index].number for index in at])
            if found:
                return found
        if slots[0].name.startswith(("stride", "pad", "kernel")):
            return None
        return _ratio("channels", whole, [slot.channels for slot in slots]) or _ratio(
            "input.channels", whole, [self.inputs[index] for index in at]
        )

    def _padding(self, name: str, pads: list[Size | None], given: list[Slot]) -> str | None:
        """Return padding that keeps the size: half of a kernel, times its dilation."""
        if not name.startswith("kernel"):
            if name.startswith("dilation") and pads == [slot.number for slot in given]:
                return name
            return None
        kernels = [slot.number for slot in given]
        halves = [tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else None for kernel in kernels]
        return f"{name}//2" if None not in halves and halves == pads else None

    def _added(self, column: list[Slot | None]) -> str | None:
        slots = [slot for slot in column if slot is not None]
        if len(slots) < len(column):
            raise Unexpressed
        stem = slots[0].name
        stem = f"{stem}_value" if stem in self.kinds or stem in KEYWORDS else stem
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        texts = [slot.text for slot in slots]
        default = OPTIONAL.get(slots[0].name.rstrip("0123456789"))
        if set(texts) <= {"yes", "no"}:
            default = Counter(texts).most_common(1)[0][0]
        self.found.append(Parameter(name, slots, default if default in texts else None))
        return name

    def header(self) -> list[Parameter]:
        """Return the parameters in the order of the header: those with a default last."""
        return sorted(self.found, key=lambda parameter: parameter.default is not None)


class Unexpressed(Exception):  # noqa: N818  # no fault: the block is left as it is
    """A column that some instances do not have is none of the parameters."""


def _ratio(name: str, values: list[int], given: list[Size | int | None]) -> str | None:
    """Return how values follow from others by a whole ratio."""
    pairs = [(value, base) for value, base in zip(values, given, strict=True) if isinstance(base, int)]
    if len(pairs) < len(values) or not pairs or any(value < 1 or base < 1 for value, base in pairs):
        return None
    value, base = pairs[0]
    if value % base == 0 and all(v == value // base * b for v, b in pairs):
        ratio = value // base
        return name if ratio == 1 else f"{ratio}*{name}" if ratio <= MOST else None
    if base % value == 0 and all(b == base // value * v for v, b in pairs):
        return f"{name}//{base // value}" if base // value <= MOST else None
    return None
