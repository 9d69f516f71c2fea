"""The files of jobs: deleted with their row, and those that no row knows."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from ..photos.storage import private_files
from .models import Job, PrunedUpTo, delete_files, job_models

# A submission stores its photos first and its row a moment later.
SAFE_AGE = timedelta(hours=1)
AT_ONCE = 500  # ids in one query
# What one turn looks at, of one model: so much that what is left behind is found in time, and so little that
# neither a bucket of millions of files nor a day of many lost runs keeps a worker for long.
FILES_A_TURN = 20_000
ROWS_A_TURN = 100


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


def delete_leftovers(row: Job) -> int:
    """`delete_unnamed_files` of a row that has just ended, where there may be any: most rows have one run,
    which names what it has written, and no folder is listed for them."""
    if not (row.has_strays or row.attempts > 1):
        return 0
    return delete_unnamed_files(type(row), row.pk)


def delete_unnamed_files(model: type[Job], pk: UUID) -> int:
    """Delete what lost runs of a finished row have left in its folder, ones that were killed, or used
    another model: every file that neither the row nor one that belongs to it names. Their number."""
    files_of_row = _file_fields(model)
    columns = ("owner", "state", *files_of_row)
    rows = model._base_manager.filter(pk=pk).only(*columns)
    row = rows.first() if model.RUN_FILES else None
    if row is None:
        return 0
    storage, folder = private_files(), row.folder
    try:
        _folders, files = storage.listdir(folder)  # before the row: a later run's are not meant
    except FileNotFoundError:
        return 0
    row = rows.first()
    if row is None or not row.is_finished:
        return 0
    kept = {getattr(row, name).name for name in files_of_row}
    for relation in model._meta.related_objects:
        related = relation.related_model
        if names := _file_fields(related):
            of_row = related._base_manager.filter(**{relation.field.name: pk})
            kept |= {name for found in of_row.values_list(*names) for name in found}
    unnamed = [name for name in (f"{folder}/{file}" for file in files) if name not in kept]
    for name in unnamed:
        storage.delete(name)
    return len(unnamed)


def prune_unnamed_files(model: type[Job]) -> int:
    """The same for some rows that ended an hour ago or earlier, the oldest first, of those that may have
    such files: a process that was killed at the end of a row has deleted nothing, and a run that was given
    up may have gone on for a while. Their number. Nobody has to look at these rows again."""
    deleted = 0
    for pk, finished_at in list(_strays(model).values_list("pk", "finished_at")[:ROWS_A_TURN]):
        deleted += delete_unnamed_files(model, pk)
        looked_at = model._base_manager.filter(pk=pk, finished_at=finished_at)
        looked_at.update(has_strays=False)
    return deleted


def has_unnamed_files(model: type[Job]) -> bool:
    """Whether there are rows left for `prune_unnamed_files`."""
    return _strays(model).exists()


def _strays(model: type[Job]) -> models.QuerySet[Any]:
    if not model.RUN_FILES:
        return model._base_manager.none()
    ended = model._base_manager.filter(has_strays=True, finished_at__lt=timezone.now() - SAFE_AGE)
    return ended.order_by("finished_at")


def prune_files(model: type[Job]) -> int:
    """Delete the folders, an hour old or older, that have no row: a process killed between storing
    photos and its commit leaves them. Returns their number."""
    pruned, place, more = 0, "", True
    while more:
        folders, more = private_files().folders(model.ROOT, place, FILES_A_TURN)
        pruned += _prune(model, folders)
        if not folders:
            break
        place = folders[-1]
    return pruned


def prune_some_files(model: type[Job]) -> int:
    """`prune_files` of some of them: each turn goes on where the last one has ended, and begins anew after
    the last folder."""
    reached, _new = PrunedUpTo.objects.get_or_create(root=model.ROOT)
    folders, more = private_files().folders(model.ROOT, reached.folder, FILES_A_TURN)
    pruned = 0
    for start in range(0, len(folders), AT_ONCE):
        part = folders[start : start + AT_ONCE]
        pruned += _prune(model, part)
        reached.folder = part[-1]
        reached.save()  # a turn that is cut off has done its share
    if not more:
        reached.folder = ""
        reached.save()
    return pruned


def _prune(model: type[Job], folders: list[str]) -> int:
    pruned = 0
    for folder in _of_nobody(model, folders):
        with suppress(FileNotFoundError):  # somebody has just deleted it
            if private_files().get_modified_time(folder) < timezone.now() - SAFE_AGE:
                delete_files(folder)
                pruned += 1
    return pruned


def folders_of_nobody(model: type[Job], owner: UUID | str) -> list[str]:
    """Of an account's folders those that have no row. One may have a row of another account: what was
    handed over stays where it is."""
    root = f"{model.ROOT}/{owner}"
    try:
        ids = private_files().listdir(root)[0]
    except FileNotFoundError:
        return []
    return _of_nobody(model, [f"{root}/{id}" for id in ids])


def _of_nobody(model: type[Job], folders: list[str]) -> list[str]:
    ids = [folder.rpartition("/")[2] for folder in folders]
    kept: set[str] = set()
    for start in range(0, len(ids), AT_ONCE):
        named = [id for id in map(_uuid, ids[start : start + AT_ONCE]) if id is not None]
        rows = model._base_manager.filter(pk__in=named)  # hidden ones too: they may come back
        kept |= {str(pk) for pk in rows.order_by().values_list("pk", flat=True)}
    return [folder for folder, id in zip(folders, ids, strict=True) if id not in kept]


def _delete_with_row(instance: Job, **_kwargs: Any) -> None:
    folder = instance.folder  # the deleted instance loses its primary key
    transaction.on_commit(lambda: delete_files(folder))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _file_fields(model: type[models.Model]) -> list[str]:
    return [each.name for each in model._meta.concrete_fields if isinstance(each, models.FileField)]
