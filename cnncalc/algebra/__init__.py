"""What follows from the rules: how each number comes about, closed forms, which numbers would fit."""
