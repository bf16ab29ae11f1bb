"""How an environment stands: how far each shard has come, and what each account is worth and may do."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.ports import Controls, Progress
from tradewind.application.ports_market import SliceStore
from tradewind.application.ports_reading import Records
from tradewind.domain.configuration import AccountRules, Configuration, Shard
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.order import NOTHING


@dataclass(frozen=True, slots=True)
class ShardStanding:
    """How far a shard has come; times are UTC ms, 0 for none."""

    shard: Shard
    latest: int
    evaluated: int

    @property
    def lag_bars(self) -> int:
        """How many of its bars are stored and not decided yet; 0 before the first decision."""
        return (self.latest - self.evaluated) // self.shard.timeframe.ms if self.evaluated else 0


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """What an account is worth and may do; `books` are those with a position or a working order."""

    rules: AccountRules
    account: Account
    control: Control
    books: tuple[Book, ...]

    @property
    def equity(self) -> Decimal:
        """Cash and everything held at its last mark, in the account's currency."""
        return self.account.cash + sum((book.value for book in self.books), NOTHING)

    @property
    def profit(self) -> Decimal:
        """Equity less what the account began with: after fees, open positions at their last marks."""
        return self.equity - self.account.opening

    @property
    def positions(self) -> int:
        """How many instruments are held."""
        return sum(bool(book.positions) for book in self.books)

    @property
    def working_orders(self) -> int:
        """How many orders work, stops and targets among them."""
        return sum(len(book.orders) for book in self.books)


@dataclass(frozen=True, slots=True)
class Standing:
    """Looks at the tables; changes nothing."""

    configuration: Configuration
    records: Records
    controls: Controls
    slices: SliceStore
    progress: Progress

    def shards(self) -> list[ShardStanding]:
        """Return every shard's standing, as configured."""
        return [
            ShardStanding(shard, self.slices.latest(shard.name), self.progress.load(shard.name).watermark)
            for shard in self.configuration.shards
        ]

    def accounts(self) -> list[AccountStanding]:
        """Return every account's standing, as configured."""
        return [self.account(rules.name) for rules in self.configuration.accounts]

    def account(self, name: str) -> AccountStanding:
        """Return one account's standing.

        Raises
        ------
        BadInputError
            If there is no such account.
        """
        rules = self.configuration.account(name)
        account = account_of(self.records.account(name), rules)
        return AccountStanding(rules, account, self.controls.get(name), tuple(self.records.active_books(account)))
