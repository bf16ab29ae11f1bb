"""The file of an environment in which one strategy trades by itself, as tests of its markets write it."""


def environment(markets: str, timeframe: str, more: str = "") -> str:
    """Return the file of the environment `desk`.

    Parameters
    ----------
    markets : str
        The tables that say what there is to trade.
    timeframe : str
        That of the one strategy.
    more : str
        Lines that follow in the strategy's table.
    """
    return f"""\
[environment]
name = "desk"

{markets}
[[accounts]]
name = "paper"
cash = 100000

[[strategies]]
name = "rsi_pullback_pro"
account = "paper"
timeframe = "{timeframe}"
{more}"""
