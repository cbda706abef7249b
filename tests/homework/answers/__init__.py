"""Answers of students, read."""
