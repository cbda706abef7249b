"""Reports as text: tables, JSON, CSV, Markdown, LaTeX, HTML."""
