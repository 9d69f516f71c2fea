"""Where sealed files are kept: a folder, or a bucket of S3."""

import re

from django.core.exceptions import ImproperlyConfigured

from .. import env
from .paths import MEDIA_ROOT

FACEVERIFY_S3_BUCKET = env.text("FACEVERIFY_S3_BUCKET")
FACEVERIFY_S3_ENDPOINT = env.text("FACEVERIFY_S3_ENDPOINT")
FACEVERIFY_S3_REGION = env.text("FACEVERIFY_S3_REGION")
FACEVERIFY_S3_ACCESS_KEY = env.text("FACEVERIFY_S3_ACCESS_KEY")
FACEVERIFY_S3_SECRET_KEY = env.text("FACEVERIFY_S3_SECRET_KEY")
FACEVERIFY_S3_PREFIX = env.text("FACEVERIFY_S3_PREFIX").strip("/")

if not FACEVERIFY_S3_BUCKET and (FACEVERIFY_S3_ENDPOINT or FACEVERIFY_S3_ACCESS_KEY):
    raise ImproperlyConfigured(
        "FACEVERIFY_S3_ENDPOINT and FACEVERIFY_S3_ACCESS_KEY need FACEVERIFY_S3_BUCKET, the name of the bucket."
    )
if FACEVERIFY_S3_BUCKET and not re.fullmatch(
    r"[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]", FACEVERIFY_S3_BUCKET
):
    raise ImproperlyConfigured(
        f"FACEVERIFY_S3_BUCKET={FACEVERIFY_S3_BUCKET!r}: must be the name of a bucket alone, without an address."
    )
if FACEVERIFY_S3_ENDPOINT and not re.fullmatch(r"https?://[^/\s?#@]+/?", FACEVERIFY_S3_ENDPOINT):
    raise ImproperlyConfigured(
        "FACEVERIFY_S3_ENDPOINT: must be an address as https://s3.example.org, without a path, a user or a password."
    )
if bool(FACEVERIFY_S3_ACCESS_KEY) != bool(FACEVERIFY_S3_SECRET_KEY):
    raise ImproperlyConfigured(
        "FACEVERIFY_S3_ACCESS_KEY and FACEVERIFY_S3_SECRET_KEY belong together: set both, or none."
    )

IN_FOLDER = {
    "BACKEND": "verification.photos.folder.FolderStorage",
    "OPTIONS": {
        "location": str(MEDIA_ROOT),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
IN_BUCKET = {
    "BACKEND": "verification.photos.bucket.BucketStorage",
    "OPTIONS": {
        "bucket_name": FACEVERIFY_S3_BUCKET,
        "endpoint_url": FACEVERIFY_S3_ENDPOINT or None,
        "region_name": FACEVERIFY_S3_REGION or ("us-east-1" if FACEVERIFY_S3_ENDPOINT else None),
        "access_key": FACEVERIFY_S3_ACCESS_KEY or None,
        "secret_key": FACEVERIFY_S3_SECRET_KEY or None,
        "location": FACEVERIFY_S3_PREFIX,
    },
}
# What the encrypted storage writes to.
STORAGE_BELOW = IN_BUCKET if FACEVERIFY_S3_BUCKET else IN_FOLDER
