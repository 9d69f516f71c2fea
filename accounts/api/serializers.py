"""The representations of /api/v1/keys/."""

from rest_framework import serializers

from faceverify.api.scopes import USUAL, Scope

from ..models import ApiKey
from ..services import MAX_OVERLAP_HOURS


class ApiKeySerializer(serializers.ModelSerializer):
    """A key without its secret, which is shown only when the key is created."""

    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        required=False,
        min_length=1,
        default=list(USUAL),
        help_text="What the key may do; by default everything but `admin` and `audit:read`.",
    )
    gallery = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The gallery that the key is bound to: it sees and changes nothing else. It is said "
        "when the key is created, and stays.",
    )
    is_active = serializers.BooleanField(read_only=True)
    follows = serializers.UUIDField(
        source="follows_id",
        read_only=True,
        allow_null=True,
        help_text="The key that this one replaces.",
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id",
            "name",
            "prefix",
            "scopes",
            "gallery",
            "expires_at",
            "is_active",
            "last_used_at",
            "last_used_address",
            "revoked_at",
            "follows",
            "created_at",
        )
        read_only_fields = ("id", "prefix", "last_used_at", "last_used_address", "revoked_at")


class NewApiKeySerializer(ApiKeySerializer):
    """A new key with its secret, which is not shown again."""

    secret = serializers.CharField(read_only=True)
    access_key_id = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="For clients of Amazon Rekognition; null where the server does not speak to them.",
    )
    secret_access_key = serializers.CharField(read_only=True, allow_null=True)

    class Meta(ApiKeySerializer.Meta):
        fields = (
            *ApiKeySerializer.Meta.fields,
            "secret",
            "access_key_id",
            "secret_access_key",
        )


class RotationSerializer(serializers.Serializer):
    overlap_hours = serializers.IntegerField(
        default=24,
        min_value=0,
        max_value=MAX_OVERLAP_HOURS,
        help_text="How long the old key keeps working.",
    )
