"""The whole linter on one text, in a separate process that is stopped when the text changes again."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress

from cnncalc.server.diagnostics import Reported, of_data

COMMAND = ("-P", "-c", "from cnncalc.cli import main; main()", "lint", "-", "--format", "json", "--exit-zero")


async def lint(text: str, path: str) -> list[Reported] | None:
    """Return all findings of a text, as settings near `path` select them; None when there is no answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *COMMAND,
        "--stdin-filename",
        path,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await process.communicate(text.encode("utf-8", "replace"))
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    if process.returncode != 0:
        return None
    return [of_data(found) for found in json.loads(out or b"[]")]
