"""What a request says."""

import uuid

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User

MOST_IDS = 1000


class SignedInRequest(HttpRequest):
    """What a page behind `login_required` gets."""

    user: User
    htmx: HtmxDetails


def from_script(request: HttpRequest) -> bool:
    """Whether a script of the site's own asks, which reads JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def uuids(values: list[str]) -> list[uuid.UUID]:
    """Those of these texts that are ids, the first MOST_IDS of them."""
    ids = []
    for value in values[:MOST_IDS]:
        try:
            ids.append(uuid.UUID(value))
        except ValueError:
            continue
    return ids
