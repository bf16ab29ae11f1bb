"""The functions that keep bars and evidence in order, beside the way of a price; all of them know the market table."""

import json
from collections.abc import Callable, Mapping

from infra.configuration import DeployedConfiguration
from infra.constructs.function import TradewindFunction
from infra.constructs.rights import READ, WRITE, WRITE_MANY, acknowledge_objects
from infra.stacks.data import DataStack

# Where the bucket keeps what left the tables.
ARCHIVED = ("bars", "records", "decisions", "configurations", "code")

ASKS_PROVIDERS = frozenset({"fetch_bars", "repair_bars", "refresh_universe", "backfill_bars"})

type Make = Callable[[str, Mapping[str, str]], TradewindFunction]
"""Makes a function of a name with its variables."""


def upkeep(make: Make, data: DataStack) -> None:
    """Make compaction, archive, repair, backfill and the refresh of universes."""
    market = {"MARKET_TABLE": data.market.table_name}
    make("compact_bars", market).may((*READ, *WRITE), data.market.table_arn)
    _archive_bars(make, data)
    make("repair_bars", market).may((*READ, *WRITE_MANY), data.market.table_arn)
    make("refresh_universe", market).may((*READ, "dynamodb:PutItem", "dynamodb:UpdateItem"), data.market.table_arn)
    _backfill_bars(make, data)


def tell_of_keys(made: TradewindFunction, configuration: DeployedConfiguration) -> None:
    """Let who asks market data providers read their credentials, where a configuration says that they lie."""
    places = configuration.provider_keys
    if made.name in ASKS_PROVIDERS and places:
        made.function.add_environment("PROVIDER_KEYS", json.dumps(dict(places), sort_keys=True))
        made.may_read_secrets(sorted(set(places.values())))


def _backfill_bars(make: Make, data: DataStack) -> None:
    bucket = data.bucket
    made = make("backfill_bars", {"MARKET_TABLE": data.market.table_name, "DATA_BUCKET": bucket.bucket_name})
    made.may((*READ, *WRITE_MANY), data.market.table_arn)
    made.may(("s3:ListBucket",), bucket.bucket_arn)
    made.may(("s3:GetObject",), bucket.arn_for_objects("bars/*"))
    acknowledge_objects(made, data, "bars", "Months are many objects under one prefix.")


def _archive_bars(make: Make, data: DataStack) -> None:
    bucket = data.bucket
    made = make("archive_bars", {"MARKET_TABLE": data.market.table_name, "DATA_BUCKET": bucket.bucket_name})
    made.may((*READ, "dynamodb:UpdateItem", "dynamodb:DeleteItem"), data.market.table_arn)
    made.may(("s3:ListBucket",), bucket.bucket_arn)  # without it S3 does not say that an object is not there
    made.may(("s3:GetObject", "s3:PutObject"), *(bucket.arn_for_objects(f"{place}/*") for place in ARCHIVED))
    for place in ARCHIVED:
        acknowledge_objects(made, data, place, "Months and days are many objects under one prefix.")
