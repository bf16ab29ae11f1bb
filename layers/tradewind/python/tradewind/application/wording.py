"""Writing down what a desk decided: decisions, intents, and the names that they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.configuration import AccountRules, Configuration, StrategyRules
from tradewind.domain.decision import Action, Decision
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.order import NOTHING, Leg, OrderIntent, Side
from tradewind.domain.signal import GateReading, Signal
from tradewind.domain.slice import Slice
from tradewind.strategies.base import Strategy

AT_REST = -1
"""The version that an intent assumes of a book without position or working order."""

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class AtWork:
    """A strategy at work for an account."""

    key: str
    rules: StrategyRules
    strategy: Strategy


@dataclass(frozen=True, slots=True)
class Wording:
    """How one account's decisions and intents at one slice are worded."""

    configuration: Configuration
    rules: AccountRules
    slice_: Slice

    def close(self, name: InstrumentId) -> Decimal:
        """Return the bar's close on the instrument's tick."""
        instrument = self.configuration.instrument(name)
        return instrument.price(instrument.ticks(self.slice_.bars[name].close))

    def decision(
        self,
        one: AtWork,
        name: InstrumentId,
        action: Action,
        reason: str,
        signal: Signal | None = None,
        *,
        value: float = _NAN,
        limit: float = _NAN,
        intent: IntentId | None = None,
    ) -> Decision:
        """Return a decision; `value` and `limit` are what its reason measured, and against what."""
        gates: tuple[GateReading, ...] = signal.gates if signal else ()
        strength = signal.strength if signal else 0.0
        return Decision(
            self.rules.name, one.rules.name, name, action, reason, strength, float(value), float(limit), intent, gates
        )

    def entry(self, one: AtWork, book: Book, quantity: Decimal, signal: Signal) -> OrderIntent:
        """Return an entry of a quantity, with the signal's stop and target on the tick."""
        return self._intent(one, book, Leg.ENTRY, quantity, "ENTRY", self.levels(book.instrument, signal))

    def levels(self, name: InstrumentId, signal: Signal) -> tuple[Decimal, Decimal]:
        """Return a signal's stop and target on the tick."""
        instrument = self.configuration.instrument(name)
        return _level(instrument, signal.stop), _level(instrument, signal.target)

    def exit(self, one: AtWork, book: Book, reason: str) -> OrderIntent:
        """Return an exit of everything that the strategy holds."""
        position = book.position(one.rules.name)
        return self._intent(one, book, Leg.EXIT, position.quantity if position else NOTHING, reason, (NOTHING, NOTHING))

    def _intent(
        self, one: AtWork, book: Book, leg: Leg, quantity: Decimal, reason: str, levels: Sequence[Decimal]
    ) -> OrderIntent:
        ts, frame, name = self.slice_.ts_close, self.slice_.timeframe, book.instrument
        version, account = one.strategy.version, self.rules.name
        held = book.position(one.rules.name) if leg is Leg.ENTRY else None
        return OrderIntent(
            id=intent_id(account, "strategy", one.rules.name, version, frame, name, ts, leg, leg, 0),
            account=account,
            source="strategy",
            strategy=one.rules.name,
            strategy_version=version,
            timeframe=frame,
            instrument=name,
            ts=ts,
            leg=leg,
            side=Side.BUY if leg is Leg.ENTRY else Side.SELL,
            quantity=quantity,
            reference_price=self.close(name),
            stop=levels[0],
            target=levels[1],
            valid_until=ts + frame.ms,
            assumed_version=book.version if book.is_active else AT_REST,
            reason=reason,
            trace=trace_of(self.slice_),
            adds_to=held.parent if held else "",
        )


def trace_of(slice_: Slice) -> str:
    """Return the correlation id that a bar's decisions, orders and alerts share."""
    return f"{slice_.shard}@{slice_.ts_close}.{slice_.rev}"


def _level(instrument: Instrument, price: float) -> Decimal:
    return instrument.price(instrument.ticks(price)) if price > 0 else NOTHING
