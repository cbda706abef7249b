"""Quizzes: questions drawn from a seed, written as a key, the same bytes on every machine."""
