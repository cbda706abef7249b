"""Equations of Word (OMML) and of web pages (MathML) on one line: (63 − 7)/2 + 1, x^2, sqrt(2/n), ⌊…⌋."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

OMML = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def local(node: Any) -> str:
    """Return the name of an element without its namespace; "" for a comment."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def linear(node: Any) -> str:
    """Return an equation, or a part of one, as text."""
    match local(node):
        case "t" | "mi" | "mn" | "mo" | "mtext" | "ms":
            return "".join(node.itertext()).strip(" \n")
        case "f" | "mfrac":
            return "/".join(_grouped(part) for part in _parts(node, "num", "den"))
        case "sSup" | "msup":
            base, power = _two(node, "e", "sup")
            return f"{_grouped(base)}^{_grouped(power)}"
        case "sSub" | "msub":
            base, index = _two(node, "e", "sub")
            return f"{base}_{_grouped(index)}"
        case "rad":
            degree, inside = _two(node, "deg", "e")
            return f"({inside})^(1/{degree})" if degree else f"sqrt({inside})"
        case "msqrt":
            return f"sqrt({_all(node)})"
        case "mroot":
            inside, degree = _two(node)
            return f"({inside})^(1/{degree})"
        case "d":
            signs = {local(one): one.get(f"{OMML}val") for one in node.iterfind(f"{OMML}dPr/*")}
            inside = ", ".join(linear(one) for one in node.iterfind(f"{OMML}e"))
            return f"{_or(signs.get('begChr'), '(')}{inside}{_or(signs.get('endChr'), ')')}"
        case "mfenced":
            inside = ", ".join(map(linear, node))
            return f"{_or(node.get('open'), '(')}{inside}{_or(node.get('close'), ')')}"
        case "annotation" | "annotation-xml" | "mphantom" | "" | "rPr" | "ctrlPr":
            return ""
        case "mtr" | "mr":
            return ", ".join(map(linear, node))
        case "mtable" | "m" | "eqArr":
            return "\n".join(filter(None, map(linear, node)))
        case name if name.endswith("Pr"):
            return ""
        case _:
            return _all(node)


def _or(sign: str | None, usual: str) -> str:
    return usual if sign is None else sign


def _all(node: Any) -> str:
    return "".join(map(linear, node)) or ("" if len(node) else (node.text or "").strip())


def _parts(node: Any, *names: str) -> Iterator[str]:
    """Yield the parts of an element by their names in OMML, which MathML has in this order."""
    named = {local(one): linear(one) for one in node}
    if any(name in named for name in names):
        yield from (named.get(name, "") for name in names)
    else:
        yield from (linear(one) for one in node if local(one))


def _two(node: Any, *names: str) -> tuple[str, str]:
    first, second, *_ = [*_parts(node, *names), "", ""]
    return first, second


def _grouped(text: str) -> str:
    """Put brackets around what is more than a number, a letter or brackets already."""
    return text if text.replace(".", "").isalnum() else f"({text})"
