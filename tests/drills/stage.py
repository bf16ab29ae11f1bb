"""The deployed stack with accounts at two simulated venues, and everything between that can be made to fail."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from tests.drills.burst import Burst, bursting, free_port
from tests.venues.__main__ import made, names
from tests.venues.faults import Fault
from tests.venues.private import KEY, SECRET, Account
from tests.venues.server import serving
from tests.venues.stage import VENUES
from tests.venues.trading import PLACES
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.cli.configuration.building import write
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.local import Places, down, ends_when_interrupted, up
from tradewind.cli.pricing.scenario import RULES, Scenario
from tradewind.cli.run.inbox import drain
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import BY_STRATEGY, NOTHING, Leg, OrderIntent, Side
from tradewind.domain.timeframe import Timeframe

HOME = Path(__file__).parents[2] / "build" / "drills"
SECRETS = "/tradewind/local/drills"
WALLET = ("bybit", "kraken")
"""Names of the accounts, each at the venue of its name."""

INSTRUMENTS = {"bybit": 60, "kraken": 6}
"""Each drill trades some that nothing was done with yet."""
STRATEGY = "rsi_pullback_pro"
NEVER = 4_102_444_800_000
"""The strategy does not trade before 2100: what is ordered here, the drills order."""

_QUIET = frozenset({"INFO"})
_HOUR = 3_600_000


@dataclass
class Stage:
    """What a drill works with.

    Attributes
    ----------
    accounts : mapping
        The venues' own side of each account.
    sent : dict
        Intents that were queued, by account.
    """

    deployed: Deployed
    accounts: Mapping[str, Account]
    burst: Burst
    sent: dict[str, list[OrderIntent]] = field(default_factory=dict)
    _unused: Mapping[str, Iterator[str]] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=count)
    _faults: list[tuple[Fault, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._unused = {name: iter(names(name, INSTRUMENTS[name])) for name in self.accounts}

    # ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────

    def enters(self, account: str = "bybit", orders: int = 2) -> list[OrderIntent]:
        """Queue entries of instruments that nothing was done with yet."""
        intents = [self.intends(account) for _ in range(orders)]
        self.send(*intents)
        return intents

    def leaves(self, entry: OrderIntent) -> OrderIntent:
        """Queue the exit of what an entry opened."""
        made = self._intent(entry.account, entry.instrument)
        leaving = replace(made, leg=Leg.EXIT, side=Side.SELL, stop=NOTHING, reason="EXIT")
        self.send(leaving)
        return leaving

    def send(self, *intents: OrderIntent) -> None:
        """Queue intents."""
        for one in intents:
            self.sent.setdefault(one.account, []).append(one)
        self._queue.send([IntentMessage(one) for one in intents])

    def sends_copies(self, *intents: OrderIntent) -> None:
        """Queue what was queued already, past the queue's own memory of it."""
        run = f"copy-{next(self._numbers)}"
        replace(self._queue, run=run).send([IntentMessage(one) for one in intents])

    def poisons(self, account: str, instrument: str, queue: str = "OrderQueueUrl") -> None:
        """Queue what names an instrument and can never be executed."""
        self.deployed.client("sqs").send_message(
            QueueUrl=self.deployed.output(queue),
            MessageBody=json.dumps({"schema": 99, "account": account, "instrument": instrument}),
            MessageGroupId=f"{account}#{instrument}",
            MessageDeduplicationId=f"poison-{next(self._numbers)}",
        )

    def intends(self, account: str = "bybit") -> OrderIntent:
        """Return the entry of an instrument that nothing was done with yet."""
        return self._intent(account, instrument_id(next(self._unused[account]), account.upper()))

    @property
    def _queue(self) -> SqsOrderQueue:
        return SqsOrderQueue(self.deployed.client("sqs"), self.deployed.output("OrderQueueUrl"), "")

    def _intent(self, account: str, name: InstrumentId) -> OrderIntent:
        ts = time.time_ns() // 1_000_000
        return OrderIntent(
            id=intent_id("drill", account, name, ts, next(self._numbers)),
            account=account,
            source=BY_STRATEGY,
            strategy=STRATEGY,
            strategy_version="1",
            timeframe=Timeframe.M1,
            instrument=name,
            ts=ts,
            leg=Leg.ENTRY,
            side=Side.BUY,
            quantity=Decimal("0.05"),
            reference_price=Decimal(160),
            stop=Decimal(40),
            target=NOTHING,
            valid_until=ts + _HOUR,
            assumed_version=-1,
            reason="ENTRY",
            trace=f"drill@{ts}",
        )

    # ── what goes on ─────────────────────────────────────────────────────────────────────────────────────────────

    def calls(self, function: str) -> None:
        """Call a function that the clock calls, and wait for its end, whatever that is."""
        self.deployed.client("lambda").invoke(FunctionName=self.deployed.functions[function], Payload=b"{}")

    def kills(self, function: str) -> int:
        """End every process of a function where it stands; return how many."""
        killed = 0
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(HOME) in words and f"-{function}-" in words and "_worker.py" in words:
                os.kill(int(entry.parent.name), signal.SIGKILL)
                killed += 1
        return killed

    def alerted(self) -> list[str]:
        """Return the kinds of alerts since the last time but for those that only inform."""
        return [str(one["kind"]) for one in drain(self.deployed).alerts if str(one.get("severity")) not in _QUIET]

    def breaks(self, account: str, fault: Fault) -> None:
        """Let something go wrong at a venue."""
        self._faults.append((fault, fault.times))
        self.accounts[account].venue.faults.append(fault)

    def met(self) -> int:
        """Return how many calls something went wrong with since the last time."""
        found = sum(before - fault.times for fault, before in self._faults)
        self._faults.clear()
        return found + self.burst.fired()

    def heals(self) -> None:
        """Let nothing be wrong any more."""
        self.burst.heals()
        for account in self.accounts.values():
            account.venue.faults.clear()
            account.pages, account.rows, account.races, account.hides = "", 100, False, 0


@contextmanager
def staged() -> Iterator[Stage]:
    """Deploy, and put the proxy before every function."""
    places, file = Places(HOME / "stack"), HOME / "environment.json"
    with ExitStack() as stack:
        accounts, addresses = {}, {}
        for name in WALLET:
            venue = VENUES[name](made(name, INSTRUMENTS[name]))
            account = accounts[name] = PLACES[name].account(venue)
            venue.sides.append(account)
            addresses[name] = stack.enter_context(serving(venue))
        write(_configuration(addresses), file)
        down(places)
        stack.callback(down, places)
        stack.enter_context(ends_when_interrupted(places))
        local = up("standard", free_port(), file, places=places)
        deployed = of_local(local)
        burst = stack.enter_context(bursting(local.endpoint, local.certificate, HOME / "microburst.log"))
        _equip(deployed, burst)
        yield Stage(deployed, accounts, burst)


def _equip(deployed: Deployed, burst: Burst) -> None:
    keys = json.dumps({"key": KEY, "secret": SECRET})
    deployed.client("ssm").put_parameter(Name=SECRETS, Value=keys, Type="SecureString", Overwrite=True)
    client = deployed.client("lambda")
    for function in deployed.functions.values():
        variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables | {"AWS_ENDPOINT_URL": burst.url}}
        )


def _configuration(addresses: Mapping[str, str]) -> dict[str, Any]:
    plain = Scenario(1, 1).configuration()
    (account,), (strategy,) = plain["accounts"], plain["strategies"]
    limits = {"open_positions": 200, "exposure": "1", "instrument_exposure": "1", "orders_per_minute": 10_000}
    traded = {name: [instrument_id(one, name.upper()) for one in names(name, INSTRUMENTS[name])] for name in addresses}
    there = {"mode": "sandbox", "credentials": f"ssm:{SECRETS}", "cash": "50000", "limits": limits}
    return plain | {
        "clock": "system",
        "trade_from": NEVER,
        "shards": [
            {"name": f"{name}-1m-1", "timeframe": "1m", "provider": f"{name}@{url}", "instruments": traded[name]}
            for name, url in addresses.items()
        ],
        "instruments": {one: RULES for every in traded.values() for one in every},
        "accounts": [
            account | there | {"name": name, "venue": name.upper(), "address": url} for name, url in addresses.items()
        ],
        "strategies": [strategy | {"name": STRATEGY, "account": name, "parameters": {}} for name in addresses],
    }
