"""Ultralytics' networks, written row by row: trunks, and the way up and down of their heads."""

from __future__ import annotations

V8 = {"n": "0.33, 0.25, 1024", "s": "0.33, 0.50, 1024", "m": "0.67, 0.75, 768", "l": "1, 1, 512", "x": "1, 1.25, 512"}
V11 = {"n": "0.5, 0.25, 1024", "s": "0.5, 0.5, 1024", "m": "0.5, 1, 512", "l": "1, 1, 512", "x": "1, 1.5, 512"}
V5 = {
    "n": "0.33, 0.25, 1024",
    "s": "0.33, 0.5, 1024",
    "m": "0.67, 0.75, 1024",
    "l": "1, 1, 1024",
    "x": "1.33, 1.25, 1024",
}
UP = "[-1, 1, nn.Upsample, [None, 2, 'nearest']]"


def text(trunk: list[str], head: list[str], scales: dict[str, str] | None = None, more: str = "") -> str:
    lines = ["nc: 80  # classes", more]
    if scales:
        lines += ["scales:", *(f"  {letter}: [{gains}]" for letter, gains in scales.items())]
    lines += ["backbone:", *(f"  - {row}" for row in trunk), "head:", *(f"  - {row}" for row in head)]
    return "\n".join(lines) + "\n"


def conv(out: int, kernel: int = 3, stride: int = 2) -> str:
    return f"[-1, 1, Conv, [{out}, {kernel}, {stride}]]"


def unit(name: str, count: int, *args: object) -> str:
    return f"[-1, {count}, {name}, [{', '.join(map(str, args))}]]"


def concat(row: int) -> str:
    return f"[[-1, {row}], 1, Concat, [1]]"


def trunk8(down: str = "Conv") -> list[str]:
    rows = [conv(64), conv(128), unit("C2f", 3, 128, True)]
    for number, (out, count) in enumerate(((256, 6), (512, 6), (1024, 3))):
        rows += [unit(down if number else "Conv", 1, out, 3, 2), unit("C2f", count, out, True)]
    return rows


def head8(detect: str = "Detect, [nc]") -> list[str]:
    rows = [UP, concat(6), unit("C2f", 3, 512), UP, concat(4), unit("C2f", 3, 256)]
    rows += [conv(256), concat(12), unit("C2f", 3, 512), conv(512), concat(9), unit("C2f", 3, 1024)]
    return [*rows, f"[[15, 18, 21], 1, {detect}]"]


def yolov8(detect: str = "Detect, [nc]") -> str:
    return text([*trunk8(), unit("SPPF", 1, 1024, 5)], head8(detect), V8)


def yolov8_cls() -> str:
    scales = {letter: f"{gains.rpartition(',')[0]}, 1024" for letter, gains in V8.items()}
    return text(trunk8(), [unit("Classify", 1, "nc")], scales).replace("nc: 80", "nc: 1000")


def trunk5() -> list[str]:
    rows = ["[-1, 1, Conv, [64, 6, 2, 2]]", conv(128), unit("C3", 3, 128)]
    for out, count in ((256, 6), (512, 9), (1024, 3)):
        rows += [conv(out), unit("C3", count, out)]
    return [*rows, unit("SPPF", 1, 1024, 5)]


def head5(detect: str) -> list[str]:
    rows = [conv(512, 1, 1), UP, concat(6), unit("C3", 3, 512, False)]
    rows += [conv(256, 1, 1), UP, concat(4), unit("C3", 3, 256, False)]
    rows += [conv(256), concat(14), unit("C3", 3, 512, False), conv(512), concat(10), unit("C3", 3, 1024, False)]
    return [*rows, f"[[17, 20, 23], 1, {detect}]"]


ANCHORS = "anchors:\n  - [10,13, 16,30, 33,23]\n  - [30,61, 62,45, 59,119]\n  - [116,90, 156,198, 373,326]\n"


def yolov5(letter: str = "n") -> str:
    depth, width, _ = V5[letter].split(", ")
    gains = f"depth_multiple: {depth}\nwidth_multiple: {width}\n"
    return text(trunk5(), head5("Detect, [nc, anchors]"), None, gains + ANCHORS)


def yolov5u() -> str:
    return text(trunk5(), head5("Detect, [nc]"), V5)


def trunk11() -> list[str]:
    rows = [conv(64), conv(128), unit("C3k2", 2, 256, False, 0.25), conv(256), unit("C3k2", 2, 512, False, 0.25)]
    return [*rows, conv(512), unit("C3k2", 2, 512, True), conv(1024), unit("C3k2", 2, 1024, True)]


def yolo11() -> str:
    trunk = [*trunk11(), unit("SPPF", 1, 1024, 5), unit("C2PSA", 2, 1024)]
    head = [UP, concat(6), unit("C3k2", 2, 512, False), UP, concat(4), unit("C3k2", 2, 256, False)]
    head += [conv(256), concat(13), unit("C3k2", 2, 512, False), conv(512), concat(10), unit("C3k2", 2, 1024, True)]
    return text(trunk, [*head, "[[16, 19, 22], 1, Detect, [nc]]"], V11)


def yolo26() -> str:
    trunk = [*trunk11(), unit("SPPF", 1, 1024, 5, 3, True), unit("C2PSA", 2, 1024)]
    head = [UP, concat(6), unit("C3k2", 2, 512, True), UP, concat(4), unit("C3k2", 2, 256, True)]
    head += [conv(256), concat(13), unit("C3k2", 2, 512, True), conv(512), concat(10)]
    head += [unit("C3k2", 1, 1024, True, 0.5, True), "[[16, 19, 22], 1, Detect, [nc]]"]
    return text(trunk, head, V11, "end2end: True\nreg_max: 1\n")


def yolo12() -> str:
    trunk = [conv(64), conv(128), unit("C3k2", 2, 256, False, 0.25), conv(256), unit("C3k2", 2, 512, False, 0.25)]
    trunk += [conv(512), unit("A2C2f", 4, 512, True, 4), conv(1024), unit("A2C2f", 4, 1024, True, 1)]
    head = [UP, concat(6), unit("A2C2f", 2, 512, False, -1), UP, concat(4), unit("A2C2f", 2, 256, False, -1)]
    head += [conv(256), concat(11), unit("A2C2f", 2, 512, False, -1), conv(512), concat(8), unit("C3k2", 2, 1024, True)]
    return text(trunk, [*head, "[[14, 17, 20], 1, Detect, [nc]]"], V11)


def yolov10n() -> str:
    trunk = [*trunk8("SCDown"), unit("SPPF", 1, 1024, 5), unit("PSA", 1, 1024)]
    head = [UP, concat(6), unit("C2f", 3, 512), UP, concat(4), unit("C2f", 3, 256)]
    head += [conv(256), concat(13), unit("C2f", 3, 512), unit("SCDown", 1, 512, 3, 2), concat(10)]
    head += [unit("C2fCIB", 3, 1024, True, True), "[[16, 19, 22], 1, v10Detect, [nc]]"]
    return text(trunk, head, {"n": V8["n"]})


def yolov9t() -> str:
    trunk = [conv(16), conv(32), unit("ELAN1", 1, 32, 32, 16)]
    for out in (64, 96, 128):
        trunk += [unit("AConv", 1, out), unit("RepNCSPELAN4", 1, out, out, out // 2, 3)]
    head = [
        UP,
        concat(6),
        unit("RepNCSPELAN4", 1, 96, 96, 48, 3),
        UP,
        concat(4),
        unit("RepNCSPELAN4", 1, 64, 64, 32, 3),
    ]
    head += [unit("AConv", 1, 48), concat(12), unit("RepNCSPELAN4", 1, 96, 96, 48, 3)]
    head += [unit("AConv", 1, 64), concat(9), unit("RepNCSPELAN4", 1, 128, 128, 64, 3)]
    return text([*trunk, unit("SPPELAN", 1, 128, 64)], [*head, "[[15, 18, 21], 1, Detect, [nc]]"])


def yolov9c() -> str:
    trunk = [conv(64), conv(128), unit("RepNCSPELAN4", 1, 256, 128, 64, 1), unit("ADown", 1, 256)]
    trunk += [
        unit("RepNCSPELAN4", 1, 512, 256, 128, 1),
        unit("ADown", 1, 512),
        unit("RepNCSPELAN4", 1, 512, 512, 256, 1),
    ]
    trunk += [unit("ADown", 1, 512), unit("RepNCSPELAN4", 1, 512, 512, 256, 1), unit("SPPELAN", 1, 512, 256)]
    wide = unit("RepNCSPELAN4", 1, 512, 512, 256, 1)
    head = [UP, concat(6), wide, UP, concat(4), unit("RepNCSPELAN4", 1, 256, 256, 128, 1)]
    head += [unit("ADown", 1, 256), concat(12), wide, unit("ADown", 1, 512), concat(9), wide]
    return text(trunk, [*head, "[[15, 18, 21], 1, Detect, [nc]]"])
