"""System checks of the storage: its faults are reported at the start, not at the first upload."""

import os

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register


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
    if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return [
            Error(
                f"The folder for photos, {folder}, is not a folder that this user can write to.",
                hint="Set FACEVERIFY_MEDIA, or change the owner of the folder.",
                id="verification.E002",
            )
        ]
    return []
