"""Tests of cnncalc.documents."""
