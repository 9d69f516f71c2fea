"""Pages: what the audit log tells an account of itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from .audit import selectors
from .audit.actions import Action
from .audit.export import FORMATS
from .audit.filters import ActivityFilter
from .audit.services import record
from .models import ApiKey, User

PAGE_SIZE = 50
BY_MEMBERS = ("view", "data", "team")  # kinds of entries that staff does not make


@never_cache
@login_required
@require_GET
def activity(request):
    filtered = ActivityFilter(request.GET, queryset=selectors.entries_of(account=request.user.pk))
    rows = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    names = dict(ApiKey.objects.filter(owner=request.user).order_by().values_list("pk", "name"))
    members = _members(page, request.user)
    context = {
        "section": "account",
        "filter": filtered,
        "is_filtered": any(request.GET.get(name) for name in filtered.filters),
        "page": page,
        "lines": [
            (line, _who(line.entry, request.user, names, members)) for line in selectors.lines(page)
        ],
        "kept_days": settings.FACEVERIFY_AUDIT_DAYS,
        "query": request.GET.urlencode(),
    }
    return render(request, "accounts/activity.html", context)


@never_cache
@login_required
@require_GET
def export(request, format):
    """What the filters leave, as a file."""
    filtered = ActivityFilter(request.GET, queryset=selectors.entries_of(account=request.user.pk))
    rows = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    record(action=Action.LOG_EXPORTED, format=format)
    content_type, lines = FORMATS[format]
    answer = StreamingHttpResponse(lines(rows), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="activity.{format}"'
    return answer


def _members(entries, user) -> dict:
    """The addresses of others who did something in galleries of the user's that they share."""
    actors = {each.actor for each in entries if each.kind in BY_MEMBERS} - {None, user.pk}
    if not actors:
        return {}
    return dict(User.objects.filter(pk__in=actors).order_by().values_list("pk", "email"))


def _who(entry, user, names: dict, members: dict) -> str:
    if entry.kind in BY_MEMBERS and entry.actor not in (None, user.pk):
        email = members.get(entry.actor)
        if email is None:
            return gettext("an account that is closed")
        said = gettext("an API key of %(email)s") if entry.key else "%(email)s"
        return said % {"email": email}
    if entry.key:
        name = names.get(entry.key)
        return (
            gettext("API key “%(name)s”") % {"name": name} if name else gettext("a deleted API key")
        )
    if entry.actor == user.pk:
        return gettext("you")
    if entry.actor:
        return gettext("staff")
    return (
        gettext("somebody") if entry.address or entry.kind == "session" else gettext("the server")
    )
