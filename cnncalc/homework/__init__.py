"""Homework: keys whose right answers are computed, answers that are marked, mistakes that are named, quizzes."""
