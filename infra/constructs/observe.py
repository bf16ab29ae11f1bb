"""Looking at an environment: its logs, its metrics, and what it keeps for people."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.function import TradewindFunction

KEPT = ("reports", "backtests", "research")


def observe(made: TradewindFunction, environment: str, bucket: s3.IBucket) -> None:
    """Let a function read the environment's own logs, its metrics, its reports, backtests and research."""
    stack = Stack.of(made)
    group = f"/aws/lambda/tradewind-{environment}-*"
    logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{group}"
    made.may(("logs:FilterLogEvents",), logs)
    # CloudWatch knows no resource that metrics could be narrowed to.
    made.may(("cloudwatch:GetMetricData",), "*")
    made.may(("s3:ListBucket",), bucket.bucket_arn)
    made.may(("s3:GetObject",), *(bucket.arn_for_objects(f"{name}/*") for name in KEPT))
    # cdk-nag names the bucket by the data stack's export.
    kept = f"tradewind-{environment}-data:ExportsOutputFnGetAttBucket83908E77Arn063C8555"
    place = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:"
    for named in (f"{place}{group}", "*", *(f"{kept}/{name}/*" for name in KEPT)):
        acknowledge(
            made.role,
            f"AwsSolutions-IAM5[Resource::{named}]",
            "Reads only: its own environment's logs by prefix, metrics, which know no resource, and what is kept.",
        )
