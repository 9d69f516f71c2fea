"""What was measured of live sessions with a model that comes with the project, as a file."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "measured.json"


@cache
def read() -> dict[str, Any]:
    """The figures that `python -m ml live-evaluate --json` gives; docs/live-accuracy.md explains them."""
    return json.loads(FILE.read_text(encoding="utf-8"))
