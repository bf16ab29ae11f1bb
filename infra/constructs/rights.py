"""What functions may do, by the name of what it is for, and what cdk-nag is told of it."""

from aws_cdk import Stack

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.function import TradewindFunction

READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
# A transaction needs the rights of its parts; TransactWriteItems itself is no IAM action.
WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")
# Refusals are written many at once.
WRITE_MANY = (*WRITE, "dynamodb:BatchWriteItem")
# In IAM one action covers single sends and batches; the star is for emulators that name the batch apart.
SEND = ("sqs:SendMessage*",)
PUBLISH = ("sns:Publish*",)


def acknowledge_batches(made: TradewindFunction, action: str) -> None:
    """Say why a right ends in a star: it covers the single and the batch call."""
    acknowledge(
        made.role,
        f"AwsSolutions-IAM5[Action::{action}]",
        "Covers the single and the batch call of the same right, on one queue or topic.",
    )


def acknowledge_objects(made: TradewindFunction, data: Stack, place: str, reason: str) -> None:
    """Say why a function may touch every object under a prefix; cdk-nag names the bucket by the stack's export."""
    export = f"{data.stack_name}:ExportsOutputFnGetAttBucket83908E77Arn063C8555"
    acknowledge(made.role, f"AwsSolutions-IAM5[Resource::{export}/{place}/*]", reason)
