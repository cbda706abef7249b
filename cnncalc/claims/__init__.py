"""Published numbers held against computed ones: what sources print, and what is wrong with it."""
