"""Who gets what is free: entries ranked by strength, each within what the ones before it left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.application.drafting import reservation, worst_price
from tradewind.application.entry_size import EntrySize, entry_size
from tradewind.application.wording import AtWork, Wording
from tradewind.domain.configuration import AccountMode
from tradewind.domain.decision import Action, Decision
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Book, Closed, Control, Stake
from tradewind.domain.order import NOTHING, OrderIntent
from tradewind.domain.signal import Signal
from tradewind.domain.timeframe import MINUTE
from tradewind.execution.transactions import day_of
from tradewind.risk.limits import check
from tradewind.risk.position_size import entry_lots
from tradewind.risk.request import RiskRequest


@dataclass(frozen=True, slots=True)
class Wish:
    """An entry that a strategy asked for."""

    at_work: AtWork
    book: Book
    signal: Signal


@dataclass(slots=True)
class Allotment:
    """What an account has free at one bar.

    Attributes
    ----------
    account : Account
        With the bar's losses and none of its gains; every grant reserves its part of it.
    equity : Decimal
        What positions are sized by, in the account's currency.
    closed : sequence of Closed
        What the account remembers, this bar's included, oldest first; sizes may depend on it.
    """

    wording: Wording
    control: Control
    account: Account
    equity: Decimal
    closed: Sequence[Closed] = ()

    def allot(self, wishes: Sequence[Wish]) -> Iterator[tuple[Decision, OrderIntent | None]]:
        """Grant or deny every wish, the strongest first; equal ones by instrument, then by strategy."""
        for wish in sorted(wishes, key=lambda one: (-one.signal.strength, one.book.instrument, one.at_work.key)):
            yield self._grant(wish)

    def _grant(self, wish: Wish) -> tuple[Decision, OrderIntent | None]:
        words, rules, name = self.wording, self.wording.rules, wish.book.instrument
        instrument, close = words.configuration.instrument(name), words.close(name)
        if not 0.0 < wish.signal.stop < float(close):
            return self._deny(wish, "NO_STOP", wish.signal.stop, float(close))
        worst = worst_price(close, rules.limits.collar_bps, instrument.tick)
        size = self._size(wish)
        quantity = self._quantity(wish, size, instrument, close, worst)
        if not quantity:
            reason = "SIZE_TOO_SMALL: the risk allows less than one lot"
            return self._deny(wish, f"{reason}; {size.why}" if size.why else reason)
        reserved = reservation(quantity, worst, rules.fee_bps)
        day = day_of(words.slice_.ts_close)
        live, strategy, now = rules.mode is AccountMode.LIVE, wish.at_work.rules.name, words.slice_.ts_close
        request = RiskRequest(self.account, self.control, rules.limits, name, reserved, day, strategy, live, now, now)
        denial = check(request)
        if denial:
            return self._deny(wish, denial.code, float(denial.value), float(denial.limit))
        self.account = _reserve(self.account, name, reserved, strategy, now // MINUTE)
        intent = words.entry(wish.at_work, wish.book, quantity, wish.signal)
        return self._entered(wish, size, intent), intent

    def _entered(self, wish: Wish, size: EntrySize, intent: OrderIntent) -> Decision:
        """Return the decision on an entry; where its size is not plain, why it is what it is."""
        one, name, words = wish.at_work, wish.book.instrument, self.wording
        if not size.why:
            return words.decision(one, name, Action.ENTER, "ENTRY", wish.signal, intent=intent.id)
        reason, risk, most = f"ENTRY: {size.why}", size.risk, size.most
        return words.decision(one, name, Action.ENTER, reason, wish.signal, value=risk, limit=most, intent=intent.id)

    def _deny(
        self, wish: Wish, reason: str, value: float = float("nan"), limit: float = float("nan")
    ) -> tuple[Decision, None]:
        name, words = wish.book.instrument, self.wording
        return words.decision(wish.at_work, name, Action.DENY, reason, wish.signal, value=value, limit=limit), None

    def _size(self, wish: Wish) -> EntrySize:
        one = wish.at_work
        mine = [closed for closed in self.closed if closed.strategy == one.rules.name]
        return entry_size(self.wording.rules, one.rules.gates, one.strategy, wish.signal, mine)

    def _quantity(self, wish: Wish, size: EntrySize, instrument: Instrument, close: Decimal, worst: Decimal) -> Decimal:
        """Size by risk, within the instrument's limit at the worst price and with the fee on it.

        A ladder's entries get equal shares of the risk and of the room.
        """
        lots = entry_lots(
            float(self.equity),
            float(self.account.book_equity),
            float(close),
            float(worst),
            wish.signal.stop,
            float(instrument.lot),
            float(instrument.minimum_notional),
            size.terms,
        )
        return instrument.quantity(lots)


def prudent(account: Account, losses: Decimal, day: int) -> Account:
    """Return an account with a bar's losses and none of its gains, on a UTC day number."""
    today, peak = account.realised_on(day) + losses, max(account.peak, account.realised)
    return replace(account, realised=account.realised + losses, realised_today=today, day=day, peak=peak)


def _reserve(account: Account, name: InstrumentId, reserved: Decimal, strategy: str, minute: int) -> Account:
    """Return an account after a grant: what it reserves, for whom, and one more entry in its minute."""
    stake = account.stakes.get(name, Stake(account.seq, NOTHING, NOTHING))
    shares = {**stake.shares, strategy: stake.shares.get(strategy, NOTHING) + reserved}
    after = replace(stake, reserved=stake.reserved + reserved, shares=shares)
    sent = account.sent + 1 if account.minute >= minute else 1
    return replace(account, stakes={**account.stakes, name: after}, minute=max(minute, account.minute), sent=sent)
