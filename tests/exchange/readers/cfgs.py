"""Networks of Darknet, written section by section from the tables of their papers and pages."""

from __future__ import annotations


def section(name: str, **options: object) -> str:
    return "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in options.items()), "", ""])


def net(side: int) -> str:
    return section("net", width=side, height=side, channels=3)


def unit(filters: int, size: int, stride: int = 1, activation: str = "leaky") -> str:
    """Return a convolution with batch norm that keeps the size, or divides it."""
    options = {"batch_normalize": 1, "filters": filters, "size": size, "stride": stride, "pad": 1}
    return section("convolutional", **options, activation=activation)


def plain(filters: int, activation: str = "linear") -> str:
    return section("convolutional", filters=filters, size=1, stride=1, pad=1, activation=activation)


def yolo(mask: str, classes: int = 80, num: int = 9) -> str:
    return section("yolo", mask=mask, anchors="10,13, 16,30", classes=classes, num=num)


def residuals(filters: int, count: int) -> str:
    return "".join(unit(filters // 2, 1) + unit(filters, 3) + section("shortcut", **{"from": -3}) for _ in range(count))


def trunk53() -> str:
    """Darknet-53 without its classifier: table 1 of arXiv:1804.02767."""
    stages = "".join(unit(filters, 3, 2) + residuals(filters, count) for filters, count in STAGES)
    return unit(32, 3) + stages


STAGES = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))


def classifier(softmax: str = "softmax") -> str:
    return section("avgpool") + plain(1000) + section(softmax, groups=1) + section("cost", type="sse")


def darknet53() -> str:
    return net(256) + trunk53() + classifier()


def neck(filters: int, mask: str) -> str:
    """Six convolutions, a seventh without batch norm, and the head."""
    pairs = "".join(unit(filters, 1) + unit(2 * filters, 3) for _ in range(3))
    return pairs + plain(255) + yolo(mask)


def up(filters: int, trunk: int) -> str:
    return (
        section("route", layers=-4)
        + unit(filters, 1)
        + section("upsample", stride=2)
        + section("route", layers=f"-1, {trunk}")
    )


def yolov3(side: int = 416) -> str:
    heads = neck(512, "6,7,8") + up(256, 61) + neck(256, "3,4,5") + up(128, 36) + neck(128, "0,1,2")
    return net(side) + trunk53() + heads


def pool(size: int = 2, stride: int = 2) -> str:
    return section("maxpool", size=size, stride=stride)


def yolov3_tiny() -> str:
    trunk = "".join(unit(16 << i, 3) + pool(stride=2 if i < 5 else 1) for i in range(6)) + unit(1024, 3)
    first = unit(256, 1) + unit(512, 3) + plain(255) + yolo("3,4,5", num=6)
    second = (
        section("route", layers=-4)
        + unit(128, 1)
        + section("upsample", stride=2)
        + section("route", layers="-1, 8")
        + unit(256, 3)
        + plain(255)
        + yolo("0,1,2", num=6)
    )
    return net(416) + trunk + first + second


def trunk19() -> str:
    """Darknet-19 without its classifier: table 6 of arXiv:1612.08242."""
    parts = unit(32, 3) + pool() + unit(64, 3)
    for filters, pairs in ((128, 1), (256, 1), (512, 2), (1024, 2)):
        parts += pool() + "".join(unit(filters, 3) + unit(filters // 2, 1) for _ in range(pairs)) + unit(filters, 3)
    return parts


def darknet19() -> str:
    return net(224) + trunk19() + plain(1000) + section("avgpool") + section("softmax") + section("cost")


def yolov2() -> str:
    head = (
        unit(1024, 3)
        + unit(1024, 3)
        + section("route", layers=-9)
        + unit(64, 1)
        + section("reorg", stride=2)
        + section("route", layers="-1,-4")
        + unit(1024, 3)
        + plain(425)
        + section("region", classes=80, coords=4, num=5, softmax=1)
    )
    return net(416) + trunk19() + head


def vgg16() -> str:
    parts = net(224)
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        conv = section("convolutional", filters=filters, size=3, stride=1, pad=1, activation="relu")
        parts += conv * count + pool()
    for _ in range(2):
        parts += section("connected", output=4096, activation="relu") + section("dropout", probability=0.5)
    return parts + section("connected", output=1000, activation="linear") + section("softmax", groups=1)
