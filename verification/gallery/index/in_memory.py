"""A gallery in the memory that the processes of a machine share: read from sealed blocks, kept up with what
changed, searched exactly."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from uuid import UUID

import numpy as np
import structlog
from django.conf import settings
from django.db import connection
from django.db.models import UUIDField

from ... import engine
from ...engine import Scoring, Shortlist
from ...photos.storage import FileUnreadable
from ..block_models import PREFIX_BITS, PREFIXES, Kind
from ..gallery_models import Gallery
from ..sequence import mend, prefix_of
from .blocks import ROWS, Part, expected_rows, parts_of, read_blocks, write_block
from .matrix import Matrix, Rows, joined, words
from .memory import SharedMemory, delete_left
from .rows import Source, span

SPARE = 4096  # rows that find room before the memory is made anew, and an eighth of those that are there
MOST = 128  # galleries that a process has mapped, each with an open file
PART = 4096  # rows of one part, where all are handed out

# Asked by each search: Django takes several times as long for making a query as this one for running.
VERSION = "SELECT version, stamped FROM verification_gallery WHERE id = %s"
_UUID = UUIDField()

logger = structlog.get_logger(__name__)


class KeptGallery:
    """The people or anchors of a gallery, as this process and others have them in memory."""

    def __init__(self, source: Source):
        self.source = source
        model = source.model_sha256[:16]
        self._memory = SharedMemory(f"{source.gallery.hex}-{source.kind}-{model}")
        self._matrix: Matrix | None = None
        self._map: object = None
        self.checked = -1  # the version at which the blocks were last looked at
        self.used = 0  # bytes, when it was last looked at

    @contextmanager
    def at(self, version: int) -> Iterator[Matrix]:
        """The matrix, no older than this version of the gallery; nobody changes it meanwhile."""
        with self._memory.locked(alone=False):
            matrix = self._there()
            current = matrix is not None and self._is_current(matrix, version)
            if matrix is not None and current and not self._memory.is_orphaned:
                yield matrix
                return
        with self._memory.locked(alone=True):
            matrix = self._there()
            if matrix is None or not self._is_current(matrix, version):
                matrix = self._brought_up(matrix, version)
            if self._memory.is_orphaned:
                self._memory.say()
            yield matrix

    def has(self, version: int) -> bool:
        """Whether this process has the matrix of exactly this version mapped."""
        matrix = self._matrix
        return matrix is not None and matrix.version == version and matrix.is_whole

    def forget(self) -> None:
        """For all processes: the gallery is gone."""
        self._memory.forget()
        self._matrix = self._map = None

    def detach(self) -> None:
        """For this process."""
        self._memory.detach()
        self._matrix = self._map = None

    def keep_blocks(self, version: int, most: int | None = None) -> None:
        """Write blocks that are missing, or that have grown too far, `most` of them at a time."""
        if self.checked >= version:
            return
        with self.at(version) as matrix:
            prefixes = matrix.rows_by_prefix(PREFIX_BITS)
            counts = np.bincount(prefixes, minlength=PREFIXES)
            due = [
                part
                for part in parts_of(self.source, matrix.size)
                if _is_due(part, int(counts[part.first : part.last + 1].sum()))
            ]
            written = [self._write(matrix, prefixes, part) for part in due[:most]]
        if len(due) == len(written):
            self.checked = version

    def _write(self, matrix: Matrix, prefixes: np.ndarray, part: Part) -> bool:
        rows = matrix.coded_rows(np.flatnonzero((prefixes >= part.first) & (prefixes <= part.last)))
        return write_block(self.source, part.first, part.last, matrix.version, rows)

    def _there(self) -> Matrix | None:
        memory, matrix = self._memory.attach(), self._matrix
        if memory is None:
            matrix = None
        elif matrix is None or self._map is not memory:
            matrix = Matrix(memoryview(memory))
        self._matrix, self._map = matrix, memory
        if matrix is not None:
            self.used = matrix.used
        return matrix

    def _is_current(self, matrix: Matrix, version: int) -> bool:
        if not matrix.is_whole or matrix.version < version:
            return False
        if matrix.version == version:
            return True
        # Another process has read more by now; or the database is that of an older backup.
        now = _version_of(self.source.gallery)
        return now is not None and matrix.version <= now

    def _brought_up(self, matrix: Matrix | None, version: int) -> Matrix:
        if matrix is None or not matrix.is_whole or not 0 <= matrix.version <= version:
            return self._loaded(version)
        changed = self.source.changed(matrix.version)
        return self._apply(matrix, changed, self.source.departed(matrix.version), version)

    def _apply(
        self, matrix: Matrix, changed: Iterable[UUID], departed: Iterable[int], version: int
    ) -> Matrix:
        """Read these ids, and all that begin with these prefixes, and put them in their places."""
        prefixes = set(departed)
        named = [pk for pk in changed if prefix_of(pk) not in prefixes]
        parts = [self.source.rows_of(named)]
        for first, last in _runs(prefixes):
            parts += self.source.rows_in(span(first, last))
        rows = joined(parts)
        gone = np.union1d(matrix.find(words(named)), matrix.beginning_with(prefixes, PREFIX_BITS))
        return self._put(matrix, rows, gone, version)

    def _put(self, matrix: Matrix, rows: Rows, gone: np.ndarray, version: int) -> Matrix:
        dims = rows.templates.shape[1] if len(rows) else matrix.dims
        if matrix.size - len(gone) + len(rows) > matrix.capacity or dims != matrix.dims:
            there = matrix.rows(slice(None)) if dims == matrix.dims else Rows.none()
            gone = gone if len(there) else np.empty(0, int)
            matrix = self._made(len(there) + len(rows), dims)
            matrix.put(there, self._scoring(dims), gone=np.empty(0, int), version=-1)
        matrix.put(rows, self._scoring(dims), gone=gone.astype(int), version=version)
        self.used = matrix.used
        return matrix

    def _made(self, rows: int, dims: int) -> Matrix:
        size = Matrix.bytes_for(rows + rows // 8 + SPARE, dims)
        memory = self._memory.create(size)
        self._matrix, self._map = Matrix(memoryview(memory), dims), memory
        return self._matrix

    def _loaded(self, version: int) -> Matrix:
        """From the blocks, and where there are none from the anchors."""
        sequences = np.full(PREFIXES, -1, np.int64)
        expected, matrix = expected_rows(self.source), None
        none = np.empty(0, int)
        for block in read_blocks(self.source):
            sequences[block.first : block.last + 1] = block.sequence
            dims = block.rows.templates.shape[1]
            if len(block.rows):
                matrix = matrix or self._made(expected, dims)
                matrix = self._put(matrix, block.rows, none, -1)
        missing = [int(prefix) for prefix in np.flatnonzero(sequences < 0)]
        if matrix is None:
            matrix = self._made(self.source.about(), self._dims())
        for first, last in _runs(missing):
            for rows in self.source.rows_in(span(first, last)):
                matrix = self._put(matrix, rows, none, -1)
        sequences[missing] = version
        since = int(sequences.min())
        changed = self.source.changed(since).items()
        departed = self.source.departed(since).items()
        return self._apply(
            matrix,
            [pk for pk, at in changed if at > sequences[prefix_of(pk)]],
            [prefix for prefix, at in departed if at > sequences[prefix]],
            version,
        )

    def _scoring(self, dims: int) -> Scoring:
        """That of the model; without codes for numbers that are not its."""
        scoring = engine.scoring()
        fits = scoring.weights is not None and len(scoring.weights) == dims
        return scoring if fits else replace(scoring, weights=None)

    def _dims(self) -> int:
        weights = engine.scoring().weights
        return 1 if weights is None else len(weights)

    def nearest(self, version: int, probe: np.ndarray, limit: int, without: frozenset) -> Shortlist:
        with self.at(version) as matrix:
            excluded = matrix.of_people(words(without))
            scoring = self._scoring(matrix.dims)
            if (
                self.source.kind == Kind.ANCHORS
            ):  # each by itself, whatever else there is of a person
                scoring = replace(scoring, groups=())
            rows = matrix.nearest(probe, limit, scoring, excluded=excluded)
            return matrix.rows(rows).in_order().shortlist(matrix.size - len(excluded))


@dataclass(frozen=True)
class MemoryIndex:
    """See `GalleryIndex`."""

    kept: KeptGallery | None
    version: int = -1
    left_out: frozenset[UUID] = frozenset()

    @property
    def size(self) -> int:
        if self.kept is None:
            return 0
        with self.kept.at(self.version) as matrix:
            return matrix.size - len(matrix.of_people(words(self.left_out)))

    def without(self, people: Collection[UUID]) -> "MemoryIndex":
        return replace(self, left_out=self.left_out | set(people)) if people else self

    def nearest(self, probe: np.ndarray, limit: int) -> Shortlist:
        if self.kept is None:
            return Rows.none().shortlist(0)
        return self.kept.nearest(self.version, probe, limit, self.left_out)

    def of(self, ids: Collection[UUID]) -> Shortlist:
        if self.kept is None:
            return Rows.none().shortlist(0)
        with self.kept.at(self.version) as matrix:
            out = matrix.of_people(words(self.left_out))
            rows = np.setdiff1d(matrix.find(words(ids)), out)
            return matrix.rows(rows).in_order().shortlist(matrix.size - len(out))

    def parts(self) -> Iterator[Shortlist]:
        if self.kept is None:
            return
        with self.kept.at(self.version) as matrix:
            out = matrix.of_people(words(self.left_out))
            rows = matrix.rows(np.setdiff1d(np.arange(matrix.size), out)).in_order()
        for start in range(0, len(rows), PART):
            yield rows[start : start + PART].shortlist(len(rows))


_kept: OrderedDict[tuple[UUID, str, str], KeptGallery] = OrderedDict()
_turn = Lock()  # of threads, at that


def memory_index(gallery: UUID | None, model_sha256: str, kind: Kind) -> MemoryIndex:
    """A gallery as it is now. Raises FileUnreadable where an embedding opens with none of the keys."""
    version = _version_of(gallery)
    if gallery is None or version is None:  # it was deleted
        return MemoryIndex(None)
    key = (gallery, model_sha256, str(kind))
    with _turn:
        if not _kept:
            delete_left()
        kept = _kept.pop(key, None) or KeptGallery(Source(gallery, model_sha256, kind))
        _kept[key] = kept
    if not kept.has(version):  # else its search will look at it under a lock
        is_new = not kept.used
        with kept.at(version):
            pass
        if is_new:
            kept.keep_blocks(version)
            _tell_if_large(kept)
    _give_back_beyond(settings.FACEVERIFY_SEARCH_MEGABYTES * 1024**2)
    return MemoryIndex(kept, version)


def _give_back_beyond(limit: int) -> None:
    """What this process has of galleries beyond so many bytes, those first that were not searched for long."""
    beyond = []
    with _turn:
        while len(_kept) > 1 and (
            len(_kept) > MOST or sum(each.used for each in _kept.values()) > limit
        ):
            beyond.append(_kept.popitem(last=False)[1])
    for kept in beyond:
        kept.detach()


def keep_up() -> None:
    """What this process has in memory follows what has changed since: nobody may search there again, and
    what was erased is not to stay. Of each gallery one block that is missing is written."""
    with _turn:
        there = dict(_kept)
    if not there:
        return
    galleries = {gallery for gallery, _model, _kind in there}
    rows = Gallery.objects.filter(pk__in=galleries).values_list("pk", "version", "stamped")
    now = {pk: version if version == stamped else _version_of(pk) for pk, version, stamped in rows}
    model = engine.loaded_model()
    for key, kept in there.items():
        version = now.get(key[0])
        if version is None:
            _kept.pop(key, kept).forget()
        elif model is None or model.sha256 != key[1]:
            _kept.pop(key, kept).detach()
        else:
            try:
                with kept.at(version):
                    pass
                kept.keep_blocks(version, most=1)
            except FileUnreadable:  # the search that needs it will say so
                _kept.pop(key, kept).detach()


def used_bytes(gallery: UUID, model_sha256: str, kind: Kind) -> int:
    """What a gallery takes in the memory of this process; 0 where it has none of it."""
    kept = _kept.get((gallery, model_sha256, str(kind)))
    return kept.used if kept else 0


def forget_all() -> None:
    """Let no process of this machine have in memory what this one has."""
    while _kept:
        _kept.popitem()[1].forget()


def detach_all() -> None:
    """Give back what this process has, others keep it: in a child, which shares its parent's locks."""
    while _kept:
        _kept.popitem()[1].detach()


def _version_of(gallery: UUID | None) -> int | None:
    if gallery is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [_UUID.get_db_prep_value(gallery, connection)])
        version, stamped = cursor.fetchone() or (None, None)
    if version == stamped:
        return version
    mend(gallery)
    return _version_of(gallery)


def _is_due(part: Part, rows: int) -> bool:
    """Whether a block has to be written: there is none, or it has grown by a quarter, or it is too large
    for one by now."""
    return part.rows is None or rows > part.rows + part.rows // 4 + ROWS // 64


def _tell_if_large(kept: KeptGallery) -> None:
    limit = settings.FACEVERIFY_SEARCH_MEGABYTES
    if kept.used > limit * 1024**2:
        megabytes = round(kept.used / 1024**2)
        logger.warning("gallery_larger_than_search_memory", megabytes=megabytes, limit=limit)


def _runs(prefixes: Iterable[int]) -> list[tuple[int, int]]:
    """Prefixes that follow each other, as (first, last)."""
    runs: list[tuple[int, int]] = []
    for prefix in sorted(prefixes):
        if runs and runs[-1][1] == prefix - 1:
            runs[-1] = (runs[-1][0], prefix)
        else:
            runs.append((prefix, prefix))
    return runs
