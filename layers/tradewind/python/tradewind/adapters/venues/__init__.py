"""Execution venues, one a module."""
