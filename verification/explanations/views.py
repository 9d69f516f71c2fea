"""The explanation under a verdict: asking for it, and the part of the page that changes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..comparisons.selectors import verification_get
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from .services import explanation_start


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def why(request: SignedInRequest, id: UUID) -> HttpResponse:
    """POST asks for it. HTMX gets the card, and everybody else the page of the verdict."""
    verification = verification_get(owner=request.user, id=id)
    problem = ""
    if request.method == "POST":
        try:
            explanation_start(verification=verification)
        except ActionNotAllowed as error:
            problem = str(error)
    if request.htmx:
        context = {"verification": verification, "problem": problem}
        return render(request, "explanations/card.html", context)
    if problem:
        messages.warning(request, problem)
    return redirect("verification_detail", id=verification.pk)
