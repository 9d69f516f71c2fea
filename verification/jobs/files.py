"""The files of jobs: deleted with their row, and those that no row knows."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.utils import timezone

from ..photos.storage import EncryptedStorage, private_files
from .models import Job, delete_files, job_models

# A submission stores its photos first and its row a moment later.
SAFE_AGE = timedelta(hours=1)


def connect() -> None:
    """Have the files of every job deleted with its row, also when the row goes with its owner's
    account."""
    for model in models_with_files():
        post_delete.connect(_delete_with_row, sender=model)


def models_with_files() -> list[type[Job]]:
    """The models of jobs that have a folder a row."""
    return [model for model in job_models() if model.ROOT]


def delete_run_files(row: Job) -> None:
    """Delete what a run that came too late has written; the whole folder if the row is gone."""
    if not type(row)._base_manager.filter(pk=row.pk).exists():
        row.delete_files()
        return
    for name in row.RUN_FILES:
        if field := getattr(row, name):
            field.delete(save=False)


def delete_stale_files(row: Job) -> None:
    """Delete what earlier runs have written, ones that were killed or that used another model: of
    each of RUN_FILES only the file that the row names is kept."""
    kept = {getattr(row, name).name for name in row.RUN_FILES}
    storage = private_files()
    try:
        _folders, files = storage.listdir(row.folder)
    except FileNotFoundError:  # deleted meanwhile
        return
    for file in files:
        of_a_run = any(file == name or file.startswith(f"{name}_") for name in row.RUN_FILES)
        if of_a_run and f"{row.folder}/{file}" not in kept:
            storage.delete(f"{row.folder}/{file}")


def prune_files(model: type[Job]) -> int:
    """Delete the folders, an hour old or older, that have no row: a process killed between storing
    photos and its commit leaves them. Returns their number."""
    storage = private_files()
    pruned = 0
    for owner in _folders(storage, model.ROOT):
        rows = model._base_manager.filter(Q(owner=owner))  # hidden ones too: they may come back
        kept = {str(pk) for pk in rows.values_list("pk", flat=True)}
        for id in _folders(storage, f"{model.ROOT}/{owner}"):
            folder = f"{model.ROOT}/{owner}/{id}"
            if id not in kept and storage.get_modified_time(folder) < timezone.now() - SAFE_AGE:
                delete_files(folder)
                pruned += 1
    return pruned


def _delete_with_row(instance: Job, **_kwargs: Any) -> None:
    folder = instance.folder  # the deleted instance loses its primary key
    transaction.on_commit(lambda: delete_files(folder))


def _folders(storage: EncryptedStorage, path: str) -> list[str]:
    try:
        return storage.listdir(path)[0]
    except FileNotFoundError:
        return []
