"""Queues: encrypted, TLS only, and a message that failed is kept for a fortnight."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge

RETENTION = Duration.days(14)
# Receives of one order message before it is set aside: with its visibility this ends within two minutes.
RECEIVES = 3


def encryption(key: kms.IKey | None) -> sqs.QueueEncryption:
    """Return the encryption that goes with a key, or SQS's own without one."""
    return sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED


class KeptQueue(sqs.Queue):
    """Where failed events wait for a person: the end of a path, so it has no dead-letter queue itself."""

    def __init__(
        self, scope: Construct, identifier: str, name: str, key: kms.IKey | None = None, *, fifo: bool = False
    ) -> None:
        super().__init__(
            scope,
            identifier,
            queue_name=f"{name}.fifo" if fifo else name,
            fifo=True if fifo else None,
            encryption=encryption(key),
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        for rule in ("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"):
            acknowledge(self, rule, "This queue is itself where failed messages are kept.")


class OrderQueue(sqs.Queue):
    """The FIFO queue of intents and bars: serial per account and instrument, side by side across them."""

    def __init__(
        self, scope: Construct, name: str, dead_letters: sqs.IQueue, key: kms.IKey | None, handler_timeout: int
    ) -> None:
        super().__init__(
            scope,
            "Orders",
            queue_name=f"{name}.fifo",
            fifo=True,
            # Deduplication ids are the intents' own; content says nothing about identity.
            content_based_deduplication=False,
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            encryption=encryption(key),
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
            visibility_timeout=Duration.seconds(6 * handler_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=RECEIVES, queue=dead_letters),
            removal_policy=RemovalPolicy.DESTROY,
        )
