"""Networks of Caffe, written layer by layer from their papers."""

from __future__ import annotations


class Net:
    """The text of a network: each method adds a layer of the newest generation and returns the name of its top."""

    def __init__(self, side: int, name: str = "net") -> None:
        self.parts = [
            f'name: "{name}"\ninput: "data"\ninput_dim: 10 input_dim: 3 input_dim: {side} input_dim: {side}\n'
        ]
        self.count = 0

    def layer(self, kind: str, *bottoms: str, top: str = "", params: str = "") -> str:
        self.count += 1
        name = top or f"{kind.lower()}{self.count}"
        said = "".join(f' bottom: "{bottom}"' for bottom in bottoms)
        self.parts.append(f'layer {{ name: "{kind}_{self.count}" type: "{kind}"{said} top: "{name}" {params} }}\n')
        return name

    def conv(self, x: str, out: int, kernel: int, stride: int = 1, pad: int = 0, more: str = "") -> str:
        fields = f"num_output: {out} kernel_size: {kernel} stride: {stride} pad: {pad} {more}"
        return self.layer("Convolution", x, params=f"convolution_param {{ {fields} }}")

    def relu(self, x: str) -> str:
        return self.layer("ReLU", x, top=x)

    def unit(self, x: str, out: int, kernel: int, stride: int = 1, relu: bool = True) -> str:
        """Return a convolution without bias, BatchNorm and Scale, in place, and perhaps ReLU."""
        y = self.norm(self.conv(x, out, kernel, stride, kernel // 2, "bias_term: false"))
        return self.relu(y) if relu else y

    def norm(self, x: str, top: str = "") -> str:
        y = self.layer("BatchNorm", x, top=top or x)
        return self.layer("Scale", y, top=y, params="scale_param { bias_term: true }")

    def pool(self, x: str, kernel: int, stride: int, pad: int = 0, how: str = "MAX") -> str:
        fields = f"pool: {how} kernel_size: {kernel} stride: {stride} pad: {pad}"
        return self.layer("Pooling", x, params=f"pooling_param {{ {fields} }}")

    def mean(self, x: str) -> str:
        return self.layer("Pooling", x, params="pooling_param { pool: AVE global_pooling: true }")

    def linear(self, x: str, out: int) -> str:
        return self.layer("InnerProduct", x, params=f"inner_product_param {{ num_output: {out} }}")

    def text(self) -> str:
        return "".join(self.parts)


def caffenet() -> str:
    net = Net(227, "CaffeNet")
    x = net.relu(net.conv("data", 96, 11, 4))
    x = net.layer("LRN", net.pool(x, 3, 2), params="lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")
    x = net.relu(net.conv(x, 256, 5, 1, 2, "group: 2"))
    x = net.layer("LRN", net.pool(x, 3, 2), params="lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")
    x = net.relu(net.conv(x, 384, 3, 1, 1))
    x = net.relu(net.conv(x, 384, 3, 1, 1, "group: 2"))
    x = net.pool(net.relu(net.conv(x, 256, 3, 1, 1, "group: 2")), 3, 2)
    for _ in range(2):
        x = net.relu(net.linear(x, 4096))
        x = net.layer("Dropout", x, top=x)
    net.layer("Softmax", net.linear(x, 1000))
    return net.text()


def vgg16() -> str:
    """The second generation: `layers`, types in capitals."""
    text = 'input: "data" input_dim: 10 input_dim: 3 input_dim: 224 input_dim: 224\n'
    x, number = "data", 0

    def layer(kind: str, params: str, top: str = "") -> None:
        nonlocal x, number, text
        number += 1
        y = top or f"y{number}"
        text += f'layers {{ bottom: "{x}" top: "{y}" name: "{kind.lower()}{number}" type: {kind} {params} }}\n'
        x = y

    for out, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layer(
                "CONVOLUTION",
                f"blobs_lr: 1 blobs_lr: 2 convolution_param {{ num_output: {out} pad: 1 kernel_size: 3 }}",
            )
            layer("RELU", "", x)
        layer("POOLING", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    for out in (4096, 4096, 1000):
        layer("INNER_PRODUCT", f"inner_product_param {{ num_output: {out} }}")
        layer("RELU", "", x)
        layer("DROPOUT", "dropout_param { dropout_ratio: 0.5 }", x)
    return text


def googlenet() -> str:
    net = Net(224, "GoogLeNet")
    lrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
    x = net.pool(net.relu(net.conv("data", 64, 7, 2, 3)), 3, 2)
    x = net.layer("LRN", x, params=lrn)
    x = net.relu(net.conv(net.relu(net.conv(x, 64, 1)), 192, 3, 1, 1))
    x = net.pool(net.layer("LRN", x, params=lrn), 3, 2)
    for number, widths in enumerate(INCEPTIONS):
        a, b1, b, c1, c, d = widths
        branches = [net.relu(net.conv(x, a, 1)), net.relu(net.conv(net.relu(net.conv(x, b1, 1)), b, 3, 1, 1))]
        branches.append(net.relu(net.conv(net.relu(net.conv(x, c1, 1)), c, 5, 1, 2)))
        branches.append(net.relu(net.conv(net.pool(x, 3, 1, 1), d, 1)))
        x = net.layer("Concat", *branches)
        if number in (1, 6):
            x = net.pool(x, 3, 2)
    x = net.pool(x, 7, 1, how="AVE")
    x = net.layer("Dropout", x, top=x, params="dropout_param { dropout_ratio: 0.4 }")
    net.layer("Softmax", net.linear(x, 1000))
    return net.text()


INCEPTIONS = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)


def resnet(depths: tuple[int, ...] = (3, 4, 6, 3)) -> str:
    """The stride is that of the first 1x1 convolution, as in the paper."""
    net = Net(224, "ResNet")
    x = net.pool(net.unit("data", 64, 7, 2), 3, 2)
    for stage, depth in enumerate(depths):
        width = 64 << stage
        for number in range(depth):
            stride = 2 if stage and not number else 1
            skip = net.unit(x, 4 * width, 1, stride, relu=False) if not number else x
            y = net.unit(net.unit(x, width, 1, stride), width, 3)
            x = net.relu(net.layer("Eltwise", skip, net.unit(y, 4 * width, 1, relu=False)))
    net.layer("Softmax", net.linear(net.mean(x), 1000))
    return net.text()


def squeezenet() -> str:
    net = Net(227, "SqueezeNet")
    x = net.pool(net.relu(net.conv("data", 64, 3, 2)), 3, 2)
    for number, (squeeze, expand) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
    ):
        y = net.relu(net.conv(x, squeeze, 1))
        x = net.layer("Concat", net.relu(net.conv(y, expand, 1)), net.relu(net.conv(y, expand, 3, 1, 1)))
        if number in (1, 3):
            x = net.pool(x, 3, 2)
    net.layer("Softmax", net.mean(net.relu(net.conv(x, 1000, 1))))
    return net.text()


def densenet121() -> str:
    net = Net(224, "DenseNet")
    x = net.pool(net.unit("data", 64, 7, 2), 3, 2, 1)
    channels = 64
    for stage, depth in enumerate((6, 12, 24, 16)):
        for number in range(depth):
            y = net.conv(net.relu(net.norm(x, f"s{stage}n{number}")), 128, 1, more="bias_term: false")
            y = net.conv(net.relu(net.norm(y)), 32, 3, 1, 1, "bias_term: false")
            x = net.layer("Concat", x, y)
            channels += 32
        y = net.relu(net.norm(x, f"end{stage}"))
        if stage < 3:
            channels //= 2
            x = net.pool(net.conv(y, channels, 1, more="bias_term: false"), 2, 2, how="AVE")
    net.linear(net.mean(y), 1000)
    return net.text()
