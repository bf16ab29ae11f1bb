"""What only the real adapters can do wrong: torn reads, damage, expiry, sizes, and requests that multiply."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from tests.builders import ACME, BOLT, COSTLY, PAPER, SHARE, account, day, entry, flat_bar, order_id
from tests.contract.backends import AwsBackend, Ports
from tests.contract.test_decisions_and_progress import PROGRESS, record
from tests.contract.test_journal import chain
from tests.contract.test_ledger import filled, submitted
from tests.contract.test_series_and_refusals import chunk
from tests.contract.test_slices import slice_at
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slice_log import step_key
from tradewind.adapters.dynamodb.slices import DynamoPoker, DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Key, Table
from tradewind.application.ports import AccountSnapshot, Board, CheckpointRef
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import OrderStatus
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar

NOW = 1_000_000_000
DAYS = 86_400


# ── torn reads ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Interrupted(Table):
    """A table in which something happens before the reading of one of the keys: once, or each time again."""

    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    before: int = 1
    last_first: bool = False

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        for i, key in enumerate(sorted(set(keys), reverse=self.last_first)):
            if i == self.before and self.meanwhile:
                self.meanwhile.pop(0)()
            found |= super().get_many([key])
        return found


def interrupted(
    aws: AwsBackend, changeset: Changeset, before: int, intents: Sequence[IntentId], *, last_first: bool
) -> AccountSnapshot:
    """Return a snapshot in whose midst a transaction is committed."""
    meanwhile: list[Callable[[], None]] = [partial(aws.process().ledger.commit, changeset)]
    table = Interrupted(aws.ledger.client, aws.ledger.name, meanwhile=meanwhile, before=before, last_first=last_first)
    shot = DynamoLedger(table).snapshot(PAPER, [ACME], intents)
    assert meanwhile == []
    return shot


anywhere = pytest.mark.parametrize("before", [1, 2, 3])
either_way = pytest.mark.parametrize("last_first", [False, True])


@anywhere
@either_way
def test_a_snapshot_in_which_an_order_is_submitted_is_read_again(
    aws: AwsBackend, before: int, *, last_first: bool
) -> None:
    first = submitted()

    shot = interrupted(aws, first, before, [order_id()], last_first=last_first)

    assert (shot.account, shot.books, shot.absent) == (first.account, {ACME: first.book}, frozenset())


@pytest.mark.parametrize("before", [1, 2])
@either_way
def test_a_snapshot_in_which_an_order_is_accepted_is_read_again(
    aws: AwsBackend, before: int, *, last_first: bool
) -> None:
    first = submitted()
    assert first.book
    aws.process().ledger.commit(first)
    accepted = transactions.report(first.account, first.book, entry(), day(1))

    shot = interrupted(aws, accepted, before, [], last_first=last_first)

    wholes = [(one.account, {ACME: one.book}) for one in (first, accepted)]
    assert (shot.account, shot.books) in wholes


@pytest.mark.parametrize("before", [1, 2])
@either_way
def test_a_snapshot_in_which_a_position_is_closed_is_read_again(
    aws: AwsBackend, before: int, *, last_first: bool
) -> None:
    last = filled(aws.process())
    assert last.book
    outcome = apply_bar(last.book, flat_bar(3, 90.0), SHARE, COSTLY)
    stopped = transactions.apply_outcome(last.account, last.book, outcome)

    shot = interrupted(aws, stopped, before, [], last_first=last_first)

    wholes = [(one.account, {ACME: one.book}) for one in (last, stopped)]
    assert (shot.account, shot.books) in wholes


@anywhere
def test_a_snapshot_that_knows_of_a_denial_knows_its_account(aws: AwsBackend, before: int) -> None:
    denied = transactions.end_unsent(account(), entry(status=OrderStatus.DENIED), day(1))

    shot = interrupted(aws, denied, before, [order_id()], last_first=False)

    assert (shot.account, shot.absent) == (denied.account, frozenset())


def test_an_account_that_never_rests_is_a_transient_error(aws: AwsBackend) -> None:
    state, moves = submitted().account, list[Callable[[], None]]()
    aws.process().ledger.commit(submitted())
    orders = [entry(id=order_id(ts=day(number)), status=OrderStatus.SUBMITTED) for number in range(2, 20)]
    book = submitted().book
    for order in orders:
        assert book
        changeset = transactions.submit(state, book, order, order.created)
        state, book = changeset.account, changeset.book
        moves.append(partial(aws.process().ledger.commit, changeset))
    table = Interrupted(aws.ledger.client, aws.ledger.name, meanwhile=moves)

    with pytest.raises(TransientError, match=PAPER):
        DynamoLedger(table).snapshot(PAPER, [ACME], [])


@either_way
@pytest.mark.parametrize("before", [1, 2, 3])
def test_entries_written_while_a_journal_is_read_leave_no_gap(
    aws: AwsBackend, before: int, *, last_first: bool
) -> None:
    entries, journal = chain(4), aws.process().journal
    journal.append(entries[0])

    def append_the_rest() -> None:
        for one in entries[1:]:
            journal.append(one)

    write = [append_the_rest]
    table = Interrupted(aws.ledger.client, aws.ledger.name, meanwhile=write, before=before, last_first=last_first)

    found = DynamoJournal(table).after("system", 0, 10)

    assert write == []
    assert found == entries[: len(found)]
    assert found


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────


def damage(table: Table, prefix: str, attribute: str, value: Any) -> str:
    """Change an attribute of the first item whose keys begin with `prefix`; return its key as errors name it."""
    for item in table.client.scan(TableName=table.name)["Items"]:
        name = f"{item['pk']['S']}/{item['sk']['S']}"
        if name.startswith(prefix):
            changed: Any = {one: cell for one, cell in item.items() if one != attribute}
            table.client.put_item(TableName=table.name, Item=changed | ({attribute: value} if value else {}))
            return name
    raise AssertionError(f"no item {prefix}")


def ledger_reads(aws: AwsBackend) -> dict[str, Callable[[], object]]:
    ports = aws.process()
    return {
        f"ACCOUNT#{PAPER}/ACCOUNT": lambda: ports.ledger.view(PAPER, ACME, None),
        f"ACCOUNT#{PAPER}/BOOK#{ACME}": lambda: ports.ledger.snapshot(PAPER, [], []),
        f"ORDERS#{PAPER}": lambda: list(queries.orders(aws.ledger, PAPER)),
        f"FILLS#{PAPER}": lambda: list(queries.fills(aws.ledger, PAPER)),
        "HEALTH/BOARD": ports.board.get,
    }


@pytest.mark.parametrize("name", [f"ACCOUNT#{PAPER}/ACCOUNT", f"ACCOUNT#{PAPER}/BOOK#{ACME}", f"ORDERS#{PAPER}",
                                  f"FILLS#{PAPER}", "HEALTH/BOARD"])  # fmt: skip
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("data", {"S": '{"cash":"1000000"}'}),
        ("data", {"S": "not json"}),
        ("data", None),
        ("crc", {"N": "1"}),
        ("schema", {"N": "2"}),
        ("schema", {"S": "?"}),
    ],
)
def test_a_damaged_item_of_the_ledger_is_named(aws: AwsBackend, name: str, attribute: str, value: Any) -> None:
    filled(aws.process())
    aws.process().board.set(Board({"a": "b"}, 1), chain(1)[0])
    read = ledger_reads(aws)[name]
    read()

    damaged = damage(aws.ledger, name, attribute, value)

    with pytest.raises(PermanentError, match=damaged):
        read()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("held", None), ("held", {"L": []}), ("mark", {"S": "?"}), ("version", {"S": "x"}), ("seq", None)],
)
def test_a_damaged_mark_is_named(aws: AwsBackend, attribute: str, value: Any) -> None:
    filled(aws.process())
    damaged = damage(aws.ledger, f"ACCOUNT#{PAPER}/BOOK#", attribute, value)

    with pytest.raises(PermanentError, match=damaged):
        aws.process().ledger.view(PAPER, ACME, None)


def test_an_entry_that_was_altered_breaks_the_chain(aws: AwsBackend) -> None:
    journal = aws.process().journal
    journal.append(chain(1)[0])
    altered = chain(1)[0].text().replace("1.50", "1.60")
    damaged = damage(aws.ledger, "JOURNAL#system", "data", {"S": altered})

    with pytest.raises(PermanentError, match=f"{damaged}.*altered"):
        journal.after("system", 0, 10)


MARKET_READS: dict[str, Callable[[Ports], object]] = {
    "SLICE#daily": lambda ports: ports.slices.after("daily", 0, 10),
    "LATE#daily": lambda ports: ports.slices.late("daily"),
    "DECISIONS#daily": lambda ports: ports.decisions.get("daily", day(2), 1),
    f"SERIES#{ACME}": lambda ports: ports.series.chunks(ACME, chunk().timeframe, 0, 2**42),
    "SHARD#daily": lambda ports: ports.progress.load("daily"),
}


@pytest.mark.parametrize("name", MARKET_READS)
@pytest.mark.parametrize("value", [{"B": b""}, {"B": b"0123456789"}, None])
def test_a_damaged_item_of_the_market_is_named(aws: AwsBackend, name: str, value: Any) -> None:
    ports = aws.process()
    ports.slices.put(slice_at(2, rev=2))
    ports.decisions.put(record())
    ports.series.put(chunk())
    ports.progress.save(PROGRESS)
    MARKET_READS[name](ports)

    damage(aws.market, name, "data", value)

    # A slice or a record names itself, the bare item its key: either way shard or instrument is told.
    with pytest.raises(PermanentError, match=name.partition("#")[2]):
        MARKET_READS[name](ports)


@pytest.mark.parametrize("chunk_number", [0, 1, 2])
@pytest.mark.parametrize("value", [{"B": b"other"}, None])
def test_a_damaged_checkpoint_is_absent(aws: AwsBackend, chunk_number: int, value: Any) -> None:
    progress = aws.process().progress
    ref = progress.put_checkpoint("daily", CheckpointRef(day(1), "one", 0), b"s" * 900_000)

    damage(aws.market, f"CHECKPOINT#daily/one#{chunk_number:03d}", "data", value)

    assert progress.get_checkpoint("daily", ref) is None


def test_a_checkpoint_that_lost_a_chunk_is_absent(aws: AwsBackend) -> None:
    progress = aws.process().progress
    ref = progress.put_checkpoint("daily", CheckpointRef(day(1), "one", 0), b"s" * 900_000)

    aws.market.delete("CHECKPOINT#daily", "one#001")

    assert progress.get_checkpoint("daily", ref) is None


# ── expiry ───────────────────────────────────────────────────────────────────────────────────────────────────────


def expiries(table: Table) -> dict[str, int | None]:
    items = table.client.scan(TableName=table.name)["Items"]
    return {
        f"{item['pk']['S']}/{item['sk']['S']}": int(item["expires_at"]["N"]) if "expires_at" in item else None
        for item in items
    }


def test_what_is_hot_expires_and_what_explains_the_past_stays_longer(aws: AwsBackend) -> None:
    ports = aws.process()
    ports.slices.put(slice_at(2, rev=2))
    ports.decisions.put(record())
    ports.series.put(chunk())
    ports.slices.release([slice_at(2, rev=2)])

    kept = {name.partition("#")[0]: at for name, at in expiries(aws.market).items()}

    assert kept == {
        "SLICE": NOW + 8 * DAYS, "DECISIONS": NOW + 14 * DAYS,
        "LATE": None, "SERIES": None, "CHANGED": None, "AMENDED": None,
    }  # fmt: skip


def test_a_slice_that_is_in_no_chunk_is_held_before_it_expires(aws: AwsBackend) -> None:
    def after(days: int) -> DynamoSlices:
        return DynamoSlices(aws.market, lambda: NOW + days * DAYS)

    after(0).put(slice_at(1))
    after(0).put(slice_at(2))
    after(5).put(slice_at(3))
    after(1).hold("daily", day(1))  # nearly all of its days are left
    unmoved = expiries(aws.market)
    for _ in range(2):
        after(6).hold("daily", day(1))

    assert set(unmoved.values()) == {NOW + 8 * DAYS, NOW + 13 * DAYS}
    assert {name.partition("/")[2]: at for name, at in expiries(aws.market).items()} == {
        step_key(day(1), 1): NOW + 8 * DAYS,
        step_key(day(2), 1): NOW + 14 * DAYS,
        step_key(day(3), 1): NOW + 13 * DAYS,
    }


def test_nothing_of_the_ledger_expires(aws: AwsBackend) -> None:
    filled(aws.process())
    aws.process().journal.mark_published(PAPER, 3)

    assert set(expiries(aws.ledger).values()) == {None}


def test_a_checkpoint_expires_only_once_no_progress_refers_to_it(aws: AwsBackend) -> None:
    progress = aws.process().progress
    first, second = (
        progress.put_checkpoint("daily", CheckpointRef(day(1), name, 0), b"s" * 400_000) for name in ("one", "two")
    )
    progress.save(replace(PROGRESS, checkpoints=(first,)))
    progress.save(replace(PROGRESS, checkpoints=(first, second), version=2))
    assert set(expiries(aws.market).values()) == {None}

    restarted = aws.process().progress
    restarted.load("daily")
    restarted.save(replace(PROGRESS, checkpoints=(second,), version=3))

    kept = {name: at for name, at in expiries(aws.market).items() if at is not None}
    assert kept == {f"CHECKPOINT#daily/one#{chunk:03d}": NOW + 8 * DAYS for chunk in (0, 1)}


# ── what the hot path costs ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Counted:
    """A client that counts what it is asked."""

    client: Any
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.client, name)


def counted(aws: AwsBackend) -> tuple[DynamoLedger, list[str]]:
    client = Counted(aws.ledger.client)
    return DynamoLedger(Table(client, aws.ledger.name)), client.calls  # type: ignore[arg-type]


def test_a_view_a_snapshot_a_mark_and_a_commit_are_one_request_each(aws: AwsBackend) -> None:
    last = filled(aws.process())
    assert last.book
    ledger, calls = counted(aws)
    ledger.snapshot(PAPER, [ACME], [])
    calls.clear()

    ledger.view(PAPER, ACME, order_id())
    ledger.snapshot(PAPER, [BOLT], [order_id()])
    ledger.mark(replace(last.book, last_bar=day(9)))
    ledger.commit(transactions.halt(last.account, replace(last.book, last_bar=day(9)), "why", day(9)))

    assert calls == ["batch_get_item", "batch_get_item", "update_item", "transact_write_items"]


def test_every_read_is_strongly_consistent(aws: AwsBackend) -> None:
    filled(aws.process())
    requests: list[Any] = []

    class Listening:
        def __getattr__(self, name: str) -> Any:
            def ask(**request: Any) -> Any:
                requests.append(request)
                return getattr(aws.ledger.client, name)(**request)

            return ask

    listening: Any = Listening()
    table = Table(listening, aws.ledger.name)
    DynamoLedger(table).view(PAPER, ACME, None)
    list(queries.orders(table, PAPER))
    queries.account(table, PAPER)

    batch, *others = requests
    assert batch["RequestItems"][aws.ledger.name]["ConsistentRead"] is True
    assert [request["ConsistentRead"] for request in others] == [True, True]


def test_an_empty_span_of_time_asks_nothing(aws: AwsBackend) -> None:
    client: Any = Counted(aws.market.client)
    table = Table(client, aws.market.name)

    assert DynamoSlices(table, lambda: NOW).between("daily", day(2), day(2)) == []
    assert DynamoDecisions(table, lambda: NOW).evaluated("daily", day(2), day(1)) == frozenset()
    assert DynamoSeries(table).chunks(ACME, chunk().timeframe, day(2), day(2)) == []
    assert list(queries.decisions(table, "daily", day(2), day(2))) == []
    assert client.calls == []


def test_items_that_every_bar_or_order_writes_stay_within_a_write_unit(aws: AwsBackend) -> None:
    filled(aws.process())

    def size(cell: Any) -> int:
        return len(str(next(iter(cell.values()))))

    for item in aws.ledger.client.scan(TableName=aws.ledger.name)["Items"]:
        bytes_ = sum(len(name) + size(cell) for name, cell in item.items())
        assert bytes_ <= (1024 if "JOURNAL" not in item["pk"]["S"] else 2048), item


def test_each_poke_is_another_item(aws: AwsBackend) -> None:
    wall = iter((1.0, 1.0, 1.001, 1.001))
    poker = DynamoPoker(aws.market, lambda: next(wall))

    def poked() -> Item | None:
        poker.poke("daily")
        return aws.market.get("POKE#daily", "POKE")

    assert poked() != poked()
