"""Pages: galleries, and the faces in them that have no name yet."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..jobs.models import PENDING, RUNNING
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest, uuids
from . import galleries, selectors, services
from .access import default_gallery, gallery_for, role_of
from .change_views import tell
from .forms import GalleryForm, PhotosForm
from .gallery_models import Gallery, Role
from .person_picker import chosen_person, people_page, search_query
from .presentation import AnchorCard
from .uploads import photos_add_of

GALLERIES_ON_A_PAGE = 50
PHOTOS_ON_A_PAGE = 48


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gallery_list(request: SignedInRequest) -> HttpResponse:
    """The galleries, and a form for a new one."""
    form = GalleryForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                rate = form.cleaned_data.pop("false_match_rate")
                made = galleries.create_gallery(owner=request.user, **form.cleaned_data)
                galleries.set_false_match_rate(gallery=made, rate=rate)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            told = gettext("The gallery %(name)s is there. Now add people.")
            messages.success(request, told % {"name": made.called})
            return redirect("gallery", id=made.pk)
    default_gallery(request.user)
    found = selectors.gallery_list(owner=request.user)
    context = {
        "section": "people",
        "form": form,
        "page": Paginator(found, GALLERIES_ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "gallery/galleries.html", context, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gallery(request: SignedInRequest, id: UUID) -> HttpResponse:
    """One gallery: what is in it, and its name, which POST changes."""
    found = _counted(request, gallery_for(request.user, id))
    form = GalleryForm(request.POST or None, gallery=found)
    if form.is_valid():
        changed = gallery_for(request.user, id, Role.OWNER)
        try:
            with transaction.atomic():
                rate = form.cleaned_data.pop("false_match_rate")
                galleries.rename_gallery(gallery=changed, **form.cleaned_data)
                galleries.set_false_match_rate(gallery=changed, rate=rate)
        except ValidationError as error:
            form.add_error(None, error)
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
            return redirect("galleries")
        else:
            messages.success(request, gettext("The changes are saved."))
            return redirect("gallery", id=id)
    context = {
        "section": "people",
        "gallery": found,
        "form": form,
        "is_theirs": found.owner_id == request.user.pk,
        "may": Role.up_to(role_of(user=request.user, gallery=found) or Role.VIEWER),
        "nameless": selectors.nameless_anchor_list(owner=request.user, gallery=found).count(),
    }
    return render(request, "gallery/gallery.html", context, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gallery_delete(request: SignedInRequest, id: UUID) -> HttpResponse:
    """GET asks; POST erases what was counted there, for good."""
    found: Any = _counted(request, gallery_for(request.user, id, Role.OWNER))
    counted = f"{found.people_count}+{found.anchor_count}"
    if request.method == "POST" and request.POST.get("counted") == counted:
        try:
            galleries.delete_gallery(gallery=found)
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
        else:
            messages.success(
                request, gettext("The gallery %(name)s is deleted.") % {"name": found.called}
            )
        return redirect("galleries")
    if request.method == "POST":
        messages.warning(request, gettext("The gallery has changed in the meantime: look again."))
    context = {"section": "people", "gallery": found, "counted": counted}
    return render(request, "gallery/gallery_delete.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nameless(request: SignedInRequest, id: UUID) -> HttpResponse:
    """The faces of a gallery that have no name yet. POST adds photos, deletes, or goes on to give the
    selected faces a name."""
    if request.method == "POST":
        return _nameless_do(request, gallery_for(request.user, id, Role.EDITOR))
    found = gallery_for(request.user, id)
    anchors = selectors.nameless_anchor_list(owner=request.user, gallery=found)
    page = Paginator(anchors, PHOTOS_ON_A_PAGE).get_page(request.GET.get("page"))
    waits = anchors.filter(state__in=(PENDING, RUNNING)).exists()
    context = {
        "section": "people",
        "gallery": found,
        "page": page,
        "cards": [AnchorCard(anchor) for anchor in page],
        "waits": waits,
        "worker_is_alive": worker_is_alive() if waits else True,
    }
    return render(request, "gallery/nameless.html", context)


def _nameless_do(request: SignedInRequest, found: Gallery) -> HttpResponse:
    ids = uuids(request.POST.getlist("ids"))
    if request.FILES:
        _add(request, found)
    elif not ids:
        messages.warning(request, gettext("Select at least one photo first."))
    elif request.POST.get("action") == "delete":
        try:
            tell(request, services.nameless_anchors_delete(gallery=found, anchors=ids))
        except ActionNotAllowed as error:
            messages.warning(request, str(error))
    else:
        query = urlencode({"ids": [str(pk) for pk in ids]}, doseq=True)
        return redirect(f"{reverse('nameless_name', args=[found.pk])}?{query}")
    return redirect("nameless", id=found.pk)


def _add(request: HttpRequest, found: Gallery) -> None:
    form = PhotosForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.warning(request, gettext("Choose at least one photo."))
        return
    added = 0
    for file, anchor, problem in photos_add_of(form, gallery=found):
        if anchor is not None:
            added += anchor.is_new
        else:
            messages.error(request, f"{file.name}: {problem}")
    if added:
        told = ngettext("%(number)s photo added.", "%(number)s photos added.", added)
        messages.success(request, told % {"number": added})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nameless_name(request: SignedInRequest, id: UUID) -> HttpResponse:
    """Give faces without a name to somebody of the gallery, or to somebody new."""
    found = gallery_for(request.user, id, Role.EDITOR)
    asked_for = request.POST if request.method == "POST" else request.GET
    anchors = selectors.nameless_anchor_list(owner=request.user, gallery=found)
    chosen = list(anchors.filter(pk__in=uuids(asked_for.getlist("ids"))))
    if not chosen:
        messages.warning(
            request, gettext("These photos have moved in the meantime: look at them again.")
        )
        return redirect("nameless", id=found.pk)
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():  # nobody new without a photo
                person = chosen_person(request, gallery=found)
                change = services.anchors_give(anchors=chosen, to=person)
        except ValidationError as problem:
            error = " ".join(problem.messages)
        except ActionNotAllowed as problem:
            messages.warning(request, str(problem))
            return redirect("nameless", id=found.pk)
        else:
            tell(request, change)
            return redirect("person", id=person.pk)
    context = {
        "section": "people",
        "gallery": found,
        "cards": [AnchorCard(anchor) for anchor in chosen],
        "page": people_page(request, gallery=found),
        "q": search_query(request, "q"),
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "gallery/nameless_name.html", context, status=422 if error else 200)


def _counted(request: SignedInRequest, found: Gallery) -> Gallery:
    """With `people_count` and `anchor_count`."""
    return selectors.gallery_list(owner=request.user).get(pk=found.pk)


def _status(form: GalleryForm) -> int:
    return 422 if form.is_bound else 200
