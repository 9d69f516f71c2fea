"""Pages: how long things are kept, and receipts; erasing a person; downloads; closing the account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import reauthentication

from ..gallery.access import gallery_for
from ..gallery.gallery_models import Role
from ..gallery.selectors import person_get
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from ..teams.handing_over import galleries_shared_by
from . import takeout
from .account import account_close, account_counts, closing_is_under_way
from .forms import RulesForm, TypedForm
from .models import Receipt
from .people import Traces, person_erase_everywhere
from .receipts import as_json, receipt_list
from .rules import due_of, next_run_at, rules_of, rules_set
from .words import phrases

RECEIPTS_ON_A_PAGE = 50
SHOWN = 10  # downloads in a list


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: SignedInRequest) -> HttpResponse:
    """GET shows the rules, and what the next run erases by them; POST sets them."""
    asked = request.GET.get("gallery")
    gallery = gallery_for(request.user, asked, Role.OWNER) if asked else None
    rules = rules_of(request.user.pk, gallery)
    form = RulesForm(rules, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            rules_set(owner=request.user, days=form.cleaned_data, gallery=gallery)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("The rules are saved."))
            return redirect(request.get_full_path())
    context = {
        "section": "account",
        "form": form,
        "rows": [(rule, form[rule.kind.name]) for rule in rules],
        "gallery": gallery,
        "due": due_of(owner=request.user, gallery=gallery),
        "at": next_run_at(),
        "receipts": receipt_list(owner=request.user)[:5],
    }
    status = 422 if form.errors else 200
    return render(request, "retention/retention.html", context, status=status)


@never_cache
@login_required
@require_GET
def receipts(request: SignedInRequest) -> HttpResponse:
    page = Paginator(receipt_list(owner=request.user), RECEIPTS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "retention/receipts.html", {"section": "account", "page": page})


@never_cache
@require_GET
def receipt(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Of whoever knows its id, which nobody can guess: the account may be gone. It names nobody."""
    found = Receipt.objects.filter(pk=receipt_id).first()
    waits = found is None and closing_is_under_way(receipt=receipt_id)
    if found is None and not waits:
        raise Http404("There is no such receipt.")
    context = {
        "section": "account",
        "receipt": found,
        "id": receipt_id,
        "parts": phrases(found.counts) if found else [],
    }
    return render(request, "retention/receipt.html", context)


@never_cache
@require_GET
def receipt_json(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    found = Receipt.objects.filter(pk=receipt_id).first()
    if found is None:
        raise Http404("There is no such receipt.")
    response = JsonResponse(as_json(found), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="receipt-{receipt_id}.json"'
    return response


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def person_erase(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET says what goes and what stays; POST, with the name typed again, erases."""
    person = person_get(owner=request.user, id=id, role=Role.OWNER)
    form = TypedForm(
        person.name,
        gettext("Type %(name)s to confirm") % {"name": person.name},
        gettext("Type the person's name as it is written above."),
        request.POST if request.method == "POST" else None,
    )
    if form.is_bound and form.is_valid():
        try:
            made = person_erase_everywhere(owner=request.user, person=person)
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
            return redirect("people")
        return redirect("receipt", receipt_id=made.pk)
    traces = Traces(person)
    context: dict[str, Any] = {
        "section": "people",
        "person": person,
        "form": form,
        "counts": traces.counts(),
        "is_ambiguous": traces.is_ambiguous,
    }
    status = 422 if form.errors else 200
    return render(request, "retention/person_erase.html", context, status=status)


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def downloads(request: SignedInRequest) -> HttpResponse:
    """GET lists the downloads of everything, POST makes one."""
    if request.method == "POST":
        takeout.account_export_create(owner=request.user)
        return redirect("downloads")
    return render(request, "retention/downloads.html", _downloads(request))


@never_cache
@login_required
@require_GET
def downloads_status(request: SignedInRequest) -> HttpResponse:
    return render(request, "retention/_downloads.html", _downloads(request))


@reauthentication.required
@require_GET
def download_fetch(request: SignedInRequest, id: UUID) -> HttpResponseBase:
    return takeout.as_download(takeout.account_export_get(owner=request.user, id=id))


@login_required
@require_POST
def download_retry(request: SignedInRequest, id: UUID) -> HttpResponse:
    job = takeout.account_export_get(owner=request.user, id=id)
    try:
        takeout.account_export_retry(job=job)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("downloads")


@login_required
@require_POST
def download_delete(request: SignedInRequest, id: UUID) -> HttpResponse:
    takeout.account_export_delete(job=takeout.account_export_get(owner=request.user, id=id))
    messages.success(request, gettext("The download is deleted."))
    return redirect("downloads")


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def account_close_page(request: SignedInRequest) -> HttpResponse:
    """GET says what goes; POST, with the email address typed again, closes the account."""
    form = TypedForm(
        request.user.email,
        gettext("Type %(email)s to confirm") % {"email": request.user.email},
        gettext("Type your email address as it is written above."),
        request.POST if request.method == "POST" else None,
    )
    if form.is_bound and form.is_valid():
        try:
            made = account_close(owner=request.user)
        except ActionNotAllowed as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            response = redirect("receipt", receipt_id=made)
            response["Clear-Site-Data"] = '"cache", "storage"'
            return response
    context = {
        "section": "account",
        "form": form,
        "parts": phrases(account_counts(owner=request.user)),
        "shared": galleries_shared_by(owner=request.user),
    }
    status = 422 if form.errors else 200
    return render(request, "retention/account_close.html", context, status=status)


def _downloads(request: SignedInRequest) -> dict[str, Any]:
    jobs = list(takeout.account_export_list(owner=request.user)[:SHOWN])
    waiting = any(not job.is_finished for job in jobs)
    return {
        "section": "account",
        "downloads": jobs,
        "waiting": waiting,
        "status_url": reverse("downloads_status"),
        "hours": settings.FACEVERIFY_EXPORT_HOURS,
        "worker_is_alive": worker_is_alive() if waiting else True,
    }
