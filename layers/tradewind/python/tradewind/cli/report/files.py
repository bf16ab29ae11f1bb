"""The files of a run: `summary.json`, `fills.json`, `orders.json`, `decisions.parquet`, `alerts.json`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tradewind.application.explaining import code_of
from tradewind.cli.configuration.building import decimal_text
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.fill import Fill
from tradewind.domain.order import Leg, Order

_BRACKET = frozenset({Leg.STOP, Leg.TARGET})
"""They were asked for by their entry's intent; every other order has the id of its own."""

_GROUP = 500
"""Slices' decisions in one row group."""


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON; a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
    fresh.replace(path)


def fill_row(fill: Fill) -> dict[str, Any]:
    """Return a fill as `fills.json` has it."""
    return {
        "ts": fill.ts,
        "instrument": fill.instrument,
        "side": str(fill.side),
        "quantity": decimal_text(fill.quantity),
        "price": decimal_text(fill.price),
        "fee": decimal_text(fill.fee),
        "order_id": fill.order_id,
        "trade_id": fill.trade_id,
        "intent_id": fill.parent if fill.leg in _BRACKET else fill.order_id,
        "parent": fill.parent,
        "account": fill.account,
        "strategy": fill.strategy,
        "leg": str(fill.leg),
        "realised": decimal_text(fill.realised),
        "reason": fill.reason,
    }


def order_row(order: Order) -> dict[str, Any]:
    """Return an order as `orders.json` has it."""
    prices = ("price", "stop", "target", "worst_price")
    return {
        "order_id": order.id,
        "parent": order.parent,
        "account": order.account,
        "instrument": order.instrument,
        "strategy": order.strategy,
        "leg": str(order.leg),
        "side": str(order.side),
        "quantity": decimal_text(order.quantity),
        **{name: decimal_text(getattr(order, name)) for name in prices},
        "status": str(order.status),
        "reason": order.reason,
        "created": order.created,
        "trace": order.trace,
        "source": order.source,
    }


def write_ledger(folder: Path, orders: Iterable[Order], fills: Iterable[Fill]) -> None:
    """Write `orders.json` and `fills.json`."""
    write_json(folder / "fills.json", [fill_row(fill) for fill in fills])
    write_json(folder / "orders.json", [order_row(order) for order in orders])


@dataclass(slots=True)
class DecisionsFile:
    """`decisions.parquet`, written as decisions are read: one row a strategy, instrument and bar."""

    path: Path
    _writer: Any = None
    _waiting: list[DecisionRecord] = field(default_factory=list)

    def add(self, record: DecisionRecord) -> None:
        """Take one record."""
        self._waiting.append(record)
        if len(self._waiting) >= _GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left; a file without rows still has its columns."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        schema = _schema()
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = parquet.ParquetWriter(self.path, schema, compression="zstd")
        rows = [row for record in self._waiting for row in decision_rows(record)]
        self._writer.write_table(pa.Table.from_pylist(rows, schema))
        self._waiting.clear()


def decision_rows(record: DecisionRecord) -> Sequence[dict[str, Any]]:
    """Return a record's decisions as rows."""
    return [
        {
            "ts": record.ts,
            "rev": record.rev,
            "late": record.late,
            "shard": record.shard,
            "account": one.account,
            "strategy": one.strategy,
            "instrument": one.instrument,
            "action": str(one.action),
            "reason": one.reason,
            "strength": one.strength,
            "value": one.value,
            "limit": one.limit,
            "intent_id": one.intent,
            "gates": [
                {"name": name, "comparison": comparison, "value": gate.value, "threshold": gate.threshold,
                 "passed": gate.passed}
                for (name, comparison), gate in zip(record.gates.get(one.strategy, ()), one.gates, strict=False)
            ],
            "configuration": record.configuration,
            "code": code_of(record, one.account, one.strategy),
        }
        for one in record.decisions
    ]  # fmt: skip


def _schema() -> Any:
    import pyarrow as pa

    gate = pa.struct(
        [("name", pa.string()), ("comparison", pa.string()), ("value", pa.float64()), ("threshold", pa.float64()),
         ("passed", pa.bool_())]
    )  # fmt: skip
    text = ("shard", "account", "strategy", "instrument", "action", "reason")
    return pa.schema(
        [("ts", pa.int64()), ("rev", pa.int32()), ("late", pa.bool_())]
        + [(name, pa.string()) for name in text]
        + [(name, pa.float64()) for name in ("strength", "value", "limit")]
        + [("intent_id", pa.string()), ("gates", pa.list_(gate)), ("configuration", pa.string()),
           ("code", pa.string())]
    )  # fmt: skip
