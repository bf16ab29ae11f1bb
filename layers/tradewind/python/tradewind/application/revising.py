"""What a slice becomes when its bars arrive late or are told anew."""

from collections.abc import Mapping
from dataclasses import replace

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice


def revision(known: Slice, arrived: Mapping[InstrumentId, Bar], sources: Mapping[InstrumentId, str]) -> Slice | None:
    """Return a slice's next revision with the bars that it lacked and those that their own provider has changed.

    Parameters
    ----------
    arrived : mapping
        Bars of the slice's timestep as they are told now.
    sources : mapping
        Who told them, where it was not the first provider: another one's opinion changes no bar.
    """
    found = {name: arrived[name] for name in known.missing if name in arrived}
    changed = {
        name: bar
        for name, bar in arrived.items()
        if name in known.bars and bar != known.bars[name] and sources.get(name) == known.sources.get(name)
    }
    if not found and not changed:
        return None
    missing = {name: why for name, why in known.missing.items() if name not in found}
    told = {**known.sources, **{name: sources[name] for name in found if name in sources}}
    return replace(known, bars={**known.bars, **found, **changed}, missing=missing, rev=known.rev + 1, sources=told)
