"""The pages that show the camera: who is in front of it, and photos of a person from it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from .. import engine
from ..comparisons.forms import remembered, strictness
from ..comparisons.selectors import rate_used_last
from ..gallery.gallery_choice import gallery_choice
from ..gallery.models import Person
from ..gallery.person_picker import people_page, search_query
from ..gallery.selectors import has_named_photos, person_get
from ..photos.forms import ACCEPT, MEGABYTES
from ..photos.requests import SignedInRequest, uuids

WAYS = ("everyone", "person", "photo")


@never_cache
@login_required
@require_GET
def live(request: SignedInRequest) -> HttpResponse:
    """Whom to look for is chosen by the address: `who`, and `person` for one of the gallery."""
    person = _person_chosen(request)
    who = _way(request, person)
    galleries, offered = gallery_choice(request), strictness()
    searched = person.gallery if person else galleries.chosen
    usual = None if who == "photo" else searched.false_match_rate
    context: dict[str, Any] = {
        "section": "compare",
        "who": who,
        "person": person,
        "strictness": offered,
        "chosen": remembered(usual or rate_used_last(owner=request.user), offered),
        "galleries": galleries,
        "gallery_is_empty": not has_named_photos(galleries.chosen),
        "formats": engine.FORMAT_NAMES,
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
    }
    if who == "person" and person is None:
        context |= {"page": people_page(request), "q": search_query(request, "q")}
    return render(request, "live/live.html", context)


@never_cache
@login_required
@require_GET
def person_live(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Photos of a person of the gallery, taken by the camera in one go."""
    person = person_get(owner=request.user, id=id)
    return render(request, "live/enrol.html", {"section": "people", "person": person})


def _person_chosen(request: SignedInRequest) -> Person | None:
    """Raises Http404 for somebody who is not in the owner's gallery."""
    chosen = uuids([request.GET.get("person", "")])
    return person_get(owner=request.user, id=chosen[0]) if chosen else None


def _way(request: SignedInRequest, person: Person | None) -> str:
    """A person who was chosen, or is being looked for, says enough."""
    who = request.GET.get("who", "")
    if person is not None or "q" in request.GET or "page" in request.GET:
        return "person"
    return who if who in WAYS else "everyone"
