"""What all tests share: `--update` writes the golden files anew."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from tests import effort

pytest_plugins = ["tests.touched"]

GOLDEN = Path(__file__).parent / "golden"

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers of xdist share the cores: threads of PyTorch only wait

TORCH = find_spec("torch") is not None
IMPORTS_TORCH = re.compile(r"^(import|from) (torch|tests\.live)\b", re.MULTILINE)

settings.load_profile(effort.SAME)  # unless --hypothesis-profile names another


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the rows of the library in a folder of this session, which its workers share, and no specs of one's own."""
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "XDG_CACHE_HOME", str((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "cache")
        )
        patch.delenv("CNNCALC_PATH", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def kept_bytecode() -> Iterator[None]:
    """Let the processes that tests start keep their bytecode: without it each compiles the whole package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


def pytest_configure(config: pytest.Config) -> None:
    effort.usual_only = config.option.markexpr == "not exhaustive"


def pytest_collection_finish() -> None:
    """Collect garbage rarely, and not among the thousands of tests: looking for it took a tenth of their time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the files in tests/golden anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Hold a text against a file of tests/golden, or write that file."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update"):
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"there is no {path.name}: pytest --update writes it"
        assert text == path.read_text(encoding="utf-8")

    return check


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the files that import PyTorch as they are read, where it is not installed."""
    if collection_path.suffix == ".py" and not TORCH and IMPORTS_TORCH.search(collection_path.read_text("utf-8")):
        return True
    return None
