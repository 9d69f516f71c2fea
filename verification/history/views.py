"""Pages: the owner's past comparisons."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..comparisons.presentation import Result
from ..comparisons.selectors import verification_list
from ..comparisons.services import verifications_delete
from ..photos.requests import uuids
from .filters import HistoryFilter

PAGE_SIZE = 24
FILTERS = ("q", "result", "review", "first", "last")


@never_cache
@login_required
@require_GET
def history(request):
    everything = verification_list(owner=request.user)
    filtered = HistoryFilter(request.GET, queryset=everything)
    rows = filtered.qs if filtered.is_valid() else everything.none()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "section": "history",
        "filter": filtered,
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "page": page,
        "results": [Result(row) for row in page],
        "here": request.get_full_path(),
    }
    return render(request, "history/history.html", context)


@login_required
@require_POST
def delete_many(request):
    """Asks for confirmation, unless the page did already; ids of other owners are ignored."""
    back = _next(request)
    ids = uuids(request.POST.getlist("ids"))
    chosen = list(verification_list(owner=request.user).filter(pk__in=ids))
    if not chosen:
        messages.warning(request, "Select at least one comparison to delete.")
        return redirect(back)
    if request.POST.get("confirmed") != "yes":
        context = {
            "verifications": chosen,
            "action": reverse("history_delete"),
            "next": back,
            "section": "history",
        }
        return render(request, "comparisons/confirm_delete.html", context)
    count = verifications_delete(owner=request.user, ids=[row.pk for row in chosen])
    noun = "comparison and its photos are" if count == 1 else "comparisons and their photos are"
    messages.success(request, f"{count} {noun} deleted.")
    return redirect(back)


def _next(request) -> str:
    """Back to the same filters, and to no other site."""
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return url
    return reverse("history")
