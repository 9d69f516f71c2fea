"""What goes with a row: its files, also when it goes with its owner's account, and the answers
that a repeated request would have got."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from faceverify.api import idempotency

from .jobs.models import Job, delete_files
from .models import Anchor, Batch, GalleryExport, GalleryImport, Person, Verification


@receiver(post_delete, sender=Verification)
@receiver(post_delete, sender=Anchor)
@receiver(post_delete, sender=Batch)
@receiver(post_delete, sender=GalleryImport)
@receiver(post_delete, sender=GalleryExport)
def delete_with_row(instance: Job, **_kwargs) -> None:
    folder = instance.folder  # the deleted instance loses its primary key
    transaction.on_commit(lambda: delete_files(folder))


@receiver(post_delete, sender=Verification)
@receiver(post_delete, sender=Person)
@receiver(post_delete, sender=Anchor)
@receiver(post_delete, sender=Batch)
def forget_with_row(instance, **_kwargs) -> None:
    idempotency.forget(instance.owner_id, instance.pk)
