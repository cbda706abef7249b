"""In which place the mistake that was made is named, and how often plain random numbers get a name.

The wrong numbers are computed by the formulas of test_mistakes.py, from whole numbers. With a number of rounds,
`python -m tests.homework.test_mistake_ranks 87`, it prints the shares for so many questions of each maker.
"""

from __future__ import annotations

import random
import re
import sys
from typing import NamedTuple

import pytest

from cnncalc.homework.mark import mark_part
from tests.homework.test_mistakes import MAKERS, impossible, part_of

ROUNDS = 20
FIRST, AMONG_TWO, BY_CHANCE = 0.97, 0.99, 0.03
NUMBER = re.compile(r"\d[\d,]*")


class Shares(NamedTuple):
    """How many wrong answers have the right name first, among two; how many random ones have any."""

    answers: int
    first: float
    among_two: float
    random: int
    by_chance: float


def near(right: str, r: random.Random) -> str | None:
    """Return the right answer with one of its numbers off by some; None of an answer that is not of whole numbers."""
    if "." in right or "before" in right:
        return None
    number = r.choice([*NUMBER.finditer(right)])
    value = int(number.group().replace(",", ""))
    spread = max(20, value // 10)
    other = r.choice([round(value * (1 + r.uniform(-0.3, 0.3))), value + r.randint(-spread, spread)])
    return f"{right[: number.start()]}{other}{right[number.end() :]}" if 0 < other != value else None


def shares(rounds: int) -> Shares:
    answers = first = two = chance = random_ones = 0
    for make in MAKERS:
        r = random.Random(f"ranks {make.__name__}")
        for _ in range(rounds):
            question = make(r)
            part = part_of(question.entry)
            for _, answer in question.wrong:
                mark = mark_part(part, answer)
                if impossible(answer) or mark.read == part.right.text:
                    continue
                names = [set(diagnosis.slugs) for diagnosis in mark.diagnoses]
                alike = {slug for slug, other in question.wrong if other == answer}
                answers += 1
                first += any(name & alike for name in names[:1])
                two += any(name & alike for name in names[:2])
            known = {answer.replace(",", "") for _, answer in question.wrong}
            for text in (near(question.right, r) for _ in range(3)):
                if text is not None and text.replace(",", "") not in known:
                    random_ones += 1
                    chance += bool(mark_part(part, text).diagnoses)
    return Shares(answers, first / answers, two / answers, random_ones, chance / random_ones)


@pytest.mark.exhaustive
def test_the_right_name_comes_first() -> None:
    found = shares(ROUNDS)
    assert found.answers > 1500
    assert found.random > 1000
    assert found.first >= FIRST, found
    assert found.among_two >= AMONG_TWO, found
    assert found.by_chance <= BY_CHANCE, found


if __name__ == "__main__":
    print(shares(int(sys.argv[1])))
