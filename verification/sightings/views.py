"""Page: where a person was seen."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..comparisons.presentation import Result
from ..comparisons.selectors import verification_list
from ..gallery.selectors import person_get
from ..photos.requests import SignedInRequest
from .models import Sighting

PAGE_SIZE = 24


@never_cache
@login_required
@require_GET
def person_seen(request: SignedInRequest, id: UUID) -> HttpResponse:
    person = person_get(owner=request.user, id=id)
    verdicts = verification_list(owner=request.user).filter(
        pk__in=Sighting.objects.filter(person=person).order_by().values("verification")
    )
    page = Paginator(verdicts, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "section": "people",
        "person": person,
        "page": page,
        "results": [Result(row) for row in page],
    }
    return render(request, "sightings/person_seen.html", context)
