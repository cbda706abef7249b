"""From the text of a key to its questions, every right answer computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from cnncalc.files import read_regular
from cnncalc.homework.model import WHOLE, Conventions, Key, Part, Question, Table
from cnncalc.homework.part_builder import COMMON, SUPERLATIVE, Parts
from cnncalc.homework.quantities import QUANTITIES
from cnncalc.loading import NotFound
from cnncalc.network.network import Network
from cnncalc.problem import Place, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.text import SIZE_LIMIT, read, read_bytes
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar, Sequence

TOP = ("title", "notes", "source", "conventions", "questions")
QUESTION = ("id", *COMMON, "parts", "table", "choices", "topic", "source")
TABLE = ("rows", "columns", "given")
MOST_QUESTIONS = 500

_ID = re.compile(r"[\w][\w.\-]{0,60}")


def load_key(path: str) -> Key:
    """Read a key from a file, or by the name of one that comes with the program; raises Problems."""
    own = shipped().get(path)
    file = own or Path(path)
    try:
        data = read_regular(file, SIZE_LIMIT + 1)
    except FileNotFoundError:
        hint = did_you_mean(path, shipped()) or "`cnncalc list --homework` names those that come with the program"
        raise NotFound([Problem("E114", f"there is no key {quoted(path, 200)}", None, hint)]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise NotFound([Problem("E114", f"{quoted(path, 200)} cannot be read: {reason}")]) from None
    source, problems = read_bytes(path, data)
    if source is None:
        raise NotFound(problems)
    return read_key(source.text, path, folder=file.parent)


def shipped() -> dict[str, Path]:
    """Return the keys that come with the program, by name."""
    folder = Path(__file__).parent / "keys"
    return {path.name.removesuffix(".key.yaml"): path for path in sorted(folder.glob("*.key.yaml"))}


def read_key(text: str, name: str = "<key>", *, folder: Path | None = None) -> Key:
    """Read the text of a key; spec files that it names are looked for in `folder`. Raises Problems with all found."""
    source = Source(name, text)
    root, problems = read(source)
    reader = _KeyReader(source, folder, list(problems))
    key = reader.key(root) if root is not None or not problems else None
    if reader.problems or key is None:
        raise Problems(reader.problems)
    return key


class _KeyReader(Parts):
    """Reads a whole key."""

    def key(self, root: Tree | None) -> Key | None:
        if not isinstance(root, Pairs):
            place = root.place() if root is not None else Place(self.source, 1, 1)
            self.problem("E101", "the key does not begin with a key word", place, "as in `title: Homework 1`")
            return None
        said = self.said(root, TOP)
        conventions = self.conventions(said.get("conventions"), Conventions())
        if "questions" not in said:
            self.problem(
                "E104", "questions: is missing", Place(self.source, 1, 1), "a list of questions, each with ask:"
            )
            return None
        entries = self.items(said["questions"])
        if len(entries) > MOST_QUESTIONS:
            place = said["questions"].place()
            self.problem("E112", f"{len(entries)} questions, more than the {MOST_QUESTIONS} that are read", place)
            return None
        questions = [question for entry in entries if (question := self.question(entry, conventions))]
        seen: dict[str, Question] = {}
        for question in questions:
            for part in question.parts:
                if part.id.lower() in seen:
                    self.problem("E102", f"there are two answers {quoted(part.id)}", question.place, "give each an id")
                seen[part.id.lower()] = question
        notes = (self.text(said.get("notes")),) if "notes" in said else ()
        return Key(self.text(said.get("title")) or "Homework", conventions, tuple(questions), self.source, notes)

    def question(self, node: Tree, conventions: Conventions) -> Question | None:
        if not isinstance(node, Pairs):
            self.problem(
                "E105", "a question is a mapping", node.place(), "as in {id: 1, network: alexnet, ask: params}"
            )
            return None
        said = self.said(node, QUESTION)
        if "id" not in said:
            self.problem("E104", "a question needs an id", node.place(), "as in `id: 1a`")
            return None
        id = self.text(said["id"])
        if not isinstance(said["id"], Scalar):
            return None
        if not _ID.fullmatch(id):
            hint = "letters, digits, points and dashes"
            self.problem("E105", f"{quoted(id)} is no id", said["id"].place(), hint)
            return None
        own = self.conventions(said.get("conventions"), conventions)
        before = len(self.problems)
        parts, table = self.asked(id, said, own, node)
        if len(self.problems) == before:
            self.judge_idle(id, said, own)
        if len(self.problems) > before or not parts:
            return None
        text = self.text(said.get("text"))
        choices = self.choices(said.get("choices"))
        place = said["id"].place()
        extra = {"topic": self.text(said.get("topic")), "source": self.text(said.get("source"))}
        return Question(
            id, text or self.question_text(parts, said), tuple(parts), place, choices=choices, table=table, **extra
        )

    def question_text(self, parts: list[Part], said: Mapping[str, Tree]) -> str:
        """Make a question's text of what it asks."""
        about = self.text(said["network"]) if isinstance(said.get("network"), Scalar) else ""
        if parts[0].ask == "solve":
            return f"Which numbers may stand for ? in {about}?"
        networks = said.get("networks")
        if isinstance(networks, Pairs):
            of = [f"{key.text} is {value.text}" for key, value in networks.pairs if isinstance(value, Scalar)]
            about = ", ".join(of)
        where = f"{self.text(said['layer'])} of {about}" if "layer" in said else about
        asks = list(dict.fromkeys(_said(part) for part in parts))
        return f"{where}: {', '.join(asks)}?"

    def asked(
        self, id: str, said: Mapping[str, Tree], conventions: Conventions, node: Pairs
    ) -> tuple[list[Part], Table | None]:
        ways = [way for way in ("ask", "parts", "table") if way in said]
        if len(ways) != 1:
            if not ways:
                self.problem("E104", f"question {id} asks nothing", node.place(), "ask:, parts: or table: is needed")
            else:
                self.problem("E103", f"{' and '.join(ways)} stand together", said[ways[1]].place(), "one is enough")
            return [], None
        if "table" in said:
            return self.table(id, said, conventions)
        if "parts" in said:
            if not isinstance(said["parts"], Pairs):
                self.problem("E105", "parts is a mapping", said["parts"].place(), "as in {a: output, b: params}")
                return [], None
            pairs = said["parts"].pairs
            share = self.points(said.get("points"), Fraction(len(pairs))) / max(1, len(pairs))
            parts = []
            for key, value in pairs:
                entry = self.said(value, COMMON) if isinstance(value, Pairs) else {"ask": value}
                other = {"network": "networks", "networks": "network"}
                own_only = {"parts", "points", "answer", "text", "id", *(other[k] for k in entry if k in other)}
                inherited = {k: v for k, v in said.items() if k not in own_only}
                own = self.conventions(entry.get("conventions"), conventions)
                part = self.part(f"{id}{key.text}", {**inherited, **entry}, own, share, key)
                if part:
                    self.judge_idle(part.id, entry, own)
                parts += [part] if part else []
            return parts, None
        part = self.part(id, said, conventions, Fraction(1), said["ask"])
        return [part] if part else [], None

    # Tables.

    def table(self, id: str, said: Mapping[str, Tree], conventions: Conventions) -> tuple[list[Part], Table | None]:
        node = said["table"]
        if not isinstance(node, Pairs):
            self.problem("E105", "table is a mapping", node.place(), "as in {rows: all, columns: [output, params]}")
            return [], None
        entry = self.said(node, TABLE)
        columns = [self.text(column) for column in self.items(entry.get("columns"))]
        if not columns:
            self.problem("E104", "a table needs columns", node.place(), "as in columns: [output, params]")
            return [], None
        network = self.network(said) if "network" in said else None
        if network is None:
            if not self.problems:
                self.problem("E104", f"{id} has no network", node.place())
            return [], None
        rows = self.rows(entry.get("rows"), network)
        given = self.given(entry.get("given"))
        asked: dict[tuple[str, str], str] = {}
        printed: dict[tuple[str, str], str] = {}
        parts = []
        cells = [(row, column) for row in rows for column in columns if (row, column) not in given]
        share = self.points(said.get("points"), Fraction(len(cells))) / max(1, len(cells))
        answers = self.given(said.get("answer"))
        for row in rows:
            for column in columns:
                if (row, column) in given:
                    printed[row, column] = self.text(given[row, column])
                    continue
                scalar = Scalar(self.source, column, *_bounds(entry["columns"], column), None)
                own = {k: v for k, v in said.items() if k not in ("table", "points", "answer", "text")}
                layer = Scalar(self.source, row, *_bounds(entry.get("rows") or node, row), None)
                place: dict[str, Tree] = {"layer": layer} if row != WHOLE else {}
                part = self.part(f"{id}.{row}.{column}", {**own, **place, "ask": scalar}, conventions, share, node)
                if part is None:
                    return [], None
                part.row, part.column = row, column
                part.typed = answers.get((row, column))
                asked[row, column] = part.id
                parts.append(part)
        return parts, Table(tuple(rows), tuple(columns), asked, printed)

    def rows(self, node: Tree | None, network: Network) -> list[str]:
        layers = list(network.layers())
        if (isinstance(node, Scalar) and node.text in ("all", "weighted")) or node is None:
            kept = [layer for layer in layers if layer.layer.weighted or node is None or node.text == "all"]
            return [layer.path for layer in kept]
        return [self.text(row) for row in self.items(node)]

    def given(self, node: Tree | None) -> dict[tuple[str, str], Tree]:
        if node is None:
            return {}
        if not isinstance(node, Pairs) or not all(isinstance(row, Pairs) for _, row in node.pairs):
            self.problem("E105", "a mapping of rows is needed", node.place(), "as in {conv1: {output: 55x55x96}}")
            return {}
        return {
            (row.text, column.text): value
            for row, cells in node.pairs
            if isinstance(cells, Pairs)
            for column, value in cells.pairs
        }


def _bounds(node: Tree, word: str) -> tuple[int, int]:
    """Return where a word of a list stands in the text."""
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Scalar) and item.text.strip() == word:
            return item.start, item.end
    return node.start, node.end


def _said(part: Part) -> str:
    """Say in words what a part asks."""
    if part.ask in QUANTITIES:
        return QUANTITIES[part.ask].meaning
    return f"which has the {part.ask.replace('_', ' ')}" if SUPERLATIVE.fullmatch(part.ask) else part.ask
