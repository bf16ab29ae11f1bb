"""What must survive: tables, bucket, and what Athena knows of it. Apart, so that no change of code can touch them."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.catalogue import RESULTS, Catalogue
from infra.constructs.keys import CustomerKey
from infra.settings import Environment, Profile

SELDOM_READ = ("records/", "decisions/")
"""What is asked for after an accident or an audit, and then at once."""

SELDOM_AFTER = Duration.days(90)
"""By then every late correction is in, so that nothing is written over before its shortest time in that class ends."""


class DataStack(Stack):
    """MARKET (bars, decisions, checkpoints), LEDGER (orders, fills, positions, journal) and the data bucket."""

    def __init__(self, scope: Construct, environment: Environment, profile: Profile) -> None:
        super().__init__(
            scope,
            "data",
            stack_name=f"tradewind-{environment.name}-data",
            description="Tradewind: tables and bucket, kept when everything else goes",
            termination_protection=not environment.local,
        )
        self._environment = environment
        self.key = (
            CustomerKey(self, "Key", f"Tradewind {environment.name}: data at rest", retain=not environment.local)
            if profile.guarded
            else None
        )
        self.market = self._table("Market")
        self.ledger = self._table("Ledger")
        self.bucket = self._bucket()
        if not environment.local:
            Catalogue(self, environment.name, self.bucket, self.key)
        CfnOutput(self, "MarketTable", value=self.market.table_name)
        CfnOutput(self, "LedgerTable", value=self.ledger.table_name)
        CfnOutput(self, "DataBucket", value=self.bucket.bucket_name)

    def _table(self, name: str) -> dynamodb.Table:
        kept = not self._environment.local
        table = dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            # A record only wakes its reader, which then asks the table; so the keys are enough.
            stream=dynamodb.StreamViewType.KEYS_ONLY,
            encryption=self._table_encryption(),
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=kept
            ),
            deletion_protection=kept,
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
        if not kept:
            acknowledge(table, "AwsSolutions-DDB3", "The local stack is thrown away; a replay makes it anew.")
        return table

    def _table_encryption(self) -> dynamodb.TableEncryption:
        return dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else dynamodb.TableEncryption.DEFAULT

    def _bucket(self) -> s3.Bucket:
        kept = not self._environment.local
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key,
            bucket_key_enabled=True if self.key else None,
            enforce_ssl=True,
            versioned=kept,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(90) if kept else None,
                ),
                s3.LifecycleRule(prefix=RESULTS, expiration=Duration.days(7)),
                *(_seldom_read(prefix) for prefix in SELDOM_READ if kept),
            ],
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
        acknowledge(
            bucket,
            "AwsSolutions-S1",
            "Only the functions of this account read it; access logs would cost more than the data they guard.",
        )
        return bucket


def _seldom_read(prefix: str) -> s3.LifecycleRule:
    """Keep objects at a sixth of the price, read within milliseconds; S3 leaves those below 128 KiB where they are."""
    return s3.LifecycleRule(
        prefix=prefix,
        transitions=[
            s3.Transition(storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transition_after=SELDOM_AFTER)
        ],
    )
