"""What the pages of all kinds have in common: the form that submits photos, and images."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .. import engine
from ..gallery.models import Person
from ..jobs.selectors import worker_is_alive
from ..photos.forms import MEGABYTES
from ..photos.requests import SignedInRequest, from_script
from .forms import ProbeForm, remembered, strictness
from .kinds.base import Kind
from .models import Verification
from .selectors import rate_used_last
from .submission import submit
from .waiting import seconds_preferred, wait_for_verdict


# Never cached: a page gone back to gets a fresh submission key.
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submission_view(
    request: SignedInRequest, kind: Kind, *, person: Person | None = None
) -> HttpResponse:
    """The page of a kind with its form. A valid form makes a verification of that kind."""
    offered = strictness()
    form = _form(request, kind, offered, person)
    if form.is_valid():
        try:
            asked = form.submission(owner=request.user, kind=kind, person=person)
            verification = submit(kind.submission_of(request, asked))
        except engine.ImageRefused as error:
            form.add_refusal(error)
        except ValidationError as error:
            _add_error(form, error)
        else:
            return submitted(request, verification)
    if form.is_bound and from_script(request):
        return JsonResponse({"errors": form.errors}, status=422)
    context = {
        "form": form,
        "strictness": offered,
        "chosen": form["false_match_rate"].value(),
        "formats": engine.FORMAT_NAMES,
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
        "worker_is_alive": worker_is_alive(),
        "section": kind.section,
        "person": person,
        **kind.page_context(request),
    }
    return render(request, kind.template, context, status=422 if form.is_bound else 200)


def _form(
    request: SignedInRequest,
    kind: Kind,
    offered: list[tuple[str, str, str]],
    person: Person | None,
) -> ProbeForm:
    """What was sent, or an empty form as strict as the gallery asks for, else as the last comparison
    was."""
    if request.method == "POST":
        return kind.form(request.POST, request.FILES)
    rate = kind.usual_rate(request, person) or rate_used_last(owner=request.user)
    return kind.form(initial={"false_match_rate": remembered(rate, offered)})


def _add_error(form: ProbeForm, error: ValidationError) -> None:
    """An error about a field that the page does not have stands above the form."""
    by_field = getattr(error, "error_dict", {})
    known = by_field and by_field.keys() <= form.fields.keys()
    form.add_error(None, error if known else error.messages)


def submitted(request: HttpRequest, verification: Verification) -> HttpResponse:
    """Where the result appears: a redirect, or its address for a script."""
    url = reverse("verification_detail", kwargs={"id": verification.pk})
    if from_script(request):
        wait_for_verdict(verification, seconds_preferred(request))  # the page then comes with it
        return JsonResponse({"location": url}, status=201, headers={"Location": url})
    return redirect(url)
