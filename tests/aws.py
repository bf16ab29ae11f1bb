"""AWS as moto plays it, without the work that moto repeats for every request and that no test sees."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import cache
from types import SimpleNamespace
from typing import Any


@contextmanager
def mocked_aws() -> Iterator[None]:
    """Let moto answer whatever is asked of AWS within the block; it begins empty."""
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds, which other tests need not wait for

    _make_light()
    with mock_aws():
        yield


@cache
def _make_light() -> None:
    """Take from moto, once and for good, what it does for nobody; what it answers stays the same."""
    from moto.core import responses, serialize, utils  # noqa: PLC0415
    from moto.dynamodb import models  # noqa: PLC0415
    from moto.dynamodb.models import dynamo_type  # noqa: PLC0415

    # Every request looks through all that its class has for the names of its methods.
    vars(responses)["method_names_from_class"] = cache(utils.method_names_from_class)
    _serialize_what_is_there(serialize.BaseJSONSerializer)
    _copy_items_at_once(dynamo_type)
    _keep_what_a_transaction_names(models)


def _serialize_what_is_there(serializer: Any) -> None:
    """Write the one member that a value has; moto looks for each of ten under several names."""
    usual = serializer._serialize_type_structure

    def structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue" or type(value) is not dict or not key:
            usual(self, serialized, value, shape, key)
            return
        written: dict[str, Any] = {}
        for name, member in value.items():
            if member is not None:
                self._serialize(written, member, shape.members[name], name)
        self._default_serialize(serialized, written, shape, key)

    serializer._serialize_type_structure = structure


def _copy_items_at_once(dynamo_type: Any) -> None:
    """Copy an item value by value; moto asks for each of them whether it was copied already, which cannot be."""
    item, value_type, attributes = dynamo_type.Item, dynamo_type.DynamoType, dynamo_type.LimitedSizeDict

    def value(one: Any) -> Any:
        made = value_type.__new__(value_type)
        made.type, made.value = one.type, one.value
        if one.type == "M":
            made.value = {key: value(each) for key, each in one.value.items()}
        elif one.type == "L":
            made.value = [value(each) for each in one.value]
        elif one.type in {"SS", "NS", "BS"}:
            made.value = list(one.value)
        return made

    def whole(one: Any, _: Any) -> Any:
        made = item.__new__(item)
        made.hash_key, made.range_key = value(one.hash_key), one.range_key and value(one.range_key)
        made.attrs = attributes.__new__(attributes)
        dict.update(made.attrs, {key: value(each) for key, each in one.attrs.items()})
        return made

    item.__deepcopy__ = whole


def _keep_what_a_transaction_names(models: Any) -> None:
    """Keep the items that a transaction names until it is done; moto copies every table whole before each."""
    usual = models.DynamoDBBackend.transact_write_items

    def transact(self: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
        named = {operation["TableName"] for one in transact_items for operation in one.values()}
        before = {name: _kept(self.tables[name], transact_items) for name in named & set(self.tables)}
        try:
            usual(self, transact_items)
        except Exception:
            self.tables.update(before)
            raise

    models.DynamoDBBackend.transact_write_items = transact
    no_tables = SimpleNamespace(copy=copy, deepcopy=lambda one: one if type(one) is models.Table else deepcopy(one))
    models.copy = no_tables


def _kept(table: Any, transact_items: Sequence[Mapping[str, Any]]) -> Any:
    """Return the table as it is now; items that the transaction does not name are shared, since it changes none."""
    kept = copy(table)
    kept.items = defaultdict(dict, {key: copy(row) for key, row in table.items.items()})
    for operation in (each for one in transact_items for each in one.values() if each["TableName"] == table.name):
        named = operation["Key"] if "Key" in operation else operation["Item"]
        partition, place = (table.hash_key_attr, table.range_key_attr)
        row = kept.items.get(_value(named.get(partition)), {})
        if (key := _value(named.get(place))) in row:
            row[key] = deepcopy(row[key])
    if table.stream_shard:
        kept.stream_shard = copy(table.stream_shard)
        kept.stream_shard.table, kept.stream_shard.items = kept, list(table.stream_shard.items)
    return kept


def _value(written: Mapping[str, str] | None) -> Any:
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    return DynamoType(dict(written)) if written else None
