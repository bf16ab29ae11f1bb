"""Market data providers, one a module."""
