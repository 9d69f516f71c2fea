"""What comes in and out where photos are looked at and nothing is kept."""

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .. import engine
from ..comparisons.models import Verification
from ..text.sentences import said
from .photos import PhotoField
from .serializers import (
    AnchorScoreSerializer,
    BandSerializer,
    BoundingBoxSerializer,
    FacesSerializer,
    GalleryField,
    IdentificationSerializer,
    LeaningField,
    ModelSerializer,
    OwnThresholdsSerializer,
    SubmissionSerializer,
)

NO_POINTS = gettext_lazy(
    "The model served here has no network for 468 points of a face: leave `points` out, and take the five "
    "`landmarks`."
)


class PhotoSerializer(serializers.Serializer):
    photo = PhotoField(help_text="The photo.")
    max_faces = serializers.IntegerField(
        required=False,
        default=engine.MOST_FACES,
        min_value=1,
        max_value=engine.MOST_FACES,
        help_text="Only so many of the faces, the largest.",
    )


class DetectionSerializer(PhotoSerializer):
    points = serializers.BooleanField(
        required=False,
        default=False,
        help_text="468 points of each face, where the model has a network for them; else an error.",
    )

    def validate_points(self, points: bool) -> bool:
        if points:
            raise serializers.ValidationError(NO_POINTS, "points_not_offered")
        return points


class DryVerificationSerializer(SubmissionSerializer):
    """As for a verification that is stored, but for its title."""

    title = None  # type: ignore[assignment]  # so that it is no field


class DryIdentificationSerializer(IdentificationSerializer):
    """As for an identification that is stored, but for its title."""

    title = None  # type: ignore[assignment]
    gallery = GalleryField()
    limit = serializers.IntegerField(
        required=False, default=10, min_value=1, max_value=100, help_text="So many people at most."
    )


class NamedModelSerializer(serializers.Serializer):
    """Whose embedding it is, as an answer told it: `sha256`, or `name` and `version`."""

    name = serializers.CharField(required=False)
    version = serializers.CharField(required=False)
    sha256 = serializers.CharField(required=False)


class NumbersSerializer(serializers.Serializer):
    embedding = serializers.ListField(
        child=serializers.FloatField(),
        min_length=1,
        max_length=4096,
        help_text="The numbers, of any length: they are scaled to length 1.",
    )
    model = NamedModelSerializer()


class NumbersUploadSerializer(NumbersSerializer):
    name = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=255,
        help_text="What to call it, as the file name of a photo.",
    )


class NumbersSearchSerializer(NumbersSerializer):
    gallery = GalleryField()
    false_match_rate = serializers.FloatField(required=False, default=1e-3)
    limit = serializers.IntegerField(
        required=False, default=10, min_value=1, max_value=100, help_text="So many people at most."
    )


class ProblemOfFaceSerializer(serializers.Serializer):
    """Why a face cannot be compared, and what to do about it."""

    code = serializers.CharField()
    detail = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()

    def get_detail(self, problem: dict) -> str:
        return said(problem["detail"])

    def get_remedy(self, problem: dict) -> str:
        return said(problem["remedy"])


class DetectedFaceSerializer(serializers.Serializer):
    """A face; `index` is its number in the order by which faces are chosen."""

    index = serializers.IntegerField()
    bounding_box = BoundingBoxSerializer()
    landmarks = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Eyes, nose and corners of the mouth as [x, y], in pixels of the upright photo.",
    )
    detection_score = serializers.FloatField(
        help_text="How certain it is that this is a face, 0-1."
    )
    outside = serializers.FloatField(
        help_text="The share of the box beyond the edge of the photo, 0-1."
    )
    quality = serializers.DictField(
        child=serializers.FloatField(),
        help_text="Size, sharpness, brightness, contrast, the pose (`yaw`, `pitch`, `roll` in degrees), and "
        "`overall`, 0-1.",
    )
    conditions = serializers.ListField(
        child=serializers.ChoiceField(choices=list(engine.CONDITIONS)),
        help_text="What makes a verdict on this face less certain.",
    )
    problem = ProblemOfFaceSerializer(
        allow_null=True, help_text="Why it cannot be compared; null: it can."
    )


class EmbeddedFaceSerializer(DetectedFaceSerializer):
    embedding = serializers.SerializerMethodField(
        help_text="Numbers of length 1; null for a face that cannot be compared."
    )

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(), allow_null=True))
    def get_embedding(self, face: dict) -> list[float] | None:
        return face.get("embedding")


class SizeSerializer(serializers.Serializer):
    """In pixels, upright."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()


class LookedAtSerializer(serializers.Serializer):
    image = SizeSerializer()
    turned = serializers.IntegerField(help_text="The degrees by which the photo was rotated.")
    searched_down_to = serializers.IntegerField(
        help_text="Faces narrower than this, in pixels, were not searched for."
    )
    model = ModelSerializer()
    timings = serializers.DictField(child=serializers.FloatField())


class DetectedSerializer(LookedAtSerializer):
    """The faces of a photo, the largest first."""

    faces = DetectedFaceSerializer(many=True)


class EmbeddedSerializer(LookedAtSerializer):
    """The faces of a photo as numbers, the largest first."""

    faces = EmbeddedFaceSerializer(many=True)


class DryVerdictSerializer(serializers.Serializer):
    """A verdict of which nothing is kept."""

    outcome = serializers.ChoiceField(choices=Verification.Outcome.choices)
    similarity = serializers.FloatField()
    confidence = serializers.FloatField()
    probability = serializers.FloatField()
    leaning = LeaningField()
    threshold = serializers.FloatField()
    band = BandSerializer()
    false_match_rate = serializers.FloatField()
    calibration = OwnThresholdsSerializer(allow_null=True)
    model = ModelSerializer()
    faces = FacesSerializer()
    anchor_scores = AnchorScoreSerializer(many=True)
    timings = serializers.DictField(child=serializers.FloatField())


class FoundPersonSerializer(serializers.Serializer):
    person_id = serializers.UUIDField()
    name = serializers.CharField()
    similarity = serializers.FloatField()
    probability = serializers.FloatField()
    outcome = serializers.ChoiceField(choices=Verification.Outcome.choices)
    leaning = LeaningField()


class DrySearchSerializer(serializers.Serializer):
    """People of the gallery, the most probable first. Unless the first one's `outcome` is `match`, nobody
    is identified."""

    candidates = FoundPersonSerializer(many=True)
    searched = serializers.IntegerField(help_text="How many people were searched.")
    model = ModelSerializer()


class DryPhotoSearchSerializer(DrySearchSerializer):
    face = DetectedFaceSerializer()
