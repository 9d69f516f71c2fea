"""Choosing one of many people: search words, a page of people, and who was chosen."""

from typing import Any, cast

from django.core.paginator import Page, Paginator

from . import selectors, services
from .gallery_models import Gallery, Role
from .models import Person

PEOPLE_ON_A_PAGE = 24
LONGEST = 200


def search_query(request, name: str) -> str:
    """A search word from the address, without the NUL that no database stores."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST]


class PeoplePaginator(Paginator):
    """Goes to a page by the ids alone, which an index has in order, from the end that is nearer, and
    reads only the people of that page."""

    def page(self, number):
        page = super().page(number)
        found: Any = self.object_list
        before, after = page.start_index() - 1, self.count - page.end_index()
        if before > after:
            backwards = found.reverse().values_list("pk", flat=True)
            ids = list(backwards[after : self.count - before])[::-1]
        else:
            ids = list(cast(Any, page.object_list).values_list("pk", flat=True))
        rows = {row.pk: row for row in selectors.with_covers(Person.objects.filter(pk__in=ids))}
        page.object_list = [rows[pk] for pk in ids if pk in rows]
        return page


def people_page(
    request,
    *,
    tag: str = "",
    without: Person | None = None,
    sort: str = "name",
    gallery: Gallery | None = None,
) -> Page:
    """The people of a gallery, or of all, that the address names by `q` and `page`."""
    q = search_query(request, "q")
    found = selectors.person_list(owner=request.user, gallery=gallery, q=q, tag=tag, sort=sort)
    if without is not None:
        found = found.exclude(pk=without.pk)
    return PeoplePaginator(found, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))


def chosen_person(request, *, gallery: Gallery | None = None) -> Person:
    """The person whom the sent form names by id, or a new one of the name it gives instead, in the
    gallery.

    Raises Http404 for a person whom the user may not change, ValidationError for a name that cannot be.
    """
    if id := request.POST.get("person"):
        return selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    name = request.POST.get("name", "")
    return services.person_create(owner=request.user, gallery=gallery, name=name)
