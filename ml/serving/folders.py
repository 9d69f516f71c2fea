"""Put a finished folder in the place of another, so that a crash or a power cut leaves one of the two.

Two renames would leave a moment without either. Linux and macOS can exchange two paths in one step;
Python has no function for it, so the C library is called. Everything is written to the disk first: a
rename may otherwise survive a power cut that the files' contents do not.
"""

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path

AT_FDCWD = -100  # Linux: paths are relative to the working directory
EXCHANGE = 2  # RENAME_EXCHANGE on Linux and RENAME_SWAP on macOS


def replace(made: Path, folder: Path) -> None:
    """Put the folder `made` in the place of `folder`, which is removed if it exists.

    Both must lie on the same file system. Where that one cannot exchange paths, two renames are used,
    and for a moment between them there is no folder.
    """
    _sync_tree(made)
    if not folder.exists():
        made.rename(folder)
        _sync(folder.parent)
        return
    former = made
    if not _exchange(made, folder):
        former = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)) / "former"
        folder.rename(former)
        try:
            made.rename(folder)
        except OSError:
            former.rename(folder)
            former.parent.rmdir()
            raise
        former = former.parent
    _sync(folder.parent)
    shutil.rmtree(former, ignore_errors=True)


def copy(folder: Path, to: Path) -> None:
    """Copy a folder in one step. Its files are shared by hard links where the file system has them:
    nobody writes into a finished model's files.

    Raises:
        OSError: `to` exists and is not empty, or cannot be written.
    """
    unfinished = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    try:
        shutil.copytree(folder, unfinished, copy_function=_link_or_copy, dirs_exist_ok=True)
        _sync_tree(unfinished)
        unfinished.rename(to)
        _sync(to.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step; False where this system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            return library.renamex_np(first, second, EXCHANGE) == 0
        return library.renameat2(AT_FDCWD, first, AT_FDCWD, second, EXCHANGE) == 0
    except AttributeError:  # another system, or an old C library
        return False


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    """Write a file's contents, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
