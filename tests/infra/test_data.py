"""What must survive."""

import pytest

from tests.infra.conftest import Application, Resource

DASHBOARD = "web"
"""Part of the name of the stack whose bucket holds only what is built from the repository."""


def kept(application: Application, kind: str) -> dict[str, Resource]:
    """Return the resources of a type that hold what cannot be made again."""
    return {name: row for name, row in application.of(kind).items() if DASHBOARD not in name.partition(":")[0]}


def test_tables_wake_by_keys_alone_and_forget_by_expires_at(application: Application) -> None:
    tables = application.properties("DynamoDB::Table")

    assert len(tables) == 2
    for table in tables:
        assert table["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_outside_the_laptop_nothing_stateful_can_be_lost(application: Application) -> None:
    if application.environment == "local":
        pytest.skip("the local stack is thrown away on purpose")
    for table in application.of("DynamoDB::Table").values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    for bucket in kept(application, "S3::Bucket").values():
        assert bucket["DeletionPolicy"] == "Retain"
        assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_the_laptop_keeps_nothing_when_the_stack_goes(application: Application) -> None:
    retained = [row["Type"] for row in application.resources.values() if row.get("DeletionPolicy") == "Retain"]
    assert application.environment != "local" or retained == []


def test_stateful_resources_stand_in_a_stack_of_their_own(application: Application) -> None:
    stateful = {*kept(application, "DynamoDB::Table"), *kept(application, "S3::Bucket")}

    assert {name.partition(":")[0] for name in stateful} == {
        name.partition(":")[0] for name in application.resources if "data" in name.partition(":")[0]
    }


def test_every_bucket_is_encrypted_private_and_refuses_plain_http(application: Application) -> None:
    buckets, policies = application.properties("S3::Bucket"), application.properties("S3::BucketPolicy")

    assert len(policies) == len(buckets)
    assert buckets
    assert all(bucket["BucketEncryption"] for bucket in buckets)
    assert all(all(bucket["PublicAccessBlockConfiguration"].values()) for bucket in buckets)
    for policy in policies:
        assert any(
            statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in policy["PolicyDocument"]["Statement"]
        )


def test_full_encrypts_tables_queues_topics_and_bucket_with_its_own_keys(prod: Application) -> None:
    assert all(table["SSESpecification"]["SSEType"] == "KMS" for table in prod.properties("DynamoDB::Table"))
    assert all("KmsMasterKeyId" in queue for queue in prod.properties("SQS::Queue"))
    assert all("KmsMasterKeyId" in topic for topic in prod.properties("SNS::Topic"))
    (bucket,) = (row["Properties"] for row in kept(prod, "S3::Bucket").values())
    rule = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(key["EnableKeyRotation"] for key in prod.properties("KMS::Key"))


def test_the_key_of_the_alarms_topic_admits_cloudwatch(prod: Application) -> None:
    admitted = [
        service
        for key in prod.properties("KMS::Key")
        for statement in key["KeyPolicy"]["Statement"]
        for service in statement["Principal"].get("Service", ())
    ]

    assert "cloudwatch.amazonaws.com" in admitted


def test_athena_knows_the_columns_and_the_folders_of_what_is_archived(application: Application) -> None:
    from tradewind.adapters.s3 import parquet, vault
    from tradewind.domain.instrument import InstrumentId
    from tradewind.domain.timeframe import Timeframe

    tables = {row["TableInput"]["Name"]: row["TableInput"] for row in application.properties("Glue::Table")}
    if application.environment == "local":
        assert tables == {}
        return
    columns = {name: [one["Name"] for one in table["StorageDescriptor"]["Columns"]] for name, table in tables.items()}
    key = parquet.object_key(InstrumentId("BTC-USD.KRAKEN"), Timeframe.M1, 0)

    assert columns == {"bars": ["ts", *parquet.COLUMNS], "decisions": list(vault.DECISION)}
    assert [one["Name"] for one in tables["bars"]["PartitionKeys"]] == [
        part.partition("=")[0] for part in key.split("/")[1:-1]
    ]
    (workgroup,) = application.properties("Athena::WorkGroup")
    result = workgroup["WorkGroupConfiguration"]["ResultConfiguration"]
    assert result["EncryptionConfiguration"]["EncryptionOption"] in {"SSE_S3", "SSE_KMS"}
    (bucket,) = (row["Properties"] for row in kept(application, "S3::Bucket").values())
    assert {"Prefix": "athena/", "ExpirationInDays": 7, "Status": "Enabled"} in bucket["LifecycleConfiguration"][
        "Rules"
    ]


def test_what_is_seldom_read_is_moved_to_where_keeping_is_cheap_and_reading_takes_no_wait(
    application: Application,
) -> None:
    from tradewind.adapters.s3 import vault

    rules = [
        rule
        for bucket in application.properties("S3::Bucket")
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ())
    ]
    moved = {rule["Prefix"]: rule["Transitions"] for rule in rules if "Transitions" in rule}

    seldom = set() if application.environment == "local" else {vault.RECORDS, vault.DECISIONS}
    assert moved.keys() == seldom
    assert all(to == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 90}] for to in moved.values())
