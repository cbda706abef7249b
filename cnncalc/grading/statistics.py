"""Counts over all students: by question, by mistake, and of the totals; in memory that does not grow with them."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

from cnncalc.grading.gathering import MISSING, NAMELESS, counts, other_claims
from cnncalc.homework.model import VERDICTS, Key, Mark, Marked

BINS = 10
FEWEST = 5
"""Students from which on a correlation says something."""


class Tally:
    """The marks of one part."""

    def __init__(self) -> None:
        self.verdicts = dict.fromkeys(VERDICTS, 0)
        self.mistakes: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()  # answers as they were understood
        self.score = Fraction(0)
        self.count = 0
        # Sums of the part's share x and of the rest y of a student's points, for their correlation.
        self.sums = [0.0] * 5

    def take(self, mark: Mark, total: float) -> None:
        self.count += 1
        self.verdicts[mark.verdict] += 1
        if mark.score:
            self.score += mark.score
        for slug in dict.fromkeys(slug for one in mark.diagnoses[:1] for slug in one.slugs):
            self.mistakes[slug] += 1
        if mark.verdict in ("wrong", "partly") and (mark.read in self.wrong or len(self.wrong) < 10_000):
            self.wrong[mark.read] += 1
        x = float(mark.score)
        y = total - x
        for at, value in enumerate((x, y, x * x, y * y, x * y)):
            self.sums[at] += value

    @property
    def discrimination(self) -> float | None:
        """The correlation of a student's points here with those for everything else (item-rest correlation).

        For parts that are right or wrong it is the point-biserial correlation. None where all have the same points.
        """
        n = self.count
        if n < FEWEST:
            return None
        x, y, xx, yy, xy = self.sums
        spread = (n * xx - x * x) * (n * yy - y * y)
        return (n * xy - x * y) / math.sqrt(spread) if spread > 1e-9 * n**4 else None


class Statistics:
    """Everything that is counted over the students."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.most = key.points
        self.tallies = {id: Tally() for id in key.parts}
        self.students = 0
        self.score = Fraction(0)
        self.bins = [0] * BINS
        self.totals: Counter[Fraction] = Counter()
        self.trouble: list[tuple[str, str, str]] = []  # student, status, file
        self.mistakes: Counter[str] = Counter()  # students by mistake
        self.missing = 0

    def take(self, marked: Marked) -> None:
        """Count one student in."""
        if marked.status != "marked" or marked.student == NAMELESS:
            self.missing += marked.status == MISSING
            self.trouble.append((marked.student, marked.status, marked.file))
        elif marked.claims:
            self.trouble.append((marked.student, other_claims(marked), marked.file))
        if not counts(marked):
            return
        total = marked.score
        self.students += 1
        self.score += total
        self.totals[total] += 1
        share = total / self.most if self.most else Fraction(1)
        self.bins[min(BINS - 1, int(share * BINS))] += 1
        made: set[str] = set()
        for mark in marked.marks:
            self.tallies[mark.part.id].take(mark, float(total))
            made.update(slug for one in mark.diagnoses[:1] for slug in one.slugs)
        self.mistakes.update(sorted(made))

    @property
    def mean(self) -> Fraction:
        return self.score / self.students if self.students else Fraction(0)

    @property
    def median(self) -> Fraction:
        """The middle total; the lower one of two."""
        seen = 0
        for total in sorted(self.totals):
            seen += self.totals[total]
            if seen * 2 >= self.students:
                return total
        return Fraction(0)

    @property
    def deviation(self) -> float:
        """The standard deviation of the totals."""
        if not self.students:
            return 0.0
        squares = sum((total - self.mean) ** 2 * count for total, count in self.totals.items())
        return math.sqrt(squares / self.students)
