"""The simulated venues' own manners: limits, latencies, trouble by chance, and bars that never end."""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.venues.control import Control
from tests.venues.faults import Latency, Trouble
from tests.venues.market import Made, Market, Rules, looped, recorded
from tests.venues.server import Limit, serving
from tests.venues.stage import NOON, VENUES, staged
from tradewind.domain.timeframe import MINUTE, Timeframe

SAMPLES = Path(__file__).parents[1] / "samples" / "bars"
BTC = {"BTC-USD": "sample_AAAUSDT_1h.csv.gz"}


def test_a_limit_lets_through_what_it_promises_and_says_how_long_to_wait() -> None:
    limit = Limit(10, 1.0)

    assert [limit.take(0) for _ in range(10)] == [0.0] * 10
    assert limit.take(0) == pytest.approx(0.1)
    assert limit.take(100) == 0.0
    assert limit.refused == 1


def test_binance_bans_whoever_goes_on_asking() -> None:
    with staged("binance", limit=Limit(1, 10_000)) as at, httpx.Client() as client:
        codes = [client.get(f"{at.venue.url}/api/v3/time").status_code for _ in range(25)]

    assert codes[:2] == [200, 429]
    assert codes[-1] == 418


def test_latencies_have_the_middle_and_the_tail_that_were_asked_for() -> None:
    latency = Latency(0.3, 2.0)
    drawn = sorted(latency() for _ in range(20_000))

    assert median(drawn) == pytest.approx(0.3, rel=0.05)
    assert drawn[int(0.99 * len(drawn))] == pytest.approx(2.0, rel=0.1)


def test_trouble_comes_as_often_as_was_asked_for() -> None:
    trouble = Trouble(0.1)
    kinds = [fault.kind for fault in (trouble() for _ in range(10_000)) if fault]

    assert len(kinds) == pytest.approx(1_000, rel=0.15)
    assert set(kinds) == {"status", "slow", "truncated", "hang_up", "maintenance"}


def test_an_open_bar_is_another_one_than_it_will_be() -> None:
    market = Market({"A": Rules()}, lambda: NOON + 30_000, Made())
    *_, closed, running = market.rows("A", Timeframe.M1, NOON - 5 * MINUTE, NOON)

    assert closed == market.source.row("A", Timeframe.M1, NOON - MINUTE)
    assert running.ts == NOON
    assert running != market.source.row("A", Timeframe.M1, NOON)


def test_recorded_bars_go_round_for_ever() -> None:
    tape = looped(SAMPLES, BTC)
    length = len(tape.tapes["BTC-USD"])

    rows = [tape.row("BTC-USD", Timeframe.M1, n * MINUTE) for n in (0, 1, length, length + 1)]

    assert [row and row.open for row in rows[:2]] == [row and row.open for row in rows[2:]]
    assert rows[0] != rows[1]


def test_recorded_bars_keep_their_own_times() -> None:
    tape = recorded(SAMPLES, Timeframe.H1, BTC)

    assert tape.row("BTC-USD", Timeframe.H1, 1_704_067_200_000) is not None
    assert tape.row("BTC-USD", Timeframe.M1, 1_704_067_200_000) is None


def test_a_private_side_stands_beside_the_public_one() -> None:
    class Accounts:
        def routes(self):  # type: ignore[no-untyped-def]
            return {"POST /0/private/Balance": lambda request, _: VENUES["kraken"].down(venue)}

    venue = VENUES["kraken"](Market({"BTC-USD": Rules()}, lambda: NOON))
    venue.sides.append(Accounts())
    with serving(venue) as url, httpx.Client(base_url=url) as client:
        assert client.post("/0/private/Balance").json() == {"error": ["EService:Unavailable"]}
        assert client.get("/0/public/Time").json()["result"]["unixtime"] == NOON // 1000


def test_a_drill_makes_a_venue_misbehave_and_behave_again() -> None:
    with staged("kraken") as at, httpx.Client(base_url=at.venue.url) as client:
        at.venue.sides.append(Control(at.venue))
        honest = at.bars().rows[at.names[0]]

        client.post("/-/faults", json=[{"kind": "hang_up", "times": -1}])
        assert at.bars().failures[at.names[0]].reason == "UNREACHABLE"

        client.post("/-/faults", json=[])
        client.post("/-/scale", json={"factor": "2"})
        wrong = at.bars().rows[at.names[0]]
        client.post("/-/scale", json={"factor": "1"})

        assert [float(str(bar.close)) for bar in wrong] == [2 * float(str(bar.close)) for bar in honest]
        assert at.bars().rows[at.names[0]] == honest
        assert client.get("/-/requests").json()["paths"] == {"/0/public/OHLC": 6}


def test_the_program_serves_until_its_input_ends() -> None:
    command = [sys.executable, "-m", "tests.venues", "kraken", "bybit"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout
        assert served.stdin
        addresses = json.loads(served.stdout.readline())
        rows = httpx.get(f"{addresses['kraken']}/0/public/OHLC?pair=XBTUSD&interval=1").json()["result"]["XXBTZUSD"]
        served.stdin.close()
        assert served.wait(20) == 0

    assert len(rows) == 720
    assert abs(rows[-1][0] - time.time()) < 130
