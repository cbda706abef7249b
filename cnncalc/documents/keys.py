"""`cnncalc list --homework --format json`: the homework keys that come with the program."""

from __future__ import annotations

from cnncalc.documents.base import Document, Listing


class Key(Document):
    """A key."""

    name: str
    """its name"""
    title: str
    """its title"""
    questions: int
    """how many questions it has"""
    answers: int
    """how many answers are asked for"""
    points: str
    """points of all questions"""


class Keys(Listing[Key]):
    """The keys."""
