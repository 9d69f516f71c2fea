"""/api/v1/searches/ and /api/v1/group_identifications/"""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers

from accounts.api.viewsets import OwnedViewSet, validated

from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.kinds.group import GROUP
from ..comparisons.kinds.photos import MAX_PHOTOS, PHOTOS, search_get
from ..comparisons.models import Verification
from ..comparisons.photo_list import photos_of
from ..photos.uploads import MAX_TOTAL
from .photos import FORM_OR_JSON, PhotoField, photo_request
from .serializers import (
    FaceSerializer,
    GalleryField,
    IdentificationSerializer,
    LeaningField,
    ResultSerializer,
)
from .submission import PARAMETERS, RESPONSES, WAIT, ProbeViewSet, submit

TOO_MUCH = f"All photos together are larger than {MAX_TOTAL // 2**20} MB: send fewer at a time."

NO_PHOTOS = "Send at least one photo to compare with."


class SearchFormSerializer(IdentificationSerializer):
    photos = serializers.ListField(
        child=PhotoField(),
        allow_empty=False,
        error_messages={"empty": NO_PHOTOS, "required": NO_PHOTOS},
        help_text=f"Up to {MAX_PHOTOS} photos, each in its own field `photos`.",
    )

    def validate_photos(self, files: list) -> list:
        if any(getattr(file, "truncated", False) for file in files):
            raise serializers.ValidationError(TOO_MUCH)
        return files


class PhotoRefusalSerializer(serializers.Serializer):
    code = serializers.CharField(source="refusal_code")
    detail = serializers.CharField(source="refusal_detail")
    remedy = serializers.CharField(source="refusal_remedy")


class SearchPhotoSerializer(serializers.ModelSerializer):
    """`outcome` and the numbers are null until `state` is `done`."""

    outcome = serializers.SerializerMethodField()
    leaning = LeaningField()
    face = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = SearchPhoto
        fields = (
            "position",
            "file_name",
            "state",
            "outcome",
            "similarity",
            "confidence",
            "probability",
            "leaning",
            "face",
            "refusal",
        )
        read_only_fields = fields

    def get_outcome(self, photo: SearchPhoto) -> str | None:
        return photo.outcome or None

    @extend_schema_field(FaceSerializer(allow_null=True))
    def get_face(self, photo: SearchPhoto) -> dict | None:
        return photo.face or None

    @extend_schema_field(PhotoRefusalSerializer(allow_null=True))
    def get_refusal(self, photo: SearchPhoto) -> dict | None:
        return PhotoRefusalSerializer(photo).data if photo.refusal_code else None


class SearchSerializer(ResultSerializer):
    """A verification with its photos, the most similar first, whose `outcome` and numbers it has."""

    photos = serializers.SerializerMethodField()

    class Meta(ResultSerializer.Meta):
        fields = (*ResultSerializer.Meta.fields, "photos")
        read_only_fields = fields

    @extend_schema_field(SearchPhotoSerializer(many=True))
    def get_photos(self, row: Verification) -> list[dict]:
        return list(SearchPhotoSerializer(photos_of(row), many=True).data)


class SearchViewSet(mixins.RetrieveModelMixin, OwnedViewSet):
    """Compare one photo with many. A search is a verification like any other, and is listed and
    deleted as one."""

    read_scope = "history:read"
    write_scope = "verify"
    queryset = Verification.objects.none()
    serializer_class = SearchSerializer
    parser_classes = FORM_OR_JSON
    commits_early = True
    submit_actions = ("create",)
    parameters = WAIT

    def get_object(self) -> Verification:
        return search_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description=f"Compare a photo with up to {MAX_PHOTOS} others, each with its own verdict "
        "or refusal. The `state` of each photo is its progress.",
        request=photo_request(SearchFormSerializer, body=False),
        parameters=PARAMETERS,
        responses=RESPONSES | {201: SearchSerializer, 202: SearchSerializer},
    )
    def create(self, request):
        data = validated(SearchFormSerializer, request)
        return submit(request, data, PHOTOS, serializer=SearchSerializer, name="search")


class GroupFormSerializer(serializers.Serializer):
    """A multipart form with a photo of several people."""

    probe = PhotoField(help_text="The photo.")
    gallery = GalleryField()
    title = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    false_match_rate = serializers.FloatField(
        required=False,
        default=None,
        help_text="The rate of photos of strangers in which somebody may be named: 0.01, 0.001, 0.0001 "
        "or 0.00001, where the model offers it. Without it that of the gallery, else 0.001.",
    )


class GroupIdentificationViewSet(ProbeViewSet):
    """Name the faces of a group photo from the caller's gallery."""

    serializer_class = GroupFormSerializer

    @extend_schema(
        description="Identify each face in a photo among the people of your gallery: see "
        "`named_faces`. The result is a verification like any other.",
        request=photo_request(GroupFormSerializer),
        parameters=PARAMETERS,
        responses=RESPONSES,
    )
    def create(self, request):
        return submit(request, validated(GroupFormSerializer, request), GROUP)
