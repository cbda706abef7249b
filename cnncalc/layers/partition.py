"""Partition of PyTorch tensors into groups of positions, and its inverse; torch is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.numbers.arith import product


def cut(volume: Any, group_size: Sequence[int], spread: bool) -> Any:
    """Partition N x C x sides into N x groups x positions x C.

    The positions of a group are adjacent, or with `spread` evenly spaced over the whole dimension.
    """
    for side, k in enumerate(group_size):
        volume = volume.unflatten(2 + 2 * side, (k, -1) if spread else (-1, k))
    count = len(group_size)
    return volume.permute(_order(count, spread)).flatten(count + 1, 2 * count).flatten(1, count)


def joined(places: Any, sides: Sequence[int], group_size: Sequence[int], spread: bool) -> Any:
    """Reassemble N x groups x positions x C as N x C x sides."""
    groups = [n // k for n, k in zip(sides, group_size, strict=True)]
    volume = places.unflatten(2, tuple(group_size)).unflatten(1, tuple(groups))
    order = _order(len(group_size), spread)
    volume = volume.permute([order.index(dim) for dim in range(len(order))])
    for side in range(len(group_size)):
        volume = volume.flatten(2 + side, 3 + side)
    return volume


def _order(count: int, spread: bool) -> list[int]:
    """Return the order of dimensions groups, positions, channels for N x C x two per dimension."""
    outer, inner = range(2, 2 + 2 * count, 2), range(3, 3 + 2 * count, 2)
    return [0, *inner, *outer, 1] if spread else [0, *outer, *inner, 1]


def relative(torch: Any, group_size: Sequence[int], device: Any) -> Any:
    """Index the offsets between all pairs of positions in a group: positions x positions, 0 to Π(2k − 1) − 1."""
    places = torch.cartesian_prod(*(torch.arange(k, device=device) for k in group_size)).reshape(
        product(group_size), -1
    )
    number = torch.zeros(product(group_size), product(group_size), dtype=torch.long, device=device)
    for side, k in enumerate(group_size):
        at = places[:, side]
        number = number * (2 * k - 1) + at[:, None] - at[None, :] + k - 1
    return number


def regions(torch: Any, sides: Sequence[int], group_size: Sequence[int], shifts: Sequence[int], device: Any) -> Any:
    """Label, after a roll by `shifts`, the regions that were contiguous before it: 1 x 1 x sides."""
    number = torch.zeros(1, 1, *sides, dtype=torch.long, device=device)
    for side, (n, k, s) in enumerate(zip(sides, group_size, shifts, strict=True)):
        at = torch.arange(n, device=device)
        region = (at >= n - k).long() + (at >= n - s).long() if s else torch.zeros_like(at)
        number = number * 3 + region.reshape(n, *[1] * (len(sides) - 1 - side))
    return number
