"""A student's marks as Gradescope's results.json, and a folder that marks there.

Source: gradescope/gradescope-utils; Gradescope, "Autograder specifications".
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc import __version__
from cnncalc.files import SIZE_LIMIT, put, read_regular
from cnncalc.grading.keys import Keys
from cnncalc.grading.reports.feedback import feedback_text, plain
from cnncalc.grading.reports.wheel import wheel
from cnncalc.grading.score_text import score_text
from cnncalc.homework.key import shipped
from cnncalc.homework.model import Key, Mark, Marked

if TYPE_CHECKING:
    from cnncalc.documents.gradescope import Results

SETUP = """#!/usr/bin/env bash
# Installs cnncalc, once, when the autograder is built.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

python=""
for name in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python="$name"
    break
  fi
done
if [ -z "$python" ]; then
  apt-get update
  apt-get install -y python3.11 python3.11-venv
  python=python3.11
fi
"$python" -m venv "$root/cnncalc"
wheels=("$root"/source/cnncalc-*.whl)
"$root/cnncalc/bin/python" -m pip install --quiet "${wheels[0]}[homework]"
"$root/cnncalc/bin/cnncalc" --version
"""

RUN = """#!/usr/bin/env bash
# Marks one submission: its files are taken together.
set -uo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

mkdir -p "$root/results"
if ! "$root/cnncalc/bin/cnncalc" grade "$root"/source/KEY "$root/submission" \\
    --gradescope "$root/results/results.json"OPTIONS; then
  printf '{"score": 0, "output": "The autograder failed; please tell your course staff."}\\n' \\
    > "$root/results/results.json"
fi
"""


def document(marked: Marked, key: Key, *, hint: bool = False) -> Results:
    """Return results.json. Right answers are shown once grades are published; hints are visible at once."""
    from cnncalc.documents.gradescope import Results

    visibility = "visible" if hint else "after_published"
    questions = {part.id: question for question in key.questions for part in question.parts}
    tests = [_test(mark, questions[mark.part.id].text, visibility, hint=hint) for mark in marked.marks]
    notes = [f"- {plain(note)}" for note in marked.notes]
    output = [f"{plain(key.title)}, marked by cnncalc {__version__}."]
    if not marked.marks:
        output.append(f"\nNot marked: {plain(marked.status)}.")
    return Results.model_validate(
        {
            "score": float(marked.score),
            "output": "\n".join([*output, *([""] if notes else []), *notes]),
            "output_format": "md",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": tests,
            "extra_data": {"status": marked.status, "max_score": float(key.points)},
        }
    )


def _test(mark: Mark, text: str, visibility: str, *, hint: bool) -> dict[str, Any]:
    slugs = list(dict.fromkeys(slug for one in mark.diagnoses for slug in one.slugs))
    found: dict[str, Any] = {
        "number": mark.part.id,
        "name": " ".join(text.split())[:100] or mark.part.ask,
        "score": float(mark.score),
        "max_score": float(mark.part.points),
        "status": "passed" if mark.verdict == "right" else "failed",
        "output": plain(feedback_text(mark, hint=hint)),
        "output_format": "md",
        "visibility": visibility,
        "extra_data": {
            "given": mark.given,
            "read": mark.read,
            "verdict": mark.verdict,
            "points": score_text(mark.score),
        },
    }
    if not hint:
        found["extra_data"]["expected"] = mark.part.right.text
    if slugs:
        found["tags"] = slugs
    return found


def autograder(keys: Keys, folder: Path, roster: Path | None, *, hint: bool) -> list[str]:
    """Write a folder whose files, zipped, are an autograder; return their names.

    Spec files beside a key that it names go along; of a folder of keys, each is read before. Raises OSError, Problems,
    and LookupError where the program is not installed, so that no wheel can be made of it.
    """
    name, data = wheel("cnncalc")
    below = "key/" if keys.by_student else ""
    written = {name: data}
    for key in keys.all():
        path = shipped().get(key.source.name, Path(key.source.name))
        written[f"{below}{path.name}"] = path.read_bytes()
        for beside in sorted(path.parent.glob("*.cnn.y*ml")):
            if beside.name in key.source.text:
                written[f"{below}{beside.name}"] = read_regular(beside, SIZE_LIMIT)
    options = " --hint" if hint else ""
    if keys.by_student:
        options += ' --submitter "$root/submission_metadata.json"'
        if roster is not None:
            written["roster.csv"] = roster.read_bytes()
            options += ' --roster "$root/source/roster.csv"'
    source = "key" if keys.by_student else shlex.quote(path.name)
    written["setup.sh"] = SETUP.encode()
    written["run_autograder"] = RUN.replace("KEY", source).replace("OPTIONS", options).encode()
    for file, content in written.items():
        whole = folder / file
        whole.parent.mkdir(parents=True, exist_ok=True)
        put(whole, content)
        whole.chmod(0o755 if file in ("setup.sh", "run_autograder") else 0o644)
    return sorted(written)
