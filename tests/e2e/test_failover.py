"""The failover drill on the deployed stack: the first provider dies in every way, then all do; nothing is lost."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chain.deploy import archive
from tests.e2e.replays import ACCOUNT, ROOT
from tests.venues.faults import hang_up, slow, status
from tests.venues.market import Market, Row, Rules, Source
from tests.venues.server import Venue, serving
from tests.venues.stage import VENUES
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.cli.configuration.building import canonical
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.pricing.scenario import RULES, STRATEGIES, Scenario
from tradewind.cli.pricing.strategies.clockwork import ENTER, LEAVE
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.inbox import drain
from tradewind.cli.run.lockstep import Lockstep
from tradewind.domain.breaker import Circuit
from tradewind.domain.configuration import Configuration
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe

pytestmark = pytest.mark.e2e

BTC, ETH = "BTC-USDT", "ETH-USDT"
SHARD = "drill-1m-1"
FIRST, SECOND = "binance", "coinbase"
WARM = 55
PLENTY = -1
EQUIPPED = ("fetch_bars", "evaluate_bars", "execute_orders", "watch")


@dataclass
class Tape(Source):
    """A calm market whose volume tells the strategy what to do; on spoiled minutes a venue tells the impossible."""

    since: int
    told: Mapping[tuple[str, int], float] = field(default_factory=dict)
    spoiled: set[int] = field(default_factory=set)

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        if ts < self.since:
            return None
        open_, close = (100 + (ts // MINUTE + k) % 7 / 100 for k in (0, 1))
        high, low = max(open_, close) + 0.02, min(open_, close) - 0.02
        low = high + 1 if ts in self.spoiled else low
        volume = self.told.get((symbol, ts + MINUTE), 5.0)
        o, h, l_, c = (f"{price:.2f}" for price in (open_, high, low, close))
        return Row(ts, o, h, l_, c, f"{volume:.1f}")


@dataclass
class Drill:
    """A deployed environment that trades on two simulated venues, minute by minute as it is told."""

    deployed: Deployed
    venues: Mapping[str, Venue]
    tapes: Mapping[str, Tape]
    start: int
    minute: int = 0

    def __post_init__(self) -> None:
        self.driver = Lockstep(self.deployed, [SHARD])
        self.breakers = DynamoBreakers(self.deployed.market)

    @property
    def now(self) -> int:
        return self.start + self.minute * MINUTE

    def go(self) -> Slice:
        """Let a minute pass; return its slice."""
        self.minute += 1
        self.driver.step(self.now)
        (seen,) = queries.editions(self.deployed.market, SHARD, self.now - 1, self.now)
        return seen

    def go_in_vain(self) -> None:
        self.minute += 1
        with pytest.raises(CommandError, match=f"no instrument of shard {SHARD} could be fetched"):
            self.driver.step(self.now)

    def breaks(self, fault: Any, *names: str) -> None:
        for name in names or (FIRST,):
            self.venues[name].faults.append(fault(PLENTY))

    def heals(self) -> None:
        for venue in self.venues.values():
            venue.faults.clear()

    def lets_time_pass(self, *names: str) -> None:
        """End the wait of breakers, whose time is real, for a function that starts anew."""
        for name in names or (FIRST,):
            known = self.breakers.get(name)
            self.breakers.put(replace(known, until=0, version=known.version + 1))
        client, function = self.deployed.client("lambda"), self.deployed.functions["fetch_bars"]
        variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        anew = variables | {"TRADEWIND_RUN": str(time.time_ns())}
        client.update_function_configuration(FunctionName=function, Environment={"Variables": anew})

    def asked(self, name: str) -> int:
        return len(self.venues[name].requests)

    def watched(self) -> list[str]:
        """Let the watch run; return what people were told since the last time."""
        self.deployed.client("lambda").invoke(FunctionName=self.deployed.functions["watch"], Payload=b"{}")
        self.driver.announced([ACCOUNT, "system"])
        return [f"{one['kind']} {one['text']}" for one in drain(self.deployed).alerts]

    def filled(self) -> list[tuple[str, str, int]]:
        """Return every fill: symbol, leg, and after how many minutes its bar opened."""
        return [
            (one.instrument.partition(".")[0], str(one.leg), (one.ts - self.start) // MINUTE)
            for one in queries.fills(self.deployed.ledger, ACCOUNT)
        ]


def configuration_of(addresses: Mapping[str, str], clock: str) -> str:
    names = [f"{symbol}.BINANCE" for symbol in (BTC, ETH)]
    shard = {
        "name": SHARD, "timeframe": "1m", "provider": f"{FIRST}@{addresses[FIRST]}",
        "fallbacks": [f"{SECOND}@{addresses[SECOND]}"], "calendar": "24/7", "instruments": names,
    }  # fmt: skip
    made = Scenario(5, 1).configuration()
    return canonical(made | {"clock": clock, "shards": [shard], "instruments": dict.fromkeys(names, RULES)})


def equip(deployed: Deployed, name: str, configuration: str, strategies: Path) -> None:
    files = {"handler.py": (ROOT / "functions" / name / "handler.py").read_bytes()}
    files["configuration/environment.json"] = configuration.encode()
    if name == "evaluate_bars":
        files |= {f"user_strategies/{one.name}": one.read_bytes() for one in sorted(strategies.glob("*.py"))}
    function = deployed.functions[name]
    deployed.client("lambda").update_function_code(FunctionName=function, ZipFile=archive(files))


@pytest.fixture
def drill(deployed: Deployed, configuration: Configuration, home: Path) -> Iterator[Drill]:
    """Give the shared stack to the drill, and back with its own code; whoever comes next empties the tables."""
    start = int(time.time() * 1000) // MINUTE * MINUTE
    at = {(BTC, 1): ENTER, (ETH, 4): ENTER, (BTC, 11): LEAVE}
    told = {(symbol, start + minute * MINUTE): volume for (symbol, minute), volume in at.items()}
    made: list[Drill] = []
    tapes = {name: Tape(start - WARM * MINUTE, told) for name in (FIRST, SECOND)}
    venues = {
        name: VENUES[name](Market({BTC: Rules(), ETH: Rules()}, lambda: (made[0].now if made else start) + 5_000, tape))
        for name, tape in tapes.items()
    }
    with ExitStack() as stack:
        addresses = {name: stack.enter_context(serving(venue)) for name, venue in venues.items()}
        try:
            for name in EQUIPPED:
                # Time is the bars' own, but for the watch: recorded time makes nothing late.
                clock = "system" if name == "watch" else "replay"
                equip(deployed, name, configuration_of(addresses, clock), STRATEGIES)
            clear(deployed)
            made.append(Drill(deployed, venues, tapes, start))
            made[0].driver.step(start)
            yield made[0]
        finally:
            for name in EQUIPPED:
                equip(deployed, name, (home / "environment.json").read_text(), ROOT / "user_strategies")


def test_trading_goes_on_when_the_first_provider_dies_in_every_way_and_stops_when_all_do(drill: Drill) -> None:
    served = [drill.go().sources]
    drill.tapes[FIRST].spoiled.add(drill.now)  # what opens now is told wrongly when it has closed
    served.append(drill.go().sources)
    drill.breaks(lambda times: slow(6.0, times))
    served.append(drill.go().sources)
    drill.heals()
    drill.breaks(lambda times: status(500, times))
    served.append(drill.go().sources)

    assert [set(one.values()) for one in served] == [set(), {SECOND}, {SECOND}, {SECOND}]
    assert drill.breakers.get(FIRST).state is Circuit.OPEN
    assert any(f"HEALTH_FAILING provider {FIRST}: left alone" in told for told in drill.watched())
    before = drill.asked(FIRST)
    assert set(drill.go().sources.values()) == {SECOND}
    assert drill.asked(FIRST) == before

    drill.heals()
    drill.breaks(hang_up)
    drill.lets_time_pass()
    assert set(drill.go().sources.values()) == {SECOND}
    assert drill.asked(FIRST) > before
    assert drill.breakers.get(FIRST).state is Circuit.OPEN
    drill.heals()
    drill.lets_time_pass()
    assert drill.go().sources == {}
    assert drill.breakers.get(FIRST).is_fresh
    assert any(f"HEALTH_RECOVERED provider {FIRST}" in told for told in drill.watched())

    assert drill.filled() == [(BTC, "ENTRY", 1), (ETH, "ENTRY", 4)]  # both on bars that the second provider told
    _all_die_and_come_back(drill)
    _nothing_is_lost_or_doubled(drill)


def _all_die_and_come_back(drill: Drill) -> None:
    fills, decided = drill.filled(), drill.now
    drill.breaks(hang_up, FIRST, SECOND)
    for _ in range(2):
        drill.go_in_vain()
    told = drill.watched()

    assert queries.editions(drill.deployed.market, SHARD, decided) == []
    assert drill.filled() == fills
    for name in (FIRST, SECOND):
        assert "UNREACHABLE" in drill.breakers.get(name).reason
        assert any(f"HEALTH_FAILING provider {name}" in one for one in told)

    drill.heals()
    drill.lets_time_pass(FIRST, SECOND)
    drill.go()
    drill.go()
    drill.go()
    assert drill.filled() == [*fills, (BTC, "EXIT", 11)]


def _nothing_is_lost_or_doubled(drill: Drill) -> None:
    seen = queries.editions(drill.deployed.market, SHARD)
    tape = Tape(drill.tapes[SECOND].since, drill.tapes[SECOND].told)
    assert [(one.ts_close, one.rev) for one in seen] == [
        (ts, 1) for ts in range(tape.since + MINUTE, drill.now + 1, MINUTE)
    ]
    for one in seen:
        rows = {f"{symbol}.BINANCE": tape.row(symbol, Timeframe.M1, one.ts_open) for symbol in (BTC, ETH)}
        assert {name: tuple(bar[2:]) for name, bar in one.bars.items()} == {
            name: tuple(float(text) for text in row[1:]) for name, row in rows.items() if row
        }
    decisions = [one.ts for one in queries.decisions(drill.deployed.market, SHARD)]
    assert decisions == [one.ts_close for one in seen]
    (refusal,) = {(one.ts, str(one.reason)) for one in queries.refusals(drill.deployed.market, SHARD)}
    assert refusal == (next(iter(drill.tapes[FIRST].spoiled)), "OHLC_VIOLATION")
