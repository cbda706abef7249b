"""Hostile and broken texts in an editor: every request is answered, and nothing steers what shows the answer."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from cnncalc.server import app
from cnncalc.server.document import Document
from tests.server.test_server import PLAIN

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
STRANGE = [
    "\x1b[2J",
    "\x9b",
    "\u202e",
    "\u2066",
    "\x85",
    "\u2028",
    "\0",
    "\t",
    "\r",
    "𝟛",
    "\ud800",
    "{",
    "]",
    "*a",
    "->",
]
CHAINS = [
    "28x28x1 # \x1b[2J\n  -> Conv2d(1, 8, 3)\n -> relu\n",
    "3x224x224 -> conv 64 7x7/2, pad 3 -> \u202e\n",
    "nn.Sequential(nn.Conv2d(3, 8, 3))",
    "# only a comment",
    "input: 8x8x3\nlayers: " + "[" * 200,
    "input: 8x8x3\nlayers: " + "(" * 200,
    "input: 8x8x3\nblocks:\n  a: a -> a\nlayers: a\n",
    "a: &b [*b, *b]\n",
    "{}",
    "\ufeff" + PLAIN,
    PLAIN.replace("\n", "\r\n"),
]


def texts() -> list[str]:
    """Texts cut anywhere, and with something strange anywhere."""
    draw = random.Random(13)
    found = [*CHAINS]
    for strange in STRANGE:
        at = draw.randrange(len(PLAIN))
        found += [PLAIN[:at], PLAIN[:at] + strange + PLAIN[at:], PLAIN.replace("unit", f"unit{strange}")]
    return found


@pytest.mark.parametrize("text", texts(), ids=lambda text: ascii(text)[-30:])
def test_every_request_is_answered(text: str) -> None:
    draw, uri = random.Random(text.encode("utf-8", "replace")), "file:///net.cnn.yaml"
    server: Any = SimpleNamespace(documents={uri: Document("net.cnn.yaml", text, PositionCodec())}, found={})
    document, lines = lsp.TextDocumentIdentifier(uri), text.split("\n")
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(len(lines) + 5, 0))
    shown = [str(hint.label) for hint in app._hints(server, lsp.InlayHintParams(document, whole))]
    shown += [symbol.name for symbol in app._symbols(server, lsp.DocumentSymbolParams(document))]
    app._format(server, lsp.DocumentFormattingParams(document, lsp.FormattingOptions(2, True)))
    app._actions(server, lsp.CodeActionParams(document, whole, lsp.CodeActionContext([])))
    for _ in range(20):
        line = draw.randrange(len(lines))
        position = lsp.Position(line, draw.randrange(len(lines[line]) + 3))
        hovered = app._hover(server, lsp.HoverParams(document, position))
        if hovered is not None:
            assert isinstance(hovered.contents, lsp.MarkupContent)
            shown.append(hovered.contents.value)
        app._definition(server, lsp.DefinitionParams(document, position))
        shown += [item.label for item in app._complete(server, lsp.CompletionParams(document, position))]
    assert not [each for each in shown if STEERING.search(each)]
