"""From what a person names (a network of the library, a file, a chain, standard input, data) to a Spec."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import TypeAlias

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.layers import KIND_OF
from cnncalc.library import SUFFIXES, NotFound, alike, named, names, read_text, stem
from cnncalc.problem import Problem, Source, did_you_mean, listed, quoted
from cnncalc.spec.model import Spec, Variant
from cnncalc.spec.read import read_chain
from cnncalc.spec.text import read_bytes


def of_data(data: Mapping[str, object]) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Return what `find` does, of a spec given as dicts and lists."""
    from cnncalc.spec.data import WHOLE, tree_of
    from cnncalc.spec.read import read_spec

    tree, problems = tree_of(data)
    spec, more = read_spec(tree, Source(WHOLE, ""))
    spec.name = spec.name or "network"
    return _chosen(spec, (*problems, *more), None)


def find(
    what: str, stdin: Callable[[], bytes] | None, input: str | None = None
) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Return the spec, its variant, the problems of its text, and remarks.

    `input` is the shape that was given, for networks of other tools that do not have one of their own.
    """
    if what == "-":
        data = stdin() if stdin else b""
        return _parse("<stdin>", data, None, input)
    if is_chain(what):
        spec, problems = read_chain(what)
        return spec, None, problems, []
    if _may_be_a_chain(what):
        from cnncalc.spec.notations import lone_chain

        if chain := lone_chain(what):
            spec, problems = read_chain(chain)
            spec.remarks = (f"{' '.join(what.split())} is read as {chain}", *spec.remarks)
            return spec, None, problems, []
    if ".py:" in what and re.fullmatch(CODE, what):
        return _of_code(what, input)
    if ":" in what:
        from cnncalc.loading.revision import as_revision, bytes_at

        if at := as_revision(what):
            revision, path, variant = at
            return _parse(f"{revision}:{path}", bytes_at(revision, path), variant, input)
    path, _, variant_name = what.partition(":") if what.count(":") == 1 and not os.path.exists(what) else (what, "", "")
    is_name = os.sep in what and not os.path.exists(os.path.dirname(what)) and len(alike(what)) == 1  # ViT-B/16
    if (path.endswith((".yaml", ".yml", ".json")) or os.sep in path or os.path.exists(path)) and not is_name:
        return _parse(path, file_bytes(path), variant_name or None, input)
    return _named(what, input)


CODE = r"(?:[A-Za-z_][\w.]*|.*\.py):[A-Za-z_][\w.]*"
"""What names a callable of Python: `torchvision.models:resnet50`, `net.py:Net`."""


def _of_code(name: str, input: str | None) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Read the model that a callable makes, which runs its code."""
    from cnncalc.exchange.importing import spec_of_code

    spec, problems = spec_of_code(name, input)
    return _chosen(spec, problems, None)


def _named(name: str, input: str | None = None) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Find a name in the library: a variant's, or a family's, which means its first variant.

    Letter case, what parts words and trailing brackets do not matter; timm's and Keras' names are known, too.
    """
    found, others = named(name), []
    if found is None and len(name) <= LONGEST_NAME and re.match(r"\w", name):
        others = alike(name)
    if len(others) == 1:
        spec, variant, problems, remarks = _named(others[0])
        spec = copy(spec)  # it is kept for whoever asks for the network by its own name
        spec.remarks = (f"{name} is read as {others[0]}", *spec.remarks)
        return spec, variant, problems, remarks
    if found:
        _, spec, variant, problems = found
        return (spec, variant, problems, []) if variant or not spec.variants else _chosen(spec, tuple(problems), None)
    if re.fullmatch(r"[\d_×xHWC?]+", name):
        hint: str | None = "a chain goes on after its input, as in `224x224x3 -> conv 64 3x3`"
    elif re.match(r"(?:\w+\s*=\s*)?(?:\w+\.)*Sequential\(", name):
        hint = "give the shape of its input, as in --input 224x224x3"
    elif begins_with_a_layer(name):
        hint = f"a chain begins with its input, as in `224x224x3 -> {name}`" if len(name) < LONGEST_NAME else None
    elif joint := re.search(r"\s(=+>|-->|—>|–>|>>?|\|)\s", name):
        hint = f"steps are joined by ->, not by {quoted(joint[1])}"
    elif there := [path.name for path in _beside(name) if stem(path) == name]:
        hint = f"did you mean {quoted(there[0])}?"
    elif others:
        hint = f"did you mean {listed(map(quoted, others), 'or')}?"
    elif re.fullmatch(CODE, name):
        return _of_code(name, input)
    else:
        hint = did_you_mean(name, names()) or "`cnncalc list` names all; a file ends in .cnn.yaml, a chain has ->"
    raise NotFound([Problem("E114", f"there is no network, file or chain {quoted(name)}", None, hint)])


LONGEST_NAME = 60
"""Characters of what may be the name of a network."""


def is_chain(text: str) -> bool:
    """Judge whether a text is a chain: its steps are joined by arrows, or by the word `then`."""
    return "->" in text or "→" in text or " then " in text


def _may_be_a_chain(text: str) -> bool:
    """Judge whether a text without arrows may hold layers: a shape and more behind it, or code."""
    return re.match(
        r"\s*[\[(]?\d[\dxX×,()\[\] @]*[^\dxX×,()\[\] @]|.*\bSequential\(", text
    ) is not None and not os.path.exists(text)


def begins_with_a_layer(text: str) -> bool:
    """Judge whether a text is a chain, or one step of one, without its input: `conv 64 7x7`, `nn.Conv2d(3, 64, 7)`."""
    word = re.match(r"\s*(?:\w+\.)*([A-Za-z]\w*)(?=[\s(]|$)", text)
    known = word is not None and bool({word[1], word[1].lower()} & (KIND_OF.keys() | {"Sequential"}))
    return known and not os.path.exists(text)


CHAIN_ALONE = re.compile(
    r"(?:\s*#[^\n]*\n)*+\s*(?:\d+|\(\d+|[(\[]\d+|[A-Z])[\dxX×HWC,*()\[\] ]*+(?:#[^\n]*\n)?+\s*+(?:->|→|then\b)"
)
"""The beginning of a text that is one chain, and no mapping."""


FEW = 200
"""Bytes in which a file that is no text shows."""

OF_SPECS = (".yaml", ".yml", ".json", ".txt", ">")
"""Endings of names whose content is read as a spec first; `<stdin>` has one, too."""


def is_binary(data: bytes) -> bool:
    """Judge whether a content is no text."""
    return b"\0" in data[:FEW] or data[:1] < b"\t"


Found: TypeAlias = tuple[Spec, Variant | None, list[Problem], list[str]]


def _parse(name: str, data: bytes, variant_name: str | None, input: str | None) -> Found:
    source, problems = read_bytes(name, data)
    binary = source is None or is_binary(data)
    if (binary or not name.endswith(OF_SPECS)) and (found := _foreign(name, data, variant_name, input, binary=binary)):
        return found
    if source is None:
        raise NotFound(problems)
    if CHAIN_ALONE.match(source.text):
        spec, of_chain = read_chain(source.text, name)
        return _chosen(spec, (*problems, *of_chain), variant_name)
    spec, more = read_text(source.text, name)
    if more and (found := _foreign(name, data, variant_name, input, binary=False)):
        return found
    spec.name = spec.name or stem(Path(name)).strip("<>")  # what the text does not call itself, its file does
    return _chosen(spec, (*problems, *more), variant_name)


def _foreign(name: str, data: bytes, variant_name: str | None, input: str | None, *, binary: bool) -> Found | None:
    """Read a file of another tool as a spec; None where it is none."""
    from cnncalc.exchange.importing import recognised, spec_of

    found = recognised(name, data, input, variant=variant_name or "", binary=binary)
    if found is None:
        return None
    reader, _ = found
    return _chosen(*spec_of(*found), None if reader.variants else variant_name)


def file_bytes(path: str) -> bytes:
    """Read a file, at most one byte more than the limit."""
    try:
        return read_regular(path, SIZE_LIMIT + 1)
    except FileNotFoundError:
        hint = did_you_mean(path, [p.name for p in _beside(path)])
        raise NotFound([Problem("E114", f"there is no file {quoted(path, 200)}", None, hint)]) from None
    except IsADirectoryError:
        hint = "name one of its files"
        raise NotFound([Problem("E114", f"{quoted(path, 200)} is a folder", None, hint)]) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None


def _beside(path: str) -> list[Path]:
    try:
        return [p for p in Path(path).parent.iterdir() if p.name.endswith(SUFFIXES)]
    except (OSError, ValueError):
        return []


def _chosen(
    spec: Spec, problems: tuple[Problem, ...], variant_name: str | None
) -> tuple[Spec, Variant | None, list[Problem], list[str]]:
    """Choose a variant: the wanted one, else the first, and say so."""
    if variant_name is not None and variant_name not in spec.variants:
        hint = did_you_mean(variant_name, spec.variants) or (
            f"it has {', '.join(spec.variants)}" if spec.variants else "it has none"
        )
        raise NotFound([Problem("E114", f"{spec.text.name} has no variant {quoted(variant_name)}", None, hint)])
    if not spec.variants:
        return spec, None, list(problems), []
    variant = spec.variants[variant_name] if variant_name else next(iter(spec.variants.values()))
    others = [name for name in spec.variants if name != variant.name.text]
    remarks = []
    if variant_name is None and others:
        remarks.append(f"{variant.name.text} is shown; there are also {', '.join(others)}")
    return spec, variant, list(problems), remarks
