"""What is done with several people at once: tag, merge, delete."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record_each
from accounts.models import User

from ..jobs.services import ActionNotAllowed
from . import services
from .access import people_for
from .changes import people_delete_at_once, people_merge, person_delete
from .gallery_models import Gallery, Role, raised_once
from .locks import slices
from .models import Change, Person
from .selectors import person_list, with_covers

# While somebody waits; with more a worker does it, see bulk_changes.
MOST_TAGGED = 500
MOST_MOVED = 200
MOST_DELETED = 200
MOST_DELETED_ALONE = 5  # each of them can be brought back by itself; more of them together
MOST_MERGED = 20
MOST_COPIED = 20  # each with all files


class TooMany(ActionNotAllowed):
    """More people than this can be done with at once."""

    def __init__(self, most: int):
        super().__init__(
            gettext("Select at most %(most)s people for this.")
            % {"most": number_format(most, force_grouping=True)}
        )


@dataclass(frozen=True)
class Chosen:
    """Which people: those of these ids, or with `everyone` all that `q` and `tag` find."""

    ids: Sequence[UUID] = ()
    everyone: bool = False
    q: str = ""
    tag: str = ""
    gallery: Gallery | None = None

    def people(self, *, owner: User, most: int, role: str = Role.VIEWER) -> list[Person]:
        """They, as `person_list` has them. Raises TooMany, and ActionNotAllowed if there is nobody."""
        if self.everyone:
            rows = person_list(owner=owner, role=role, gallery=self.gallery, q=self.q, tag=self.tag)
        else:
            rows = person_list(owner=owner, role=role).filter(pk__in=self.ids)
        found = list(with_covers(rows)[: most + 1])
        if len(found) > most:
            raise TooMany(most)
        if not found:
            raise ActionNotAllowed(gettext("Select at least one person."))
        return found


@dataclass
class Tagged:
    """How many people have got a tag, or lost it; `full`: the names of those who have as many tags
    as there can be."""

    changed: int = 0
    full: list[str] = field(default_factory=list)


def people_tag(*, owner: User, people: Iterable[Person], tag: str) -> Tagged:
    """Give everybody the tag. Raises ValidationError for one that is empty or too long."""
    tag = checked_tag(tag)
    done = Tagged()

    def more(row: Person) -> list[str] | None:
        if tag in row.tags:
            return None
        if len(row.tags) >= services.MAX_TAGS:
            done.full.append(row.name)
            return None
        return [*row.tags, tag]

    done.changed = _retag(owner, people, more)
    return done


def people_untag(*, owner: User, people: Iterable[Person], tag: str) -> int:
    """Take the tag from those who have it; their number. Raises ValidationError."""
    tag = checked_tag(tag)
    return _retag(
        owner, people, lambda row: [t for t in row.tags if t != tag] if tag in row.tags else None
    )


@dataclass
class Deleted:
    """How many people were deleted, and the changes that bring them back."""

    people: int = 0
    changes: list[Change] = field(default_factory=list)


def people_delete(*, people: Sequence[Person]) -> Deleted:
    """Delete them: few each in a change of its own, more in one for each gallery, in as many statements as
    one takes. Those gone already are passed over."""
    if len(people) > MOST_DELETED_ALONE:
        return _delete_together([person.pk for person in people])
    done = Deleted()
    for person in people:
        try:
            done.changes.append(person_delete(person=person))
            done.people += 1
        except ActionNotAllowed:
            continue
    return done


def _delete_together(ids: Sequence[UUID]) -> Deleted:
    done = Deleted()
    with transaction.atomic():
        done.changes = people_delete_at_once(people=ids)
        for change in done.changes:
            deleted = [("person", UUID(pk)) for pk in sorted(change.payload["people"])]
            record_each(
                action=Action.DELETED, objects=deleted, account=change.owner_id, erased=False
            )
            done.people += len(deleted)
    return done


def people_merge_all(*, owner: User, into: Person, others: Iterable[Person]) -> list[Change]:
    """Merge the others into one, all of them or none, each in a change of its own. Raises
    ActionNotAllowed."""
    changes = []
    with transaction.atomic(), raised_once():
        for other in others:
            merged = people_merge(owner=owner, into=into, other=other)
            if merged.change:
                changes.append(merged.change)
    return changes


def _retag(owner: User, people: Iterable[Person], tags_of) -> int:
    changed = 0
    for part in slices([person.pk for person in people]):
        with transaction.atomic():
            rows = people_for(owner, Role.EDITOR).select_for_update().filter(pk__in=part)
            retagged = []
            for row in rows.order_by("pk"):
                tags = tags_of(row)
                if tags is not None:
                    row.tags, row.updated_at = tags, timezone.now()
                    retagged.append(row)
            Person.objects.bulk_update(retagged, ["tags", "updated_at"])
            changed += len(retagged)
    return changed


def checked_tag(tag: str) -> str:
    tag = tag.replace("\x00", "").strip()
    if not 0 < len(tag) <= services.TAG_LENGTH:
        raise ValidationError(
            gettext("Give a tag of 1 to %(length)s characters.") % {"length": services.TAG_LENGTH}
        )
    return tag
