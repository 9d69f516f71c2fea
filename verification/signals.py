"""Who listens to what: the one place where capabilities are connected that do not know each other."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Model
from django.db.models.signals import post_delete, pre_delete

from accounts import key_galleries
from accounts.audit import services as audit
from accounts.models import ApiKey, User
from accounts.signals import key_ended
from faceverify.api import idempotency

from .comparisons import (
    erasing,
    people,  # noqa: F401  connects its receivers
)
from .explanations.services import explanations_erase
from .gallery.access import galleries_for
from .gallery.gallery_models import Role
from .gallery.leaving import note_deleted
from .gallery.models import Anchor, Person
from .gallery.rows import mend_counts, recount_after_deletion
from .jobs import files, wakeup
from .jobs.queue import send_prune_runs
from .jobs.signals import prune
from .live import events as live_events
from .photos.storage import private_files
from .retention import erased
from .retention.replay import ROWS
from .sightings import writing as sightings
from .webhooks import events

MOST_TO_CHOOSE = 200  # galleries in a list


def connect() -> None:
    """Called once, when all models are there."""
    files.connect()
    events.connect()
    live_events.connect()
    sightings.connect()
    erasing.pictures_erased.connect(explanations_erase)
    named_in_answers: list[type[Model]] = [*files.models_with_files(), Person]
    for model in named_in_answers:
        post_delete.connect(forget_answers, sender=model)
    noted: list[type[Model]] = [*(model for model, _counted in ROWS), Person]
    for model in noted:
        post_delete.connect(note_erased, sender=model)
    post_delete.connect(recount_after_deletion, sender=Anchor)
    for searched in (Person, Anchor):
        pre_delete.connect(note_deleted, sender=searched)
    key_ended.connect(note_ended_key)
    post_delete.connect(note_removed_passkey, sender=Authenticator)
    key_galleries.register(galleries_of_keys)
    for receiver in (prune_folders, prune_erased, prune_answers, prune_audit, prune_counts):
        prune.connect(receiver)


def galleries_of_keys(user: User, id: UUID | None) -> list[tuple[UUID, str]]:
    """Those that a key can be bound to: in which somebody may add people."""
    galleries = galleries_for(user, Role.EDITOR)
    found = galleries.filter(pk=id) if id else galleries[:MOST_TO_CHOOSE]
    return [(gallery.pk, gallery.called) for gallery in found]


def forget_answers(instance: Any, **_kwargs: Any) -> None:
    """The answers that a repeated request would get again say what was deleted: they go with it."""
    idempotency.forget(instance.owner_id, instance.pk)


def prune_folders(**_kwargs: Any) -> dict[str, int]:
    models = files.models_with_files()
    send_prune_runs()
    return {
        "folders": sum(map(files.prune_some_files, models)),
        "unfinished files": private_files().delete_unfinished(),
        "pipes": wakeup.prune(),
    }


def note_erased(instance: Any, **_kwargs: Any) -> None:
    """A restored backup must not bring back what was deleted."""
    erased.note(instance._meta.model_name, [instance.pk])


def note_ended_key(key: ApiKey, **_kwargs: Any) -> None:
    """Nor must it let in again who was shut out."""
    erased.note(erased.KEY, [key.pk])


def note_removed_passkey(instance: Authenticator, **_kwargs: Any) -> None:
    """As the above: a passkey signs in by itself."""
    if instance.type == Authenticator.Type.WEBAUTHN:
        erased.note(erased.PASSKEY, [erased.passkey_id(instance)])


def prune_erased(**_kwargs: Any) -> dict[str, int]:
    """What a process that was killed has not finished."""
    return {"erased_files": erasing.prune_erased_files(), "erased_listed": erased.extend_list()}


def prune_answers(**_kwargs: Any) -> dict[str, int]:
    return {"requests": idempotency.prune()}


def prune_audit(**_kwargs: Any) -> dict[str, int]:
    return {"audit_entries": audit.prune()}


def prune_counts(**_signal: Any) -> dict[str, int]:
    return {"people_counted_again": mend_counts()}
