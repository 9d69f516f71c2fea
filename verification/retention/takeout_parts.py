"""The parts of a download of everything: which rows, in which file, and what that file is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Field, FileField, Model

from . import erased


@dataclass(frozen=True)
class TakeoutPart:
    """The rows of a model that belong to an owner. `owner` is the way to the owner's id; `secret`
    columns are left out, as are encrypted ones and the paths of files."""

    file: str
    model: str
    says: str
    owner: str = "owner"
    secret: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # only these


RUN = (
    "claim_token", "claimed_by", "lease_expires_at", "attempts", "enqueued_at", "due_at",
    "submission_key", "submission_digest",
)  # fmt: skip

PARTS = (
    TakeoutPart(
        "account.json", "accounts.User", "your account and its email address", "pk",
        ("password",),
    ),
    TakeoutPart("account-addresses.json", "account.EmailAddress", "your email addresses", "user"),
    TakeoutPart(
        "account-keys.json", "accounts.ApiKey",
        "your API keys: names, scopes, when they were used; never the secrets", secret=("digest",),
    ),
    TakeoutPart("galleries-of-others.json", "verification.Membership", "galleries that are shared with you", "user"),
    TakeoutPart(
        "galleries-invitations.json", "verification.GalleryInvitation", "whom you have invited to galleries",
        "invited_by",
    ),
    TakeoutPart("galleries.json", "verification.Gallery", "your galleries"),
    TakeoutPart("people.json", "verification.Person", "the people of your gallery, with notes, tags and consent"),
    TakeoutPart("people-photos.json", "verification.Anchor", "their photos: what was found in each", secret=(*RUN, "is_bulk")),
    TakeoutPart("people-sightings.json", "verification.Sighting", "which verdicts say that a photo shows them"),
    TakeoutPart("people-unknown.json", "verification.FaceGathering", "which faces of group photos nobody is", secret=RUN),
    TakeoutPart("people-suggestions.json", "verification.Suggestion", "people who may be the same"),
    TakeoutPart("people-changes.json", "verification.Change", "what you can still undo"),
    TakeoutPart(
        "people-changes-of-many.json", "verification.BulkChange", "what you had done with many people at once",
        secret=(*RUN, "left"),
    ),
    TakeoutPart("verdicts.json", "verification.Verification", "every comparison with its verdict", secret=RUN),
    TakeoutPart(
        "verdicts-photos.json", "verification.SearchPhoto",
        "photos compared with one, each with its verdict, and frames of cameras", "verification__owner",
    ),
    TakeoutPart("live-sessions.json", "verification.LiveSession", "sessions before a camera", secret=RUN),
    TakeoutPart("explanations.json", "verification.Explanation", "which parts of faces carried a verdict", secret=RUN),
    TakeoutPart("reviews.json", "verification.Review", "what you said of verdicts", "verification__owner"),
    TakeoutPart("batches.json", "verification.Batch", "your batches", secret=RUN),
    TakeoutPart("batches-pairs.json", "verification.BatchPair", "their pairs, each with its verdict", "batch__owner"),
    TakeoutPart(
        "batches-faces.json", "verification.BatchPhoto", "faces of their photos, where they are kept", "batch__owner",
        secret=("embedding", "key"),
    ),
    TakeoutPart("thresholds.json", "verification.GalleryCalibration", "measurements of your gallery", secret=RUN),
    TakeoutPart("imports.json", "verification.GalleryImport", "your imports", secret=RUN),
    TakeoutPart("imports-files.json", "verification.ImportedFile", "what became of each file", "job__owner"),
    TakeoutPart("exports.json", "verification.GalleryExport", "exports of your gallery", secret=(*RUN, "stem")),
    TakeoutPart("webhooks.json", "verification.Webhook", "your webhooks; never their secrets"),
    TakeoutPart(
        "webhooks-messages.json", "verification.Delivery", "messages sent to them", "webhook__owner", RUN
    ),
    TakeoutPart("first-steps.json", "verification.ClosedSteps", "that you closed the list of first steps"),
    TakeoutPart("retention.json", "verification.RetentionRule", "for how long you keep things"),
    TakeoutPart(
        "receipts.json", "verification.Receipt", "receipts of what was erased", "account",
    ),
    TakeoutPart(
        "security-sessions.json", "usersessions.UserSession", "where you are signed in", "user",
        ("session_key", "data"),
    ),
    TakeoutPart(
        "security-factors.json", "mfa.Authenticator", "your second factors and passkeys; never their secrets",
        "user", ("data",),
    ),
    TakeoutPart(
        "security-sign-ins.json", "socialaccount.SocialAccount", "sign-ins of other sites", "user", ("extra_data",)
    ),
    TakeoutPart(
        "audit.json", "accounts.AuditEntry", "what was done in your account, and when", "account",
        ("seal", "previous"),
    ),
)  # fmt: skip

README = "\n".join(
    [
        "Everything that faceverify has stored of this account",
        "",
        "Photos are JPEG; the other files are lists in JSON, one row of the database a line, with times in",
        "UTC. Rows name each other by their ids.",
        "",
        *(f"{part.file:<26}{part.says}" for part in PARTS),
        "photos/people/P/A.jpg     photo A of person P; A-face.jpg the face in it, cut out and aligned",
        "photos/verdicts/V/        the photos of verdict V (probe, reference, photo-0, ...), and the faces",
        "left-out.csv              photos that could not be read, if there are any",
        "",
        "A part that this server does not use is an empty list. Not in here: passwords, secrets of keys,",
        "webhooks and second factors, and the numbers that a model makes of a face, which are of no use",
        "elsewhere. Keep this file as you keep the photos themselves: whoever has it knows all of it.",
        "",
    ]
)


def rows_of(part: TakeoutPart, owner: UUID) -> Iterator[str]:
    """The rows as JSON; nothing for a part that this installation does not have."""
    try:
        model = apps.get_model(part.model)
    except LookupError:
        return
    manager = getattr(model, "all_objects", model._default_manager)
    # A receipt outlives its account, and names it by a digest.
    key = erased.digest_of(erased.ACCOUNT, owner) if part.model.endswith("Receipt") else owner
    rows = manager.filter(**{part.owner: key}).order_by("pk")
    names = [field.attname for field in _told(model) if field.name not in part.secret]
    for row in rows.values(*names).iterator(chunk_size=500):
        yield json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)


def _told(model: type[Model]) -> "list[Field[Any, Any]]":
    return [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, BinaryField | FileField) and not field.name.endswith("_folded")
    ]
