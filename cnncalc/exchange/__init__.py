"""Networks to and from other forms: spec text, other frameworks."""
