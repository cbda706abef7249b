"""From a text with places to a model, and from what pydantic refuses to problems: our codes, places and sentences."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NoReturn, TypeVar

from pydantic import BeforeValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cnncalc.documents.base import Document
from cnncalc.problem import Place, Problem, did_you_mean, quoted
from cnncalc.spec.tree import Mapping, Node, Sequence


class Placed(Document):
    """A document that people write: what its problems are called."""

    unknown: ClassVar[str] = "unknown key {}"
    """What is said of a key that it does not have; behind it, the keys that it has."""
    known: ClassVar[str] = "there are {}"
    missing: ClassVar[dict[str, tuple[str, str | None]]] = {}
    """Field → what is said where it is missing, and the remedy."""


Model = TypeVar("Model", bound=Placed)


def read_placed(model: type[Model], node: Node) -> tuple[Model | None, list[Problem]]:
    """Read a tree into a model; None where there are problems."""
    try:
        return model.model_validate(plain(node)), []
    except ValidationError as error:
        return None, [_problem(model, node, detail) for detail in error.errors(include_url=False)]


def plain(node: Node) -> Any:
    """Return a tree as dicts, lists and texts of one line; it is at most as deep as the reader of texts allows."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return " ".join(node.text.split())


def refuse(message: str, hint: str | None = None, code: str = "E105") -> NoReturn:
    """Refuse a value in a validator, in a sentence of its own."""
    raise PydanticCustomError("problem", "{message}", {"message": message, "hint": hint, "code": code})


def sentence(model: type[Placed], detail: ErrorDetails) -> tuple[str, str, str | None]:
    """Return the code, the message and the remedy for what pydantic refuses."""
    name, context = str(detail["loc"][-1]) if detail["loc"] else "it", detail.get("ctx", {})
    match detail["type"]:
        case "problem":
            return context["code"], context["message"], context["hint"]
        case "extra_forbidden":
            names = [field.alias or key for key, field in model.model_fields.items()]
            hint = did_you_mean(name, names) or model.known.format(", ".join(names))
            return "E103", model.unknown.format(quoted(name)), hint
        case "missing":
            message, remedy = model.missing.get(name, (f"{name}: is missing", None))
            return "E104", message, remedy
        case "literal_error":
            expected = context["expected"].replace("'", "")
            known = expected.replace(" or ", ", ").split(", ")
            word = str(detail["input"])
            near = None if known[0].isdigit() else did_you_mean(word, known)
            return "E105", f"{name} is {expected}, not {quoted(word)}", near
        case "string_type" if len(detail["loc"]) > 1 and isinstance(detail["loc"][-1], int):
            return "E105", f"{detail['loc'][-2]} takes a name or a list of names", None
        case "string_type":
            return "E105", "a text is expected here", None
        case _:
            return "E105", f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:]}", None


def _problem(model: type[Placed], node: Node, detail: ErrorDetails) -> Problem:
    code, message, hint = sentence(model, detail)
    return Problem(code, message, _place(node, detail), hint)


def _place(node: Node, detail: ErrorDetails) -> Place:
    """Return where what is refused stands: the value, an unknown key, or the first key of what lacks one."""
    where: Place | None = None
    for part in detail["loc"]:
        if isinstance(node, Mapping):
            pair = next(((key, value) for key, value in node.pairs if key.text == part), None)
            if pair is None:
                break
            key, node = pair
            where = key.place() if detail["type"] == "extra_forbidden" else node.place()
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            where = node.place()
    if detail["type"] == "missing" and isinstance(node, Mapping) and node.pairs:
        return node.pairs[0][0].place()
    return where or node.place()


def _word(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


SWITCHES = {"yes": True, "true": True, "no": False, "false": False}


def _many(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else [value]


Word = BeforeValidator(_word)
"""A word, however it is capitalised."""
Whole = BeforeValidator(_whole)
"""A whole number, which a text gives as digits."""
Many = Annotated[tuple[str, ...], BeforeValidator(_many)]
"""A text or a list of texts."""


def switch(name: str) -> BeforeValidator:
    """Make a validator of a truth value, written yes or no."""

    def read(value: object) -> object:
        word = value.lower() if isinstance(value, str) else value
        if isinstance(word, str) and word in SWITCHES:
            return SWITCHES[word]
        return word if isinstance(word, bool) else refuse(f"{name} is yes or no, not {quoted(_said(word))}")

    return BeforeValidator(read)


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""
