"""A browser's User-Agent in words. Enough to recognise one's own devices; anybody can send anything."""

import re

from django.utils.translation import gettext

# The first that is found; browsers also claim to be those from which they descend.
PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def client_in_words(user_agent: str) -> str:
    """For example “Firefox on Windows”."""
    program = _first(PROGRAMS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if program and system:
        return gettext("%(program)s on %(system)s") % {"program": program, "system": system}
    return (
        program or system or re.sub(r"[^ -~]", "", user_agent)[:60] or gettext("An unknown program")
    )


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark.lower() in user_agent.lower()), "")
