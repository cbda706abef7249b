"""An editor for tests and benchmarks: a real client of the language server, over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

WAIT_S = 60


class Editor:
    """A client with one text open."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self.told: dict[str, list[lsp.Diagnostic]] = {}
        self.news = asyncio.Event()
        self.uri = (folder / "net.cnn.yaml").as_uri()
        self.version = 0
        self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self.take(params))

    def take(self, params: lsp.PublishDiagnosticsParams) -> None:
        self.told[params.uri] = [*params.diagnostics]
        self.news.set()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, WAIT_S))

    def ask(self, method: str, params: Any) -> Any:
        async def asked() -> Any:
            return await self.client.protocol.send_request_async(method, params)

        return self.do(asked())

    def start(self, options: Any = None) -> lsp.InitializeResult:
        command = ("-c", "from cnncalc.cli import main; main()", "lsp")
        self.do(self.client.start_io(sys.executable, *command))
        capabilities = lsp.ClientCapabilities()
        params = lsp.InitializeParams(capabilities, initialization_options=options)
        result: lsp.InitializeResult = self.ask(lsp.INITIALIZE, params)
        self.client.initialized(lsp.InitializedParams())
        return result

    @property
    def pid(self) -> int:
        """The process of the server."""
        assert self.client._server is not None
        return self.client._server.pid

    def stop(self) -> None:
        self.ask(lsp.SHUTDOWN, None)
        self.client.exit(None)
        self.do(self.client.stop())
        self.loop.close()

    def open(self, text: str) -> list[lsp.Diagnostic]:
        """Open a text, or change it; return what is told at once."""
        self.news.clear()
        self.send(text)
        return self.next()

    def send(self, text: str) -> None:
        """Open a text, or change it, without waiting for an answer."""
        self.version += 1
        if self.version == 1:
            item = lsp.TextDocumentItem(self.uri, "yaml", self.version, text)
            self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        else:
            change = lsp.TextDocumentContentChangeWholeDocument(text)
            document = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
            self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    def next(self) -> list[lsp.Diagnostic]:
        """Return what is told next."""
        self.do(self.news.wait())
        self.news.clear()
        return self.told[self.uri]

    @property
    def document(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri)

    def hints(self) -> dict[int, str]:
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(10_000, 0))
        found = self.ask(lsp.TEXT_DOCUMENT_INLAY_HINT, lsp.InlayHintParams(self.document, whole)) or []
        return {hint.position.line + 1: hint.label for hint in found}

    def hover(self, line: int, character: int) -> str:
        params = lsp.HoverParams(self.document, lsp.Position(line - 1, character))
        found = self.ask(lsp.TEXT_DOCUMENT_HOVER, params)
        return found.contents.value if found else ""

    def definition(self, line: int, character: int) -> str:
        params = lsp.DefinitionParams(self.document, lsp.Position(line - 1, character))
        found = self.ask(lsp.TEXT_DOCUMENT_DEFINITION, params)
        if found is None:
            return ""
        start, end = found.range.start, found.range.end
        return f"{start.line + 1}:{start.character + 1}-{end.character + 1}"

    def completions(self, line: int, character: int) -> list[str]:
        params = lsp.CompletionParams(self.document, lsp.Position(line - 1, character))
        return [item.label for item in self.ask(lsp.TEXT_DOCUMENT_COMPLETION, params) or []]
