"""What `config/ENV.toml` may say, as pydantic models: every key known, every number within its range."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tradewind.adapters.market.registry import CCXT, NAMES
from tradewind.cli.configuration.channels import BotTable, ChannelTable, place, time_of_day, zone
from tradewind.cli.configuration.sizes import SizingTable
from tradewind.cli.configuration.trading_places import known_mode, known_place, known_venue
from tradewind.domain.calendar import CalendarName
from tradewind.domain.configuration import AccountMode, usual_risk
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.universe import PRESETS, Category

NAME = r"^[a-z][a-z0-9_-]*$"
SYMBOL = r"^[A-Z0-9][A-Z0-9._-]*$"
VENUE = r"^[A-Z][A-Z0-9]*$"
_SCHEDULE = re.compile(r"^(rate\(\d+ (minutes?|hours?|days?)\)|cron\(\S+ \S+ \S+ \S+ \S+ \S+\))$")

type Name = Annotated[str, Field(pattern=NAME, max_length=40)]
type Symbol = Annotated[str, Field(pattern=SYMBOL, max_length=30)]
type Fraction = Annotated[Decimal, Field(gt=0, le=1)]
type Positive = Annotated[Decimal, Field(gt=0)]
type BasisPoints = Annotated[int, Field(ge=0, le=1_000)]


def _schedule(text: str) -> str:
    if not _SCHEDULE.match(text):
        raise ValueError(f'{text!r} is no schedule: write "rate(1 minute)" or "cron(7 * * * ? *)" (UTC)')
    return text


def _webhook(url: str) -> str:
    if not re.match(r"^https://[^/\s]+|^http://(localhost|127\.0\.0\.1)[:/]", url):
        raise ValueError("a webhook must begin with https:// (http:// only for localhost)")
    return url


def _provider(text: str) -> str:
    name, at, address = text.partition("@")
    if name not in NAMES and not name.startswith(CCXT):
        raise ValueError(f"unknown provider {name!r}: use {', '.join(NAMES)} or {CCXT}EXCHANGE")
    if at and not re.match(r"^http://(localhost|127\.0\.0\.1):\d+$", address):
        raise ValueError(f"{address!r} is no address of a simulated venue on this machine")
    return text


def _preset(text: str) -> str:
    if text and text not in PRESETS:
        raise ValueError(f"unknown preset {text!r}: use one of {', '.join(PRESETS)}")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EnvironmentTable(_Strict):
    """Which environment this is and what time it has."""

    name: Name
    clock: Literal["system", "replay"] = "system"


class MarketTable(_Strict):
    """A venue's instruments and the timeframes in which they are fetched and decided.

    With `universe` its members are the pinned ones, in the shards in which they were pinned.
    """

    venue: Annotated[str, Field(pattern=VENUE, max_length=20)]
    provider: Annotated[str, AfterValidator(_provider)]
    fallbacks: list[Annotated[str, AfterValidator(_provider)]] = []
    calendar: CalendarName | None = None
    timeframes: Annotated[list[Timeframe], Field(min_length=1)]
    instruments: list[Symbol] = []
    universe: Name | None = None
    shards: list[list[Symbol]] = []
    tick: Positive | None = None
    lot: Positive | None = None
    minimum_notional: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    minimum_quantity: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class ProviderTable(_Strict):
    """Where the credentials of a market data provider lie."""

    credentials: Annotated[str, Field(min_length=1), AfterValidator(known_place)]


class UniverseTable(_Strict):
    """Which of a venue's instruments are worth following; what is not said is as the preset has it."""

    venue: Annotated[str, Field(pattern=VENUE, max_length=20)]
    provider: Annotated[str, AfterValidator(_provider)]
    preset: Annotated[str, AfterValidator(_preset)] = ""
    quotes: list[Symbol] = []
    minimum_turnover: Annotated[float, Field(ge=0)] = 0.0
    maximum_spread_bps: Annotated[float, Field(ge=0)] = 0.0
    minimum_days: Annotated[int, Field(ge=0, le=30)] = 0
    without: list[Category] = []
    allow: list[Symbol] = []
    deny: list[Symbol] = []
    top: Annotated[int, Field(ge=1, le=10_000)] = 90

    def filters(self) -> dict[str, object]:
        """Return what the table can say of a filter."""
        return self.model_dump(exclude={"venue", "provider", "preset"})


class InstrumentTable(_Strict):
    """One instrument's own rules, before its market's."""

    tick: Positive
    lot: Positive
    minimum_notional: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    minimum_quantity: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class LimitsTable(_Strict):
    """What an account may risk: fractions of its equity, basis points of price.

    Where nobody says what a trade may risk, real money risks a quarter of what paper does.
    """

    open_positions: Annotated[int, Field(ge=1, le=MAXIMUM_INSTRUMENTS)] = 5
    exposure: Fraction = Decimal(1)
    instrument_exposure: Fraction = Decimal("0.25")
    daily_loss: Fraction = Decimal("0.05")
    risk_per_trade: Annotated[Decimal, Field(gt=0, le=Decimal("0.1"))] | None = None
    collar_bps: Annotated[int, Field(ge=1, le=2_000)] = 500
    strategy_exposure: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    drawdown: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    order_notional: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    orders_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 60

    def told(self, mode: str) -> dict[str, int | Decimal]:
        """Return what a configuration of an account in a mode says of it: the later limits only where they are set."""
        later = {"strategy_exposure", "drawdown", "order_notional", "orders_per_minute"}
        said = self.model_dump(exclude=later) | self.model_dump(include=later, exclude_defaults=True)
        return said | {"risk_per_trade": self.risk_per_trade or usual_risk(AccountMode(mode))}


class AccountTable(_Strict):
    """One account: its money, what it pays, its limits."""

    name: Name
    mode: Annotated[str, AfterValidator(known_mode)] = "paper"
    venue: Annotated[str, AfterValidator(known_venue)] = ""
    credentials: Annotated[str, AfterValidator(known_place)] = ""
    cash: Annotated[Decimal, Field(gt=0, le=Decimal("1e12"))]
    fee_bps: BasisPoints | None = None
    slippage_bps: BasisPoints | None = None
    limits: LimitsTable = LimitsTable()


class GatesTable(_Strict):
    """Thresholds that an entry must pass whatever its strategy, and by how much it is larger than the plain risk."""

    minimum_strength: Annotated[float, Field(ge=0, le=1)] = 0.60
    confirmations: Annotated[int, Field(ge=0, le=20)] = 2
    ml_confidence: Annotated[float, Field(ge=0, le=1)] = 0.55
    size_multiplier: Annotated[float, Field(gt=0, le=3)] = 1.0


class ProtectionsTable(_Strict):
    """What keeps a strategy from entering after what went wrong; 0 switches each off."""

    cooldown_bars: Annotated[int, Field(ge=0, le=1_000)] = 0
    window_bars: Annotated[int, Field(ge=1, le=10_000)] = 100
    pause_bars: Annotated[int, Field(ge=1, le=10_000)] = 20
    stops: Annotated[int, Field(ge=0, le=20)] = 0
    drawdown: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    low_profit_trips: Annotated[int, Field(ge=0, le=20)] = 0
    low_profit: Annotated[Decimal, Field(ge=-1, le=1)] = Decimal(0)


class StrategyTable(_Strict):
    """One strategy at work."""

    name: Name
    account: Name
    timeframe: Timeframe
    parameters: dict[str, float] = {}
    gates: GatesTable = GatesTable()
    sizing: SizingTable = SizingTable()
    protections: ProtectionsTable = ProtectionsTable()
    budget: Annotated[float, Field(ge=0, le=10_000)] = 0


class AlertsTable(_Strict):
    """Whom alerts reach."""

    emails: list[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]] = []
    phones: list[Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]] = []
    webhooks: list[Annotated[str, AfterValidator(_webhook)]] = []
    channels: list[ChannelTable] = []
    bot: BotTable | None = None


class WebhookTable(_Strict):
    """Who may send signals from outside, for which account, and within which limits of its own."""

    name: Name
    account: Name
    secret: Annotated[str, Field(min_length=1), AfterValidator(place)]
    instruments: list[str] = []
    per_minute: Annotated[int, Field(ge=1, le=60)] = 6
    largest: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class ReportsTable(_Strict):
    """When the report of the day is due, by the clock of a zone."""

    zone: Annotated[str, AfterValidator(zone)] = "UTC"
    at: list[Annotated[str, AfterValidator(time_of_day)]] = ["09:00", "17:00"]


class SchedulesTable(_Strict):
    """When the environment looks after itself, in UTC."""

    watch: Annotated[str, AfterValidator(_schedule)] = "rate(1 minute)"
    compact: Annotated[str, AfterValidator(_schedule)] = "cron(7 * * * ? *)"


class EnvironmentFile(_Strict):
    """The whole of `config/ENV.toml`."""

    environment: EnvironmentTable
    markets: Annotated[list[MarketTable], Field(min_length=1)]
    providers: dict[str, ProviderTable] = {}
    instruments: dict[str, InstrumentTable] = {}
    universes: dict[Name, UniverseTable] = {}
    accounts: Annotated[list[AccountTable], Field(min_length=1)]
    strategies: Annotated[list[StrategyTable], Field(min_length=1)]
    alerts: AlertsTable = AlertsTable()
    schedules: SchedulesTable = SchedulesTable()
    reports: ReportsTable = ReportsTable()
    webhooks: list[WebhookTable] = []
