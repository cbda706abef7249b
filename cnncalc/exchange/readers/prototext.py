"""Protobuf's text format: messages of fields that may be repeated, each with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from cnncalc.exchange.graph import NotRead
from cnncalc.problem import Problem, Source
from cnncalc.spec.tree import place_of

DEEPEST = 64
"""Messages in messages that are read; a network has four."""

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:\#[^\n]*+[ \t\r\n]*+)*+           # what does not count
    (?:([^\s{}<>\[\]:,;"'#]++)                        # a word
    |("(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')    # a text
    |([{}<>\[\]:,;])                                 # a sign
    |(\Z)                                            # the end
    |(.))                                            # what opens a text that does not end""",
    re.VERBOSE,
)
_WORD, _TEXT, _SIGN, _END = 1, 2, 3, 4
_CLOSES = {"}": "{", ">": "<", "]": "["}


@dataclass(slots=True)
class Scalar:
    """A number, a word or a text in quotes, and where it stands."""

    text: str
    start: int


@dataclass(slots=True)
class Message:
    """Fields by name, each as often as it was written."""

    start: int
    fields: dict[str, list[Value]] = field(default_factory=dict)

    def all(self, name: str) -> list[Value]:
        return self.fields.get(name, [])

    def messages(self, name: str) -> list[Message]:
        return [value for value in self.all(name) if isinstance(value, Message)]

    def scalars(self, name: str) -> list[Scalar]:
        return [value for value in self.all(name) if isinstance(value, Scalar)]

    def message(self, name: str) -> Message:
        """Return the last message of a name, as protobuf does; an empty one where there is none."""
        found = self.messages(name)
        return found[-1] if found else Message(self.start)

    def word(self, name: str, default: str = "") -> str:
        """Return the last scalar of a name."""
        found = self.scalars(name)
        return found[-1].text if found else default


Value: TypeAlias = Scalar | Message


def parse(source: Source) -> Message:
    """Return the message of a text; raises NotRead with the place where it is none. Its own stack bounds the depth."""
    text = source.text
    root = Message(0)
    stack: list[tuple[Message, str, int]] = [(root, "", 0)]  # message, what opened it, where
    name: Scalar | None = None  # of the field whose value comes
    listed = False  # inside [ ]
    colon = False

    def wrong(message: str, index: int, length: int = 1, hint: str | None = None) -> NotRead:
        return NotRead([Problem("E126", message, place_of(source, index, length), hint)])

    message = root
    for match in _TOKEN.finditer(text):
        kind = match.lastindex or 0
        token, start = match[kind], match.start(kind)
        if kind in (_WORD, _TEXT):
            if name is None:
                if kind == _TEXT:
                    raise wrong("a field begins with its name, not with a text", start, len(token))
                name, colon = Scalar(token, start), False
            elif not colon:
                raise wrong(f"{name.text} has no colon before {token[:40]}", start, len(token))
            else:
                written = token[1:-1] if kind == _TEXT else token
                message.fields.setdefault(name.text, []).append(Scalar(written, start))
                name = name if listed else None
        elif kind == _END:
            break
        elif kind != _SIGN:
            raise wrong(f"{token} opens a text that does not end in its line", start)
        elif token == ":":
            if name is None or colon:
                raise wrong("a colon stands behind the name of a field", start)
            colon = True
        elif token in "{<":
            if name is None:
                raise wrong(f"{token} stands behind the name of a field", start)
            if len(stack) > DEEPEST:
                raise NotRead([Problem("E112", f"nested more than {DEEPEST} deep", place_of(source, start))])
            if listed:
                raise wrong("a list of messages is not read", start)
            inner = Message(name.start)
            message.fields.setdefault(name.text, []).append(inner)
            stack.append((inner, token, start))
            message, name = inner, None
        elif token == "[":
            if name is None or not colon or listed:
                raise wrong("[ stands behind the name of a field and its colon", start)
            listed = True
        elif token == "]":
            if not listed:
                raise wrong("] closes nothing", start)
            name, listed = None, False
        elif token in "}>":
            if name is not None:
                raise wrong(f"{name.text} has no value", name.start, len(name.text))
            if stack[-1][1] != _CLOSES[token]:
                raise wrong(f"{token} closes nothing", start)
            stack.pop()
            message = stack[-1][0]
        elif name is not None and not listed:  # , or ;
            raise wrong(f"{name.text} has no value", name.start, len(name.text))
    if name is not None:
        raise wrong(f"the text ends behind {name.text}, which has no value", name.start, len(name.text))
    if len(stack) > 1:
        raise wrong(f"{stack[-1][1]} is not closed: the text ends before", stack[-1][2])
    return root
