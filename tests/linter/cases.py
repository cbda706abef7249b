"""Case files: specs with the findings that are expected, each at the end of its line, as in `# E203@31 W401@9`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"

EXPECTED = re.compile(r"#((?:\s+[EWN]\d{3}@[\d?]+)+)[ \t]*$", re.MULTILINE)
SELECT = re.compile(r"^# select (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One spec of a case file; files hold several, with `---` between them."""

    name: str
    text: str
    select: tuple[str, ...]

    def expected(self) -> list[tuple[int, int, str]]:
        """Return line, column and code of every finding that the text expects."""
        found = []
        for number, line in enumerate(self.text.splitlines(), 1):
            match = EXPECTED.search(line)
            for word in match[1].split() if match else ():
                code, _, column = word.partition("@")
                found.append((number, int(column), code))
        return sorted(found)


def cases() -> list[Case]:
    """Return every spec of every case file."""
    found = []
    for path in sorted(FOLDER.glob("*.cnn.yaml")):
        text = path.read_text("utf-8")
        select = SELECT.search(text)
        for number, part in enumerate(re.split(r"^---\n", text, flags=re.MULTILINE), 1):
            found.append(Case(f"{path.name.removesuffix('.cnn.yaml')}-{number}", part, (select[1],) if select else ()))
    return found
