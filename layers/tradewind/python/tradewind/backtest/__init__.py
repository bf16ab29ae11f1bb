"""The compiled backtest engine; it joins the same kernels in one loop."""
