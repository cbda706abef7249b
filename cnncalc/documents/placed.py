"""From a text with places to a model, and from what pydantic refuses to problems: our codes, places and sentences."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from operator import itemgetter
from typing import Annotated, Any, ClassVar, NoReturn, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from cnncalc.documents.base import Document
from cnncalc.problem import Place, Problem, did_you_mean, quoted
from cnncalc.spec.tree import Mapping, Node, Scalar, Sequence

MOST_PROBLEMS = 100

Path: TypeAlias = tuple[str | int, ...]
"""Keys and numbers of items; `[key]` at its end stands for the last key itself, not its value."""

KEY = "[key]"


class Placed(Document):
    """A document that people write: what its problems are called."""

    unknown: ClassVar[str] = "unknown key {}"
    """What is said of a key that it does not have; behind it, the keys that it has."""
    known: ClassVar[str] = "there are {}"
    missing: ClassVar[dict[str, tuple[str, str | None]]] = {}
    """Field → what is said where it is missing, and the remedy; {} is the key that the object stands at."""
    shape: ClassVar[tuple[str, str | None]] = "a mapping is expected here", None
    """What is said where something else than an object stands, and the remedy."""


Model = TypeVar("Model", bound=Placed)


def read_placed(
    model: type[Model], node: Node, context: dict[str, Any] | None = None
) -> tuple[Model | None, list[Problem]]:
    """Read a tree into a model; None where there are problems, which come in the order of the text."""
    try:
        return model.model_validate(plain(node), context=context), []
    except ValidationError as error:
        return None, [problem for _, problem in refused(model, node, error)]


def refused(model: type[Placed], node: Node, error: ValidationError) -> list[tuple[Path, Problem]]:
    """Return what is refused, in the order of the text: the path of each and the problem, up to 100."""
    found = []
    for detail in islice(error.errors(include_url=False), MOST_PROBLEMS):
        code, message, hint = sentence(model, detail)
        path = (*detail["loc"], *detail.get("ctx", {}).get("at", ()))
        if detail["type"] == "extra_forbidden":
            path = (*path, KEY)
        place = _place(node, path)
        found.append(((place.line, place.column), path, Problem(code, message, place, hint)))
    return [(path, problem) for _, path, problem in sorted(found, key=itemgetter(0))]


def plain(node: Node) -> Any:
    """Return a tree as dicts, lists and texts of one line; it is at most as deep as the reader of texts allows."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return " ".join(node.text.split())


def refuse(message: str, hint: str | None = None, code: str = "E105", at: Path = ()) -> NoReturn:
    """Refuse a value in a validator, in a sentence of its own; `at` leads from the value to what is wrong in it."""
    raise PydanticCustomError("problem", "{message}", {"message": message, "hint": hint, "code": code, "at": at})


def sentence(model: type[Placed], detail: ErrorDetails) -> tuple[str, str, str | None]:
    """Return the code, the message and the remedy for what pydantic refuses."""
    path, context = detail["loc"], detail.get("ctx", {})
    name = str(path[-1]) if path else "it"
    match detail["type"]:
        case "problem":
            return context["code"], context["message"], context["hint"]
        case "extra_forbidden":
            about = _model_at(model, path[:-1])
            names = [field.alias or key for key, field in about.model_fields.items()]
            hint = did_you_mean(name, names) or about.known.format(", ".join(names))
            return "E103", about.unknown.format(quoted(name)), hint
        case "missing":
            message, remedy = _model_at(model, path[:-1]).missing.get(name, (f"{name}: is missing", None))
            return "E104", message.format(path[-2] if len(path) > 1 else ""), remedy
        case "model_type":
            return "E105", *_model_at(model, path).shape
        case "literal_error":
            expected = context["expected"].replace("'", "")
            known = expected.replace(" or ", ", ").split(", ")
            word = str(detail["input"])
            near = None if known[0].isdigit() else did_you_mean(word, known)
            return "E105", f"{name} is {expected}, not {quoted(word)}", near
        case "string_type" if len(path) > 1 and isinstance(path[-1], int):
            return "E105", f"{path[-2]} takes a name or a list of names", None
        case "string_type":
            return "E105", "a text is expected here", None
        case _:
            return "E105", f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:]}", None


def _model_at(model: type[Placed], path: Path) -> type[Placed]:
    """Return the model of the object that a path leads to."""
    for part in path:
        field = next((one for key, one in model.model_fields.items() if part in (key, one.alias)), None)
        model = (field and _model_in(field.annotation)) or model
    return model


def _model_in(annotation: Any) -> type[Placed] | None:
    if isinstance(annotation, type) and issubclass(annotation, Placed):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one))), None)


def _place(node: Node, path: Path) -> Place:
    """Return where a path leads: as far as the text has it, for a validator may have made an object of a text."""
    key: Node = node
    for part in path:
        if part == KEY:
            return key.place()
        if isinstance(node, Mapping):
            pair = next((pair for pair in node.pairs if pair[0].text == part), None)
            if pair is not None:
                key, node = pair
            elif part != 0:
                break
        elif isinstance(node, Sequence):
            item = next((one for n, one in enumerate(node.items) if part in (n, _text(one))), None)
            if item is not None:
                key = node = item
    return node.place()


def _text(node: Node) -> str | None:
    return node.text if isinstance(node, Scalar) else None


# Types of fields.


def _word(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


SWITCHES = {"yes": True, "true": True, "no": False, "false": False}


def many(value: object) -> Collection[Any]:
    """Return a list; a single one may stand without it."""
    return value if isinstance(value, (list, tuple)) else [value]


Word = BeforeValidator(_word)
"""A word, however it is capitalised."""
Whole = BeforeValidator(_whole)
"""A whole number, which a text gives as digits."""
OneOrMore = BeforeValidator(many)
"""A list, or one of its items."""
Many = Annotated[tuple[str, ...], OneOrMore]
"""A text or a list of texts."""


def switch(name: str) -> BeforeValidator:
    """Make a validator of a truth value, written yes or no."""

    def read(value: object) -> object:
        word = value.lower() if isinstance(value, str) else value
        if isinstance(word, str) and word in SWITCHES:
            return SWITCHES[word]
        return word if isinstance(word, bool) else refuse(f"{name} is yes or no, not {quoted(_described(word))}")

    return BeforeValidator(read)


def mapping(example: str) -> BeforeValidator:
    """Make a validator of an object, which says how one looks."""

    def read(value: object, info: ValidationInfo) -> object:
        return value if isinstance(value, dict) else refuse(f"{info.field_name} is a mapping", f"as in {example}")

    return BeforeValidator(read)


def named(known: Any, what: str, code: str, hint: str) -> AfterValidator:
    """Make a validator of a name among those that are known."""

    def read(name: str) -> str:
        if name not in known:
            refuse(what.format(quoted(name)), did_you_mean(name, known) or hint.format(", ".join(known)), code)
        return name

    return AfterValidator(read)


def _described(value: object) -> str:
    return value if isinstance(value, str) else ""
