"""The representations of /api/v1/people/ and /api/v1/anchors/."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..gallery.gallery_models import NAME_LENGTH
from ..gallery.models import Anchor, Change, Person, Suggestion
from .photos import PhotoField
from .serializers import FaceSerializer, JobSerializer, RefusalSerializer, refusal_of


class OutsideSerializer(serializers.Serializer):
    """What the owner's own programs say of a row."""

    external_id = serializers.CharField(
        required=False, allow_blank=True, help_text="What your own programs call it."
    )
    metadata = serializers.JSONField(
        required=False, help_text="What else your programs know, as a JSON object."
    )


class PersonSerializer(serializers.ModelSerializer):
    gallery = serializers.UUIDField(
        source="gallery_id", required=False, help_text="By default your default gallery."
    )
    external_id = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="What your own programs call the person; unique in the gallery.",
    )
    metadata = serializers.JSONField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    anchor_count = serializers.IntegerField(read_only=True)
    ready_count = serializers.IntegerField(read_only=True)
    unlike_count = serializers.IntegerField(
        read_only=True, help_text="Photos that look like somebody else."
    )

    class Meta:
        model = Person
        fields: tuple[str, ...] = (
            "id",
            "gallery",
            "external_id",
            "name",
            "note",
            "tags",
            "consent_given_by",
            "consent_at",
            "consent_for",
            "consent_until",
            "metadata",
            "cover",
            "anchor_count",
            "ready_count",
            "unlike_count",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "cover", "created_at", "updated_at")


class ChangeSerializer(serializers.ModelSerializer):
    """A change of the gallery, which POST /changes/{id}/undo/ undoes."""

    undoable_until = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Change
        fields = ("id", "kind", "summary", "created_at", "undoable_until", "undone_at")
        read_only_fields = fields


class ChangedPersonSerializer(PersonSerializer):
    change = ChangeSerializer(read_only=True)

    class Meta(PersonSerializer.Meta):
        fields = (*PersonSerializer.Meta.fields, "change")


class SplitSerializer(serializers.Serializer):
    anchors = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=1000,
        help_text="The photos of the new person.",
    )
    name = serializers.CharField(max_length=NAME_LENGTH, help_text="The new person's name.")


class MergeSerializer(serializers.Serializer):
    other = serializers.UUIDField(help_text="The person to merge into this one, and to delete.")


class CopySerializer(serializers.Serializer):
    gallery = serializers.UUIDField(help_text="The gallery that gets the copy.")


class AnchorUploadSerializer(OutsideSerializer):
    image = PhotoField(help_text="A photo that shows the person.")
    face_index = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, default=None
    )


class AnchorChangeSerializer(OutsideSerializer):
    """Send `face_index`, or `person`, or what your programs say of it."""

    face_index = serializers.IntegerField(
        required=False, min_value=0, help_text="Use this face of the photo."
    )
    person = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Give the photo to this person; null leaves it in the gallery without one.",
    )

    def validate(self, data: dict) -> dict:
        if not data or (len(data) > 1 and data.keys() & {"face_index", "person"}):
            raise serializers.ValidationError(
                "Send either face_index, or person, or external_id and metadata."
            )
        return data


class AnchorSerializer(JobSerializer):
    """`person` is null for somebody without a name. Anchors with the same `photo_id` are faces of one
    photo. `face` and `quality` are null until `state` is `ready`. `likeness` is `unlike` when the
    photo looks like somebody else than the person's other photos. With `is_numbers` it is an embedding
    that was sent in, without a photo."""

    gallery = serializers.UUIDField(source="gallery_id", read_only=True)
    face = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = Anchor
        fields: tuple[str, ...] = (
            "id",
            "gallery",
            "person",
            "photo_id",
            "external_id",
            "metadata",
            "state",
            "file_name",
            "face",
            "quality",
            "likeness",
            "is_numbers",
            "refusal",
            "failure",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields

    @extend_schema_field(FaceSerializer(allow_null=True))
    def get_face(self, row: Anchor) -> dict | None:
        return row.face or None

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, row: Anchor) -> dict | None:
        return refusal_of(row, which="image", faces=row.refusal_faces)


class ChangedAnchorSerializer(AnchorSerializer):
    """`change` is null when another face was chosen, which cannot be undone."""

    change = ChangeSerializer(read_only=True, allow_null=True)

    class Meta(AnchorSerializer.Meta):
        fields = (*AnchorSerializer.Meta.fields, "change")
        read_only_fields = fields


class SuggestedPersonSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class SuggestionSerializer(serializers.ModelSerializer):
    """Two people who are probably the same: merge them, or dismiss the suggestion."""

    people = serializers.SerializerMethodField()

    class Meta:
        model = Suggestion
        fields = ("id", "people", "similarity", "created_at", "dismissed_at")
        read_only_fields = fields

    @extend_schema_field(SuggestedPersonSerializer(many=True))
    def get_people(self, row: Suggestion) -> list[dict]:
        return [{"id": str(person.pk), "name": person.name} for person in (row.first, row.second)]
