"""Strategies of measurements alone."""
