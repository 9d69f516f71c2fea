"""Whether a bucket does what the storage relies on; looked at by the system checks."""

import secrets
from collections.abc import Iterator
from typing import cast

from django.core.checks import CheckMessage, Error, Warning

from .bucket import BucketStorage
from .bucket_errors import ConditionNotMet, told
from .private import HIDDEN, PrivateStorage, StorageUnavailable

NOBODYS = '"00000000000000000000000000000000"'  # a version that no object has


def problems(storage: PrivateStorage) -> Iterator[CheckMessage]:
    """Raises StorageUnavailable and FileNotFoundError where nothing can be written or read at all."""
    bucket = cast(BucketStorage, storage)
    name = f"{HIDDEN}check-{secrets.token_hex(8)}"
    try:
        bucket.put(name, b"first", IfNoneMatch="*")
        for condition in ({"IfNoneMatch": "*"}, {"IfMatch": NOBODYS}):
            try:
                bucket.put(name, b"second", **condition)
            except ConditionNotMet:
                continue
            yield Error(
                f"{bucket.place} ignores conditions of writes ({next(iter(condition))}): two processes "
                "could overwrite each other's files, and what was erased could come back.",
                hint="Use a server that knows conditional writes, as AWS S3, MinIO, Ceph and R2 do.",
                id="verification.E005",
            )
        list(bucket.names(HIDDEN))
    finally:
        bucket.delete(name)
    yield from _versions(bucket)


def _versions(bucket: BucketStorage) -> Iterator[CheckMessage]:
    try:
        with told():
            said = bucket.client.get_bucket_versioning(Bucket=bucket.bucket_name)
    except StorageUnavailable:
        yield Warning(
            f"It is not known whether {bucket.place} keeps versions of what is deleted.",
            hint="Allow s3:GetBucketVersioning, or see to it yourself that versioning is off.",
            id="verification.W001",
        )
        return
    if said.get("Status") in ("Enabled", "Suspended"):
        yield Error(
            f"{bucket.place} keeps versions: photos that were erased could still be read there.",
            hint="Use a bucket in which versioning was never switched on.",
            id="verification.E006",
        )
