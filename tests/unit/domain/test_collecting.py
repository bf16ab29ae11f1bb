"""Garbage is looked for again after a block without it, however the block ends and whoever else has one."""

import gc

import pytest

from tradewind.domain.collecting import no_collecting


def test_nothing_is_collected_in_the_block_and_again_after_it() -> None:
    with no_collecting():
        assert gc.isenabled() is False
        with no_collecting():
            pass
        assert gc.isenabled() is False

    assert gc.isenabled() is True


def test_an_error_turns_it_on_again() -> None:
    with pytest.raises(ValueError, match="why"), no_collecting():
        raise ValueError("why")

    assert gc.isenabled() is True
