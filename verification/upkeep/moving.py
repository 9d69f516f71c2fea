"""Move all stored files from the folder into the bucket, or back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import storages

from ..photos.private import PrivateStorage

PIECE = 1024 * 1024


@dataclass
class Move:
    """What a run has done so far. `differing`: names that the target has with another content; their
    files were left where they are."""

    files: int = 0
    bytes: int = 0
    differing: int = 0


class CopyDamaged(Exception):
    """A file that was written is read back as something else. The first one is still there."""


def storage_of(kind: str) -> PrivateStorage:
    """`folder` or `bucket`, as the settings say, whichever of them is in use."""
    options = {"folder": settings.IN_FOLDER, "bucket": settings.IN_BUCKET}[kind]
    return cast(PrivateStorage, storages.create_storage(options))


def move(source: PrivateStorage, target: PrivateStorage) -> Iterator[Move]:
    """Move file after file; the state after each. What was moved is read back and compared before it is
    deleted at the source, so that a run that was cut off is started again and goes on.

    Raises CopyDamaged and OSError.
    """
    done = Move()
    for name in source.names():
        with source.open_sealed(name) as file:
            size, digest = _copy(file, target, name)
        if digest is None:  # the name is taken: by this file, if a run was cut off
            if _digest(target, name) != _digest(source, name):
                done.differing += 1
                yield done
                continue
        elif _digest(target, name) != digest:
            target.delete(name)
            raise CopyDamaged
        source.delete(name)
        done.files += 1
        done.bytes += size
        yield done


def _copy(file: BinaryIO, target: PrivateStorage, name: str) -> tuple[int, bytes | None]:
    """The size of a file, and its digest if it got its name in the target."""
    hashed, size = hashlib.sha256(), 0
    new = target.unfinished(name)
    try:
        while piece := file.read(PIECE):
            new.write(piece)
            hashed.update(piece)
            size += len(piece)
        return size, hashed.digest() if new.settle(name) else None
    except FileExistsError:  # a large one
        return size, None
    finally:
        new.discard()


def _digest(storage: PrivateStorage, name: str) -> bytes:
    with storage.open_sealed(name) as file:
        hashed = hashlib.sha256()
        while piece := file.read(PIECE):
            hashed.update(piece)
        return hashed.digest()
