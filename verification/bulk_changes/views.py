"""Pages: the same done with more people than are changed while somebody waits."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import reauthentication

from ..gallery import selection, selection_views
from ..gallery.access import gallery_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Person
from ..gallery.selection_views import chosen_by
from ..gallery.selectors import with_covers
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from . import services
from .forms import ConsentForm, NumberForm
from .models import BulkChange
from .selectors import bulk_change_get
from .words import WHY, headline, order_in_words

Action = BulkChange.Action


@never_cache
@login_required
@require_POST
def people_selected(request: SignedInRequest) -> HttpResponseBase:
    """Few people are changed at once, many by a worker, which is asked first."""
    action = request.POST.get("action", "")
    if action == Action.ERASE:
        return _order_erasing(request)
    if action == Action.CONSENT or services.are_many(
        owner=request.user, chosen=chosen_by(request), action=action
    ):
        return _order(request)
    return selection_views.people_selected(request)


@reauthentication.required
def _order_erasing(request: SignedInRequest) -> HttpResponse:
    return _order(request)


def _order(request: SignedInRequest) -> HttpResponse:
    action, chosen = request.POST["action"], chosen_by(request)
    tag = request.POST.get("label", "").strip()
    try:
        number = services.number_of(owner=request.user, chosen=chosen, action=action)
        to = _target(request) if action in (Action.MOVE, Action.COPY) else None
        if action in (Action.TAG, Action.UNTAG):
            selection.checked_tag(tag)
        confirmed = request.POST.get("confirmed", "")
        form = _form(action, number, request.POST if confirmed else None)
        if confirmed == str(number) and (form is None or form.is_valid()):
            consent = form.cleaned_data if isinstance(form, ConsentForm) else None
            try:
                job = services.bulk_change_order(
                    owner=request.user,
                    chosen=chosen,
                    action=action,
                    tag=tag,
                    to=to,
                    consent=consent,
                )
            except ValidationError as error:
                if form is None:
                    raise
                form.add_error(None, error)
            else:
                return redirect("bulk_change", id=job.pk)
    except (ValidationError, ActionNotAllowed) as error:
        told = error.messages if isinstance(error, ValidationError) else [str(error)]
        messages.warning(request, " ".join(told))
        return redirect("people")
    found = services.people_meant(owner=request.user, chosen=chosen, action=action)
    context = {
        "section": "people",
        "order": order_in_words(action=action, number=number, tag=tag, to=to.called if to else ""),
        "action": action,
        "chosen": chosen,
        "number": number,
        "has_changed": bool(confirmed) and confirmed != str(number),
        "label": tag,
        "to": to,
        "form": form,
        "named": list(with_covers(found)[: selection_views.NAMED]),
        "more": max(number - selection_views.NAMED, 0),
        "minutes": settings.FACEVERIFY_UNDO_MINUTES,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "bulk_changes/ask.html", context, status=status)


def _form(action: str, number: int, data: Any) -> forms.Form | None:
    if action == Action.CONSENT:
        return ConsentForm(data)
    return NumberForm(number, data) if action == Action.ERASE else None


def _target(request: SignedInRequest) -> Gallery:
    id = request.POST.get("to")
    if not id:
        raise ActionNotAllowed(gettext("Choose the gallery that gets them."))
    return gallery_for(request.user, id, Role.EDITOR)


@never_cache
@login_required
@require_GET
def bulk_change(request: SignedInRequest, id: UUID) -> HttpResponse:
    return render(request, "bulk_changes/bulk_change.html", _context(request, id))


@never_cache
@login_required
@require_GET
def bulk_change_status(request: SignedInRequest, id: UUID) -> HttpResponse:
    """The part of the page that changes; htmx asks for it until the end."""
    return render(request, "bulk_changes/_bulk_change.html", _context(request, id))


@login_required
@require_POST
def bulk_change_do(request: SignedInRequest, id: UUID, action: str) -> HttpResponse:
    do = DOES.get(action)
    if do is None:
        raise Http404
    try:
        do(job=bulk_change_get(owner=request.user, id=id))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("people") if action == "delete" else redirect("bulk_change", id=id)


DOES = {
    "stop": services.bulk_change_stop,
    "retry": services.bulk_change_go_on,
    "undo": services.bulk_change_undo,
    "delete": services.bulk_change_delete,
}


def _context(request: SignedInRequest, id: UUID) -> dict[str, Any]:
    job = bulk_change_get(owner=request.user, id=id)
    why = {each["person"]: WHY.get(each["why"], "") for each in job.left}
    there = Person.objects.filter(pk__in=list(why))
    return {
        "section": "people",
        "job": job,
        "headline": headline(job),
        "left": [(person, why[str(person.pk)]) for person in there],
        "minutes": settings.FACEVERIFY_UNDO_MINUTES,
        "worker_is_alive": job.is_finished or worker_is_alive(BULK),
    }
