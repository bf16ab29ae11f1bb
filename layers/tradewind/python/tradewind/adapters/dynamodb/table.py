"""One table through the low-level client: consistent reads, conditional writes, and errors of the domain."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tradewind.adapters.aws import code_of, translated
from tradewind.adapters.dynamodb.failures import raise_canceled, raise_condition
from tradewind.domain.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tradewind.adapters.dynamodb.items_ahead import ItemsAhead

type Item = Mapping[str, Any]
"""An item as DynamoDB writes it: `{"seq": {"N": "7"}}`."""

type Key = tuple[str, str]
"""Partition and sort key."""

type WallClock = Callable[[], float]
"""Seconds since 1970 at the moment of writing; it decides when items expire, and nothing else."""

DAY_SECONDS = 86_400
"""Times to live are told in days and stored in seconds."""

_READ_AT_ONCE = 100
_WRITE_AT_ONCE = 25
_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression with its names and values; an empty one always holds."""

    expression: str = ""
    names: Mapping[str, str] | None = None
    values: Item | None = None

    def parameters(self) -> dict[str, Any]:
        """Return it as a write takes it."""
        parts = {
            "ConditionExpression": self.expression,
            "ExpressionAttributeNames": self.names,
            "ExpressionAttributeValues": self.values,
        }
        return {name: part for name, part in parts.items() if part}


ALWAYS = Condition()
ABSENT = Condition("attribute_not_exists(pk)")


def number(value: int) -> dict[str, str]:
    """Return a number as DynamoDB has it."""
    return {"N": str(value)}


def text(value: str) -> dict[str, str]:
    """Return a text as DynamoDB has it."""
    return {"S": value}


def expiry(clock: WallClock, days: float) -> dict[str, str]:
    """Return when an item that is written now expires, as DynamoDB has it: epoch seconds."""
    return number(int(clock() + days * DAY_SECONDS))


def key(pk: str, sk: str) -> dict[str, Any]:
    """Return a primary key as DynamoDB has it."""
    return {"pk": text(pk), "sk": text(sk)}


def key_of(item: Item) -> Key:
    """Return an item's partition and sort key."""
    return item["pk"]["S"], item["sk"]["S"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the string keys `pk` and `sk`.

    Every method raises `TransientError` where the service was briefly not itself and `PermanentError` where the
    request can never succeed.

    Attributes
    ----------
    consistent : bool
        Whether reads see every write before them. Who only looks whether all is well can do without, at half the
        price: what it misses by milliseconds it sees in a minute.
    """

    client: "DynamoDBClient"
    name: str
    ahead: "ItemsAhead | None" = None
    consistent: bool = True

    def get(self, pk: str, sk: str) -> Item | None:
        """Return one item, strongly consistent."""
        taken = self.ahead.take(self.name, [(pk, sk)]) if self.ahead else None
        if taken is not None:
            return taken.get((pk, sk))
        with translated(f"get {pk}/{sk}"):
            return self.client.get_item(TableName=self.name, Key=key(pk, sk), ConsistentRead=self.consistent).get(
                "Item"
            )

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Return those items that are there, each strongly consistent, a hundred in a request."""
        wanted = list(dict.fromkeys(keys))
        taken = self.ahead.take(self.name, wanted) if self.ahead else None
        if taken is not None:
            return taken
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _READ_AT_ONCE):
            rows = [key(*one) for one in wanted[start : start + _READ_AT_ONCE]]
            found.update((key_of(item), item) for item in self._read_all(rows))
        return found

    def _read_all(self, rows: list[dict[str, Any]]) -> Iterator[Item]:
        request: dict[str, Any] = {self.name: {"Keys": rows, "ConsistentRead": self.consistent}}
        for _ in range(_PATIENCE):
            with translated(f"read {len(rows)} items of {self.name}"):
                answer = self.client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self.name, [])
            request = dict(answer.get("UnprocessedKeys", {}))
            if not request:
                return
        raise TransientError(f"{self.name}: some keys were left unprocessed {_PATIENCE} times; reads are throttled")

    def query(
        self,
        pk: str,
        *,
        first: str = " ",
        last: str = "~",
        limit: int = 0,
        backwards: bool = False,
        keys_only: bool = False,
        attributes: Sequence[str] = (),
    ) -> Iterator[Item]:
        """Yield a partition's items with `first` <= sk <= `last` in key order, strongly consistent, page by page.

        Parameters
        ----------
        limit : int
            At most so many; 0 for all.
        attributes : sequence of str
            What is wanted of each item beside its key; everything without any.
        """
        if first > last:  # DynamoDB calls an empty span invalid
            return
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": text(pk), ":first": text(first), ":last": text(last)},
            "ConsistentRead": self.consistent,
            "ScanIndexForward": not backwards,
        }
        request |= {"ProjectionExpression": ", ".join(("pk", "sk", *attributes))} if keys_only or attributes else {}
        left = limit
        while True:
            request |= {"Limit": left} if limit else {}
            with translated(f"query {pk}"):
                answer = self.client.query(**request)
            yield from answer["Items"]
            left -= len(answer["Items"])
            if "LastEvaluatedKey" not in answer or (limit and left <= 0):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, item: Item, condition: Condition = ALWAYS) -> None:
        """Write one item.

        Raises
        ------
        ConditionError
            If the condition does not hold.
        """
        where = "/".join(key_of(item))
        self._written(key_of(item))
        request = {"TableName": self.name, "Item": item, **condition.parameters()}
        if condition.expression:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        with translated(f"put {where}"):
            try:
                self.client.put_item(**request)
            except ClientError as error:
                raise_condition(where, error)

    def update_returning(self, pk: str, sk: str, update: str, condition: Condition) -> Item:
        """Change some attributes of one item and return it as it is then.

        Raises
        ------
        ConditionError
            If the condition does not hold.
        """
        request: dict[str, Any] = {"TableName": self.name, "Key": key(pk, sk), "UpdateExpression": update}
        request |= {**condition.parameters(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with translated(f"update {pk}/{sk}"):
            try:
                return self.client.update_item(**request, ReturnValues="ALL_NEW")["Attributes"]
            except ClientError as error:
                raise_condition(f"{pk}/{sk}", error)

    def update(self, pk: str, sk: str, update: str, condition: Condition) -> None:
        """Change some attributes of one item; names and values of both expressions come with the condition.

        Raises
        ------
        ConditionError
            If the condition does not hold.
        """
        self._written((pk, sk))
        request: dict[str, Any] = {"TableName": self.name, "Key": key(pk, sk), "UpdateExpression": update}
        request |= {**condition.parameters(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with translated(f"update {pk}/{sk}"):
            try:
                self.client.update_item(**request)
            except ClientError as error:
                raise_condition(f"{pk}/{sk}", error)

    def delete(self, pk: str, sk: str, condition: Condition = ALWAYS) -> None:
        """Delete one item; it need not be there.

        Raises
        ------
        ConditionError
            If the condition does not hold.
        """
        self._written((pk, sk))
        with translated(f"delete {pk}/{sk}"):
            try:
                self.client.delete_item(TableName=self.name, Key=key(pk, sk), **condition.parameters())
            except ClientError as error:
                raise_condition(f"{pk}/{sk}", error)

    def write_many(self, items: Sequence[Item]) -> None:
        """Put items without conditions, twenty-five in a request; on an error some may have been written."""
        self._written(None)
        for start in range(0, len(items), _WRITE_AT_ONCE):
            self._write_batch(items[start : start + _WRITE_AT_ONCE])

    def _write_batch(self, items: Sequence[Item]) -> None:
        request: Any = {self.name: [{"PutRequest": {"Item": item}} for item in items]}
        for _ in range(_PATIENCE):
            with translated(f"write {len(items)} items to {self.name}"):
                request = self.client.batch_write_item(RequestItems=request).get("UnprocessedItems")
            if not request:
                return
        raise TransientError(f"{self.name}: some items were left unwritten {_PATIENCE} times; writes are throttled")

    def _written(self, where: Key | None) -> None:
        """Tell whoever has read ahead that an item, or any number of them, is not what it was."""
        if self.ahead and where:
            self.ahead.written(self.name, where)
        elif self.ahead:
            self.ahead.forget()

    # ── transactions ─────────────────────────────────────────────────────────────────────────────────────────────

    def putting(self, item: Item, condition: Condition = ALWAYS) -> dict[str, Any]:
        """Return a put as a part of a transaction."""
        return {"Put": {"TableName": self.name, "Item": item, **condition.parameters()}}

    def checking(self, pk: str, sk: str, condition: Condition) -> dict[str, Any]:
        """Return a condition on an item that the transaction does not write."""
        return {"ConditionCheck": {"TableName": self.name, "Key": key(pk, sk), **condition.parameters()}}

    def transact(self, writes: Sequence[Mapping[str, Any]]) -> None:
        """Write all or nothing.

        Raises
        ------
        CanceledError
            If conditions did not hold.
        ConflictError
            If another transaction was at the same items.
        """
        where = f"transaction of {len(writes)} on {self.name}"
        self._written(None)
        with translated(where):
            try:
                self.client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                raise_canceled(where, error)
