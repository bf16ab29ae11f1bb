"""What Athena knows of the bucket: tables over the archived bars and decisions, and a workgroup that asks them.

Partitions are computed from a query's conditions, so that nothing has to be registered when a new month begins: who
asks names the venue and instrument of bars, and the shard of decisions.
"""

from collections.abc import Mapping

from aws_cdk import Aws, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

RESULTS = "athena/"
"""Where answers lie until they expire."""

MOST_SCANNED = 10 * 1024**3
"""Bytes after which a query is stopped: five cents."""

_TEXT, _NUMBER, _TIME = "string", "double", "timestamp"
_BARS: Mapping[str, str] = {"ts": _TIME, **dict.fromkeys(("open", "high", "low", "close", "volume"), _NUMBER)}
_DECISIONS: Mapping[str, str] = {
    "ts": _TIME, "rev": "int", "late": "boolean", "account": _TEXT, "strategy": _TEXT, "instrument": _TEXT,
    "action": _TEXT, "reason": _TEXT, "strength": _NUMBER, "value": _NUMBER, "threshold": _NUMBER, "intent": _TEXT,
    "gates": _TEXT, "configuration": _TEXT, "code": _TEXT,
}  # fmt: skip
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def _dates(form: str, first: str, unit: str) -> Mapping[str, str]:
    return {"type": "date", "format": form, "range": f"{first},NOW", "interval": "1", "interval.unit": unit}


_INJECTED: Mapping[str, str] = {"type": "injected"}
_BAR_PARTS: Mapping[str, Mapping[str, str]] = {
    "venue": _INJECTED,
    "interval": {"type": "enum", "values": "1m,5m,15m,1h,4h,1d"},
    "instrument": _INJECTED,
    "month": _dates("yyyy-MM", "1990-01", "MONTHS"),
}
_DECISION_PARTS: Mapping[str, Mapping[str, str]] = {
    "shard": _INJECTED,
    "day": _dates("yyyy-MM-dd", "2020-01-01", "DAYS"),
}


class Catalogue(Construct):
    """A Glue database with the tables `bars` and `decisions`, and an Athena workgroup."""

    def __init__(self, scope: Construct, environment: str, bucket: s3.Bucket, key: kms.IKey | None) -> None:
        super().__init__(scope, "Catalogue")
        self._bucket, self._name = bucket, f"tradewind_{environment}"
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self._name, description="Tradewind: archived bars and decisions"
            ),
        )
        self._table("Bars", _BARS, _BAR_PARTS)
        self._table("Decisions", _DECISIONS, _DECISION_PARTS)
        self.workgroup = self._workgroup(environment, key)

    def _table(self, name: str, columns: Mapping[str, str], parts: Mapping[str, Mapping[str, str]]) -> None:
        root = f"s3://{self._bucket.bucket_name}/{name.lower()}"
        folders = "/".join(f"{part}=${{{part}}}" for part in parts)
        rules = {f"projection.{part}.{rule}": value for part, one in parts.items() for rule, value in one.items()}
        table = glue.CfnTable(
            self,
            name,
            catalog_id=Aws.ACCOUNT_ID,
            database_name=self._name,
            table_input=glue.CfnTable.TableInputProperty(
                name=name.lower(),
                table_type="EXTERNAL_TABLE",
                partition_keys=[_column(part, _TEXT) for part in parts],
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "storage.location.template": f"{root}/{folders}/",
                    **rules,
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[_column(column, kind) for column, kind in columns.items()],
                    location=f"{root}/",
                    input_format=f"{_PARQUET}.MapredParquetInputFormat",
                    output_format=f"{_PARQUET}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )
        table.add_resource_dependency(self.database)

    def _workgroup(self, environment: str, key: kms.IKey | None) -> athena.CfnWorkGroup:
        encryption = athena.CfnWorkGroup.EncryptionConfigurationProperty(
            encryption_option="SSE_KMS" if key else "SSE_S3", kms_key=key.key_arn if key else None
        )
        return athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=f"tradewind-{environment}",
            description=f"Questions to {Stack.of(self).stack_name}'s archive",
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=MOST_SCANNED,
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=False,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    encryption_configuration=encryption,
                    output_location=f"s3://{self._bucket.bucket_name}/{RESULTS}",
                ),
            ),
        )


def _column(name: str, kind: str) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=name, type=kind)
