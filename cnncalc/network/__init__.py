"""A network and its numbers: nodes, receptive fields, the report."""
