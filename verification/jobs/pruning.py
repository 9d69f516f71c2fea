"""Files without a row: what a process killed between storing photos and its commit leaves."""

from datetime import timedelta

from django.utils import timezone

from ..photos.storage import private_files
from .models import Job, delete_files

# A submission stores its photos first and its row a moment later.
SAFE_AGE = timedelta(hours=1)


def prune_files(model: type[Job]) -> int:
    """Delete the folders, an hour old or older, whose row does not exist; their number."""
    storage = private_files()
    pruned = 0
    for owner in _folders(storage, model.ROOT):
        rows = model._base_manager.filter(owner=owner)  # hidden ones too: they may come back
        kept = {str(pk) for pk in rows.values_list("pk", flat=True)}
        for id in _folders(storage, f"{model.ROOT}/{owner}"):
            folder = f"{model.ROOT}/{owner}/{id}"
            if id not in kept and storage.get_modified_time(folder) < timezone.now() - SAFE_AGE:
                delete_files(folder)
                pruned += 1
    return pruned


def _folders(storage, path: str) -> list[str]:
    try:
        return storage.listdir(path)[0]
    except FileNotFoundError:
        return []
