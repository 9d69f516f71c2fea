"""Writes: gather, name a group, set one aside."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy

from accounts.models import User

from ..comparisons.models import Verification
from ..gallery import services as gallery
from ..gallery.access import default_gallery, people_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Person
from ..gallery.worker import read
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, run_again
from ..photos.storage import FileUnreadable
from .models import FaceGathering
from .selectors import Place, gathering_of, group_photos

SEVERAL = gettext_lazy(
    "Several people in your gallery have this name. Rename one of them, or choose another name."
)
CHANGED = gettext_lazy("These faces have changed in the meantime: look at them again.")


def gathering_start(*, owner: User) -> FaceGathering:
    """Queue it; one that is under way is returned instead."""
    row = gathering_of(owner=owner)
    if row is not None:
        return run_again(row, row.state, photos=0) if row.is_finished else row
    row = FaceGathering(owner=owner)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            enqueue(row)
    except IntegrityError:  # two windows at the same moment
        return FaceGathering.objects.get(owner=owner)
    return row


def faces_name(*, owner: User, places: Iterable[Place], whose: str | Person) -> tuple[Person, int]:
    """Make these faces photos of a person of the owner's, or of the one with this name, a new one if
    nobody has it; the person, and how many photos were added.

    Raises ValidationError for a name that cannot be or that several have, ActionNotAllowed if the faces are
    not there any more, QuotaExceeded.
    """
    chosen = _gathered(owner, places)
    verdicts = {str(row.pk): row for row in _photos(owner, chosen)}
    if not verdicts:
        raise ActionNotAllowed(str(CHANGED))
    searched = next(iter(verdicts.values())).gallery
    person = _person(owner, whose, searched) if isinstance(whose, str) else whose
    added = 0
    for id, index in chosen:
        if id in verdicts and (photo := _read(verdicts[id])):
            anchor = gallery.anchor_add_clean(
                person=person,
                photo=photo,
                origin_sha256="",
                file_name=verdicts[id].probe_name,
                face_index=index,
                later=added > 0,
            )
            added += anchor.is_new
    _take_out(owner, chosen)
    return person, added


def faces_set_aside(*, owner: User, places: Iterable[Place]) -> None:
    """Do not show these faces again. Raises ActionNotAllowed."""
    _take_out(owner, _gathered(owner, places), set_aside=True)


def _gathered(owner: User, places: Iterable[Place]) -> list[Place]:
    """Those of the places that are among the owner's gathered faces. Raises ActionNotAllowed for none."""
    row = gathering_of(owner=owner)
    known = {(id, index) for group in (row.groups if row else ()) for id, index in group}
    chosen = [place for place in dict.fromkeys(places) if place in known]
    if not chosen:
        raise ActionNotAllowed(str(CHANGED))
    return chosen


def _photos(owner: User, places: list[Place]) -> list[Verification]:
    return list(group_photos(owner_id=owner.pk).filter(pk__in={id for id, _index in places}))


def _person(owner: User, name: str, place: Gallery | None) -> Person:
    """In the gallery in which the face was searched for; in the default one if that is gone."""
    place = place or default_gallery(owner)
    name = name.replace("\x00", "").strip()
    found = list(people_for(owner, Role.EDITOR).filter(gallery=place, name=name)[:2])
    if len(found) > 1:
        raise ValidationError(SEVERAL)
    return found[0] if found else gallery.person_create(owner=owner, gallery=place, name=name)


def _read(row: Verification) -> bytes | None:
    try:
        return read(row.probe_image)
    except (FileNotFoundError, FileUnreadable, ValueError):
        return None


def _take_out(owner: User, places: list[Place], *, set_aside: bool = False) -> None:
    with transaction.atomic():
        row = FaceGathering.objects.select_for_update().get(owner=owner)
        gone = set(places)
        left = [[place for place in group if tuple(place) not in gone] for group in row.groups]
        columns = {"groups": [group for group in left if group]}
        if set_aside:
            columns["set_aside"] = [*row.set_aside, *map(list, places)]
        FaceGathering.objects.filter(pk=row.pk).update(**columns)
