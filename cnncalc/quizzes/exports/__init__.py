"""Exports: keys as exams and for course systems, one file a format."""
