"""The galleries of an account: each a set of people and photos that searches know apart."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.audit.context import belongs_to

from .sequence import stamp

NAME_LENGTH = 200

# Those whose versions go up at the end of `raised_once`.
_noted: ContextVar[set[UUID] | None] = ContextVar("galleries that have changed", default=None)


class Role(models.TextChoices):
    """What somebody may do in a gallery; each may do what those before it may."""

    VIEWER = "viewer", gettext_lazy("viewer")
    REVIEWER = "reviewer", gettext_lazy("reviewer")
    EDITOR = "editor", gettext_lazy("editor")
    OWNER = "owner", gettext_lazy("owner")

    @classmethod
    def at_least(cls, role: str) -> list[str]:
        """The roles that may do what this one may."""
        values = list(cls.values)
        return values[values.index(role) :]

    @classmethod
    def up_to(cls, role: str) -> list[str]:
        """The roles whose rights this one has too."""
        values = list(cls.values)
        return values[: values.index(role) + 1]


class Gallery(models.Model):
    """People and their photos, among whom a search looks. Every account has one by default.

    `version` goes up with every change that a search could notice, in the same transaction: a worker
    whose copy has this version has nothing to read again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="galleries"
    )
    name = models.CharField(max_length=NAME_LENGTH, blank=True)  # empty only for the default one
    # What the owner's other programs call it.
    external_id = models.CharField(max_length=255, blank=True)
    is_default = models.BooleanField(default=False, editable=False)
    # How strict searches in it are where nothing else is asked for; null: 1 in 1,000.
    false_match_rate = models.FloatField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    # Goes up with the version, and stays behind where a process of an earlier release, beside which this
    # one runs while a server is brought up to date, raises that alone: see `mend`.
    stamped = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-is_default", "name", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="gallery_one_default"
            ),
            models.UniqueConstraint(
                fields=["owner", "external_id"],
                condition=~Q(external_id=""),
                name="gallery_external_id_once",
            ),
            models.CheckConstraint(
                name="gallery_has_a_name", condition=~Q(name="") | Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """The name as it is shown."""
        return self.name or gettext("My gallery")

    def is_default_for(self, user_id: UUID) -> bool:
        """Whether it is meant where this account names no gallery: not one of another account's."""
        return self.is_default and self.owner_id == user_id

    @classmethod
    def default_of(cls, owner_id: UUID) -> "Gallery":
        """The owner's default gallery, which is made when it is asked for first."""
        return cls.objects.get_or_create(owner_id=owner_id, is_default=True)[0]

    @classmethod
    def raise_of(cls, galleries: Iterable[UUID]) -> None:
        """Note a change that searches in these galleries could notice."""
        if (noted := _noted.get()) is not None:
            noted.update(galleries)
            return
        with transaction.atomic():
            for gallery in sorted(set(galleries)):  # in one order: nobody waits in a circle
                if cls.objects.filter(pk=gallery).update(
                    version=F("version") + 1, stamped=F("stamped") + 1
                ):
                    stamp(gallery)


@contextmanager
def raised_once() -> Iterator[None]:
    """In a transaction of several changes: the version of each gallery goes up once, at the end of this
    context, instead of with each of them."""
    if _noted.get() is not None:
        yield
        return
    noted = set[UUID]()
    before = _noted.set(noted)
    try:
        yield
    finally:
        _noted.reset(before)
    Gallery.raise_of(noted)


class GalleryRows(models.QuerySet):
    """Rows that find their gallery also where many are stored at once."""

    def bulk_create(self, objs, *args, **kwargs):
        return super().bulk_create(with_galleries(objs), *args, **kwargs)

    bulk_create.__dict__["alters_data"] = True  # no template may call it


def with_galleries(objs: Iterable[Any]) -> list[Any]:
    """The rows, those without a gallery in their owner's default one."""
    rows, defaults = list(objs), dict[UUID, Gallery]()
    for row in rows:
        if row.gallery_id is None:
            defaults[row.owner_id] = defaults.get(row.owner_id) or Gallery.default_of(row.owner_id)
            row.gallery = defaults[row.owner_id]
    return rows


class InGallery(models.Model):
    """A row that belongs to a gallery: the owner's default one unless another is given."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if self.gallery_id is None:
            with transaction.atomic():
                self.put_in_gallery()
                super().save(*args, **kwargs)
        else:
            super().save(*args, **kwargs)

    def put_in_gallery(self) -> None:
        """Fill in the gallery of a row that is to be stored without one."""
        if self.gallery_id is None:
            self.gallery = Gallery.default_of(self.owner_id)


class SharedRow(models.Model):
    """A row that others than its owner may read: who reads it is told in the owner's log."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db, field_names, values, **options):
        row = super().from_db(db, field_names, values, **options)
        if owner := row.__dict__.get("owner_id"):
            belongs_to(owner)
        return row
