"""A store with five million bars in three tiers on an emulator of its own, and the same as one item per bar."""

import gc
import os
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from botocore.config import Config
from botocore.session import get_session

from tradewind.adapters.dynamodb.answers import AnswerParsers
from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
from tradewind.adapters.dynamodb.near_tiers import DynamoNearTiers
from tradewind.adapters.dynamodb.series import series_key
from tradewind.adapters.dynamodb.slice_log import slice_key
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Table, key, number
from tradewind.adapters.metering import Recorder
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.parquet import ParquetBars, object_key
from tradewind.application.bar_repository import Cold, TieredBars
from tradewind.application.ports_bars import WARM_DAYS, Archived, BarMonth, ObjectStore, StoredObject
from tradewind.cli.local import Places, emulator, processes
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_end, month_start, months
from tradewind.domain.series import SeriesChunk, period_start, periods
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

INSTRUMENTS = tuple(InstrumentId(f"COIN{i:02d}-USD.SIM") for i in range(90))
FRAME, QUARTERS = Timeframe.M1, Timeframe.M15
MINUTES = 55_556
BARS = MINUTES * len(INSTRUMENTS)
YEAR = 365 * DAY
HOT = 37
"""Slices that are in no chunk yet: compaction comes seven minutes past each hour, so that there are 7 to 67."""

WARM = 2
"""Days that lie in chunks here, of those which the product keeps: more of them would only take longer to load."""

_PEER = 5  # instruments of which the other store has a whole day

MARKET, PEER, BUCKET = "store-market", "store-items", "store-bars"


@dataclass
class CountedObjects(ObjectStore):
    """A store of objects that remembers how large those were that were read."""

    store: S3Store
    sizes: list[int] = field(default_factory=list)

    def read(self, key: str) -> StoredObject | None:
        """Return an object."""
        found = self.store.read(key)
        self.sizes.append(len(found.data) if found else 0)
        return found

    def write(self, key: str, data: bytes, replacing: str) -> str:
        """Keep an object."""
        return self.store.write(key, data, replacing)

    def keys(self, prefix: str) -> list[str]:
        """Return keys."""
        return self.store.keys(prefix)

    def delete(self, key: str) -> None:
        """Forget an object."""
        self.store.delete(key)

    def taken(self) -> list[int]:
        """Return the sizes since the last time."""
        taken, self.sizes = self.sizes, []
        return taken


class Warehouse:
    """Both stores, loaded, and the questions that are asked of them."""

    def __init__(self, endpoint: str) -> None:
        begun = time.monotonic()
        self._dynamodb, s3 = client("dynamodb", endpoint), client("s3", endpoint)
        self.recorder = Recorder()
        self.recorder.listen(self._dynamodb)
        self.objects = CountedObjects(S3Store(s3, BUCKET))
        self._s3, self._now = s3, time.time_ns() // 1_000_000
        self.end = self._now - self._now % (60 * MINUTE) + HOT * MINUTE
        self._market, self._peer = (self._table(name) for name in (MARKET, PEER))
        self._shards = (
            Shard("sim-1m", FRAME, "sim", INSTRUMENTS),
            Shard("sim-15m", QUARTERS, "sim", INSTRUMENTS[:1]),
        )
        self._slices, self._series = DynamoSlices(self._market, time.time), DynamoArchivedSeries(self._market)
        self._cold = Cold(self._series, ParquetBars(self.objects), lambda: self._now)
        self._load()
        self._bars = self._reader()
        self.recorder.taken()
        # A function that reads has not loaded anything: what was made for that is no garbage to look through.
        gc.collect()
        gc.freeze()
        self.seconds = time.monotonic() - begun

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────

    def day(self, k: int) -> Sequence[Bar]:
        """Return the last day of one instrument."""
        return self._bars.history(_named(k), FRAME, self.end - DAY, self.end)

    def first_day(self, k: int) -> Sequence[Bar]:
        """Return the last day of one instrument to who has read nothing before."""
        return self._reader().history(_named(k), FRAME, self.end - DAY, self.end)

    def day_of_five(self, k: int) -> Sequence[Bar]:
        """Return the last day of five instruments, read together."""
        names = [_named(5 * k + i) for i in range(5)]
        return [bar for bars in self._bars.histories(names, FRAME, self.end - DAY, self.end).values() for bar in bars]

    def latest(self, _: int) -> Sequence[Bar]:
        """Return the newest bar of each instrument."""
        return list(self._bars.latest(INSTRUMENTS, FRAME).values())

    def year(self, _: int) -> Sequence[Bar]:
        """Return a year of 15-minute bars, all of it older than the warm tier."""
        last = self.end - self.end % DAY - (WARM_DAYS + 1) * DAY
        return self._bars.history(INSTRUMENTS[0], QUARTERS, last - YEAR, last)

    def forget(self) -> None:
        """Forget what was asked and answered, as a function does with each call."""
        self.recorder.taken()
        self.objects.taken()

    # ── the same requests, and nothing done with their answers ───────────────────────────────────────────────────

    def bare_day(self, k: int) -> Sequence[object]:
        """Ask the client itself what `day` asks for."""
        return self._bare([_named(k)])

    def bare_first_day(self, k: int) -> Sequence[object]:
        """Ask the client itself what `first_day` asks for."""
        since = self.end - HOT * MINUTE
        slices = [key(*slice_key("sim-1m", ts)) for ts in range(since + MINUTE, self.end + 1, MINUTE)]
        return self._bare([_named(k)], slices)

    def bare_day_of_five(self, k: int) -> Sequence[object]:
        """Ask the client itself what `day_of_five` asks for."""
        return self._bare([_named(5 * k + i) for i in range(5)])

    def bare_year(self, _: int) -> Sequence[object]:
        """Read the objects of a year of 15-minute bars one after the other, and leave them as they are."""
        last = self.end - self.end % DAY - (WARM_DAYS + 1) * DAY
        keys = [object_key(INSTRUMENTS[0], QUARTERS, month) for month in months(last - YEAR, last)]
        return [self._s3.get_object(Bucket=BUCKET, Key=one)["Body"].read() for one in keys]

    def _bare(self, names: Sequence[InstrumentId], slices: Sequence[Item] = ()) -> Sequence[object]:
        chunks = [
            key(series_key(name, FRAME), f"{period:013d}")
            for name in names
            for period in periods(FRAME, self.end - DAY, self.end)
        ]
        self._dynamodb.query(
            TableName=MARKET,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "PACKED#sim-1m"}},
        )
        found: list[object] = []
        for keys in batched([*chunks, *slices], 100, strict=False):
            request = {MARKET: {"Keys": list(keys), "ConsistentRead": True}}
            found += self._dynamodb.batch_get_item(RequestItems=request)["Responses"][MARKET]
        return found

    # ── the other store ──────────────────────────────────────────────────────────────────────────────────────────

    def items_of_a_day(self, k: int) -> Sequence[Bar]:
        """Return the last day of one instrument, of which each bar is an item."""
        first, last = f"{self.end - DAY + 1:013d}", f"{self.end:013d}"
        return [_bar(item) for item in self._peer.query(f"BAR#{_named(k % _PEER)}", first=first, last=last)]

    def latest_items(self, _: int) -> Sequence[Bar]:
        """Return the newest item of each instrument."""
        return [_bar(item) for name in INSTRUMENTS for item in self._peer.query(f"BAR#{name}", limit=1, backwards=True)]

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _reader(self) -> TieredBars:
        near = DynamoNearTiers(self._slices, self._series)
        return TieredBars(self._shards, self._slices, self._series, cold=self._cold, near=near)

    def _load(self) -> None:
        self._s3.create_bucket(Bucket=BUCKET)
        slices, series, cold = self._slices, self._series, self._cold
        hot: dict[int, dict[InstrumentId, Bar]] = {}
        with ThreadPoolExecutor(2) as pool:
            for name, bars in zip(INSTRUMENTS, map(self._minutes, range(len(INSTRUMENTS))), strict=True):
                list(pool.map(self._market.write_many, batched(self._chunks(name, bars[:-HOT]), 250, strict=False)))
                self._keep(cold, name, FRAME, bars[: -DAY // MINUTE])
                for bar in bars[-HOT:]:
                    hot.setdefault(bar.ts_close, {})[name] = bar
                peers = bars[-DAY // MINUTE :] if name in INSTRUMENTS[:_PEER] else bars[-1:]
                self._peer.write_many([_item(name, bar) for bar in peers])
        for ts_close, found in hot.items():
            slices.put(Slice("sim-1m", FRAME, ts_close, found, previous=ts_close - MINUTE))
        self._keep(cold, INSTRUMENTS[0], QUARTERS, self._quarters())
        for shard in self._shards:
            settled = self.end - self.end % DAY - 2 * DAY
            series.advance(shard.name, self.end - HOT * MINUTE)
            series.advance_archived(shard.name, Archived(settled, settled, shard.instruments))

    def _minutes(self, seed: int) -> list[Bar]:
        return _walk(seed, self.end - MINUTES * MINUTE, MINUTES, FRAME)

    def _quarters(self) -> list[Bar]:
        first = self.end - self.end % DAY - YEAR - (WARM_DAYS + 2) * DAY
        return _walk(7, first, YEAR // QUARTERS.ms + 96, QUARTERS)

    def _chunks(self, name: InstrumentId, bars: Sequence[Bar]) -> Iterator[Item]:
        """Yield the items of chunks as the adapter writes them, many in a request for once."""
        keeper = DynamoArchivedSeries(self._market)
        periods: dict[int, list[Bar]] = {}
        for bar in bars[-WARM * DAY // MINUTE :]:
            periods.setdefault(period_start(FRAME, bar.ts_open), []).append(bar)
        for period, found in periods.items():
            yield keeper.item(SeriesChunk(name, FRAME, period, found[-1].ts_close, found))

    def _keep(self, cold: Cold, name: InstrumentId, frame: Timeframe, bars: Sequence[Bar]) -> None:
        for month in months(bars[0].ts_open, bars[-1].ts_close):
            found = [bar for bar in bars if month <= bar.ts_open < month_end(month)]
            cold.archive.write(BarMonth(name, frame, month_start(month), found), "")

    def _table(self, name: str) -> Table:
        self._dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        return Table(self._dynamodb, name)


@contextmanager
def opened() -> Iterator[Warehouse]:
    """Start an emulator, load it, and end it with the block."""
    with TemporaryDirectory() as home, socket.socket() as listener:
        places = Places(Path(home))
        listener.bind((emulator.HOST, 0))
        port = listener.getsockname()[1]
        listener.close()
        process = emulator.start(places, port)
        os.environ["AWS_CA_BUNDLE"] = str(places.certificate)
        try:
            yield Warehouse(f"https://{emulator.HOST}:{port}")
        finally:
            processes.end_group(process)
            os.environ.pop("AWS_CA_BUNDLE")


def client(service: str, endpoint: str) -> Any:
    """Return a client of the emulator, made as the functions make theirs."""
    session = get_session()
    session.register_component("response_parser_factory", AnswerParsers())
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="000000000000",
        aws_secret_access_key="000000000000",
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 4},
            tcp_keepalive=True,
            user_agent="tradewind",
            parameter_validation=False,
        ),
    )


def _walk(seed: int, start: int, count: int, frame: Timeframe) -> list[Bar]:
    """Return a random walk with a tick of a cent and volumes of eight decimals."""
    chance = np.random.default_rng(seed)
    closes = np.round(100 + 5 * seed + np.cumsum(chance.normal(0, 0.02, count)) % 50, 2)
    opens = np.concatenate(([closes[0]], closes[:-1]))
    tops = np.round(np.maximum(opens, closes) + np.abs(chance.normal(0, 0.03, count)), 2)
    lows = np.round(np.minimum(opens, closes) - np.abs(chance.normal(0, 0.03, count)), 2)
    volumes = np.round(chance.exponential(3.0, count), 8)
    columns = (column.tolist() for column in (opens, tops, lows, closes, volumes))
    times = range(start, start + count * frame.ms, frame.ms)
    return [Bar(ts, ts + frame.ms, *row) for ts, *row in zip(times, *columns, strict=True)]


def _item(name: InstrumentId, bar: Bar) -> Item:
    values = {
        field: {"N": str(Decimal(repr(getattr(bar, field))))} for field in ("open", "high", "low", "close", "volume")
    }
    return {**key(f"BAR#{name}", f"{bar.ts_close:013d}"), "ts": number(bar.ts_open), **values}


def _bar(item: Item) -> Bar:
    values = (float(item[field]["N"]) for field in ("open", "high", "low", "close", "volume"))
    return Bar(int(item["ts"]["N"]), int(item["sk"]["S"]), *values)


def _named(k: int) -> InstrumentId:
    return INSTRUMENTS[k % len(INSTRUMENTS)]
