"""Limits and sizing, one rule a module."""
