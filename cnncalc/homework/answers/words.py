"""Answers in words: the letter of a choice, yes or no, what stands for each unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cnncalc.homework.answers.answer_spec import YES_NO, Expected
from cnncalc.homework.answers.notation import CHINESE, segments
from cnncalc.homework.answers.vocabulary import (
    AND,
    BECAUSE,
    CHANGING,
    CHANGING_SIGNS,
    DIFFERENT,
    FIELDS,
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

_LEAD = regex(
    r"(?:(?:(?:the|my|die|la|le|der) )?(?:(?:right|correct|final|richtige) )?(?:answers?|ans\.?|options?"
    r"|choices?|letters?|antwort|lösung|réponse|respuesta|opción|letra|lettre|buchstabe)\b"
    r"(?: (?:ist|is|are|est|es)\b)?|it'?s|is"
    r"|(?:i|ich|je|yo)?\s*\b(?:would )?(?:choose|pick|take|select|say|go (?:with|for)|wähle|nehme|sage"
    r"|choisis|prends|elijo|escojo)|我?(?:答案|选项|选择|选)\s*(?:是|为)?"
    r")\s*[:=]?\s*",
    re.IGNORECASE,
)
_NO_MATTER = regex(
    r"\b(?:does not|doesn'?t|do not|don'?t|will not|won'?t) (?:matter|change|depend)|\bindependent of\b"
    r"|\bno (?:effect|influence)\b|\b(?:hängt nicht|unabhängig von|ne dépend pas|indépendant de"
    r"|no depende|independiente de)"
    r"|(?:与|和).{0,12}无关|不变",
    re.IGNORECASE,
)
_RIGHT = regex(
    r"(?<=[\w)])\s+(?:is|ist|est|es)\s+(?:the\s+|die\s+|la\s+)?"
    r"(?:correct|right|true|richtig|korrekt|juste|correcte|correcta)"
    r"(?: (?:answer|one|antwort|réponse|respuesta))?\W*$",
    re.IGNORECASE,
)
"""What says that a choice is meant: a is correct."""
_WHY = regex(rf"\s*[,;]?\s*(?:\b(?:{BECAUSE}|as)\b|因为|由于|\((?=[^()]*(?:[<>=]|\bvs\b)))", re.IGNORECASE)
_SURE = regex(r"\W*(\w+)\s*(?:[,.;:!(-].*)?", re.DOTALL)
_AT_END = regex(
    r".*(?:[.:;=,]|->|\b(?:so|thus|therefore|hence|daher|also|donc|entonces)\b)\s*(\w+)\W*", re.IGNORECASE | re.DOTALL
)
"""Yes or no behind what leads to it: both have 224, so no."""
_BEFORE_CLAUSE = regex(
    r"(\w+)\s+(?=(?:it|the|they|both|that|this|there|we|i|because|since|as|es|das|die|sie|ils|elles?|le|la|ce|el|los|las|son)\b)",
    re.IGNORECASE,
)
"""Yes or no in front of a sentence without a comma: no the size does not matter."""
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
    head = _RIGHT.sub("", _WHY.split(bare, maxsplit=1)[0]).strip(" .,;:'\"()[]")
    whole = label_of(bare) or label_of(bare.strip("()[].")) or label_of(head)
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
    matched = _in_a_sentence(bare, by_lower, expected)
    if matched:
        return Given(text, "choice", frozenset((matched,)))
    known = sorted(labels)
    hint = f"write {', '.join(known[:-1])} or {known[-1]}" if 1 < len(known) <= 12 else "write the letter of the choice"
    raise Unreadable(f"{quoted(text)} is none of the choices: {hint}")


def _in_a_sentence(text: str, labels: Mapping[str, str], expected: Expected) -> str | None:
    """Return the one label of a sentence that says nothing else: the network learns fewer, because 21546 < 30730.

    Where a part of an answer is enough, other words may stand beside it that do not change what it says.
    """
    chain = re.findall(r"[<>]|[^\s<>]+", text.lower())
    if expected.trend and len(chain) > 2 and all(word in labels for word in chain[::2]):
        signs = {*chain[1::2]}  # alpha > beta > gamma
        if len(signs) == 1 and signs <= {"<", ">"}:
            return labels[chain[0] if (signs == {">"}) == (expected.trend > 0) else chain[-1]]
    matched, _, than = _WHY.split(text, maxsplit=1)[0].lower().partition(" than ")
    compared = LESS if expected.trend < 0 else MORE if expected.trend > 0 else frozenset[str]()
    words, others = (re.findall(r"[^\W_]+", part) for part in (matched, than))
    chosen = {labels[word] for word in words if len(word) > 2 and word in labels}
    rest = [word for word in words if word not in labels and word not in compared]
    apart = chosen.isdisjoint(labels[word] for word in others if word in labels)
    beside = (*rest, *(word for word in others if word not in labels))
    if expected.partly:
        plain = (CHANGING | LESS | MORE | NO).isdisjoint(rest) and CHANGING_SIGNS.isdisjoint(matched)
    else:
        plain = all(word in FILLERS for word in beside)
    return chosen.pop() if len(chosen) == 1 and apart and plain else None


def first_words(expected: Expected) -> frozenset[str]:
    """Return the words that an answer to a choice may begin with."""
    labels = {label.lower() for label, _ in expected.labels}
    return YES | NO if labels == YES_NO else frozenset(labels)


def _spaceless(text: str) -> str:
    return "".join(text.split()).lower().replace("×", "x")


def _yes_no(text: str, expected: Expected) -> str:
    """Read yes or no; same and different where that is what is asked."""
    bare = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text
    bare = bare if bare.isascii() else CHINESE.sub(_apart, bare)
    words = re.findall(r"[^\W\d_]+", bare.lower())
    found = {_polarity(match[1]) for match in (_SURE.fullmatch(bare), _AT_END.fullmatch(bare)) if match}
    if expected.partly and (match := _BEFORE_CLAUSE.match(bare)):
        found.add(_polarity(match[1]))
    found.discard("")
    if _NO_MATTER.search(bare):
        found.add("yes" if expected.equality > 0 else "no")
    elif (expected.equality or expected.ordered) and len(words) <= 12:
        same, different = not SAME.isdisjoint(words), not DIFFERENT.isdisjoint(words)
        if words[:2] in (["no", "change"], ["no", "difference"]):
            found = {"yes" if expected.equality > 0 else "no"}
        elif same != different and (expected.equality or (same and "not" not in words)):
            equal = same != ("not" in words)
            found.add("yes" if equal == (expected.equality > 0) else "no")
    if len(found) == 1:
        return found.pop()
    if found:
        raise Unreadable(f"{quoted(text)} says yes and no: write one of them")
    raise Unreadable(f"{quoted(text)} is neither yes nor no: write yes or no")


def _polarity(word: str) -> str:
    return "yes" if word.lower() in YES else "no" if word.lower() in NO else ""


def _apart(match: re.Match[str]) -> str:
    words = [word for word, _ in segments(match[0])]
    return f"{words[0]}, {' '.join(words[1:])}" if len(words) > 1 else f" {words[0]} "


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
    words = [word for word, field in FIELDS.items() if field == stem and " " not in word]
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
_WITH = regex(rf"\b(?:{AND}|with|mit|avec|con)\b(?= )", re.IGNORECASE)
_PADDING_OF = regex(r"^(?:a |the )?(?:zero[- ]?)?padding of (?=\d)", re.IGNORECASE)
_TWICE = regex(r"[(\[]\s*(\d+)\s*,\s*\1\s*[)\]]")
_NONE = regex(r"(?<=[=:])\s*(?:none|zero|nothing|no)\b", re.IGNORECASE)
_NONE_OF = regex(r"(?<!of )\b(?:no|without|zero) (pad(?:ding)?)\b", re.IGNORECASE)
_COUNTING = "|".join(word for word in NUMBERS if " " not in word and NUMBERS[word] != "0" and word not in FILLERS)
_WORDED = regex(rf"(?<![\w.])(?:{_COUNTING})(?!\w)", re.IGNORECASE)


def _in_order(text: str) -> str:
    """Write a text as names and numbers: 3x3 kernel, no padding is kernel 3, padding 0."""
    text = _WITH.sub("and", _WORDED.sub(lambda match: NUMBERS[match[0].lower()], text))
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
    for candidate in (word, FIELDS.get(word), word.replace(" ", "_")):
        for name in names:
            if candidate == name.lower():
                return name
    # one name only asks for it, whatever layer it belongs to: conv1.stride
    fits = [name for name in names if name.lower().rpartition(".")[2] in (word, FIELDS.get(word))]
    return fits[0] if len(fits) == 1 else None


def _whole(digits: str) -> int:
    if len(digits) > 18:
        raise Unreadable(f"{quoted(digits, 24)} is longer than any number that is asked for")
    return int(digits)
