"""The QTI 1.2 package: its structure, what it asks and what it takes for right, and that text2qti knows all of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from cnncalc.homework.model import Key
from cnncalc.quizzes.exports.accepted import accepted, spellings
from cnncalc.quizzes.exports.asking import Variant, asked_alone, choices, labelled
from cnncalc.quizzes.exports.canvas import canvas
from cnncalc.quizzes.exports.files import saved, written
from cnncalc.quizzes.exports.qti import ASI, CANVAS, PACKAGE, qti
from cnncalc.quizzes.make import Order, key_of
from tests.homework.exports import fixed_key, fixed_variants, nasty_key, plain, squeezed, words

CHILDREN = {
    "questestinterop": "assessment",
    "assessment": "qtimetadata section",
    "section": "selection_ordering section* item*",
    "selection_ordering": "selection",
    "selection": "selection_number selection_extension",
    "selection_extension": "points_per_item",
    "item": "itemmetadata presentation resprocessing itemfeedback*",
    "itemmetadata": "qtimetadata",
    "qtimetadata": "qtimetadatafield*",
    "qtimetadatafield": "fieldlabel fieldentry",
    "presentation": "material response_lid response_str",
    "material": "mattext",
    "response_lid": "render_choice",
    "response_str": "render_fib",
    "render_choice": "response_label*",
    "render_fib": "response_label",
    "response_label": "material",
    "resprocessing": "outcomes respcondition*",
    "outcomes": "decvar",
    "respcondition": "conditionvar setvar displayfeedback",
    "conditionvar": "and or not varequal* other",
    "and": "not* varequal* vargte varlte",
    "or": "varequal and",
    "not": "varequal",
    "itemfeedback": "flow_mat",
    "flow_mat": "material",
}
"""What an element of the ASI binding may hold, in this order; a star means several."""

REQUIRED = {
    "assessment": ("ident", "title"),
    "section": ("ident",),
    "item": ("ident", "title"),
    "response_lid": ("ident", "rcardinality"),
    "response_str": ("ident", "rcardinality"),
    "response_label": ("ident",),
    "varequal": ("respident",),
    "vargte": ("respident",),
    "varlte": ("respident",),
    "displayfeedback": ("linkrefid",),
    "itemfeedback": ("ident",),
    "setvar": ("action", "varname"),
    "respcondition": ("continue",),
}


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def check(element: Element) -> None:
    """Assert that an element holds what it may, in order, and so do those in it."""
    name = local(element)
    assert element.tag == f"{{{ASI}}}{name}"
    assert all(element.get(attribute) for attribute in REQUIRED.get(name, ())), name
    allowed = CHILDREN.get(name, "").split()
    tags = [local(child) for child in element]
    order = [one.rstrip("*") for one in allowed]
    assert [order.index(tag) for tag in tags] == sorted(order.index(tag) for tag in tags), name
    assert all(tags.count(one) <= 1 for one in allowed if not one.endswith("*")), name
    assert not (tags and (element.text or "").strip())
    for child in element:
        check(child)


def package(variants: list[Variant]) -> dict[str, Element]:
    """Return the documents of a package, by what they are."""
    (data,) = saved(written("qti", variants)).values()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = ElementTree.fromstring(archive.read("imsmanifest.xml"))
        hrefs = [element.attrib["href"] for element in manifest.iter(f"{{{PACKAGE}}}file")]
        assert sorted([*hrefs, "imsmanifest.xml"]) == sorted(archive.namelist())
        quiz_file, meta_file = hrefs
        resources = {one.attrib["identifier"] for one in manifest.iter(f"{{{PACKAGE}}}resource")}
        assert {one.attrib["identifierref"] for one in manifest.iter(f"{{{PACKAGE}}}dependency")} <= resources
        return {
            "quiz": ElementTree.fromstring(archive.read(quiz_file)),
            "meta": ElementTree.fromstring(archive.read(meta_file)),
        }


def inside(item: Element, tag: str) -> list[Element]:
    return [*item.iter(f"{{{ASI}}}{tag}")]


def fields(item: Element) -> dict[str, str]:
    return {one[0].text or "": one[1].text or "" for one in inside(item, "qtimetadatafield")}


def holds(condition: Element, given: set[str]) -> bool:
    """Judge a condition by what somebody ticked or wrote."""
    match local(condition):
        case "and":
            return all(holds(one, given) for one in condition)
        case "or" | "conditionvar":
            return any(holds(one, given) for one in condition)
        case "not":
            return not holds(condition[0], given)
        case "varequal":
            return (condition.text or "").lower() in {one.lower() for one in given}
        case "vargte":
            return all(Fraction(one) >= Fraction(condition.text or "") for one in given)
        case "varlte":
            return all(Fraction(one) <= Fraction(condition.text or "") for one in given)
        case name:
            assert name == "other"
            return True


def is_right(item: Element, *given: str) -> bool:
    scoring = [one for one in inside(item, "respcondition") if one.find(f"{{{ASI}}}setvar") is not None]
    return any(holds(one[0], set(given)) for one in scoring)


@pytest.mark.parametrize("make", [nasty_key, fixed_key])
def test_qti_asks_and_grades_as_the_key(make: Callable[[], Key]) -> None:
    key = make()
    root = package([Variant("", key)])["quiz"]
    check(root)
    items = inside(root, "item")
    asked = [(question, part) for question in key.questions for part in question.parts]
    assert len(items) == len(asked) == len({item.get("ident") for item in items})
    for item, (question, part) in zip(items, asked, strict=True):
        shown = plain(inside(item, "mattext")[0].text or "")
        assert squeezed(" ".join(map(words, asked_alone(question, part)))) in shown
        assert Fraction(fields(item)["points_possible"]) == pytest.approx(part.points, rel=1e-4)
        labels = {one.get("ident") or "" for one in inside(item, "response_label")}
        feedback = [one.get("ident") for one in inside(item, "itemfeedback")]
        assert len(feedback) == len(set(feedback))
        assert {one.get("linkrefid") for one in inside(item, "displayfeedback")} == set(feedback)
        if labelled(question, part):
            idents = (one.get("ident") or "" for one in inside(item, "response_label"))
            options = dict(zip(idents, choices(question, part), strict=True))
            assert set(fields(item)["original_answer_ids"].split(",")) == labels
            right = [ident for ident, choice in options.items() if choice.right]
            assert is_right(item, *right)
            assert not any(is_right(item, ident) for ident in labels - {*right})
            assert len(right) == 1 or not is_right(item, *labels)
        elif fields(item)["question_type"] == "numerical_question":
            first, *others = accepted(part)
            assert first.number is not None
            assert is_right(item, str(float(first.number)) if first.near else str(first.number))
            for one in others:
                assert one.number is not None
                assert is_right(item, str(float(one.number))) == one.right
        else:
            assert fields(item)["question_type"] == "short_answer_question"
            for one in accepted(part):
                assert all(is_right(item, text) == one.right for text in spellings(part, one))


def test_variants_are_a_group_of_which_one_is_drawn() -> None:
    documents = package(fixed_variants())
    check(documents["quiz"])
    groups = [one for one in inside(documents["quiz"], "section") if one.get("ident") != "root_section"]
    assert len(groups) == 6
    assert all([local(child) for child in group] == ["selection_ordering", "item", "item"] for group in groups)
    assert [one.text for one in inside(documents["quiz"], "selection_number")] == ["1"] * 6
    total = sum((part.points for part in fixed_variants()[0].key.parts.values()), start=Fraction(0))
    assert documents["meta"].findtext(f"{{{CANVAS}}}points_possible") == str(total)
    assert documents["meta"].findtext(f"{{{CANVAS}}}title") == "Quiz"


def paths(root: Element, above: str = "") -> set[str]:
    """Return the elements of a document by those they stand in, each with its attributes."""
    here = f"{above}/{local(root)}"
    return {here, *(f"{here}@{name}" for name in root.attrib)}.union(*(paths(child, here) for child in root))


def test_canvas_knows_every_element_from_text2qti() -> None:
    """Their import is known to work; ours has no element or attribute that theirs lacks."""
    several = (
        [Variant("", fixed_key())],
        [Variant("", nasty_key())],
        [Variant("", key_of(Order("1", 6, choices=True)))],
        fixed_variants(),
    )
    theirs: set[str] = set()
    ours: set[str] = set()
    for variants in several:
        made = QTI(Quiz(canvas(variants), config=Config(), source_name="quiz.txt"))
        theirs |= paths(ElementTree.fromstring(made.assessment))
        ours |= paths(package(variants)["quiz"])
    assert ours <= theirs


def test_a_package_is_the_same_each_time_and_has_its_own_identifiers() -> None:
    variants = [Variant("", fixed_key())]
    assert saved(written("qti", variants)) == saved(written("qti", [Variant("", fixed_key())]))
    assert not {*qti(variants)} & {*qti([Variant("", key_of(Order("other", 3, level=2)))])} - {"imsmanifest.xml"}
