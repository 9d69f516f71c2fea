"""Page: thresholds measured on a gallery."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..gallery.gallery_choice import gallery_choice
from ..gallery.gallery_models import Gallery, Role
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from . import selectors, services
from .presentation import Report


@never_cache
@login_required
@require_GET
def calibration(request):
    """HTMX asks for the part of the page that changes during a measurement."""
    template = "_calibration" if request.htmx else "calibration"
    return render(request, f"calibration/{template}.html", _context(request))


def _context(request) -> dict:
    choice = gallery_choice(request)
    gallery = choice.chosen
    latest, applied = selectors.latest(gallery=gallery), selectors.applied(gallery=gallery)
    done = latest if latest is not None and latest.state == "done" else None
    under_way = latest is not None and not latest.is_finished
    return {
        "section": "people",
        "galleries": choice,
        "size": selectors.gallery_size(gallery=gallery),
        "min_people": selectors.MIN_PEOPLE,
        "min_several": selectors.MIN_SEVERAL,
        "latest": latest,
        "under_way": under_way,
        "applied": applied,
        "applied_is_in_force": selectors.in_force(applied),
        "report": Report(done) if done else None,
        "worker_is_alive": worker_is_alive(BULK) if under_way else True,
    }


@login_required
@require_POST
def start(request):
    gallery = gallery_choice(request, Role.EDITOR).chosen
    try:
        services.calibration_start(gallery=gallery)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return _to_page(request, gallery)


@login_required
@require_POST
def apply(request, id):
    calibration = selectors.calibration_get(owner=request.user, id=id, role=Role.OWNER)
    try:
        services.calibration_apply(calibration=calibration)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("Your new verdicts use the thresholds of your gallery."))
    return _to_page(request, calibration.gallery)


@login_required
@require_POST
def withdraw(request):
    gallery = gallery_choice(request, Role.OWNER).chosen
    services.calibration_withdraw(gallery=gallery)
    messages.success(request, gettext("Your new verdicts use the model's thresholds again."))
    return _to_page(request, gallery)


def _to_page(request: HttpRequest, gallery: Gallery) -> HttpResponseRedirect:
    page = reverse("calibration")
    assert request.user.is_authenticated
    if gallery.is_default_for(request.user.pk):
        return redirect(page)
    return redirect(f"{page}?gallery={gallery.pk}")
