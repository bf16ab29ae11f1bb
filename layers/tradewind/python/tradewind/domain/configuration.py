"""What trades, where and within which limits: one environment's configuration as the functions read it.

People write TOML, pydantic checks it on the laptop with line numbers, and the result is this JSON, which the
functions load in a millisecond without pydantic.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.protections import NO_PROTECTIONS, Protections
from tradewind.domain.sizing import PLAIN, Sizing, remembered
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class Shard:
    """Up to ninety instruments of one timeframe that are fetched, stored and decided together.

    Attributes
    ----------
    provider, fallbacks : str, tuple of str
        Who is asked for bars, and who after that, in this order.
    calendar : str
        Which bars are due: `24/7` or `XNYS`.
    """

    name: str
    timeframe: Timeframe
    provider: str
    instruments: tuple[InstrumentId, ...]
    fallbacks: tuple[str, ...] = ()
    calendar: str = "24/7"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account may risk. Fractions are of the account's equity, basis points of price.

    Attributes
    ----------
    strategy_exposure, drawdown, order_notional : Decimal
        Of one strategy, from the account's peak, and in the account's currency; 0 for no such limit.
    orders_per_minute : int
        Entries.
    """

    open_positions: int = 5
    exposure: Decimal = Decimal("1.0")
    instrument_exposure: Decimal = Decimal("0.25")
    daily_loss: Decimal = Decimal("0.05")
    risk_per_trade: Decimal = Decimal("0.02")
    collar_bps: int = 500
    strategy_exposure: Decimal = Decimal(0)
    drawdown: Decimal = Decimal(0)
    order_notional: Decimal = Decimal(0)
    orders_per_minute: int = 60


class AccountMode(StrEnum):
    """Whose money an account trades with."""

    PAPER = "paper"
    """Nobody's: orders are matched here."""
    SANDBOX = "sandbox"
    """Nobody's: orders go to play-money accounts of a venue, or to a simulated one on this machine."""
    LIVE = "live"
    """Yours."""


def usual_risk(mode: AccountMode) -> Decimal:
    """Return what an account risks per trade where nobody said so: of real money a quarter of what paper risks."""
    return Decimal("0.005") if mode is AccountMode.LIVE else Limits().risk_per_trade


@dataclass(frozen=True, slots=True)
class AccountRules:
    """One account: where it trades, what it starts with, what it pays, and its limits.

    Attributes
    ----------
    venue : str
        `PAPER`, or where its orders go: `KRAKEN`, `BYBIT`, `ALPACA`, `CCXT:exchange`.
    remembers : int
        How many closed positions it keeps in mind, for protections and sizes; 0 where no strategy asks for any.
    credentials : str
        Where its key and secret lie: `secretsmanager:NAME` or `ssm:/PATH`.
    address : str
        Of a simulated venue on this machine; empty for the venue's own.
    """

    name: str
    venue: str
    cash: Decimal
    fee_bps: int
    slippage_bps: int
    limits: Limits
    remembers: int = 0
    mode: AccountMode = AccountMode.PAPER
    credentials: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Gates:
    """Thresholds that a strategy must pass before it enters (fractions in [0, 1]), and how large it then enters.

    Attributes
    ----------
    ml_confidence : float
        Asked of a strategy with a model; for others the gate does not apply.
    size_multiplier : float
        Multiplies the account's risk per trade; its limits hold all the same.
    sizing : Sizing
        What else decides how large it enters.
    """

    minimum_strength: float = 0.60
    confirmations: int = 2
    ml_confidence: float = 0.55
    size_multiplier: float = 1.0
    sizing: Sizing = PLAIN


@dataclass(frozen=True, slots=True)
class StrategyRules:
    """One strategy at work: on which account and timeframe, with which parameters, gates and protections.

    Attributes
    ----------
    budget : float
        Dollars a month that running it may cost; once they are spent it takes no new risk. 0 for no limit.
    """

    name: str
    account: str
    timeframe: Timeframe
    parameters: Mapping[str, float]
    gates: Gates
    protections: Protections = NO_PROTECTIONS
    budget: float = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """One environment's configuration.

    Attributes
    ----------
    clock : str
        `system`, or `replay`, where time is the bars' own and no live account may be armed.
    trade_from : int
        UTC ms; before this time bars only warm strategies up. 0 for always.
    hash : str
        BLAKE2b of the canonical JSON; every decision carries it.
    alerts, reports : mapping
        Whom alerts reach and when reports are due, as built: only who tells of them reads more of it.
    sources, provider_keys : tuple of mapping, mapping
        Who may send signals from outside, as built; where credentials of providers lie, by their variables.
    """

    environment: str
    clock: str
    trade_from: int
    shards: tuple[Shard, ...]
    instruments: Mapping[InstrumentId, Instrument]
    accounts: tuple[AccountRules, ...]
    strategies: tuple[StrategyRules, ...]
    webhooks: tuple[str, ...]
    hash: str
    alerts: Mapping[str, Any] = field(default_factory=dict)
    reports: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[Mapping[str, Any], ...] = ()
    provider_keys: Mapping[str, str] = field(default_factory=dict)

    def follows(self, shard: str) -> bool:
        """Whether there is a shard of this name."""
        return any(one.name == shard for one in self.shards)

    def shard(self, name: str) -> Shard:
        """Return a shard by its name.

        Raises
        ------
        BadInputError
            If there is none.
        """
        for shard in self.shards:
            if shard.name == name:
                return shard
        known = ", ".join(shard.name for shard in self.shards)
        raise BadInputError(f"unknown shard {name!r}: {self.environment} has {known}")

    def account(self, name: str) -> AccountRules:
        """Return an account's rules by its name.

        Raises
        ------
        BadInputError
            If there is none.
        """
        for account in self.accounts:
            if account.name == name:
                return account
        raise BadInputError(f"unknown account {name!r} in {self.environment}")

    def instrument(self, name: InstrumentId) -> Instrument:
        """Return an instrument's rules.

        Raises
        ------
        BadInputError
            If it is not configured.
        """
        try:
            return self.instruments[name]
        except KeyError:
            raise BadInputError(f"unknown instrument {name} in {self.environment}") from None

    @classmethod
    def from_json(cls, data: Mapping[str, Any], content_hash: str) -> "Configuration":
        """Build from the JSON that `tradewind config build` wrote.

        Parameters
        ----------
        data : mapping
            The parsed JSON.
        content_hash : str
            Hash of its canonical text.
        """
        instruments = {
            InstrumentId(name): Instrument(
                InstrumentId(name),
                Decimal(row["tick"]),
                Decimal(row["lot"]),
                Decimal(row.get("minimum_notional", "0")),
                Decimal(row.get("minimum_quantity", "0")),
            )
            for name, row in data["instruments"].items()
        }
        return cls(
            environment=data["environment"],
            clock=data["clock"],
            trade_from=data.get("trade_from", 0),
            shards=tuple(_shard(row) for row in data["shards"]),
            instruments=instruments,
            accounts=tuple(_account(row, data["strategies"]) for row in data["accounts"]),
            strategies=tuple(_strategy(row) for row in data["strategies"]),
            webhooks=tuple(data.get("alerts", {}).get("webhooks", ())),
            hash=content_hash,
            alerts=data.get("alerts", {}),
            reports=data.get("reports", {}),
            sources=tuple(data.get("sources", ())),
            provider_keys=data.get("provider_keys", {}),
        )


def _shard(row: Mapping[str, Any]) -> Shard:
    instruments = tuple(map(InstrumentId, row["instruments"]))
    frame, others = Timeframe.parse(row["timeframe"]), tuple(row.get("fallbacks", ()))
    return Shard(row["name"], frame, row["provider"], instruments, others, row.get("calendar", "24/7"))


def _account(row: Mapping[str, Any], strategies: Iterable[Mapping[str, Any]]) -> AccountRules:
    mode = AccountMode(row.get("mode", AccountMode.PAPER))
    limits: dict[str, Any] = {
        name: value if name in {"open_positions", "collar_bps", "orders_per_minute"} else Decimal(value)
        for name, value in row.get("limits", {}).items()
    }
    return AccountRules(
        row["name"],
        row["venue"],
        Decimal(row["cash"]),
        row["fee_bps"],
        row["slippage_bps"],
        Limits(**({"risk_per_trade": usual_risk(mode)} | limits)),
        remembered(one for one in strategies if one["account"] == row["name"]),
        mode,
        row.get("credentials", ""),
        row.get("address", ""),
    )


def _strategy(row: Mapping[str, Any]) -> StrategyRules:
    return StrategyRules(
        row["name"],
        row["account"],
        Timeframe.parse(row["timeframe"]),
        row.get("parameters", {}),
        Gates(**row.get("gates", {}), sizing=Sizing.from_row(row)),
        Protections.from_row(row),
        row.get("budget", 0),
    )
