"""A fixture of this folder: both parsers of YAML, one after the other."""

from __future__ import annotations

import pytest

from cnncalc.spec import events
from tests.spec.make import LOADERS


@pytest.fixture(params=LOADERS, ids=["c", "pure"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOADER", request.param)
