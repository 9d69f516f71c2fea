"""Pages: the review of a verdict, the agreement with all of them, and the export."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User

from ..comparisons.selectors import verification_get
from ..jobs.services import ActionNotAllowed
from . import services
from .agreement import agreement
from .export import export
from .forms import ReviewForm
from .presentation import chart


@never_cache
@login_required
@require_POST
def review(request, id):
    """Answers HTMX with the card, and a form without a script with the page."""
    verification = verification_get(owner=request.user, id=id)
    errors, rejected = [], None
    if "take_back" in request.POST:
        services.review_delete(verification=verification)
    else:
        errors = _store(verification, request.POST)
        if errors:
            rejected = {key: request.POST.get(key, "") for key in ("answer", "note")}
    if request.htmx:
        verification = verification_get(owner=request.user, id=id)
        context = {"verification": verification, "errors": errors, "rejected": rejected}
        return render(request, "reviews/card.html", context)
    for error in errors:
        messages.error(request, error)
    return redirect("verification_detail", id=verification.pk)


def _store(verification, data) -> list[str]:
    form = ReviewForm(data)
    if not form.is_valid():
        return [str(error) for errors in form.errors.values() for error in errors]
    try:
        services.review_set(verification=verification, **form.cleaned_data)
    except ActionNotAllowed as error:
        return [str(error)]
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []


@never_cache
@login_required
@require_GET
def agreement_page(request):
    counts = agreement(owner=request.user)
    context = {
        "section": "history",
        "agreement": counts,
        "by_outcome": chart(counts.by_outcome),
        "by_confidence": chart(counts.by_confidence),
    }
    return render(request, "reviews/agreement.html", context)


@login_required
@require_GET
def export_pairs(request):
    return archive_answer(request.user)


def archive_answer(owner: User) -> StreamingHttpResponse:
    """The owner's reviewed pairs."""
    name = f"reviewed-pairs-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        export(owner=owner),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
