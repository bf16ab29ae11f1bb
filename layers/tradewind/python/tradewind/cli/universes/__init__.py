"""Universes on the laptop: files of who belonged on which day, and which of them a backtest goes by."""
