"""Pages: the people of a gallery, and the page of one person."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from .. import engine
from ..jobs.models import PENDING, RUNNING
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.forms import MEGABYTES
from . import selectors, services
from .change_views import tell
from .forms import PersonForm
from .gallery_choice import gallery_choice
from .gallery_models import Role
from .person_picker import people_page, search_query
from .presentation import AnchorCard

PHOTOS_ON_A_PAGE = 48


@never_cache
@login_required
@require_GET
def people(request):
    q, tag = search_query(request, "q"), search_query(request, "tag")
    sort = request.GET.get("sort", "")
    choice = gallery_choice(request)
    page = people_page(request, tag=tag, sort=sort, gallery=choice.chosen)
    context = {
        "section": "people",
        "galleries": choice,
        "page": page,
        "q": q,
        "tag": tag,
        "sort": sort,
        "sorts": selectors.SORTS.items(),
        "tags": selectors.tag_list(owner=request.user, gallery=choice.chosen),
        "is_filtered": bool(q or tag),
        "suggested": selectors.people_suggested(owner=request.user, people=page),
        "can_undo": selectors.change_list(owner=request.user).exists(),
    }
    return render(request, "gallery/people.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request):
    form = PersonForm(request.POST or None)
    choice = gallery_choice(request, Role.EDITOR)
    if form.is_valid():
        try:
            person = services.person_create(
                owner=request.user, gallery=choice.chosen, **form.person()
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                gettext("%(name)s is in your gallery. Now add photos.") % {"name": person.name},
            )
            by_camera = request.POST.get("next") == "live"
            return redirect("person_live" if by_camera else "person", id=person.pk)
    context = {"form": form, "galleries": choice, "section": "people"}
    return render(request, "gallery/person_form.html", context, status=_status(form))


@never_cache
@login_required
@require_GET
def person(request, id):
    found = selectors.person_get(owner=request.user, id=id)
    return render(request, "gallery/person.html", person_context(request, found))


def person_context(request, person) -> dict:
    """What the page of a person shows, newest photo first."""
    anchors = selectors.anchor_list(owner=request.user, person=person)
    page = Paginator(anchors.order_by("-created_at", "-id"), PHOTOS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    under_way = anchors.filter(state__in=(PENDING, RUNNING)).count()
    return {
        "section": "people",
        "person": person,
        "page": page,
        "cards": cards(page, person),
        **unsettled(person, under_way),
        "warnings": selectors.person_warnings(owner=request.user, person=person),
        "formats": engine.FORMAT_NAMES,
        "megabytes": MEGABYTES,
        "max_bytes": engine.MAX_BYTES,
    }


def unsettled(person, under_way: int) -> dict:
    """Whether a worker has still to find faces in photos of a person, or to compare them."""
    waits = bool(under_way or person.version != person.checked_version)
    return {"unsettled": waits, "worker_is_alive": worker_is_alive() if waits else True}


def cards(anchors, person) -> list[AnchorCard]:
    return [AnchorCard(anchor, cover_id=person.cover_id) for anchor in anchors]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request, id):
    found = selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    form = PersonForm(request.POST or None, person=found)
    if form.is_valid():
        try:
            services.person_update(person=found, **form.person())
        except ValidationError as error:
            form.add_error(None, error)
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
            return redirect("people")
        else:
            messages.success(request, gettext("The changes are saved."))
            return redirect("person", id=found.pk)
    context = {"form": form, "person": found, "section": "people"}
    return render(request, "gallery/person_form.html", context, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_delete(request, id):
    """GET asks, POST deletes."""
    found = selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    if request.method != "POST":
        minutes = settings.FACEVERIFY_UNDO_MINUTES
        context = {"person": found, "minutes": minutes, "section": "people"}
        return render(request, "gallery/person_delete.html", context)
    try:
        change = services.person_delete(person=found)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    else:
        tell(request, change)
    return redirect("people")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_merge(request, id):
    """GET lets the other be chosen, then asks; POST merges."""
    other_id = request.POST.get("other") or request.GET.get("other")
    into, other = _still_there(request, id), other_id and _still_there(request, other_id)
    if request.method == "POST" or other_id:
        left = into or other
        if left is None:
            raise Http404("There is no such person.")
        if into is None or other is None:
            return _merged_elsewhere(request, left)
        if into.pk == other.pk:
            messages.warning(request, gettext("Choose two different people to merge."))
            return redirect("person_merge", id=into.pk)
    elif into is None:
        raise Http404("There is no such person.")
    if request.method == "POST":
        try:
            merged = services.people_merge(owner=request.user, into=into, other=other)
        except ActionNotAllowed:
            return _merged_elsewhere(request, _still_there(request, id) or other)
        tell(request, merged.change)
        return redirect("person", id=into.pk)
    context = {"section": "people", "person": into, "other": other}
    if other:
        return render(request, "gallery/merge.html", context)
    context |= {
        "page": people_page(request, without=into, gallery=into.gallery),
        "q": search_query(request, "q"),
    }
    return render(request, "gallery/merge_choose.html", context)


def _merged_elsewhere(request, left):
    messages.warning(
        request,
        gettext(
            "One of the two is not in your gallery any more: perhaps they were merged in another window. Nothing was changed here; look at the photos below."
        ),
    )
    return redirect("person", id=left.pk)


def _still_there(request, id):
    try:
        return selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    except Http404:
        return None


def _status(form) -> int:
    return 422 if form.is_bound else 200
