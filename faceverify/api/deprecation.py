"""How an endpoint says that it will go: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.http import http_date


@dataclass(frozen=True)
class Deprecation:
    """Since when an endpoint should not be used any more, when it goes, and where to read on."""

    since: datetime
    sunset: datetime | None = None
    link: str = ""


def headers(deprecation: Deprecation | None) -> list[tuple[str, str]]:
    if deprecation is None:
        return []
    found = [("Deprecation", f"@{int(deprecation.since.timestamp())}")]
    if deprecation.sunset:
        found.append(("Sunset", http_date(deprecation.sunset.timestamp())))
    if deprecation.link:
        found.append(("Link", f'<{deprecation.link}>; rel="deprecation"'))
    return found
