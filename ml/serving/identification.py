"""What was measured of searches in large galleries with the models that come with the project, as a file."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "identification.json"
RATE = "1e-3"  # the default setting


@cache
def read() -> dict[str, Any]:
    """By name of the model which one it was, how many people were fitted and measured on, and "searches" at
    RATE, rows of `ml.evaluation.identify_scale`; docs/accuracy.md explains them."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def of(manifest: dict) -> dict[str, Any] | None:
    """The figures of a model; None if it was not measured, or had another head or other thresholds."""
    found = read().get(manifest.get("name", ""))
    return found if found and found["decides"] == _decides(manifest) else None


def keep(manifest: dict, found: dict) -> None:
    """Write down what `python -m ml identify-scale` found for a model."""
    kept = {
        "version": manifest["version"],
        "decides": _decides(manifest),
        "fitted_on": found["fitted_on"],
        "measured_on": found["measured_on"],
        "searches": [
            {"anchors": row["anchors"], "people": row["people"]}
            | {part: _share(row[part]) for part in ("fpir", "fnir", "rank1")}
            for row in found["searches"]
            if row["rate"] == RATE
        ],
    }
    text = json.dumps(read() | {manifest["name"]: kept}, indent=2, sort_keys=True)
    FILE.write_text(text + "\n", encoding="utf-8")
    read.cache_clear()


def _decides(manifest: dict) -> str:
    """The first digits of the SHA-256 of what decides on searches."""
    parts = json.dumps([manifest.get("head"), manifest.get("gallery")], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _share(row: dict) -> dict:
    return {key: round(row[key], 4) for key in ("value", "low", "high")}
