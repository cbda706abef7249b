"""The layer kinds, one family a file; `KINDS` lists them all."""

from __future__ import annotations

from cnncalc.layers.base import Layer
from cnncalc.layers.conv import Conv

KINDS: dict[str, type[Layer]] = {kind.kind: kind for kind in (Conv,)}
"""Every kind by its name."""

SYNONYMS: dict[str, type[Layer]] = {word: kind for kind in KINDS.values() for word in kind.synonyms}
"""Other words that are understood."""
