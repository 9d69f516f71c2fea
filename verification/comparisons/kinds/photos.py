"""Which of many photos show the person in this one?"""

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import User

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.worker import read
from ...jobs.claims import Claim, end_refused, requeue
from ...jobs.files import delete_run_files
from ...jobs.refusals import Refusal
from ...jobs.services import last_part
from ...photos.answers import image_response
from ...photos.forms import ACCEPT, PhotoField
from ...photos.requests import SignedInRequest
from ...photos.storage import read_or_404
from ...photos.uploads import MAX_TOTAL
from ...text.sentences import sentence
from .. import verdicts
from ..compared_photos import SearchPhoto
from ..forms import ProbeForm
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from ..photo_list import PhotoList, photos_of
from ..selectors import verification_get
from ..submission import Submission, UploadedPhoto
from .base import INCONCLUSIVE, MATCH, NO_MATCH, Kind, Link

if TYPE_CHECKING:
    from ..presentation import Result

State = SearchPhoto.State

MAX_PHOTOS = 100
IMAGES = ("image", "crop")
ONE_PERSON = sentence("Use a photo of one person, or cut this one to the person you mean.")
NO_PHOTO_USABLE = Refusal(
    "no_photo_usable",
    sentence("None of the photos can be compared."),
    sentence("Each photo below says what is wrong with it."),
)
# Of several verdicts the one that counts most comes first.
ORDER = {MATCH: 0, INCONCLUSIVE: 1, NO_MATCH: 2}


# Submitting


class ManyFilesInput(forms.FileInput):
    """Gives the field the list of all files chosen."""

    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.Field):
    """The files of an input that takes several. What is in each is checked when it is decoded."""

    widget = ManyFilesInput(attrs={"multiple": True, "accept": ACCEPT})

    def clean(self, files: list[UploadedFile] | None) -> list[UploadedFile]:
        if any(getattr(file, "truncated", False) for file in files or ()):
            raise ValidationError(
                gettext("All photos together are larger than %(most)s MB: choose fewer at a time.")
                % {"most": MAX_TOTAL // 2**20}
            )
        check_number(len(files or ()))
        return files or []


class PhotosForm(ProbeForm):
    probe = PhotoField(label=gettext_lazy("Photo of the person"))
    photos = PhotosField(label=gettext_lazy("Photos to compare with"))

    def others(self) -> tuple[UploadedPhoto, ...]:
        return tuple(
            UploadedPhoto(file.read(), file.name or "") for file in self.cleaned_data["photos"]
        )


def check_number(count: int) -> None:
    """Raises ValidationError for no photos to compare with, or too many."""
    if not count:
        raise ValidationError(gettext("Choose at least one photo to compare with."))
    if count > MAX_PHOTOS:
        raise ValidationError(
            gettext(
                "These are %(number)s photos. At most %(most)s can be compared at a time: leave "
                "some out, or make several searches."
            )
            % {"number": count, "most": MAX_PHOTOS}
        )


# The kind


class Photos(Kind):
    """Compare one photo with many. The best one's verdict is that of the whole."""

    name = "photos"
    label = gettext_lazy("a photo and many photos")
    template = "comparisons/photos.html"
    form = PhotosForm
    setting = gettext_lazy("photos of other people would be called a match.")
    subject = gettext_lazy("{name} and many photos")
    headlines = {
        MATCH: gettext_lazy("Probably the same person in some of the photos"),
        NO_MATCH: gettext_lazy("Probably in none of the photos"),
        INCONCLUSIVE: gettext_lazy("Cannot tell; perhaps in some of the photos"),
    }
    doubt = gettext_lazy("Cannot tell; probably in none of the photos")
    right = dict.fromkeys(ORDER, gettext_lazy("all of it"))
    wrong = dict.fromkeys(ORDER, gettext_lazy("something in it"))
    has_many_answers = True
    endpoint = "api:search-list"
    result_template = "comparisons/_many_result.html"

    def urls(self) -> list[URLPattern]:
        return [
            path("compare/many/", submission_view, {"kind": self}, name="search_photos"),
            path(
                "verifications/<uuid:id>/photos/<int:position>/<slug:which>.jpg",
                image,
                name="search_image",
            ),
        ]

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        return {"max_photos": MAX_PHOTOS, "max_total": MAX_TOTAL // 2**20}

    def check(self, submission: Submission) -> None:
        try:
            check_number(len(submission.others))
        except ValidationError as error:
            raise ValidationError({"photos": error}) from error

    def extra_rows(self, row: Verification, submission: Submission) -> list[models.Model]:
        return [_stored(row, *numbered) for numbered in enumerate(submission.others)]

    def run(self, claim: Claim[Verification]) -> bool:
        """Compare the probe with each photo that is not compared yet.

        After a third of the time that a task may take, the rest is left to the next one.
        """
        row = claim.row
        thresholds = thresholds_of(row.owner_id, row.gallery_id)
        until = time.monotonic() + settings.CELERY_TASK_TIME_LIMIT / 3
        probe = engine.embed_face(read(row.probe_image), face_index=row.probe_face, role="probe")
        left = row.photos.exclude(image="").exclude(model_sha256=probe.model.sha256)
        for number, photo in enumerate(left.select_related("verification")):
            if number and time.monotonic() > until:
                requeue(claim, countdown=0)
                return False
            if not claim.held.exists():
                delete_run_files(row)
                return False
            _compare(photo, probe, thresholds)
        best = min(photos_of(row).filter(state=State.DONE), key=_best_first, default=None)
        if best is None:
            return end_refused(claim, NO_PHOTO_USABLE)
        point = engine.operating_point(
            row.false_match_rate,
            probe.conditions,
            best.face.get("conditions", ()),
            thresholds=thresholds,
        )
        decision = engine.Decision(
            outcome=best.outcome,
            similarity=best.similarity or 0.0,
            probability=verdicts.probability_of(best) or 0.0,
            threshold=point.threshold,
            band=point.band,
            false_match_rate=row.false_match_rate,
        )
        note = thresholds.of(probe.model).note
        return end_with_verdict(claim, engine.Verdict.on_probe(probe, decision, note))

    def again(self, row: Verification) -> Link:
        """With the same many photos, as long as they are stored."""
        if row.photos_erased_at or not row.is_finished:
            return Link(gettext("Another search"), reverse("search_photos"))
        return Link(
            gettext("Again with another photo"),
            reverse("verification_another", args=[row.pk, "probe"]),
        )

    def stored_others(self, row: Verification) -> tuple[UploadedPhoto, ...]:
        return tuple(
            UploadedPhoto(read(photo.image), photo.file_name)
            for photo in row.photos.exclude(image="").order_by("position")
        )

    def result_context(self, result: "Result") -> dict[str, Any]:
        return {"photos": PhotoList(result.verification)}


PHOTOS = Photos()


# In the worker


def best_first(
    outcome: str, probability: float | None, similarity: float | None
) -> tuple[int, float, float]:
    """Sorts verdicts: the one that speaks for all comes first."""
    return ORDER[outcome], -(probability or 0.0), -(similarity or 0.0)


def _best_first(photo: SearchPhoto) -> tuple[int, float, float]:
    return best_first(photo.outcome, verdicts.probability_of(photo), photo.similarity)


def _stored(row: Verification, position: int, file: UploadedPhoto) -> SearchPhoto:
    """The row of a photo, which is not saved yet. A file that is no photo is refused: it does not
    stand in the way of the others."""
    photo = SearchPhoto(verification=row, position=position, file_name=last_part(file.name))
    try:
        with engine.one_of_many():
            clean = engine.sanitize(file.data)
    except engine.ImageRefused as refusal:
        photo.state = State.REFUSED
        photo.refusal_code = refusal.code
        photo.refusal_detail = refusal.detail
        photo.refusal_remedy = refusal.remedy
    else:
        photo.image.save("photo", ContentFile(clean), save=False)
    return photo


def _compare(
    photo: SearchPhoto, probe: engine.FaceEmbedding, thresholds: engine.OwnThresholds
) -> None:
    """Write one photo's verdict or refusal."""
    if photo.crop:
        photo.crop.delete(save=False)  # another model's
    try:
        with engine.one_of_many():
            face = engine.embed_face(read(photo.image))
    except engine.ImageRefused as refusal:
        several = refusal.code == "several_faces"
        _write(
            photo,
            probe.model,
            state=State.REFUSED,
            refusal_code=refusal.code,
            refusal_detail=refusal.detail,
            refusal_remedy=ONE_PERSON if several else refusal.remedy,
        )
        return
    decision = engine.compare_faces(
        probe,
        face,
        false_match_rate=photo.verification.false_match_rate,
        thresholds=thresholds,
    )
    photo.crop.save("crop", ContentFile(face.crop), save=False)
    _write(
        photo,
        probe.model,
        state=State.DONE,
        crop=photo.crop.name,
        crop_bytes=photo.crop_bytes,
        outcome=decision.outcome,
        similarity=decision.similarity,
        confidence=decision.confidence,
        probability=decision.probability,
        face=face.face,
    )


def _write(photo: SearchPhoto, model: engine.ModelIdentity, **values: Any) -> None:
    """All columns of a result, also those that an earlier model has filled."""
    empty: dict[str, Any] = {
        "outcome": "",
        "similarity": None,
        "confidence": None,
        "probability": None,
        "face": {},
        "crop": "",
        "crop_bytes": 0,
        "refusal_code": "",
        "refusal_detail": "",
        "refusal_remedy": "",
    }
    row = SearchPhoto.objects.filter(pk=photo.pk)
    row.update(model_sha256=model.sha256, **empty | values)


# Reading, always scoped to an owner


def search_get(*, owner: User, id: UUID) -> Verification:
    """One of the owner's searches of many photos; Http404 for anything else."""
    row = verification_get(owner=owner, id=id)
    if row.kind != Photos.name:
        raise Http404("There is no such search.")
    return row


def search_image_open(*, owner: User, id: UUID, position: int, which: str) -> bytes:
    """A stored JPEG of one of the photos of a search, or of those kept of a camera: `image`, or the
    aligned face, `crop`. Http404 for a stranger, or for an image that is not there."""
    photo = verification_get(owner=owner, id=id).photos.filter(position=position).first()
    return read_or_404(getattr(photo, which) if photo and which in IMAGES else None)


# The images of its page


@login_required
@require_GET
def image(request: SignedInRequest, id: UUID, position: int, which: str) -> HttpResponse:
    return image_response(
        search_image_open(owner=request.user, id=id, position=position, which=which)
    )
