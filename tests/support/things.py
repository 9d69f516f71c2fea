"""One of each thing that the API serves, for the test of every operation."""

from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.invitations.services import invitation_create
from accounts.models import ApiKey, User
from accounts.services import api_key_create
from faceverify.api.models import IdempotentRequest
from tests.support.found_faces import compared
from tests.support.pair_lists import LIST_BYTES, archive
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.submissions import submit_photos
from tests.support.teams import confirmed, member, shared
from verification import models
from verification.batches.services import batch_create
from verification.gallery import services as gallery
from verification.gallery.galleries import create_gallery
from verification.live.services import LiveRequest, session_create
from verification.retention.receipts import receipt_add
from verification.reviews.services import review_set
from verification.teams.services import invite
from verification.webhooks.services import webhook_create, webhook_test

__all__ = ["LIST_BYTES", "make_things", "plain_file", "rows", "upload", "zipped"]


def make_things(owner: User) -> dict:
    """{"ids": {name: id}, "bodies": {name: what to send}, "before": their rows}"""
    ada, bea, gone = (person(owner, name) for name in ("Ada", "Bea", "Cleo"))
    first, _second = anchor(ada, seed=11), anchor(ada, seed=12)
    verdict = verification(owner, "done", faces={"probe": compared(), "reference": compared()})
    review_set(verification=verdict, answer="right")
    low, high = sorted((ada, bea), key=lambda each: each.pk)
    suggestion = models.Suggestion.objects.create(
        owner=owner, first=low, second=high, similarity=0.9
    )
    webhook, _secret = webhook_create(
        owner=owner, url="https://receiver.example.org/", events=["verification.completed"]
    )
    choir = create_gallery(owner=owner, name="Choir")
    ids = {
        "gallery": choir.pk,
        "verification": verification(owner).pk,
        "verdict": verdict.pk,
        "explained": explained(owner).pk,
        "search": submit_photos(owner=owner, probe=photo(1), photos=[("a.jpg", photo(2))]).pk,
        "person": ada.pk,
        "anchor": first.pk,
        "suggestion": suggestion.pk,
        "webhook": webhook.pk,
        "delivery": webhook_test(webhook=webhook).pk,
        "user": owner.pk,
        "invitation": invitation_create(invited_by=owner)[0].pk,
        "session": _session(owner).pk,
        "key": api_key_create(owner=owner, name="camera")[0].pk,
        "batch": batch_create(owner=owner, pairs=LIST_BYTES, archive=zipped()).pk,
        "import": models.GalleryImport.objects.create(owner=owner, size=1, file_name="a.zip").pk,
        "export": models.GalleryExport.objects.create(owner=owner).pk,
        "bulk_change": bulk_change(owner).pk,
        "ended_bulk_change": bulk_change(owner, state="done", finished_at=timezone.now()).pk,
        "failed_bulk_change": bulk_change(
            owner, state="failed", failure_code="worker_lost", finished_at=timezone.now()
        ).pk,
        "calibration": models.GalleryCalibration.objects.create(owner=owner).pk,
        "download": models.AccountExport.objects.create(owner=owner).pk,
        "live": session_create(LiveRequest(owner=owner, task="verify", person=ada)).pk,
        "receipt": receipt_add(owner_id=owner.pk, reason="rule", counts={"verdicts": 3}).pk,
        "change": gallery.person_delete(person=gone).pk,
        **_of_teams(owner),
    }
    bodies = {
        "other": {"other": str(bea.pk)},
        "copy": {"gallery": str(choir.pk)},
        "move": {"person": str(bea.pk)},
        "selection": {"action": "tag", "people": [str(ada.pk)], "tag": "family"},
        "places": {"faces": [{"verification": str(verdict.pk), "face_index": 0}]},
        "faces": {"faces": [{"verification": str(verdict.pk), "face_index": 0}], "name": "Dora"},
        "split": {"anchors": [str(first.pk)], "name": "Dora"},
        "hand_over": {"member": str(ids["member"])},
    }
    return {"ids": ids, "bodies": bodies, "before": rows()}


def _of_teams(owner: User) -> dict:
    """A gallery of the owner's that is shared and to which somebody is invited, and an invitation of
    the owner's to another's."""
    host, other = (_account(f"{name}@example.net") for name in ("host", "other"))
    team, theirs = shared(owner, "Gate"), shared(host, "Yard")
    confirmed(owner)
    return {
        "team": team.pk,
        "member": member(team, other, "owner").user_id,
        "invited": invite(gallery=theirs, by=host, email=owner.email, role="viewer").pk,
        "team_invitation": invite(
            gallery=team, by=owner, email="guest@example.net", role="viewer"
        ).pk,
    }


def _account(email: str) -> User:
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email)


def bulk_change(owner: User, **columns) -> models.BulkChange:
    return models.BulkChange.objects.create(owner=owner, action="tag", tag="family", **columns)


def explained(owner: User) -> models.Verification:
    """A verdict whose explanation waits for a worker."""
    row = verification(owner, "done")
    models.Explanation.objects.create(owner=owner, verification=row)
    return row


def _session(owner: User) -> UserSession:
    """With a number that is found nowhere by chance."""
    return UserSession.objects.create(
        pk=918273645, user=owner, ip="192.0.2.7", session_key="elsewhere"
    )


def rows() -> dict[str, list[tuple]]:
    """Everything stored about anyone, but not when a key was used, nor what is gone."""
    ApiKey.objects.update(last_used_at=None, last_used_address=None)
    kept = [
        m
        for m in (*models.__dict__.values(), ApiKey, UserSession, IdempotentRequest)
        if hasattr(m, "_meta") and m is not models.Erased
    ]
    return {m.__name__: [*m._base_manager.order_by("pk").values_list()] for m in kept}


def upload(seed: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", photo(seed))


def plain_file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("file", data)


def zipped() -> bytes:
    return archive({"a.jpg": photo(1)})
