"""Alert channels, one a module."""
