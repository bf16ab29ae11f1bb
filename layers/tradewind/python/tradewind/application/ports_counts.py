"""What the core asks of whoever counts what strangers may do only so often."""

from typing import Protocol


class Counts(Protocol):
    """How often something happened in a minute."""

    def take(self, source: str, minute: int, most: int) -> bool:
        """Count one more, and say whether it is within the most; atomic, whoever counts at the same moment."""
