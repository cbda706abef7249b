"""Homework: answers, marks, quizzes."""
