"""A face collection of CompreFace's: the people of one gallery by name, and their photos. It is the
gallery that the key is bound to, else the default one.

Names are unique there and not here: everybody of a name is one subject.
"""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from accounts.owner_lock import owner_locked

from ..gallery import services
from ..gallery.access import default_gallery, gallery_for
from ..gallery.gallery_models import Role
from ..gallery.models import Anchor, Person
from ..jobs.services import ActionNotAllowed
from .errors import Code, CompreFaceError, image_not_found, subject_not_found

USELESS = (Anchor.State.REFUSED, Anchor.State.FAILED)


class Collection:
    """What a key may see, and with the role of an editor change. Raises Http404 where the gallery is
    gone, or the user has not this role in it."""

    def __init__(self, user: User, role: str = Role.VIEWER):
        self.user = user
        self.gallery = gallery_for(user, default_gallery(user).pk, role)

    def people(self) -> QuerySet[Person]:
        return Person.objects.filter(gallery=self.gallery)

    def examples(self, subject: str | None = None) -> QuerySet[Anchor]:
        """The photos of a subject, or of all; in the order in which they were added."""
        photos = Anchor.objects.filter(person__in=self.people()).exclude(state__in=USELESS)
        if subject is not None:
            photos = photos.filter(person__name=subject)
        return photos.select_related("person").defer("embedding").order_by("created_at", "id")

    def subjects(self) -> list[str]:
        names = self.people().order_by("name").values_list("name", flat=True)
        return list(dict.fromkeys(names))

    def named(self, subject: str) -> list[Person]:
        """Everybody of this name. Raises CompreFaceError when there is nobody."""
        people = list(self.people().filter(name=subject.strip()).order_by("created_at", "id"))
        if not people:
            raise subject_not_found()
        return people

    def at_address(self, name: str) -> list[Person]:
        """Everybody of a name that an address ends with, perhaps with a slash after it."""
        try:
            return self.named(name)
        except CompreFaceError:
            if not name.endswith("/"):
                raise
            return self.named(name[:-1])

    def example(self, id: str) -> Anchor:
        """Raises CompreFaceError."""
        try:
            return self.examples().get(pk=UUID(id))
        except (ValueError, Anchor.DoesNotExist):
            raise image_not_found() from None

    def add(self, subject: str) -> Person:
        """A new subject. Raises CompreFaceError, also when there is one of this name."""
        with owner_locked(self.gallery.owner_id):
            if self.people().filter(name=subject.strip()).exists():
                raise CompreFaceError(Code.SUBJECT_EXISTS, "Subject already exists")
            return self._create(subject)

    def found_or_added(self, subject: str) -> tuple[Person, bool]:
        """The first of a subject's people; whether it was made now."""
        with owner_locked(self.gallery.owner_id):
            people = self.people().filter(name=subject.strip()).order_by("created_at", "id")
            if person := people.first():
                return person, False
            return self._create(subject), True

    def rename(self, people: list[Person], subject: str) -> None:
        """Everybody of one name is called `subject`, or goes to whoever is called so."""
        with owner_locked(self.gallery.owner_id):
            ids = [person.pk for person in people]
            namesakes = self.people().filter(name=subject.strip()).exclude(pk__in=ids)
            into = namesakes.order_by("created_at", "id").first()
            for person in people:
                if into is None:
                    services.person_update(person=person, name=subject)
                else:
                    services.people_merge(owner=self.user, into=into, other=person)

    def delete(self, people: list[Person]) -> None:
        for person in people:
            with suppress(ActionNotAllowed):  # gone already
                services.person_delete(person=person)

    def delete_examples(self, photos: QuerySet[Anchor]) -> list[Anchor]:
        """Those that were deleted: what is gone already is passed over."""
        deleted = []
        for photo in photos:
            with suppress(ActionNotAllowed):
                services.anchor_delete(anchor=photo)
                deleted.append(photo)
        return deleted

    def _create(self, subject: str) -> Person:
        return services.person_create(owner=self.user, gallery=self.gallery, name=subject)


def ids_in(values: list) -> Iterator[UUID]:
    """Those of a list that are ids."""
    for value in values:
        try:
            yield UUID(str(value))
        except ValueError:
            continue
