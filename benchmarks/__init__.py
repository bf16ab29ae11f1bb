"""Benchmarks: what the product costs in time and money, each figure beside its target."""
