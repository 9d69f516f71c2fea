"""Trying with the samples, and closing the list of first steps."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ..photos.requests import SignedInRequest
from . import samples, services, steps


@login_required
@require_POST
def sample_pair(request: SignedInRequest) -> HttpResponse:
    pair = samples.PAIRS.get(request.POST.get("pair", ""))
    if pair is None:
        messages.warning(request, gettext("Choose one of the samples."))
        return redirect("compare")
    try:
        row = services.pair_try(owner=request.user, pair=pair)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("compare")
    return redirect("verification_detail", id=row.pk)


@login_required
@require_POST
def sample_people(request: SignedInRequest) -> HttpResponse:
    try:
        added = services.people_try(owner=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("people")
    if added:
        messages.success(
            request,
            gettext(
                "Three drawn people are in your gallery. Identify one of their photos, and delete them "
                "when you have seen enough."
            ),
        )
    else:
        messages.info(request, gettext("The drawn people are in your gallery already."))
    return redirect(reverse("people"))


@login_required
@require_POST
def steps_closed(request: SignedInRequest) -> HttpResponse:
    steps.steps_close(owner=request.user)
    return redirect("compare")
