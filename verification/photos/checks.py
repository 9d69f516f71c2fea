"""System checks of the storage: its faults are reported at the start, not at the first upload."""

import os

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from .private import StorageUnavailable, private_storage


@register(Tags.security)
def check_file_keys(app_configs, **kwargs) -> list[Error]:
    errors = []
    for number, key in enumerate(settings.FACEVERIFY_FILE_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            errors.append(
                Error(
                    f"Key {number} of FACEVERIFY_FILE_KEYS is not a Fernet key.",
                    hint="Make one with: python -c 'from cryptography.fernet import Fernet; "
                    "print(Fernet.generate_key().decode())'",
                    id="verification.E001",
                )
            )
    if not settings.FACEVERIFY_FILE_KEYS:
        errors.append(Error("FACEVERIFY_FILE_KEYS is empty.", id="verification.E001"))
    return errors


@register(Tags.files)
def check_media_folder(app_configs, **kwargs) -> list[Error]:
    folder = settings.MEDIA_ROOT
    if settings.FACEVERIFY_S3_BUCKET:
        return []
    if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return [
            Error(
                f"The folder for photos, {folder}, is not a folder that this user can write to.",
                hint="Set FACEVERIFY_MEDIA, or change the owner of the folder.",
                id="verification.E002",
            )
        ]
    return []


@register(Tags.files)
def check_bucket(app_configs, **kwargs) -> list[CheckMessage]:
    """That the bucket can be used for what it is there for."""
    if not settings.FACEVERIFY_S3_BUCKET:
        return []
    from .bucket_check import problems  # with boto3, which nothing else needs

    try:
        return list(problems(private_storage()))
    except (StorageUnavailable, FileNotFoundError) as error:
        return [
            Error(
                f"Nothing can be written to {private_storage().place}: {error.strerror}.",
                hint="Check FACEVERIFY_S3_ENDPOINT, FACEVERIFY_S3_REGION, the keys, and what they may do: "
                "docs/deploy.md says what is needed.",
                id="verification.E004",
            )
        ]
