"""The manual pages of the E codes: problems of reading a text (E1xx) and of the shapes in it (E2xx)."""

from __future__ import annotations

from cnncalc.linter.rule import Page, read_page

_PAGES = {
    "E101": """Tell what is no YAML, or YAML that is not read here: anchors, tags, merges, tabs, a chain cut by a comma.

    Why: nothing of the file can be trusted beyond that place. This code is never switched off.
    Bad:
        layers: [conv 64 3x3 pad=(1, 1)]
    Good:
        layers: ["conv 64 3x3 pad=1"]
    Source: YAML 1.2.2; docs/language.md, Text""",
    "E102": """Tell a key, name, block or parameter that stands twice.

    Why: YAML readers keep the last one without a word, and the first one is lost.
    Bad:
        - conv1: conv 64 3x3
        - conv1: conv 64 3x3
    Good:
        - conv1: conv 64 3x3
        - conv2: conv 64 3x3
    Source: YAML 1.2.2, section 3.2.1.3: keys are unique""",
    "E103": """Tell a key that is not known where it stands.

    Why: a misspelt key says nothing, and what it was meant to say is missing. The nearest known ones are named.
    Bad:
        inputs: 224x224x3
        layer: conv 64 3x3
    Good:
        input: 224x224x3
        layers: conv 64 3x3
    Source: docs/language.md, Top level""",
    "E104": """Tell what is missing: a key, a value, a field that must be given, a second branch.

    Why: without it, there is nothing to build.
    Bad:
        - conv 64
    Good:
        - conv 64 3x3
    Source: docs/language.md""",
    "E105": """Tell a value that its field does not take.

    Why: a count is whole and a size is positive. Dilation 0 is such a value: a plain convolution has dilation 1,
    though lecture notes may count the zeros between cells.
    Bad:
        - conv 64 3x3 dilation=0
    Good:
        - conv 64 3x3 dilation=1
    Source: torch.nn.Conv2d; Stanford CS231n""",
    "E106": """Tell a chain that cannot be read.

    Why: steps are joined by ->, arguments stand apart by spaces.
    Bad:
        - conv 64, 3x3
    Good:
        - conv 64 3x3
    Source: docs/language.md, Chains""",
    "E107": """Tell an expression that cannot be read or evaluated.

    Why: a value that cannot be computed leaves the layer unknown.
    Bad:
        - conv 64//0 3x3
    Good:
        - conv 64//2 3x3
    Source: docs/language.md, Expressions""",
    "E108": """Tell a step that names no layer kind and no block.

    Why: nothing can be built for it. Names of PyTorch and Keras and near misses are recognised.
    Bad:
        - Conv2d 64 3x3
    Good:
        - conv 64 3x3
    Source: `cnncalc layers`""",
    "E109": """Tell a name that nothing bears here: a var, a parameter, an earlier result.

    Why: a misspelt name is a problem, never a value that happens to be something.
    Bad:
        - a: conv 64 3x3 pad=1
        - add b
    Good:
        - a: conv 64 3x3 pad=1
        - relu -> add a
    Source: docs/language.md, Names""",
    "E110": """Tell a name that two results bear, so that it means neither.

    Why: which of the two volumes is used must be said.
    Bad:
        - 2 * (a: conv 64 3x3)
    Good:
        - a: conv 64 3x3
        - b: conv 64 3x3
    Source: docs/language.md, Names""",
    "E111": """Tell an argument that a kind or block does not take.

    Why: its value is lost. Names of PyTorch, Keras and ONNX are recognised.
    Bad:
        - conv 64 3x3 padding=1
    Good:
        - conv 64 3x3 pad=1
    Source: `cnncalc layers conv`""",
    "E112": """Tell a text beyond a limit: its size, its nesting, the work it causes.

    Why: a spec from anywhere must end within seconds. This code is never switched off.
    Bad:
        - 1000000000 * relu
    Good:
        - 10 * relu
    Source: docs/language.md, Limits""",
    "E113": """Tell a word of the language that is used as a name, or a name that is none.

    Why: a block called like a layer kind could not be told from it.
    Bad:
        - relu: conv 64 3x3
    Good:
        - conv1: conv 64 3x3 -> relu
    Source: docs/language.md, Names""",
    "E114": """Tell a file that cannot be read: empty, no UTF-8, without rights, gone, or no plain file.

    Why: the other files are linted all the same. This code is never switched off.
    Bad:
        a file in UTF-16
    Good:
        the same file in UTF-8
    Source: docs/language.md, Text""",
    "E115": """Tell a question mark: a number that is to be solved for.

    Why: a network is counted when all its numbers are known. `cnncalc solve` finds the missing one.
    Bad:
        input: 224x224x3
        layers: conv ? 3x3
    Good:
        input: 224x224x3
        layers: conv 64 3x3
    Source: `cnncalc solve`""",
    "E116": """Tell a block that calls itself without an end, or layers that are used again inside themselves.

    Why: the network would be infinite. A block may call itself under a condition that comes to an end.
    Bad:
        unit out: conv out 3x3 -> unit out
    Good:
        unit out: conv out 3x3 -> relu
    Source: docs/language.md, Limits""",
    "E117": """Tell a count or condition that depends on a number that is not known.

    Why: which layers there are must be known to build them.
    Bad:
        input: HxHx3
        layers: H * conv 64 3x3
    Good:
        input: HxHx3
        layers: 3 * conv 64 3x3
    Source: docs/language.md, Names, values, scope""",
    "E118": """Tell a letter that stands for two numbers, or for one that must be known.

    Why: H is one number throughout.
    Bad:
        - conv 64 HxH
    Good:
        - conv 64 3x3
    Source: docs/language.md, Chains""",
    "E201": """Tell a kernel that is larger than its padded input.

    Why: no window fits, so there is no output. The padding that would do is told, and the smallest input that fits.
    Bad:
        input: 4x4x3
        layers: conv 64 5x5
    Good:
        input: 4x4x3
        layers: conv 64 5x5 pad=1
    Source: torch: "Kernel size can't be greater than actual input size" """,
    "E202": """Tell a volume with more or fewer sides than a layer works on.

    Why: a convolution slides over one to three sides, and a vector has none.
    Bad:
        - flatten -> conv 64 3x3
    Good:
        - conv 64 3x3 -> flatten
    Source: torch.nn.Conv1d, Conv2d, Conv3d""",
    "E203": """Tell groups that do not divide the channels.

    Why: every group works on as many channels as the others.
    Bad:
        input: 32x32x6
        layers: conv 12 3x3 groups=4
    Good:
        input: 32x32x6
        layers: conv 12 3x3 groups=3
    Source: torch.nn.Conv2d: "in_channels must be divisible by groups" """,
    "E204": """Tell branches that a merge cannot put together, with the shape of each.

    Why: values are added cell by cell, channels put one after the other cell by cell. Where one padding or stride would
    make the branches fit, it is named.
    Bad:
        - add:
            body: conv 64 3x3
            skip: identity
    Good:
        - add:
            body: conv 64 3x3 pad=1
            skip: identity
    Source: pjreddie/darknet issue 2419; BVLC/caffe issue 3656""",
    "E205": """Tell a shape check that is not the volume here.

    Why: either the check is wrong or what stands before it; both numbers are told.
    Bad:
        input: 224x224x3
        layers: conv 96 11x11 stride=4 -> 55x55x96
    Good:
        input: 227x227x3
        layers: conv 96 11x11 stride=4 -> 55x55x96
    Source: docs/language.md, Chains""",
    "E206": """Tell a total that is not the one under `expect:`.

    Why: the file says what it should come to, so that a change that was not meant is noticed.
    Bad:
        input: 8
        layers: linear 10
        expect: {params: 80}
    Good:
        input: 8
        layers: linear 10
        expect: {params: 90}
    Source: docs/counting.md""",
    "E207": """Tell a linear layer on a map.

    Why: it weighs the numbers of a vector; a map is flattened first, or worked on by a 1x1 convolution.
    Bad:
        - conv 64 3x3 -> linear 10
    Good:
        - conv 64 3x3 -> flatten -> linear 10
    Source: torch: "mat1 and mat2 shapes cannot be multiplied" """,
    "E208": """Tell an output_pad that is not below the stride or dilation.

    Why: it chooses among the sizes that a stride maps to one; more would add cells that nothing reaches.
    Bad:
        - conv_transpose 64 3x3 stride=2 output_pad=2
    Good:
        - conv_transpose 64 3x3 stride=2 output_pad=1
    Source: torch.nn.ConvTranspose2d: "output padding must be smaller than either stride or dilation" """,
    "E209": """Tell a padding that a pool or transposed convolution cannot take.

    Why: more than half of a pool's kernel makes windows of padding alone, which PyTorch refuses.
    Bad:
        - maxpool 3x3 pad=2
    Good:
        - maxpool 3x3 pad=1
    Source: torch.nn.MaxPool2d: "pad should be at most half of effective kernel size" """,
    "E210": """Tell channels that are asked for and are not there.

    Why: a slice ends with the last channel, and a table of connections names channels that exist.
    Bad:
        input: 8x8x10
        layers: slice 4 12
    Good:
        input: 8x8x12
        layers: slice 4 12
    Source: `cnncalc layers slice`""",
    "E211": """Tell weights that cannot be shared.

    Why: `again` uses the weights of the first time, so their shapes must be those that this volume needs.
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
    Source: docs/language.md, Chains""",
}

ERRORS: dict[str, Page] = {
    code: read_page("\n".join(line.removeprefix("    ") for line in page.splitlines())) for code, page in _PAGES.items()
}
"""The page of every code that a text can have."""
