"""A session for a page of our own: its token, for whoever is signed in."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .. import engine
from ..comparisons.submission import UploadedPhoto
from ..gallery.gallery_choice import gallery_choice
from ..gallery.models import Person
from ..gallery.selectors import person_get
from ..photos.requests import SignedInRequest
from ..text.sentences import said
from .errors import TooManySessions
from .models import LiveSession
from .services import LiveRequest, session_create
from .tokens import SECONDS, token_of


class StartForm(forms.Form):
    task = forms.ChoiceField(choices=LiveSession.Task.choices)
    person = forms.UUIDField(required=False)
    photo = forms.FileField(required=False, allow_empty_file=True)
    false_match_rate = forms.FloatField(required=False)
    challenge = forms.BooleanField(required=False)


@never_cache
@login_required
@require_POST
def start(request: SignedInRequest) -> JsonResponse:
    """201 with the session and its token; 422 with errors by field; 429 while too many are open."""
    form = StartForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            row = session_create(_asked(request, form.cleaned_data))
        except engine.ImageRefused as error:
            form.add_error("photo", f"{said(error.detail)} {said(error.remedy)}".strip())
        except ValidationError as error:
            form.add_error(None, error)
        except TooManySessions as error:
            return JsonResponse({"code": error.code, "detail": str(error)}, status=429)
        else:
            return JsonResponse(opening(row), status=201)
    return JsonResponse({"errors": form.errors}, status=422)


def opening(row: LiveSession) -> dict[str, Any]:
    """What the client of a session needs: the token is told once, here."""
    address = f"{reverse('home')}live/sessions/{row.pk}/"
    return {
        "id": str(row.pk),
        "token": token_of(row),
        "expires_at": row.due_at,
        "seconds": SECONDS,
        "socket": address,
        "frames": f"{address}frames/",
        "state": row.state,
    }


def _asked(request: SignedInRequest, data: dict[str, Any]) -> LiveRequest:
    photo = data["photo"]
    return LiveRequest(
        owner=request.user,
        task=data["task"],
        person=_person(request, data["person"]),
        photo=UploadedPhoto(photo.read(), photo.name or "") if photo else None,
        gallery=gallery_choice(request).chosen,
        false_match_rate=data["false_match_rate"] or 1e-3,
        with_challenge=data["challenge"],
    )


def _person(request: SignedInRequest, id: UUID | None) -> Person | None:
    """Raises ValidationError for one who is not in the owner's gallery."""
    if id is None:
        return None
    try:
        return person_get(owner=request.user, id=id)
    except Http404:
        raise ValidationError({"person": gettext("Choose a person of your gallery.")}) from None
