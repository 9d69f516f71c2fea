"""Pages: undo what was done to the gallery, or erase at once what was deleted."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max, Q
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..jobs.services import ActionNotAllowed
from ..photos.requests import uuids
from ..text.sentences import said
from . import selectors, services
from .gallery_models import Role
from .models import Change, Person

CHANGES_ON_A_PAGE = 50
DELETES = (
    Change.Kind.PERSON_DELETED,
    Change.Kind.ANCHOR_DELETED,
    Change.Kind.PEOPLE_MERGED,
    Change.Kind.PEOPLE_DELETED,
)


def tell(request: HttpRequest, change: Change | None, text: str = "") -> None:
    """Say what was done; the message offers to undo it (see partials/messages.html)."""
    if change:
        messages.success(request, text or said(change.summary), extra_tags=f"undo:{change.pk}")


@never_cache
@login_required
@require_GET
def changes(request):
    found = selectors.change_list(owner=request.user)
    mine = Q(bulk__owner=request.user)  # each of these orders has a page of its own
    context = {
        "section": "people",
        "orders": found.filter(mine).order_by("bulk").values("bulk").annotate(at=Max("created_at")),
        "page": Paginator(found.exclude(mine), CHANGES_ON_A_PAGE).get_page(request.GET.get("page")),
        "deletes": DELETES,
        "minutes": settings.FACEVERIFY_UNDO_MINUTES,
    }
    return render(request, "gallery/changes.html", context)


@login_required
@require_POST
def undo(request):
    """Undo the changes whose ids come with the form, the last first, all of them or none."""
    ids = uuids(",".join(request.POST.getlist("change")).split(","))
    try:
        with transaction.atomic():
            undone = [
                services.change_undo(owner=request.user, change_id=id) for id in reversed(ids)
            ]
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
        return redirect("changes")
    if not undone:
        messages.warning(request, gettext("Choose what to undo."))
        return redirect("changes")
    messages.success(request, gettext("Undone."))
    person = _person_of(undone[-1])
    return redirect("person", id=person.pk) if person else redirect("people")


@login_required
@require_POST
def erase(request):
    ids = uuids(request.POST.getlist("change"))
    try:
        for id in ids:
            services.change_erase(owner=request.user, change_id=id)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("Erased for good."))
    return redirect("changes")


@login_required
@require_POST
def suggestion_dismiss(request, id):
    """Note that two people who look alike are two people."""
    suggestion = selectors.suggestion_get(owner=request.user, id=id, role=Role.REVIEWER)
    services.suggestion_dismiss(suggestion=suggestion)
    messages.success(
        request,
        gettext("%(first)s and %(second)s stay two people: that is noted.")
        % {"first": suggestion.first.name, "second": suggestion.second.name},
    )
    shown = (
        suggestion.second
        if request.POST.get("person") == str(suggestion.second_id)
        else suggestion.first
    )
    return redirect("person", id=shown.pk)


def _person_of(change: Change) -> Person | None:
    """The person whose page shows what was undone; None when there is none any more."""
    merged = change.kind == Change.Kind.PEOPLE_MERGED
    id = change.payload.get("to" if merged else "from")
    return Person.objects.filter(pk=id).first() if id else None
