"""A verification's files go with its row, also when the row goes with its owner's account."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from .models import Verification, delete_files


@receiver(post_delete, sender=Verification)
def delete_with_row(instance: Verification, **_kwargs) -> None:
    folder = instance.folder  # the deleted instance loses its primary key
    transaction.on_commit(lambda: delete_files(folder))
