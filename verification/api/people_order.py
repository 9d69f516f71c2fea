"""The orders of /api/v1/people/: what a page of the list goes on from."""

from django.http import QueryDict
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from faceverify.api.pagination import OldestFirst

from ..gallery.selectors import ORDERS as PAGES
from ..gallery.selectors import SORTS
from ..models import Person

OLDEST = "oldest"
ORDERS: dict[str, tuple[str, ...]] = {OLDEST: OldestFirst.ordering, **PAGES}
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


class SortedPeople(OldestFirst):
    # How many may have the same value, such as the number of photos, before a cursor loses its place.
    offset_cutoff = 1_000_000

    def get_ordering(self, request, queryset, view):
        return ORDERS[sort_of(request.query_params)]

    def paginate_queryset(self, queryset, request, view=None):
        """The people of a page, after their ids: those come in order from an index, also where several
        galleries are listed, while of whole rows a database reads and sorts all."""
        columns = (name.removeprefix("-") for name in self.get_ordering(request, queryset, view))
        ids = [
            row["pk"]
            for row in super().paginate_queryset(queryset.values("pk", *columns), request, view)
        ]
        people = Person.objects.in_bulk(ids)
        return [people[pk] for pk in ids if pk in people]
