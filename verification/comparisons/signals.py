"""A verification's files go with its row, also when the row goes with its owner's account."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from .models import Verification


@receiver(post_delete, sender=Verification)
def delete_files(instance: Verification, **_kwargs) -> None:
    transaction.on_commit(instance.delete_files)
