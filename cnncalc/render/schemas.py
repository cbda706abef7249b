"""The JSON Schema of a spec, and of every document that goes out or comes in."""

from __future__ import annotations

from typing import Any

from cnncalc.claims.quantities import QUANTITIES
from cnncalc.documents import catalogue, spec_schema
from cnncalc.problem import did_you_mean, quoted

SPEC = "spec"


def schema(name: str = SPEC) -> dict[str, Any]:
    """Return the JSON Schema of a document by its name in `cnncalc schema --list`; without one, that of a spec.

    It is of draft 7 for a spec, for editors of YAML, and of draft 2020-12 for the others. Raises KeyError for an
    unknown name; it names the nearest ones.
    """
    if name == SPEC:
        return spec_schema.schema(QUANTITIES)
    if name not in catalogue.DOCUMENTS:
        hint = did_you_mean(name, documents()) or "`cnncalc schema --list` names them all"
        raise KeyError(f"there is no document {quoted(name)}: {hint}")
    return catalogue.schema(name)


def documents() -> dict[str, str]:
    """Return the name of each document, and what prints or reads it."""
    return {
        SPEC: "a spec, for editors of YAML",
        **{name: where for name, (_, where) in catalogue.DOCUMENTS.items()},
    }
