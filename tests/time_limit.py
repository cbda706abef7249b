"""A guard against texts that keep a program busy: what takes minutes where work grows with the square."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 20
"""Seconds of the processor: some fifty times what is needed, for no speed is measured here."""


@contextmanager
def within_time_limit() -> Iterator[None]:
    """Assert that the body ends within the limit."""
    start = time.process_time()
    yield
    assert time.process_time() - start < MOST
