"""Pages: home, compare, and one verification."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import engine
from ..jobs.selectors import worker_is_alive
from ..photos.forms import MEGABYTES
from ..photos.requests import from_script
from . import selectors, services
from .forms import ChooseFaceForm, CompareForm, strictness
from .presentation import Result
from .selectors import named_in_verdict


@require_GET
def home(request):
    if request.user.is_authenticated:
        return redirect("compare")
    return render(request, "home.html", {"formats": engine.FORMAT_NAMES})


# Never cached: a page gone back to gets a fresh submission key.
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request):
    return hand_in(
        request,
        form_class=CompareForm,
        service=services.verification_submit,
        template="comparisons/compare.html",
        context={"section": "compare"},
    )


def hand_in(request, *, form_class, service, template: str, context: dict):
    """A page with a form of photos: what it holds goes to `service`, which makes a verification."""
    form = form_class(request.POST, request.FILES) if request.method == "POST" else form_class()
    if form.is_valid():
        try:
            verification = service(owner=request.user, **form.submission())
        except engine.ImageRefused as error:
            form.add_refusal(error)
        except ValidationError as error:
            # A field that the page does not have is told above the form.
            by_field = getattr(error, "error_dict", {})
            known = by_field and by_field.keys() <= form.fields.keys()
            form.add_error(None, error if known else error.messages)
        else:
            return _submitted(request, verification)
    if form.is_bound and from_script(request):
        return JsonResponse({"errors": form.errors}, status=422)
    context = {
        "form": form,
        "strictness": strictness(),
        "chosen": form["false_match_rate"].value(),
        "formats": engine.FORMAT_NAMES,
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
        "worker_is_alive": worker_is_alive(),
        **context,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_GET
def detail(request, id):
    verification = selectors.verification_get(owner=request.user, id=id)
    return render(request, "comparisons/detail.html", _result(verification))


@never_cache
@login_required
@require_GET
def status(request, id):
    """The part of the result page that changes; HTMX asks for it until it is finished."""
    verification = selectors.verification_get(owner=request.user, id=id)
    if not request.htmx:
        return redirect("verification_detail", id=verification.pk)
    return render(request, "comparisons/_result.html", _result(verification))


@login_required
@require_GET
def image(request, id, which):
    data = selectors.image_open(owner=request.user, id=id, which=which)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=600"
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request, id):
    """GET asks, POST deletes."""
    verification = selectors.verification_get(owner=request.user, id=id)
    if request.method != "POST":
        return render(
            request,
            "comparisons/confirm_delete.html",
            {"verifications": [verification], "section": "history"},
        )
    services.verification_delete(verification=verification)
    messages.success(request, "The comparison and its photos are deleted.")
    return redirect("history")


@login_required
@require_POST
def choose_face(request, id):
    verification = selectors.verification_get(owner=request.user, id=id)
    form = ChooseFaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the numbered faces.")
        return redirect("verification_detail", id=verification.pk)
    try:
        services.verification_choose_face(verification=verification, **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except services.ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("verification_detail", id=verification.pk)


@login_required
@require_POST
def retry(request, id):
    verification = selectors.verification_get(owner=request.user, id=id)
    try:
        services.verification_retry(verification=verification)
    except services.ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("verification_detail", id=verification.pk)


def _result(verification) -> dict:
    waiting = not verification.is_finished
    return {
        "verification": verification,
        "result": Result(verification, *named_in_verdict(verification=verification)),
        "worker_is_alive": worker_is_alive() if waiting else True,
        "section": "history",
    }


def _submitted(request, verification):
    url = reverse("verification_detail", kwargs={"id": verification.pk})
    if from_script(request):
        return JsonResponse({"location": url}, status=201, headers={"Location": url})
    return redirect(url)
