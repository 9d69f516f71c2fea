"""Page: make a photo of a verdict one of a person's."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..gallery import services
from ..gallery.person_picker import chosen_person, people_page, search_query
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from .selectors import verification_get


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verification_add(request: SignedInRequest, id: UUID, which: str) -> HttpResponse:
    """The person is one of the gallery, or a new one."""
    verification = verification_get(owner=request.user, id=id)
    if which not in ("probe", "reference") or not getattr(verification, f"{which}_image"):
        raise Http404("There is no such photo.")
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():  # no new person without the photo
                person = chosen_person(request, gallery=verification.gallery)
                services.anchor_add_from_verification(
                    person=person, verification=verification, which=which
                )
        except ValidationError as problem:
            error = " ".join(problem.messages)
        except ActionNotAllowed as problem:
            error = str(problem)
        else:
            messages.success(
                request, gettext("The photo is one of %(name)s's now.") % {"name": person.name}
            )
            return redirect("person", id=person.pk)
    context = {
        "section": "people",
        "verification": verification,
        "which": which,
        "crop": f"{which}_crop" if getattr(verification, f"{which}_crop") else "",
        "page": people_page(request, gallery=verification.gallery),
        "q": search_query(request, "q"),
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "comparisons/add_to_gallery.html", context, status=422 if error else 200)
