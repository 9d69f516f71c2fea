"""Page: say who a face of a group photo is."""

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
from ..gallery.models import Person
from ..gallery.person_picker import chosen_person, people_page, search_query
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from .kinds.group import GROUP
from .kinds.named_faces import NamedFace, NamedFaces
from .models import Verification
from .presentation import Result
from .selectors import named_in_verdict, verification_get


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verification_name_face(request: SignedInRequest, id: UUID, index: int) -> HttpResponse:
    """The three nearest of the gallery, everybody in it, or a new person."""
    verification = verification_get(owner=request.user, id=id)
    face, group = _face(verification, index)
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():  # no new person without the photo
                person = chosen_person(request, gallery=verification.gallery)
                _name(verification, index, person)
        except ValidationError as problem:
            error = " ".join(problem.messages)
        except ActionNotAllowed as problem:
            error = str(problem)
        else:
            messages.success(
                request,
                gettext("Face %(number)s is %(name)s, and one of their photos now.")
                % {"number": face.number, "name": person.name},
            )
            return redirect("verification_detail", id=verification.pk)
    context = {
        "section": "identify",
        "verification": verification,
        "face": face,
        "photo": group.photo,
        "page": people_page(request, gallery=verification.gallery),
        "q": search_query(request, "q"),
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "comparisons/name_face.html", context, status=422 if error else 200)


def _face(verification: Verification, index: int) -> tuple[NamedFace, NamedFaces]:
    """A face that can be named; Http404 for another."""
    if verification.kind != GROUP.name or not verification.outcome:
        raise Http404("There is no such face.")
    group = NamedFaces(Result(verification, *named_in_verdict(verification=verification)))
    face = group.face(index)
    if face is None or face.box is None or face.entry["refusal"]:
        raise Http404("There is no such face.")
    return face, group


def _name(verification: Verification, index: int, person: Person) -> None:
    """Raises ActionNotAllowed where the person is another face of the same photo already."""
    anchor = services.anchor_add_from_verification(
        person=person, verification=verification, face_index=index
    )
    if not anchor.is_new and anchor.face_index != index:
        raise ActionNotAllowed(
            gettext(
                "%(name)s is another face of this photo already. Delete that photo of %(name)s "
                "first if it is wrong."
            )
            % {"name": person.name}
        )
