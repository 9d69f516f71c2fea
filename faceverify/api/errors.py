"""Errors that any endpoint may raise, and their part in the schema."""

from django.core.exceptions import PermissionDenied
from rest_framework import serializers
from rest_framework.exceptions import APIException


class RoleTooLow(PermissionDenied):
    """Raised by services when whoever acts may see a row, but not do this with it. The message is for them;
    that of any other PermissionDenied is not."""


class NotAllowedNow(Exception):
    """Raised by services when the state of a row does not allow the action, or the row is gone. The
    message is for its owner; the API answers it as a Conflict."""


class QuotaExceeded(Exception):
    """Raised by services when the account's storage has no room for what is added. The API answers it as
    NoRoom, the pages with one of their own."""

    def __init__(self, detail: str, remedy: str):
        super().__init__(f"{detail} {remedy}")
        self.detail, self.remedy = detail, remedy


class NoRoom(APIException):
    """413: what QuotaExceeded becomes."""

    status_code = 413
    default_code = "quota_exceeded"

    def __init__(self, error: QuotaExceeded):
        super().__init__(error.detail)
        self.members = {"remedy": error.remedy}


class Conflict(APIException):
    """409: what NotAllowedNow becomes."""

    status_code = 409
    default_code = "conflict"


class FieldErrorSerializer(serializers.Serializer):
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error (RFC 9457), served as application/problem+json."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # hides an attribute that nothing uses here
        child=serializers.ListField(child=FieldErrorSerializer()),
        required=False,
        help_text="The errors by field.",
    )
    remedy = serializers.CharField(required=False, help_text="What to do about a photo.")
    faces = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="The faces of a photo, where one has to be chosen.",
    )
    required_scopes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The key needs one of these.",
    )


def problems(*statuses: int) -> dict:
    """The error answers of an endpoint, for the schema."""
    return {(status, "application/problem+json"): ProblemSerializer for status in statuses}
