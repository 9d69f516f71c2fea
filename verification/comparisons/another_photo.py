"""Page: the same comparison again with another photo in place of one; all the rest is kept."""

import uuid

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .. import engine
from ..photos.forms import MEGABYTES, PhotoField
from ..photos.requests import SignedInRequest, from_script
from ..photos.storage import read_or_404
from ..text.sentences import said
from .kinds.base import Role
from .kinds.registry import kind_of
from .models import Verification
from .pages import submitted
from .selectors import verification_get
from .submission import Submission, UploadedPhoto, submit


class AnotherPhotoForm(forms.Form):
    photo = PhotoField(label=gettext_lazy("New photo"))
    submission_key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = lambda: str(uuid.uuid4())


def can_replace(verification: Verification, which: str) -> bool:
    """Whether the comparison is over, and everything but this photo is still there to be kept."""
    kind = kind_of(verification)
    roles = {role.which for role in kind.roles}
    others = roles - {which}
    return (
        bool(kind.urls())  # photos are submitted on a page of its own
        and verification.is_finished
        and which in roles
        and not verification.photos_erased_at
        and all(getattr(verification, f"{role}_image") for role in others)
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verification_another(request: SignedInRequest, id: uuid.UUID, which: str) -> HttpResponse:
    """A form with one photo. What comes of it is a comparison of its own; the first one stays."""
    verification = verification_get(owner=request.user, id=id)
    if not can_replace(verification, which):
        raise Http404("There is no such photo to replace.")
    posted = request.method == "POST"
    form = AnotherPhotoForm(request.POST, request.FILES) if posted else AnotherPhotoForm()
    if form.is_valid():
        try:
            made = submit(_submission(verification, which, form))
        except engine.ImageRefused as error:
            mine = error.which == which
            form.add_error(
                "photo" if mine else None, f"{said(error.detail)} {said(error.remedy)}".strip()
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return submitted(request, made)
    if form.is_bound and from_script(request):
        return JsonResponse({"errors": form.errors}, status=422)
    kind = kind_of(verification)
    context = {
        "section": kind.section,
        "verification": verification,
        "form": form,
        "role": _role(verification, which),
        "kept": [role for role in kind.roles if role.which != which],
        "others": verification.photos.count() if kind.has_many_answers else 0,
        "formats": engine.FORMAT_NAMES,
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
    }
    status = 422 if form.is_bound else 200
    return render(request, "comparisons/another_photo.html", context, status=status)


def _role(verification: Verification, which: str) -> Role:
    return next(role for role in kind_of(verification).roles if role.which == which)


def _submission(verification: Verification, which: str, form: AnotherPhotoForm) -> Submission:
    """The verification once more, with the sent photo as `which`."""
    kind, sent = kind_of(verification), form.cleaned_data["photo"]
    photos = {
        role.which: UploadedPhoto(sent.read(), sent.name)
        if role.which == which
        else UploadedPhoto(
            read_or_404(getattr(verification, f"{role.which}_image")),
            getattr(verification, f"{role.which}_name"),
        )
        for role in kind.roles
    }
    return Submission(
        owner=verification.owner,
        kind=kind,
        photos=photos,
        others=kind.stored_others(verification),
        person=verification.person,
        title=verification.title,
        false_match_rate=verification.false_match_rate,
        faces={role: getattr(verification, f"{role}_face") for role in photos if role != which},
        key=form.cleaned_data["submission_key"],
    )
