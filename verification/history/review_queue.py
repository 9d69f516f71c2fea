"""A page that shows one unreviewed verdict after another, newest first."""

from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User

from ..comparisons.models import Verification
from ..comparisons.presentation import Result
from ..comparisons.selectors import verification_get, verification_list
from ..jobs.services import ActionNotAllowed
from ..photos.requests import uuids
from ..reviews.forms import ReviewForm, choices
from ..reviews.services import review_set
from .presentation import entries_shown

KEYS = {"right": "r", "wrong": "w", "unsure": "u"}


class Choice(NamedTuple):
    answer: str
    name: str
    means: str
    key: str


def unreviewed(*, owner: User) -> QuerySet[Verification]:
    """The owner's verdicts that wait for a review, newest first."""
    return _verdicts(owner).filter(review=None)


def older(rows: QuerySet[Verification], than: Verification) -> Verification | None:
    """The next one in the order of the queue."""
    at, pk = than.created_at, than.pk
    return rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)).first()


def newer(rows: QuerySet[Verification], than: Verification) -> Verification | None:
    """The one before it."""
    at, pk = than.created_at, than.pk
    later = rows.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk))
    return later.order_by("created_at", "id").first()


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_queue(request):
    """One verdict; a POST stores its review and goes on to the next one."""
    owner = request.user
    if request.method == "POST":
        return _reviewed(request)
    row = _asked(owner, request.GET.get("at", ""))
    context = {"section": "history", "left": unreviewed(owner=owner).count(), "verdicts": 0}
    if row is None:
        context["verdicts"] = _verdicts(owner).count()
        return render(request, "history/review_queue.html", context)
    result = Result(row)
    (entry,) = entries_shown(owner=owner, keys=[(row.pk, row.created_at, False)])
    context |= {
        "verification": row,
        "result": result,
        "entry": entry,
        "who": result.who if row.person_id or row.candidates else "",
        "photos": [photo for photo in result.photos if photo.is_there],
        "choices": [Choice(*choice, KEYS[choice[0]]) for choice in choices(row)],
        "next": older(unreviewed(owner=owner), row),
        "previous": newer(_verdicts(owner), row),
    }
    return render(request, "history/review_queue.html", context)


def _reviewed(request):
    row = verification_get(owner=request.user, id=request.POST.get("verification", ""))
    form = ReviewForm(request.POST)
    problems = [str(error) for errors in form.errors.values() for error in errors]
    if not problems:
        try:
            review_set(verification=row, **form.cleaned_data)
        except ActionNotAllowed as error:
            problems = [str(error)]
        except ValidationError as error:
            problems = error.messages
    for problem in problems:
        messages.error(request, problem)
    following = row if problems else older(unreviewed(owner=request.user), row)
    return redirect(_url(following))


def _url(row: Verification | None) -> str:
    """Without one: the newest of those that were passed over."""
    url = reverse("review_queue")
    return url if row is None else f"{url}?at={row.pk}"


def _asked(owner: User, id: str) -> Verification | None:
    asked: list[UUID] = uuids([id])
    row = _verdicts(owner).filter(pk__in=asked).first() if asked else None
    return row or unreviewed(owner=owner).first()


def _verdicts(owner: User) -> QuerySet[Verification]:
    return verification_list(owner=owner).filter(state=Verification.State.DONE)
