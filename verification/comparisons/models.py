"""A comparison of whatever kind, with its photos and its verdict."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from ..jobs.models import Job, JobState, job_constraints, job_indexes, strays_index, unit
from ..jobs.queues import INTERACTIVE
from ..photos.fields import photo_field, size_column
from ..text.folding import FoldedField, FoldedModel, FoldedQuerySet

IMAGES = ("probe", "reference", "probe_crop", "reference_crop")


def _folder(instance: "Verification") -> str:
    return f"{Verification.ROOT}/{instance.owner_id}/{instance.pk}"


# One function a field: Django calls it with the instance and a file name, and we keep neither
# the name nor the extension that the user sent.
def probe_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/probe"


def reference_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/reference"


def probe_crop_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/probe_crop"


def reference_crop_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/reference_crop"


class Verification(FoldedModel, Job):
    """A photo, the probe, compared with what its `kind` says: another photo, many others, a person
    of the gallery, or everyone in it.

    Once `done` it never changes again. A kind that gives many answers stores the best one's outcome
    and numbers here.
    """

    DONE = "done"
    TASK = "verification.run"
    QUEUE = INTERACTIVE
    ROOT = "verifications"
    RUN_FILES = ("probe_crop", "reference_crop")
    STORED = tuple(f"{name}_bytes" for name in ("probe_image", "reference_image", *RUN_FILES))

    State = JobState

    class Outcome(models.TextChoices):
        MATCH = "match", gettext_lazy("same person")
        NO_MATCH = "no_match", gettext_lazy("different people")
        INCONCLUSIVE = "inconclusive", gettext_lazy("cannot tell")

    class Source(models.TextChoices):
        WEB = "web", "web"
        API = "api", "API"

    class Erasure(models.TextChoices):
        RULE = "rule", "by rule"
        PERSON = "person", "with a person who was erased everywhere"

    FINISHED = (State.DONE, State.REFUSED, State.FAILED)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verifications"
    )
    kind = models.CharField(max_length=10, default="pair")  # a name in kinds.registry.KINDS
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.WEB)
    title = models.CharField(max_length=200, blank=True)
    title_folded = FoldedField(of="title")

    probe_image = photo_field(probe_path, "probe_image_bytes")
    reference_image = photo_field(reference_path, "reference_image_bytes")
    probe_crop = photo_field(probe_crop_path, "probe_crop_bytes")
    reference_crop = photo_field(reference_crop_path, "reference_crop_bytes")
    probe_image_bytes = size_column()
    reference_image_bytes = size_column()
    probe_crop_bytes = size_column()
    reference_crop_bytes = size_column()
    probe_name = models.CharField(max_length=255, blank=True)
    reference_name = models.CharField(max_length=255, blank=True)
    probe_name_folded = FoldedField(of="probe_name")
    reference_name_folded = FoldedField(of="reference_name")

    false_match_rate = models.FloatField(default=1e-3)
    probe_face = models.PositiveSmallIntegerField(null=True, blank=True)
    reference_face = models.PositiveSmallIntegerField(null=True, blank=True)

    # Where a search looks; null when that gallery is gone, and for what is no search.
    gallery = models.ForeignKey(
        "verification.Gallery", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Of a person that is deleted later the name stays. A search lists its best candidates:
    # [{person_id, name, similarity, probability, outcome}], best first.
    person = models.ForeignKey(
        "verification.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="verifications",
    )
    person_name = models.CharField(max_length=200, blank=True)
    person_name_folded = FoldedField(of="person_name")
    anchor_scores = models.JSONField(default=list, blank=True)  # [{anchor_id, similarity}]
    candidates = models.JSONField(default=list, blank=True)
    # Of a group photo: [{index, outcome, person_id, name, similarity, probability, taken,
    # refusal}]; `taken`: the person is another face of the photo.
    named_faces = models.JSONField(default=list, blank=True)

    # The owner's own thresholds that decided, {id, applied_at, people, photos}; {}: the model's.
    calibration = models.JSONField(default=dict, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    similarity = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    band_low = models.FloatField(null=True, blank=True)
    band_high = models.FloatField(null=True, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    model_version = models.CharField(max_length=50, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    faces = models.JSONField(default=dict, blank=True)
    timings = models.JSONField(default=dict, blank=True)

    # What was erased while the verdict stays.
    photos_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    crops_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    name_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_why = models.CharField(
        max_length=10, choices=Erasure.choices, blank=True, editable=False
    )

    submission_key = models.CharField(max_length=300, blank=True)
    submission_digest = models.CharField(max_length=64, blank=True)

    objects = FoldedQuerySet.as_manager()

    class Meta:
        base_manager_name = (
            "objects"  # no way past it: an erased name would stay in its folded column
        )
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="verification_by_owner"),
            models.Index(
                fields=["owner", "outcome", "-created_at"], name="verification_by_outcome"
            ),
            *job_indexes(),
            strays_index(),
        ]
        constraints = [
            *job_constraints("done"),
            models.UniqueConstraint(
                fields=["owner", "submission_key"],
                name="verification_submitted_once",
                condition=~Q(submission_key=""),
            ),
            models.CheckConstraint(
                name="verification_outcome_only_when_done",
                condition=Q(
                    Q(state="done"),
                    Q(outcome__in=("match", "no_match", "inconclusive")),
                    Q(similarity__isnull=False),
                    Q(confidence__isnull=False),
                    Q(threshold__isnull=False),
                )
                | Q(~Q(state="done"), Q(outcome="")),
            ),
            models.CheckConstraint(
                name="verification_numbers_from_0_to_1",
                condition=unit("similarity") & unit("confidence") & unit("probability"),
            ),
            models.CheckConstraint(
                name="verification_band_ordered",
                condition=Q(band_low=None) | Q(band_low__lte=F("band_high")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.pk} ({self.state})"

    @property
    def folder(self) -> str:
        return _folder(self)

    @property
    def can_choose_face(self) -> bool:
        return bool(self.faces_to_choose)
