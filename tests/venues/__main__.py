"""Serve simulated venues until standard input ends: `python -m tests.venues kraken binance --trouble 0.05`.

Recorded bars go round and round, a minute each, so that there is always one closing now. The first line on standard
output is a JSON object with each venue's address.
"""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.venues.control import Control
from tests.venues.faults import Latency, Trouble
from tests.venues.market import Looped, Made, Market, Rules, looped
from tests.venues.server import Limit, serving
from tests.venues.stage import VENUES
from tests.venues.trading import PLACES

SAMPLES = Path(__file__).parents[1] / "samples" / "bars"
COINS = {"BTC": "0.1", "ETH": "0.01", "SOL": "0.01", "XRP": "0.00001", "LTC": "0.01"}
"""What is traded, and its tick."""


def main() -> None:
    """Serve what the command line names."""
    asked = _arguments()
    with ExitStack() as stack:
        addresses = {}
        for number, name in enumerate(asked.venues):
            shown = made(name, asked.instruments) if asked.instruments else market(name, asked.bars)
            venue = VENUES[name](shown, Limit(asked.limit, 1.0) if asked.limit else None)
            venue.latency = Latency(*asked.latency) if asked.latency else float
            venue.trouble = Trouble(asked.trouble)
            venue.sides.append(Control(venue))
            if name in PLACES:  # an account to trade with; its keys are in tests/venues/private.py
                venue.sides.append(PLACES[name].account(venue))
            addresses[name] = stack.enter_context(serving(venue, asked.port and asked.port + number))
        print(json.dumps(addresses), flush=True)  # noqa: T201 - whoever started it reads this
        sys.stdin.read()


def market(venue: str, folder: Path) -> Market:
    """Return a market over every recorded series of a folder, one after the other given to the coins."""
    quote = "USDT" if venue in {"binance", "bybit"} else "USD"
    rules = {
        f"{coin}-{quote}": Rules(tick=tick, lot="0.00000001", minimum_notional="0.5") for coin, tick in COINS.items()
    }
    return Market(rules, lambda: int(time.time() * 1000), tapes(folder, list(rules)))


def made(venue: str, instruments: int) -> Market:
    """Return a market of made-up coins, whose bars of any time and length are always the same."""
    rules = Rules(tick="0.01", lot="0.00000001", minimum_notional="0.5")
    return Market(dict.fromkeys(names(venue, instruments), rules), lambda: int(time.time() * 1000), Made())


def names(venue: str, instruments: int) -> list[str]:
    """Return the symbols of made-up coins."""
    quote = "USDT" if venue in {"binance", "bybit"} else "USD"
    return [f"C{number:03d}-{quote}" for number in range(instruments)]


def tapes(folder: Path, symbols: list[str]) -> Looped:
    """Give each symbol a file: its own where a name says so, else the next one."""
    files = sorted(path.name for path in folder.glob("*.csv*"))
    if not files:
        raise SystemExit(f"{folder} holds no .csv or .csv.gz of bars")
    chosen = {}
    for number, symbol in enumerate(symbols):
        own = [name for name in files if symbol.partition("-")[0] in name]
        chosen[symbol] = next((name for name in own if "_1m." in name), own[0] if own else files[number % len(files)])
    return looped(folder, chosen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.venues", description=__doc__)
    parser.add_argument("venues", nargs="+", choices=sorted(VENUES), metavar="VENUE", help=", ".join(VENUES))
    parser.add_argument("--port", type=int, default=0, help="of the first; the others follow it")
    parser.add_argument("--bars", type=Path, default=SAMPLES, help="folder of bars as CSV")
    parser.add_argument("--instruments", type=int, default=0, help="so many made-up ones instead")
    parser.add_argument("--limit", type=int, default=0, help="requests a second, beyond which a venue refuses")
    parser.add_argument("--trouble", type=float, default=0.0, help="share of requests in which something goes wrong")
    parser.add_argument("--latency", type=float, nargs=2, metavar=("P50", "P99"), help="seconds an answer takes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
