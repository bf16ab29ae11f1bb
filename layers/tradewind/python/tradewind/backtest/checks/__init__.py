"""Is what a strategy says to be trusted: no future in it, a warm-up that suffices, the same again from the start."""
