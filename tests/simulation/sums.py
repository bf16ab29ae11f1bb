"""Cash, profit and positions are the sums of what was filled and charged, but for dust that lies apart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from tests.simulation.world import Violation, World
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account
from tradewind.domain.order import NOTHING, Side

type Held = Mapping[tuple[str, IntentId], Decimal]


def insist(promise: bool, text: str) -> None:
    """Raise a violation unless a promise holds."""
    if not promise:
        raise Violation(text)


def insist_on_sums(world: World, account: Account) -> None:
    """Raise a violation where an account is not the sum of its fills and of what it was charged."""
    fills = [fill for fill in world.items.fills.values() if fill.account == account.name]
    flows = [flow for (owner, _), flow in world.items.flows.items() if owner == account.name]
    paid = sum((_sign(fill) * fill.quantity * fill.price + fill.fee for fill in fills), NOTHING)
    paid -= sum((flow.paid for flow in flows), NOTHING)
    realised, fees = (sum((getattr(one, what) for one in (*fills, *flows)), NOTHING) for what in ("realised", "fee"))
    insist(account.cash == account.opening - paid, f"cash {account.cash}, fills say {account.opening - paid}")
    insist((account.realised, account.fees) == (realised, fees), f"realised {account.realised}, fills: {realised}")
    _insist_on_positions(_positions(world, account.name), _bought(fills), _dust(world))


def _insist_on_positions(positions: Held, bought: Held, dust: Mapping[str, Decimal]) -> None:
    held = {key: rest for key, rest in bought.items() if rest and key[0] not in dust}
    known = {key: quantity for key, quantity in positions.items() if key[0] not in dust}
    insist(known == held, f"positions are {known}, fills say {held}")
    for name, apart in dust.items():
        here, rest = _of(name, positions), _of(name, bought)
        insist(rest == here + apart, f"{here} {name} and {apart} of dust are held, fills say {rest}")


def _positions(world: World, account: str) -> Held:
    books = [book for (owner, _), book in world.items.books.items() if owner == account]
    return {(book.instrument, one.parent): one.quantity for book in books for one in book.positions}


def _bought(fills: Iterable[Fill]) -> Held:
    held: Counter[tuple[str, IntentId]] = Counter()
    for fill in fills:
        held[fill.instrument, fill.parent] += _sign(fill) * fill.quantity  # type: ignore[assignment] # exact decimals
    return held  # type: ignore[return-value]


def _dust(world: World) -> dict[str, Decimal]:
    """Return what was too little to sell and lies apart, by instrument: one position may leave some twice."""
    found: dict[str, Decimal] = {}
    for (_, name), flow in world.items.flows.items():
        if name.startswith("dust:"):
            found[flow.instrument] = sum(flow.moves.values(), found.get(flow.instrument, NOTHING))
    return found


def _of(name: str, quantities: Held) -> Decimal:
    return sum((quantity for (instrument, _), quantity in quantities.items() if instrument == name), NOTHING)


def _sign(fill: Fill) -> int:
    return 1 if fill.side is Side.BUY else -1
