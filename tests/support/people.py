"""People and photos in each state, for tests of pages that run no worker."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.support.found_faces import compared, face
from tests.support.photos import photo
from verification.gallery import services
from verification.models import Anchor, Person


def person(owner: User, name: str = "Ada", **fields) -> Person:
    return services.person_create(owner=owner, name=name, **fields)


def anchor(person: Person, state: str = "ready", *, seed: int = 1, **values) -> Anchor:
    """A stored photo of a person in `state`; `values` are columns.

    In one transaction: a worker that is running sees the row in that state only.
    """
    with transaction.atomic():
        return _anchor(person, state, seed, values)


def _anchor(person: Person, state: str, seed: int, values: dict[str, Any]) -> Anchor:
    row = services.anchor_add(person=person, data=photo(seed), file_name=f"photo-{seed}.jpg")
    now = timezone.now()
    columns: dict[str, dict[str, Any]] = {
        "pending": {},
        "running": {
            "claim_token": uuid4(),
            "lease_expires_at": now + timedelta(hours=1),
            "attempts": 1,
        },
        "ready": {"face": compared(), "quality": 1.0, "model_sha256": "a" * 64},
        "refused": {
            "refusal_code": "no_face_found",
            "refusal_detail": "No face was found in the photo.",
            "refusal_remedy": "Use a photo that shows one face from the front.",
        },
        "several": {
            "refusal_code": "several_faces",
            "refusal_detail": "The photo shows 2 faces.",
            "refusal_remedy": "Choose one of them.",
            "refusal_faces": [face(0), face(1, 36.0)],
        },
        "failed": {"failure_code": "worker_lost"},
    }
    extra = columns[state]
    if state == "ready":
        row.crop.save("crop", ContentFile(photo(seed)), save=False)
        extra["crop"] = row.crop.name
    if state not in ("pending", "running"):
        extra |= {"finished_at": now}
    extra |= {"state": "refused" if state == "several" else state}
    Anchor.objects.filter(pk=row.pk).update(**extra | values)
    row.refresh_from_db()
    if state == "ready" and not person.cover_id:
        services.person_set_cover(person=person, anchor=row)
    return row


def upload(
    seed: int = 1, *, name: str = "ada.jpg", data: bytes | None = None
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(seed) if data is None else data)


def words(answer) -> str:
    """What a page says, without its tags and line breaks."""
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())
