"""Pages: the photos of a person."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..jobs.models import PENDING, RUNNING
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.answers import image_response
from ..photos.requests import from_script, uuids
from . import selectors, services
from .change_views import tell
from .forms import PhotosForm
from .gallery_models import Role
from .models import Anchor, Person
from .person_picker import chosen_person, people_page, search_query
from .presentation import AnchorCard, AnchorPhoto
from .uploads import photos_add_of
from .views import unsettled


@login_required
@require_POST
def photos_add(request, id):
    """Add photos. A script gets the cards and what was refused as JSON, a form gets messages."""
    person = selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    form = PhotosForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, person, [], [], [gettext("Choose at least one photo.")])
    added: list[Anchor] = []
    again: list[Anchor] = []
    refused: list[str] = []
    for file, anchor, problem in photos_add_of(form, person=person):
        if anchor is not None:
            (added if anchor.is_new else again).append(anchor)
        else:
            refused.append(problem if from_script(request) else f"{file.name}: {problem}")
    return _answer(request, person, added, again, refused)


def _answer(request, person, added: list, again: list, refused: list[str]):
    if from_script(request):
        html = [
            render_to_string("gallery/_anchor.html", {"card": AnchorCard(a)}, request)
            for a in added
        ]
        answer = {"html": html, "again": len(again), "errors": refused}
        return JsonResponse(answer, status=422 if refused else 201 if added else 200)
    if added:
        told = ngettext("%(number)s photo added.", "%(number)s photos added.", len(added))
        messages.success(request, told % {"number": len(added)})
    if again:
        told = ngettext(
            "%(name)s already has %(number)s photo.",
            "%(name)s already has %(number)s photos.",
            len(again),
        )
        messages.info(request, told % {"name": person.name, "number": len(again)})
    for text in refused:
        messages.error(request, text)
    return redirect("person", id=person.pk)


@never_cache
@login_required
@require_POST
def photos_fresh(request, id):
    """The photos that a page shows as waiting and that are finished now, for htmx."""
    person = selectors.person_get(owner=request.user, id=id)
    anchors = selectors.anchor_list(owner=request.user, person=person)
    shown = uuids(request.POST.getlist("pending"))
    rows = list(anchors.filter(pk__in=shown))
    finished = [anchor for anchor in rows if anchor.is_finished]
    state = unsettled(person, anchors.filter(state__in=(PENDING, RUNNING)).count())
    warnings = (
        None if state["unsettled"] else selectors.person_warnings(owner=request.user, person=person)
    )
    changed = {
        anchor.pk: anchor for anchor in [*finished, *(warnings.outliers if warnings else ())]
    }
    context = {
        "person": person,
        "cards": [AnchorCard(anchor, cover_id=person.cover_id) for anchor in changed.values()],
        "warnings": warnings,
        "gone": set(shown) - {anchor.pk for anchor in rows},
        "ready": sum(anchor.state == Anchor.State.READY for anchor in finished),
        "unusable": sum(anchor.state != Anchor.State.READY for anchor in finished),
        **state,
    }
    return render(request, "gallery/_fresh.html", context)


@login_required
@require_POST
def photos_selected(request, id):
    """Delete the selected photos, or go on to choose the person who gets them."""
    person = selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    ids = uuids(request.POST.getlist("ids"))
    chosen = selectors.anchor_list(owner=request.user, person=person).filter(pk__in=ids)
    if not chosen:
        messages.warning(request, gettext("Select at least one photo first."))
    elif request.POST.get("action") == "delete":
        _delete(request, person, [anchor.pk for anchor in chosen])
    else:
        query = urlencode({"ids": [str(anchor.pk) for anchor in chosen]}, doseq=True)
        return redirect(f"{reverse('photos_move', args=[person.pk])}?{query}")
    return redirect("person", id=person.pk)


def _delete(request, person: Person, ids: list[UUID]) -> None:
    try:
        change = services.anchors_delete(person=person, anchors=ids)
    except ActionNotAllowed as error:  # gone already, in another window
        messages.warning(request, str(error))
    else:
        told = ngettext("%(number)s photo deleted.", "%(number)s photos deleted.", len(ids))
        tell(request, change, told % {"number": len(ids)} if len(ids) > 1 else "")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photos_move(request, id):
    """Give photos of a person to somebody else, in the gallery or new."""
    person = selectors.person_get(owner=request.user, id=id, role=Role.EDITOR)
    asked_for = request.POST if request.method == "POST" else request.GET
    ids = uuids(asked_for.getlist("ids"))
    chosen = list(selectors.anchor_list(owner=request.user, person=person).filter(pk__in=ids))
    if not chosen:
        messages.warning(
            request, gettext("These photos have moved in the meantime: look at them again.")
        )
        return redirect("person", id=person.pk)
    error = ""
    if request.method == "POST":
        try:
            return _given_away(request, person, chosen)
        except ValidationError as problem:
            error = " ".join(problem.messages)
        except ActionNotAllowed as problem:
            messages.warning(request, str(problem))
            return redirect("person", id=person.pk)
    context = {
        "section": "people",
        "person": person,
        "cards": [AnchorCard(anchor) for anchor in chosen],
        "page": people_page(request, without=person, gallery=person.gallery),
        "q": search_query(request, "q"),
        "name": request.POST.get("name", ""),
        "error": error,
    }
    return render(request, "gallery/move.html", context, status=422 if error else 200)


def _given_away(request, person, chosen):
    if not request.POST.get("person"):
        new = services.person_split(
            owner=request.user,
            person=person,
            anchors=chosen,
            name=request.POST.get("name", ""),
        )
        tell(request, new.change)
        return redirect("person", id=new.pk)
    target = chosen_person(request, gallery=person.gallery)
    change = services.anchors_move(person=person, anchors=chosen, to=target)
    tell(request, change)
    if left := len(chosen) - len(change.payload["anchors"]):
        told = ngettext(
            "%(number)s photo stayed: %(name)s already has the same.",
            "%(number)s photos stayed: %(name)s already has the same.",
            left,
        )
        messages.warning(request, told % {"name": target.name, "number": left})
    return redirect("person", id=target.pk)


@never_cache
@login_required
@require_GET
def photo(request, id):
    anchor = selectors.anchor_get(owner=request.user, id=id)
    context = {
        "section": "people",
        "person": anchor.person,
        "card": AnchorPhoto(anchor, cover_id=anchor.person and anchor.person.cover_id),
        "worker_is_alive": anchor.is_finished or worker_is_alive(),
    }
    return render(request, "gallery/photo.html", context)


@login_required
@require_GET
def photo_image(request, id, which):
    if selectors.anchor_get(owner=request.user, id=id).is_numbers:
        return redirect(static("img/numbers.svg"))  # there is nothing else to look at
    data = selectors.anchor_image_open(owner=request.user, id=id, which=which)
    return image_response(data)


@login_required
@require_POST
def photo_do(request, id, action):
    """Delete a photo, make it the person's cover, choose another of its faces, confirm that it shows
    the person, or try again."""
    role = Role.REVIEWER if action == "confirm" else Role.EDITOR
    anchor = selectors.anchor_get(owner=request.user, id=id, role=role)
    try:
        if action == "delete":
            change = services.anchor_delete(anchor=anchor)
            tell(request, change)
        elif action == "cover":
            person = _person_of(anchor)
            services.person_set_cover(person=person, anchor=anchor)
            messages.success(
                request, gettext("This face stands for %(name)s now.") % {"name": person.name}
            )
        elif action == "face":
            services.anchor_choose_face(anchor=anchor, face_index=_face_index(request))
        elif action == "confirm":
            person = _person_of(anchor)
            services.anchor_confirm(anchor=anchor)
            messages.success(
                request, gettext("The photo shows %(name)s: that is noted.") % {"name": person.name}
            )
        elif action == "retry":
            services.anchor_retry(anchor=anchor)
        else:
            raise Http404("There is no such action.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    if request.POST.get("back") == "photo" and action != "delete":
        return redirect("photo", id=anchor.pk)
    if anchor.person_id is None:
        return redirect("nameless", id=anchor.gallery_id)
    return redirect("person", id=anchor.person_id)


def _person_of(anchor: Anchor) -> Person:
    """Raises Http404 for an anchor without a person."""
    if anchor.person is None:
        raise Http404("There is no such action.")
    return anchor.person


def _face_index(request) -> int:
    try:
        return int(request.POST.get("face_index", ""))
    except ValueError:
        raise ValidationError(gettext("Choose one of the numbered faces.")) from None
