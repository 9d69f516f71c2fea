"""Folders and files that only the user of faceverify may read: made so whatever the umask, and made so
again at every start where an earlier version, or a copy, left them open."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# What SQLite keeps beside a database, with the database's mode.
BESIDE_DATABASE = ("", "-wal", "-shm", "-journal")


def private_folder(folder: Path) -> Path:
    """`folder`, made if it does not exist, and closed to other users if it is this user's."""
    try:
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise ImproperlyConfigured(f"{folder} is a file: a folder is needed there.") from None
        close(folder)
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot create the folder {folder}: {error.strerror}."
        ) from error
    return folder


def private_database(path: Path) -> None:
    """Have an SQLite database for this user alone before anybody makes it: SQLite gives the files
    beside it the same mode. Its folder is made if it does not exist."""
    if not path.parent.exists():
        private_folder(path.parent)
    # What cannot be made here is told by the first who wants to use it.
    with suppress(OSError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)
    for end in BESIDE_DATABASE:
        close(path.with_name(path.name + end))


def close(path: Path) -> None:
    """Take from other users what they may do with a file or folder, if it is this user's and not one
    that must stay open, such as /tmp, a home or the folder of the project."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & OTHERS and _is_ours(path) and not _is_shared(path):
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)


def warnings(paths: list[Path]) -> list[str]:
    """A sentence for each of these that other users can read, or that belongs to somebody else."""
    found = []
    for path in paths:
        with suppress(OSError):
            owner, mode = path.stat().st_uid, path.stat().st_mode
            what = "folder" if stat.S_ISDIR(mode) else "file"
            if owner != os.geteuid():
                found.append(
                    f"The {what} {path} belongs to another user (id {owner}), who can read and "
                    f"change what is in it. Start faceverify as that user, or give it the {what}: "
                    f"chown {os.geteuid()} {path}"
                )
            elif mode & OTHERS and what == "file":
                found.append(f"Other users can read the file {path}: chmod 600 {path}")
            elif mode & OTHERS:
                found.append(
                    f"Other users can look into the folder {path}, which is shared: use a folder "
                    "of its own for faceverify."
                )
    return found


def _is_ours(path: Path) -> bool:
    return path.stat().st_uid == os.geteuid()


def _is_shared(path: Path) -> bool:
    """Whether a folder serves others too."""
    if not path.is_dir():
        return False
    place = path.resolve()
    project = Path(__file__).resolve().parent.parent
    within = [project]
    with suppress(RuntimeError):  # a user without a home
        within.append(Path.home().resolve())
    return bool(path.stat().st_mode & stat.S_ISVTX) or any(
        each.is_relative_to(place) for each in within
    )
