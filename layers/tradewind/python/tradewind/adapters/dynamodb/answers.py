"""Reading DynamoDB's answers: botocore looks for each of ten kinds in every value, though its one key names its kind.

Everything else is read as botocore reads it, and what comes out is the same. The methods that are overridden are not
in the stubs of its types.
"""

from binascii import a2b_base64
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

_VALUE = "AttributeValue"


class _Answers(JSONParser):
    """JSON of which items are read in half the time."""

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name != _VALUE:
            return super()._handle_map(shape, value)  # type: ignore[misc]
        return {name: self._attribute(shape.value, one) for name, one in value.items()}

    def _attribute(self, shape: Any, value: Any) -> Any:
        match value:
            case {"S": _} | {"N": _} if len(value) == 1:
                return value
            case {"B": data} if len(value) == 1:
                return {"B": a2b_base64(data)}
            case _:
                return super()._handle_structure(shape, value)  # type: ignore[misc]


class AnswerParsers(ResponseParserFactory):
    """Makes a session's parsers; those of other protocols are botocore's own."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return the parser of a protocol."""
        return _Answers() if protocol_name == "json" else super().create_parser(protocol_name)
