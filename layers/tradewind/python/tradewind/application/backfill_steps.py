"""A backfill as the steps of a state machine: each takes JSON and gives JSON, and any may be repeated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tradewind.application.backfill_bars import BackfillBars
from tradewind.application.ports_backfill import Backfills
from tradewind.domain.backfill import Backfill, SeriesName, SeriesReport, plan
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

SECONDS = 200.0
"""How long one step fetches before it hands the rest of its series to the next: less than the function's own time."""

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BackfillSteps:
    """`plan`, then `fetch` for each series until nothing of it is left, then `verify`.

    Attributes
    ----------
    worker : callable
        Returns what fetches, by the provider that is asked.
    configured : sequence of InstrumentId
        What a plan without symbols is for.
    now : callable
        UTC ms.
    """

    backfills: Backfills
    worker: Callable[[str], BackfillBars]
    configured: Sequence[InstrumentId]
    now: Callable[[], int]
    seconds: float = SECONDS

    def __call__(self, event: Mapping[str, Any]) -> Json:
        """Do one step: `event["step"]`.

        Raises
        ------
        BadInputError
            If there is no such step, or no such backfill.
        TransientError
            If a provider cannot answer now.
        """
        steps: Mapping[str, Callable[[Mapping[str, Any]], Json]] = {
            "plan": self.plan, "fetch": self.fetch, "verify": self.verify
        }  # fmt: skip
        if event.get("step") not in steps:
            raise BadInputError(f"unknown step {event.get('step')!r}: use {', '.join(steps)}")
        return steps[event["step"]](event)

    def plan(self, event: Mapping[str, Any]) -> Json:
        """Begin a backfill, or go on with the one of the same wish: `days`, `intervals`, `symbols`, `provider`."""
        names = [InstrumentId(name) for name in event.get("symbols") or self.configured]
        frames = [Timeframe.parse(text) for text in event.get("intervals") or ("1d", "1h", "15m")]
        wanted = plan(names, frames, int(event.get("days") or 180), self.now(), event.get("provider") or "")
        begun = self.backfills.begin(wanted)
        series = [{"instrument": name, "timeframe": str(frame)} for name, frame in begun.series]
        return {"name": begun.name, "windows": sum(1 for _ in begun.windows()), "series": series}

    def fetch(self, event: Mapping[str, Any]) -> Json:
        """Fetch windows of one series, `instrument` and `timeframe` of the backfill `name`, while there is time."""
        backfill, begun = self._begun(event), self.now()
        series = SeriesName(InstrumentId(event["instrument"]), Timeframe.parse(event["timeframe"]))
        worker = self.worker(backfill.provider)
        windows, added = worker.open(backfill, series), 0
        done = 0
        for window in windows:
            if done and self.now() - begun > self.seconds * 1000:
                break
            added += worker(backfill, window).added
            done += 1
        return {"done": done, "left": len(windows) - done, "added": added}

    def verify(self, event: Mapping[str, Any]) -> Json:
        """Read back what the backfill `name` stored, and say how it stands."""
        backfill = self._begun(event)
        return told(self.worker(backfill.provider).verify(backfill))

    def _begun(self, event: Mapping[str, Any]) -> Backfill:
        found = self.backfills.begun(event["name"])
        if found is None:
            raise BadInputError(f"no backfill {event['name']} is under way: plan it first")
        return found


def told(reports: Sequence[SeriesReport]) -> Json:
    """Return reports as JSON, with their sums first."""
    missing: dict[str, int] = {}
    for one in reports:
        for reason, count in one.missing.items():
            missing[reason] = missing.get(reason, 0) + count
    sums = {
        name: sum(getattr(one, name) for one in reports)
        for name in ("expected", "present", "duplicates", "differing", "others")
    }
    series = [asdict(one) | {"series": list(one.series)} for one in reports if not one.is_whole]
    return {"whole": all(one.is_whole for one in reports), **sums, "missing": missing, "not_whole": series}
