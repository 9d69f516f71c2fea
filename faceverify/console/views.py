"""Pages of the console."""

import uuid
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audit import selectors as audit
from accounts.audit.filters import ActivityFilter
from accounts.invitations import selectors as invitation_selectors
from accounts.invitations import services as invitation_services
from accounts.links import invitation_link
from accounts.models import User
from accounts.reauthentication import required, required_to_change
from verification.engine import ArtifactError
from verification.engine import record as model_record
from verification.history.usage import usage_of
from verification.jobs.services import ActionNotAllowed
from verification.jobs.storage import storage_of
from verification.model_change.selectors import progress

from ..health_checks import look
from . import selectors, services
from .access import StaffRequest, staff_page
from .forms import InvitationForm, QuotaForm
from .settings_in_force import in_force

PAGE = 50

# (action, what it is called, what it does), in the order of the page.
USER_ACTIONS = {
    "deactivate": (
        gettext_lazy("Deactivate"),
        gettext_lazy("They are signed out, and neither they nor their keys get in."),
    ),
    "activate": (gettext_lazy("Activate"), gettext_lazy("They and their keys get in again.")),
    "password_link": (
        gettext_lazy("Make a link for a new password"),
        gettext_lazy("Give it to them yourself: it works once."),
    ),
    "sign_out": (
        gettext_lazy("Sign out everywhere"),
        gettext_lazy("Every device has to sign in again. Keys keep working."),
    ),
    "make_staff": (
        gettext_lazy("Give the console"),
        gettext_lazy("They can do everything that you can do here."),
    ),
    "take_staff": (gettext_lazy("Take the console away"), gettext_lazy("They keep their account.")),
}


@staff_page
@require_GET
def overview(request: StaffRequest) -> HttpResponse:
    try:
        model, embedded = model_record.recorded(), progress()
    except ArtifactError:
        model = embedded = None
    groups = selectors.failed_groups()
    found, queues = look()
    context = {
        "page": "overview",
        "findings": found,
        "queues": queues,
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
def users(request: StaffRequest) -> HttpResponse:
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
def user(request: StaffRequest, id: uuid.UUID) -> HttpResponse:
    account = selectors.user_get(id)
    return _user(request, account, QuotaForm({"megabytes": account.quota_megabytes}))


def _user(request: StaffRequest, account: User, form: QuotaForm, status: int = 200) -> HttpResponse:
    offered = [
        "deactivate" if account.is_active else "activate",
        "password_link",
        "sign_out",
        "take_staff" if account.is_staff else "make_staff",
    ]
    context = {
        "page": "users",
        "account": account,
        "usage": usage_of(owner=account),
        "storage": storage_of(owner_id=account.pk),
        "form": form,
        "keys": account.api_keys.count(),
        "webhooks": account.webhooks.count(),
        "actions": [(name, *USER_ACTIONS[name]) for name in offered],
    }
    return _page(request, "user", context, status)


@staff_page
@required_to_change
@require_POST
def user_quota(request: StaffRequest, id: uuid.UUID) -> HttpResponse:
    account, form = selectors.user_get(id), QuotaForm(request.POST)
    if not form.is_valid():
        return _user(request, account, form, status=422)
    services.user_set_quota(user=account, **form.cleaned_data)
    messages.success(request, gettext("The quota is set."))
    return redirect("console_user", account.pk)


@staff_page
@required
@require_http_methods(["GET", "HEAD", "POST"])
def user_do(request: StaffRequest, id: uuid.UUID, action: str) -> HttpResponse:
    """GET asks, POST does it."""
    account, staff = selectors.user_get(id), request.user
    if action not in USER_ACTIONS:
        raise Http404
    label, effect = USER_ACTIONS[action]
    if request.method != "POST":
        context = {"page": "users", "account": account, "label": label, "effect": effect}
        return _page(request, "confirm", context)
    if action == "password_link":
        link = services.user_password_link(user=account)
        return _page(request, "link", {"page": "users", "account": account, "link": link})
    try:
        if action in ("activate", "deactivate"):
            services.user_set_active(staff=staff, user=account, active=action == "activate")
        elif action == "sign_out":
            services.user_sign_out(user=account)
        else:
            services.user_set_staff(staff=staff, user=account, is_staff=action == "make_staff")
    except ActionNotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            gettext("%(label)s: done for %(email)s.") % {"label": label, "email": account.email},
        )
    return redirect("console_user", account.pk)


@staff_page
@require_GET
def failed_jobs(request: StaffRequest) -> HttpResponse:
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
def jobs_again(request: StaffRequest) -> HttpResponse:
    """Try one failed row again, or all of one kind with one code."""
    model = selectors.job_model(request.POST.get("kind", ""))
    code = request.POST.get("code", "")
    if id := request.POST.get("id"):
        try:
            pk = uuid.UUID(id)
        except ValueError:
            raise Http404 from None
        done = int(services.job_try_again(model=model, pk=pk))
    else:
        done = services.jobs_try_again(model=model, code=code)
    if done:
        messages.success(
            request, gettext("Tried again: %(done)s. They wait for a worker now.") % {"done": done}
        )
    else:
        messages.error(
            request,
            gettext("Nothing was tried again: it is no longer marked as failed, or it is gone."),
        )
    return redirect(
        f"{reverse('console_jobs')}?{urlencode({'kind': model._meta.label_lower, 'code': code})}"
    )


@staff_page
@required_to_change
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: StaffRequest) -> HttpResponse:
    """The list; POST makes one, and its answer alone shows the link, unless it was sent by mail."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    context, status = {}, 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            made, token = invitation_services.invitation_create(
                invited_by=request.user, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error) if hasattr(error, "error_dict") else form.add_error(
                None, error.messages
            )
        else:
            sent = bool(made.email) and invitation_services.invitation_mail(
                invitation=made, token=token
            )
            context = {"made": made, "link": "" if sent else invitation_link(token)}
            form, status = InvitationForm(), 201
    rows = invitation_selectors.invitation_list()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context |= {"page": "invitations", "form": form, "pages": page}
    return _page(request, "invitations", context, status)


@staff_page
@required_to_change
@require_POST
def invitation_revoke(request: StaffRequest, id: uuid.UUID) -> HttpResponse:
    invitation_services.invitation_revoke(invitation=invitation_selectors.invitation_get(id=id))
    messages.success(request, gettext("The invitation is withdrawn: its link no longer works."))
    return redirect("console_invitations")


@staff_page
@require_GET
def activity(request: StaffRequest) -> HttpResponse:
    """The audit log of all accounts. Objects are shown by kind and id, without a link."""
    filtered = ActivityFilter(request.GET, queryset=audit.entries())
    rows = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    ids = {id for entry in page for id in (entry.actor, entry.account) if id}
    known: dict[uuid.UUID | None, str] = {
        user.pk: user.email for user in User.objects.filter(pk__in=ids).only("email")
    }
    lines = [
        (line, known.get(line.entry.actor), known.get(line.entry.account))
        for line in audit.lines(page)
    ]
    context = {"page": "activity", "filter": filtered, "pages": page, "lines": lines}
    return _page(request, "activity", context)


@staff_page
@require_GET
def webhooks(request: StaffRequest) -> HttpResponse:
    page = Paginator(selectors.webhooks(), PAGE).get_page(request.GET.get("page"))
    rows = [(webhook, urlsplit(webhook.url).hostname) for webhook in page]
    return _page(request, "webhooks", {"page": "webhooks", "pages": page, "rows": rows})


@staff_page
@require_GET
def settings_in_force(request: StaffRequest) -> HttpResponse:
    return _page(request, "settings", {"page": "settings", "settings": in_force()})


def _page(request: StaffRequest, name: str, context: dict, status: int = 200) -> HttpResponse:
    context = {"section": "console", **context}
    return render(request, f"console/{name}.html", context, status=status)
