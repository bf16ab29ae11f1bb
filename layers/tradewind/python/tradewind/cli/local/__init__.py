"""The local stack: the same CloudFormation as on AWS, deployed onto an emulator on this machine.

stack = up("minimal", 4566, configuration, print)
stack.client("dynamodb").scan(TableName=stack.outputs["MarketTable"])
down()
"""

from tradewind.cli.local.errors import LocalStackError
from tradewind.cli.local.lifecycle import DEFAULT_PORT, current, down, ends_when_interrupted, up
from tradewind.cli.local.places import Places
from tradewind.cli.local.stack import LocalStack, flat_outputs, read_outputs

__all__ = [
    "DEFAULT_PORT",
    "LocalStack",
    "LocalStackError",
    "Places",
    "current",
    "down",
    "ends_when_interrupted",
    "flat_outputs",
    "read_outputs",
    "up",
]
