"""A real server of S3 for tests: moto's, in a thread, on a free port."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import boto3

from tests.support.servers import answers, eventually, fail_without_marker, free_port

BUCKET = "photos"
ACCESS, SECRET = "an-access-key", "a-secret-key"


class S3Server:
    """A server with an empty bucket. What it holds stays there while it is stopped."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: Any = None

    def start(self) -> "S3Server":
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        eventually(lambda: answers(self.port), "the server of S3")
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nobody answers meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def client(self) -> Any:
        """What an operator's own tool sees."""
        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id=ACCESS,
            aws_secret_access_key=SECRET, region_name="us-east-1",
        )  # fmt: skip

    def bucket(self, name: str) -> str:
        """A new, empty one."""
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str = BUCKET) -> list[str]:
        found = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [each["Key"] for page in found for each in page.get("Contents", [])]

    def environment(self, bucket: str = BUCKET, prefix: str = "") -> dict[str, str]:
        """The settings of a site that keeps its files there."""
        return {
            "FACEVERIFY_S3_BUCKET": bucket,
            "FACEVERIFY_S3_ENDPOINT": self.url,
            "FACEVERIFY_S3_ACCESS_KEY": ACCESS,
            "FACEVERIFY_S3_SECRET_KEY": SECRET,
            "FACEVERIFY_S3_PREFIX": prefix,
        }

    def options(self, bucket: str = BUCKET, prefix: str = "") -> dict[str, Any]:
        """The same, as an entry of STORAGES."""
        return {
            "BACKEND": "verification.photos.bucket.BucketStorage",
            "OPTIONS": {
                "bucket_name": bucket, "endpoint_url": self.url, "region_name": "us-east-1",
                "access_key": ACCESS, "secret_key": SECRET, "location": prefix,
            },
        }  # fmt: skip


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    fail_without_marker()
    server = S3Server().start()
    try:
        yield server
    finally:
        server.stop()
