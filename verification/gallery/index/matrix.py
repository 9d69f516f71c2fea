"""The templates of a gallery in one piece of memory, which several processes may have mapped, and which of
them are nearest to a face.

A search is exact although it looks at a quarter of the bytes: its first pass compares int8 codes, and says of
each template how near it is at best and at worst. Whoever is at best as near as the last of the wanted ones is
at worst is read in float32; the engine decides on those.

With u = sqrt(w) * a, a score is bias - |u - v| ** 2. The codes of u are round(u / s) with s = max|u| / 127, and
r = |u - s * codes| is kept. From |u - v| ** 2 = |u| ** 2 + |v| ** 2 - 2 u.v and the inequality of Cauchy and
Schwarz, the distance by the codes is off by at most 2 (|u| r' + r |v'|), v' being what the codes of v mean.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, overload
from uuid import UUID

import numkong
import numpy as np

from ...engine import Scoring, Shortlist

T = TypeVar("T")

MAGIC = 0x6676_696E_6465_7801
PAGE = 4096
HEADER = ("magic", "version", "rows", "capacity", "dims", "under_way")
CODES = 127
CHUNK = 8192  # rows whose scores are computed at once, so that they stay in the processor's cache
BEST_OF = 64  # rows of which the best is looked at for the bound
ROUNDING = 2e-5  # of float32, in parts of the squared lengths


@dataclass(frozen=True)
class Codes:
    """What the first pass reads of embeddings, see `encoded`."""

    codes: np.ndarray
    steps: np.ndarray
    lengths: np.ndarray
    rests: np.ndarray

    def __getitem__(self, rows: np.ndarray | slice) -> "Codes":
        return Codes(self.codes[rows], self.steps[rows], self.lengths[rows], self.rests[rows])


@dataclass(frozen=True)
class Rows:
    """Row i is ids[i], of the person people[i]: its embedding, float32 (n, d), and the photos behind it. Ids
    are uint64 (n, 2), zeros for nobody. `codes`, where they are known already."""

    ids: np.ndarray
    people: np.ndarray
    templates: np.ndarray
    counts: np.ndarray
    codes: Codes | None = None

    @classmethod
    def none(cls) -> "Rows":
        ids = np.empty((0, 2), np.uint64)
        return cls(ids, ids, np.empty((0, 0), np.float32), np.empty(0, np.int32))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: np.ndarray | slice) -> "Rows":
        codes = self.codes[rows] if self.codes else None
        return Rows(
            self.ids[rows], self.people[rows], self.templates[rows], self.counts[rows], codes
        )

    def in_order(self) -> "Rows":
        """By their ids."""
        return self[np.lexsort((self.ids[:, 1], self.ids[:, 0]))]

    def shortlist(self, size: int) -> Shortlist:
        ids, people = Lazily(self.ids, _uuid), Lazily(self.people, _uuid_or_nobody)
        return Shortlist(ids, people, self.templates, self.counts.astype(int), size)


def joined(parts: Iterable[Rows]) -> Rows:
    """The rows of all of them, whose embeddings have one length."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return Rows.none()
    return Rows(
        np.concatenate([part.ids for part in filled]),
        np.concatenate([part.people for part in filled]),
        np.concatenate([part.templates for part in filled]),
        np.concatenate([part.counts for part in filled]),
    )


def words(ids: Iterable[UUID | None]) -> np.ndarray:
    """Ids as uint64 (n, 2), in whose order they sort as they do themselves."""
    raw = b"".join(id.bytes if id else bytes(16) for id in ids)
    return np.frombuffer(raw, ">u8").astype(np.uint64).reshape(-1, 2)


class Lazily(Sequence[T]):
    """What uint64 (n, 2) stand for, each made when it is asked for: of the dozens that are near a face, few
    are told."""

    def __init__(self, words: np.ndarray, made: Callable[[int, int], T]):
        self._words, self._made = words, made

    def __len__(self) -> int:
        return len(self._words)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self._made(*pair) for pair in self._words[at].tolist()]
        return self._made(*self._words[at].tolist())


def _uuid(first: int, second: int) -> UUID:
    return UUID(int=first << 64 | second)


def _uuid_or_nobody(first: int, second: int) -> UUID | None:
    return _uuid(first, second) if first or second else None


class Matrix:
    """What a piece of memory holds; `Matrix.bytes_for` says how large it has to be."""

    def __init__(self, memory: memoryview, dims: int | None = None):
        """Of memory that is filled already, or with `dims` of new memory, all zeros."""
        self._header = np.frombuffer(memory, np.int64, len(HEADER))
        if dims is not None:
            capacity = len(memory)
            self._put(magic=MAGIC, version=-1, dims=dims, capacity=0)
            self._put(capacity=_capacity(capacity, dims))
        if self._get("magic") != MAGIC:
            raise ValueError("This memory has no templates.")
        self.capacity, self.dims = self._get("capacity"), self._get("dims")
        at = PAGE
        for name, kind, columns in _columns(self.dims):
            found: np.ndarray = np.frombuffer(memory, kind, self.capacity * columns, at)
            shaped = found if columns == 1 else found.reshape(self.capacity, columns)
            setattr(self, f"_{name}", shaped)
            at += _whole(found.nbytes)

    _ids: np.ndarray
    _people: np.ndarray
    _templates: np.ndarray
    _codes: np.ndarray
    _counts: np.ndarray
    _steps: np.ndarray
    _lengths: np.ndarray
    _rests: np.ndarray

    @staticmethod
    def bytes_for(rows: int, dims: int) -> int:
        size = sum(
            _whole(rows * columns * np.dtype(k).itemsize) for _n, k, columns in _columns(dims)
        )
        return PAGE + size

    @property
    def version(self) -> int:
        """That of the gallery of which this is surely no older; -1: nothing has been read yet."""
        return self._get("version")

    @property
    def size(self) -> int:
        return self._get("rows")

    @property
    def used(self) -> int:
        """Bytes that are filled."""
        return self.bytes_for(self.size, self.dims)

    @property
    def is_whole(self) -> bool:
        """False after a process died in the middle of `put`."""
        return not self._get("under_way")

    def rows(self, at: np.ndarray | slice) -> Rows:
        """A copy of some rows, without their codes."""
        n = self.size
        return Rows(
            _copy(self._ids[:n], at),
            _copy(self._people[:n], at),
            _copy(self._templates[:n], at),
            _copy(self._counts[:n], at),
        )

    def coded_rows(self, at: np.ndarray | slice) -> Rows:
        """A copy of some rows with their codes."""
        n = self.size
        columns = (self._codes, self._steps, self._lengths, self._rests)
        return replace(self.rows(at), codes=Codes(*(_copy(column[:n], at) for column in columns)))

    def find(self, ids: np.ndarray) -> np.ndarray:
        """Where these ids are, those that are not there left out: uint64 (k, 2) -> (j,)."""
        return _found(self._ids[: self.size], ids)

    def of_people(self, people: np.ndarray) -> np.ndarray:
        """Where what belongs to these people is."""
        return _found(self._people[: self.size], people)

    def beginning_with(self, prefixes: Iterable[int], bits: int) -> np.ndarray:
        """Where the ids with these first bits are."""
        wanted = np.zeros(1 << bits, bool)
        wanted[list(prefixes)] = True
        return np.flatnonzero(wanted[self._ids[: self.size, 0] >> np.uint64(64 - bits)])

    def rows_by_prefix(self, bits: int) -> np.ndarray:
        """The first bits of each row's id, (n,)."""
        return (self._ids[: self.size, 0] >> np.uint64(64 - bits)).astype(int)

    def put(self, rows: Rows, scoring: Scoring, *, gone: np.ndarray, version: int) -> None:
        """Take out the rows at `gone`, then add others whose ids are not there; their room is enough."""
        self._put(under_way=1)
        self._remove(gone)
        start = self.size
        end = start + len(rows)
        for first in range(0, len(rows), CHUNK):
            part = slice(first, first + CHUNK)
            self._write(slice(start + first, min(start + first + CHUNK, end)), rows[part], scoring)
        self._put(rows=end)
        self._put(version=version)
        self._put(under_way=0)

    def _write(self, at: slice, rows: Rows, scoring: Scoring) -> None:
        self._ids[at], self._people[at] = rows.ids, rows.people
        self._templates[at], self._counts[at] = rows.templates, rows.counts
        if scoring.weights is None:
            return
        found = rows.codes or encoded(rows.templates * np.sqrt(scoring.weights))
        self._codes[at], self._steps[at] = found.codes, found.steps
        self._lengths[at], self._rests[at] = found.lengths, found.rests

    def _remove(self, gone: np.ndarray) -> None:
        """The last rows move into the places of those that go, and nothing of these stays."""
        n = self.size
        left = n - len(gone)
        holes = np.sort(gone[gone < left])
        last = np.setdiff1d(np.arange(left, n), gone)
        for name, _kind, _columns_of in _columns(self.dims):
            column = getattr(self, f"_{name}")
            column[holes] = column[last]
            column[left:n] = 0
        self._put(rows=left)

    def nearest(
        self, probe: np.ndarray, limit: int, scoring: Scoring, *, excluded: np.ndarray
    ) -> np.ndarray:
        """Where everyone is whom a search for an embedding (d,) would have among its first `limit`, in
        each of `scoring.groups`, and perhaps more; none of those at `excluded`."""
        n = self.size
        if not n:
            return np.empty(0, int)
        best, worst = self._bounds(probe, scoring)
        best[excluded] = worst[excluded] = np.inf
        found = []
        for rows in self._groups(scoring.groups):
            group_best, group_worst = (best, worst) if rows is None else (best[rows], worst[rows])
            near = np.flatnonzero(group_best <= _bound(group_worst, limit))
            found.append(near if rows is None else rows[near])
        rows = np.concatenate(found)
        return rows[np.isfinite(best[rows])]

    def _bounds(self, probe: np.ndarray, scoring: Scoring) -> tuple[np.ndarray, np.ndarray]:
        """How far each template is from the probe at least and at most, float32 (n,)."""
        n = self.size
        best = np.empty(n, np.float32)
        worst = np.empty(n, np.float32)
        if scoring.weights is None:
            for start in range(0, n, CHUNK):
                at = slice(start, min(start + CHUNK, n))
                best[at] = -scoring.logits(probe, self._templates[at])
            slack = ROUNDING * (1 + np.abs(best))
            return best - slack, best + slack
        u = probe.astype(np.float32) * np.sqrt(scoring.weights)
        code = encoded(u[None])
        step, length, rest = code.steps[0], code.lengths[0], code.rests[0]
        for start in range(0, n, CHUNK):
            at = slice(start, min(start + CHUNK, n))
            dots = np.asarray(numkong.cdist(code.codes, self._codes[at], "dot"))[0]
            steps, lengths, rests = self._steps[at], self._lengths[at], self._rests[at]
            squares = lengths * lengths
            squares += length * length
            far = dots.astype(np.float32)
            far *= steps
            far *= np.float32(-2 * step)
            far += squares
            squares *= np.float32(ROUNDING)
            squares += np.float32(2 * (length + rest)) * rests
            squares += np.float32(2 * rest) * lengths
            np.subtract(far, squares, out=best[at])
            np.add(far, squares, out=worst[at])
        return best, worst

    def _groups(self, groups: tuple[int, ...]) -> list[np.ndarray | None]:
        """The rows of each group that has some; None: all."""
        counts = self._counts[: self.size]
        if len(groups) < 2 or counts.max() <= groups[0]:
            return [None]
        of = np.searchsorted(np.asarray(groups), np.arange(groups[-1] + 1)).astype(np.uint8)
        numbers = of[np.minimum(counts, groups[-1])]
        rows = [np.flatnonzero(numbers == group) for group in range(len(groups))]
        return [found for found in rows if len(found)]

    def _get(self, name: str) -> int:
        return int(self._header[HEADER.index(name)])

    def _put(self, **values: int) -> None:
        for name, value in values.items():
            self._header[HEADER.index(name)] = value


def encoded(u: np.ndarray) -> Codes:
    """int8 codes (n, d) of float32 (n, d), the steps between them (n,), the lengths (n,), and how far what the
    codes mean is from the truth (n,)."""
    steps = np.maximum(u.max(axis=1), -u.min(axis=1)) / np.float32(CODES)
    codes = u * (1 / np.maximum(steps, np.float32(1e-30)))[:, None]
    np.rint(codes, out=codes)
    left = codes * steps[:, None]
    np.subtract(u, left, out=left)
    rests = np.sqrt(np.einsum("ij,ij->i", left, left)) * np.float32(1 + 1e-4)
    lengths = np.sqrt(np.einsum("ij,ij->i", u, u))
    return Codes(codes.astype(np.int8), steps, lengths, rests)


def _copy(column: np.ndarray, at: np.ndarray | slice) -> np.ndarray:
    """Of some rows; a slice by itself would be a view."""
    return column[at].copy() if isinstance(at, slice) else column[at]


def _bound(worst: np.ndarray, limit: int) -> np.float32:
    """A distance within which `limit` of these surely are, infinite where there are fewer. The best ones of
    parts stand for all: it may be a little more than the least such distance."""
    if limit >= len(worst):
        return np.float32(np.inf)
    whole = len(worst) // BEST_OF * BEST_OF
    if whole // BEST_OF > 4 * limit:
        worst = np.concatenate([worst[:whole].reshape(-1, BEST_OF).min(axis=1), worst[whole:]])
    return np.partition(worst, limit - 1)[limit - 1]


def _found(there: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Where those of `ids` are in `there`, each uint64 (n, 2). The first words are looked for, and the
    second ones only where they are found."""
    if not len(ids) or not len(there):
        return np.empty(0, int)
    near = np.flatnonzero(np.isin(there[:, 0], ids[:, 0]))
    wanted = set(map(tuple, ids.tolist()))
    kept = [tuple(pair) in wanted for pair in there[near].tolist()]
    return near[np.array(kept, bool)]


def _columns(dims: int) -> list[tuple[str, type, int]]:
    return [
        ("ids", np.uint64, 2),
        ("people", np.uint64, 2),
        ("counts", np.int32, 1),
        ("steps", np.float32, 1),
        ("lengths", np.float32, 1),
        ("rests", np.float32, 1),
        ("codes", np.int8, dims),
        ("templates", np.float32, dims),
    ]


def _whole(size: int) -> int:
    """The next whole number of pages."""
    return -(-size // PAGE) * PAGE


def _capacity(size: int, dims: int) -> int:
    each = sum(np.dtype(kind).itemsize * columns for _name, kind, columns in _columns(dims))
    rows = (size - PAGE) // each
    while rows and Matrix.bytes_for(rows, dims) > size:
        rows -= 1
    return rows
