"""Incremental indicator kernels over flat state, one family a module."""
