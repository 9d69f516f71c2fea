"""NextToken: where a list goes on. Signed, and good for one list of one account only.

A list goes on after a row, not after a number of rows: what is added or deleted meanwhile neither
repeats a row nor leaves one out.
"""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet

from .errors import InvalidPaginationToken

Row = TypeVar("Row", bound=Model)

NOT_OURS = "The pagination token is not valid for this list."


def page(
    rows: QuerySet[Row], data: dict[str, Any], *, list_of: str
) -> tuple[list[Row], dict[str, str]]:
    """The rows that a request asks for by `MaxResults` and `NextToken`, oldest first, and the answer's
    member `NextToken` where there are more.

    Args:
        list_of: names the list, its account and what it is limited to.

    Raises InvalidPaginationToken.
    """
    most = data["MaxResults"]
    if token := data.get("NextToken"):
        created, pk = _read(token, list_of)
        rows = rows.filter(Q(created_at__gt=created) | Q(created_at=created, pk__gt=pk))
    if not most:
        return [], {}
    found = list(rows.order_by("created_at", "pk")[: most + 1])
    if len(found) <= most:
        return found, {}
    return found[:most], {"NextToken": _write(found[most - 1], list_of)}


def _write(row: Any, list_of: str) -> str:
    return signing.dumps([row.created_at.isoformat(), row.pk.hex], salt=_salt(list_of))


def _read(token: str, list_of: str) -> tuple[datetime, UUID]:
    try:
        created, pk = signing.loads(token, salt=_salt(list_of))
    except signing.BadSignature:
        raise InvalidPaginationToken(NOT_OURS) from None
    return datetime.fromisoformat(created), UUID(pk)


def _salt(list_of: str) -> str:
    return f"rekognition page of {list_of}"
