"""QTI 1.2 in a content package, as Canvas, Brightspace and Blackboard import it. A table is one question a cell.

Source: IMS Question & Test Interoperability 1.2, ASI XML binding; IMS Content Packaging 1.1.3. What Canvas adds to it
is as in the packages of text2qti, which its import is known to read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cnncalc.homework.model import Part, Question
from cnncalc.homework.worked import solution
from cnncalc.quizzes.exports.accepted import accepted, decimal, number, slack, spellings
from cnncalc.quizzes.exports.asking import LETTERS, Variant, asked_alone, choices, labelled, part_name, questions
from cnncalc.quizzes.exports.blocks import html
from cnncalc.quizzes.exports.canvas import LEAST

ASI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
RESPONSE = "response1"
MOST_REMARKS = 5
"""Known wrong answers that the feedback of a number or text names."""


def qti(variants: Sequence[Variant]) -> dict[str, str]:
    """Return the files of a package; of several variants, a group for each question, of which one is drawn."""
    title = " ".join(variants[0].key.title.split())
    columns = questions(variants)
    own = identifier("quiz", title, *(f"{name} {question.text}" for column in columns for name, question in column))
    root = Element("questestinterop", xmlns=ASI)
    assessment = SubElement(root, "assessment", ident=own, title=title)
    _fields(assessment, {"cc_maxattempts": "1"})
    section = SubElement(assessment, "section", ident="root_section")
    total = Fraction(0)
    for column in columns:
        for index, part in enumerate(column[0][1].parts):
            total += part.points
            inside = _group(section, own, part) if len(variants) > 1 else section
            for name, question in column:
                _item(inside, question, question.parts[index], name, own)
    return {
        "imsmanifest.xml": _text(_manifest(own, title)),
        f"{own}/{own}.xml": _text(root),
        f"{own}/assessment_meta.xml": _text(_meta(own, title, total)),
    }


def identifier(*texts: str) -> str:
    """Return an identifier that is the same whenever the texts are, so that a second import replaces the first."""
    return f"g{hashlib.sha256(chr(0).join(texts).encode('utf-8', 'surrogatepass')).hexdigest()[:31]}"


def _text(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _with(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    """Add an element that holds a text."""
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def _manifest(own: str, title: str) -> Element:
    root = Element("manifest", xmlns=PACKAGE, identifier=identifier("manifest", own))
    metadata = SubElement(root, "metadata")
    _with(metadata, "schema", "IMS Content")
    _with(metadata, "schemaversion", "1.1.3")
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    meta = identifier("meta", own)
    quiz = SubElement(resources, "resource", identifier=own, type="imsqti_xmlv1p2")
    SubElement(quiz, "file", href=f"{own}/{own}.xml")
    SubElement(quiz, "dependency", identifierref=meta)
    kind = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
    more = SubElement(resources, "resource", identifier=meta, type=kind, href=f"{own}/assessment_meta.xml")
    SubElement(more, "file", href=f"{own}/assessment_meta.xml")
    return root


def _meta(own: str, title: str, total: Fraction) -> Element:
    """Return what Canvas says of a quiz beside its questions."""
    root = Element("quiz", xmlns=CANVAS, identifier=own)
    for tag, text in {
        "title": title,
        "description": "",
        "shuffle_answers": "true",
        "scoring_policy": "keep_highest",
        "quiz_type": "assignment",
        "points_possible": decimal(total),
        "show_correct_answers": "true",
        "allowed_attempts": "1",
    }.items():
        _with(root, tag, text)
    return root


def _fields(parent: Element, fields: dict[str, str]) -> None:
    metadata = SubElement(parent, "qtimetadata")
    for name, text in fields.items():
        field = SubElement(metadata, "qtimetadatafield")
        _with(field, "fieldlabel", name)
        _with(field, "fieldentry", text)


def _group(section: Element, own: str, part: Part) -> Element:
    """Add a group, of which each student gets one question."""
    group = SubElement(section, "section", ident=identifier("group", own, part.id), title=f"Question {part.id}")
    selection = SubElement(SubElement(group, "selection_ordering"), "selection")
    _with(selection, "selection_number", "1")
    _with(SubElement(selection, "selection_extension"), "points_per_item", decimal(part.points))
    return group


def _item(section: Element, question: Question, part: Part, name: str, own: str) -> None:
    ident = identifier("item", own, part.id, name)
    item = SubElement(section, "item", ident=ident, title=part_name(question, part, name))
    metadata = SubElement(item, "itemmetadata")
    presentation = SubElement(item, "presentation")
    _material(presentation, "".join(map(html, asked_alone(question, part))))
    processing = SubElement(item, "resprocessing")
    outcomes = SubElement(processing, "outcomes")
    SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    general = _condition(processing, goes_on=True)
    SubElement(general, "other")
    _shows(processing[-1], "general_fb")
    feedback = {"general_fb": "".join(html(line) for line in solution(question, part, letters=False))}
    if labelled(question, part):
        kind, more, ids = _choices(presentation, processing, question, part)
    else:
        kind, ids = _written(presentation, processing, part), []
        more = {"general_incorrect_fb": html("\n\n".join(_remarks(part)))}
        if more["general_incorrect_fb"]:
            SubElement(_condition(processing, goes_on=True), "other")
            _shows(processing[-1], "general_incorrect_fb")
    _fields(
        metadata,
        {
            "question_type": kind,
            "points_possible": decimal(part.points),
            "original_answer_ids": ",".join(ids),
            "assessment_question_identifierref": identifier("question", ident),
        },
    )
    for name, text in (feedback | more).items():
        if text:
            shown = SubElement(item, "itemfeedback", ident=name)
            _material(SubElement(shown, "flow_mat"), text)


def _material(parent: Element, text: str) -> None:
    _with(SubElement(parent, "material"), "mattext", text, texttype="text/html")


def _condition(processing: Element, *, goes_on: bool = False) -> Element:
    """Add a condition and return where its variables go."""
    condition = SubElement(processing, "respcondition", {"continue": "Yes" if goes_on else "No"})
    return SubElement(condition, "conditionvar")


def _scores(condition: Element) -> None:
    _with(condition, "setvar", "100", action="Set", varname="SCORE")


def _shows(condition: Element, feedback: str) -> None:
    SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=feedback)


def _choices(
    presentation: Element, processing: Element, question: Question, part: Part
) -> tuple[str, dict[str, str], list[str]]:
    """Add the options, each with its feedback; return the kind, the feedback and the options' identifiers."""
    several = len(part.right.value) > 1
    response = SubElement(
        presentation, "response_lid", ident=RESPONSE, rcardinality="Multiple" if several else "Single"
    )
    render = SubElement(response, "render_choice")
    right: list[str] = []
    wrong: list[str] = []
    feedback = {}
    for letter, choice in zip(LETTERS, choices(question, part), strict=False):
        ident = f"answer_{letter}"
        (right if choice.right else wrong).append(ident)
        _material(SubElement(render, "response_label", ident=ident), html(choice.text))
        if choice.feedback:
            _equal(_condition(processing, goes_on=True), ident)
            _shows(processing[-1], f"{ident}_fb")
            feedback[f"{ident}_fb"] = html(choice.feedback)
    variables = _condition(processing)
    if several:
        variables = SubElement(variables, "and")
        for ident in wrong:
            _equal(SubElement(variables, "not"), ident)
    for ident in right:
        _equal(variables, ident)
    _scores(processing[-1])
    return "multiple_answers_question" if several else "multiple_choice_question", feedback, [*right, *wrong]


def _equal(variables: Element, text: str) -> None:
    _with(variables, "varequal", text, respident=RESPONSE)


def _written(presentation: Element, processing: Element, part: Part) -> str:
    """Add a field to write into and what is right in it; return the kind. A volume is a text, spelt in many ways."""
    value = number(part, part.right.value)
    numbers = value is not None and abs(value) - slack(part, value) >= LEAST
    response = SubElement(presentation, "response_str", ident=RESPONSE, rcardinality="Single")
    render = SubElement(response, "render_fib", {"fibtype": "Decimal"} if numbers else {})
    SubElement(render, "response_label", ident="answer1")
    right = [one for one in accepted(part) if one.right]
    if not numbers:
        variables = _condition(processing)
        for text in dict.fromkeys(text for one in right for text in spellings(part, one)):
            _equal(variables, text)
        _scores(processing[-1])
        return "short_answer_question"
    for one in right:
        assert one.number is not None
        near = max(one.near, LEAST) if one.near else Fraction(0)  # Canvas keeps four decimals
        variables = SubElement(_condition(processing), "or")
        _equal(variables, decimal(one.number))
        both = SubElement(variables, "and")
        _with(both, "vargte", decimal(one.number - near), respident=RESPONSE)
        _with(both, "varlte", decimal(one.number + near), respident=RESPONSE)
        _scores(processing[-1])
    return "numerical_question"


def _remarks(part: Part) -> Iterator[str]:
    wrong = [one for one in accepted(part) if not one.right and one.feedback]
    for one in wrong[:MOST_REMARKS]:
        yield f"{spellings(part, one)[0]}? {one.feedback}"
