"""Pages: the owner's past comparisons and batches."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..comparisons.selectors import verification_list
from ..photos.requests import uuids
from . import services
from .filters import HistoryFilter
from .presentation import entries_shown

PAGE_SIZE = 24
NAMED = 20  # entries that the page lists which asks before they are deleted


@never_cache
@login_required
@require_GET
def history(request):
    filtered = _filter(request, request.GET)
    entries = filtered.entries()
    page = Paginator(entries.keys(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "section": "history",
        "filter": filtered,
        "is_filtered": filtered.is_used,
        "page": page,
        "batches": entries.batches.count() if page else 0,
        "entries": entries_shown(owner=request.user, keys=page),
        "here": request.get_full_path(),
        "query": _without_page(request.GET),
        "until": timezone.now().isoformat(),
    }
    context["comparisons"] = page.paginator.count - context["batches"]
    return render(request, "history/history.html", context)


@login_required
@require_POST
def delete_many(request):
    """Asks for confirmation, unless the page did already; ids of other owners are ignored."""
    back = _next(request)
    chosen = {
        "comparisons": _chosen(request, "ids"),
        "batches": _chosen(request, "batches"),
    }
    keys = [(pk, None, name == "batches") for name, ids in chosen.items() for pk in ids]
    shown = entries_shown(owner=request.user, keys=keys)
    if not shown:
        messages.warning(request, gettext("Select at least one entry to delete."))
        return redirect(back)
    if request.POST.get("confirmed") != "yes":
        hidden = {name: request.POST.getlist(name) for name in ("ids", "batches")}
        return _ask(request, shown, len(shown), back, reverse("history_delete"), hidden)
    count = services.entries_delete(owner=request.user, **chosen)
    messages.success(request, _deleted(count, batches=bool(chosen["batches"])))
    return redirect(back)


@login_required
@require_POST
def delete_matching(request):
    """Deletes what the filters of the page match and was there when it was shown. Asks before."""
    query = request.POST.get("query", "")
    back = f"{reverse('history')}{f'?{query}' if query else ''}"
    until = _time(request.POST.get("until", ""))
    filtered = _filter(request, QueryDict(query))
    entries = filtered.entries()
    if until is None or not filtered.is_valid():
        messages.warning(request, gettext("Nothing was deleted: choose once more what to delete."))
        return redirect("history")
    if request.POST.get("confirmed") != "yes":
        these = entries.made_until(until)
        shown = entries_shown(owner=request.user, keys=these.keys()[:NAMED])
        hidden = {"query": [query], "until": [until.isoformat()]}
        action = reverse("history_delete_matching")
        return _ask(request, shown, these.count(), back, action, hidden)
    batches = entries.batches.exists()
    deleted, left = services.matching_delete(owner=request.user, entries=entries, until=until)
    messages.success(request, _deleted(deleted, batches=batches))
    if left:
        words = ngettext(
            "%(number)s is left. Delete once more to go on.",
            "%(number)s are left. Delete once more to go on.",
            left,
        )
        messages.warning(request, words % {"number": left})
    return redirect(back if left else "history")


def _filter(request, data) -> HistoryFilter:
    return HistoryFilter(data, queryset=verification_list(owner=request.user), request=request)


def _chosen(request, name: str):
    """The ids of a field, each value one of them or several with commas between them: those that were selected
    on other pages."""
    return uuids([id for value in request.POST.getlist(name) for id in value.split(",")])


def _ask(request, shown, count: int, back: str, action: str, hidden: dict[str, list[str]]):
    context = {
        "section": "history",
        "entries": shown[:NAMED],
        "count": count,
        "more": count - len(shown[:NAMED]),
        "back": back,
        "action": action,
        "hidden": [(name, value) for name, values in hidden.items() for value in values],
    }
    return render(request, "history/confirm_delete.html", context)


def _deleted(count: int, *, batches: bool) -> str:
    if batches:
        words = ngettext(
            "%(number)s entry is deleted, with all photos.",
            "%(number)s entries are deleted, with all photos.",
            count,
        )
    else:
        words = ngettext(
            "%(number)s comparison and its photos are deleted.",
            "%(number)s comparisons and their photos are deleted.",
            count,
        )
    return words % {"number": count}


def _time(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return None if at is None or timezone.is_naive(at) else at


def _without_page(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _next(request) -> str:
    """Back to the same filters, and to no other site."""
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return url
    return reverse("history")
