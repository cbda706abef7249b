"""Words that stand in answers: what they count, how many, what turns them round."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEDGES = _words("not isn't isnt or than between minus plus less more least most never under either")
"""Words that turn what stands beside them into something else."""

SIZES = _words("bit bits kbit mbit gbit tb tib")
COUNTS = SIZES | _words("dozen dozens hundred hundreds lakh lakhs crore crores half quarter")
"""Units that are not read, so that no number is taken without them."""

NUMBERS = {
    "none": "0", "nothing": "0", "nil": "0", "zero": "0", "no parameters": "0", "no params": "0",
    "no weights": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip

LETTERS = {
    **dict.fromkeys(_words("thousand thousands"), "k"),
    **dict.fromkeys(_words("mn mio mln mil million millions"), "m"),
    **dict.fromkeys(_words("bn mrd bln bil billion billions"), "b"),
    **dict.fromkeys(_words("tn trillion trillions"), "t"),
    **dict.fromkeys(_words("byte bytes"), "b"),
    **dict.fromkeys(_words("kilobyte kilobytes"), "kb"),
    **dict.fromkeys(_words("megabyte megabytes"), "mb"),
    **dict.fromkeys(_words("gigabyte gigabytes"), "gb"),
    **dict.fromkeys(_words("kibibyte kibibytes"), "kib"),
    **dict.fromkeys(_words("mebibyte mebibytes"), "mib"),
    **dict.fromkeys(_words("gibibyte gibibytes"), "gib"),
}
"""Words for the units that `published/printed.py` knows."""

NOUNS = _words(
    "parameters parameter params param weights weight macs mac flops flop ops op operations operation macc maccs madds"
    " madd multadds multiplications multiplication multiplies mults additions adds value values numbers activations"
    " activation neurons units biases bias pixels pixel px cells cell elements floats in total per image trainable"
    " learnable learned multiply and accumulates multiply-adds multiply-add multiply-accumulates exactly"
    " samples sample layers weight weights wide high tall zeros zeroes"
)
"""What is counted: read as nothing."""

FILLERS = NOUNS | _words(
    "the a an it it's its that's is are was"
    " be will would should that this there so thus hence therefore then get gets got have has"
    " i we you my our answer answers result results output outputs out input volume volumes size sizes shape shapes"
    " tensor dimension dimensions dims feature features map maps layer of for to in at on as with and by comes come"
    " becomes become makes make gives give equals equal number count amount final new next each about approximately"
    " approx around roughly circa ca nearly almost learn learns filter filters channel channels vector length flat"
    " flattened long side sides think guess believe suppose maybe perhaps probably rounded altogether overall"
)
"""Words around an answer that say nothing else; beside any other, an answer is not read."""

TOTALS = _words("total sum altogether overall answer result finally final together")
"""Words for what is summed up from numbers with other labels."""

YES = _words("yes y yeah yep true t correct right ja oui si sí")
NO = _words("no n nope false f incorrect wrong nein non")
SAME = _words("same equal identical unchanged")
DIFFERENT = _words("different unequal differ differs")

AXES = {
    **dict.fromkeys(_words("h height n_h nh rows row"), "h"),
    **dict.fromkeys(_words("w width n_w nw columns column cols"), "w"),
    **dict.fromkeys(_words("l length t time"), "l"),
    **dict.fromkeys(_words("c ch channel channels depth filters maps n_c nc d"), "c"),
}
"""Words for the axes of a volume."""

BEFORE = _words("left top before above begin beginning start front l t")
AFTER = _words("right bottom after below end back behind r b")
UPRIGHT = _words("top above bottom below t b")
"""Those of the height, where the others are of the width."""
