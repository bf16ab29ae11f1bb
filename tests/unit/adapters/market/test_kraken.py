import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fakes.market_stores import FakeRefusalLog, FakeSliceStore
from tradewind.adapters.market.kraken import KrakenProvider, RefusedError, pair
from tradewind.application.fetch_bars import FetchBars
from tradewind.application.ports_market import Answer
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe

BTC, ETH, DOGE = (InstrumentId(f"{base}-USD.KRAKEN") for base in ("BTC", "ETH", "DOGE"))
RECORDED = Path(__file__).parents[5] / "shared/data/api/kraken/nautilus/http_ohlc.json.gz"
T0 = 28_000_000  # minutes since 1970

type Reply = tuple[int, bytes, dict[str, str]]
type Script = Callable[[str, int], Reply | None]
"""(pair, how many requests it has made) → status, body, headers; None hangs up without an answer."""


def ok(result: Any, *errors: str) -> Reply:
    return 200, json.dumps({"error": list(errors), "result": result}).encode(), {}


def row(minute: int, price: str = "100.5") -> list[Any]:
    return [(T0 + minute) * 60, price, "101.0", "100.0", "100.5", "100.4", "1.50000000", 7]


def table(*minutes: int, name: str = "XXBTZUSD") -> Reply:
    return ok({name: [row(m) for m in minutes], "last": (T0 + minutes[-2]) * 60 if len(minutes) > 1 else 0})


@dataclass
class Exchange:
    """A real HTTP server that answers by a script and remembers what it was asked."""

    script: Script = lambda pair, n: table(1, 2, 3)
    queries: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def count(self, pair: str) -> int:
        return sum(query["pair"] == pair for query in self.queries)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    it = Exchange()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            it.queries.append({**query, "path": url.path})
            reply = it.script(query["pair"], it.count(query["pair"]))
            if reply is None:
                self.close_connection = True
                return
            status, body, headers = reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    it.url = f"http://127.0.0.1:{server.server_port}"
    yield it
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Time:
    """Time that passes only by sleeping."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@dataclass
class World:
    exchange: Exchange
    time: Time = field(default_factory=Time)
    options: dict[str, Any] = field(default_factory=dict)

    def provider(self) -> KrakenProvider:
        return KrakenProvider(
            self.exchange.url,
            monotonic=lambda: self.time.now,
            sleep=self.time.sleep,
            jitter=lambda: 0.5,
            **{"concurrency": 1, **self.options},
        )

    def bars(self, *instruments: InstrumentId, since: int = 0, until: int = 10) -> Answer:
        span = [(T0 + minute) * MINUTE for minute in (since, until)]
        return self.provider().bars(instruments or [BTC], Timeframe.M1, *span)


@pytest.fixture
def at(exchange: Exchange) -> World:
    return World(exchange)


def minutes(answer: Answer, name: InstrumentId = BTC) -> list[int]:
    return [int(str(bar.ts_open)) // MINUTE - T0 for bar in answer.rows[name]]


def test_instruments_are_spelled_as_kraken_does() -> None:
    assert [pair(name) for name in (BTC, ETH, DOGE)] == ["XBTUSD", "ETHUSD", "XDGUSD"]
    with pytest.raises(RefusedError, match=r"AAPL\.US is no pair"):
        pair(InstrumentId("AAPL.US"))


def test_it_asks_for_what_follows_the_watermark(at: World) -> None:
    at.bars(since=1)

    assert at.exchange.queries == [
        {"path": "/0/public/OHLC", "pair": "XBTUSD", "interval": "1", "since": str((T0 + 1) * 60 - 1)}
    ]


def test_the_last_row_is_the_open_bar_and_never_comes_through(at: World) -> None:
    assert minutes(at.bars(until=99)) == [1, 2]


def test_only_rows_of_the_asked_span_come_through(at: World) -> None:
    at.exchange.script = lambda *_: table(1, 2, 3, 4, 5)

    assert minutes(at.bars(since=2, until=4)) == [2, 3]


def test_values_come_as_kraken_wrote_them(at: World) -> None:
    bar = at.bars().rows[BTC][0]

    assert tuple(bar) == ((T0 + 1) * MINUTE, "100.5", "101.0", "100.0", "100.5", "1.50000000", None)


def test_an_answer_with_nothing_but_the_open_bar_is_empty(at: World) -> None:
    at.exchange.script = lambda *_: table(9)
    assert minutes(at.bars()) == []
    at.exchange.script = lambda *_: ok({"XXBTZUSD": [], "last": 0})
    assert minutes(at.bars()) == []


def test_a_warning_is_no_error(at: World) -> None:
    at.exchange.script = lambda *_: ok({"XXBTZUSD": [row(1), row(2)], "last": 0}, "WGeneral:Slow")

    assert minutes(at.bars()) == [1]


def test_requests_of_one_pair_keep_to_the_pace_and_those_of_others_need_not(at: World) -> None:
    at.exchange.script = lambda name, n: (502, b"", {}) if name == "ETHUSD" and n < 2 else table(1, 2)
    at.options = {"pace": 3.0}

    answer = at.bars(BTC, ETH, DOGE)

    assert list(answer.rows) == [BTC, ETH, DOGE]
    assert at.time.naps == [3.0]


def test_as_many_pairs_are_asked_for_side_by_side_as_it_is_told(at: World) -> None:
    together = threading.Barrier(3, timeout=20)

    def meet(*_: Any) -> Reply:
        together.wait()  # breaks unless three requests are under way at once
        return table(1, 2)

    at.exchange.script = meet
    at.options = {"concurrency": 3}

    answer = at.bars(BTC, ETH, DOGE)

    assert (list(answer.rows), answer.failures) == ([BTC, ETH, DOGE], {})


def test_a_fault_of_our_own_is_not_lost_in_a_worker(at: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.adapters.market.kraken._raw", lambda _: 1 // 0)
    at.options = {"concurrency": 2}

    with pytest.raises(ZeroDivisionError):
        at.bars(BTC, ETH)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (ok({}, "EAPI:Rate limit exceeded"), "RATE_LIMITED"),
        (ok({}, "EGeneral:Too many requests"), "RATE_LIMITED"),
        (ok({}, "EGeneral:Temporary lockout"), "RATE_LIMITED"),
        (ok({}, "EService:Unavailable"), "SERVICE_ERROR"),
        (ok({}, "EGeneral:Internal error"), "SERVICE_ERROR"),
        ((429, b"", {}), "RATE_LIMITED"),
        ((500, b"", {}), "SERVER_ERROR"),
        ((503, b"<html>", {}), "SERVER_ERROR"),
        ((520, b"", {}), "SERVER_ERROR"),
        ((200, b"<html>just a moment</html>", {}), "BAD_ANSWER"),
        ((200, b"\xff\xfe", {}), "BAD_ANSWER"),
        ((200, b"[]", {}), "BAD_ANSWER"),
        ((200, b"{}", {}), "SERVICE_ERROR"),
        (ok(None), "BAD_ANSWER"),
        (ok({"last": 1}), "BAD_ANSWER"),
        (ok({"XXBTZUSD": {}, "last": 1}), "BAD_ANSWER"),
        (ok({"XXBTZUSD": [], "XETHZUSD": [], "last": 1}), "BAD_ANSWER"),
        (None, "UNREACHABLE"),
    ],
)
def test_what_may_pass_is_asked_again_with_backoff_and_then_named(at: World, reply: Reply | None, reason: str) -> None:
    at.exchange.script = lambda *_: reply

    failure = at.bars().failures[BTC]

    assert (failure.reason, failure.lasting) == (reason, False)
    assert "BTC-USD.KRAKEN" in failure.detail
    assert at.exchange.count("XBTUSD") == 3
    assert at.time.naps == [1.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (ok({}, "EQuery:Unknown asset pair"), "UNKNOWN_PAIR"),
        (ok({}, "EGeneral:Invalid arguments:interval"), "INVALID_ARGUMENTS"),
        ((404, b"", {}), "HTTP_404"),
        ((301, b"", {"Location": "/"}), "HTTP_301"),
    ],
)
def test_what_will_not_pass_is_asked_once(at: World, reply: Reply, reason: str) -> None:
    at.exchange.script = lambda *_: reply

    failure = at.bars().failures[BTC]

    assert (failure.reason, failure.lasting) == (reason, True)
    assert at.exchange.count("XBTUSD") == 1


def test_a_stumble_is_healed_by_the_next_request(at: World) -> None:
    at.exchange.script = lambda _, n: (502, b"", {}) if n < 3 else table(1, 2, 3)

    assert minutes(at.bars()) == [1, 2]


def test_one_instruments_failure_fails_no_other(at: World) -> None:
    at.exchange.script = lambda name, _: ok({}, "EQuery:Unknown asset pair") if name == "ETHUSD" else table(1, 2)

    answer = at.bars(BTC, ETH, DOGE)

    assert (list(answer.rows), list(answer.failures)) == ([BTC, DOGE], [ETH])


def test_after_a_rate_limit_the_rest_is_not_even_asked(at: World) -> None:
    at.exchange.script = lambda name, _: (429, b"", {}) if name == "ETHUSD" else table(1, 2)

    answer = at.bars(BTC, ETH, DOGE)

    assert list(answer.rows) == [BTC]
    assert {failure.reason for failure in answer.failures.values()} == {"RATE_LIMITED"}
    assert at.exchange.count("XDGUSD") == 0


def test_it_waits_as_long_as_it_is_told(at: World) -> None:
    at.exchange.script = lambda _, n: (429, b"", {"Retry-After": "7"}) if n == 1 else table(1, 2)

    assert minutes(at.bars()) == [1]
    assert at.time.naps == [7.0]


def test_whoever_is_not_reached_in_time_is_named(at: World) -> None:
    def slow(*_: Any) -> Reply:
        at.time.now += 1.0
        return table(1, 2)

    at.exchange.script = slow
    at.options = {"budget": 6.5}

    answer = at.bars(BTC, ETH, DOGE)

    assert list(answer.rows) == [BTC, ETH]
    assert answer.failures[DOGE].reason == "OUT_OF_TIME"
    assert at.exchange.count("XDGUSD") == 0


def test_a_silent_exchange_is_a_timeout(at: World) -> None:
    silence = threading.Event()

    def hang(*_: Any) -> None:
        silence.wait(30)

    at.exchange.script = hang
    at.options = {"timeout": 0.05, "attempts": 1}

    failure = at.bars().failures[BTC]
    silence.set()

    assert (failure.reason, failure.detail) == ("TIMEOUT", "Kraken did not answer for BTC-USD.KRAKEN in 0.05 s")


def test_an_exchange_that_is_not_there_is_unreachable() -> None:
    provider = KrakenProvider("http://127.0.0.1:9", attempts=1)

    assert provider.bars([BTC], Timeframe.M1, 0, 1).failures[BTC].reason == "UNREACHABLE"


def shard(*names: InstrumentId) -> Shard:
    return Shard("kraken-1m", Timeframe.M1, "kraken", names)


def test_a_row_that_makes_no_sense_is_refused_on_record_and_the_rest_is_traded(at: World) -> None:
    bad: list[Any] = [row(2, "x"), {"time": 1}, [1], ["soon", *row(3)[1:]]]
    at.exchange.script = lambda *_: ok({"XXBTZUSD": [row(1), *bad, row(4), row(5)], "last": 0})
    slices, refusals = FakeSliceStore(), FakeRefusalLog()

    FetchBars(at.provider(), slices, refusals, first_bars=10)(shard(BTC), (T0 + 9) * MINUTE)

    stored = slices.between("kraken-1m", 0, 2**60)
    assert [(s.ts_open // MINUTE - T0, list(s.bars), dict(s.missing)) for s in stored] == [
        (1, [BTC], {}), (2, [], {BTC: "MALFORMED"}), (4, [BTC], {}),
    ]  # fmt: skip
    assert {refusal.reason for refusal in refusals.items.values()} == {"MALFORMED", "UNREADABLE_TIME"}


def test_a_dead_exchange_writes_nothing_and_the_next_run_catches_up(at: World) -> None:
    slices = FakeSliceStore()
    fetch = FetchBars(at.provider(), slices, FakeRefusalLog(), first_bars=10)
    at.exchange.script = lambda *_: (503, b"", {})
    with pytest.raises(TransientError, match="HTTP 503"):
        fetch(shard(BTC), (T0 + 4) * MINUTE)
    assert slices.items == {}

    at.exchange.script = lambda *_: table(1, 2, 3, 4)
    assert fetch(shard(BTC), (T0 + 4) * MINUTE).written == 3


def test_a_recorded_answer_becomes_slices(at: World) -> None:
    if not RECORDED.exists():
        pytest.skip(f"the recorded answers are not here: {RECORDED}")
    body = gzip.decompress(RECORDED.read_bytes())
    rows = json.loads(body)["result"]["XBTUSDT"]
    at.exchange.script = lambda *_: (200, body, {})
    slices, refusals = FakeSliceStore(), FakeRefusalLog()
    name = InstrumentId("BTC-USDT.KRAKEN")

    report = FetchBars(at.provider(), slices, refusals, first_bars=720)(shard(name), rows[-1][0] * 1000 + 30_000)

    assert at.exchange.queries[0]["pair"] == "XBTUSDT"
    assert (report.written, report.watermark, refusals.items) == (720, rows[-1][0] * 1000, {})
    first = slices.between("kraken-1m", 0, 2**60)[0].bars[name]
    assert (first.ts_open, first.open, first.volume) == (rows[0][0] * 1000, 106038.2, 0.0)
