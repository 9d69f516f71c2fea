"""Pages: an owner's webhooks, and the log of their deliveries."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import reauthentication

from ..jobs.models import PENDING, RUNNING
from ..jobs.services import ActionNotAllowed
from . import selectors, services
from .forms import WebhookForm
from .models import EVENTS

PAGE_SIZE = 20


@never_cache
@reauthentication.required_to_change
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request):
    """The list; a POST makes a webhook and shows its secret in that one response."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    made, secret, status = None, "", 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made, secret = services.webhook_create(owner=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                form, status = WebhookForm(), 201
    context = {
        "section": "account",
        "form": form,
        "chosen": form["events"].value() or ([] if form.is_bound else list(EVENTS)),
        "made": made,
        "secret": secret,
        "webhooks": selectors.webhook_list(owner=request.user),
    }
    return render(request, "webhooks/webhooks.html", context, status=status)


@never_cache
@reauthentication.required_to_change
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request, id):
    """One webhook with its log; a POST changes it."""
    row = selectors.webhook_get(owner=request.user, id=id)
    now = {"url": row.url, "description": row.description, "events": row.events}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_bound and form.is_valid():
        try:
            services.webhook_update(webhook=row, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("The webhook is changed."))
            return redirect("webhook", id=row.pk)
    context = _log(request, row) | {"form": form, "chosen": form["events"].value() or []}
    return render(request, "webhooks/webhook.html", context, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_GET
def log(request, id):
    """The part of the page that changes while a delivery is under way."""
    row = selectors.webhook_get(owner=request.user, id=id)
    if not request.htmx:
        return redirect("webhook", id=row.pk)
    return render(request, "webhooks/_log.html", _log(request, row))


@never_cache
@reauthentication.required
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request, id):
    """GET asks for confirmation, POST makes a new secret and shows it in that one response."""
    row = selectors.webhook_get(owner=request.user, id=id)
    context = {"webhook": row, "section": "account"}
    if request.method != "POST":
        return render(request, "webhooks/confirm_rotate.html", context)
    context["secret"] = services.webhook_rotate(webhook=row)
    return render(request, "webhooks/rotated.html", context)


@login_required
@require_POST
def test(request, id):
    row = selectors.webhook_get(owner=request.user, id=id)
    try:
        services.webhook_test(webhook=row)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("webhook", id=row.pk)


@login_required
@require_POST
def switch(request, id):
    """Off when it is on, on when it is off."""
    row = selectors.webhook_get(owner=request.user, id=id)
    services.webhook_update(webhook=row, enabled=request.POST.get("enabled") == "yes")
    messages.success(
        request, gettext("The webhook is on.") if row.enabled else gettext("The webhook is off.")
    )
    return redirect("webhook", id=row.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request, id):
    """GET asks for confirmation, POST deletes."""
    row = selectors.webhook_get(owner=request.user, id=id)
    if request.method != "POST":
        context = {"webhook": row, "section": "account"}
        return render(request, "webhooks/confirm_delete.html", context)
    services.webhook_delete(webhook=row)
    messages.success(request, gettext("The webhook is deleted."))
    return redirect("webhooks")


@login_required
@require_POST
def resend(request, id):
    delivery = selectors.delivery_get(owner=request.user, id=id)
    try:
        services.delivery_resend(delivery=delivery)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("webhook", id=delivery.webhook_id)


def _log(request, row) -> dict:
    rows = selectors.delivery_list(webhook=row)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "section": "account",
        "webhook": row,
        "next_try": selectors.next_try(webhook=row),
        "page": page,
        "under_way": any(
            row.state == RUNNING or (row.state == PENDING and not row.log.all()) for row in page
        ),
    }
