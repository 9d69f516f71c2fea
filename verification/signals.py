"""A row's files go with it, also when the row goes with its owner's account."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from .jobs.models import Job, delete_files
from .models import Anchor, Batch, GalleryExport, GalleryImport, Verification


@receiver(post_delete, sender=Verification)
@receiver(post_delete, sender=Anchor)
@receiver(post_delete, sender=Batch)
@receiver(post_delete, sender=GalleryImport)
@receiver(post_delete, sender=GalleryExport)
def delete_with_row(instance: Job, **_kwargs) -> None:
    folder = instance.folder  # the deleted instance loses its primary key
    transaction.on_commit(lambda: delete_files(folder))
