"""Configuration of the documentation site: `sphinx-build -W docs site`. Commands, families and API are generated."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cnncalc

project = "cnncalc"
author = copyright = "the cnncalc authors"
version = release = cnncalc.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"cnncalc {version}"
html_static_path: list[str] = []
exclude_patterns = ["_build"]
autodoc_member_order = "alphabetical"
autodoc_typehints = "none"
default_role = "code"
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
# Lexers see problems in outputs, and shapes in YAML, that are none.
suppress_warnings = ["misc.highlighting_failure"]

HERE = Path(__file__).parent
GENERATED = HERE / "generated"


def written(page: str, text: str) -> None:
    file = GENERATED / page
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def commands() -> None:
    """Write a page for each command: its help, as a terminal shows it."""
    from click.testing import CliRunner

    from cnncalc.cli import GROUPS, main

    names = [name for group in GROUPS.values() for name in group]
    runner = CliRunner(env={"COLUMNS": "90", "NO_COLOR": "1"})
    for name in names:
        text = runner.invoke(main, [name, "--help"]).output.rstrip()
        written(f"commands/{name}.md", f"# cnncalc {name}\n\n```text\n{text}\n```\n")
    lines = ["# Commands", ""]
    for group, members in GROUPS.items():
        lines += [
            f"## {group}",
            "",
            *(f"- [`cnncalc {name}`]({name}.md): {text}" for name, text in members.items()),
            "",
        ]
    lines += ["```{toctree}", ":hidden:", "", *names, "```", ""]
    written("commands/index.md", "\n".join(lines))


def families() -> None:
    """Write a page for each family of the library: its networks, a picture, and what its paper prints wrongly."""
    found: dict[str, list[str]] = {}
    for summary in cnncalc.networks():
        found.setdefault(summary.family, []).append(summary.name)
    files = {}
    for family, names in found.items():
        file = re.sub(r"\W+", "_", family.replace("+", " plus")).strip("_").lower()
        files[family] = file
        first = cnncalc.load(names[0])
        cnncalc.draw(first).save(GENERATED / "families" / f"{file}.svg")
        lines = [f"# {family}", "", f"![{names[0]}]({file}.svg)", "", table(names), ""]
        if first.metadata.get("published") or first.metadata.get("errata"):
            found_text = str(cnncalc.published(names[0])).rstrip()
            lines += [
                f"What the paper prints, by `cnncalc published {names[0]}`:",
                "",
                "```text",
                found_text,
                "```",
                "",
            ]
        written(f"families/{file}.md", "\n".join(lines))
    order = sorted(found, key=str.lower)
    rows = [
        f"- [{family}]({files[family]}.md): {', '.join(f'`{name}`' for name in found[family][:6])}" for family in order
    ]
    body = [
        "# Families of networks",
        "",
        *rows,
        "",
        "```{toctree}",
        ":hidden:",
        "",
        *(files[name] for name in order),
        "```",
        "",
    ]
    written("families/index.md", "\n".join(body))


def table(names: list[str]) -> str:
    rows = cnncalc.networks()
    lines = ["| network | input | params | MACs | weight layers |", "|---|---|---:|---:|---:|"]
    for name in names:
        row = rows[name]
        lines.append(f"| `{name}` | {row.input} | {row.params:,} | {row.macs:,} | {row.weight_layers} |")
    return "\n".join(lines)


def api() -> None:
    """Write the page of the public names, from their docstrings."""
    functions = [name for name in cnncalc.__all__ if name[0].islower()]
    classes = [name for name in cnncalc.__all__ if name[0].isupper()]
    lines = ["# Python API", "", "## Functions", ""]
    lines += [f"```{{eval-rst}}\n.. autofunction:: cnncalc.{name}\n```\n" for name in functions]
    lines += ["## Results", ""]
    lines += [f"```{{eval-rst}}\n.. autoclass:: cnncalc.{name}\n   :members:\n```\n" for name in classes]
    written("api.md", "\n".join(lines))


def setup(app: object) -> None:
    shutil.rmtree(GENERATED, ignore_errors=True)
    (GENERATED / "families").mkdir(parents=True)
    commands()
    families()
    api()
