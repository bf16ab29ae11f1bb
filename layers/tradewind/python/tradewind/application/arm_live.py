"""Arming live trading: a secret, a sentence, an amount and an end; disarming needs nothing but a reason."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hmac import compare_digest

from tradewind.application.ports import Controls, Journal, Pause
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.domain.configuration import AccountMode, Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import Arming, Control
from tradewind.domain.timeframe import DAY

NEVER_LIVE = frozenset({"local", "dev"})
"""Environments that trade no real money, whatever anybody configures."""

LONGEST = 7 * DAY
"""Nobody is armed for longer than a person can have in mind."""


def phrase(account: str, amount: Decimal, until: int) -> str:
    """Return what a person types to show that it was read."""
    end = datetime.fromtimestamp(until // 1000, UTC)
    return f"trade {amount:f} of real money on {account} until {end:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Request:
    """Who arms what, for how much and how long, and the two proofs that it is meant."""

    account: str
    amount: Decimal
    until: int
    said: str
    secret: str = field(repr=False)
    by: str
    reason: str
    ts: int


@dataclass(frozen=True, slots=True)
class ArmLive:
    """Give an account leave to trade real money, or take it away.

    Attributes
    ----------
    secret : callable
        Returns the environment's arming secret.
    """

    configuration: Configuration
    controls: Controls
    journal: Journal
    pause: Pause
    secret: Callable[[], str]

    def __call__(self, request: Request) -> Control:
        """Arm.

        Raises
        ------
        BadInputError
            If it may not be; the message begins with the reason's code.
        """
        may_be_armed(self.configuration, request.account)
        fault = _fault(request) or self._unproven(request)
        if fault:
            raise BadInputError(fault)
        arming = Arming(request.amount, request.until, request.by, request.reason)
        text = f"{request.account} is armed: {request.said}; {request.reason} (by {request.by})"
        return until_won(self.pause, lambda: self._set(request.account, arming, "LIVE_ARMED", text, request.ts))

    def disarm(self, account: str, by: str, reason: str, ts: int) -> Control:
        """Take the leave away; of what is not armed there is nothing to take."""
        text = f"{account} is disarmed: {reason} (by {by})"
        return until_won(self.pause, lambda: self._set(account, None, "LIVE_DISARMED", text, ts))

    def _unproven(self, request: Request) -> str:
        if request.said != phrase(request.account, request.amount, request.until):
            return f"WRONG_PHRASE: type exactly: {phrase(request.account, request.amount, request.until)}"
        known = self.secret()
        if not known or not compare_digest(request.secret.encode(), known.encode()):
            return "BAD_SECRET: that is not the arming secret of this environment"
        return ""

    def _set(self, account: str, arming: Arming | None, kind: str, text: str, ts: int) -> Control:
        control = self.controls.get(account)
        if control.arming == arming:
            return control
        after = replace(control, arming=arming, version=control.version + 1)
        seq, head = self.journal.head(SYSTEM)
        event = Event(kind, Severity.CRITICAL, text, "", {"account": account})
        self.controls.set(account, after, JournalEntry(SYSTEM, seq + 1, ts, (event,), head))
        return after


def may_be_armed(configuration: Configuration, account: str) -> None:
    """Check that an account could ever trade real money.

    Raises
    ------
    BadInputError
        If it could not.
    """
    if configuration.environment in NEVER_LIVE:
        raise BadInputError(
            f"NEVER_LIVE: {configuration.environment} trades no real money, and no setting changes that"
        )
    if configuration.clock != "system":
        raise BadInputError("NEVER_LIVE: time is recorded here, and nobody trades in the past")
    if configuration.account(account).mode is not AccountMode.LIVE:
        raise BadInputError(f"NOT_LIVE: {account} trades no real money: its mode is not live")


def _fault(request: Request) -> str:
    if not request.amount.is_finite() or request.amount <= 0:
        return "BAD_AMOUNT: the amount must be above 0"
    if request.until <= request.ts:
        return "ARMING_EXPIRED: it would end before it begins"
    if request.until - request.ts > LONGEST:
        return f"TOO_LONG: for {LONGEST // DAY} days at the most"
    return ""
