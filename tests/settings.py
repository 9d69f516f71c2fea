"""Settings of the tests: folders of their own for each test process, nothing from outside."""

import os
import tempfile
from pathlib import Path

for _name in [*os.environ]:
    if _name in ("DATABASE_URL", "REDIS_URL", "PORT", "WEB_CONCURRENCY") or (
        _name.startswith("FACEVERIFY_") and not _name.startswith("FACEVERIFY_TEST_")
    ):
        del os.environ[_name]
_home = Path(tempfile.mkdtemp(prefix="faceverify-test-"))
os.environ |= {
    "FACEVERIFY_DOTENV": "false",
    "FACEVERIFY_DEBUG": "true",
    "FACEVERIFY_VAR": str(_home / "var"),
    "FACEVERIFY_MEDIA": str(_home / "media"),
    "FACEVERIFY_LOG_LEVEL": "WARNING",
    "FACEVERIFY_SMTP_HOST": "mail.invalid",  # Django's test runner puts an outbox in its place
    "FACEVERIFY_EMAIL_VERIFICATION": "optional",  # most tests are not about that
}
# A PostgreSQL with pgvector: every gallery is searched there, see tests/gallery/test_engines.py.
if _pgvector := os.environ.get("FACEVERIFY_TEST_PGVECTOR"):
    os.environ |= {
        "DATABASE_URL": _pgvector,
        "FACEVERIFY_SEARCH": "pgvector",
        "FACEVERIFY_PGVECTOR_UNENCRYPTED": "true",
        "FACEVERIFY_PGVECTOR_FROM": "0",
    }

from faceverify.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir()  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True  # else each client of a test begins by reading every static file
TEST_HOME = _home
FACEVERIFY_AUDIT_SECONDS = None  # views are written when a test says so: `buffer.flush()`

# Photos of LFW, for the checks on real faces: FACEVERIFY_TEST_LFW, else data/lfw, else beside the checkout.
_root = Path(__file__).resolve().parents[1]
_folders = [_root / "data" / "lfw", _root.parent / "shared" / "lfw"]
LFW = Path(
    os.environ.get("FACEVERIFY_TEST_LFW")
    or next((folder for folder in _folders if folder.is_dir()), _folders[0])
)
