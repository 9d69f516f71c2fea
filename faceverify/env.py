"""Strict readers of settings from the environment: a bad value stops the start and is named."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
SECRET_LENGTH = 32
Default = TypeVar("Default")
Number = TypeVar("Number", int, float)


def load_dotenv(path: Path) -> None:
    """Set the variables in `path` (NAME=value lines), if it exists; those already set stay."""
    if path.is_file():
        for name, value in dotenv_values(path, interpolate=False).items():
            if value is not None:
                os.environ.setdefault(name, value)


def _raw(name: str) -> str | None:
    """The value of a variable without spaces around it; None if it is empty or not set."""
    value = os.environ.get(name, "").strip()
    return value or None


def text(name: str, default: str = "") -> str:
    return _raw(name) or default


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r}: must be one of {', '.join(allowed)}.")
    return value


def boolean(name: str, default: bool) -> bool:
    value = _raw(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: must be true or false.")


def _number(
    name: str, default: Default, low: Number, high: Number, kind: Callable[[str], Number], noun: str
) -> Number | Default:
    value = _raw(name)
    if value is None:
        return default
    try:
        number = kind(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r}: must be {noun}.") from None
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name}={value!r}: must be from {low} to {high}.")
    return number


def integer(name: str, default: Default, *, low: int, high: int) -> int | Default:
    return _number(name, default, low, high, int, "a whole number")


def decimal(name: str, default: Default, *, low: float, high: float) -> float | Default:
    return _number(name, default, low, high, float, "a number")


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list."""
    value = _raw(name)
    return list(default) if value is None else [w.strip() for w in value.split(",") if w.strip()]


def long_secrets(name: str) -> list[str]:
    """A comma-separated list of secrets that nobody can guess."""
    given = words(name)
    if any(len(secret) < SECRET_LENGTH for secret in given):
        raise ImproperlyConfigured(
            f"{name}: each key must have {SECRET_LENGTH} characters or more, chosen at random."
        )
    return given


def folders(name: str, base: Path) -> dict[str, Path]:
    """A comma-separated list of name=folder, each of them a folder that is there."""
    found = {}
    for pair in words(name):
        given, _, place = (part.strip() for part in pair.partition("="))
        folder = (base / Path(place).expanduser()).resolve()
        if not given or not place or not folder.is_dir():
            raise ImproperlyConfigured(
                f"{name}: {pair!r} must be a name and a folder that is there, as photos=/srv/photos."
            )
        found[given] = folder
    return found


def url_path(name: str) -> str:
    """A path below which the site is served, as /faces; empty: it is the root of its host."""
    parts = text(name).strip("/")
    if not parts:
        return ""
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", parts, re.ASCII):
        raise ImproperlyConfigured(
            f"{name}={text(name)!r}: must be a path as /faces, of letters, digits, dots and hyphens."
        )
    return f"/{parts}"


def origins(name: str) -> list[str]:
    """A comma-separated list of origins, as https://example.org; or * alone, for every one."""
    given = words(name)
    for origin in given:
        if given != ["*"] and not re.fullmatch(r"https?://[^/\s?#*]+", origin):
            raise ImproperlyConfigured(
                f"{name}={origin!r}: must be origins as https://example.org, without a path, or * alone."
            )
    return given


def file(name: str, base: Path) -> Path | None:
    """A file that can be read; None if none is named. A relative path starts at `base`."""
    value = _raw(name)
    if value is None:
        return None
    found = (base / Path(value).expanduser()).resolve()
    if not found.is_file() or not os.access(found, os.R_OK):
        raise ImproperlyConfigured(f"{name}={value!r}: there is no file that can be read.")
    return found


def path(name: str, default: Path, base: Path) -> Path:
    """A folder or file; a relative path starts at `base`."""
    value = _raw(name)
    return (base / Path(value).expanduser()).resolve() if value else default
