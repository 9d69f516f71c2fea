"""System checks on settings that work, but not the way that was meant."""

import difflib
import os
import re

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

NAME = re.compile(r"^#?\s?((?:FACEVERIFY|REDIS|DATABASE|WEB)_[A-Z_]+)=", re.MULTILINE)


def known_settings() -> set[str]:
    """The variables described in `.env.example`; empty where the file is not shipped."""
    try:
        text = (settings.BASE_DIR / ".env.example").read_text()
    except FileNotFoundError:
        return set()
    return set(NAME.findall(text))


@register
def check_setting_names(app_configs, **kwargs) -> list[Warning]:
    """A misspelt FACEVERIFY_ variable would silently leave the default in force."""
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
    """Rate limits are counted in the cache, which several processes must share."""
    if int(os.environ.get("WEB_CONCURRENCY", "1") or 1) > 1 and not settings.REDIS_URL:
        return [
            Warning(
                "Several web processes without REDIS_URL count rate limits each for itself.",
                hint="Set REDIS_URL, or WEB_CONCURRENCY=1 and more FACEVERIFY_WEB_THREADS.",
                id="faceverify.W002",
            )
        ]
    return []


@register(Tags.security)
def check_api_rates(app_configs, **kwargs) -> list[Error]:
    from rest_framework.throttling import SimpleRateThrottle

    found = []
    for scope, rate in settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"].items():
        try:
            SimpleRateThrottle.parse_rate(None, rate)
        except (ValueError, KeyError, IndexError):
            found.append(
                Error(
                    f"The rate {rate!r} for {scope!r} cannot be read.",
                    hint="Write a number and a time, as in 600/min.",
                    id="faceverify.E001",
                )
            )
    return found
