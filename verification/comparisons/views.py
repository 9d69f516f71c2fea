"""Pages: home, and one verification of whatever kind."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import engine
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.answers import image_response
from ..photos.forms import MEGABYTES
from ..photos.requests import SignedInRequest
from . import selectors, services
from .another_photo import AnotherPhotoForm, can_replace
from .forms import ChooseFaceForm
from .kinds.registry import kind_of
from .models import Verification
from .other_settings import settings_of
from .presentation import Result
from .programs import programs_for
from .same_file import same_file
from .selectors import named_in_verdict
from .waiting import seconds_preferred, wait_for_verdict


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect("compare") if request.user.is_authenticated else how_it_works(request)


@require_GET
def how_it_works(request: HttpRequest) -> HttpResponse:
    """The start page, for those who are signed in, too."""
    return render(request, "home.html", {"formats": engine.FORMAT_NAMES})


@never_cache
@login_required
@require_GET
def detail(request: SignedInRequest, id: UUID) -> HttpResponse:
    verification = selectors.verification_get(owner=request.user, id=id)
    return render(request, "comparisons/detail.html", _result(request, verification))


@never_cache
@login_required
@require_GET
def status(request: SignedInRequest, id: UUID) -> HttpResponse:
    """The part of the result page that changes; HTMX asks for it until it is finished."""
    verification = selectors.verification_get(owner=request.user, id=id)
    if not request.htmx:
        return redirect("verification_detail", id=verification.pk)
    verification = wait_for_verdict(verification, seconds_preferred(request))
    return render(request, "comparisons/_result.html", _result(request, verification))


@login_required
@require_GET
def image(request: SignedInRequest, id: UUID, which: str) -> HttpResponse:
    return image_response(selectors.image_open(owner=request.user, id=id, which=which))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET asks, POST deletes."""
    verification = selectors.verification_get(owner=request.user, id=id)
    if request.method != "POST":
        return render(
            request,
            "comparisons/confirm_delete.html",
            {"verification": verification, "section": kind_of(verification).section},
        )
    services.verification_delete(verification=verification)
    messages.success(request, gettext("The comparison and its photos are deleted."))
    return redirect("history")


@login_required
@require_POST
def choose_face(request: SignedInRequest, id: UUID) -> HttpResponse:
    verification = selectors.verification_get(owner=request.user, id=id)
    form = ChooseFaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Choose one of the numbered faces."))
        return redirect("verification_detail", id=verification.pk)
    try:
        services.verification_choose_face(verification=verification, **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("verification_detail", id=verification.pk)


@login_required
@require_POST
def retry(request: SignedInRequest, id: UUID) -> HttpResponse:
    verification = selectors.verification_get(owner=request.user, id=id)
    try:
        services.verification_retry(verification=verification)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("verification_detail", id=verification.pk)


def _another(verification: Verification) -> dict[str, Any]:
    """The form that replaces the photo which was refused."""
    which = verification.refusal_which
    if verification.state != Verification.State.REFUSED or not can_replace(verification, which):
        return {}
    return {
        "another": AnotherPhotoForm(),
        "another_url": reverse("verification_another", args=[verification.pk, which]),
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
    }


def _given(request: SignedInRequest, result: Result) -> dict[str, Any]:
    """What is shown besides a verdict that was given."""
    row = result.verification
    return {
        "settings": settings_of(row, at=request.GET.get("at", "")),
        "programs": programs_for(request, row, result.kind),
        "same_file": same_file(row, result.kind),
    }


def _result(request: SignedInRequest, verification: Verification) -> dict[str, Any]:
    waiting = not verification.is_finished
    result = Result(verification, *named_in_verdict(verification=verification))
    return {
        **_another(verification),
        **(_given(request, result) if verification.outcome else {}),
        "verification": verification,
        "result": result,
        "worker_is_alive": worker_is_alive() if waiting else True,
        "section": result.kind.section,
        **result.kind.result_context(result),
    }
