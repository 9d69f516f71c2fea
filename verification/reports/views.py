"""The report of a verdict, to be downloaded."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..comparisons.models import Verification
from ..comparisons.selectors import verification_get
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from .services import file_name, report_make


@never_cache
@login_required
@require_GET
def report(request: SignedInRequest, id: UUID) -> HttpResponse:
    verification = verification_get(owner=request.user, id=id)
    try:
        return as_download(verification)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
        return redirect("verification_detail", id=verification.pk)


def as_download(verification: Verification) -> HttpResponse:
    """Raises ActionNotAllowed while there is no verdict."""
    return HttpResponse(
        report_make(verification=verification),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(verification)}"',
            "Cache-Control": "no-store",
        },
    )
