"""One hash over every decision of a fixed replay: two processors that decide alike print the same line.

    python -m tests.digest

It covers values to the last bit (floats in hexadecimal), what was owed, and the state, but not how items are packed.
"""

from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.replays import in_process_result, planned, written
from tradewind.cli.run.plan import RunRequest
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.messages import to_json

STEPS = 1000


def digest(records: list[DecisionRecord]) -> str:
    """Return 16 bytes of BLAKE2b over everything that was decided."""
    total = blake2b(digest_size=16)
    for record in records:
        total.update(f"{record.shard} {record.ts} {record.rev} {record.state_digest}\n".encode())
        total.update("".join(_line(decision) for decision in record.decisions).encode())
        total.update("".join(to_json(message) for message in record.owed).encode())
    return total.hexdigest()


def _line(decision: Decision) -> str:
    numbers = [decision.strength, decision.value, decision.limit]
    gates = [number for gate in decision.gates for number in (gate.value, gate.threshold, float(gate.passed))]
    values = " ".join(number.hex() for number in (*numbers, *gates))
    return f"{decision.strategy} {decision.instrument} {decision.action} {decision.reason} {values}\n"


def main() -> None:
    """Print the digest of the sample bars' last thousand steps."""
    plan = planned(RunRequest(steps=STEPS))
    with TemporaryDirectory() as folder:
        result = in_process_result(written(plan, Path(folder) / "environment.json"), plan)
    print(f"{digest(result.decisions)} {len(result.decisions)} slices")


if __name__ == "__main__":
    main()
