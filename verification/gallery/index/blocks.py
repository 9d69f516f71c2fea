"""Blocks: the numbers of some thousand rows, sealed together, as a process reads them that has none yet."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import BinaryField, Q
from django.db.models.functions import Substr

from ...photos.sealing import ID_BYTES, VALUE_MARK, cipher
from ..block_models import PREFIX_BITS, PREFIXES, Departure, TemplateBlock
from ..gallery_models import Gallery
from .matrix import Codes, Rows
from .rows import Source

ROWS = 4096  # of a block, about


@dataclass(frozen=True)
class Block:
    """Rows with the ids that begin with `first` to `last`, as of a version of the gallery."""

    first: int
    last: int
    sequence: int
    rows: Rows


@dataclass(frozen=True)
class Part:
    """A part of all ids, and how many rows a block has of it; None: there is no block."""

    first: int
    last: int
    rows: int | None


def read_blocks(source: Source) -> Iterator[Block]:
    """Those that are there, open and overlap with none before; others are deleted."""
    end, damaged = -1, []
    # One at a time: they are large, and not every database hands rows out before it has read all.
    for pk in list(_blocks(source).order_by("first").values_list("pk", flat=True)):
        block = TemplateBlock.objects.filter(pk=pk).first()
        if block is None:  # deleted a moment ago
            continue
        rows = _opened(source, block) if block.first > end else None
        if rows is None:
            damaged.append(block.pk)
            continue
        end = block.last
        yield Block(block.first, block.last, block.sequence, rows)
    if damaged:
        TemplateBlock.objects.filter(pk__in=damaged).delete()


def parts_of(source: Source, rows: int) -> list[Part]:
    """All ids in parts, each a block or what lies between two; as many as it takes for so many rows."""
    width = PREFIXES >> min(max(int(rows - 1) // ROWS, 0).bit_length(), PREFIX_BITS)
    parts, start = [], 0
    there = _blocks(source).order_by("first").values_list("first", "last", "rows")
    for first, last, stored in list(there):
        parts += _gap(start, first - 1, width)
        parts.append(Part(first, last, stored))
        start = last + 1
    return parts + _gap(start, PREFIXES - 1, width)


def expected_rows(source: Source) -> int:
    """How many rows the blocks have."""
    return sum(_blocks(source).values_list("rows", flat=True))


def write_block(source: Source, first: int, last: int, sequence: int, rows: Rows) -> bool:
    """Store a part of the ids in place of the blocks that it overlaps with. False, with nothing written,
    where somebody has left that part since the version that the rows are of."""
    sealed = cipher().encrypt(_packed(rows), _name(source, first, last, sequence))
    with transaction.atomic():
        # Whoever deletes somebody raises the version after it, and deletes the block then if it is
        # written before.
        gallery = Gallery.objects.select_for_update(no_key=True).filter(pk=source.gallery).first()
        since = Departure.objects.filter(
            Q(sequence=None) | Q(sequence__gt=sequence),
            gallery=source.gallery, kind=source.kind, prefix__range=(first, last),
        )  # fmt: skip
        if gallery is None or since.exists():
            return False
        _blocks(source).filter(first__lte=last, last__gte=first).delete()
        TemplateBlock.objects.create(
            gallery_id=source.gallery,
            kind=source.kind,
            model_sha256=source.model_sha256,
            first=first,
            last=last,
            sequence=sequence,
            rows=len(rows),
            data=sealed,
        )
    return True


def delete_blocks_of_former_keys() -> None:
    """They are made again, sealed with the newest key, when they are missing."""
    keyring = cipher()
    head = Substr("data", 1, len(VALUE_MARK) + ID_BYTES, output_field=BinaryField())
    heads = TemplateBlock.objects.annotate(head=head).values_list("pk", "head")
    former = [pk for pk, begin in heads if not keyring.is_newest(bytes(begin))]
    TemplateBlock.objects.filter(pk__in=former).delete()


def _blocks(source: Source):
    return TemplateBlock.objects.filter(
        gallery=source.gallery, kind=source.kind, model_sha256=source.model_sha256
    )


def _gap(start: int, end: int, width: int) -> list[Part]:
    """Whole blocks of this width, as far as they fit between two others."""
    parts = []
    while start <= end:
        last = min((start // width + 1) * width - 1, end)
        parts.append(Part(start, last, None))
        start = last + 1
    return parts


def _name(source: Source, first: int, last: int, sequence: int) -> bytes:
    """What a block is sealed as: it opens in no other's place."""
    parts = (source.gallery, source.kind, source.model_sha256, first, last, sequence)
    return "block 1 {}".format(" ".join(map(str, parts))).encode()


def _opened(source: Source, block: TemplateBlock) -> Rows | None:
    name = _name(source, block.first, block.last, block.sequence)
    try:
        return _unpacked(cipher().decrypt(bytes(block.data), name))
    except (InvalidToken, ValueError):
        return None


def _packed(rows: Rows) -> bytes:
    assert rows.codes
    sizes = np.array([len(rows), rows.templates.shape[1]], "<u4")
    columns = (
        (rows.ids, "<u8"),
        (rows.people, "<u8"),
        (rows.counts, "<i4"),
        (rows.codes.steps, "<f4"),
        (rows.codes.lengths, "<f4"),
        (rows.codes.rests, "<f4"),
        (rows.templates, "<f4"),
        (rows.codes.codes, "i1"),
    )
    return sizes.tobytes() + b"".join(
        np.ascontiguousarray(column, kind).tobytes() for column, kind in columns
    )


def _unpacked(packed: bytes) -> Rows:
    """Raises ValueError."""
    count, dims = (int(size) for size in np.frombuffer(packed, "<u4", 2))
    at = 8

    def column(kind: str, columns: int = 1) -> np.ndarray:
        nonlocal at
        found = np.frombuffer(packed, kind, count * columns, at)
        at += found.nbytes
        return found if columns == 1 else found.reshape(count, columns)

    ids, people, counts = column("<u8", 2), column("<u8", 2), column("<i4")
    steps, lengths, rests = column("<f4"), column("<f4"), column("<f4")
    templates, codes = column("<f4", dims), column("i1", dims)
    templates, codes = templates.reshape(count, dims), codes.reshape(count, dims)
    return Rows(ids, people, templates, counts, Codes(codes, steps, lengths, rests))
