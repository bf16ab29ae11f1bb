"""Whole objects of the data bucket."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tradewind.adapters.aws import code_of, translated
from tradewind.application.ports_bars import ObjectReader, ObjectStore, StoredObject
from tradewind.domain.errors import ConflictError

_ABSENT = frozenset({"NoSuchKey", "404"})
_MOVED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", *_ABSENT})
"""What S3 answers where the object is not the one that a write names: another, one being written, or none."""


@dataclass(frozen=True, slots=True)
class S3Objects(ObjectReader):
    """Objects by key."""

    client: Any
    bucket: str

    def get(self, key: str) -> bytes:
        """Return the object's bytes."""
        with translated(f"read s3://{self.bucket}/{key}"):
            return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())


@dataclass(frozen=True, slots=True)
class S3Store(ObjectStore):
    """Objects by key, written with S3's conditions on the entity tag."""

    client: Any
    bucket: str

    def read(self, key: str) -> StoredObject | None:
        """Return an object, or None if there is none."""
        with translated(f"read s3://{self.bucket}/{key}"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
            return StoredObject(bytes(found["Body"].read()), found["ETag"])

    def edition(self, key: str) -> str:
        """Return which edition of an object there is, without reading it; empty if there is none."""
        with translated(f"look at s3://{self.bucket}/{key}"):
            try:
                return str(self.client.head_object(Bucket=self.bucket, Key=key)["ETag"])
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return ""
                raise

    def write(self, key: str, data: bytes, replacing: str) -> str:
        """Keep an object in place of the edition that was read; return its own edition."""
        where = f"s3://{self.bucket}/{key}"
        condition = {"IfMatch": replacing} if replacing else {"IfNoneMatch": "*"}
        with translated(f"write {where}"):
            try:
                done = self.client.put_object(Bucket=self.bucket, Key=key, Body=data, **condition)
            except ClientError as error:
                if code_of(error) in _MOVED:
                    raise ConflictError(f"{where} was written by somebody else meanwhile") from error
                raise
            return str(done["ETag"])

    def keys(self, prefix: str) -> list[str]:
        """Return every key with this beginning, ascending."""
        with translated(f"list s3://{self.bucket}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return sorted(row["Key"] for page in pages for row in page.get("Contents", ()))

    def delete(self, key: str) -> None:
        """Forget an object; it need not be there."""
        with translated(f"delete s3://{self.bucket}/{key}"):
            self.client.delete_object(Bucket=self.bucket, Key=key)
