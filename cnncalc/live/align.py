"""Which call of one model is which of the other: by their place in the graph, whatever the order of branches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import count
from typing import TypeAlias

from cnncalc.live.calls import MERGES, NORMS, ORDERED, POOLS, UNFOLLOWED, Call, size

CELLS = 4_000_000  # of the table of a gap; beyond it, calls are paired by equal keys in order

EDGE = 2.0  # what a read in common counts beside the likeness of two calls


def align(ours: Sequence[Call], theirs: Sequence[Call]) -> tuple[dict[int, int], set[int]]:
    """Return ours -> theirs for calls that are the same layer, written alike or not, and those of ours that moved.

    A call that is alike with all before it, or with all after it, is at the same place: for one that differs, every
    other call is one or the other. What is left between several that differ is aligned in order, the likest calls
    together.
    """
    found = _Alignment(ours, theirs)
    return found.pairs, found.moved


DEPTHS = (16, 8, 4, 2, 1, 0)
"""Steps around a call that are compared to distinguish it from equal ones of the same model."""

Marks: TypeAlias = tuple[list[int], list[int]]
Places: TypeAlias = tuple[list[frozenset[int]], list[frozenset[int]]]


class _Alignment:
    def __init__(self, ours: Sequence[Call], theirs: Sequence[Call]) -> None:
        self.ours, self.theirs = ours, theirs
        self.pairs: dict[int, int] = {}
        self.back: dict[int, int] = {}
        self.moved: set[int] = set()
        self.readers = readers(ours), readers(theirs)
        numbers: defaultdict[Hashable, int] = defaultdict(count().__next__)
        before = _before(ours, numbers), _before(theirs, numbers)
        after = _after(ours, self.readers[0], numbers), _after(theirs, self.readers[1], numbers)
        near = [_near(calls, [[r.at for r in call.reads] for call in calls], numbers) for calls in (ours, theirs)]
        far = [_near(calls, beside, numbers) for calls, beside in zip((ours, theirs), self.readers, strict=True)]
        self._match(before, after, forward=True)
        for depth in range(len(DEPTHS)):
            self._match(before, (far[0][depth], far[1][depth]), forward=True)
        for depth in range(len(DEPTHS)):
            self._match(after, (near[0][depth], near[1][depth]), forward=False)
        for depth in range(len(DEPTHS)):
            self._unique((near[0][depth], near[1][depth]), (far[0][depth], far[1][depth]))
        self._between()

    def _pair(self, our: int, their: int) -> None:
        self.pairs[our], self.back[their] = their, our

    def _match(self, whole: Marks, other: Marks, *, forward: bool) -> None:
        """Pair calls with equal marks of both sorts whose neighbours, as far as they are paired, are pairs as well."""
        ours, theirs = (list(zip(a, b, strict=True)) for a, b in zip(whole, other, strict=True))
        found: defaultdict[Hashable, list[int]] = defaultdict(list)
        for their, mark in enumerate(theirs):
            if their not in self.back:
                found[mark].append(their)
        for our in range(len(ours)) if forward else reversed(range(len(ours))):
            if our in self.pairs:
                continue
            marked = found[ours[our]]
            fitting = [their for their in marked if self._fit(our, their, forward=forward)]
            if fitting:
                their = fitting[0] if len(fitting) == 1 else self._nearest_of(fitting, our, forward=forward)
                self._pair(our, their)
                marked.remove(their)

    def _unique(self, near: Marks, far: Marks) -> None:
        """Pair calls that are left and alike with all around them, where each side has one such call."""
        found: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, known in enumerate((self.pairs, self.back)):
            for index, mark in enumerate(zip(near[side], far[side], strict=True)):
                if index not in known:
                    found[mark][side].append(index)
        for ours, theirs in found.values():
            if len(ours) == len(theirs) == 1:
                both = ours[0], theirs[0]
                if self._fit(*both, forward=True) and self._fit(*both, forward=False):
                    self._pair(*both)

    def _fit(self, our: int, their: int, *, forward: bool) -> bool:
        mine, yours = self._beside(our, their, forward=forward)
        return {self.pairs[i] for i in mine if i in self.pairs} == {i for i in yours if i in self.back}

    def _beside(self, our: int, their: int, *, forward: bool) -> tuple[set[int], set[int]]:
        if forward:
            return {r.at for r in self.ours[our].reads}, {r.at for r in self.theirs[their].reads}
        return set(self.readers[0][our]), set(self.readers[1][their])

    def _nearest_of(self, fitting: list[int], our: int, *, forward: bool) -> int:
        """Choose, among similar calls of one model, the one in the most similar position in the other model.

        That is the one with the same pairs nearest to it; of several, the one with as many calls up to those.
        """
        paired, steps = self._paired(our, 0, forward=forward)
        mine = {self.pairs[i] for i in paired}

        def standing(their: int) -> tuple[int, int, bool]:
            yours, their_steps = self._paired(their, 1, forward=forward)
            in_order = self._positions(our, 0) == self._positions(their, 1)
            return len(mine & yours), -abs(steps - their_steps), in_order

        return max(fitting, key=standing)

    def _positions(self, index: int, side: int) -> list[list[int]]:
        """Return at which positions each ordered merge that reads a call does so."""
        calls = (self.ours, self.theirs)[side]
        merges = (calls[reader] for reader in self.readers[side][index] if calls[reader].kind in ORDERED)
        return [[position for position, r in enumerate(merge.reads) if r.at == index] for merge in merges]

    def _paired(self, index: int, side: int, *, forward: bool) -> tuple[set[int], int]:
        """Return the nearest calls that are already paired, and the number of calls between.

        They stand after a call with `forward`, else before it.
        """
        calls, known = ((self.ours, self.pairs), (self.theirs, self.back))[side]
        found, seen, waiting = set(), {index}, [index]
        while waiting:
            at = waiting.pop()
            beside = self.readers[side][at] if forward else [r.at for r in calls[at].reads]
            for other in beside:
                if other in known:
                    found.add(other)
                elif other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return found, len(seen)

    def _between(self) -> None:
        """Pair what is left: in order, the likest together, never past a pair."""
        left = [i for i in range(len(self.ours)) if i not in self.pairs]
        right = [i for i in range(len(self.theirs)) if i not in self.back]
        if not left or not right:
            return
        places = self._places()
        if len(left) * len(right) > CELLS:
            self._in_order(left, right)
        else:
            # In the order of the calls, or where branches are permuted, in one that does not depend on it.
            orders = [_depth_first(self.ours, self.readers[0]), _depth_first(self.theirs, self.readers[1])]
            sorted_ = sorted(left, key=orders[0].__getitem__), sorted(right, key=orders[1].__getitem__)
            found = max(
                (self._best(*both, places) for both in ((left, right), sorted_)),
                key=lambda best: best[0] + EDGE * self._edges(best[1]),
            )[1]
            for our, their in found:
                self._pair(our, their)
        self._moved(places)

    def _places(self) -> Places:
        """Return for each call of ours and of theirs the nearest pairs before and after it, as our numbers.

        Numbers after are negative, so that a place is one set.
        """
        found = []
        for calls, readers_, known in (
            (self.ours, self.readers[0], {i: i for i in self.pairs}),
            (self.theirs, self.readers[1], self.back),
        ):
            nearest: list[set[int]] = [set() for _ in calls]
            for call in calls:
                for r in call.reads:
                    nearest[call.index] |= {known[r.at]} if r.at in known else nearest[r.at]
            ahead: list[set[int]] = [set() for _ in calls]
            for call in reversed(calls):
                for reader in readers_[call.index]:
                    ahead[call.index] |= {-1 - known[reader]} if reader in known else ahead[reader]
            found.append([frozenset(a | b) for a, b in zip(nearest, ahead, strict=True)])
        return found[0], found[1]

    def _best(self, left: list[int], right: list[int], places: Places) -> tuple[float, list[tuple[int, int]]]:
        """Align two lists so that the sum of likenesses is largest; return it, and the pairs."""
        likeness = [
            [_likeness(self.ours[i], self.theirs[j]) if places[0][i] & places[1][j] else 0.0 for j in right]
            for i in left
        ]
        best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
        for a in range(len(left) - 1, -1, -1):
            row, below, like = best[a], best[a + 1], likeness[a]
            for b in range(len(right) - 1, -1, -1):
                row[b] = max(below[b], row[b + 1], below[b + 1] + like[b])
        found = []
        a = b = 0
        while a < len(left) and b < len(right):
            if likeness[a][b] and best[a][b] == best[a + 1][b + 1] + likeness[a][b]:
                found.append((left[a], right[b]))
                a, b = a + 1, b + 1
            elif best[a][b] == best[a + 1][b]:
                a += 1
            else:
                b += 1
        return best[0][0], found

    def _edges(self, found: list[tuple[int, int]]) -> int:
        """Count the reads that pairs would have in common, those of an ordered merge at the same position."""
        pairs = self.pairs | dict(found)
        edges = 0
        for our, their in pairs.items():
            mine = [pairs.get(r.at) for r in self.ours[our].reads]
            yours = [r.at for r in self.theirs[their].reads]
            if self.ours[our].kind in ORDERED:
                edges += sum(a == b for a, b in zip(mine, yours, strict=False))
            else:
                edges += len(set(mine) & set(yours))
        return edges

    def _in_order(self, left: list[int], right: list[int]) -> None:
        """Pair calls with equal keys in order, where there are too many for a table."""
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for j in reversed(right):
            waiting[self.theirs[j].key].append(j)
        for i in left:
            if waiting[self.ours[i].key]:
                self._pair(i, waiting[self.ours[i].key].pop())

    def _moved(self, places: Places) -> None:
        """Pair equal calls that are left over in the same gap, as when branches or layers come in another order."""
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for their in self.theirs:
            if their.index not in self.back:
                waiting[their.key].append(their.index)
        for our in self.ours:
            if our.index in self.pairs or not our.weighted:
                continue
            there = waiting[our.key]
            found = next((j for j in there if places[0][our.index] & places[1][j]), None)
            if found is not None:
                there.remove(found)
                self._pair(our.index, found)
                if not self._fit(our.index, found, forward=True):
                    self.moved.add(our.index)


def readers(calls: Sequence[Call]) -> list[list[int]]:
    """Return for each call those that read it."""
    found: list[list[int]] = [[] for _ in calls]
    for call in calls:
        for index in {r.at for r in call.reads}:
            found[index].append(call.index)
    return found


def _before(calls: Sequence[Call], numbers: defaultdict[Hashable, int]) -> list[int]:
    """Number calls so that two have one number when they are alike with all before them."""
    found: list[int] = []
    for call in calls:
        found.append(numbers["before", call.key, frozenset(found[r.at] for r in call.reads)])
    return found


def _after(calls: Sequence[Call], readers_: list[list[int]], numbers: defaultdict[Hashable, int]) -> list[int]:
    """Number calls so that two have one number when they are alike with all after them."""
    found = [0] * len(calls)
    for call in reversed(calls):
        found[call.index] = numbers["after", call.key, tuple(sorted(found[i] for i in readers_[call.index]))]
    return found


def _near(
    calls: Sequence[Call], beside: Sequence[Sequence[int]], numbers: defaultdict[Hashable, int]
) -> list[list[int]]:
    """Number calls so that two have one number when they are alike with all within each of DEPTHS steps."""
    marks = [numbers["alone", call.key] for call in calls]
    found = {0: marks}
    for depth in range(1, DEPTHS[0] + 1):
        marks = [
            numbers["near", own, tuple(sorted(marks[i] for i in around))]
            for own, around in zip(marks, beside, strict=True)
        ]
        found[depth] = marks
    return [found[depth] for depth in DEPTHS]


def _depth_first(calls: Sequence[Call], readers_: list[list[int]]) -> list[int]:
    """Return each call's position when every branch is walked to its end, those of a fork by what they begin with.

    Two models whose branches stand in another order come out in the same one.
    """
    waits = [len({r.at for r in call.reads}) for call in calls]
    ready = sorted((c.index for c in calls if not waits[c.index]), key=lambda i: (calls[i].text, i), reverse=True)
    position = [0] * len(calls)
    for number in count():
        if not ready:
            return position
        index = ready.pop()
        position[index] = number
        freed = []
        for reader in readers_[index]:
            waits[reader] -= 1
            if not waits[reader]:
                freed.append(reader)
        ready.extend(sorted(freed, key=lambda i: (calls[i].text, i), reverse=True))
    raise AssertionError  # count() has no end


def _likeness(our: Call, their: Call) -> float:
    """Return the similarity of two calls, 0 for those that cannot correspond."""
    family = _family(our)
    if family != _family(their):
        return 0.0
    if our.key == their.key:
        same_size = size(our, our.x) == size(their, their.x)
        return (10.0 if our.weighted else 3.0) + same_size
    mine, yours = _words(our), _words(their)
    alike = len(mine & yours) / max(len(mine | yours), 1)
    return (4.0 if our.kind == their.kind else 1.5) * (0.5 + alike)


def _words(call: Call) -> set[str]:
    return set(call.text.split()[1:]) | ({f"out {call.y.channels}"} if call.y else set())


def _family(call: Call) -> str:
    """Return what calls must have in common to be taken for each other."""
    if call.kind in MERGES:
        return "merge"
    if isinstance(call.layer, NORMS):
        return "norm"
    if isinstance(call.layer, POOLS):
        return "pool"
    if call.layer is not None or call.kind == UNFOLLOWED:
        return "layer"
    return call.kind
