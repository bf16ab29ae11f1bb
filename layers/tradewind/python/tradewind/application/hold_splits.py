"""Hold back bars that look like a split until somebody says what they are: nothing trades on what is no price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tradewind.application.ports import Notice, Notices
from tradewind.application.ports_market import SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState, suspected


def marked(slice_: Slice, splits: Sequence[Split]) -> Slice:
    """Return a slice that says which of its bars are the first after a confirmed split."""
    factors = {
        one.instrument: one.factor
        for one in splits
        if one.state is SplitState.CONFIRMED and one.ts == slice_.ts_open and one.instrument in slice_.bars
    }
    return replace(slice_, splits=factors) if factors else slice_


@dataclass(slots=True)
class HoldSplits:
    """Judges bars of shares, in their order, against the close before.

    Attributes
    ----------
    last : dict
        The last close of each instrument that entered.
    """

    store: SplitStore
    notices: Notices
    last: dict[InstrumentId, float] = field(default_factory=dict)

    def held(self, steps: Mapping[int, Mapping[InstrumentId, Bar]]) -> dict[int, list[InstrumentId]]:
        """Return which instruments' bars may not enter, by `ts_close`; what is suspected is kept and told.

        Parameters
        ----------
        steps : mapping
            Sound bars by `ts_close`.
        """
        known = {(one.instrument, one.ts): one for one in self.store.every()}
        waiting = {one.instrument: one for one in known.values() if one.state is SplitState.SUSPECTED}
        back: dict[int, list[InstrumentId]] = {}
        for ts_close, bars in sorted(steps.items()):
            for name, bar in bars.items():
                split = waiting.get(name) or self._suspect(name, bar, known)
                if split and split.state is SplitState.SUSPECTED and bar.ts_open >= split.ts:
                    waiting[name] = split
                    back.setdefault(ts_close, []).append(name)
                else:
                    self.last[name] = bar.close
        return back

    def _suspect(self, name: InstrumentId, bar: Bar, known: Mapping[tuple[InstrumentId, int], Split]) -> Split | None:
        judged = known.get((name, bar.ts_open))
        if judged or name not in self.last:
            return judged
        factor = suspected(self.last[name], bar.open)
        if not factor:
            return None
        split = Split(name, bar.ts_open, factor, SplitState.SUSPECTED, self.last[name], bar.open)
        self.store.put(split)
        text = (
            f"{name} went from {split.before:g} to {split.after:g} as in a split of {factor:g} for 1: no bar enters "
            f"until `tradewind data split confirm {name}` or `deny`"
        )
        event = Event("SPLIT_SUSPECTED", Severity.CRITICAL, text, name)
        self.notices.post(Notice(f"split-{name}-{split.ts}", event))
        return split
