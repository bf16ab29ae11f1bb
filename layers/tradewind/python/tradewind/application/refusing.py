"""Why an order may not be sent: what is held already, what nobody knows, and what the limits say."""

from tradewind.domain.configuration import AccountMode, AccountRules
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.order import AT_ONCE, Leg, Order, OrderIntent, OrderStatus
from tradewind.execution.transactions import day_of
from tradewind.risk.limits import check
from tradewind.risk.request import RiskRequest

NOTHING_TO_CLOSE = "NOTHING_TO_CLOSE: nothing of it is held any more"
_EXIT_WORKING = "EXIT_WORKING: an exit is on its way already"


def refusal(
    account: Account, book: Book, control: Control, rules: AccountRules, order: Order, now: int, mark: str = ""
) -> str:
    """Return why an order may not be sent, or an empty string.

    Parameters
    ----------
    mark : str
        What a repeat of it would share, where it could be one.
    """
    if not order.leg.at_market:
        return "" if any(one.parent == order.parent for one in book.positions) else NOTHING_TO_CLOSE
    if order.leg is Leg.EXIT:
        if book.position(order.strategy) is None:
            return NOTHING_TO_CLOSE
        return _EXIT_WORKING if book.working(order.strategy, Leg.EXIT) else ""
    if book.halted:
        return f"INSTRUMENT_HALTED: {book.halted}"
    if any(one.status is OrderStatus.UNKNOWN for one in book.orders):
        return "UNKNOWN_ORDER: an unclear order blocks new risk on its instrument"
    conflict = _conflict(book, order)
    if conflict:
        return conflict
    day, live = day_of(order.created), rules.mode is AccountMode.LIVE
    name, reserved, ts = order.instrument, order.reserved, order.created
    request = RiskRequest(
        account, control, rules.limits, name, reserved, day, order.strategy, live, now, ts, fingerprint=mark
    )
    denial = check(request)
    return str(denial) if denial else ""


def moved(book: Book, intent: OrderIntent) -> str:
    """Entries are decided on a version of the book; on another one nobody has decided. -1 is a book at rest."""
    expected = intent.assumed_version
    if intent.source in AT_ONCE:
        return ""  # a person decides on what is, not on a bar
    if not intent.increases_risk or (expected == -1 and not book.is_active) or expected == book.version:
        return ""
    return f"LEDGER_MOVED: decided on version {expected}, it is {book.version}"


def _conflict(book: Book, entry: Order) -> str:
    """Return why what the strategy holds already rules an entry out, or an empty string."""
    position = book.position(entry.strategy)
    if entry.parent != entry.id:
        if position is None or position.parent != entry.parent:
            return "NOTHING_TO_ADD_TO: the position that it would add to is gone"
        if book.working(entry.strategy, Leg.EXIT):
            return _EXIT_WORKING
    elif position and entry.source not in AT_ONCE:  # what a person buys is netted into what they hold
        return "ALREADY_IN_POSITION: the strategy holds the instrument"
    return "ALREADY_IN_POSITION: an entry is on its way already" if book.working(entry.strategy, Leg.ENTRY) else ""
