"""Errors named by the reaction that they ask for.

TradewindError
├── TransientError      try again: the world was briefly not itself
├── PermanentError      trying again cannot help: record it, acknowledge it
│   └── BadInputError   what a person or a provider handed us is wrong: say which, where and what to do
└── InvariantError      what cannot happen has happened: halt and alert
"""


class TradewindError(Exception):
    """Root of everything that Tradewind raises on purpose."""


class TransientError(TradewindError):
    """The same call may succeed a moment later."""


class ConflictError(TransientError):
    """Somebody else wrote first: read again and decide again."""


class PermanentError(TradewindError):
    """The same call will never succeed."""


class BadInputError(PermanentError):
    """An input is wrong; the message says which one, where, and what to do."""


class InvariantError(TradewindError):
    """A promise of the system is broken; nothing may trade on it."""
