"""A strategy's declared parameters as a pydantic model: what configuration is checked with, and a schema for editors.

The model is made of the declaration, and asks the declaration's own check: functions, which load no pydantic, refuse
the very same values.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from tradewind.domain.errors import BadInputError
from tradewind.strategies.base import Parameter, Strategy


def model(strategy: Strategy) -> type[BaseModel]:
    """Return a model with a field for each declared parameter: its default, range and unit, and where it comes from."""
    fields = {one.name: (_annotated(one), one.default) for one in strategy.declared}
    settings = ConfigDict(extra="forbid", frozen=True, title=strategy.name)
    made = create_model(strategy.name, __config__=settings, __doc__=strategy.idea, **cast("dict[str, Any]", fields))
    return cast("type[BaseModel]", made)


def schema(strategy: Strategy) -> dict[str, Any]:
    """Return the JSON schema of what a configuration's `parameters` may hold for a strategy."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model(strategy).model_json_schema()}


def refusals(strategy: Strategy, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each parameter that is unknown, out of its range or no number, and what is wrong with it."""
    try:
        model(strategy).model_validate(dict(given))
    except ValidationError as error:
        known = ", ".join(one.name for one in strategy.declared) or "none"
        for one in error.errors():
            name = str(one["loc"][0])
            unknown = f"strategy {strategy.name} has no parameter {name!r}; it has {known}"
            yield name, unknown if one["type"] == "extra_forbidden" else str(one["ctx"]["error"])


def _annotated(parameter: Parameter) -> Any:
    """Return what pydantic knows of a parameter."""

    def checked(value: Any) -> float:
        try:
            return parameter.checked(value)
        except BadInputError as error:
            raise ValueError(str(error)) from None

    facts = {"minimum": parameter.low, "maximum": parameter.high, "unit": parameter.unit}
    kind: dict[str, Any] = {"type": "integer"} if parameter.whole else {"type": "number"}
    about = Field(title=parameter.name, description=parameter.source or None, json_schema_extra={**facts, **kind})
    return Annotated[float, BeforeValidator(checked), about]
