"""Making very many values at once, without a search for garbage among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """Let no garbage be looked for in the block.

    Bars hold nothing that could hold them, so that none of them is ever found to be garbage; yet while tens of
    thousands are made they are looked through again and again, for a third of the time that making them takes. Only who
    found it on turns it on again, so that blocks may overlap on several threads.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
