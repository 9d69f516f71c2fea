"""The settings in force, as .env.example describes them, without secrets."""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy

HEADING = re.compile(r"^# --- (.+?) -+$")
SETTING = re.compile(r"^# ?([A-Z][A-Z0-9_]+)=(.*)$")
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN")
HIDDEN = gettext_lazy("(set, not shown)")


@dataclass(frozen=True)
class Setting:
    """A setting: what is in force, and whether that was set or is the default."""

    group: str
    name: str
    value: str
    is_set: bool
    help: str


def in_force() -> list[Setting]:
    """Every setting, in the order of .env.example; none where that file is missing."""
    try:
        lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    except FileNotFoundError:
        return []
    found: list[Setting] = []
    group, help = "", list[str]()
    for line in lines:
        if heading := HEADING.match(line):
            group, help = heading[1], []
        elif match := SETTING.match(line):
            name, default = match.groups()
            given = os.environ.get(name, "")
            found.append(
                Setting(group, name, shown(name, given or default), bool(given), " ".join(help))
            )
            help = []
        elif line.startswith("# "):
            help.append(line[2:])
    return found


def shown(name: str, value: str) -> str:
    """The value without what is secret in it."""
    if SECRET.search(name):
        return str(HIDDEN) if value else ""
    if "://" in value:
        parts = urlsplit(value)
        if parts.password:
            host = parts.netloc.rpartition("@")[2]
            user = parts.username or ""
            return parts._replace(netloc=f"{user}:...@{host}", query="").geturl()
    return value
