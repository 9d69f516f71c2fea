"""Page: thresholds measured on the owner's gallery."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

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
    return render(request, f"calibration/{template}.html", _context(request.user))


def _context(owner) -> dict:
    latest, applied = selectors.latest(owner=owner), selectors.applied(owner=owner)
    done = latest if latest is not None and latest.state == "done" else None
    under_way = latest is not None and not latest.is_finished
    return {
        "section": "people",
        "size": selectors.gallery_size(owner=owner),
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
    try:
        services.calibration_start(owner=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect("calibration")


@login_required
@require_POST
def apply(request, id):
    calibration = selectors.calibration_get(owner=request.user, id=id)
    try:
        services.calibration_apply(calibration=calibration)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, gettext("Your new verdicts use the thresholds of your gallery."))
    return redirect("calibration")


@login_required
@require_POST
def withdraw(request):
    services.calibration_withdraw(owner=request.user)
    messages.success(request, gettext("Your new verdicts use the model's thresholds again."))
    return redirect("calibration")
