"""What the tests of the exports share: a key of every form, texts that no format likes, and words out of HTML."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

from cnncalc.homework.key import read_key
from cnncalc.homework.model import Key
from cnncalc.quizzes.exports.asking import Variant
from cnncalc.quizzes.make import Order, key_of
from cnncalc.quizzes.topics import NUMBERS

NASTY = r"""50% of {a_b}~c #1 & <b>x</b> -> "q" = \n $y$ *z* `t` [u](v) | a:b --- ... ]]> {1:SA:=x} 3 × 4² ⌊5/2⌋ ’"""

KEY = rf"""
title: 'Homework {NASTY.replace("'", "''")}'
questions:
  - id: vol
    topic: output
    text: |-
      {NASTY}
      - a line that begins like a list
      # and like a heading
      1) and 1. like a number

      1. conv: 32 filters of {{7x7}}
      2. *relu* & {NASTY}
      What comes out?
    network: 63x63x16 -> conv 32 7x7 stride=2
    ask: output
    credit: {{depth-kept: 0.5}}
  - {{id: num, network: 300x300x3 -> conv 100 5x5, ask: params, points: 2, credit: {{no-bias: 0.48}}, topic: params}}
  - id: zero
    network: 8x8x3 -> maxpool 2x2
    ask: params
  - id: frac
    networks: {{a: 28x28x192 -> conv 32 5x5 pad=2, b: 28x28x192 -> conv 16 1x1 -> conv 32 5x5 pad=2}}
    ask: a.macs / b.macs
    points: 1.5
  - {{id: mb, network: 224x224x3 -> conv 96 3x3 pad=1, ask: activation_bytes, unit: MB}}
  - {{id: pads, network: 1000x4 -> conv 8 6, ask: same_pad}}
  - {{id: form, network: HxWxC -> 3 * conv C 3x3 pad=1 bias=no, ask: params}}
  - {{id: un, network: "227x227x3 -> conv 96 11x11 stride=? pad=? -> 55x55x96", ask: solve}}
  - id: yes
    networks: {{small: 8x8x3 -> conv 4 3x3, large: 9x9x3 -> conv 4 3x3}}
    ask: small.params == large.params
  - id: mc
    text: 'Which? {NASTY.replace("'", "''")}'
    network: 63x63x16 -> conv 32 7x7 stride=2
    ask: output
    choices: {{a: 29x29x32, b: 16x16x32, c: 29x29x16, d: 57x57x32}}
  - id: parts
    text: 'Several. {NASTY.replace("'", "''")}'
    network: 32x32x3 -> conv 10 5x5 pad=2
    points: 1
    parts: {{a: output, b: {{ask: params, text: 'How many? {NASTY.replace("'", "''")}'}}, c: weight_bytes}}
  - id: tab
    text: Fill in.
    network: 32x32x3 -> conv 8 3x3 pad=1 -> maxpool 2x2
    table: {{rows: all, columns: [output, params], given: {{conv: {{output: 32x32x8}}}}}}
"""


@cache
def nasty_key() -> Key:
    return read_key(KEY, "nasty.key.yaml")


@cache
def fixed_key() -> Key:
    """A generated quiz with a question of each topic and level."""
    return key_of(Order("golden", 16, level=2))


@cache
def numbers_key() -> Key:
    """Questions about calculating with numbers, with matrices in their texts and tensors as answers."""
    return key_of(Order("numbers", 14, tuple(NUMBERS), 3))


@cache
def small_key() -> Key:
    """A generated quiz of a few questions."""
    return key_of(Order("golden", 5, ("output", "params", "memory", "compare", "table"), 1, title="Small quiz"))


@cache
def fixed_variants() -> tuple[Variant, ...]:
    order = Order("golden", 3, ("output", "compare", "table"), 1)
    return tuple(Variant(name, key_of(order, name)) for name in ("ann", "ben"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append(" ")


def plain(html: str) -> str:
    """Return the words of HTML, without its tags and breaks."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return squeezed("".join(reader.parts))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def words(text: str) -> str:
    """Return a question's text as `plain` finds it, the numbers of its list left to HTML."""
    return squeezed(re.sub(r"(?m)^\d+\. (?=[a-zR*])", "", text))


def unbracketed(text: str) -> str:
    """Leave out the brackets of matrices, which HTML and LaTeX set in their own ways."""
    return re.sub(r"(?m)^\[ (.*) \]$", r"\1", text)
