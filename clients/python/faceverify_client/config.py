"""The server's address and the key: from the environment, else from a file of the owner's alone."""

import json
import os
import stat
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .errors import ConfigError

URL, KEY, FILE = "FACEVERIFY_URL", "FACEVERIFY_KEY", "FACEVERIFY_CONFIG"
HINT = f"Run `faceverify login`, or set {URL} and {KEY}."


@dataclass(frozen=True)
class Config:
    url: str
    key: str


def path() -> Path:
    """FACEVERIFY_CONFIG, else faceverify/config.toml where the system keeps such files."""
    if given := os.environ.get(FILE):
        return Path(given).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "faceverify" / "config.toml"


def read(url: str = "") -> Config:
    """Raises ConfigError: what is missing, or that others could read the key."""
    stored: dict[str, str] = {}
    if not (os.environ.get(KEY) and (url or os.environ.get(URL))):
        stored = _stored(path())
    url = url or os.environ.get(URL) or stored.get("url", "")
    key = os.environ.get(KEY) or stored.get("key", "")
    if not url:
        raise ConfigError(f"The address of the server is not known. {HINT}")
    if not key:
        raise ConfigError(f"There is no API key. {HINT}")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"The server's address has to start with https:// or http://, not {url}")
    return Config(url, key)


def write(config: Config) -> Path:
    """Store both, readable by the owner alone; the file is replaced whole."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".config.")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            # A JSON string is a TOML string as well.
            file.write(f"url = {json.dumps(config.url)}\nkey = {json.dumps(config.key)}\n")
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return target


def _stored(file: Path) -> dict[str, str]:
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as opened:
        mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ConfigError(
                f"{file} holds your key and others may read it (mode {mode:04o}). "
                f"Run: chmod 600 {file}"
            )
        try:
            stored = tomllib.load(opened)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}. {HINT}") from error
    return {name: str(stored.get(name, "")) for name in ("url", "key")}
