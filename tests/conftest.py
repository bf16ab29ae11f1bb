"""What holds for every test."""

from hypothesis import settings

# How long an example takes says something of the machine and of its other work, nothing of the code.
settings.register_profile("tradewind", deadline=None)
settings.load_profile("tradewind")
