"""Research on the laptop: is a strategy to be trusted, what were other gates worth, which parameters last."""
