"""What every provider promises, each in front of a real socket behind which its simulated venue answers."""

import json
import ssl
import time
from collections.abc import Iterator
from decimal import Decimal
from email.utils import formatdate
from functools import cache
from typing import Any

import pytest

from tests.venues import faults
from tests.venues.market import TURNOVER, VOLUME, Made, Row
from tests.venues.stage import KEYS, VENUES, Limit, Stage, staged
from tradewind.application.ports_market import NotOfferedError, Offer
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import ListingStatus
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar, validate

NO_VOLUME = {"coingecko"}
SILENT_ABOUT_UNKNOWN = {"polygon", "finnhub"}
"""Their answer for an unknown symbol is that of one without trades."""
DEEP = {"kraken": 700, "alpha_vantage": 1_500, "coingecko": 170, "finnhub": 800, "alpaca": 900, "polygon": 900}
MONTHLY = {"alpha_vantage": Timeframe.H1, "finnhub": Timeframe.H1}
"""Whose pages are months: so of hours, not of minutes."""
PAGES: dict[str, dict[str, Any]] = {"alpaca": {"page": 250}, "polygon": {"page": 250}}


@pytest.fixture(autouse=True, scope="module")
def one_tls_context() -> Iterator[None]:
    """Load the certificates once: nothing here speaks TLS, and every client would read them again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ssl.create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(params=VENUES)
def at(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with staged(request.param) as stage:
        yield stage


def truth(at: Stage, name: InstrumentId, back: int, frame: Timeframe | None = None) -> list[tuple[Any, ...]]:
    """Return what the venue's market holds: a second reading, from the source itself."""
    chosen = frame or at.frame
    rows = (at.market.source.row(name.rpartition(".")[0], chosen, at.ago(n, chosen)) for n in range(back, 0, -1))
    scale = 0.0 if at.venue.name in NO_VOLUME else 1.0
    return [(row.ts, *map(float, row[1:5]), scale * float(row.volume)) for row in rows if row]


def read(at: Stage, rows: Any, name: InstrumentId, back: int, frame: Timeframe | None = None) -> list[tuple[Any, ...]]:
    chosen = frame or at.frame
    bars, refused = validate(rows, name, chosen, at.ago(back, chosen), at.time.ms())
    assert refused == []
    return [(bar.ts_open, *bar[2:]) for bar in bars]


def test_every_closed_bar_since_the_watermark_comes_and_none_that_is_open(at: Stage) -> None:
    answer = at.bars(*at.names, back=5)

    assert answer.failures == {}
    assert list(answer.rows) == at.names
    for name in at.names:
        assert read(at, answer.rows[name], name, 5) == truth(at, name, 5)


def test_each_interval_that_it_states_comes_whole(at: Stage) -> None:
    for frame in at.provider.facts.timeframes:
        answer = at.bars(back=3, frame=frame)

        assert answer.failures == {}
        assert read(at, answer.rows[at.names[0]], at.names[0], 3, frame) == truth(at, at.names[0], 3, frame)


@pytest.mark.parametrize("name", VENUES)
def test_a_late_schedule_loses_nothing_across_pages(name: str) -> None:
    back = DEEP.get(name, 2_300)
    with staged(name, **PAGES.get(name, {})) as at:
        first, frame = at.names[0], MONTHLY.get(name, at.frame)

        answer = at.bars(first, back=back, frame=frame)

        assert answer.failures == {}
        assert read(at, answer.rows[first], first, back, frame) == truth(at, first, back, frame)
        assert len(at.venue.requests) > 1 or name in {"kraken", "coingecko"}


def test_an_interval_without_a_trade_is_no_end_of_the_page(at: Stage) -> None:
    quiet = frozenset({at.ago(2), at.ago(3)})
    at.market.source = Made(silent=quiet)

    answer = at.bars(back=5)

    assert read(at, answer.rows[at.names[0]], at.names[0], 5) == truth(at, at.names[0], 5)
    assert len(answer.rows[at.names[0]]) == 3


def test_values_are_the_venues_own_digits(at: Stage) -> None:
    precise = Row(at.ago(1), "100.12345678", "101.00000001", "99.5", "100.1", "7.00000003")

    class Precise(Made):
        def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
            return precise._replace(ts=ts)

    at.market.source = Precise()

    bar = at.bars(back=1).rows[at.names[0]][-1]

    assert [str(value) for value in bar[1:5]] == list(precise[1:5])
    assert at.venue.name in NO_VOLUME or str(bar.volume) == precise.volume


def test_a_bar_that_is_open_by_the_venues_clock_is_left_out_where_ours_is_ahead(at: Stage) -> None:
    close = at.ago(0)
    at.time.now = close / 1000 + 2
    at.skew = -4_000

    rows = at.provider.bars(at.names[:1], at.frame, close - 3 * at.frame.ms, at.time.ms()).rows[at.names[0]]

    assert [bar.ts_open for bar in rows] == [close - 3 * at.frame.ms, close - 2 * at.frame.ms]


def test_an_interval_that_it_has_not_is_named_for_every_instrument_and_never_asked_for(at: Stage) -> None:
    absent = [frame for frame in Timeframe if frame not in at.provider.facts.timeframes]
    for frame in absent:
        answer = at.bars(*at.names, frame=frame)

        assert {(one.reason, one.lasting) for one in answer.failures.values()} == {("INTERVAL_NOT_OFFERED", True)}
        assert list(answer.failures) == at.names
    assert at.venue.requests == []


def test_an_unknown_instrument_fails_alone_and_for_good(at: Stage) -> None:
    nobody = at.name("NOBODY-USD" if "-" in at.names[0] else "NOBODY")

    answer = at.bars(at.names[0], nobody, at.names[1])

    assert [*answer.rows][:1] == at.names[:1]
    assert at.names[1] in answer.rows
    if at.venue.name in SILENT_ABOUT_UNKNOWN:
        assert answer.rows[nobody] == []
    else:
        assert answer.failures[nobody].lasting
        assert answer.failures[nobody].reason in {"UNKNOWN_PAIR", "UNKNOWN_SYMBOL"}


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(500),
        faults.status(502),
        faults.status(503, Retry_After="1"),
        faults.status(403),
        faults.status(429, Retry_After="2"),
        faults.status(418, Retry_After="2"),
        faults.truncated(),
        faults.hang_up(),
        faults.garbage(b"<html>just a moment</html>"),
        faults.garbage(b"[]"),
        faults.garbage(b"{}"),
        faults.garbage(b'{"bars": {"AAPL": 7}, "candles": 7, "result": 7, "results": 7, "s": 7}'),
        faults.garbage(b'{"a": NaN}'),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.body[:12]!r}",
)
def test_a_stumble_is_healed_by_the_next_request(at: Stage, fault: faults.Fault) -> None:
    if fault.body == b"[]" and at.venue.name in {"binance", "coingecko"}:
        pytest.skip("an empty array is an answer here: no bars")
    fault.times = 1
    at.venue.faults.append(fault)

    answer = at.bars(back=5)

    assert answer.failures == {}
    assert read(at, answer.rows[at.names[0]], at.names[0], 5) == truth(at, at.names[0], 5)
    assert len(at.venue.requests) == 2
    assert sum(at.time.naps) >= float(fault.headers.get("Retry-After", 0))


def test_a_venue_that_is_down_is_named_and_may_come_back(at: Stage) -> None:
    at.venue.faults.append(faults.maintenance())

    answer = at.bars(*at.names)

    assert answer.rows == {}
    assert {one.lasting for one in answer.failures.values()} == {False}
    at.venue.faults.clear()
    assert at.bars(*at.names).failures == {}


def test_a_shape_that_nobody_knows_is_named_with_its_field(at: Stage) -> None:
    at.venue.faults.append(faults.garbage(b'{"unheard": "of"}', times=-1))

    failure = at.bars().failures[at.names[0]]

    assert failure.reason in {"BAD_ANSWER", "SERVICE_ERROR"}  # Kraken's has no `error`: that is its own way to fail
    assert at.names[0] in failure.detail
    assert "must be" in failure.detail or failure.reason == "SERVICE_ERROR"


@pytest.mark.parametrize("name", VENUES)
def test_a_hanging_venue_is_a_timeout_within_the_budget(name: str) -> None:
    with staged(name, {"timeout": 0.05, "attempts": 1}) as at:
        at.venue.faults.append(faults.slow(0.3, times=-1))

        assert at.bars().failures[at.names[0]].reason == "TIMEOUT"


def test_an_answer_that_comes_by_drops_is_a_timeout_too() -> None:
    with staged("binance", {"timeout": 0.05, "attempts": 1, "monotonic": time.monotonic}) as at:
        at.venue.faults.append(faults.trickle(0.04, times=-1))

        assert at.bars(back=50).failures[at.names[0]].reason == "TIMEOUT"


SAID = "We have detected your API key as {} and our standard API rate limit is 25 requests per day."
CUT = "We have detected, to our regret, your API key as {}."  # where much is said, only its beginning is told


@pytest.mark.parametrize("name", [name for name in VENUES if name not in {"kraken", "binance", "bybit", "coinbase"}])
@pytest.mark.parametrize("said", [SAID, CUT])
@pytest.mark.parametrize("field", ["Information", "error", "status", "message"])
def test_a_key_that_a_venue_repeats_is_told_to_nobody(name: str, field: str, said: str) -> None:
    with staged(name, {"attempts": 1}) as at:
        provider: Any = at.provider
        for key in provider.keys.values():
            at.venue.faults.append(faults.garbage(json.dumps({field: said.format(key)}).encode(), times=1))
            failures = at.bars().failures

            assert key[:6] not in str(failures)
            assert failures


@pytest.mark.parametrize("name", VENUES)
def test_beyond_the_limit_nobody_insists(name: str) -> None:
    with staged(name, {"concurrency": 1, "pace": 0.0}, limit=Limit(1, 10_000)) as at:
        known = at.names
        answer = at.provider.bars(known, at.frame, at.ago(2), at.time.ms())

        assert {one.reason for one in answer.failures.values()} <= {"RATE_LIMITED"}
        assert len(at.venue.requests) <= 4  # one that was served, and one that was patient for all others
        assert not any(one.lasting for one in answer.failures.values())


def test_quotes_are_the_markets(at: Stage) -> None:
    if Offer.QUOTES not in at.provider.facts.offers:
        pytest.skip("it has none")
    for names in (at.names, at.names[:1]):
        found = at.provider.quotes(names)

        assert found.failures == {}
        assert list(found.quotes) == names
        for name in names:
            quote, symbol = found.quotes[name], name.rpartition(".")[0]
            assert quote.last == at.market.last(symbol)
            assert (quote.bid, quote.ask) in {at.market.best(symbol), (None, None)}
            assert quote.volume in {VOLUME, None}
            assert quote.turnover is None or abs(quote.turnover - TURNOVER) < Decimal("1e-6")
            assert abs(quote.ts - at.time.ms()) < 1_000 or at.venue.name == "alpha_vantage"


def test_an_unknown_instrument_has_no_quote_and_takes_none_from_others(at: Stage) -> None:
    nobody = at.name("NOBODY-USD" if "-" in at.names[0] else "NOBODY")

    found = at.provider.quotes([at.names[0], nobody])

    assert list(found.quotes) == at.names[:1]
    assert list(found.failures) == [nobody]


def test_listings_are_the_markets(at: Stage) -> None:
    listed = at.provider.instruments("HERE")

    symbols = [s for s in at.market.symbols if at.venue.name != "finnhub" or "-" not in s]
    assert sorted(one.id for one in listed) == sorted(f"{symbol}.HERE" for symbol in symbols)
    for one in listed:
        rules = at.market.symbols[one.id.rpartition(".")[0]]
        if one.tick is not None and one.lot is not None:
            assert (one.tick, one.lot) == (Decimal(rules.tick), Decimal(rules.lot))
            assert one.minimum_notional in {Decimal(rules.minimum_notional), Decimal(0)}
            assert one.instrument().id == one.id
        if at.venue.name not in {"finnhub", "alpha_vantage", "coingecko"}:
            assert (one.status is ListingStatus.TRADING) == rules.trading


def test_a_book_is_the_markets_best_prices_first(at: Stage) -> None:
    pairs = [name for name in at.names if "-" in name]
    if Offer.BOOK not in at.provider.facts.offers:
        with pytest.raises(NotOfferedError):
            at.provider.book(at.names[0], 3)
        return
    for name in pairs:
        book, symbol = at.provider.book(name, 3), name.rpartition(".")[0]

        assert list(book.bids) == at.market.side(symbol, -1, 3)
        assert list(book.asks) == at.market.side(symbol, 1, 3)
        assert not book.crossed
        assert abs(book.ts - at.time.ms()) < 1_000


def test_it_says_what_time_the_venue_has(at: Stage) -> None:
    at.skew = 7_000
    if Offer.SERVER_TIME not in at.provider.facts.offers:
        with pytest.raises(NotOfferedError):
            at.provider.server_time()
        return

    assert at.time.ms() + 6_000 <= at.provider.server_time() <= at.time.ms() + 7_000


def test_what_is_asked_once_is_asked_with_the_same_patience(at: Stage) -> None:
    at.venue.faults.append(faults.status(502))
    assert at.provider.instruments("HERE")

    at.venue.faults.append(faults.status(502, times=-1))
    with pytest.raises(TransientError, match="502"):
        at.provider.instruments("HERE")


def test_no_credential_is_in_any_message(at: Stage) -> None:
    at.venue.faults.append(faults.status(400, times=-1, body=b'{"message": "no"}'))

    failures = at.bars(*at.names).failures

    assert failures
    assert not any(key in str(failures) for key in KEYS.values())
    assert not any(key in repr(at.provider) for key in KEYS.values())


def test_a_row_without_a_shape_is_left_to_be_refused_on_record() -> None:
    nothing = RawBar(None, None, None, None, None, None)
    bars, refused = validate([nothing], InstrumentId("A.B"), Timeframe.M1, 0, 1)
    assert (bars, [one.reason for one in refused]) == ([], ["UNREADABLE_TIME"])


@pytest.mark.parametrize("name", VENUES)
def test_what_one_is_told_to_wait_all_wait(name: str) -> None:
    with staged(name, {"concurrency": 1, "pace": 0.0, "attempts": 2}) as at:
        at.venue.faults.append(faults.status(429, times=1, Retry_After="7"))

        assert at.bars(*at.names).failures == {}
        assert sum(at.time.naps) == 7.0


@pytest.mark.parametrize("name", VENUES)
def test_a_wait_beyond_the_budget_ends_the_call_for_all_at_once(name: str) -> None:
    with staged(name, {"concurrency": 1, "pace": 0.0}) as at:
        at.venue.faults.append(faults.status(429, times=-1, Retry_After="3600"))

        failures = at.bars(*at.names).failures

        assert {one.reason for one in failures.values()} == {"RATE_LIMITED"}
        assert list(failures) == at.names
        assert len(at.venue.requests) == 1
        assert at.time.naps == []


def test_a_time_to_come_back_may_be_told_as_a_date() -> None:
    with staged("binance", {"attempts": 2}) as at:
        later = formatdate(at.time.now + 9, usegmt=True)
        at.venue.faults.append(faults.status(503, times=1, Retry_After=later))

        assert at.bars().failures == {}
        assert sum(at.time.naps) == 9.0


def test_a_firewall_that_forbids_an_address_is_not_asked_again_and_again() -> None:
    with staged("bybit", {"concurrency": 1, "attempts": 1}) as at:
        at.venue.faults.append(faults.status(403, times=-1))

        assert {one.reason for one in at.bars(*at.names).failures.values()} == {"RATE_LIMITED"}
        assert len(at.venue.requests) == 1


def test_what_a_subscription_does_not_hold_is_not_asked_for_again() -> None:
    with staged("polygon") as at:
        at.venue.faults.append(faults.status(403, times=-1, body=b'{"status":"NOT_AUTHORIZED"}'))

        failure = at.bars().failures[at.names[0]]

        assert (failure.reason, failure.lasting) == ("NOT_IN_PLAN", True)
        assert len(at.venue.requests) == 1
