"""Diagrams of networks: volumes, graph, one layer's window, receptive fields; as SVG, HTML, TikZ, PNG, PDF."""
