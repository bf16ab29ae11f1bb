"""What the command line tells a person who cannot go on: one sentence, and what to do."""

from tradewind.domain.errors import TradewindError


class CommandError(TradewindError):
    """The command cannot do what was asked, though nothing was wrong with how it was asked."""


class InputError(TradewindError):
    """What was asked is wrong: an option, an argument, a file."""
