"""A split on the deployed stack: held back, judged by the command, booked once; then trading goes on on one scale."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.e2e.replays import ACCOUNT, ROOT
from tests.e2e.test_failover import equip
from tests.venues.market import Market, Row, Rules, Source
from tests.venues.server import serving
from tests.venues.stage import VENUES
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.splits import DynamoSplits
from tradewind.assembly import history
from tradewind.cli.app import app
from tradewind.cli.configuration.building import canonical
from tradewind.cli.deployed import Deployed
from tradewind.cli.pricing.scenario import STRATEGIES, Scenario
from tradewind.cli.pricing.strategies.clockwork import ENTER, LEAVE
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.inbox import drain
from tradewind.cli.run.lockstep import Lockstep
from tradewind.domain.configuration import Configuration
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

pytestmark = pytest.mark.e2e

ACME = InstrumentId("ACME.US")
SHARD = "us-1m-1"
WEDNESDAY = 20_467 * DAY
"""14 January 2026; the shares are split four for one in the night that follows."""

CLOSE, BELL = WEDNESDAY + 21 * 60 * MINUTE, WEDNESDAY + DAY + 870 * MINUTE
ENTERED, WARM, HELD, AFTER = 8, 60, 3, 56
FACTOR = 4
EQUIPPED = ("fetch_bars", "evaluate_bars", "execute_orders", "repair_bars", "watch")
KEYS = {"ALPACA_KEY_ID": "key", "ALPACA_SECRET_KEY": "secret"}


@dataclass(frozen=True)
class Tape(Source):
    """A calm share at 400 until Wednesday's close and at 100 from Thursday's bell on."""

    told: Mapping[int, float]

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        first = CLOSE - (WARM + ENTERED) * MINUTE
        if not (first <= ts < CLOSE or BELL <= ts < BELL + 390 * MINUTE):
            return None
        scale = 1 if ts < CLOSE else FACTOR
        open_, close = (400 / scale + (ts // MINUTE + k) % 7 / 100 for k in (0, 1))
        high, low = max(open_, close) + 0.02, min(open_, close) - 0.02
        o, h, l_, c = (f"{price:.2f}" for price in (open_, high, low, close))
        return Row(ts, o, h, l_, c, f"{self.told.get(ts + MINUTE, 50.0):.1f}")


@dataclass
class Session:
    """A deployed environment that trades one share, minute by minute as it is told."""

    deployed: Deployed
    now: int = CLOSE - ENTERED * MINUTE
    driver: Lockstep = field(init=False)

    def __post_init__(self) -> None:
        self.driver = Lockstep(self.deployed, [SHARD])

    def go(self, now: int) -> Slice:
        """Let the time come; return the slice that it brings."""
        self.now = now
        self.driver.step(now)
        return self.deployed_slice(now)

    def deployed_slice(self, now: int) -> Slice:
        return queries.editions(self.deployed.market, SHARD, now - 1, now)[-1]

    def called(self, function: str) -> Any:
        answer = self.deployed.client("lambda").invoke(FunctionName=self.deployed.functions[function], Payload=b"{}")
        assert "FunctionError" not in answer
        return json.loads(answer["Payload"].read())

    def said(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.output

    def evaluated(self, ts: int, rev: int) -> Sequence[str]:
        """Wait until a slice's revision is decided on; return the reasons."""
        found: list[Any] = []

        def done() -> bool:
            records = queries.decisions(self.deployed.market, SHARD, ts - 1, ts)
            found.extend(one for one in records if one.rev == rev)
            return bool(found)

        self.driver._wait("evaluate_bars", f"revision {rev} at {ts} was not evaluated", done)
        return [one.reason for one in found[0].decisions]


@pytest.fixture
def session(
    deployed: Deployed, configuration: Configuration, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """Give the shared stack to the share, and back with its own code; whoever comes next empties the tables."""
    made: list[Session] = []
    told = {CLOSE - (ENTERED - 1) * MINUTE: ENTER, BELL + AFTER * MINUTE: LEAVE}
    market = Market({"ACME": Rules(lot="1")}, lambda: made[0].now + 5_000 if made else CLOSE, Tape(told))
    with ExitStack() as stack, monkeypatch.context() as patch:
        address = stack.enter_context(serving(VENUES["alpaca"](market)))
        for name in EQUIPPED:
            # Repair goes by the clock on the wall: a hole's time has come when its minute is over there.
            equip(
                deployed,
                name,
                configured(address, "system" if name in {"repair_bars", "watch"} else "replay"),
                STRATEGIES,
            )
        before = {name: _with_keys(deployed, name) for name in ("fetch_bars", "repair_bars")}
        (tmp_path / "environment.json").write_text(configured(address, "replay"))
        patch.setattr(Deployed, "configuration_file", tmp_path / "environment.json")
        mine = replace(deployed)
        patch.setattr("tradewind.cli.deployed.connect", lambda _: mine)
        clear(deployed)
        try:
            made.append(Session(mine))
            made[0].driver.step(made[0].now)
            yield made[0]
        finally:
            for name, variables in before.items():
                _set(deployed, name, variables)
            for name in EQUIPPED:
                equip(deployed, name, (home / "environment.json").read_text(), ROOT / "user_strategies")


def configured(address: str, clock: str) -> str:
    shard = {
        "name": SHARD, "timeframe": "1m", "provider": f"alpaca@{address}", "calendar": "XNYS", "instruments": [ACME],
    }  # fmt: skip
    rules = {"tick": "0.01", "lot": "1", "minimum_notional": "1"}
    made = Scenario(5, 1).configuration()
    return canonical(made | {"clock": clock, "shards": [shard], "instruments": {ACME: rules}})


def _with_keys(deployed: Deployed, name: str) -> Mapping[str, str]:
    known = deployed.client("lambda").get_function_configuration(FunctionName=deployed.functions[name])
    variables: Mapping[str, str] = known["Environment"]["Variables"]
    _set(deployed, name, {**variables, **KEYS})
    return variables


def _set(deployed: Deployed, name: str, variables: Mapping[str, str]) -> None:
    function = deployed.functions[name]
    deployed.client("lambda").update_function_configuration(
        FunctionName=function, Environment={"Variables": dict(variables)}
    )


def test_a_split_is_held_judged_and_booked_once_and_trading_goes_on_as_on_one_scale(session: Session) -> None:
    for minute in range(1 - ENTERED, 1):
        session.go(CLOSE + minute * MINUTE)
    (old,) = queries.books(session.deployed.ledger, ACCOUNT)
    account = queries.account(session.deployed.ledger, ACCOUNT)
    held = [session.go(BELL + n * MINUTE) for n in range(1, HELD + 1)]
    session.called("watch")

    assert [dict(one.missing) for one in held] == [{ACME: "SPLIT_SUSPECTED"}] * HELD
    assert _told(session) == ["SPLIT_SUSPECTED"]
    assert old.positions[0].quantity > 0
    assert _fills(session) == ["ENTRY"]

    assert "1 book scaled" in session.said("data", "split", "confirm", ACME)
    report = session.called("repair_bars")

    assert f"repaired={HELD}" in report[SHARD]
    (split,) = DynamoSplits(session.deployed.market).every()
    assert split == Split(ACME, WEDNESDAY + DAY, FACTOR, SplitState.CONFIRMED, split.before, split.after)
    _is_scaled_in_one_transaction(session, old, account)
    _is_begun_anew(session)
    _is_read_on_one_scale(session)

    for n in range(HELD + 1, AFTER + 3):
        session.go(BELL + n * MINUTE)
    assert _fills(session) == ["ENTRY", "EXIT"]
    assert queries.fills(session.deployed.ledger, ACCOUNT)[-1].quantity == FACTOR * old.positions[0].quantity
    session.said("ledger", "verify")  # the chain of the journal, and the sums of the account


def _told(session: Session) -> list[str]:
    session.driver.announced([ACCOUNT, "system"])
    return [one["kind"] for one in drain(session.deployed).alerts if "SPLIT" in one["kind"]]


def _fills(session: Session) -> list[str]:
    return [str(one.leg) for one in queries.fills(session.deployed.ledger, ACCOUNT)]


def _is_scaled_in_one_transaction(session: Session, old: Any, account: Any) -> None:
    (new,) = queries.books(session.deployed.ledger, ACCOUNT)
    now = queries.account(session.deployed.ledger, ACCOUNT)
    (before,), (after,) = old.positions, new.positions

    assert (after.quantity, after.cost) == (FACTOR * before.quantity, before.cost)
    assert [(one.quantity, one.stop, one.target) for one in new.orders] == [
        (FACTOR * one.quantity, _tick(one.stop), _tick(one.target)) for one in old.orders
    ]
    assert new.orders
    assert (new.version, new.mark) == (old.version + 1, _tick(old.mark))
    assert now is not None
    assert (now.cash, now.stakes[ACME].exposure) == (account.cash, account.stakes[ACME].exposure)
    assert now.seq == account.seq + 1
    entries = queries.journal(session.deployed.ledger, ACCOUNT)
    assert [event.kind for one in entries for event in one.events].count("SPLIT_APPLIED") == 1


def _tick(price: Decimal) -> Decimal:
    return (price / FACTOR).quantize(Decimal("0.01"))


def _is_begun_anew(session: Session) -> None:
    """Late decisions of what was held say that strategies warm up; the last one on as many bars as have entered."""
    for n in range(1, HELD + 1):
        assert session.evaluated(BELL + n * MINUTE, 2) == ["WARMING_UP"]
    first = session.deployed_slice(BELL + MINUTE)
    assert (first.rev, dict(first.splits)) == (2, {ACME: FACTOR})


def _is_read_on_one_scale(session: Session) -> None:
    read = history(session.deployed.configuration, lambda: session.deployed.market)
    bars = read(ACME, Timeframe.M1, 0, session.now)
    raw = [one.bars[ACME].close for one in queries.slices(session.deployed.market, SHARD)]

    assert len(bars) == len(raw) == WARM + ENTERED + HELD
    assert all(99 < bar.close < 101 for bar in bars)
    assert (min(raw[:-HELD]) > 399, max(raw[-HELD:]) < 101) == (True, True)
