"""What all diagrams are made of: polygons, lines and texts, in pixels, with colours by role; printers write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Point = tuple[float, float]

COLOURS = {
    "paper": ("#ffffff", "#16181d"),
    "ink": ("#222222", "#e8eaed"),
    "muted": ("#565c64", "#aab2bb"),
    "faint": ("#d9dce0", "#3a3f47"),
    "accent": ("#d55e00", "#ff9b4d"),
    "second": ("#0072b2", "#5cb8f0"),
    "input": ("#b4b8bd", "#80868e"),
    "conv": ("#e8833a", "#d96f20"),
    "pool": ("#3d85c0", "#3d85c0"),
    "linear": ("#1f9e77", "#1f9e77"),
    "upsample": ("#7cc4ee", "#4a9ccb"),
    "attention": ("#e6d53c", "#c7b722"),
    "merge": ("#cc79a7", "#b86494"),
    "block": ("#c99b6d", "#a67d54"),
    "other": ("#d4d0c8", "#8d8a83"),
    "box": ("#f3f5f8", "#252a31"),
}
"""Each role on light and on dark paper. Hues after Okabe and Ito 2008; roles differ in lightness as well."""

WORDS = {
    "input": "input",
    "conv": "convolution",
    "pool": "pooling",
    "linear": "linear",
    "upsample": "upsampling",
    "attention": "attention",
    "merge": "merge",
    "block": "several layers",
    "other": "other",
}
"""What the colours mean, as the legend has it."""

SHADES = {"top": 1.22, "side": 1.0, "front": 0.82}
"""How bright the faces of a box are; written after a role: `conv.top`."""

_WIDTHS = {
    28: "ijl",
    29: "IJ",
    34: "'/:;\\|",
    32: " ,.·",
    36: "-",
    40: "!()[]tr²",
    52: 'sz"*_`?',
    55: "cLfkF",
    61: "eTYaoPKEvxySbdghnpqu",
    64: "$0123456789{}",
    70: "AVBRXZC",
    78: "DGHNOQU&w",
    84: "#+<=>^~×→…≤∞−←",
    100: "%mMW@",
}
_WIDTH_OF = {sign: width / 100 for width, signs in _WIDTHS.items() for sign in signs}
BOLD = 1.13
"""How much wider bold letters are, at most, over a word."""


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a text is in pixels, in DejaVu Sans, which is wider than Helvetica and Arial."""
    return sum(_WIDTH_OF.get(sign, 0.64 if ord(sign) < 0x2E80 else 1.0) for sign in text) * size * (BOLD if bold else 1)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape, filled and outlined by roles."""

    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = "ink"
    width: float = 0.8
    dash: bool = False
    translucent: bool = False  # see through: what is behind it shows


@dataclass(frozen=True, slots=True)
class Line:
    """Straight lines from point to point; an arrow has its head at the last."""

    points: tuple[Point, ...]
    stroke: str = "ink"
    width: float = 1.0
    dash: bool = False
    arrow: bool = False

    def head(self) -> tuple[Point, ...]:
        """Return the corners of the arrow's head."""
        (x, y), tip = self.points[-2:]
        length = max(((tip[0] - x) ** 2 + (tip[1] - y) ** 2) ** 0.5, 1e-6)
        dx, dy = (tip[0] - x) / length, (tip[1] - y) / length
        long, broad = 5 + 2 * self.width, 2 + self.width
        base = (tip[0] - long * dx, tip[1] - long * dy)
        return tip, (base[0] - broad * dy, base[1] + broad * dx), (base[0] + broad * dy, base[1] - broad * dx)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its baseline, `anchor` is `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    size: float = 12
    anchor: str = "middle"
    bold: bool = False
    ink: str = "ink"

    def box(self) -> Box:
        """Return the rectangle that it covers."""
        width = text_width(self.text, self.size, self.bold)
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * width
        return Box(left, self.y - 0.76 * self.size, left + width, self.y + 0.24 * self.size)


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, slack: float = 0.5) -> bool:
        """Judge whether two rectangles overlap by more than `slack` pixels."""
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.top + slack < other.bottom
            and other.top + slack < self.bottom
        )


Mark = Polygon | Line | Text


@dataclass(slots=True)
class Layered:
    """The marks that belong together, as a layer's: `id` is its path, `title` is shown where the pointer rests."""

    id: str
    title: str
    marks: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class Canvas:
    """A diagram: what is drawn, in the order it is drawn."""

    title: str
    description: str = ""
    parts: list[Layered | Mark] = field(default_factory=list)
    margin: float = 24

    def add(self, *parts: Layered | Mark) -> None:
        self.parts += parts

    def marks(self) -> Iterator[Mark]:
        for part in self.parts:
            if isinstance(part, Layered):
                yield from part.marks
            else:
                yield part

    def texts(self) -> list[Text]:
        return [mark for mark in self.marks() if isinstance(mark, Text)]

    def extent(self) -> Box:
        """Return the rectangle that holds everything, and the margin around it."""
        boxes = [extent_of(mark) for mark in self.marks()]
        m = self.margin
        if not boxes:
            return Box(0, 0, 2 * m, 2 * m)
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return Box(min(lefts) - m, min(tops) - m, max(rights) + m, max(bottoms) + m)

    def overlaps(self) -> list[tuple[str, str]]:
        """Return pairs of texts of which one covers the other."""
        texts = sorted(((text.box(), text.text) for text in self.texts()), key=lambda one: one[0].left)
        found = []
        for at, (box, text) in enumerate(texts):
            for other, second in texts[at + 1 :]:
                if other.left > box.right:
                    break
                if box.meets(other):
                    found.append((text, second))
        return found


def extent_of(mark: Mark) -> Box:
    """Return the rectangle around a mark."""
    if isinstance(mark, Text):
        return mark.box()
    xs, ys = zip(*mark.points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def rectangle(box: Box | Sequence[float], **style: object) -> Polygon:
    """Return a rectangle as a polygon."""
    left, top, right, bottom = box
    return Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), **style)  # type: ignore[arg-type]


def colour(role: str, dark: bool = False) -> str:
    """Return the colour of a role, such as `conv` or `conv.top`, as `#rrggbb`."""
    name, _, shade = role.partition(".")
    base = COLOURS[name][dark]
    factor = SHADES[shade] if shade else 1.0
    values = (min(255, round(int(base[at : at + 2], 16) * factor)) for at in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in values)


def legend(canvas: Canvas, left: float) -> None:
    """Say what the colours mean that are there."""
    y, x = canvas.extent().bottom - canvas.margin + 34, left
    used = {mark.fill.partition(".")[0] for mark in canvas.marks() if isinstance(mark, Polygon) and mark.fill}
    for role, word in WORDS.items():
        if role in used:
            canvas.add(rectangle((x, y - 11, x + 14, y + 1), fill=role), Text(x + 20, y, word, 12, "start"))
            x += 20 + text_width(word, 12) + 24
