"""Numbers drawn from words: the same everywhere, and none more often than others."""

from __future__ import annotations

import hashlib

import pytest

from cnncalc.quizzes.draws import Draws


def test_the_same_words_draw_the_same_numbers_on_every_machine() -> None:
    draws = Draws("seed", "student", 1)
    first = hashlib.sha256(b'["seed", "student", "1"]' + bytes(8)).digest()
    assert draws.below(2**64) == int.from_bytes(first[:8], "big")
    drawn = [draws.below(n) for n in (2, 10, 1000, 10**9) for _ in range(3)]
    assert drawn == [1, 0, 1, 4, 9, 3, 571, 984, 270, 677706741, 151232107, 602001994]
    assert "".join(draws.shuffled("abcdefgh")) == "gcfdheba"


def test_words_are_kept_apart() -> None:
    assert Draws("ab").below(2**60) != Draws("a", "b").below(2**60) != Draws("a", "", "b").below(2**60)
    assert Draws("1").below(2**60) == Draws(1).below(2**60)


def test_none_comes_more_often() -> None:
    """2^64 is no multiple of 3 · 2^62: without drawing again, every third number would come twice as often."""
    draws, n = Draws("bias"), 3 << 62
    thirds = [0, 0, 0]
    for _ in range(3000):
        thirds[draws.below(n) >> 62] += 1
    assert min(thirds) > 900, thirds


def test_choices_shuffles_and_samples() -> None:
    draws = Draws("x")
    assert {draws.choice("abc") for _ in range(50)} == {*"abc"}
    assert sorted(draws.shuffled(range(20))) == [*range(20)] != draws.shuffled(range(20))
    assert all(len({*draws.sample(range(10), 4)}) == 4 for _ in range(20))
    orders = {tuple(draws.shuffled("abc")) for _ in range(200)}
    assert len(orders) == 6


@pytest.mark.parametrize("n", [0, -1, 2**64 + 1])
def test_what_cannot_be_drawn(n: int) -> None:
    with pytest.raises(ValueError, match=f"one of {n} cannot be drawn"):
        Draws("x").below(n)
    with pytest.raises(ValueError, match="3 of 2 cannot be drawn"):
        Draws("x").sample("ab", 3)
