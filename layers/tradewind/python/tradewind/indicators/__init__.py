"""Incremental indicators: one plain function a bar, over flat state, the same live and in a compiled backtest."""
