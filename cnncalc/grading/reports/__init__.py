"""Marks for people and other programs: sheets, feedback, a summary, and what course systems take."""
