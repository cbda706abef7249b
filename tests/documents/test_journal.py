"""The journal of `grade`: what it keeps is read back, and what another program wrote is no mark."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from cnncalc.grading.journal import is_sound, packed, unpacked
from cnncalc.homework.catalogue import load_key
from cnncalc.homework.mark import mark
from cnncalc.homework.model import Marked

KEY = load_key(str(Path(__file__).parent.parent / "homework" / "hw.key.yaml"))
ANSWERS = {"1a": "29x29x32", "1b": "7500"}
MARKED = Marked("ann", tuple(mark(KEY, ANSWERS)), file="ann.txt", claims=("Ann",), content="0f")
HEAD, MARKS = (json.loads(part) for part in packed(MARKED).split(b"\t"))


def line(head: Any = HEAD, marks: Any = MARKS) -> bytes:
    return b"\t".join(json.dumps(part).encode() for part in (head, marks))


def test_what_is_kept_is_read_back() -> None:
    assert is_sound(packed(MARKED), KEY.parts)
    again = unpacked(packed(MARKED), KEY)
    assert packed(again) == packed(MARKED)
    assert [one.score for one in again.marks] == [one.score for one in MARKED.marks]
    assert all(isinstance(one.score, Fraction) for one in again.marks)


def test_what_another_program_wrote_is_not_sound() -> None:
    first, *others = MARKS
    other_values = {
        **dict.fromkeys(("given", "read", "feedback", "hint"), (1, None, [], True)),
        "id": ("9z", "", 1),
        "verdict": ("perfect", "", 1),
        "score": ("1/0", "-1", "1e9", "nan", "٣", "1/", " 1", "1\n", 1, "1" * 31),
        "diagnoses": ("no-bias", [["no-bias"]], [["no-bias", "x"]], [[[1], "x"]], [[["no-bias"], "x", "y"]], {}),
        "notes": ("x", [1], [["x"]], {}),
        "followed": (1, 0, "yes", "true", None),
    }
    assert other_values.keys() == first.keys()
    foreign = {f"{key}={value!r}": [{**first, key: value}, *others] for key in first for value in other_values[key]}
    foreign |= {f"no {key}": [{name: first[name] for name in first if name != key}, *others] for key in first}
    foreign |= {"another key": [{**first, "by": "x"}, *others], "an object": first, "no object": [[], *others]}
    sound = [name for name, marks in foreign.items() if is_sound(line(marks=marks), KEY.parts)]
    changed = [[*HEAD[:at], value, *HEAD[at + 1 :]] for at in range(6) for value in (1, None, [1])]
    heads = [HEAD[:5], [*HEAD, "x"], {}, "ann", *changed]
    sound += [str(head) for head in heads if is_sound(line(head), KEY.parts)]
    texts = (b"", b"[]", b"\t", b"[]\t[]", b"1\t2\t3", b"[" * 100_000, packed(MARKED)[:-1], packed(MARKED) + b"\t[]")
    sound += [text[:20].decode() for text in texts if is_sound(text, KEY.parts)]
    assert sound == []
