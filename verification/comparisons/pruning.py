"""Files without a row: what a process killed between storing photos and its commit leaves."""

from datetime import timedelta

from django.utils import timezone

from ..storage import private_files
from .models import Verification, delete_files

ROOT = "verifications"
# A submission stores its photos first and its row a moment later.
SAFE_AGE = timedelta(hours=1)


def prune_files() -> int:
    """Delete the folders, an hour old or older, whose verification does not exist; their number."""
    storage = private_files()
    pruned = 0
    for owner in _folders(storage, ROOT):
        ids = _folders(storage, f"{ROOT}/{owner}")
        kept = {
            str(pk) for pk in Verification.objects.filter(owner=owner).values_list("pk", flat=True)
        }
        for id in ids:
            folder = f"{ROOT}/{owner}/{id}"
            if id not in kept and storage.get_modified_time(folder) < timezone.now() - SAFE_AGE:
                delete_files(folder)
                pruned += 1
    return pruned


def _folders(storage, path: str) -> list[str]:
    try:
        return storage.listdir(path)[0]
    except FileNotFoundError:
        return []
