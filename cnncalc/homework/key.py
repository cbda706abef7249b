"""From the text of a key to its questions, every right answer computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.files import SIZE_LIMIT, read_regular, reason_of
from cnncalc.homework.key_reader import fields_in, items, stated, text_of
from cnncalc.homework.mistakes.catalogue import SLUGS
from cnncalc.homework.model import WHOLE, Conventions, Key, Part, Question, Table
from cnncalc.homework.part_builder import SUPERLATIVE, Parts
from cnncalc.homework.quantities import QUANTITIES
from cnncalc.library import NotFound
from cnncalc.network.network import Network
from cnncalc.problem import Place, Problem, Problems, Source, did_you_mean, quoted
from cnncalc.spec.text import read, read_bytes
from cnncalc.spec.tree import Mapping as Pairs
from cnncalc.spec.tree import Node as Tree
from cnncalc.spec.tree import Scalar, Sequence

if TYPE_CHECKING:
    from cnncalc.documents.key import HomeworkKey
    from cnncalc.documents.key import Question as Document
    from cnncalc.documents.key import Table as Grid


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
        reason = reason_of(error)
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
        fields = fields_in(root)
        entries = items(fields.get("questions"))
        found, wrong = self.judged(root, len(entries))
        if found is None:
            return None
        conventions = stated(found.conventions, Conventions())
        good = [entry for number, entry in enumerate(entries) if number not in wrong]
        both = zip(good, found.questions, strict=True)
        questions = [made for entry, asked in both if (made := self.question(entry, asked, conventions))]
        seen: dict[str, Question] = {}
        for question in questions:
            for part in question.parts:
                if part.id.lower() in seen:
                    self.problem("E102", f"there are two answers {quoted(part.id)}", question.place, "give each an id")
                seen[part.id.lower()] = question
        notes = (text_of(fields.get("notes")),) if "notes" in fields else ()
        return Key(text_of(fields.get("title")) or "Homework", conventions, tuple(questions), self.source, notes)

    def judged(self, root: Pairs, count: int) -> tuple[HomeworkKey | None, set[int]]:
        """Return what a key says without what is wrong in it, and the numbers of the questions that are left out."""
        from pydantic import ValidationError

        from cnncalc.documents.key import HomeworkKey
        from cnncalc.documents.placed import plain, refused

        fields, context = plain(root), {"mistakes": SLUGS}
        try:
            return HomeworkKey.model_validate(fields, context=context), set()
        except ValidationError as error:
            paths = []
            for path, problem in refused(HomeworkKey, root, error):
                paths.append(path)
                self.problem(problem.code, problem.message, problem.place or root.place(), problem.hint)
        wrong = {int(path[1]) for path in paths if path[0] == "questions" and len(path) > 1}
        keys = {path[0] for path in paths if path[0] != "questions" or len(path) == 1}
        if "questions" in keys:
            return None, set()
        rest = {key: value for key, value in fields.items() if key not in keys}
        rest["questions"] = [entry for number, entry in enumerate(rest["questions"]) if number not in wrong]
        return HomeworkKey.model_validate(rest, context=context), wrong

    def question(self, node: Tree, asked: Document, conventions: Conventions) -> Question | None:
        fields = fields_in(node)
        id = asked.id
        own = stated(asked.conventions, conventions)
        before = len(self.problems)
        parts, table = self.asked(fields, asked, own)
        if len(self.problems) == before:
            self.judge_idle(id, fields, asked, own)
        if len(self.problems) > before or not parts:
            return None
        text = text_of(fields.get("text"))
        choices = {label: text_of(value) for label, value in fields_in(fields.get("choices")).items()}
        place = fields["id"].place()
        text = text or self.question_text(parts, fields)
        given = [self.given[part.id] for part in parts if part.id in self.given]
        if given:
            wanted = f"Wanted is {given[0][1]}." if len(parts) == 1 and not _says_where(fields) else ""
            text = "\n\n".join(filter(None, dict.fromkeys((text, *(numbers for numbers, _ in given), wanted))))
            if len(parts) == 1:
                parts[0].text = text
        extra = {"topic": text_of(fields.get("topic")), "source": text_of(fields.get("source"))}
        return Question(id, text, tuple(parts), place, choices=choices, table=table, **extra)

    def question_text(self, parts: list[Part], fields: Mapping[str, Tree]) -> str:
        """Make a question's text of what it asks."""
        about = text_of(fields["network"]) if isinstance(fields.get("network"), Scalar) else ""
        if parts[0].ask == "solve":
            return f"Which numbers may stand for ? in {about}?"
        networks = fields.get("networks")
        if isinstance(networks, Pairs):
            of = [f"{key.text} is {value.text}" for key, value in networks.pairs if isinstance(value, Scalar)]
            about = ", ".join(of)
        where = f"{text_of(fields['layer'])} of {about}" if "layer" in fields else about
        asks = list(dict.fromkeys(self.given[p.id][1] if p.id in self.given else _described(p) for p in parts))
        return f"{where}: {', '.join(asks)}?"

    def asked(
        self, fields: Mapping[str, Tree], asked: Document, conventions: Conventions
    ) -> tuple[list[Part], Table | None]:
        if asked.table is not None:
            return self.table(fields, asked, asked.table, conventions)
        if not asked.parts:
            part = self.part(asked.id, fields, conventions, Fraction(1), fields["ask"], asked)
            return [part] if part else [], None
        pairs = fields["parts"].pairs if isinstance(fields["parts"], Pairs) else []
        share = (asked.points or Fraction(len(pairs))) / max(1, len(pairs))
        parts = []
        for key, value in pairs:
            entry = fields_in(value) or {"ask": value}
            one = asked.parts[key.text]
            other = {"network": "networks", "networks": "network"}
            own_only = {"parts", "points", "answer", "text", "id", *(other[k] for k in entry if k in other)}
            inherited = {k: v for k, v in fields.items() if k not in own_only}
            own = stated(one.conventions, conventions)
            part = self.part(f"{asked.id}{key.text}", {**inherited, **entry}, own, share, key, one.over(asked))
            if part:
                part.text = part.text or (self.given[part.id][1] if part.id in self.given else "")
                self.judge_idle(part.id, entry, one, own)
            parts += [part] if part else []
        return parts, None

    # Tables.

    def table(
        self, fields: Mapping[str, Tree], asked: Document, grid: Grid, conventions: Conventions
    ) -> tuple[list[Part], Table | None]:
        node = fields["table"]
        entry = fields_in(node)
        network = self.network(fields)
        if network is None:
            return [], None
        rows, columns = self.rows(entry.get("rows"), network), list(grid.columns)
        given, answers = _cells(entry.get("given")), _cells(fields.get("answer"))
        ids: dict[tuple[str, str], str] = {}
        printed: dict[tuple[str, str], str] = {}
        parts = []
        cells = [(row, column) for row in rows for column in columns if (row, column) not in given]
        share = (asked.points or Fraction(len(cells))) / max(1, len(cells))
        each = asked.model_copy(update={"points": None})
        for row in rows:
            for column in columns:
                if (row, column) in given:
                    printed[row, column] = text_of(given[row, column])
                    continue
                scalar = Scalar(self.source, column, *_bounds(entry["columns"], column), None)
                own = {k: v for k, v in fields.items() if k not in ("table", "points", "answer", "text")}
                layer = Scalar(self.source, row, *_bounds(entry.get("rows") or node, row), None)
                place: dict[str, Tree] = {"layer": layer} if row != WHOLE else {}
                id = f"{asked.id}.{row}.{column}"
                part = self.part(id, {**own, **place, "ask": scalar}, conventions, share, node, each)
                if part is None:
                    return [], None
                part.row, part.column = row, column
                part.typed = answers.get((row, column))
                ids[row, column] = part.id
                parts.append(part)
        return parts, Table(tuple(rows), tuple(columns), ids, printed)

    def rows(self, node: Tree | None, network: Network) -> list[str]:
        layers = list(network.layers())
        if (isinstance(node, Scalar) and node.text in ("all", "weighted")) or node is None:
            kept = [layer for layer in layers if layer.layer.weighted or node is None or node.text == "all"]
            return [layer.path for layer in kept]
        return list(map(text_of, items(node)))


CALLED = {"image": "image|example", "channel": "channel|unit|number"}
"""How a question's text may call what `at:` says, beside its own name."""


def _says_where(fields: Mapping[str, Tree]) -> bool:
    """Return whether a question's text says itself where in the output, or the text is made, which does."""
    text = text_of(fields.get("text"))
    places = ((CALLED.get(name, name), text_of(node)) for name, node in fields_in(fields.get("at")).items())
    return not text or all(re.search(rf"\b(?:{name}) {at}\b", text) for name, at in places)


def _cells(node: Tree | None) -> dict[tuple[str, str], Tree]:
    """Return the values of a mapping of rows, by row and column."""
    return {
        (row, column): value for row, cells in fields_in(node).items() for column, value in fields_in(cells).items()
    }


def _bounds(node: Tree, word: str) -> tuple[int, int]:
    """Return where a word of a list stands in the text."""
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Scalar) and item.text.strip() == word:
            return item.start, item.end
    return node.start, node.end


def _described(part: Part) -> str:
    """Say in words what a part asks."""
    if part.ask in QUANTITIES:
        return QUANTITIES[part.ask].meaning
    return f"which has the {part.ask.replace('_', ' ')}" if SUPERLATIVE.fullmatch(part.ask) else part.ask
