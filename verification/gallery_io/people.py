"""Who in the gallery is meant by the folders of a ZIP: somebody who is there already, or somebody new."""

from collections import Counter
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from ..gallery import services as gallery
from ..gallery.changes import CONSENT
from ..gallery.locks import lock
from ..gallery.models import Person
from ..jobs.services import ActionNotAllowed
from ..text.sentences import sentence
from .manifest import PersonSpec
from .models import GalleryImport

PERSON_DELETED = sentence("The person was deleted.")

MANY = 500


class People:
    """Those whom some folders and names stand for, locked: for a transaction of `owner_locked`, since one
    import at a time may look for a name and make a person of it. Somebody new is stored by `store`, and
    only if `keep` was called.

    Args:
        specs: of folders that gallery.json describes.
        names: of folders that it does not describe.
        namesakes: how many people in the whole ZIP have a name.
    """

    def __init__(
        self,
        job: GalleryImport,
        specs: Iterable[PersonSpec],
        names: Collection[str],
        namesakes: Counter[str],
    ):
        self._job, self._namesakes = job, namesakes
        self._taken = {folder: UUID(str(pk)) for folder, pk in job.people.items()}
        self._new: dict[str, Person] = {}  # by name
        self._described_new: dict[str, Person] = {}  # by folder
        self._kept: dict[UUID, Person] = {}
        described = {spec.folder: spec for spec in specs}
        fresh = [spec for spec in described.values() if spec.folder not in self._taken]
        for spec in fresh:
            if found := self._meant_by(spec):
                self._taken[spec.folder] = found.pk
        self._named = called(job, names)
        ids = {person.pk for people in self._named.values() for person in people}
        ids |= {self._taken[folder] for folder in described if folder in self._taken}
        self._locked = lock(*ids)
        for spec in fresh:
            if person := self._locked.get(self._taken.get(spec.folder) or UUID(int=0)):
                _fill_in(person, spec.fields)

    def described(self, spec: PersonSpec) -> Person:
        """The one person of a folder. Raises ActionNotAllowed where that one was deleted."""
        if known := self._taken.get(spec.folder):
            if known not in self._locked:
                raise ActionNotAllowed(PERSON_DELETED)
            return self._locked[known]
        if spec.folder not in self._described_new:
            self._described_new[spec.folder] = gallery.person_new(**spec.fields)
        return self._described_new[spec.folder]

    def called(self, name: str) -> list[Person]:
        """Everybody of that name, and if there is nobody, somebody new. Raises ActionNotAllowed where
        they were deleted while they were looked for."""
        if people := self._named.get(name):
            if not (left := [self._locked[p.pk] for p in people if p.pk in self._locked]):
                raise ActionNotAllowed(PERSON_DELETED)
            return left
        if name not in self._new:
            self._new[name] = gallery.person_new(name=name)
        return [self._new[name]]

    def keep(self, person: Person) -> None:
        """This one has a photo now."""
        if person.pk not in self._locked:
            self._kept[person.pk] = person

    def store(self) -> None:
        """Store those who are new and kept, and who was found for which folder."""
        if self._kept:
            gallery.people_store(gallery=self._job.gallery, people=list(self._kept.values()))
            self._job.people_added += len(self._kept)
        taken = {folder: str(pk) for folder, pk in self._taken.items()}
        for folder, person in self._described_new.items():
            if person.pk in self._kept:
                taken[folder] = str(person.pk)
        if self._kept or taken != self._job.people:
            self._job.people = taken
            GalleryImport.objects.filter(pk=self._job.pk).update(
                people=taken, people_added=self._job.people_added
            )

    def _meant_by(self, spec: PersonSpec) -> Person | None:
        """The person whom gallery.json describes: the one with the external id; else one of that name who
        has one of the photos; else the only one of that name, if the ZIP has no other."""
        name = spec.fields["name"]
        found = _called(self._job, [name]).exclude(pk__in=self._taken.values())
        hashes = [photo.sha256 for photo in spec.photos.values() if photo.sha256][:MANY]
        same = Q(anchors__content_sha256__in=hashes) | Q(anchors__origin_sha256__in=hashes)
        person = found.filter(same, anchors__deleted_in=None).order_by("created_at", "id").first()
        if person is None and self._namesakes[name] == 1 and found.count() == 1:
            person = found.get()
        if outside := spec.fields["external_id"]:
            known_outside = Person.objects.filter(gallery=self._job.gallery_id, external_id=outside)
            person = known_outside.first() or (None if person and person.external_id else person)
        return person


def called(job: GalleryImport, names: Collection[str]) -> dict[str, list[Person]]:
    """Everybody in the gallery of an import with one of these names, by name."""
    found: dict[str, list[Person]] = {}
    for person in _called(job, names).order_by("created_at", "id") if names else ():
        found.setdefault(person.name, []).append(person)
    return found


def _called(job: GalleryImport, names: Collection[str]) -> QuerySet[Person]:
    return Person.objects.filter(gallery=job.gallery_id, name__in=names)


def _fill_in(person: Person, fields: dict) -> None:
    """Add details that the person lacks; a consent only where none is recorded."""
    has_consent = any(getattr(person, name) for name in CONSENT)
    missing = {
        name: value
        for name, value in fields.items()
        if value and not getattr(person, name) and not (has_consent and name in CONSENT)
    }
    if missing:
        gallery.person_update(person=person, **missing)
