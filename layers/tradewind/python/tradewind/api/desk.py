"""What the API's handlers work with, built at the first question and kept warm."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tradewind import bootstrap
from tradewind.adapters.cognito import CognitoIdentity
from tradewind.adapters.dynamodb.controls import DynamoControls, DynamoHealthBoard
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.records import DynamoRecords
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.sqs import SqsDepths
from tradewind.application.standing import Standing
from tradewind.domain.configuration import Configuration
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.application.ports import Board


@dataclass
class Desk:
    """One environment, to look at and to ask."""

    settings: RuntimeSettings

    @cached_property
    def configuration(self) -> Configuration:
        """What trades, where, and within which limits."""
        return bootstrap.load_configuration(self.settings.configuration_path)

    @cached_property
    def market(self) -> Table:
        """The MARKET table."""
        return Table(bootstrap.client("dynamodb"), self.settings.market_table)

    @cached_property
    def ledger(self) -> Table:
        """The LEDGER table."""
        return Table(bootstrap.client("dynamodb"), self.settings.ledger_table)

    @cached_property
    def slices(self) -> DynamoSlices:
        """Slices, to read."""
        return DynamoSlices(self.market, time.time)

    @cached_property
    def records(self) -> DynamoRecords:
        """The ledger as people read it."""
        return DynamoRecords(self.ledger)

    @cached_property
    def standing(self) -> Standing:
        """How shards and accounts stand."""
        progress = DynamoProgress(self.market, time.time)
        return Standing(self.configuration, self.records, DynamoControls(self.ledger), self.slices, progress)

    @cached_property
    def _depths(self) -> SqsDepths:
        return SqsDepths(bootstrap.client("sqs"), self.settings.watched_queues)

    @cached_property
    def identity(self) -> CognitoIdentity:
        """Who may log in."""
        return CognitoIdentity(bootstrap.client("cognito-idp"), self.settings.user_pool_client)

    def depths(self) -> Mapping[str, int]:
        """Return what waits in each queue."""
        return self._depths.depths()

    def board(self) -> "Board":
        """Return what the watch found last."""
        return DynamoHealthBoard(self.ledger).get()

    def now(self) -> int:
        """Return UTC ms by the wall clock."""
        return time.time_ns() // 1_000_000
