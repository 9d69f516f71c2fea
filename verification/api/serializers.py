"""The representations of /api/v1/verifications/."""

from django.http import Http404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .. import engine
from ..comparisons.kinds.registry import CHOICES, kind_of
from ..comparisons.models import Verification
from ..comparisons.same_file import same_file
from ..comparisons.verdicts import leaning_of
from ..jobs.models import Job
from ..photos.storage import FileUnreadable
from ..reviews.models import NOTE_LENGTH, Review
from .photos import PhotoField
from .stored import StoredPhotoField


class IdentificationSerializer(serializers.Serializer):
    """A photo, sent or already stored, and the options of its verification."""

    kept = True

    probe = PhotoField(required=False, help_text="The photo to verify.")
    probe_from = StoredPhotoField(instead_of="probe")
    title = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    false_match_rate = serializers.FloatField(
        required=False,
        default=None,
        help_text="The rate at which two different people may be called a match: 0.01, 0.001, 0.0001 or "
        "0.00001, where the model offers it (see /operating_points/). Without it that of the gallery, "
        "else 0.001.",
    )
    probe_face = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, default=None
    )

    def validate(self, data: dict) -> dict:
        self.one_of(data, "probe", "probe_from")
        return data

    def one_of(self, data: dict, *names: str) -> None:
        """Check that exactly one of these fields is sent."""
        sent = [name for name in names if name in data]
        if not sent:
            message = self.fields[names[0]].error_messages["required"]
            raise serializers.ValidationError({names[0]: message}, "required")
        if len(sent) > 1:
            raise serializers.ValidationError({sent[-1]: f"Send only one of {' and '.join(sent)}."})


class GalleryField(serializers.UUIDField):
    """The gallery to search in."""

    def __init__(self, **options):
        told = "The gallery to search in; by default your default one."
        super().__init__(**{"required": False, "help_text": told, **options})


class GallerySearchSerializer(IdentificationSerializer):
    """A photo, and the gallery in which to search for the person."""

    gallery = GalleryField()


class SubmissionSerializer(IdentificationSerializer):
    """A probe, and either a second photo or a person of the gallery."""

    reference = PhotoField(required=False, help_text="A photo known to show the person.")
    reference_from = StoredPhotoField(instead_of="reference")
    reference_face = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, default=None
    )
    person = serializers.UUIDField(
        required=False, help_text="A person of your gallery, instead of `reference`."
    )

    def validate(self, data: dict) -> dict:
        self.one_of(data, "reference", "reference_from", "person")
        return super().validate(data)


class BandSerializer(serializers.Serializer):
    low = serializers.FloatField()
    high = serializers.FloatField()


class ModelSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()


class BoundingBoxSerializer(serializers.Serializer):
    """In pixels of the stored photo, which is upright."""

    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class FaceSerializer(serializers.Serializer):
    index = serializers.IntegerField()
    count = serializers.IntegerField()
    bounding_box = BoundingBoxSerializer()
    landmarks = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    )
    detection_score = serializers.FloatField()
    outside = serializers.FloatField(
        required=False, help_text="The share of the box beyond the edge of the photo, 0-1."
    )
    quality = serializers.DictField(child=serializers.FloatField())
    conditions = serializers.ListField(
        child=serializers.ChoiceField(choices=list(engine.CONDITIONS)),
        required=False,
        help_text="What makes a verdict on this face less certain; the verdict takes it into account.",
    )
    searched_down_to = serializers.IntegerField(
        required=False,
        help_text="Other faces narrower than this, in pixels, were not searched for.",
    )
    turned = serializers.IntegerField(help_text="The degrees by which the photo was rotated.")
    image = serializers.DictField(child=serializers.IntegerField())
    others = serializers.ListField(child=serializers.DictField())


class FacesSerializer(serializers.Serializer):
    probe = FaceSerializer()
    reference = FaceSerializer(required=False)


class AnchorScoreSerializer(serializers.Serializer):
    anchor_id = serializers.UUIDField()
    similarity = serializers.FloatField()


@extend_schema_field(
    serializers.ChoiceField(
        choices=("same", "different"),
        allow_null=True,
        help_text="Which way an `inconclusive` verdict leans; null for any other.",
    )
)
class LeaningField(serializers.ReadOnlyField):
    """Of a row, or a dict, with an outcome and a probability."""

    def __init__(self, **kwargs):
        super().__init__(source="*", **kwargs)

    def to_representation(self, row) -> str | None:
        if isinstance(row, dict):
            return engine.leaning(row["outcome"], row["probability"])
        return leaning_of(row)


class CandidateSerializer(serializers.Serializer):
    """A person of the gallery, with the decision of the search."""

    person_id = serializers.UUIDField(
        allow_null=True, help_text="Null for somebody who was erased everywhere."
    )
    name = serializers.CharField()
    similarity = serializers.FloatField()
    probability = serializers.FloatField()
    outcome = serializers.ChoiceField(choices=Verification.Outcome.choices)
    leaning = LeaningField()


class RefusalSerializer(serializers.Serializer):
    """Why a photo cannot be compared, and what to do about it."""

    code = serializers.CharField()
    detail = serializers.CharField()
    remedy = serializers.CharField()
    which = serializers.CharField()
    faces = serializers.ListField(child=serializers.DictField())


class NamedFaceSerializer(serializers.Serializer):
    """A face of a group photo, with the person it shows or, if `outcome` is `inconclusive`, may
    show. `no_match`: nobody of the gallery is probable. `taken`: another face of the photo is more
    similar to the person, and nobody is named twice."""

    index = serializers.IntegerField(help_text="The index of the face in `faces.probe`.")
    outcome = serializers.ChoiceField(choices=Verification.Outcome.choices, allow_null=True)
    person_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    similarity = serializers.FloatField(allow_null=True)
    probability = serializers.FloatField(allow_null=True)
    leaning = LeaningField()
    taken = serializers.BooleanField(default=False)
    refusal = serializers.DictField(child=serializers.CharField(), allow_null=True)


class OwnThresholdsSerializer(serializers.Serializer):
    """The measurement of the owner's gallery whose thresholds were used."""

    id = serializers.UUIDField()
    applied_at = serializers.DateTimeField()
    people = serializers.IntegerField()
    photos = serializers.IntegerField()


class FailureSerializer(serializers.Serializer):
    code = serializers.CharField()


class JobSerializer(serializers.ModelSerializer):
    """A job of a worker; `failure` is the reason if it failed."""

    failure = serializers.SerializerMethodField()

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, row: Job) -> dict | None:
        return {"code": row.failure_code} if row.failure_code else None


def refusal_of(row, **more) -> dict | None:
    """Why the photo or archive of a row was refused, and what to do about it."""
    if not row.refusal_code:
        return None
    return {
        "code": row.refusal_code,
        "detail": row.refusal_detail,
        "remedy": row.refusal_remedy,
        **more,
    }


class ReviewSerializer(serializers.ModelSerializer):
    """The owner's review of a verdict."""

    note = serializers.CharField(
        required=False, allow_blank=True, max_length=NOTE_LENGTH, default=""
    )

    class Meta:
        model = Review
        fields = ("answer", "note", "created_at", "updated_at")
        read_only_fields = ("created_at", "updated_at")


class VerificationSerializer(JobSerializer):
    """`outcome` and the fields of a verdict are null until `state` is `done`."""

    kind = serializers.ChoiceField(choices=CHOICES, read_only=True)
    gallery = serializers.UUIDField(source="gallery_id", read_only=True, allow_null=True)
    anchor_scores = AnchorScoreSerializer(many=True, read_only=True)
    candidates = CandidateSerializer(many=True, read_only=True)
    named_faces = NamedFaceSerializer(many=True, read_only=True)
    outcome = serializers.SerializerMethodField()
    leaning = LeaningField()
    band = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()
    faces = serializers.SerializerMethodField()
    timings = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField()
    calibration = serializers.SerializerMethodField()

    class Meta:
        model = Verification
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "state",
            "title",
            "source",
            "probe_name",
            "reference_name",
            "gallery",
            "person",
            "person_name",
            "anchor_scores",
            "candidates",
            "named_faces",
            "outcome",
            "similarity",
            "confidence",
            "probability",
            "leaning",
            "threshold",
            "band",
            "calibration",
            "false_match_rate",
            "model",
            "faces",
            "timings",
            "refusal",
            "failure",
            "review",
            "photos_erased_at",
            "crops_erased_at",
            "name_erased_at",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields: tuple[str, ...] = fields

    @extend_schema_field(
        serializers.ChoiceField(choices=Verification.Outcome.choices, allow_null=True)
    )
    def get_outcome(self, row: Verification) -> str | None:
        return row.outcome or None

    @extend_schema_field(BandSerializer(allow_null=True))
    def get_band(self, row: Verification) -> dict | None:
        if row.band_low is None:
            return None
        return {"low": row.band_low, "high": row.band_high}

    @extend_schema_field(OwnThresholdsSerializer(allow_null=True))
    def get_calibration(self, row: Verification) -> dict | None:
        return row.calibration or None

    @extend_schema_field(ModelSerializer(allow_null=True))
    def get_model(self, row: Verification) -> dict | None:
        if not row.model_name:
            return None
        return {
            "name": row.model_name,
            "version": row.model_version,
            "sha256": row.model_sha256,
        }

    @extend_schema_field(FacesSerializer(allow_null=True))
    def get_faces(self, row: Verification) -> dict | None:
        return row.faces or None

    @extend_schema_field(serializers.DictField(child=serializers.FloatField(), allow_null=True))
    def get_timings(self, row: Verification) -> dict | None:
        return row.timings or None

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, row: Verification) -> dict | None:
        return refusal_of(row, which=row.refusal_which, faces=row.refusal_faces)

    @extend_schema_field(ReviewSerializer(allow_null=True))
    def get_review(self, row: Verification) -> dict | None:
        review = getattr(row, "review", None) if row.is_finished else None
        return ReviewSerializer(review).data if review else None


class ResultSerializer(VerificationSerializer):
    """A verification by itself, with what a list leaves out."""

    same_file = serializers.SerializerMethodField(
        help_text="Why the verdict proves nothing, where a photo was compared with itself; else null."
    )

    class Meta(VerificationSerializer.Meta):
        fields = (*VerificationSerializer.Meta.fields, "same_file")
        read_only_fields = fields

    def get_same_file(self, row: Verification) -> str | None:
        try:
            return same_file(row, kind_of(row)) or None
        except (FileUnreadable, Http404):  # the photo is gone, or cannot be opened any more
            return None
