"""Any change of a text ends in findings; mending it twice is mending it once, and safe fixes keep the network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnncalc.linter.fixes import fix, same_networks
from cnncalc.linter.runner import check
from cnncalc.linter.settings import Settings
from cnncalc.problem import Source
from tests.effort import examples
from tests.linter.cases import cases

ALL = Settings(select=("ALL",)).selection("net.cnn.yaml")
TEXTS = [case.text for case in cases()]
SIGNS = (
    "->",
    " ",
    "\n",
    "- ",
    ":",
    ": ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "*",
    "&a ",
    "!t ",
    "#",
    "×",
    "，",
    "\r",
)
WORDS = (
    "3x3",
    "0",
    "-1",
    "conv",
    "relu",
    "use ",
    "add ",
    "again ",
    "index",
    "input",
    "?",
    "_",
    "H",
    "identity",
    "\t  ",
)

edits = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([0, 0, 1, 2, 5, 12]), st.sampled_from(("", *SIGNS, *WORDS))),
    min_size=1,
    max_size=4,
)


@examples(150)
@given(st.sampled_from(TEXTS), edits, st.booleans())
def test_any_change_of_a_text(text: str, made: list[tuple[float, int, str]], unsafe: bool) -> None:
    for share, length, word in made:
        at = int(share * len(text))
        text = f"{text[:at]}{word}{text[at + length :]}"
    checked = check(Source("net.cnn.yaml", text), ALL)
    for finding in checked.findings:
        assert "\n" not in finding.headline()
        assert list(finding.lines())
    once = fix(checked, ALL, unsafe=unsafe)
    assert fix(once.left, ALL, unsafe=unsafe).text == once.text
    if not unsafe:
        assert same_networks(text, once.text)
