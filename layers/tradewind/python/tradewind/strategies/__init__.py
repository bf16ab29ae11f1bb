"""One strategy a module, and their registry."""
