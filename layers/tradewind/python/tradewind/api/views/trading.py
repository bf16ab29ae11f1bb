"""Trading by hand and ending risk: every order goes through the queue, past risk, and is journaled with who asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from tradewind.adapters.venues.facts import facts_of
from tradewind.api.access import Role, require
from tradewind.api.asking import Account, Symbol, account_of, instrument_of, today
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.base import Page
from tradewind.api.models.steering import (
    Accepted,
    AskedFor,
    ManualTrade,
    OrderChange,
    OrderInFull,
    RiskDocument,
    Switch,
    SwitchDocument,
    TradePreview,
    Why,
)
from tradewind.api.problems import Problem, unknown
from tradewind.api.views.ledger import fill_document, order_document
from tradewind.application.activity import Activity
from tradewind.application.apply_bars import PAPER
from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.application.limits_used import POSITIONS, LimitUsed, limits_used
from tradewind.application.ports_reading import WrittenOrder
from tradewind.application.steering import Steering
from tradewind.application.wording_orders import emulated
from tradewind.domain.commands import CommandMessage
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import IntentId, content_hash, uuid_form
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, TradingState
from tradewind.domain.messages import IntentMessage, Message
from tradewind.domain.order import BY_HAND, NOTHING, Order, OrderIntent, Side, Terms
from tradewind.domain.replace_message import Change, ReplaceMessage
from tradewind.execution.pricing import Seen

OrderId = Annotated[str, Path(description="As the list of orders has it.", min_length=36, max_length=36)]


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view, trader = TradingView(gateway, desk), Role.TRADER
    gateway.changes("POST", "/api/manual-trade/preview", view.preview_trade, trader, "Trading", audited=False)
    gateway.changes("POST", "/api/manual-trade", view.manual_trade, trader, "Trading", status_code=202)
    gateway.reads("/api/orders/<order_id>", view.order, tag="Ledger")
    gateway.changes("DELETE", "/api/orders/<order_id>", view.cancel_order, trader, "Trading", status_code=202)
    gateway.changes("PATCH", "/api/orders/<order_id>", view.change_order, trader, "Trading", status_code=202)
    gateway.changes("POST", "/api/positions/<symbol>/close", view.close_position, trader, "Trading", status_code=202)
    gateway.changes("POST", "/api/flatten", view.flatten, trader, "Trading", status_code=202)
    gateway.reads("/api/kill-switch", view.kill_switch, tag="Trading")
    gateway.changes("PUT", "/api/kill-switch", view.set_kill_switch, trader, "Trading")
    gateway.reads("/api/risk", view.risk, tag="Trading")


@dataclass(frozen=True, slots=True)
class TradingView:
    """What a person may ask of the executor."""

    gateway: Gateway
    desk: Desk

    # ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────

    def preview_trade(self, trade: Annotated[ManualTrade, Body()]) -> TradePreview:
        """Say what would become of an order now: whether risk lets it in, at which price, and what it ties up."""
        intent, seen = self._intent(trade)
        done = self.desk.rehearse(intent)
        return TradePreview(
            allowed=done.allowed,
            reason=done.order.reason,
            order=order_document(done.order),
            fills=list(map(fill_document, done.fills)),
            reference=seen.close,
            reference_ts=seen.close_ts,
            worst_price=done.order.worst_price or None,
            emulated=emulated(done.order, facts_of(self._venue(intent.account))) if done.allowed else "",
            reserved=done.order.reserved,
            cash_after=done.account.cash,
            exposure_after=done.account.exposure,
        )

    def manual_trade(self, trade: Annotated[ManualTrade, Body()]) -> Accepted:
        """Place an order by hand; risk is asked where it always is, inside the ledger's transaction."""
        intent, _ = self._intent(trade)
        return self._send([IntentMessage(intent)])

    def order(self, order_id: OrderId, account: Account = None) -> OrderInFull:
        """Show one order with its fills."""
        written = self._written(order_id, account)
        on_paper = self._venue(written.order.account) == PAPER
        fills = Activity(self.desk.records).fills_of(written, on_paper=on_paper)
        return OrderInFull(order=order_document(written.order), fills=list(map(fill_document, fills)))

    def cancel_order(self, order_id: OrderId, account: Account = None) -> Accepted:
        """Cancel a working order; a stop cannot be cancelled, for it protects a position."""
        try:
            return self._send([self._steering.cancel(self._order(order_id, account), "cancelled by hand")])
        except BadInputError as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from None

    def change_order(self, order_id: OrderId, wanted: Annotated[OrderChange, Body()]) -> Accepted:
        """Change a working order, or move a position's stop or target; what is refused stays as it was, and says why.

        `reason` of the order then begins with CHANGE_REFUSED.
        """
        order = self._order(order_id, wanted.account)
        change = Change(
            wanted.quantity or NOTHING, wanted.limit or NOTHING, wanted.trigger or NOTHING, wanted.trail or NOTHING
        )
        try:
            return self._send([self._steering.replace(order, change, wanted.reason)])
        except BadInputError as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from None

    def close_position(self, symbol: Symbol, why: Annotated[Why, Body()]) -> Accepted:
        """Close what is held of an instrument, every strategy's part of it; its stops and targets end with it."""
        name = instrument_of(self.desk, symbol)
        held = [book for book in self._books(why.account) if book.instrument == name and book.positions]
        if not held:
            raise Problem(HTTPStatus.CONFLICT, f"nothing is held of {name}")
        return self._send(self._steering.closing(held, why.reason))

    def flatten(self, why: Annotated[Why, Body()]) -> Accepted:
        """Cancel every working entry and close every position."""
        books, steering = self._books(why.account), self._steering
        return self._send([*steering.cancelling(books, why.reason), *steering.closing(books, why.reason)])

    # ── what may be done ─────────────────────────────────────────────────────────────────────────────────────────

    def kill_switch(self) -> Page[SwitchDocument]:
        """Show what each account may do, and why."""
        return Page(items=[self._switch(one.name) for one in self.desk.configuration.accounts])

    def set_kill_switch(self, switch: Annotated[Switch, Body()]) -> Page[SwitchDocument]:
        """Stop new risk with the very next order, or let it go on, which takes an admin; exits stay allowed."""
        if switch.state is TradingState.NORMAL:
            require(self.gateway.who, Role.ADMIN)
        accounts = [account_of(self.desk, switch.account)] if switch.account else None
        names = accounts or [one.name for one in self.desk.configuration.accounts]
        for name in names:
            self.desk.switch(name, switch.state, switch.reason, self.gateway.who.name, self.desk.now())
        return Page(items=list(map(self._switch, names)))

    def risk(self) -> Page[RiskDocument]:
        """Show each account's limits and what is left of them."""
        day = today(self.desk)
        return Page(
            items=[
                _limit(one.account.name, row)
                for one in self.desk.standing.accounts()
                for row in limits_used(one.account, one.rules.limits, day)
            ]
        )

    def _switch(self, name: str) -> SwitchDocument:
        control = self.desk.controls.get(name)
        return SwitchDocument(account=name, state=control.state, reason=control.reason)

    # ── wording ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _key(self) -> str:
        """One person's key as messages have it: nobody else's same key is the same order."""
        return uuid_form(content_hash(f"{self.gateway.who.name}\0{self.gateway.key}".encode()))

    @property
    def _steering(self) -> Steering:
        return Steering(self.desk.configuration, self.desk.time_of, self.gateway.who.name, self._key)

    def _venue(self, account: str) -> str:
        return self.desk.configuration.account(account).venue

    def _books(self, account: str | None) -> list[Book]:
        names = [account_of(self.desk, account)] if account else [one.name for one in self.desk.configuration.accounts]
        return [book for name in names for book in self.desk.standing.account(name).books]

    def _order(self, order_id: str, account: str | None) -> Order:
        return self._written(order_id, account).order

    def _written(self, order_id: str, account: str | None) -> WrittenOrder:
        found = self.desk.records.orders(account_of(self.desk, account), [IntentId(order_id)])
        if IntentId(order_id) not in found:
            raise unknown(f"there is no order {order_id}")
        return found[IntentId(order_id)]

    def _intent(self, trade: ManualTrade) -> tuple[OrderIntent, Seen]:
        name, owner = instrument_of(self.desk, trade.instrument), account_of(self.desk, trade.account)
        book, ts = self.desk.orders.view(owner, name, None).book, self.desk.time_of(name)
        seen = self.desk.look(book, ts)
        if not seen.close:
            raise Problem(HTTPStatus.CONFLICT, f"no price of {name} is known yet")
        wanted = Wanted(
            quantity=self._quantity(trade, name, seen.close),
            reference=seen.close,
            reason=f"{trade.reason} (by {self.gateway.who.name})",
            key=self._key,
            ts=ts,
            stop=trade.stop or NOTHING,
            target=trade.target or NOTHING,
            terms=_terms(trade),
        )
        if trade.side is Side.BUY:
            return entry_intent(self.desk.configuration, book, wanted), seen
        wanted = replace(wanted, strategy=_owner(book, trade.strategy))
        return exit_intent(self.desk.configuration, book, wanted), seen

    def _quantity(self, trade: ManualTrade, name: InstrumentId, price: Decimal) -> Decimal:
        if trade.quantity is not None:
            return trade.quantity
        lot = self.desk.configuration.instrument(name).lot
        quantity = (trade.amount or NOTHING) / price // lot * lot
        if not quantity:
            raise Problem(HTTPStatus.CONFLICT, f"{trade.amount} buys less than one lot of {name} at {price}")
        return quantity

    def _send(self, messages: Sequence[Message]) -> Accepted:
        if messages:
            self.desk.queue.send(messages)
        return Accepted(key=self.gateway.key, messages=list(map(_asked, messages)))


def _owner(book: Book, strategy: str | None) -> str:
    """Return whose position is sold: the named one, the person's own, or the only one there is."""
    held = [position.strategy for position in book.positions]
    wanted = strategy or (BY_HAND if BY_HAND in held or len(held) != 1 else held[0])
    if wanted not in held:
        have = ", ".join(held) or "nobody"
        raise Problem(HTTPStatus.CONFLICT, f"{book.instrument} is held by {have}, not by {wanted}: say whose")
    return wanted


def _terms(trade: ManualTrade) -> Terms:
    """Return how an order wants to be executed; what it lacks for that, risk says."""
    limit, trigger, trail = (one or NOTHING for one in (trade.limit, trade.trigger, trade.trail))
    return Terms(trade.kind, limit, trigger, trail, trade.lifetime, trade.expires, trade.post_only)


def _asked(message: Message) -> AskedFor:
    what, identifier = "", ""
    if isinstance(message, IntentMessage):
        what, identifier = f"{message.intent.side} {message.intent.quantity:f}".lower(), message.intent.id
    elif isinstance(message, CommandMessage):
        what, identifier = message.command.lower(), message.order_id or message.key
    elif isinstance(message, ReplaceMessage):
        what, identifier = "change", message.order_id
    return AskedFor(account=message.account, instrument=message.instrument, what=what, id=identifier)


def _limit(account: str, one: LimitUsed) -> RiskDocument:
    return RiskDocument(
        account=account, limit=one.name, used=one.used, most=one.most, left=max(NOTHING, one.most - one.used),
        unit="positions" if one.name == POSITIONS else "money",
    )  # fmt: skip
