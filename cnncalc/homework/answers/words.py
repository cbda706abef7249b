"""Answers in words: the letter of a choice, yes or no, what stands for each unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cnncalc.homework.answers.answer_spec import YES_NO, Expected
from cnncalc.homework.answers.vocabulary import (
    DIFFERENT,
    FILLERS,
    LESS,
    MORE,
    NO,
    NUMBERS,
    PADDING,
    SAME,
    YES,
    without_tail,
)
from cnncalc.homework.model import Given, Unreadable
from cnncalc.patterns import regex
from cnncalc.problem import quoted

ALIASES = {
    "s": "stride", "strides": "stride", "p": "pad", "padding": "pad", "pads": "pad", "k": "kernel", "f": "kernel",
    "kernel_size": "kernel", "filter": "kernel", "filter size": "kernel", "kernel size": "kernel", "d": "dilation",
    "g": "groups", "group": "groups", "n": "out", "filters": "out", "output channels": "out", "channels": "out",
    "out_channels": "out", "c": "channels", "output padding": "output_pad", "output_padding": "output_pad",
    "schrittweite": "stride", "pas": "stride", "paso": "stride", "步幅": "stride", "步长": "stride",
    "füllung": "pad", "remplissage": "pad", "relleno": "pad", "填充": "pad", "filtergröße": "kernel",
}  # fmt: skip
"""Names that courses and frameworks give to the fields of a layer."""

_LEAD = regex(r"(?:(?:the )?(?:answers?|options?|choices?|letters?)\b(?: (?:is|are))?|it'?s|is)\s*[:=]?\s*", re.I)
_NO_MATTER = regex(
    r"\b(?:does not|doesn'?t|do not|don'?t|will not|won'?t) (?:matter|change|depend)|\bindependent of\b"
    r"|\bno (?:effect|influence)\b",
    re.IGNORECASE,
)
_WHY = regex(r"\s*[,;]?\s*(?:\b(?:because|since|as|weil|da|car|porque)\b|\((?=[^()]*[<>=]))", re.IGNORECASE)
_SURE = regex(r"(\w+)\s*(?:[,.;:!(-].*)?", re.DOTALL)
_NAMED = regex(
    r"([^\W\d][\w ]*?)\s*"
    r"(?:=|:|\b(?:is|are|of|es|ist|est|beträgt|vaut|von|de|(?:must |should |has to |will )?(?:be|equals?))\b|[是为]|\s)"
    r"\s*(-?\d+)(?:\s*[x×]\s*(\d+))?"
    r"(?!\.?\d)"
)
_PADDED = regex(
    r"[(\[]?(?P<ends>\d+(?:\s*[:,x×]\s*\d+)?)[)\]]?(?: ?(?:pixels?|px|cells?|rows?|zeros?|zeroes))?"
    r"(?: (?:(?:on|at|for|of) )?(?:each|both|every|all) (?:sides?|ends?|borders?|edges?))?",
    re.IGNORECASE,
)
_ONLY_NUMBERS = regex(r"[(\[]?\s*-?\d+(?:(?:\s*[,;\s]\s*|\s+and\s+)-?\d+)*\s*[)\]]?")


def read_choice(text: str, expected: Expected) -> Given:
    """Read the labels that are chosen; raises Unreadable."""
    labels = dict(expected.labels)
    if labels.keys() == YES_NO:
        return Given(text, "choice", frozenset((_yes_no(text, expected),)))
    by_lower = {label.lower(): label for label in labels} if len({*map(str.lower, labels)}) == len(labels) else {}
    bare = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text

    def label_of(word: str) -> str | None:
        return word if word in labels else by_lower.get(word.lower())

    bare = bare.strip(" .,;:'\"")
    whole = label_of(bare) or label_of(bare.strip("()[]."))
    matching = [label for label, what in labels.items() if what and _spaceless(what) == _spaceless(bare)]
    if whole or len(matching) == 1:
        return Given(text, "choice", frozenset((whole or matching[0],)))
    words = [word for word in re.split(r"[,;/&+\s()\[\].]+|\band\b", bare) if word and word.lower() != "and"]
    found = [label_of(word) for word in words]
    if words and all(found):
        return Given(text, "choice", frozenset(filter(None, found)))
    lettered = re.match(r"[(\[]?(\w+)[)\].:]\s*\S", bare)  # b) 29x29x32
    label = label_of(lettered[1]) if lettered else None
    if label and lettered:
        rest = _spaceless(bare[lettered.end() - 1 :])
        others = [one for one, what in labels.items() if one != label and what and _spaceless(what) == rest]
        if others or (labels[label] and any(c.isdigit() for c in rest) and _spaceless(labels[label]) != rest):
            raise Unreadable(f"{quoted(text)} says {label}, which is {quoted(labels[label])}: write the letter alone")
        return Given(text, "choice", frozenset((label,)))
    if not labels and words:
        return Given(text, "choice", frozenset(words))
    matched = _in_a_sentence(bare, by_lower, expected.trend)
    if matched:
        return Given(text, "choice", frozenset((matched,)))
    known = sorted(labels)
    hint = f"write {', '.join(known[:-1])} or {known[-1]}" if 1 < len(known) <= 12 else "write the letter of the choice"
    raise Unreadable(f"{quoted(text)} is none of the choices: {hint}")


def _in_a_sentence(text: str, labels: Mapping[str, str], trend: int) -> str | None:
    """Return the one label of a sentence that says nothing else: the network learns fewer, because 21546 < 30730."""
    matched, _, than = _WHY.split(text, maxsplit=1)[0].lower().partition(" than ")
    compared = LESS if trend < 0 else MORE if trend > 0 else frozenset[str]()
    words, others = (re.findall(r"[^\W_]+", part) for part in (matched, than))
    chosen = {labels[word] for word in words if len(word) > 2 and word in labels}
    rest = [word for word in words if word not in labels and word not in compared]
    apart = chosen.isdisjoint(labels[word] for word in others if word in labels)
    plain = all(word in FILLERS for word in (*rest, *(word for word in others if word not in labels)))
    return chosen.pop() if len(chosen) == 1 and apart and plain else None


def _spaceless(text: str) -> str:
    return "".join(text.split()).lower().replace("×", "x")


def _yes_no(text: str, expected: Expected) -> str:
    """Read yes or no; same and different where that is what is asked."""
    bare = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text
    words = re.findall(r"[^\W\d_]+", bare.lower())
    found = set()
    if words and _SURE.fullmatch(bare):
        found = {"yes"} if words[0] in YES else {"no"} if words[0] in NO else set()
    if _NO_MATTER.search(bare):
        found.add("yes" if expected.equality > 0 else "no")
    elif expected.equality and len(words) <= 8:
        same, different = not SAME.isdisjoint(words), not DIFFERENT.isdisjoint(words)
        if words[:2] in (["no", "change"], ["no", "difference"]):
            found.add("yes" if expected.equality > 0 else "no")
        elif same != different:
            equal = same != ("not" in words)
            found.add("yes" if equal == (expected.equality > 0) else "no")
    if len(found) == 1:
        return found.pop()
    if found:
        raise Unreadable(f"{quoted(text)} says yes and no: write one of them")
    raise Unreadable(f"{quoted(text)} is neither yes nor no: write yes or no")


def read_unknowns(text: str, expected: Expected) -> Given:
    """Read what stands for each unknown: stride=4 pad=0, or the numbers alone in their order. Raises Unreadable."""
    names = expected.names
    stem = stem_of(names)
    if stem:
        return _read_alike(text, names, stem, expected)
    written, text = text, _in_order(text)
    example = "it as " + " ".join(f"{name}=…" for name in names)
    if _ONLY_NUMBERS.fullmatch(text) and not (len(names) == 1 and "," in text):
        numbers = re.findall(r"-?\d+", text)
        if len(numbers) != len(names):
            found = f"{len(numbers)} number{'' if len(numbers) == 1 else 's'}"
            asked = f"{len(names)} {'is' if len(names) == 1 else 'are'} asked for"
            raise Unreadable(f"{quoted(text)} has {found}, and {asked}: write {example}")
        note = (f"read as {' '.join(map('{}={}'.format, names, numbers))}",) if len(names) > 1 else ()
        return Given(written, "unknowns", dict(zip(names, map(_whole, numbers), strict=True)), notes=note)
    if len(names) == 1:
        text = without_tail(text, *PADDING) if name_of("pad", names) else without_tail(text)
    named = re.match(r"([^\W\d][\w ]*?)\s*[=:]\s*(?=\d)", text) if len(names) == 1 else None
    if named and name_of(named[1], names) and _PADDED.fullmatch(text[named.end() :]):
        text = text[named.end() :]
    if len(names) == 1 and (padded := _PADDED.fullmatch(text)) and len({*re.findall(r"\d+", padded["ends"])}) == 1:
        return Given(written, "unknowns", {names[0]: _whole(re.findall(r"\d+", padded["ends"])[0])})
    values: dict[str, int] = {}
    at = 0
    for match in _NAMED.finditer(text):
        between = text[at : match.start()].strip(" ,;.&()[]")
        if between and between.lower() != "and":
            break
        at = match.end()
        if match[3] and match[3] != match[2]:
            raise Unreadable(f"{quoted(match[0])} gives two numbers: write {example}")
        name = name_of(match[1], names)
        if name is None:
            raise Unreadable(f"{quoted(match[1])} is not asked for: write {example}")
        if values.setdefault(name, _whole(match[2])) != _whole(match[2]):
            raise Unreadable(f"{name} is given twice in {quoted(text)}: write {example}")
    if not values or text[at:].strip(" ,;.()[]"):
        raise Unreadable(f"{quoted(text)} is not read: write {example}")
    missing = [name for name in names if name not in values]
    if missing:
        raise Unreadable(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: write {example}")
    return Given(written, "unknowns", {name: values[name] for name in names})


def _read_alike(text: str, names: tuple[str, ...], stem: str, expected: Expected) -> Given:
    """Read kernel1 and kernel2, the sides of one kernel, which may be written as one: 5x5, or 5."""
    from cnncalc.homework.answers.sides import read_sides

    named = [*re.finditer(rf"\b({'|'.join(names)})\s*(?:[=:]|\bis\b|\bof\b)?\s*(\d+)", text)]
    if named and {match[1] for match in named} == {*names} and len(named) == len(names):
        return Given(text, "unknowns", {match[1]: _whole(match[2]) for match in named})
    words = [word for word, field in ALIASES.items() if field == stem and " " not in word]
    bare = re.sub(rf"\b(?:{'|'.join((stem, *words))})\b", " ", _in_order(text), flags=re.IGNORECASE).strip(" =:")
    sides = expected._replace(form="sides", sides=len(names), names=())
    given = read_sides(re.sub(r"^(?:(?:a|an|the|is|of|are|size)\b\s*[=:]?\s*)+", "", bare), sides)
    if not all(isinstance(n, int) for n in given.value):
        raise Unreadable(f"{quoted(text)} is not read: write it as {stem}=… or …x…")
    return Given(text, "unknowns", dict(zip(names, given.value, strict=True)), notes=given.notes)


_COUNTED = regex(
    r"\b(\d+)(?: ?(?:[x×]|by) ?\1)? (kernels?|strides?|pad(?:ding)?|dilation|groups?|filters?)(?=\s*(?:,|;|$|\band\b))",
    re.I,
)
_PADDING_OF = regex(r"^(?:a |the )?(?:zero[- ]?)?padding of (?=\d)", re.IGNORECASE)
_TWICE = regex(r"[(\[]\s*(\d+)\s*,\s*\1\s*[)\]]")
_NONE = regex(r"(?<=[=:])\s*(?:none|zero|nothing|no)\b", re.IGNORECASE)
_NONE_OF = regex(r"(?<!of )\b(?:no|without|zero) (pad(?:ding)?)\b", re.IGNORECASE)
_COUNTING = "|".join(word for word in NUMBERS if " " not in word and NUMBERS[word] != "0" and word not in FILLERS)
_WORDED = regex(rf"(?<![\w.])(?:{_COUNTING})(?!\w)", re.IGNORECASE)


def _in_order(text: str) -> str:
    """Write a text as names and numbers: 3x3 kernel, no padding is kernel 3, padding 0."""
    text = _WORDED.sub(lambda match: NUMBERS[match[0].lower()], text)
    text = _NONE.sub("0", _TWICE.sub(r"\1", text))
    text = _PADDING_OF.sub("padding=", text)
    return _NONE_OF.sub(r"\1 0", _COUNTED.sub(r"\2 \1", text))


def stem_of(names: tuple[str, ...]) -> str:
    """Return what kernel1 and kernel2 have in common, which may be answered by one number; "" for other names."""
    stems = {name.rstrip("0123456789") for name in names}
    return stems.pop() if len(names) > 1 and len(stems) == 1 else ""


def name_of(word: str, names: tuple[str, ...]) -> str | None:
    words = word.strip().lower().split()
    while len(words) > 1 and words[0] in FILLERS:
        del words[0]
    word = " ".join(words)
    for candidate in (word, ALIASES.get(word), word.replace(" ", "_")):
        for name in names:
            if candidate == name.lower():
                return name
    # one name only asks for it, whatever layer it belongs to: conv1.stride
    fits = [name for name in names if name.lower().rpartition(".")[2] in (word, ALIASES.get(word))]
    return fits[0] if len(fits) == 1 else None


def _whole(digits: str) -> int:
    if len(digits) > 18:
        raise Unreadable(f"{quoted(digits, 24)} is longer than any number that is asked for")
    return int(digits)
