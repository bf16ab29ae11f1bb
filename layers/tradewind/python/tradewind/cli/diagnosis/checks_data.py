"""Is the market's data fresh, whole and decided on, and by whom."""

import time
from collections.abc import Iterator

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
from tradewind.adapters.dynamodb.evidence import DynamoEvidence
from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.notices import DynamoNotices
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.splits import DynamoSplits
from tradewind.application.market_health import MarketHealth
from tradewind.cli.diagnosis.doctor import Check, State
from tradewind.cli.diagnosis.patient import Patient
from tradewind.domain.bar import Bar
from tradewind.domain.breaker import Circuit
from tradewind.domain.configuration import Shard
from tradewind.domain.decision import Action
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.moments import iso
from tradewind.domain.slice import Slice

_SKEW = 5.0
_HOLES = 100


def _shards_have_slices(patient: Patient) -> Iterator[str]:
    for name, latest in patient.latest.items():
        if not latest:
            yield f"{name} has no slice yet"


def _shards_are_evaluated(patient: Patient) -> Iterator[str]:
    for shard in patient.configuration.shards:
        latest, reached = patient.latest[shard.name], patient.evaluated[shard.name]
        if latest > reached:
            lag = f"{(latest - reached) // shard.timeframe.ms}" if reached else "all"
            yield f"{shard.name} is evaluated to {iso(reached)}, slices reach {iso(latest)} ({lag} bars)"


def _evaluation_is_not_ahead(patient: Patient) -> Iterator[str]:
    for name, reached in patient.evaluated.items():
        if patient.latest[name] and reached > patient.latest[name]:
            yield f"{name} is decided up to {iso(reached)}, beyond its latest slice {iso(patient.latest[name])}"


def _bars_are_fresh(patient: Patient) -> Iterator[str]:
    slices = DynamoSlices(patient.deployed.market, time.time)
    market = patient.deployed.market
    health = MarketHealth(patient.configuration, slices, DynamoSeries(market), DynamoBreakers(market))
    for one in health.freshness(patient.now):
        if one.overdue:
            yield f"{one.shard}: {len(one.overdue)} instruments late, the worst by {one.worst // 60_000} minutes"


def _no_bar_is_from_the_future(patient: Patient) -> Iterator[str]:
    for name, latest in patient.latest.items():
        if latest > patient.now + _SKEW * 1000:
            yield f"{name} has a bar that closes at {iso(latest)}, which is not yet"


def _latest_slices(patient: Patient) -> Iterator[tuple[Shard, Slice]]:
    for shard in patient.configuration.shards:
        latest = patient.latest[shard.name]
        for one in queries.slices(patient.deployed.market, shard.name, latest - 1, latest) if latest else ():
            yield shard, one


def _bars_are_possible(patient: Patient) -> Iterator[str]:
    for shard, one in _latest_slices(patient):
        broken = sorted(name for name, bar in one.bars.items() if not _is_possible(bar))
        if broken:
            yield f"{shard.name}: {', '.join(broken)} have prices that no market makes"


def _is_possible(bar: Bar) -> bool:
    return 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high and bar.volume >= 0


def _instruments_are_configured(patient: Patient) -> Iterator[str]:
    for shard, one in _latest_slices(patient):
        strangers = sorted(set(one.bars) - set(shard.instruments))
        if strangers:
            yield f"{shard.name} holds bars of {', '.join(strangers)}, which the configuration built here lacks"


def _holes_are_few(patient: Patient) -> Iterator[str]:
    holes = DynamoHoles(patient.deployed.market, time.time)
    for shard in patient.configuration.shards:
        count = len(holes.open(shard.name, _HOLES))
        if count == _HOLES:
            yield f"{shard.name} has {_HOLES} holes or more that nobody could fill"


def _the_past_is_archived(patient: Patient) -> Iterator[str]:
    yield from (f"{name}: {text}" for name, text in _health(patient).unarchived(patient.latest))


def _bars_are_packed(patient: Patient) -> Iterator[str]:
    yield from (f"{name} is {text}" for name, text in _health(patient).unpacked(patient.latest) if patient.latest[name])


def _health(patient: Patient) -> MarketHealth:
    market = patient.deployed.market
    bars, evidence = DynamoArchivedSeries(market, time.time), DynamoEvidence(market, time.time)
    return MarketHealth(
        patient.configuration,
        DynamoSlices(market, time.time),
        bars,
        DynamoBreakers(market),
        lambda shard: (bars.archived(shard).through, evidence.archived(shard)),
    )


def _providers_answer(patient: Patient) -> Iterator[str]:
    breakers = DynamoBreakers(patient.deployed.market)
    asked = {name for shard in patient.configuration.shards for name in (shard.provider, *shard.fallbacks)}
    for name in sorted(one.partition("@")[0] for one in asked):
        breaker = breakers.get(name)
        if breaker.state is not Circuit.CLOSED:
            yield f"{name} is left alone since {iso(breaker.opened)}: {breaker.reason}"


def _splits_are_judged(patient: Patient) -> Iterator[str]:
    for one in DynamoSplits(patient.deployed.market).every():
        if str(one.state).upper().endswith("SUSPECTED"):
            yield f"{one.instrument} looks as if it was split; its bars are held back"


def _notices_are_taken(patient: Patient) -> Iterator[str]:
    waiting = DynamoNotices(patient.deployed.market, time.time).pending(100)
    if len(waiting) >= 100:  # noqa: PLR2004 - five visits of the watch
        yield "a hundred notices wait to be told: the watch does not take them"


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _last_decisions(patient: Patient) -> Iterator[tuple[str, DecisionRecord]]:
    for shard in patient.configuration.shards:
        reached = patient.evaluated[shard.name]
        for record in queries.decisions(patient.deployed.market, shard.name, reached - 1, reached) if reached else ():
            yield shard.name, record


def _decisions_are_explained(patient: Patient) -> Iterator[str]:
    told = {name for name, _ in _last_decisions(patient)}
    for name, reached in patient.evaluated.items():
        if reached and name not in told:
            yield f"{name} was evaluated to {iso(reached)}, and no decision says why"


def _configuration_is_deployed(patient: Patient) -> Iterator[str]:
    here = patient.configuration.hash
    for name, record in _last_decisions(patient):
        if record.configuration != here:
            yield f"{name} was decided with {record.configuration}, built here is {here}"
            return


def _strategies_do_not_fail(patient: Patient) -> Iterator[str]:
    failed = {
        f"{one.strategy}: {one.reason}"
        for _, record in _last_decisions(patient)
        for one in record.decisions
        if one.action is Action.FAIL
    }
    yield from sorted(failed)


def _strategies_are_at_work(patient: Patient) -> Iterator[str]:
    decided = {one.strategy for _, record in _last_decisions(patient) for one in record.decisions}
    frames = {shard.timeframe for shard in patient.configuration.shards if patient.evaluated[shard.name]}
    for rules in patient.configuration.strategies:
        if decided and rules.timeframe in frames and rules.name not in decided:
            yield f"{rules.name} decides nothing"


def _clocks_agree(patient: Patient) -> Iterator[str]:
    if abs(patient.skew) > _SKEW:
        yield f"this machine's clock is off by {patient.skew:+.0f} s: what it asks for may be refused or late"


_PROVIDER = "docs/runbooks/no-bars.md; `tradewind providers`"

CHECKS: tuple[Check, ...] = (
    Check("shards have slices", _shards_have_slices, "wait for the first fetch, or run `make run`", State.NOTE),
    Check("shards", _shards_are_evaluated, "`watch` pokes it each minute; if it stays: docs/runbooks/lag.md"),
    Check("evaluation is not ahead", _evaluation_is_not_ahead, "slices were lost: restore the market table"),
    Check("freshness", _bars_are_fresh, _PROVIDER, where="live"),
    Check("no bar is from the future", _no_bar_is_from_the_future, "compare the clocks, then `tradewind data status`"),
    Check("latest bars are possible", _bars_are_possible, "`tradewind data status`; ask another provider"),
    Check("latest bars are of this configuration", _instruments_are_configured, "deploy what is built here"),
    Check("holes are few", _holes_are_few, _PROVIDER, State.NOTE),
    Check("bars are packed", _bars_are_packed, "docs/runbooks/compaction.md", where="live"),
    Check("the past is archived", _the_past_is_archived, "docs/runbooks/archive.md", where="live"),
    Check("providers answer", _providers_answer, _PROVIDER),
    Check("splits are judged", _splits_are_judged, "`tradewind data split` confirms or denies it"),
    Check("notices are taken", _notices_are_taken, "read the log of watch"),
    Check("decisions are explained", _decisions_are_explained, "restore the market table; decisions must not be lost"),
    Check("configuration", _configuration_is_deployed, "deploy what is built here, or build what is deployed"),
    Check("no strategy fails", _strategies_do_not_fail, "`tradewind explain` shows it; mend the rule and deploy"),
    Check("every strategy is at work", _strategies_are_at_work, "deploy what is built here"),
    Check("clocks agree", _clocks_agree, "set this machine's clock (NTP)"),
)
