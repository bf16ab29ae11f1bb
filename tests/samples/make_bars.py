"""Make the sample bars: invented markets, the same bytes every time.

Five pairs of 420 hours: long rises with sharp pullbacks, so that a pullback strategy enters and leaves by each kind of
exit; one pair is listed late, one has holes. Run `python tests/samples/make_bars.py` to write them again.
"""

import gzip
import random
from pathlib import Path

FOLDER = Path(__file__).parent / "bars"
HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01T00:00Z
HOURS = 420

MARKETS = {  # symbol: (first price, decimals, first hour, hours without a bar)
    "AAAUSDT": (40_000.0, 2, 0, ()),
    "BBBUSDT": (2_200.0, 2, 0, ()),
    "CCCUSDT": (100.0, 3, 0, (50, 51, 300)),
    "DDDUSD": (0.62, 5, 0, ()),
    "EEEUSD": (15.0, 3, 90, ()),
}


def bars(symbol: str) -> list[str]:
    """Return one market's lines of CSV."""
    price, decimals, first, holes = MARKETS[symbol]
    chance = random.Random(symbol)  # noqa: S311 - a sample, not a secret
    lines, pull = ["ts,open,high,low,close,volume"], 0
    for hour in range(HOURS):
        pull = chance.randint(4, 9) if pull <= 0 and chance.random() < 0.04 else pull - 1
        start = price
        price *= 1 + (chance.gauss(-0.012, 0.006) if pull > 0 else chance.gauss(0.003, 0.007))
        high = max(start, price) * (1 + abs(chance.gauss(0, 0.003)))
        low = min(start, price) * (1 - abs(chance.gauss(0, 0.003)))
        if hour >= first and hour not in holes:
            values = ",".join(f"{value:.{decimals}f}" for value in (start, high, low, price))
            lines.append(f"{START + hour * HOUR},{values},{chance.uniform(5, 500):.3f}")
    return lines


def main() -> None:
    """Write one file a market."""
    FOLDER.mkdir(exist_ok=True)
    for symbol in MARKETS:
        text = "\n".join(bars(symbol)) + "\n"
        packed = gzip.compress(text.encode(), mtime=0)
        (FOLDER / f"sample_{symbol}_1h.csv.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
