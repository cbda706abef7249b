"""A model whose `forward` is given, for tests of what is read from it."""

from __future__ import annotations

from typing import Any

from torch import nn


class Written(nn.Module):
    """A model of a few named parts and a forward that is given."""

    def __init__(self, forward: Any, **parts: Any) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.run = forward

    def forward(self, *volumes: Any) -> Any:
        return self.run(self, *volumes)
