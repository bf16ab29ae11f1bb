"""One use case a module; the ports they ask of the world."""
