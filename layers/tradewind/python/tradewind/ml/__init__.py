"""Machine learning: a port for now."""
