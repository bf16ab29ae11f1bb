"""What every model shares."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Amount = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json"),
    Field(description="A decimal as text, to its last digit.", examples=["101.25"]),
]
Moment = Annotated[int, Field(ge=0, description="UTC milliseconds.", examples=[1_331_769_600_000])]


class Model(BaseModel):
    """A document; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page[T](Model):
    """Some of many, and where to go on."""

    items: list[T]
    next: str | None = Field(default=None, description="Cursor of the next page; null on the last one.")
