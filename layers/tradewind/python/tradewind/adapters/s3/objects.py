"""Whole objects of the data bucket."""

from dataclasses import dataclass
from typing import Any

from tradewind.adapters.aws import translated
from tradewind.application.ports_market import ObjectReader


@dataclass(frozen=True, slots=True)
class S3Objects(ObjectReader):
    """Objects by key."""

    client: Any
    bucket: str

    def get(self, key: str) -> bytes:
        """Return the object's bytes."""
        with translated(f"read s3://{self.bucket}/{key}"):
            return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
