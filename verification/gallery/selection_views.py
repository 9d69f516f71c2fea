"""Pages: several people at once."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from faceverify.api.errors import QuotaExceeded

from ..jobs.services import ActionNotAllowed
from ..photos.requests import SignedInRequest, uuids
from . import galleries, selection
from .access import gallery_for
from .gallery_choice import gallery_choice
from .gallery_models import Gallery, Role
from .models import Change, Person
from .person_picker import LONGEST
from .selection import Chosen

NAMED = 12  # on the pages that ask


def chosen_by(request: SignedInRequest) -> Chosen:
    """Whom the form on the page of people selects."""

    def words(name: str) -> str:
        return request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST]

    return Chosen(
        ids=uuids(request.POST.getlist("ids")),
        everyone=request.POST.get("everyone") == "yes",
        q=words("q"),
        tag=words("tag"),
        gallery=gallery_choice(request).chosen,
    )


@never_cache
@login_required
@require_POST
def people_selected(request: SignedInRequest) -> HttpResponse:
    """Merging and deleting ask first, unless the form says that it has asked."""
    do = ACTIONS.get(request.POST.get("action", ""))
    if do is None:
        messages.warning(request, gettext("Choose what to do with them."))
        return redirect("people")
    try:
        return do(request) or redirect("people")
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("people")


def _tag(request: SignedInRequest) -> None:
    people = chosen_by(request).people(
        owner=request.user, most=selection.MOST_TAGGED, role=Role.EDITOR
    )
    tag = request.POST.get("label", "")
    done = selection.people_tag(owner=request.user, people=people, tag=tag)
    _say(
        request,
        ngettext("%(number)s person tagged.", "%(number)s people tagged.", done.changed),
        done.changed,
    )
    if done.full:
        if len(done.full) > 3:
            told = gettext("No room for another tag: %(names)s and others.")
        else:
            told = gettext("No room for another tag: %(names)s.")
        messages.warning(request, told % {"names": ", ".join(done.full[:3])})


def _untag(request: SignedInRequest) -> None:
    people = chosen_by(request).people(
        owner=request.user, most=selection.MOST_TAGGED, role=Role.EDITOR
    )
    tag = request.POST.get("label", "")
    changed = selection.people_untag(owner=request.user, people=people, tag=tag)
    told = ngettext(
        "Tag taken from %(number)s person.", "Tag taken from %(number)s people.", changed
    )
    _say(request, told, changed)


def _delete(request: SignedInRequest) -> HttpResponse | None:
    people = chosen_by(request).people(
        owner=request.user, most=selection.MOST_DELETED, role=Role.EDITOR
    )
    if request.POST.get("confirmed") != "yes":
        return _ask(request, people, "gallery/people_delete.html")
    done = selection.people_delete(people=people)
    told = ngettext("%(number)s person deleted.", "%(number)s people deleted.", done.people)
    _tell(request, done.changes, told % {"number": _written(done.people)})
    return None


def _merge(request: SignedInRequest) -> HttpResponse | None:
    people = chosen_by(request).people(
        owner=request.user, most=selection.MOST_MERGED, role=Role.EDITOR
    )
    if len(people) < 2:
        raise ActionNotAllowed(gettext("Select the people to merge, at least two."))
    into = next((row for row in people if str(row.pk) == request.POST.get("into")), None)
    if into is None:
        return _ask(request, people, "gallery/people_merge.html")
    others = [row for row in people if row.pk != into.pk]
    changes = selection.people_merge_all(owner=request.user, into=into, others=others)
    told = ngettext(
        "%(number)s person merged into %(name)s.",
        "%(number)s people merged into %(name)s.",
        len(people),
    )
    _tell(request, changes, told % {"number": _written(len(people)), "name": into.name})
    return redirect("person", id=into.pk)


def _move(request: SignedInRequest) -> HttpResponse | None:
    people = chosen_by(request).people(
        owner=request.user, most=selection.MOST_MOVED, role=Role.EDITOR
    )
    to = _target(request)
    moved = galleries.move_people(people=people, gallery=to)
    told = ngettext(
        "%(number)s person moved to %(name)s.", "%(number)s people moved to %(name)s.", moved
    )
    messages.success(request, told % {"number": _written(moved), "name": to.called})
    return _to_gallery(to)


def _copy(request: SignedInRequest) -> HttpResponse | None:
    people = chosen_by(request).people(owner=request.user, most=selection.MOST_COPIED)
    to = _target(request)
    try:
        copies = galleries.copy_people(people=people, gallery=to)
    except QuotaExceeded as error:
        raise ActionNotAllowed(str(error)) from error
    told = ngettext(
        "%(number)s person copied to %(name)s.",
        "%(number)s people copied to %(name)s.",
        len(copies),
    )
    messages.success(request, told % {"number": _written(len(copies)), "name": to.called})
    return _to_gallery(to)


def _target(request: SignedInRequest) -> Gallery:
    """The gallery that is to get the people."""
    id = request.POST.get("to")
    if not id:
        raise ActionNotAllowed(gettext("Choose the gallery that gets them."))
    return gallery_for(request.user, id, Role.EDITOR)


def _to_gallery(to: Gallery) -> HttpResponse:
    return redirect(f"{reverse('people')}?gallery={to.pk}")


ACTIONS: dict[str, Callable[[SignedInRequest], HttpResponse | None]] = {
    "tag": _tag,
    "untag": _untag,
    "delete": _delete,
    "merge": _merge,
    "move": _move,
    "copy": _copy,
}


def _ask(request: SignedInRequest, people: list[Person], template: str) -> HttpResponse:
    """The page that asks names everybody by id, so that exactly those are meant who are seen now."""
    context = {
        "section": "people",
        "people": people,
        "named": people[:NAMED],
        "more": max(len(people) - NAMED, 0),
        "photos": sum(getattr(person, "anchor_count", 0) for person in people),
        "minutes": settings.FACEVERIFY_UNDO_MINUTES,
        "action": reverse("people_selected"),
    }
    return render(request, template, context)


def _tell(request: SignedInRequest, changes: list[Change], text: str) -> None:
    ids = ",".join(str(change.pk) for change in changes)
    messages.success(request, text, extra_tags=f"undo:{ids}" if ids else "")


def _say(request: SignedInRequest, told: str, number: int) -> None:
    messages.success(request, told % {"number": _written(number)})


def _written(number: int) -> str:
    return number_format(number, force_grouping=True)
