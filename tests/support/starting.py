"""A start of the program in a process of its own, with settings of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path, code="print('started')", **environment):
    """Load the settings of a fresh clone, whose folders are below `tmp_path`, and run `code`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FACEVERIFY_", "DJANGO_"))}
    clean = {k: v for k, v in clean.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env=clean
        | {
            "DJANGO_SETTINGS_MODULE": "faceverify.settings",
            "FACEVERIFY_DOTENV": "false",
            "FACEVERIFY_VAR": str(tmp_path / "var"),
            "FACEVERIFY_MEDIA": str(tmp_path / "media"),
        }
        | environment,
        capture_output=True,
        text=True,
    )
