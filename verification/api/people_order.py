"""The orders of /api/v1/people/: what a page of the list goes on from."""

from datetime import UTC, datetime

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from faceverify.api.pagination import OldestFirst

from ..gallery.models import Person
from ..gallery.selectors import SORTS

OLDEST = "oldest"
NEVER = datetime(1, 1, 1, tzinfo=UTC)
TIED = ("name", "created_at", "id")
# A cursor stands for a value of the first column, which nobody may lack.
ORDERS: dict[str, tuple[str, ...]] = {
    OLDEST: OldestFirst.ordering,
    "name": TIED,
    "newest": ("-created_at", "-id"),
    "photos": ("-anchor_count", *TIED),
    "quality": ("-quality_or_none", *TIED),
    "seen": ("-seen_or_never", *TIED),
}
FINDING = [
    OpenApiParameter("q", OpenApiTypes.STR, description="In a name or a note."),
    OpenApiParameter("tag", OpenApiTypes.STR, description="A whole tag."),
    OpenApiParameter("sort", OpenApiTypes.STR, enum=list(ORDERS), default=OLDEST),
]
assert set(ORDERS) == {OLDEST, *SORTS}, "an order of the pages is missing here"


def sort_of(query: QueryDict) -> str:
    """The order that is asked for. Raises ValidationError for one that there is not."""
    sort = query.get("sort", OLDEST)
    if sort not in ORDERS:
        raise ValidationError(
            {"sort": gettext("Give one of %(values)s.") % {"values": ", ".join(ORDERS)}}
        )
    return sort


def sorted_people(people: QuerySet[Person]) -> QuerySet[Person]:
    """People of `person_list` with the column that their order goes by."""
    if "quality" in people.query.annotations:
        return people.annotate(quality_or_none=Coalesce("quality", Value(-1.0)))
    if "seen_at" in people.query.annotations:
        return people.annotate(seen_or_never=Coalesce("seen_at", Value(NEVER)))
    return people


class SortedPeople(OldestFirst):
    # How many may have the same value, such as the number of photos, before a cursor loses its place.
    offset_cutoff = 1_000_000

    def get_ordering(self, request, queryset, view):
        return ORDERS[sort_of(request.query_params)]
