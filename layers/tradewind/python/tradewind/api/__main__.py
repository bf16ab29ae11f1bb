"""Print the OpenAPI document: `python -m tradewind.api > docs/openapi.json`."""

import json
import sys

from tradewind.api import surface
from tradewind.api.document import document
from tradewind.settings import RuntimeSettings

whole = document(surface.build(RuntimeSettings({})))
sys.stdout.write(json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
