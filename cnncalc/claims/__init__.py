"""Published numbers checked against computed ones: claims of sources, and errata."""
