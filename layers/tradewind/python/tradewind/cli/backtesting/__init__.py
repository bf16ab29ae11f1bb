"""`tradewind backtest`: what is asked for, and what comes of it on the screen, as JSON and as a page."""
