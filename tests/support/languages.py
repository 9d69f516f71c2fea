"""A site that speaks several languages, with its catalogues as they are now."""

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def offer(settings: Any, *languages: tuple[str, str]) -> None:
    """What FACEVERIFY_LANGUAGES does at the start. Catalogues are compiled where they are older."""
    old = [
        str(path) for path in ROOT.glob("locale/*/LC_MESSAGES/*.po")
        if not _is_newer(path.with_suffix(".mo"), path)
    ]  # fmt: skip
    if old:
        script = [sys.executable, "scripts/languages.py", "compile", *old]
        subprocess.run(script, cwd=ROOT, check=True)
    settings.LANGUAGES = [("en", "English"), *languages]
    if "django.middleware.locale.LocaleMiddleware" in settings.MIDDLEWARE:
        return
    place = settings.MIDDLEWARE.index("faceverify.middleware.SlashMiddleware")
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:place],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[place:],
    ]


def _is_newer(compiled: Path, source: Path) -> bool:
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime
