"""How rows, balances and spellings are read alike at every venue."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tradewind.adapters.market.reply import RefusedError
from tradewind.application.ports import Balance, VenuePosition
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId


def spelt(instruments: Sequence[InstrumentId], spell: Callable[[InstrumentId], str]) -> Mapping[str, InstrumentId]:
    """Return instruments by a venue's spelling; those that it cannot spell are not its own."""
    names: dict[str, InstrumentId] = {}
    for one in instruments:
        try:
            names[spell(one)] = one
        except RefusedError:
            continue
    return names


def held(instruments: Sequence[InstrumentId], balances: Mapping[str, Balance]) -> Mapping[InstrumentId, VenuePosition]:
    """Return what a spot account holds by instrument: its base coins, each told at the first instrument that has it."""
    found: dict[InstrumentId, VenuePosition] = {}
    told: set[str] = set()
    for one in instruments:
        coin = one.rpartition(".")[0].rpartition("-")[0]
        if coin in balances and coin not in told and balances[coin].total:
            found[one] = VenuePosition(balances[coin].total)
            told.add(coin)
    return found


_SWEEPS = 4


def sweep[T](pages: Callable[[], Iterable[T]], name: Callable[[T], str]) -> list[T]:
    """Return rows that come in pages without a count: read again until a reading shows nothing new.

    Rows move between pages while they are read. One reading is enough of what fits into one page.

    Raises
    ------
    TransientError
        If they never come to rest.
    """
    found: dict[str, T] = {}
    for _ in range(_SWEEPS):
        before = len(found)
        found |= {name(row): row for row in pages()}
        if len(found) == before:
            return list(found.values())
    raise TransientError(f"the rows change faster than they can be read: {len(found)} so far")
