"""Page: faces nobody knows, gathered by likeness."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..gallery.access import people_for
from ..gallery.gallery_models import Role
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest
from . import services
from .selectors import Place, gathering_of, group_photos, groups_of

NAMES = 500  # offered while a name is typed


@never_cache
@login_required
@require_GET
def unknown_faces(request: SignedInRequest) -> HttpResponse:
    """HTMX asks for the part of the page that changes while faces are gathered."""
    row = gathering_of(owner=request.user)
    under_way = row is not None and not row.is_finished
    names = people_for(request.user, Role.EDITOR).order_by("name").values_list("name", flat=True)
    context = {
        "section": "people",
        "gathering": row,
        "under_way": under_way,
        "worker_is_alive": worker_is_alive(BULK) if under_way else True,
        "groups": groups_of(row) if row and not under_way else [],
        "has_photos": group_photos(owner_id=request.user.pk).exists(),
        "names": names.distinct()[:NAMES],
    }
    template = "_unknown_faces" if request.htmx else "unknown_faces"
    return render(request, f"unknown_faces/{template}.html", context)


@login_required
@require_POST
def gather(request: SignedInRequest) -> HttpResponse:
    try:
        services.gathering_start(owner=request.user)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("unknown_faces")


@login_required
@require_POST
def name(request: SignedInRequest) -> HttpResponse:
    """Gives the faces of a group a name, or sets them aside."""
    places = _places(request.POST.getlist("face"))
    try:
        if "set_aside" in request.POST:
            services.faces_set_aside(owner=request.user, places=places)
            messages.success(request, gettext("These faces are not shown again."))
        else:
            person, added = services.faces_name(
                owner=request.user, places=places, whose=request.POST.get("name", "")
            )
            words = ngettext(
                "One photo added to %(name)s.", "%(number)s photos added to %(name)s.", added
            )
            messages.success(request, words % {"number": added, "name": person.name})
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("unknown_faces")


def _places(sent: list[str]) -> list[Place]:
    split = (text.partition(":") for text in sent)
    return [
        (id, int(index))
        for id, _, index in split
        if index.isascii() and index.isdigit() and len(index) < 6
    ]
