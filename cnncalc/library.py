"""The library: the networks that have a name, in the shipped files and in folders of one's own (CNNCALC_PATH)."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.files import reason_of, special
from cnncalc.problem import Problem, Problems, SkippedWarning, Source, quoted

if TYPE_CHECKING:
    from cnncalc.spec.model import Spec, Variant

SUFFIXES = (".cnn.yaml", ".cnn.yml", ".cnn.json")

USUAL = 65_536
"""Bytes that nearly every spec is below: asking each file for as many as the limit costs more than reading it."""

OWN: ContextVar[tuple[str, ...]] = ContextVar("OWN", default=())
"""Folders given on the command line; they come before those of CNNCALC_PATH."""


class NotFound(Problems):
    """What was named cannot be read at all: no such name, no such file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One network of the library: a variant of a family, or a family of one."""

    name: str
    title: str
    family: str
    source: str
    year: str
    file: Path


def folder() -> Path:
    """Return the folder of the library's files: inside the installed package, or beside it in a checkout."""
    here = Path(__file__).parent
    inside = here / "architectures"
    return inside if inside.is_dir() else here.parent / "architectures"


def own_folders() -> list[Path]:
    """Return the folders of one's own specs: those of --path, then those of CNNCALC_PATH; raises NotFound."""
    given = [(path, "--path") for path in OWN.get()]
    given += [(path, "CNNCALC_PATH") for path in os.environ.get("CNNCALC_PATH", "").split(os.pathsep) if path]
    missing = [
        Problem("E114", f"{quoted(path, 200)} of {origin} is no folder") for path, origin in given if not _is_dir(path)
    ]
    if missing:
        raise NotFound(missing)
    return [Path(path) for path, _ in given]


def _is_dir(path: str) -> bool:
    try:
        return os.path.isdir(path)
    except ValueError:  # a null character
        return False


def files() -> list[Path]:
    """Return all files of specs, each once: the shipped ones, sorted by name, then those of one's own folders."""
    shipped = _specs(folder())
    own = [path for place in own_folders() for path in _own_specs(place)]
    if not own:
        return shipped
    return list({os.path.realpath(path): path for path in reversed((*shipped, *own))}.values())[::-1]


def _specs(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.name.endswith(SUFFIXES))


def _own_specs(place: Path) -> Iterator[Path]:
    """Yield the specs of a folder of one's own; what cannot be read as a file is skipped, with a warning."""
    try:
        paths = _specs(place)
    except OSError as error:
        raise NotFound([Problem("E114", f"{quoted(str(place), 200)} cannot be read: {reason_of(error)}")]) from None
    for path in paths:
        try:
            skipped = special(os.stat(path).st_mode) or (None if os.access(path, os.R_OK) else "permission denied")
        except OSError as error:  # a link to nothing, or to itself
            skipped = reason_of(error)
        if skipped is None:
            yield path
        else:
            warnings.warn(f"{quoted(str(path), 200)} is skipped: {skipped}", SkippedWarning, stacklevel=2)


def stem(path: Path) -> str:
    """Return a file's name without .cnn.yaml, .cnn.yml or .cnn.json."""
    return next((path.name.removesuffix(end) for end in SUFFIXES if path.name.endswith(end)), path.name)


def library() -> list[Entry]:
    """List every network by family; raises NotFound when two files define one name."""
    found = [entry for path in files() for entry in entries(path)]
    if problems := [*ambiguous((entry.name, entry.file) for entry in found)]:
        raise NotFound(problems)
    return found


def entries(path: Path) -> Iterator[Entry]:
    """Yield the networks of one file, as far as its text can be read."""
    spec, _ = read_file(path)
    family = spec.text_of("title") or stem(path)
    for name, variant in defined(path, spec).items():
        title, source, year = (spec.text_of(key, variant) for key in ("title", "source", "year"))
        yield Entry(name, title or name, family, source, year, path)


def defined(path: Path, spec: Spec) -> dict[str, Variant | None]:
    """Return the names that a file defines: its variants', else its own."""
    return {**spec.variants} or {spec.name or stem(path): None}


def ambiguous(names: Iterable[tuple[str, Path]]) -> Iterator[Problem]:
    """Yield a problem for every name that two files define."""
    where: dict[str, list[Path]] = {}
    for name, path in names:
        where.setdefault(name, []).append(path)
    for name, paths in where.items():
        if len(paths) > 1:
            yield twice(name, paths)


def twice(name: str, paths: list[Path]) -> Problem:
    """Return the problem of a name that several files define."""
    message = f"{len(paths)} files define {quoted(name)}: {' and '.join(map(str, paths))}"
    return Problem("E110", message, None, "rename one; until then name its file")


def names() -> list[str]:
    """Return every name that can be loaded: families and their networks."""
    found: dict[str, None] = {}
    for path in files():
        found[stem(path)] = None
        found.update((entry.name, None) for entry in entries(path))
    return list(found)


def named(name: str) -> tuple[Path, Spec, Variant | None, list[Problem]] | None:
    """Find what a name means: a network, else the family of that name, with no variant chosen.

    Returns the file, its spec, the variant and the problems of the text, or None. Raises NotFound when two files
    define the name.
    """
    # The name stands in its file as a key or after `name:`, or it is the file's: only such files are read.
    written = name.encode(errors="surrogatepass")  # on the command line, bytes that are no text are such
    networks, families = [], []
    for path in files():
        data, own = _data(path), stem(path) == name
        if not own and not (written in data and _word(written).search(data)):
            continue
        spec, problems = _parsed(data, _called(path))
        known = defined(path, spec)
        if name in known:
            networks.append((path, spec, known[name], list(problems)))
        elif own:
            families.append((path, spec, None, list(problems)))
    for found in (networks, families):
        if len(found) > 1:
            raise NotFound([twice(name, [path for path, *_ in found])])
        if found:
            return found[0]
    return None


@lru_cache(maxsize=8)
def _word(name: bytes) -> re.Pattern[bytes]:
    key = re.escape(name)
    return re.compile(rb"^(?:\s+" + key + rb"\s*:|name:\s*[\"']?" + key + rb"\b)", re.MULTILINE)


ALSO_CALLED = {
    "vitbasepatch8224": "vit_b_8",
    "vitbasepatch16224": "vit_b_16",
    "vitbasepatch32224": "vit_b_32",
    "vitlargepatch16224": "vit_l_16",
    "vitlargepatch32224": "vit_l_32",
    "vithugepatch14224": "vit_h_14",
    "vittinypatch16224": "vit_ti_16",
    "vitsmallpatch16224": "vit_s_16",
    "vitsmallpatch32224": "vit_s_32",
    "swintinypatch4window7224": "swin_t",
    "swinsmallpatch4window7224": "swin_s",
    "swinbasepatch4window7224": "swin_b",
    "swinlargepatch4window7224": "swin_l",
    "swinbasepatch4window12384": "swin_b_384",
    "swinlargepatch4window12384": "swin_l_384",
    "swinv2tinywindow8256": "swin_v2_t",
    "swinv2smallwindow8256": "swin_v2_s",
    "swinv2basewindow8256": "swin_v2_b",
    "mobilenet": "mobilenet_v1",
    "mobilenetv1100": "mobilenet_v1",
    "mobilenetv2100": "mobilenet_v2",
    "mobilenetv3large100": "mobilenet_v3_large",
    "mobilenetv3small100": "mobilenet_v3_small",
    "mnasnet100": "mnasnet1_0",
    "ghostnet100": "ghostnet_1_0",
    "nasnetmobile": "nasnet_a_mobile",
    "nasnetlarge": "nasnet_a_large",
    "mnasnet050": "mnasnet0_5",
    "semnasnet100": "mnasnet_a1",
    "mobilenetv2050": "mobilenet_v2_0_5",
    "mobilenetv2140": "mobilenet_v2_1_4",
    "mobilenetv3largeminimal100": "mobilenet_v3_large_minimalistic",
    "mobilenetv3smallminimal100": "mobilenet_v3_small_minimalistic",
    "regnetx004": "regnet_x_400mf_pycls",
    "regnetx004tv": "regnet_x_400mf",
    "regnety008": "regnet_y_800mf_pycls",
    "regnety008tv": "regnet_y_800mf",
    "regnety080": "regnet_y_8gf_pycls",
    "regnety080tv": "regnet_y_8gf",
    "convmixer102420ks9p14": "convmixer_1024_20",
    "ghostnet050": "ghostnet_0_5",
    "ghostnet130": "ghostnet_1_3",
    "vovnet39a": "vovnet39",
    "vovnet57a": "vovnet57",
    "esevovnet39b": "vovnet39_v2",
    "esevovnet57b": "vovnet57_v2",
    "esevovnet99b": "vovnet99_v2",
    "fbnetc100": "fbnet_c",
}
"""Names of timm and Keras, without what parts words, for networks that are called otherwise here."""

_MODULE = re.compile(r"(?:torchvision\.models|timm(?:\.models)?|(?:tf\.)?keras\.applications|models)\.(?=\w)")
_TAG = re.compile(r"\.\w*_in\d+k\w*")
"""What timm's names of trained weights end with: resnet50.a1_in1k."""
_REGNET = re.compile(r"regnet([xy])(\d{3,4})")


def alike(name: str) -> list[str]:
    """Return the names that differ in letter case, `-`, `_`, spaces or a trailing `()` only, or that timm calls so."""
    bare = _bare(_TAG.sub("", _MODULE.sub("", name.strip())))
    for word in (bare, re.sub("^(?:tf|legacy)", "", bare)):
        if found := [other for other in names() if _bare(other) == word]:
            return found
        if word in ALSO_CALLED:
            return [ALSO_CALLED[word]]
        if regnet := _REGNET.fullmatch(word):  # timm's number is that of 100 million multiply-adds
            size = int(regnet[2])
            gigas = f"{size / 10:g}gf".replace(".", "_")
            own = f"regnet_{regnet[1]}_{f'{size}00mf' if size < 10 else gigas}"
            return [own] if own in names() else []
    return []


def _bare(name: str) -> str:
    return re.sub(r"[-_ /.]", "", name.strip().removesuffix("()").lower())


def read_file(path: Path) -> tuple[Spec, tuple[Problem, ...]]:
    """Read a file of the library; the Spec is as whole as the text allows."""
    return _parsed(_data(path), _called(path))


def _called(path: Path) -> str:
    """Return what a file is called in places: a shipped one by its name, wherever the library is installed."""
    return path.name if path.parent == folder() else str(path)


def _data(path: Path) -> bytes:
    from cnncalc.files import SIZE_LIMIT

    try:
        with open(path, "rb") as file:
            data = file.read(USUAL)
            return data if len(data) < USUAL else data + file.read(SIZE_LIMIT + 1 - USUAL)
    except OSError as error:
        raise NotFound([Problem("E114", f"{quoted(str(path), 200)} cannot be read: {reason_of(error)}")]) from None


def _parsed(data: bytes, name: str) -> tuple[Spec, tuple[Problem, ...]]:
    from cnncalc.spec.model import Spec
    from cnncalc.spec.text import read_bytes

    source, problems = read_bytes(name, data)
    if source is None:
        return Spec(Source(name, "")), tuple(problems)
    spec, more = read_text(source.text, name)
    return spec, (*problems, *more)


@lru_cache(maxsize=128)
def read_text(text: str, name: str) -> tuple[Spec, tuple[Problem, ...]]:
    """Read the text of a spec, kept for whoever asks again."""
    from cnncalc.spec.read import read_spec
    from cnncalc.spec.text import read

    source = Source(name, text)
    tree, problems = read(source)
    spec, more = read_spec(tree, source)
    return spec, (*problems, *more)


__all__ = ["Entry", "NotFound", "entries", "files", "folder", "library", "named", "names", "stem"]
