"""Folders and secrets."""

from pathlib import Path

from .. import env, secret_files
from ..private_paths import private_folder

BASE_DIR = Path(__file__).resolve().parent.parent.parent
if env.boolean("FACEVERIFY_DOTENV", True):
    env.load_dotenv(BASE_DIR / ".env")

DEBUG = env.boolean("FACEVERIFY_DEBUG", False)
HTTPS = env.boolean("FACEVERIFY_HTTPS", False)

# Folders ----------------------------------------------------------------------------------------
VAR_DIR = private_folder(env.path("FACEVERIFY_VAR", BASE_DIR / "var", BASE_DIR))
MEDIA_ROOT = private_folder(env.path("FACEVERIFY_MEDIA", BASE_DIR / "media", BASE_DIR))
QUEUE_DIR = VAR_DIR / "queue"
FACEVERIFY_WAKEUP = VAR_DIR / "wakeup"  # see verification/jobs/wakeup.py

# Secrets ----------------------------------------------------------------------------------------
SECRET_KEY = env.text("FACEVERIFY_SECRET_KEY") or secret_files.secret_key(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.words("FACEVERIFY_SECRET_KEY_FALLBACKS")
_keys_file = VAR_DIR / "file_keys"
_given_keys = env.words("FACEVERIFY_FILE_KEYS")
# The file, if this process makes it: its key decrypts nothing that is already stored.
FACEVERIFY_NEW_FILE_KEY = None if _given_keys or _keys_file.exists() else _keys_file
FACEVERIFY_FILE_KEYS = _given_keys or secret_files.file_keys(_keys_file, MEDIA_ROOT)
