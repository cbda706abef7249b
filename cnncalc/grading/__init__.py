"""Marking of whole courses: every submission on its own, kept as it is marked, and put together at the end.

    Entry ──marking.py──> a line of DIR/marks.jsonl ──gathering.py──> Marked, one at a time ──> reports, statistics

What is kept is keyed by what was handed in, by the key and by the program, so that a run that was stopped goes on.
"""
