"""The one error of the local stack."""


class LocalStackError(Exception):
    """The local stack could not do what was asked; the message is one sentence that says what to do."""
