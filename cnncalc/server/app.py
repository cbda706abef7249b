"""The language server: requests of an editor and their handlers."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from cnncalc import __version__
from cnncalc.library import SUFFIXES
from cnncalc.problem import visible_lines
from cnncalc.server import diagnostics, hints, names
from cnncalc.server.complete import complete
from cnncalc.server.cursor import under
from cnncalc.server.document import Document
from cnncalc.server.hover import hover
from cnncalc.server.linting import lint

PAUSE_S = 0.25
"""Seconds without an edit before the whole linter runs."""


class Server(LanguageServer):
    """Open documents, with their networks and findings.

    An edit is answered at once with the problems of the text and of its network; warnings stay on lines that are
    unchanged until the linter has looked again.
    """

    def __init__(self) -> None:
        super().__init__("cnncalc", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.documents: dict[str, Document] = {}
        self.found: dict[str, list[diagnostics.Reported]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.variant = ""
        gc.disable()  # a collection takes as long as parsing a text, so it runs in pauses

    def change(self, uri: str, text: str) -> None:
        """Update a text, publish its errors, and schedule the linter."""
        before = self.documents.get(uri)
        name = uris.to_fs_path(uri) or uri
        document = Document(name, text, self.workspace.position_codec, self.variant, before)
        kept = diagnostics.moved(self.found.get(uri, []), before.source.text, text) if before else []
        self.documents[uri] = document
        self.publish(uri, [*map(diagnostics.of_finding, document.errors), *kept])
        self.stop(uri)
        self.tasks[uri] = asyncio.get_running_loop().create_task(self.lint(uri, document, name))

    def publish(self, uri: str, found: list[diagnostics.Reported]) -> None:
        """Publish findings."""
        self.found[uri] = found
        lines = self.documents[uri].lines
        shown = [diagnostics.diagnostic(one, lines) for one in found]
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, shown))

    async def lint(self, uri: str, document: Document, path: str) -> None:
        """Lint a text after a pause, and publish the findings if it has not changed."""
        await asyncio.sleep(PAUSE_S)
        gc.collect()
        found = await lint(document.source.text, path)
        if found is not None and self.documents.get(uri) is document:
            self.publish(uri, found)

    def stop(self, uri: str) -> None:
        """Stop the linter of a text that has changed."""
        task = self.tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    def close(self, uri: str) -> None:
        """Close a text."""
        self.stop(uri)
        self.found.pop(uri, None)
        if self.documents.pop(uri, None):
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))


def server() -> Server:
    """Return the server with all handlers."""
    made = Server()
    made.feature(lsp.INITIALIZE)(_initialize)
    made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(_opened)
    made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(_changed)
    made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    made.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)(_hints)
    made.feature(lsp.TEXT_DOCUMENT_HOVER)(_hover)
    made.feature(lsp.TEXT_DOCUMENT_DEFINITION)(_definition)
    made.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[" ", "=", ">"]))(_complete)
    made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(_symbols)
    made.feature(lsp.TEXT_DOCUMENT_FORMATTING)(_format)
    kinds = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)(_actions)
    return made


def _initialize(ls: Server, params: lsp.InitializeParams) -> None:
    options: Any = params.initialization_options
    ls.variant = options.get("variant", "") if isinstance(options, dict) else ""


def _opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    # Other YAML files that an editor sends are ignored.
    if document.uri.endswith(SUFFIXES) or "cnncalc" in document.language_id:
        ls.change(document.uri, document.text)


def _changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    if uri in ls.documents:
        ls.change(uri, ls.workspace.get_text_document(uri).source)


def _closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    ls.close(params.text_document.uri)


def _hints(ls: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    document = ls.documents.get(params.text_document.uri)
    first, last = params.range.start.line + 1, params.range.end.line + 1
    return [
        lsp.InlayHint(document.lines.end_of_line(number), line.text, padding_left=True)
        for number, line in (hints.lines(document) if document else {}).items()
        if document and first <= number <= last
    ]


def _hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        return None
    at = under(document.spec, document.source.text, document.lines.index(params.position))
    text = hover(document, at)
    if not text:
        return None
    content = lsp.MarkupContent(lsp.MarkupKind.Markdown, visible_lines(text))
    return lsp.Hover(content, document.lines.span(at.start, at.end))


def _definition(ls: Server, params: lsp.DefinitionParams) -> lsp.Location | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        return None
    at = under(document.spec, document.source.text, document.lines.index(params.position))
    found = names.definition(document.spec, at)
    return lsp.Location(params.text_document.uri, document.lines.span(*found)) if found else None


def _complete(ls: Server, params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        return []
    return complete(document.spec, document.source.text, document.lines.index(params.position))


def _symbols(ls: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    document = ls.documents.get(params.text_document.uri)
    if document is None or document.reading is None:
        return []
    return names.outline(document.reading.root, document.reading.spec, document.lines)


def _format(ls: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
    from cnncalc.formatter.canonical import formatted
    from cnncalc.problem import Problems

    document = ls.documents.get(params.text_document.uri)
    if document is not None:
        with suppress(Problems):
            text = formatted(document.source)
            whole = document.lines.span(0, len(document.source.text))
            return [lsp.TextEdit(whole, text)] if text != document.source.text else []
    return None


def _actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    uri = params.text_document.uri
    document = ls.documents.get(uri)
    return diagnostics.actions(ls.found.get(uri, []), document.lines, uri, params.range) if document else []
