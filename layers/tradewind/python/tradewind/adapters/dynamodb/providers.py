"""What functions share about providers.

| pk | sk | what |
|---|---|---|
| `PROVIDER#{provider}` | `BREAKER` | its circuit breaker |
| `PROVIDER#{provider}` | `BUDGET` | when its next free slot is, UTC µs |
"""

from dataclasses import dataclass, field

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Key, Table, key, key_of, number
from tradewind.application.ports_reliability import BreakerStore, RateBudget
from tradewind.domain.breaker import Breaker, Circuit
from tradewind.domain.errors import TransientError
from tradewind.domain.rate import Lease

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class DynamoBreakers(BreakerStore):
    """Breakers in the market table."""

    table: Table

    def get(self, provider: str) -> Breaker:
        """Return a provider's breaker, strongly consistent; a closed one where there is none."""
        item = self.table.get(*breaker_key(provider))
        if item is None:
            return Breaker(provider)
        where = "/".join(key_of(item))
        row = codec.unseal(where, item)
        with codec.reading(where):
            state, version = Circuit(row.pop("state")), int(item["version"]["N"])
            return Breaker(provider, state, **row, version=version)

    def put(self, breaker: Breaker) -> None:
        """Store it if the stored version is one less."""
        row = {
            "state": breaker.state, "failures": breaker.failures, "opened": breaker.opened, "until": breaker.until,
            "reason": breaker.reason,
        }  # fmt: skip
        before = Condition("version = :before", values={":before": number(breaker.version - 1)})
        item = {
            **key(*breaker_key(breaker.provider)), "version": number(breaker.version), **codec.seal(row)
        }  # fmt: skip
        self.table.put(item, before if breaker.version > 1 else ABSENT)


def breaker_key(provider: str) -> Key:
    """Return where a provider's breaker lies."""
    return f"PROVIDER#{provider}", "BREAKER"


@dataclass(slots=True)
class DynamoRateBudget(RateBudget):
    """One number a provider: the time of its next free slot. Taking slots is one conditional write that reads nothing.

    While that time is ahead, slots are added behind it; else they begin now. Which of the two it is we guess from what
    the last write said, and the condition tells.
    """

    table: Table
    _known: dict[str, int] = field(default_factory=dict)

    def lease(self, provider: str, slots: int, interval: int, now: int, latest: int) -> Lease | None:
        """Take the next free slots for the caller alone."""
        for _ in range(_ROUNDS):
            known = self._known.get(provider, 0)
            if known > latest:
                del self._known[provider]  # the next call looks again
                return None
            take = self._behind if known > now else self._at_once
            if take(provider, slots * interval, now, latest):
                return Lease(self._known[provider] - slots * interval, slots, interval)
        raise TransientError(f"{provider}: too many ask for slots of its rate budget at once")

    def _behind(self, provider: str, length: int, now: int, latest: int) -> bool:
        values = {":length": number(length), ":now": number(now), ":latest": number(latest)}
        return self._take(
            provider, "ADD next_slot :length", Condition("next_slot BETWEEN :now AND :latest", None, values)
        )

    def _at_once(self, provider: str, length: int, now: int, _: int) -> bool:
        values = {":now": number(now), ":after": number(now + length)}
        idle = Condition("attribute_not_exists(pk) OR next_slot < :now", None, values)
        return self._take(provider, "SET next_slot = :after", idle)

    def _take(self, provider: str, update: str, condition: Condition) -> bool:
        try:
            item = self.table.update_returning(f"PROVIDER#{provider}", "BUDGET", update, condition)
        except ConditionError as error:
            self._known[provider] = int(error.item["next_slot"]["N"]) if error.item else 0
            return False
        self._known[provider] = int(item["next_slot"]["N"])
        return True
