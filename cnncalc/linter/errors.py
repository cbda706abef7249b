"""The manual pages of the E codes: syntax errors (E1xx) and shape errors (E2xx)."""

from __future__ import annotations

from cnncalc.linter.rule import Page, read_page

_PAGES = {
    "E101": """Report invalid YAML, or unsupported YAML: anchors, tags, merge keys, tabs, a chain cut by a comma.

    Why: nothing after that location can be interpreted. This code cannot be disabled.
    Bad:
        layers: [conv 64 3x3 pad=(1, 1)]
    Good:
        layers: ["conv 64 3x3 pad=1"]
    Source: YAML 1.2.2; docs/language.md, YAML syntax""",
    "E102": """Report a key, name, block or parameter that is defined twice.

    Why: YAML parsers silently keep the last one and discard the first.
    Bad:
        - conv1: conv 64 3x3
        - conv1: conv 64 3x3
    Good:
        - conv1: conv 64 3x3
        - conv2: conv 64 3x3
    Source: YAML 1.2.2, section 3.2.1.3: keys are unique""",
    "E103": """Report an unknown key.

    Why: a misspelt key would be ignored, and the intended setting would be missing. Similar keys are
    suggested.
    Bad:
        inputs: 224x224x3
        layer: conv 64 3x3
    Good:
        input: 224x224x3
        layers: conv 64 3x3
    Source: docs/language.md, All top-level keys""",
    "E104": """Report a missing key, value, required field or second branch.

    Why: without it, the network cannot be built.
    Bad:
        - conv 64
    Good:
        - conv 64 3x3
    Source: docs/language.md""",
    "E105": """Report a value that is not valid for its field.

    Why: counts are integers and sizes are positive. Dilation 0 is such a value: a standard convolution has
    dilation 1, although some lecture notes count the zeros between the kernel elements.
    Bad:
        - conv 64 3x3 dilation=0
    Good:
        - conv 64 3x3 dilation=1
    Source: torch.nn.Conv2d; Stanford CS231n""",
    "E106": """Report a chain that cannot be parsed.

    Why: steps are joined by ->, arguments are separated by spaces.
    Bad:
        - conv 64, 3x3
    Good:
        - conv 64 3x3
    Source: docs/language.md, Layers and their arguments""",
    "E107": """Report an expression that cannot be parsed or evaluated.

    Why: without the value, the layer is unknown.
    Bad:
        - conv 64//0 3x3
    Good:
        - conv 64//2 3x3
    Source: docs/language.md, Values and expressions""",
    "E108": """Report a step that is neither a layer kind nor a block.

    Why: it cannot be built. Names from PyTorch and Keras and misspellings are recognised.
    Bad:
        - Conv2d 64 3x3
    Good:
        - conv 64 3x3
    Source: `cnncalc layers`""",
    "E109": """Report an undefined name: a variable, a parameter, an earlier result.

    Why: a misspelt name is an error, never silently another value.
    Bad:
        - a: conv 64 3x3 pad=1
        - add b
    Good:
        - a: conv 64 3x3 pad=1
        - relu -> add a
    Source: docs/language.md, Values and expressions""",
    "E110": """Report an ambiguous name, which two results have.

    Why: it is not defined which of the two volumes is used.
    Bad:
        - 2 * (a: conv 64 3x3)
    Good:
        - a: conv 64 3x3
        - b: conv 64 3x3
    Source: docs/language.md, Earlier results""",
    "E111": """Report an argument that a kind or block does not have.

    Why: its value would be ignored. Names from PyTorch, Keras and ONNX are recognised.
    Bad:
        - conv 64 3x3 padding=1
    Good:
        - conv 64 3x3 pad=1
    Source: `cnncalc layers conv`""",
    "E112": """Report a spec that exceeds a limit on size, nesting or work.

    Why: an untrusted spec must be processed within seconds. This code cannot be disabled.
    Bad:
        - 1000000000 * relu
    Good:
        - 10 * relu
    Source: docs/language.md, Limits""",
    "E113": """Report a keyword used as a name, or an invalid name.

    Why: a block named like a layer kind would be ambiguous.
    Bad:
        - relu: conv 64 3x3
    Good:
        - conv1: conv 64 3x3 -> relu
    Source: docs/language.md, Paths""",
    "E114": """Report a file that cannot be read: empty, not UTF-8, without permission, missing, or not a regular file.

    Why: the other files are still linted. This code cannot be disabled.
    Bad:
        a file in UTF-16
    Good:
        the same file in UTF-8
    Source: docs/language.md, YAML syntax""",
    "E115": """Report a question mark, which marks a number to be solved for.

    Why: a network can be computed only when all its numbers are known. `cnncalc solve` finds the missing one.
    Bad:
        input: 224x224x3
        layers: conv ? 3x3
    Good:
        input: 224x224x3
        layers: conv 64 3x3
    Source: `cnncalc solve`""",
    "E116": """Report unbounded recursion of a block, or layers that share weights with themselves.

    Why: the network would be infinite. A block may call itself under a condition that becomes false.
    Bad:
        unit out: conv out 3x3 -> unit out
    Good:
        unit out: conv out 3x3 -> relu
    Source: docs/language.md, Blocks""",
    "E117": """Report a count or condition that depends on an unknown number.

    Why: the number of layers must be known to build the network.
    Bad:
        input: HxHx3
        layers: H * conv 64 3x3
    Good:
        input: HxHx3
        layers: 3 * conv 64 3x3
    Source: docs/language.md, Symbols and question marks""",
    "E118": """Report a symbol with two values, or a symbol where a number is required.

    Why: a symbol has the same value everywhere.
    Bad:
        - conv 64 HxH
    Good:
        - conv 64 3x3
    Source: docs/language.md, Symbols and question marks""",
    "E201": """Report a kernel that is larger than its padded input.

    Why: no window fits, so there is no output. The message suggests a padding and the smallest input that fit.
    Bad:
        input: 4x4x3
        layers: conv 64 5x5
    Good:
        input: 4x4x3
        layers: conv 64 5x5 pad=1
    Source: torch: "Kernel size can't be greater than actual input size" """,
    "E202": """Report an input with the wrong number of spatial dimensions.

    Why: a convolution slides over one to three spatial dimensions, and a vector has none.
    Bad:
        - flatten -> conv 64 3x3
    Good:
        - conv 64 3x3 -> flatten
    Source: torch.nn.Conv1d, Conv2d, Conv3d""",
    "E203": """Report groups that do not divide the channels.

    Why: all groups have the same number of channels.
    Bad:
        input: 32x32x6
        layers: conv 12 3x3 groups=4
    Good:
        input: 32x32x6
        layers: conv 12 3x3 groups=3
    Source: torch.nn.Conv2d: "in_channels must be divisible by groups" """,
    "E204": """Report branches that cannot be merged, with the shape of each.

    Why: values are added, or channels concatenated, position by position. Where one padding or stride would make the
    branches fit, it is suggested.
    Bad:
        - add:
            body: conv 64 3x3
            skip: identity
    Good:
        - add:
            body: conv 64 3x3 pad=1
            skip: identity
    Source: pjreddie/darknet issue 2419; BVLC/caffe issue 3656""",
    "E205": """Report a shape check that differs from the computed shape.

    Why: either the check is wrong or a layer before it; both shapes are reported.
    Bad:
        input: 224x224x3
        layers: conv 96 11x11 stride=4 -> 55x55x96
    Good:
        input: 227x227x3
        layers: conv 96 11x11 stride=4 -> 55x55x96
    Source: docs/language.md, Volumes and shape checks""",
    "E206": """Report a total that differs from the one under `expect:`.

    Why: expected totals reveal unintended changes.
    Bad:
        input: 8
        layers: linear 10
        expect: {params: 80}
    Good:
        input: 8
        layers: linear 10
        expect: {params: 90}
    Source: docs/language.md, Expected numbers; docs/counting.md""",
    "E207": """Report a linear layer on a feature map.

    Why: a linear layer takes a vector; flatten the map first, or use a 1x1 convolution.
    Bad:
        - conv 64 3x3 -> linear 10
    Good:
        - conv 64 3x3 -> flatten -> linear 10
    Source: torch: "mat1 and mat2 shapes cannot be multiplied" """,
    "E208": """Report an output_pad that is not smaller than the stride or dilation.

    Why: it selects one of the output sizes that the stride maps to the same input; a larger value would add rows
    that no window reaches.
    Bad:
        - conv_transpose 64 3x3 stride=2 output_pad=2
    Good:
        - conv_transpose 64 3x3 stride=2 output_pad=1
    Source: torch.nn.ConvTranspose2d: "output padding must be smaller than either stride or dilation" """,
    "E209": """Report an invalid padding of a pool or transposed convolution.

    Why: padding of more than half of the kernel of a pool creates windows of padding only, which PyTorch rejects.
    Bad:
        - maxpool 3x3 pad=2
    Good:
        - maxpool 3x3 pad=1
    Source: torch.nn.MaxPool2d: "pad should be at most half of effective kernel size" """,
    "E210": """Report channels that do not exist.

    Why: a slice must end at the last channel, and a connection table must refer to existing channels.
    Bad:
        input: 8x8x10
        layers: slice 4 12
    Good:
        input: 8x8x12
        layers: slice 4 12
    Source: `cnncalc layers slice`""",
    "E211": """Report weights that cannot be shared.

    Why: `again` uses the weights of the first use, so the shapes of the weights must be the same.
    Bad:
        input: 32x32x3
        layers:
          - a: conv 64 3x3 pad=1
          - again a
    Good:
        input: 32x32x3
        layers:
          - a: conv 64 3x3 pad=1
          - conv 64 3x3 pad=1
    Source: docs/language.md, Shared weights""",
}

ERRORS: dict[str, Page] = {
    code: read_page("\n".join(line.removeprefix("    ") for line in page.splitlines())) for code, page in _PAGES.items()
}
"""The page of every error code of a spec."""
