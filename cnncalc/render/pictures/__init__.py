"""Pictures: bar charts and bubble charts, drawn with matplotlib."""
