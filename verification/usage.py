"""What an account has stored."""

from .models import Anchor, Person, Verification
from .storage import private_files


def usage_of(*, owner) -> dict[str, int]:
    """Counts of the owner's rows, and the bytes of their files as they lie on the disk."""
    files, size = _files(f"{Verification.ROOT}/{owner.pk}"), 0
    files += _files(f"{Anchor.ROOT}/{owner.pk}")
    storage = private_files().inner
    for name in files:
        try:
            size += storage.size(name)
        except FileNotFoundError:  # deleted meanwhile
            continue
    return {
        "verifications": Verification.objects.filter(owner=owner).count(),
        "people": Person.objects.filter(owner=owner).count(),
        "anchors": Anchor.objects.filter(owner=owner).count(),
        "files": len(files),
        "bytes": size,
    }


def _files(folder: str) -> list[str]:
    """Every file below a folder, by name."""
    try:
        folders, files = private_files().listdir(folder)
    except FileNotFoundError:
        return []
    found = [f"{folder}/{name}" for name in files]
    for name in folders:
        found += _files(f"{folder}/{name}")
    return found
