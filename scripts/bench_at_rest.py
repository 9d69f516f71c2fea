"""What encrypting costs: files and values sealed as they are now, and as Fernet did it in earlier versions; and what
searching names would cost if the database held them encrypted.

    python scripts/bench_at_rest.py

Needs no installation: everything is made up, in memory. Prints CPU time, which a busy machine does not change.
"""

import io
import os
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.fernet import Fernet

from verification.photos.sealed_files import SealedReader, SealedWriter
from verification.photos.sealing import Keyring

KB, MB = 1000, 1000**2
NAMES = 10_000
SYLLABLES = [
    "an",
    "bel",
    "cor",
    "da",
    "el",
    "fi",
    "gu",
    "ha",
    "il",
    "jo",
    "ka",
    "lu",
    "mi",
    "no",
    "or",
    "pe",
    "qui",
    "ra",
    "si",
    "to",
    "ul",
    "va",
    "wi",
    "xa",
    "yo",
    "zo",
]


def main() -> None:
    text = Fernet.generate_key().decode()
    fernet, keyring = Fernet(text), Keyring((text,))
    print("size of what is stored: bytes now / with Fernet; milliseconds of CPU")
    for what, size, repeat in [
        ("embedding", 512, 2000),
        ("photo", 100 * KB, 100),
        ("ZIP", 64 * MB, 3),
    ]:
        data = os.urandom(size)
        seal, unseal = _ways(keyring, data, whole=what == "embedding")
        now, before = seal(), fernet.encrypt(data)
        assert unseal(now) == fernet.decrypt(before) == data
        times = [
            milliseconds(repeat, seal),
            milliseconds(repeat, partial(fernet.encrypt, data)),
            milliseconds(repeat, partial(unseal, now)),
            milliseconds(repeat, partial(fernet.decrypt, before)),
        ]
        print(
            f"{what}, {size:,} bytes: stored {len(now):,} / {len(before):,} ({len(before) / len(now):.2f} times); "
            f"write {times[0]:.3f} / {times[1]:.3f} ({times[1] / times[0]:.0f} times); "
            f"read {times[2]:.3f} / {times[3]:.3f} ({times[3] / times[2]:.0f} times)"
        )
    search(keyring)


def _ways(
    keyring: Keyring, data: bytes, *, whole: bool
) -> tuple[Callable[[], bytes], Callable[[bytes], bytes]]:
    """How this is written and read: as a value of the database, or as a file."""
    if whole:
        return partial(keyring.encrypt, data), keyring.decrypt
    return partial(sealed, keyring, data), partial(opened, keyring)


def sealed(keyring: Keyring, data: bytes) -> bytes:
    raw = io.BytesIO()
    writer = SealedWriter(raw, keyring)
    writer.write(data)
    writer.seal_end()
    writer.seal_header("name")
    return raw.getvalue()


def opened(keyring: Keyring, stored: bytes) -> bytes:
    return SealedReader(io.BytesIO(stored), keyring, "name").read()


def search(keyring: Keyring) -> None:
    """The first page of 50 people whose name holds three letters, in order, among NAMES people."""
    draw = random.Random(1)
    names = ["".join(draw.choices(SYLLABLES, k=4)).title() for _ in range(NAMES)]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, sealed BLOB)")
    database.execute("CREATE TABLE trigram (mark BLOB, person INTEGER)")
    for number, name in enumerate(names):
        sealed_name = keyring.encrypt(name.encode())
        database.execute("INSERT INTO person VALUES (?, ?, ?)", (number, name, sealed_name))
        marks = [(keyring.newest.mac(part.encode())[:8], number) for part in trigrams(name)]
        database.executemany("INSERT INTO trigram VALUES (?, ?)", marks)
    database.execute("CREATE INDEX by_mark ON trigram (mark)")
    database.execute("CREATE INDEX by_name ON person (name)")
    wanted = names[77][1:4].lower()
    mark = keyring.newest.mac(wanted.encode())[:8]

    def plain() -> list[str]:
        query = "SELECT name FROM person WHERE name LIKE ? ORDER BY name LIMIT 50"
        return [name for (name,) in database.execute(query, (f"%{wanted}%",))]

    def decrypted() -> list[str]:
        rows = database.execute("SELECT sealed FROM person")
        every = (keyring.decrypt(value).decode() for (value,) in rows)
        return sorted(name for name in every if wanted in name.lower())[:50]

    def by_trigrams() -> list[str]:
        query = "SELECT sealed FROM person JOIN trigram ON person = id WHERE mark = ?"
        rows = database.execute(query, (mark,))
        return sorted(keyring.decrypt(value).decode() for (value,) in rows)[:50]

    def first_page() -> list[str]:
        query = "SELECT name FROM person ORDER BY name LIMIT 50"
        return [name for (name,) in database.execute(query)]

    def first_page_decrypted() -> list[str]:
        rows = database.execute("SELECT sealed FROM person")
        return sorted(keyring.decrypt(value).decode() for (value,) in rows)[:50]

    assert plain() == decrypted() == by_trigrams() and first_page() == first_page_decrypted()
    print(f"a page of {NAMES:,} people, milliseconds of CPU")
    for what, look in {
        "search, names in the clear": plain,
        "search, all names decrypted": decrypted,
        "search, index of trigrams": by_trigrams,
        "first page, names in the clear": first_page,
        "first page, all names decrypted": first_page_decrypted,
    }.items():
        print(f"{what}: {milliseconds(20, look):.2f}")


def trigrams(name: str) -> set[str]:
    low = name.lower()
    return {low[at : at + 3] for at in range(len(low) - 2)}


def milliseconds(repeat: int, work: Callable[[], object]) -> float:
    """The median of five runs."""
    runs = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(repeat):
            work()
        runs.append((time.process_time() - began) / repeat * 1000)
    return statistics.median(runs)


if __name__ == "__main__":
    main()
