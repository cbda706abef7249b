"""`cnncalc.draw`: a network as a diagram, in the form that a file's ending means."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from cnncalc import files
from cnncalc.loading import Stdin, What, load
from cnncalc.loading.overrides import InputShape, Settings
from cnncalc.network.network import Network
from cnncalc.problem import NoAnswer, Problem, did_you_mean, listed, quoted
from cnncalc.render.diagrams.canvas import Canvas
from cnncalc.render.diagrams.svg import THEMES, page, svg
from cnncalc.render.diagrams.volumes import SCALES, STYLES

VIEWS = {
    "volumes": "each volume as a box, with the windows that slide over it",
    "graph": "boxes and arrows, each block opened beside them",
    "layer": "the window of one layer on its grid",
    "receptive": "the receptive fields on the input, and as bars",
}
ENDINGS = {
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".tex": "tikz",
    ".tikz": "tikz",
    ".png": "png",
    ".pdf": "pdf",
}
FORMS = ("svg", "html", "tikz", "png", "pdf")
ALL = 1_000_000
"""A depth that no path has."""


@dataclass(frozen=True, repr=False)
class Drawing:
    """A diagram. A notebook shows it; `print` gives its SVG; `save` writes a file, `encoded` gives its bytes."""

    name: str
    view: str
    canvas: Canvas
    theme: str = "auto"

    def __str__(self) -> str:
        return svg(self.canvas, self.theme)

    def __repr__(self) -> str:
        box = self.canvas.extent()
        return f"<Drawing of {self.name}, {self.view}: {box.right - box.left:.0f}x{box.bottom - box.top:.0f} pixels>"

    def _repr_svg_(self) -> str:
        return str(self)

    def encoded(self, form: str = "svg") -> bytes:
        """Return the bytes of a file: `svg`, `html`, `tikz`, `png` or `pdf`.

        Raises ValueError for another form, and NoAnswer (E121) for a PNG or PDF without matplotlib.
        """
        if form not in FORMS:
            hint = did_you_mean(form, FORMS)
            raise ValueError(f"there is no form {quoted(form)}: {hint or f'the forms are {listed(FORMS)}'}")
        if form in ("png", "pdf"):
            from cnncalc.render.diagrams.raster import raster

            return raster(self.canvas, form, self.theme == "dark")
        if form == "tikz":
            from cnncalc.render.diagrams.tikz import tikz

            return tikz(self.canvas).encode()
        return (page(self.canvas, self.theme) if form == "html" else str(self)).encode()

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the diagram in the form that the file's ending means; raises ValueError for another, and OSError."""
        ending = os.path.splitext(os.fspath(file))[1].lower()
        files.put(os.fspath(file), self.encoded(ENDINGS.get(ending, ending)))


def draw(
    what: What | Network,
    view: str | None = None,
    layer: str | None = None,
    *,
    scale: str = "sqrt",
    style: str = "lecture",
    depth: int | str | None = None,
    theme: str = "auto",
    input: InputShape | None = None,
    settings: Settings | None = None,
    stdin: Stdin | None = None,
) -> Drawing:
    """Return a Drawing of a network.

    `view` is `volumes`, `graph`, `layer` or `receptive`; without it, `layer` where a layer is given, and `volumes`.
    `scale` (`sqrt`, `log`, `linear`) says how sides and channels become lengths of volumes, `style` (`lecture`,
    `lenet`, `alexnet`, `vgg`) as whose paper they are drawn, `depth` down to which level of the paths (`"all"`:
    every layer). `theme` is `light`, `dark`, or `auto`, which follows the reader's page. Raises ValueError for a
    word that is none of these, KeyError for a layer that is none, NoAnswer (E118, E126) for what has no such picture.
    """
    view = view or ("layer" if layer else "volumes")
    _known("view", view, VIEWS)
    _known("scale", scale, SCALES)
    _known("style", style, STYLES)
    _known("theme", theme, THEMES)
    if view == "layer" and layer is None:
        raise ValueError("the view layer draws one layer: give its path")
    if layer is not None and view not in ("layer", "receptive"):
        raise ValueError(f"the view {view} draws no single layer: leave {quoted(layer)} out")
    if depth not in (None, "all") and not (isinstance(depth, int) and depth >= 1):
        raise ValueError(f"the depth is a whole number from 1 or 'all', not {depth!r}")
    network = what if isinstance(what, Network) else load(what, input=input, settings=settings, stdin=stdin)
    if symbols := sorted(network.symbols()):
        hint = "give the input as numbers"
        raise NoAnswer([Problem("E118", f"{', '.join(symbols)} must be known to draw {network.name}", None, hint)])
    level = ALL if depth == "all" else depth if isinstance(depth, int) else None
    return Drawing(network.name, view, _canvas(network, view, layer, scale, style, level), theme)


def _known(what: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        hint = did_you_mean(word, words) or f"it is one of {listed([*words], 'or')}"
        raise ValueError(f"there is no {what} {quoted(word)}: {hint}")


def _canvas(network: Network, view: str, layer: str | None, scale: str, style: str, depth: int | None) -> Canvas:
    if view == "volumes":
        from cnncalc.render.diagrams.volumes import volumes

        return volumes(network, scale=scale, style=style, depth=depth)
    if view == "graph":
        from cnncalc.render.diagrams.graph import graph

        return graph(network)
    if view == "receptive":
        from cnncalc.render.diagrams.receptive import receptive

        return receptive(network, layer, depth)
    from cnncalc.render.diagrams.window import window

    return window(network, layer or "")
