"""A wheel of an installed distribution, from the files that are installed: the same bytes each time, without a network.

Source: the Python Packaging User Guide, "Binary distribution format".
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cnncalc import library

LEFT_OUT = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")
"""Files that describe the installation."""

EARLIEST = (1980, 1, 1, 0, 0, 0)


def wheel(name: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a wheel; raises LookupError where the distribution is not installed."""
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise LookupError(name) from None
    files = dict(sorted(_files(distribution)))
    info = next(path.split("/")[0] for path in files if path.endswith(".dist-info/METADATA"))
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, EARLIEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return f"{info.removesuffix('.dist-info')}-{tag(files.get(f'{info}/WHEEL', b''))}.whl", out.getvalue()


def tag(description: bytes) -> str:
    """Return the tags of a WHEEL file as a file name has them: `py2-none-any`, `py3-none-any` as `py2.py3-none-any`."""
    lines = description.decode("utf-8", "replace").splitlines()
    tags = [line.removeprefix("Tag:").strip().split("-") for line in lines if line.startswith("Tag:")]
    return "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True)) or "py3-none-any"


def _files(distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    """Yield the paths within a wheel and their contents; of an editable installation, those of the checkout."""
    package = distribution.metadata["Name"].replace("-", "_")
    whole = False
    for file in distribution.files or ():
        path = file.as_posix()
        if path.startswith("../") or "__pycache__" in path or path.endswith((".pth", ".pyc")):
            continue
        if path.rpartition("/")[0].endswith(".dist-info") and file.name in LEFT_OUT:
            continue
        whole = whole or path == f"{package}/__init__.py"
        yield path, Path(str(distribution.locate_file(file))).read_bytes()
    if not whole and package in sys.modules:
        root = Path(str(sys.modules[package].__file__)).parent
        yield from _below(root, package)
        if not (root / "architectures").is_dir():
            yield from _below(library.folder(), f"{package}/architectures")


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
