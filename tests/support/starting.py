"""A start of the program in a process of its own, with settings of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Every start is a fork, which has an environment of its own. What settings import is imported before.
FORKS = """
import json, os, sys, traceback
import django
import faceverify.settings
for name in [name for name in sys.modules if name.startswith("faceverify.settings")]:
    del sys.modules[name]
ended = []
for environment in json.load(sys.stdin):
    out, into = os.pipe()
    if os.fork() == 0:
        os.dup2(into, 2)
        os.environ |= environment
        try:
            django.setup()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(into)
    with open(out) as said:
        ended.append([said.read(), os.waitstatus_to_exitcode(os.wait()[1])])
print(json.dumps(ended))
"""


def start(tmp_path, code="print('started')", **environment):
    """Load the settings of a fresh clone, whose folders are below `tmp_path`, and run `code`."""
    return _run(tmp_path, f"import django; django.setup()\n{code}", environment)


def starts(tmp_path, environments: list[dict[str, str]]) -> list[tuple[str, int]]:
    """What starts with each of these environments say in case of an error, and their exit statuses."""
    done = _run(tmp_path, FORKS, {}, input=json.dumps(environments))
    assert done.returncode == 0, done.stderr
    return [(said, status) for said, status in json.loads(done.stdout)]


def _run(tmp_path, code: str, environment: dict[str, str], **options):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FACEVERIFY_", "DJANGO_"))}
    clean = {k: v for k, v in clean.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "-c", code],
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
        timeout=270,
        **options,
    )
