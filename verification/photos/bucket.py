"""Sealed files as objects of a bucket of S3, which any number of machines share.

An object is there whole or not at all. Writes have conditions ("if there is none", "if it is still
this one"), in which AWS S3 and most servers like it agree since 2024; photos.checks refuses a server
that ignores them, and a bucket that keeps what is deleted. Reads come in windows.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO, cast

from botocore.config import Config
from botocore.handlers import add_expect_header
from django.utils import timezone
from storages.backends.s3 import S3Storage

from .bucket_errors import told
from .bucket_objects import WINDOW, SealedObject, UnfinishedObject
from .private import HIDDEN, UNFINISHED_SECONDS, StorageUnavailable
from .sealed_files import HEADER_BYTES, rewrapped
from .sealing import Keyring

AT_ONCE = 1000  # objects that one request can delete
CONFIG = Config(
    # A request waits for one attempt that is lost and one more: some 20 s at worst.
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=64,  # threads of a process
    tcp_keepalive=True,
    # Sealed bytes that were changed on their way do not open, and many servers know no checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class BucketStorage(S3Storage):
    """See PrivateStorage. Options as those of S3Storage."""

    is_far = True

    def __init__(self, **options: Any):
        style = "path" if options.get("endpoint_url") else "virtual"
        config = CONFIG.merge(Config(s3={"addressing_style": style}))
        super().__init__(client_config=config, default_acl=None, file_overwrite=True, **options)
        self._process, self._client = 0, None

    @property
    def client(self) -> Any:
        """One for all threads of a process, with its connections. A process that was forked makes its
        own: two must not use a connection at once."""
        if self._process != os.getpid() or self._client is None:
            with told():
                client = self._create_session().client(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
            # Otherwise each write asks first, and waits for the answer, whether it may send its bytes.
            client.meta.events.unregister("before-call.s3", add_expect_header)
            self._client, self._process = client, os.getpid()
        return self._client

    @property
    def place(self) -> str:
        below = f", below {self.location}" if self.location else ""
        return f"the bucket {self.bucket_name}{below}"

    def get_ready(self) -> None:
        """Half a second of processor time, once in a process."""
        _made = self.client

    def target(self, name: str) -> dict[str, str]:
        """The object of this name, as the client is told."""
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}

    def unfinished(self, name: str) -> UnfinishedObject:
        return UnfinishedObject(self, name)

    def open_sealed(self, name: str) -> BinaryIO:
        return cast(BinaryIO, SealedObject(self, name))

    def start_of(self, name: str, size: int) -> bytes:
        return SealedObject(self, name, window=size).read(size)

    def version(self, raw: BinaryIO) -> str:
        return cast(SealedObject, raw).version

    def rewrap(self, name: str, keyring: Keyring) -> bool:
        """By a copy with another header, which takes its place if nobody has deleted it meanwhile."""
        with self.open_sealed(name) as raw:
            header = rewrapped(raw.read(HEADER_BYTES), keyring, name)
            if header is None:
                return False
            new = self.unfinished(name)
            try:
                new.write(header)
                while piece := raw.read(WINDOW):
                    new.write(piece)
                return new.replace(name, self.version(raw))
            finally:
                new.discard()

    def names(self, folder: str = "", before: datetime | None = None) -> Iterator[str]:
        for found in self._below(f"{folder}/" if folder else ""):
            name = self._name(found["Key"])
            if any(part.startswith(HIDDEN) for part in name.split("/")):
                continue
            if before is None or found["LastModified"] < before:
                yield name

    def folders(self, root: str, after: str, most: int) -> tuple[list[str], bool]:
        # Behind all files of the folder: after the slash in their names comes the "0".
        objects = self._below(f"{root}/", after=f"{after}0" if after else "")
        names = [self._name(each["Key"]).split("/") for each in islice(objects, most)]
        found = dict.fromkeys("/".join(parts[:3]) for parts in names if len(parts) > 3)
        return list(found), len(names) == most

    def is_file(self, name: str) -> bool:
        return True

    def is_lost(self, folder: str) -> bool:
        """The bucket is gone: of a missing object and a missing bucket the same is said."""
        try:
            with told():
                self.client.head_bucket(Bucket=self.bucket_name)
        except OSError:
            return True
        return False

    def delete(self, name: str) -> None:
        target = self.target(name)
        with told():
            said = self.client.delete_object(**target)
        if said.get("VersionId") or said.get("DeleteMarker"):
            self._delete_versions(target["Key"])
        if self._is_there(name):
            raise StorageUnavailable("what was deleted is still there")

    def delete_folder(self, name: str) -> None:
        while True:
            folders, files = self.listdir(name)
            if files:
                for start in range(0, len(files), AT_ONCE):
                    self._delete_all(f"{name}/{file}" for file in files[start : start + AT_ONCE])
                continue  # until the server says itself that there is nothing
            if folders:
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
            return

    def _delete_all(self, names: Iterator[str]) -> None:
        keys = [{"Key": self.target(name)["Key"]} for name in names]
        with told():
            said = self.client.delete_objects(Bucket=self.bucket_name, Delete={"Objects": keys})
        for each in said.get("Deleted", []):
            if each.get("DeleteMarker") or each.get("VersionId"):
                self._delete_versions(each["Key"])
        if failed := said.get("Errors"):
            raise StorageUnavailable(str(failed[0].get("Code")))

    def _delete_versions(self, key: str) -> None:
        """Of a bucket that keeps what is deleted, in spite of the check at the start."""
        with told():
            pages = self.client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket_name, Prefix=key
            )
            for page in pages:
                for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    if each["Key"] == key:
                        self.client.delete_object(
                            Bucket=self.bucket_name, Key=key, VersionId=each["VersionId"]
                        )

    def delete_unfinished(self) -> int:
        """Uploads of parts that nobody goes on with, and probes."""
        before = timezone.now() - timedelta(seconds=UNFINISHED_SECONDS)
        deleted = 0
        with told():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket_name, Prefix=self._prefix("")
            )
            for upload in (each for page in pages for each in page.get("Uploads", [])):
                if upload["Initiated"] < before:
                    with suppress(FileNotFoundError), told():
                        self.client.abort_multipart_upload(
                            Bucket=self.bucket_name, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        deleted += 1
        for found in self._below(HIDDEN):
            if found["LastModified"] < before:
                self.delete(self._name(found["Key"]))
                deleted += 1
        return deleted

    def probe(self) -> None:
        name = f"{HIDDEN}health-{secrets.token_hex(8)}"
        try:
            self.put(name, b"\0")
        finally:
            with told():
                self.client.delete_object(**self.target(name))

    def put(self, name: str, data: bytes, **conditions: str) -> str:
        """Store an object in one request; its version."""
        with told(name):
            return self.client.put_object(**self.target(name), Body=data, **conditions)["ETag"]

    def exists(self, name: str) -> bool:
        return self._is_there(name) or next(self._below(f"{name}/", most=1), None) is not None

    def _is_there(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def _head(self, name: str) -> dict[str, Any]:
        with told(name):
            return self.client.head_object(**self.target(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folder = self._prefix(f"{path}/" if path else "")
        folders: list[str] = []
        files: list[str] = []
        with told():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket_name, Prefix=folder, Delimiter="/"
            )
            for page in pages:
                found = (each["Prefix"] for each in page.get("CommonPrefixes", []))
                folders += [each.removeprefix(folder).rstrip("/") for each in found]
                keys = (each["Key"].removeprefix(folder) for each in page.get("Contents", []))
                files += [key for key in keys if key]
        return folders, files

    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        try:
            return self._head(name)["LastModified"]
        except FileNotFoundError:
            last = max((found["LastModified"] for found in self._below(f"{name}/")), default=None)
            if last is None:
                raise
            return last

    def _below(self, start: str, most: int = AT_ONCE, after: str = "") -> Iterator[dict[str, Any]]:
        """Every object whose name begins like this, in the order of their names; of `after`, those that
        come later. So many in each request."""
        begin = {"StartAfter": self._prefix(after)} if after else {}
        with told():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket_name,
                Prefix=self._prefix(start),
                PaginationConfig={"PageSize": most},
                **begin,
            )
            for page in pages:
                yield from page.get("Contents", [])

    def _prefix(self, start: str) -> str:
        return f"{self.location}/{start}" if self.location else start

    def _name(self, key: str) -> str:
        return key.removeprefix(self._prefix(""))
