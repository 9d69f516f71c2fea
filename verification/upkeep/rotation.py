"""Seal everything that is stored with the newest key.

Each file and value is looked at and changed by itself, and says by which key it is sealed: a run that
was killed is simply started again, and goes on with what is left. What others write or delete meanwhile
stays as they left it.
"""

from dataclasses import dataclass

from cryptography.fernet import InvalidToken

from accounts.sealed import sealed_rotate

from ..gallery.index import delete_blocks_of_former_keys
from ..photos.private import StorageUnavailable
from ..photos.sealing import FileUnreadable, cipher
from ..photos.storage import private_files
from .stored import named_files, sealed_values

PASSES = 5


@dataclass
class Rotation:
    """What a run has changed, and in its last pass found to be unreadable with any key."""

    files: int = 0
    values: int = 0
    unreadable_files: int = 0
    unreadable_values: int = 0
    settled: bool = False  # the last pass found nothing to change

    @property
    def is_complete(self) -> bool:
        return self.settled and not (self.unreadable_files or self.unreadable_values)


def rotate() -> Rotation:
    """Go through everything until nothing is left that needs an older key. Raises StorageUnavailable."""
    done = Rotation()
    for _ in range(PASSES):
        before = done.files, done.values
        done.unreadable_files = done.unreadable_values = 0
        _rotate_values(done)
        _rotate_accounts(done)
        _rotate_files(done)
        if before == (done.files, done.values):
            done.settled = True
            break
    return done


def _rotate_values(done: Rotation) -> None:
    keyring = cipher()
    delete_blocks_of_former_keys()
    for value in sealed_values():
        if keyring.is_newest(value.value):
            continue
        try:
            clear = keyring.decrypt(value.value)
        except InvalidToken:
            done.unreadable_values += 1
            continue
        # Only while it is the value that was read: a newer one stays, a deleted row stays deleted.
        done.values += value.rows.update(**{value.column: keyring.encrypt(clear)})


def _rotate_accounts(done: Rotation) -> None:
    found = sealed_rotate()
    done.values += found.changed
    done.unreadable_values += found.unreadable


def _rotate_files(done: Rotation) -> None:
    storage = private_files()
    for file in named_files():
        try:
            done.files += storage.renew_key(file.name)
            size = storage.size(file.name)
        except StorageUnavailable:
            raise
        except (FileUnreadable, OSError):  # counted below
            continue
        if file.size not in (None, size):  # what Fernet encrypted was larger
            file.with_another_size(size).update(**{file.size_column: size})
    for name in storage.names():  # the rest, and the headers of those above once more
        try:
            done.files += storage.renew_key(name)
        except FileNotFoundError:
            pass  # deleted
        except StorageUnavailable:
            raise
        except (FileUnreadable, OSError):
            done.unreadable_files += 1
