"""Whether everything is well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from tradewind.api.access import Role
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.decisions import EngineStatus
from tradewind.api.models.standing import Health, QueueDepth, ShardHealth, SimpleHealth
from tradewind.application.standing import ShardStanding

_ORDERS, _LETTERS = "orders", "orders-dlq"


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = HealthView(gateway, desk)
    gateway.reads("/api/health/simple", view.simple, Role.NOBODY, tag="Health")
    gateway.reads("/api/health", view.health, tag="Health")
    gateway.reads("/api/openapi.json", view.openapi, Role.NOBODY, tag="Health")
    gateway.reads("/api/engine-status", view.engine_status, tag="Health")
    gateway.reads("/api/metrics", view.metrics, tag="Health", responses=_TEXT)


@dataclass(frozen=True, slots=True)
class HealthView:
    """How an environment stands."""

    gateway: Gateway
    desk: Desk

    def simple(self) -> SimpleHealth:
        """Say that somebody answers, to anybody."""
        return SimpleHealth(status="ok")

    def openapi(self) -> dict[str, Any]:
        """Tell what the API is: OpenAPI 3.1, made of what answers."""
        return self.gateway.document

    def engine_status(self) -> EngineStatus:
        """Show what is at work, on which configuration, and how far behind it is."""
        rules, depths = self.desk.configuration, self.desk.seeing.depths(_ORDERS, _LETTERS)
        with self.desk.seeing.standing(accounts=True):
            shards = self.desk.standing.shards()
            trading = {one.name: str(self.desk.controls.get(one.name).state) for one in rules.accounts}
        return EngineStatus(
            environment=rules.environment,
            clock=rules.clock,
            configuration=rules.hash,
            trade_from=rules.trade_from,
            now=self.desk.now(),
            instruments=len(rules.instruments),
            strategies=len(rules.strategies),
            accounts=trading,
            lag_bars=max((one.lag_bars for one in shards), default=0),
            messages=depths.get(_ORDERS, 0),
            dead_letters=depths.get(_LETTERS, 0),
        )

    def metrics(self) -> Response[str]:
        """Tell the figures as Prometheus reads them."""
        return _plain("text/plain; version=0.0.4", "\n".join(self._figures()) + "\n")

    def _figures(self) -> Iterator[str]:
        desk = self.desk
        with desk.seeing.standing(accounts=True, board=True):
            accounts, shards, board = desk.standing.accounts(), desk.standing.shards(), desk.board()
        for name, meaning, told in (
            ("equity", "Cash and everything held at its last mark", lambda one: one.equity),
            ("cash", "Cash", lambda one: one.account.cash),
            ("realised", "Realised after fees", lambda one: one.account.realised),
            ("fees", "Paid in fees", lambda one: one.account.fees),
            ("positions", "Instruments held", lambda one: one.positions),
            ("working_orders", "Orders that work, stops and targets among them", lambda one: one.working_orders),
            ("trading", "1 where new risk is allowed", lambda one: int(one.control.state == "NORMAL")),
        ):
            yield from _family(name, meaning, [("account", one.rules.name, told(one)) for one in accounts])
        lags = [("shard", one.shard.name, one.lag_bars) for one in shards]
        yield from _family("lag_bars", "Bars stored and not decided yet", lags)
        latest = [("shard", one.shard.name, one.latest // 1000) for one in shards]
        yield from _family("latest_bar_seconds", "When the latest bar closed, since 1970", latest)
        depths = [("queue", name, count) for name, count in desk.seeing.depths().items()]
        yield from _family("queue_messages", "What waits, what is in work included", depths)
        failing = [("check", name, 1) for name in sorted(board.failing)]
        yield from _family("check_failing", "Checks that fail now", failing)

    def health(self) -> Health:
        """Show failing checks, how far shards have come, and what waits in queues."""
        desk = self.desk
        with desk.seeing.standing(board=True):
            board, shards = desk.board(), desk.standing.shards()
        return Health(
            status="failing" if board.failing else "ok",
            failing=dict(board.failing),
            environment=desk.configuration.environment,
            clock=desk.configuration.clock,
            now=desk.now(),
            shards=[shard_health(one) for one in shards],
            queues=[QueueDepth(queue=name, messages=count) for name, count in desk.seeing.depths().items()],
        )


_TEXT = {200: {"description": "Figures", "content": {"text/plain": {"schema": {"type": "string"}}}}}


def _plain(kind: str, text: str) -> Response[Any]:
    return Response(status_code=int(HTTPStatus.OK), content_type=kind, body=text)


def _family(name: str, meaning: str, rows: Sequence[tuple[str, str, object]]) -> Iterator[str]:
    """Yield one metric's lines.

    Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    yield f"# HELP tradewind_{name} {meaning}."
    yield f"# TYPE tradewind_{name} gauge"
    for label, value, figure in rows:
        escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        yield f'tradewind_{name}{{{label}="{escaped}"}} {figure}'


def shard_health(one: ShardStanding) -> ShardHealth:
    """Return a shard's standing as a document."""
    shard = one.shard
    return ShardHealth(
        shard=shard.name,
        timeframe=shard.timeframe,
        instruments=len(shard.instruments),
        latest=one.latest,
        evaluated=one.evaluated,
        lag_bars=one.lag_bars,
    )
