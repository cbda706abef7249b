"""Answers that are not understood whole: what is understood of them may turn out to be right, but never to be wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.homework.answers.answer_spec import Expected
from cnncalc.homework.answers.clean import clean, lines_of
from cnncalc.homework.answers.notation import CHINESE, segments
from cnncalc.homework.answers.number_words import SMALL
from cnncalc.homework.answers.remarks import without_brackets
from cnncalc.homework.answers.vocabulary import (
    AXES,
    BECAUSE,
    CHANGING,
    CHANGING_SIGNS,
    FIELDS,
    PADDING,
    PLACES,
    WORDS,
)
from cnncalc.homework.answers.words import name_of
from cnncalc.patterns import regex

_WORD = regex(r"[^\W\d_](?:[^\W\d_]|(?<=[^\W\d_])['’-](?=[^\W\d_]))*")
_COUNTED = regex(r".*[\d)\]²%]\s*", re.DOTALL)
"""What ends in a number: a word behind it is what the number counts."""
_HARMLESS = regex(
    r"\b(?:no|without|zero|ohne|kein|sans|sin|pas de) (?:zero[- ])?(?:pad(?:ding)?|füllung|rembourrage|remplissage"
    r"|relleno|remainder|rest|reste|resto|rounding|change)\b"
    r"|\b(?:does|do|is|are)(?: not|n't) (?:change|depend|matter|count|have|add)\w*"
    r"|不(?:改变|变|影响)"
    r"|\b(?:plus|minus)(?= ?[\d(])|(?<=\d)\s*(?:plus|minus)\b",
    re.IGNORECASE,
)
"""Words that change no number beside them."""
_READ = frozenset(("floor", "ceil", "sqrt", "min", "max", "round", "mod"))
_SEPARATE = "the"
"""Stands for words that are left out, so that 4 bananas 360 is not read as 4 360."""
_DIGIT = regex(r"\d")
_ISLAND = regex(
    r"(?<![\w.])-?[(\[⌊⌈√]*(?:(?:floor|ceil|sqrt)\s*\()?\d(?:(?:floor|ceil|sqrt|min|max)(?=\s*\()|[\d.,'()\[\]+*/^×⌊⌋⌈⌉√=~%-]"
    r"|(?<=[\d)\]])\s*x\s*(?=[\d(])|[^\S\n]+(?=[\d(\[⌊⌈√+*/^×=~-]))*",
    re.IGNORECASE,
)
"""A calculation, a number or a size among words."""
_HEAD = regex(
    rf"\s*(?P<answer>(?:(?:[^\W\d_]+'?|=|:)\s+){{0,6}}(?:\d[\d.,'x× ]*|zero|{'|'.join(SMALL)})(?: [^\W\d_]+)?)"
    rf"\s*(?:,?\s*\b(?:{BECAUSE}|as)\b|因为|由于|\((?=[^()]*\)[.!]?\s*$)|[,;:.]\s(?=\D*$)).*",
    re.IGNORECASE | re.DOTALL,
)
"""An answer with its reason behind it."""
_WHOLE_OF = regex(
    r"(\d[\d.,']*)\s+(?:[^\W\d_]+\s+)?(?:out )?(?:of|von|des|de los|sur)\s+(?:the |den |all )?"
    r"\d[\d.,']*(?: [^\W\d_]+)*\W*$",
    re.I,
)
"""So many of a whole: 280 of the 400."""
_ISLAND_SIZE = regex(r"\d\s*[x×]\s*\d")
_CLAUSE_END = regex(r"[,;:.]\s|[\n:]|->|=>|[→⇒∴]")
_ALONE = regex(r"\s*(?:(?:it'?s|is|the|answer|there|are)\s+)*\d[\d.,'x× ]*(?:\s+[^\W\d_]+)?\s*", re.IGNORECASE)
"""A number that may be an answer of its own."""
PADDING_WORDS = frozenset(PADDING)
_NAMES = frozenset((*FIELDS, *FIELDS.values(), *AXES))
LONGEST = 600
"""Characters of an answer that is read in this way."""


def parts_of(text: str, expected: Expected) -> Iterator[tuple[str, str]]:
    """Yield the parts of an answer that may be what it says, and what of it is left out; none where that is not sure.

    First all of it without the words that are not known, then its conclusion: 280 in `on average 280 of the 400`.
    """
    if len(text) > LONGEST or expected.form in ("tensor", "formula"):
        return
    whole = "\n".join(CHINESE.sub(_apart, clean(line)[0]) for line in lines_of(text))
    words = _WORD.findall(_HARMLESS.sub(" ", whole.lower()))
    signs = CHANGING_SIGNS.intersection(_HARMLESS.sub("", whole))
    if expected.form != "choice" and (signs or not CHANGING.isdisjoint(words)):
        return
    known = _known_words(whole, expected)
    if known is not None:
        yield known
        yield without_brackets(known[0]), known[1] or "what stands in brackets"
    if expected.form != "choice":
        head = _HEAD.match(whole)
        conclusion = head["answer"] if head else _conclusion(whole, expected)
        if conclusion:
            yield conclusion, "what stands beside it"


def _known_words(text: str, expected: Expected) -> tuple[str, str] | None:
    """Return a text without the words that are not known, and these; None where one stands for what is counted."""
    known = WORDS - (PLACES if expected.form in ("number", "volume", "sides") else frozenset())
    own = {*_WORD.findall(" ".join((*expected.symbols, *expected.names, *map(" ".join, expected.labels))).lower())}
    last = max((match.end() for match in _DIGIT.finditer(text)), default=0)
    left_out: list[str] = []
    kept, end = [], 0
    for match in _WORD.finditer(text):
        if _is_read(match[0].lower(), own, known) or _is_name(text, match):
            continue
        if match.start() >= last > 0 and _COUNTED.fullmatch(text, 0, match.start()):
            return None
        kept += [text[end : match.start()], _SEPARATE]
        end = match.end()
        left_out.append(match[0])
    return "".join((*kept, text[end:])), " ".join(left_out)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Return whether a word is part of a name, out_channels, or of a function."""
    return text[match.end() : match.end() + 1] in ("_", "(") or text[match.start() - 1 : match.start()] == "_"


def _conclusion(text: str, expected: Expected) -> str:
    """Return the last calculation, number or size of an answer with the words behind it; "" where it has another.

    What stands alone before it may be the answer, too: `4 layers, of which 3 learn`, and `padding 2, stride 1` has two.
    """
    found = [*_ISLAND.finditer(text)]
    if not found:
        return ""
    last = found[-1]
    if expected.form == "volume" and len(found) > 1 and last[0].strip().isdigit() and _ISLAND_SIZE.search(found[-2][0]):
        return text[found[-2].start() : last.end()] + text[last.end() :]  # 28x28 with 32 channels
    whole = _WHOLE_OF.search(text)
    if whole and whole.end() >= last.end():
        return whole[1]
    clause = _CLAUSE_END.split(text[: last.start()])[-1]
    named = {word for word in _WORD.findall(clause.lower()) if word in _NAMES}
    padding = PADDING_WORDS if expected.pairs or name_of("pad", expected.names) else frozenset()
    asked = {word for word in named if name_of(word, expected.names)}
    if (expected.names or expected.form in ("sides", "pad")) and named - asked - padding:
        return ""
    clauses = _CLAUSE_END.split(text[: last.start()])[:-1]
    if any(_ALONE.fullmatch(before) and _complete(before, expected) for before in clauses):
        return ""
    behind = _WORD.findall(text[last.end() :].lower())
    if not all(word in WORDS for word in behind[:1]) or not all(word in WORDS or len(word) > 3 for word in behind):
        return ""
    return _trimmed(last[0]) + (f" {behind[0]}" if behind else "")


def _complete(text: str, expected: Expected) -> bool:
    return expected.form != "volume" or len(re.findall(r"\d+", text)) > expected.sides


def _trimmed(text: str) -> str:
    """Return a calculation without what an unfinished one begins with."""
    text = text.strip(" ,;:=~*/+×.\n)]")
    closing = text.count("(") - text.count(")")
    return text + ")" * closing if 0 < closing < 3 else text


def _is_read(word: str, own: set[str], known: frozenset[str]) -> bool:
    short = len(word) < 3 and word.isascii()
    return short or word in own or word in known or word in _READ


def _apart(match: re.Match[str]) -> str:
    """Return the words of a Chinese text with blanks between them."""
    return f" {' '.join(word for word, _ in segments(match[0]))} "
