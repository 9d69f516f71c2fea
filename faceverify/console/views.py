"""Pages of the console."""

import uuid
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from verification.engine import ArtifactError
from verification.engine import record as model_record
from verification.history.usage import usage_of
from verification.jobs.selectors import queue_states
from verification.jobs.services import ActionNotAllowed
from verification.model_change.selectors import progress

from ..health_checks import findings
from . import selectors, services
from .access import staff_page
from .settings_in_force import in_force

PAGE = 50

# (action, what it is called, what it does), in the order of the page.
USER_ACTIONS = {
    "deactivate": ("Deactivate", "They are signed out, and neither they nor their keys get in."),
    "activate": ("Activate", "They and their keys get in again."),
    "sign_out": ("Sign out everywhere", "Every device has to sign in again. Keys keep working."),
    "make_staff": ("Give the console", "They can do everything that you can do here."),
    "take_staff": ("Take the console away", "They keep their account."),
}


@staff_page
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    try:
        model, embedded = model_record.recorded(), progress()
    except ArtifactError:
        model = embedded = None
    groups = selectors.failed_groups()
    context = {
        "page": "overview",
        "findings": findings(),
        "queues": queue_states(),
        "workers": selectors.workers(),
        "failed": sum(group.count for group in groups),
        "model": model,
        "embedded": embedded,
        "accounts": selectors.users().count(),
        "usage": usage_of(owner=None),
    }
    return _page(request, "overview", context)


@staff_page
@require_GET
def users(request: HttpRequest) -> HttpResponse:
    search, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = Paginator(selectors.users(search=search, state=state), PAGE)
    context = {
        "page": "users",
        "users": found.get_page(request.GET.get("page")),
        "q": search,
        "state": state,
        "query": urlencode({"q": search, "state": state}),
    }
    return _page(request, "users", context)


@staff_page
@require_GET
def user(request: HttpRequest, id: uuid.UUID) -> HttpResponse:
    account = selectors.user_get(id)
    offered = [
        "deactivate" if account.is_active else "activate",
        "sign_out",
        "take_staff" if account.is_staff else "make_staff",
    ]
    context = {
        "page": "users",
        "account": account,
        "usage": usage_of(owner=account),
        "keys": account.api_keys.count(),
        "webhooks": account.webhooks.count(),
        "actions": [(name, *USER_ACTIONS[name]) for name in offered],
    }
    return _page(request, "user", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def user_do(request: HttpRequest, id: uuid.UUID, action: str) -> HttpResponse:
    """GET asks, POST does it."""
    account, staff = selectors.user_get(id), request.user
    if action not in USER_ACTIONS:
        raise Http404
    label, effect = USER_ACTIONS[action]
    if request.method != "POST":
        context = {"page": "users", "account": account, "label": label, "effect": effect}
        return _page(request, "confirm", context)
    try:
        if action in ("activate", "deactivate"):
            services.user_set_active(staff=staff, user=account, active=action == "activate")
        elif action == "sign_out":
            services.user_sign_out(staff=staff, user=account)
        else:
            services.user_set_staff(staff=staff, user=account, is_staff=action == "make_staff")
    except ActionNotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{label}: done for {account.email}.")
    return redirect("console_user", account.pk)


@staff_page
@require_GET
def failed_jobs(request: HttpRequest) -> HttpResponse:
    """All failed rows by kind and code; with both in the query the newest of them."""
    label, code = request.GET.get("kind", ""), request.GET.get("code", "")
    context = {
        "page": "jobs",
        "groups": selectors.failed_groups(),
        "rows": list(selectors.failed_rows(label, code)) if label else [],
        "kind": label,
        "code": code,
        "meaning": selectors.FAILURES.get(code, ""),
    }
    return _page(request, "jobs", context)


@staff_page
@require_POST
def jobs_again(request: HttpRequest) -> HttpResponse:
    """Try one failed row again, or all of one kind with one code."""
    model = selectors.job_model(request.POST.get("kind", ""))
    code = request.POST.get("code", "")
    if id := request.POST.get("id"):
        try:
            pk = uuid.UUID(id)
        except ValueError:
            raise Http404 from None
        done = int(services.job_try_again(staff=request.user, model=model, pk=pk))
    else:
        done = services.jobs_try_again(staff=request.user, model=model, code=code)
    if done:
        messages.success(request, f"Tried again: {done}. They wait for a worker now.")
    else:
        messages.error(request, "Nothing was tried again: it has not failed any more, or is gone.")
    return redirect(
        f"{reverse('console_jobs')}?{urlencode({'kind': model._meta.label_lower, 'code': code})}"
    )


@staff_page
@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.webhooks(), PAGE).get_page(request.GET.get("page"))
    rows = [(webhook, urlsplit(webhook.url).hostname) for webhook in page]
    return _page(request, "webhooks", {"page": "webhooks", "pages": page, "rows": rows})


@staff_page
@require_GET
def settings_in_force(request: HttpRequest) -> HttpResponse:
    return _page(request, "settings", {"page": "settings", "settings": in_force()})


def _page(request: HttpRequest, name: str, context: dict) -> HttpResponse:
    return render(request, f"console/{name}.html", {"section": "console", **context})
