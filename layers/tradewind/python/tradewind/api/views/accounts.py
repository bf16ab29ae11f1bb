"""Accounts and what they hold."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from tradewind import bootstrap
from tradewind.api.access import Role
from tradewind.api.asking import account_of, today
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.standing import (
    AccountDocument,
    ArmingDocument,
    ConnectionDocument,
    PositionDocument,
    RightsDocument,
)
from tradewind.api.paging import Cursor, Limit, page_of
from tradewind.api.problems import Problem
from tradewind.application.apply_bars import PAPER
from tradewind.application.holdings import Holding, holdings
from tradewind.application.probe_venue import Probed
from tradewind.application.standing import AccountStanding
from tradewind.domain.configuration import AccountMode, AccountRules
from tradewind.domain.ledger import Arming

Account = Annotated[str | None, Query(description="One account by its name; every one without it.", max_length=64)]
Name = Annotated[str, Path(description="As the list of accounts has it.", max_length=64)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = Accounts(desk)
    gateway.reads("/api/account", view.account, tag="Account")
    gateway.reads("/api/positions", view.positions, tag="Account")
    gateway.changes("POST", "/api/accounts/<name>/test", view.test_connection, Role.TRADER, "Account")


@dataclass(frozen=True, slots=True)
class Accounts:
    """What accounts are worth, hold, and may do."""

    desk: Desk

    def account(self, account: Account = None) -> Page[AccountDocument]:
        """Show what each account is worth and may do."""
        day, now = today(self.desk), self.desk.now()
        return Page(items=[_account(one, day, now) for one in self._standing(account)])

    def positions(self, account: Account = None, limit: Limit = 500, cursor: Cursor = None) -> Page[PositionDocument]:
        """Show what is held, by strategy and instrument, with its stop and target."""
        books = [book for one in self._standing(account) for book in one.books]
        return page_of(f"positions {account or ''}", holdings(books), limit, cursor, _position)

    def test_connection(self, name: Name) -> ConnectionDocument:
        """Ask an account's venue for its clock, balances and open orders with the account's own key.

        It places no order and changes nothing. The function that reconciles asks, for this one holds no key; what comes
        back is how many balances there are and never how much. An account on paper needs no connection.
        """
        account_of(self.desk, name)
        rules = next(one for one in self.desk.configuration.accounts if one.name == name)
        now = self.desk.now()
        if rules.venue == PAPER:
            return _connection(rules, now, None)
        probes = bootstrap.venue_probes(self.desk.settings)
        if probes is None:
            raise Problem(HTTPStatus.CONFLICT, f"{name} was given a venue after the last deployment: deploy again")
        return _connection(rules, now, probes(name))

    def _standing(self, account: str | None) -> list[AccountStanding]:
        if account is None:
            return self.desk.standing.accounts()
        return [self.desk.standing.account(account_of(self.desk, account))]


def _account(one: AccountStanding, day: int, now: int) -> AccountDocument:
    account = one.account
    return AccountDocument(
        account=account.name,
        venue=one.rules.venue,
        mode=one.rules.mode,
        credentials=bool(one.rules.credentials),
        armed=_armed(one, now),
        arming=_arming(one.control.arming),
        trading=one.control.state,
        trading_reason=one.control.reason,
        equity=one.equity,
        cash=account.cash,
        free_cash=account.free_cash,
        opening=account.opening,
        profit=one.profit,
        realised=account.realised,
        realised_today=account.realised_on(day),
        fees=account.fees,
        exposure=account.exposure,
        positions=one.positions,
        most_positions=one.rules.limits.open_positions,
        working_orders=one.working_orders,
    )


def _connection(rules: AccountRules, now: int, one: Probed | None) -> ConnectionDocument:
    told = one or Probed()  # an account on paper: there was nobody to ask
    rights = RightsDocument(read_balances=told.read_balances, read_orders=told.read_orders, trade=told.trade)
    return ConnectionDocument(
        account=rules.name,
        venue=rules.venue,
        ts=now,
        needed=one is not None,
        connected=told.connected,
        took=told.took if one else None,
        skew=told.skew,
        rights=rights if one else None,
        balances=told.balances,
        orders=told.orders,
        failure=told.failure,
    )


def _armed(one: AccountStanding, now: int) -> str:
    if one.rules.mode is not AccountMode.LIVE:
        return "no real money"
    arming = one.control.arming
    return "not armed" if arming is None else "armed" if now < arming.until else "expired"


def _arming(arming: Arming | None) -> ArmingDocument | None:
    if arming is None:
        return None
    return ArmingDocument(amount=arming.amount, until=arming.until, by=arming.by, reason=arming.reason)


def _position(one: Holding) -> PositionDocument:
    return PositionDocument(**{name: getattr(one, name) for name in PositionDocument.model_fields})
