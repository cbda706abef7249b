"""Numbers that rules run over: ints, symbols, traced, periodic, bounded, arrays. Knows no layer and no network."""
