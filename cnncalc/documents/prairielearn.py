"""PrairieLearn's `info.json` of a question, as `cnncalc quiz --format prairielearn` writes it.

Source: PrairieLearn's documentation, "Question configuration".
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from cnncalc.documents.base import Document


class QuestionInfo(Document):
    """What a question is called, and where it belongs."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    uuid: str
    """follows from the texts of the question"""
    title: str
    """title of the key, and number of the question"""
    topic: str
    """what it is about"""
    tags: list[str]
    """`cnncalc`"""
    type: Literal["v3"]
    """version of PrairieLearn's format"""
    single_variant: bool = False
    """there is one variant; not written where there are several"""
