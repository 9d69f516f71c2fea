"""What a request says."""

import uuid

from django.http import HttpRequest

MOST_IDS = 1000


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
