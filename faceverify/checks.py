"""System checks of settings that Django accepts, but that do not do what was meant."""

import difflib
import os
import re

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from . import private_paths

NAME = re.compile(r"^#?\s?((?:FACEVERIFY|REDIS|DATABASE|WEB)_[A-Z0-9_]+)=", re.MULTILINE)


def known_settings() -> set[str]:
    """The variables that `.env.example` describes; none where the file is missing."""
    try:
        text = (settings.BASE_DIR / ".env.example").read_text()
    except FileNotFoundError:
        return set()
    return set(NAME.findall(text))


@register
def check_setting_names(app_configs, **kwargs) -> list[Warning]:
    """A misspelt FACEVERIFY_ variable would leave the default in force without a word."""
    known = known_settings()
    found = []
    for name in sorted(os.environ):
        if not known or not name.startswith("FACEVERIFY_") or name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "See .env.example."
        found.append(Warning(f"There is no setting {name}.", hint=hint, id="faceverify.W001"))
    return found


@register(Tags.security)
def check_rate_limits(app_configs, **kwargs) -> list[Warning]:
    """Requests are counted in the cache, which all web processes must share."""
    if int(os.environ.get("WEB_CONCURRENCY", "1") or 1) > 1 and not settings.REDIS_URL:
        return [
            Warning(
                "Without REDIS_URL each of the web processes counts requests alone, so rate limits "
                "are multiplied.",
                hint="Set REDIS_URL, or WEB_CONCURRENCY=1 and more FACEVERIFY_WEB_THREADS.",
                id="faceverify.W002",
            )
        ]
    return []


@register(Tags.translation)
def check_catalogues(app_configs, **kwargs) -> list[Warning]:
    """A language without its compiled catalogue would be a page half in English."""
    missing = [
        code
        for code, _name in settings.LANGUAGES
        if code != "en"
        and not any((place / code / "LC_MESSAGES" / "django.mo").exists() for place in settings.LOCALE_PATHS)
    ]  # fmt: skip
    return [
        Warning(
            f"The catalogue of the language {code!r} is not compiled: its pages are in English.",
            hint="Run: make languages",
            id="faceverify.W004",
        )
        for code in missing
    ]


@register(Tags.security)
def check_private_paths(app_configs, **kwargs) -> list[Warning]:
    """What a start could not close to other users."""
    return [
        Warning(sentence, id="faceverify.W003")
        for sentence in private_paths.warnings(settings.FACEVERIFY_PRIVATE_PATHS)
    ]


@register(Tags.security)
def check_api_rates(app_configs, **kwargs) -> list[Error]:
    """A rate that cannot be parsed would fail at the first request."""

    class Throttle(SimpleRateThrottle):
        rate = "1/s"  # it needs one to be made

    found = []
    for scope, rate in api_settings.DEFAULT_THROTTLE_RATES.items():
        try:
            Throttle().parse_rate(str(rate))
        except (ValueError, KeyError, IndexError):
            found.append(
                Error(
                    f"The rate {rate!r} for {scope!r} cannot be read.",
                    hint="Write a number and a time, as in 600/min.",
                    id="faceverify.E001",
                )
            )
    return found
