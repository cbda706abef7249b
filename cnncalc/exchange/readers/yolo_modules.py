"""The modules that rows of Ultralytics may name, each with its rule."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import gcd
from typing import Any, NamedTuple

from cnncalc.exchange.readers.yolo_parts import Parts, RowError, filled
from cnncalc.layers import conv, dropout, learned, linear, merge, pool, reshape, resize
from cnncalc.layers.fields import Pair, Sides


class Rules(Parts):
    """The rules of the modules: what each adds for its volumes, arguments and repeats."""

    def row_conv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        names = ["out", "kernel", "stride", "pad", "groups", "dilation", "act"]
        if len(args) == 6 and not isinstance(args[5], int):  # YOLOv7's has no dilation
            names.remove("dilation")
        return self.cbs(xs[0], **dict(zip(names, args, strict=False)))

    def row_dwconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride = (*args[1:], *(1, 1)[len(args) - 1 :])[:2]
        return self.cbs(xs[0], args[0], kernel, stride, groups=gcd(self.channels(xs[0]), args[0]))

    def row_focus(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        x = self.add(reshape.SpaceToDepth, xs[0], block=2, order="dcr")
        out, kernel = filled(args[:2], (None, 1))
        return self.cbs(x, out, kernel, at="conv")

    def row_ghost(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.ghost(xs[0], *args[:3])

    def row_bottleneck(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, kernels, part = filled(args, (None, True, 1, [3, 3], Fraction(1, 2)))
        kernels = kernels if isinstance(kernels, list) else [kernels, kernels]
        if self.anchors and len(args) < 4:
            kernels = [1, 3]  # YOLOv5's and YOLOv7's
        return self.bottleneck(xs[0], out, shortcut, groups, kernels, int(out * part))

    def row_c3(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.csp(xs[0], out, inner, self.bottlenecks(n, inner, shortcut, groups, (1, 3)))

    def row_c3x(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.csp(xs[0], out, inner, self.bottlenecks(n, inner, shortcut, groups, ((1, 3), (3, 1))))

    def row_c3ghost(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, _, _, part = filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)

        def chain(x: int | None, at: str) -> int | None:
            for index in range(n):
                y = self.ghost(x, inner // 2, at=f"{at}.{index}.conv.0")
                y = self.ghost(y, inner, act=False, at=f"{at}.{index}.conv.2")
                x = self.add(merge.Add, y, x, at=f"{at}.{index}.add")
            return x

        return self.csp(xs[0], out, inner, chain)

    def row_csp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        chain = self.bottlenecks(n, inner, shortcut, groups, (1, 3))
        y = self.conv_bias(chain(self.cbs(xs[0], inner, at="cv1"), "m"), inner, "cv3", bias=False)
        both = self.concat(y, self.conv_bias(xs[0], inner, "cv2", bias=False))
        return self.cbs(self.activated(self.normed(both, "bn"), ""), out, at="cv4")

    def row_c2f(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = filled(args, (None, False, 1, Fraction(1, 2)))
        inner = int(out * part)
        return self.split_chain(
            xs[0], out, inner, n, lambda x, at: self.bottleneck(x, inner, shortcut, groups, (3, 3), inner, at)
        )

    def row_c2(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, groups, part = filled(args, (None, True, 1, Fraction(1, 2)))
        inner = int(out * part)
        first, second = self.halves(self.cbs(xs[0], 2 * inner, at="cv1"))
        y = self.bottlenecks(n, inner, shortcut, groups, (3, 3))(first, "m")
        return self.cbs(self.concat(y, second), out, at="cv2")

    def row_c3k2(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, c3k, part, attended, groups, shortcut = filled(args, (None, False, Fraction(1, 2), False, 1, True))
        c3k, inner = c3k or self.letter in ("m", "l", "x"), int(out * part)

        def unit(x: int | None, at: str) -> int | None:
            if attended:
                y = self.bottleneck(x, inner, shortcut, groups, (3, 3), inner // 2, f"{at}.0")
                return self.psa_block(y, max(inner // 64, 1), f"{at}.1")
            if c3k:
                return self.c3k(x, inner, shortcut, groups, at)
            return self.bottleneck(x, inner, shortcut, groups, (3, 3), inner // 2, at)

        return self.split_chain(xs[0], out, inner, n, unit)

    def row_c2fcib(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, shortcut, large, _, part = filled(args, (None, False, False, 1, Fraction(1, 2)))
        inner = int(out * part)

        def unit(x: int | None, at: str) -> int | None:
            y = self.cbs(x, inner, 3, groups=inner, at=f"{at}.cv1.0")
            y = self.cbs(y, 2 * inner, at=f"{at}.cv1.1")
            if large:
                wide = self.cbs(y, 2 * inner, 7, groups=2 * inner, act=False, at=f"{at}.cv1.2.conv")
                narrow = self.cbs(y, 2 * inner, 3, groups=2 * inner, act=False, at=f"{at}.cv1.2.conv1")
                y = self.activated(self.add(merge.Add, wide, narrow, at=f"{at}.cv1.2.add"), f"{at}.cv1.2")
            else:
                y = self.cbs(y, 2 * inner, 3, groups=2 * inner, at=f"{at}.cv1.2")
            y = self.cbs(y, inner, at=f"{at}.cv1.3")
            y = self.cbs(y, inner, 3, groups=inner, at=f"{at}.cv1.4")
            return self.add(merge.Add, x, y, at=f"{at}.add") if shortcut else y

        return self.split_chain(xs[0], out, inner, n, unit)

    # Pyramids

    def row_sppf(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, size, count, shortcut = filled(args, (None, 5, 3, False))
        x, inner = xs[0], self.channels(xs[0]) // 2
        kept = [self.cbs(x, inner, at="cv1", act=len(args) < 3)]
        for index in range(count):
            kept.append(self.add(pool.MaxPool, kept[-1], at=f"m{index}", kernel=size, stride=1, pad=size // 2))
        y = self.cbs(self.concat(*kept), out, at="cv2")
        return self.add(merge.Add, y, x) if shortcut and self.channels(x) == out else y

    def row_spp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, sizes = filled(args, (None, [5, 9, 13]))
        x = self.cbs(xs[0], self.channels(xs[0]) // 2, at="cv1")
        pools = [self.add(pool.MaxPool, x, at=f"m.{i}", kernel=k, stride=1, pad=k // 2) for i, k in enumerate(sizes)]
        return self.cbs(self.concat(x, *pools), out, at="cv2")

    def row_sppelan(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, inner, size = filled(args, (None, None, 5))
        kept = [self.cbs(xs[0], inner, at="cv1")]
        for index in range(3):
            kept.append(self.add(pool.MaxPool, kept[-1], at=f"cv{index + 2}", kernel=size, stride=1, pad=size // 2))
        return self.cbs(self.concat(*kept), out, at="cv5")

    def row_sppcspc(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, x = args[0], xs[0]
        y = self.cbs(self.cbs(self.cbs(x, out, at="cv1"), out, 3, at="cv3"), out, at="cv4")
        pools = [
            self.add(pool.MaxPool, y, at=f"m.{i}", kernel=k, stride=1, pad=k // 2) for i, k in enumerate((5, 9, 13))
        ]
        y = self.cbs(self.cbs(self.concat(y, *pools, at="concat1"), out, at="cv5"), out, 3, at="cv6")
        return self.cbs(self.concat(y, self.cbs(x, out, at="cv2"), at="concat2"), out, at="cv7")

    # YOLOv9

    def row_repconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, kernel, stride = filled(args[:3], (None, 3, 1))
        if kernel != 3:
            raise RowError(f"RepConv with a kernel of {kernel} is not read, 3 is")
        return self.rep_conv(xs[0], out, stride, identity=bool(self.anchors))

    def row_elan4(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, third, fourth, count = filled(args, (None, None, None, 1))
        kept = self.halves(self.cbs(xs[0], third, at="cv1"))
        for name in ("cv2", "cv3"):
            y = self.rep_csp(kept[-1], fourth, count, f"{name}.0")
            kept.append(self.cbs(y, fourth, 3, at=f"{name}.1"))
        return self.cbs(self.concat(*kept), out, at="cv4")

    def row_elan1(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, third, fourth = filled(args[:3], (None, None, None))
        kept = self.halves(self.cbs(xs[0], third, at="cv1"))
        for name in ("cv2", "cv3"):
            kept.append(self.cbs(kept[-1], fourth, 3, at=name))
        return self.cbs(self.concat(*kept), out, at="cv4")

    def row_aconv(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.cbs(self.add(pool.AvgPool, xs[0], kernel=2, stride=1), args[0], 3, 2, at="cv1")

    def row_adown(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        first, second = self.halves(self.add(pool.AvgPool, xs[0], kernel=2, stride=1))
        y = self.cbs(first, args[0] // 2, 3, 2, at="cv1")
        z = self.add(pool.MaxPool, second, kernel=3, stride=2, pad=1)
        return self.concat(y, self.cbs(z, args[0] // 2, at="cv2"))

    def row_scdown(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, kernel, stride = filled(args, (None, 3, 2))
        return self.cbs(self.cbs(xs[0], out, at="cv1"), out, kernel, stride, groups=out, act=False, at="cv2")

    # Attention

    def row_psa(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        out, part = filled(args, (None, Fraction(1, 2)))
        channels = self.channels(xs[0])
        if out != channels:
            raise RowError(f"its {out} channels must be those of its input, {channels}")
        inner = int(channels * part)
        if inner < 64:
            raise RowError(f"{inner} channels have no head of 64")
        first, second = self.halves(self.cbs(xs[0], 2 * inner, at="cv1"))
        for index in range(n):
            second = self.psa_block(second, inner // 64, f"m.{index}")
        return self.cbs(self.concat(first, second), channels, at="cv2")

    def row_a2c2f(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        values = filled(args, (None, True, None, False, Fraction(2), Fraction(1, 2), 1, True))
        out, attends, areas, residual, ratio, part, groups, shortcut = values
        if self.letter in ("l", "x") and attends:
            residual, ratio = True, Fraction(6, 5)
        inner = int(out * part)
        areas = 1 if areas is None else areas
        if attends and (type(areas) is not int or areas < 1):
            raise RowError(f"{areas} is no number of areas")
        if inner % 32:
            raise RowError(f"{inner} channels are no multiple of 32")
        kept = [self.cbs(xs[0], inner, at="cv1")]
        for index in range(n):
            y = kept[-1]
            if not attends:
                y = self.c3k(y, inner, shortcut, groups, f"m.{index}")
            for number in range(2 if attends else 0):
                at, heads = f"m.{index}.{number}", inner // 32
                z = self.attended(y, heads, 32, 32, f"{at}.attn", areas, near=7)
                y = self.add(merge.Add, y, z, at=f"{at}.add1")
                z = self.cbs(self.cbs(y, int(inner * ratio), at=f"{at}.mlp.0"), inner, act=False, at=f"{at}.mlp.1")
                y = self.add(merge.Add, y, z, at=f"{at}.add2")
            kept.append(y)
        y = self.cbs(self.concat(*kept), out, at="cv2")
        if not (attends and residual):
            return y
        return self.add(merge.Add, xs[0], self.add(learned.Scale, y, at="gamma", init=0.01))

    # Without weights

    def row_concat(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if args not in ([], [1]):
            raise RowError(f"dimension {args[0]} is not read, 1 is")
        return xs[0] if len(xs) == 1 else self.concat(*xs)

    def row_add(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.add(merge.Add, *xs)

    def row_upsample(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        size, factor, mode = filled(args, (None, None, "nearest"))
        if size is not None or not isinstance(factor, int):
            raise RowError("a size, or a factor that is not whole, is not read")
        return self.add(resize.Upsample, xs[0], factor=factor, mode=mode)

    def row_maxpool(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride, pad = filled(args, (None, None, 0))
        return self.add(pool.MaxPool, xs[0], kernel=kernel, stride=kernel if stride is None else stride, pad=pad)

    def row_mp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        (kernel,) = filled(args[:1], (2,))
        return self.add(pool.MaxPool, xs[0], kernel=kernel)

    def row_sp(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        kernel, stride = filled(args, (3, 1))
        return self.add(pool.MaxPool, xs[0], kernel=kernel, stride=stride, pad=kernel // 2)

    def row_reorg(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.add(reshape.SpaceToDepth, xs[0], block=2, order="dcr")

    def row_pad(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        ends = args[0] if args else None
        if not isinstance(ends, list) or len(ends) != 4 or not all(type(end) is int for end in ends):
            raise RowError("ZeroPad2d takes a list of four numbers")
        left, right, top, bottom = ends
        return self.add(resize.ZeroPad, xs[0], pad=Sides((Pair((top, bottom)), Pair((left, right)))))

    def row_identity(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return xs[0]

    # Heads

    def row_classify(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        x = self.cbs(self.concat(*xs) if len(xs) > 1 else xs[0], 1280, at="conv")
        x = self.add(reshape.Flatten, self.add(pool.GlobalAvgPool, x, at="pool"), at="flatten")
        x = self.add(dropout.Dropout, x, at="drop", rate=0)
        return self.add(linear.Linear, x, at="linear", out=args[0])

    def row_detect(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if self.anchors:
            return self.with_anchors(xs, args)
        return self.anchor_free(xs, args[0] if args else self.classes, end2end=bool(self.value("end2end", False)))

    def row_v10(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        return self.anchor_free(xs, args[0], end2end=True, legacy=False)

    def with_anchors(self, xs: list[int | None], args: list[Any], implicit: bool = False) -> int | None:
        """Add a 1x1 convolution per level, which predicts boxes at anchors."""
        out = self.anchors * (args[0] + 5)
        for index, x in enumerate(xs):
            y = self.add(learned.BiasAdd, x, at=f"ia.{index}") if implicit else x
            y = self.conv_bias(y, out, f"m.{index}")
            self.level(x, self.add(learned.Scale, y, at=f"im.{index}", init=1) if implicit else y)
        return None

    def row_idetect(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        if not self.anchors:
            raise RowError("IDetect needs anchors")
        return self.with_anchors(xs, args, implicit=True)

    def anchor_free(
        self, xs: list[int | None], classes: Any, *, end2end: bool, legacy: bool | None = None
    ) -> int | None:
        """Add a branch of boxes and one of classes per level; twice where an end-to-end head is trained beside it."""
        if isinstance(classes, bool) or not isinstance(classes, int) or classes < 1:
            raise RowError(f"{classes} is no number of classes")
        bins = self.value("reg_max", 16)
        if legacy is None:
            legacy = not any(name in ("C3k2", "A2C2f", "C2fCIB") for name in self.graph.classes.values())
        first = self.channels(xs[0])
        boxes, inner = max(16, first // 4, 4 * bins), max(first, min(classes, 100))
        for copy in ("", "one2one_")[: 1 + end2end]:
            for index, x in enumerate(xs):
                at = f"{copy}cv2.{index}"
                y = self.cbs(self.cbs(x, boxes, 3, at=f"{at}.0"), boxes, 3, at=f"{at}.1")
                y = self.conv_bias(y, 4 * bins, f"{at}.2")
                at, z = f"{copy}cv3.{index}", x
                for number in range(2):
                    if legacy:
                        z = self.cbs(z, inner, 3, at=f"{at}.{number}")
                        continue
                    channels = self.channels(z)
                    z = self.cbs(z, channels, 3, groups=channels, at=f"{at}.{number}.0")
                    z = self.cbs(z, inner, at=f"{at}.{number}.1")
                z = self.conv_bias(z, classes, f"{at}.2")
                self.level(x, self.concat(y, z, at=f"{copy}concat.{index}"), f"{copy}p")
        if bins > 1:
            self.unfixed = bins
        return None

    def row_segment(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, masks, inner = filled(args, (self.classes, 32, 256))
        inner = self.scaled(inner)
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, masks)
        y = self.cbs(xs[0], inner, 3, at="proto.cv1")
        y = self.add(conv.ConvTranspose, y, at="proto.upsample", out=inner, kernel=2, stride=2)
        self.graph.output("proto", self.cbs(self.cbs(y, inner, 3, at="proto.cv2"), masks, at="proto.cv3"))
        return None

    def row_pose(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, points = filled(args, (self.classes, [17, 3]))
        points = self.value("kpt_shape", [17, 3]) if isinstance(points, str) else points
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, points[0] * points[1])
        return None

    def row_obb(self, xs: list[int | None], args: list[Any], n: int) -> int | None:
        classes, angles = filled(args, (self.classes, 1))
        self.row_detect(xs, [classes], 1)
        self.coefficients(xs, angles)
        return None

    def coefficients(self, xs: list[int | None], out: int) -> None:
        """Add the third branch of a head per level: mask coefficients, key points, angles."""
        inner = max(self.channels(xs[0]) // 4, out)
        for index, x in enumerate(xs):
            y = self.cbs(self.cbs(x, inner, 3, at=f"cv4.{index}.0"), inner, 3, at=f"cv4.{index}.1")
            self.level(x, self.conv_bias(y, out, f"cv4.{index}.2"), "more_p")


class Module(NamedTuple):
    """How a word of a row is read: its rule, whether its first argument is scaled, and whether it counts repeats."""

    rule: Callable[[Rules, list[int | None], list[Any], int], int | None]
    scaled: bool = True
    repeats: bool = False


MODULES: dict[str, Module] = {
    "Conv": Module(Rules.row_conv),
    "DWConv": Module(Rules.row_dwconv),
    "Focus": Module(Rules.row_focus),
    "GhostConv": Module(Rules.row_ghost),
    "RepConv": Module(Rules.row_repconv),
    "Bottleneck": Module(Rules.row_bottleneck),
    "BottleneckCSP": Module(Rules.row_csp, repeats=True),
    "C2": Module(Rules.row_c2, repeats=True),
    "C2f": Module(Rules.row_c2f, repeats=True),
    "C2fCIB": Module(Rules.row_c2fcib, repeats=True),
    "C2PSA": Module(Rules.row_psa, repeats=True),
    "C3": Module(Rules.row_c3, repeats=True),
    "C3Ghost": Module(Rules.row_c3ghost, repeats=True),
    "C3k2": Module(Rules.row_c3k2, repeats=True),
    "C3x": Module(Rules.row_c3x, repeats=True),
    "A2C2f": Module(Rules.row_a2c2f, repeats=True),
    "PSA": Module(Rules.row_psa),
    "SPP": Module(Rules.row_spp),
    "SPPF": Module(Rules.row_sppf),
    "SPPELAN": Module(Rules.row_sppelan),
    "SPPCSPC": Module(Rules.row_sppcspc),
    "ELAN1": Module(Rules.row_elan1),
    "RepNCSPELAN4": Module(Rules.row_elan4),
    "AConv": Module(Rules.row_aconv),
    "ADown": Module(Rules.row_adown),
    "SCDown": Module(Rules.row_scdown),
    "Concat": Module(Rules.row_concat, scaled=False),
    "Shortcut": Module(Rules.row_add, scaled=False),
    "MP": Module(Rules.row_mp, scaled=False),
    "SP": Module(Rules.row_sp, scaled=False),
    "ReOrg": Module(Rules.row_reorg, scaled=False),
    "nn.Upsample": Module(Rules.row_upsample, scaled=False),
    "nn.MaxPool2d": Module(Rules.row_maxpool, scaled=False),
    "nn.ZeroPad2d": Module(Rules.row_pad, scaled=False),
    "nn.Identity": Module(Rules.row_identity, scaled=False),
    "Silence": Module(Rules.row_identity, scaled=False),
    "Classify": Module(Rules.row_classify),
    "Detect": Module(Rules.row_detect, scaled=False),
    "v10Detect": Module(Rules.row_v10, scaled=False),
    "IDetect": Module(Rules.row_idetect, scaled=False),
    "Segment": Module(Rules.row_segment, scaled=False),
    "Pose": Module(Rules.row_pose, scaled=False),
    "OBB": Module(Rules.row_obb, scaled=False),
}
"""The modules that rows may name."""
