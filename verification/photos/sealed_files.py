"""The format of a sealed file: written and read as a stream, a chunk in memory at a time.

    header   8 bytes   the mark FVS, version 1, the size of a chunk (big-endian)
    slots    2 x 68    each: key id 8, nonce 12, wrapped data key 32 + tag 16; one is in use,
                       the other is zero
    chunks             each: at most the size of a chunk, + tag 16

Every file has a random data key of its own, wrapped by the newest of the configured keys. What is
authenticated with it are the header and the file's name, so that no file can be put in another's
place. The nonce of a chunk is its number and whether it is the last one: chunks that are missing at
the end, swapped or repeated do not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
Vizár, "Online authenticated-encryption and its nonce-reuse misuse-resistance", 2015).

A new configured key costs no more than a new slot (`rewrap`): the second slot is written before the
first is emptied, so that a process killed in between, or one that reads meanwhile, finds a valid one.
"""

import io
import os
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .sealing import ID_BYTES, NONCE_BYTES, TAG_BYTES, FileUnreadable, Keyring
from .seeking import Seeking

MARK = b"FVS\x01"
CHUNK = 64 * 1024
PREFIX_BYTES = len(MARK) + 4
SLOT_BYTES = ID_BYTES + NONCE_BYTES + 32 + TAG_BYTES
HEADER_BYTES = PREFIX_BYTES + 2 * SLOT_BYTES
EMPTY_SLOT = bytes(SLOT_BYTES)


def _prefix(chunk: int) -> bytes:
    return MARK + chunk.to_bytes(4, "big")


def _slot(keyring: Keyring, data_key: bytes, prefix: bytes, name: str) -> bytes:
    key, nonce = keyring.newest, os.urandom(NONCE_BYTES)
    return key.id + nonce + key.files.encrypt(nonce, data_key, prefix + name.encode())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])


def is_sealed(start: bytes) -> bool:
    """Whether a file that begins like this has this format; those of earlier versions are Fernet
    tokens."""
    return start.startswith(MARK)


class SealedWriter(io.RawIOBase):
    """Written once, from front to back; `size` bytes so far. The file has its name, and can be opened,
    once `finish` has given it one."""

    def __init__(self, raw: BinaryIO, keyring: Keyring, chunk: int = CHUNK):
        super().__init__()
        self.size = 0
        self._raw, self._keyring, self._chunk = raw, keyring, chunk
        self._data_key = AESGCM.generate_key(256)
        self._cipher = AESGCM(self._data_key)
        self._buffer = bytearray()
        self._number = 0
        raw.write(bytes(HEADER_BYTES))

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.size += len(view)
        self._buffer += view
        at = 0
        # The last chunk is written by `seal_end` alone, which knows that it is the last.
        while len(self._buffer) - at > self._chunk:
            self._write_chunk(bytes(self._buffer[at : at + self._chunk]), last=False)
            at += self._chunk
        del self._buffer[:at]
        return len(view)

    def seal_end(self) -> None:
        """Write what is left. Nothing can be added afterwards."""
        self._write_chunk(bytes(self._buffer), last=True)
        self._buffer.clear()

    def seal_header(self, name: str) -> None:
        """Give the file its name; it may be given another one as long as nobody reads it."""
        prefix = _prefix(self._chunk)
        slot = _slot(self._keyring, self._data_key, prefix, name)
        self._raw.seek(0)
        self._raw.write(prefix + slot + EMPTY_SLOT)
        self._raw.flush()

    def _write_chunk(self, data: bytes, *, last: bool) -> None:
        self._raw.write(self._cipher.encrypt(_nonce(self._number, last=last), data, None))
        self._number += 1


class SealedReader(Seeking):
    """A sealed file, seekable; `size` bytes long. Making and reading it raises FileUnreadable.

    Closing it closes `raw`.
    """

    def __init__(self, raw: BinaryIO, keyring: Keyring, name: str):
        super().__init__()
        self._raw, self.name = raw, name
        self._kept: tuple[int, bytes] = (-1, b"")
        header = _header(raw)
        self._chunk = int.from_bytes(header[len(MARK) : PREFIX_BYTES], "big")
        opened = _open_slots(header, keyring, name) or _open_slots(_header(raw), keyring, name)
        if opened is None or not self._chunk:
            raise self._unreadable()
        self._cipher = AESGCM(opened[1])
        sealed = raw.seek(0, io.SEEK_END) - HEADER_BYTES
        self._chunks = max(1, -(-sealed // (self._chunk + TAG_BYTES)))
        self.size = sealed - self._chunks * TAG_BYTES
        last = self.size - (self._chunks - 1) * self._chunk
        if last < 0 or (last == 0 and self._chunks > 1):
            raise self._unreadable()  # cut off: reading to the end would not touch the last chunk

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size and self.size:
            return 0
        number, start = divmod(self._at, self._chunk)
        piece = self._read_chunk(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        pieces: list[bytes] = []
        while self._at < self.size or not pieces:
            number, start = divmod(self._at, self._chunk)
            pieces.append(self._read_chunk(number)[start:])
            self._at += len(pieces[-1])
            if not pieces[-1]:
                break
        return b"".join(pieces)

    def _read_chunk(self, number: int) -> bytes:
        if number >= self._chunks:
            return b""
        if self._kept[0] != number:
            sealed = self._chunk + TAG_BYTES
            self._raw.seek(HEADER_BYTES + number * sealed)
            last = number == self._chunks - 1
            try:
                data = self._cipher.decrypt(_nonce(number, last=last), self._raw.read(sealed), None)
            except (InvalidTag, ValueError):
                raise self._unreadable() from None
            self._kept = (number, data)
        return self._kept[1]

    def _unreadable(self) -> FileUnreadable:
        return FileUnreadable(f"{self.name} cannot be decrypted with the configured keys.")


def rewrap(raw: BinaryIO, keyring: Keyring, name: str) -> bool:
    """Have a sealed file, opened for reading and writing without a buffer, need the newest key alone;
    False if it does already. What it holds stays as it is. Raises FileUnreadable."""
    header = _header(raw)
    opened = _open_slots(header, keyring, name)
    if opened is None:
        raise FileUnreadable(f"{name} cannot be decrypted with the configured keys.")
    used, data_key = opened
    slots, other = _slots(header), 1 - opened[0]
    if slots[used][:ID_BYTES] != keyring.newest.id:
        _write_slot(raw, other, _slot(keyring, data_key, header[:PREFIX_BYTES], name))
        _write_slot(raw, used, EMPTY_SLOT)
        return True
    if slots[other] != EMPTY_SLOT:  # a rewrapping that was cut off
        _write_slot(raw, other, EMPTY_SLOT)
        return True
    return False


def rewrapped(header: bytes, keyring: Keyring, name: str) -> bytes | None:
    """The header that a sealed file with this one needs to have to need the newest key alone; None if it
    does already. Raises FileUnreadable."""
    opened = _open_slots(header, keyring, name)
    if opened is None:
        raise FileUnreadable(f"{name} cannot be decrypted with the configured keys.")
    if needs_only(header, keyring.newest.id):
        return None
    prefix = header[:PREFIX_BYTES]
    return prefix + _slot(keyring, opened[1], prefix, name) + EMPTY_SLOT


def sealed_size(size: int) -> int:
    """Of so many bytes, once they are sealed."""
    return HEADER_BYTES + size + TAG_BYTES * max(1, -(-size // CHUNK))


def needs_only(start: bytes, id: bytes) -> bool:
    """Whether a file with this header opens with the key of this id and with no other."""
    if len(start) < HEADER_BYTES or not is_sealed(start):
        return False
    ids = [slot[:ID_BYTES] for slot in _slots(start) if slot != EMPTY_SLOT]
    return ids == [id]


def _write_slot(raw: BinaryIO, number: int, slot: bytes) -> None:
    raw.seek(PREFIX_BYTES + number * SLOT_BYTES)
    raw.write(slot)
    _sync(raw)


def _sync(raw: BinaryIO) -> None:
    raw.flush()
    os.fsync(raw.fileno())


def _header(raw: BinaryIO) -> bytes:
    raw.seek(0)
    return raw.read(HEADER_BYTES)


def _slots(header: bytes) -> list[bytes]:
    return [header[PREFIX_BYTES + number * SLOT_BYTES :][:SLOT_BYTES] for number in range(2)]


def _open_slots(header: bytes, keyring: Keyring, name: str) -> tuple[int, bytes] | None:
    """The number of a slot that opens, the newest key's first, and the data key in it."""
    if len(header) < HEADER_BYTES or not is_sealed(header):
        return None
    prefix, slots = header[:PREFIX_BYTES], _slots(header)
    for key in keyring.keys:
        for number, slot in enumerate(slots):
            if slot[:ID_BYTES] != key.id:
                continue
            nonce, wrapped = slot[ID_BYTES:][:NONCE_BYTES], slot[ID_BYTES + NONCE_BYTES :]
            try:
                return number, key.files.decrypt(nonce, wrapped, prefix + name.encode())
            except InvalidTag:
                continue
    return None
