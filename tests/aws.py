"""AWS as moto plays it."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def mocked_aws() -> Iterator[None]:
    """Let moto answer whatever is asked of AWS within the block; it begins empty."""
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds, which other tests need not wait for

    with mock_aws():
        yield
