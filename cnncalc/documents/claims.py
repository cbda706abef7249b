"""What a spec says that others printed: the entries of `published:` and `erratum:`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationInfo, model_validator

from cnncalc.documents.placed import KEY, Many, OneOrMore, Path, Placed, many, refuse
from cnncalc.problem import did_you_mean, quoted

EXAMPLE = "as in `what: params, printed: 60M`"


def _quantity(name: str, info: ValidationInfo, at: Path = ()) -> str:
    """Refuse a quantity that is none of those given with the context."""
    known = (info.context or {}).get("quantities")
    if name and known is not None and name not in known:
        hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
        refuse(f"there is no quantity {quoted(name)}", hint, "E103", at)
    return name


def _unit(value: object) -> int:
    text = value if isinstance(value, str) else ""
    if text not in ("1000", "1024"):
        refuse(f"unit is 1000 or 1024, not {quoted(text)}", "K is 1000 unless `unit: 1024` says otherwise")
    return int(text)


def _units(value: object) -> object:
    return value if isinstance(value, dict) else {"": value}


def _rows(value: object, info: ValidationInfo) -> object:
    """Read names, or the rows of a table by name."""
    if isinstance(value, dict):
        return value
    names = many(value)
    for number, name in enumerate(names):
        if not isinstance(name, str):
            refuse(f"{info.field_name} takes a name or a list of names", at=(number,))
    return dict.fromkeys(names)


def _row(value: object, info: ValidationInfo) -> object:
    for name in value if isinstance(value, dict) else ():
        _quantity(name, info, (name, KEY))
    return value


def _input(value: object) -> str:
    return value if isinstance(value, str) else refuse("input is a shape, such as 384x384x3")


Quantity = Annotated[str, AfterValidator(lambda name, info: _quantity(name, info))]
Quantities = Annotated[tuple[Quantity, ...], OneOrMore]
Rows = Annotated[dict[str, Annotated[Any, AfterValidator(_row)]], BeforeValidator(_rows)]
"""Names, or name → the values of its row."""


class Entry(Placed):
    """Values that a source prints, by quantity; the names of quantities are further keys."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": {"type": ["string", "number"]}})

    unknown = "published has no key {}"
    shape = "published takes a list of mappings", "as in `- {what: params, printed: 60M, where: abstract}`"

    where: str = ""
    """table or section of the source"""
    source: str = ""
    """another source than that of the file"""
    unit: Annotated[dict[Quantity, Annotated[int, BeforeValidator(_unit)]], BeforeValidator(_units)] = {}
    """what K means, 1000 or 1024; by quantity, or under the empty key for all"""
    input: Annotated[str, BeforeValidator(_input)] = ""
    """another input shape"""
    columns: Quantities = ()
    """quantities of the columns of a table"""
    at: Rows = {}
    """layers, or the rows of a table by layer; the whole network where it is missing"""
    of: Rows = {}
    """variants, or the rows of a table by variant; every one where it is missing"""
    than: Many = ()
    """the network that it is compared with"""
    what: Quantities = ()
    """quantities of one printed value"""
    printed: Any = None
    """that value"""

    @model_validator(mode="after")
    def what_is_printed(self) -> Entry:
        """Refuse a quantity without a value, and a value without a quantity."""
        given = self.model_fields_set & {"what", "printed"}
        if len(given) == 1:
            refuse(f"{'printed' if 'what' in given else 'what'}: is missing", EXAMPLE, "E104")
        return self


Kind = Literal["wrong", "truncated", "approximate", "other convention", "unexplained"]
ERRATA: tuple[str, ...] = get_args(Kind)
"""Why a printed number is not the computed one."""


def _kind(word: object) -> object:
    if not word:
        refuse(*Erratum.missing["kind"], code="E104")
    if word not in ERRATA:
        hint = did_you_mean(str(word), ERRATA) or f"one of {', '.join(ERRATA)}"
        refuse(f"{quoted(str(word))} is no kind of erratum", hint)
    return word


def _note(text: object) -> object:
    return text or refuse(*Erratum.missing["note"], code="E104")


class Erratum(Placed):
    """Why published values are not the computed ones."""

    shape = "erratum takes a list of mappings", "as in `- {what: params, kind: truncated, note: 60.97M}`"
    unknown = "erratum has no key {}"
    known = "known are {}"
    missing = {
        "kind": ("the kind of this erratum is missing", f"one of {', '.join(ERRATA)}"),
        "note": ("the note of this erratum is missing", "say what the number is, with arithmetic"),
    }

    of: Many | None = None
    """variants that it is about; any where it is missing"""
    at: Many | None = None
    """layers that it is about; `whole` for values of the whole network"""
    what: Quantities | None = None
    """quantities that it is about"""
    where: Many | None = None
    """tables or sections of the source"""
    kind: Annotated[Kind, BeforeValidator(_kind)]
    """what is wrong with the printed number"""
    note: Annotated[str, BeforeValidator(_note)]
    """what the number is, with arithmetic"""
