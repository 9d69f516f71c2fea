"""What requests may say, operation by operation: the members, their types and limits.

Members that a client sends and this does not know are ignored, as AWS does it.
"""

import math
from typing import Any

from rest_framework import serializers

from . import shapes

REQUEST_NAME = "[a-zA-Z0-9_-]{1,64}"
FILTERS = ("NONE", "AUTO", "LOW", "MEDIUM", "HIGH")
MOST_RESULTS, MOST_USERS = 4096, 500
MOST_ASSOCIATED = 100


class Percent(serializers.FloatField):
    def __init__(self, **options: Any):
        super().__init__(min_value=0, max_value=100, **options)

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if math.isnan(value):
            self.fail("invalid")
        return value


class Name(serializers.RegexField):
    default_error_messages = {
        "invalid": "Use letters, digits, hyphens, underscores and dots, and no more than are allowed."
    }

    def __init__(self, pattern: str, **options: Any):
        super().__init__(rf"\A{pattern}\Z", trim_whitespace=False, **options)


class FaceId(serializers.UUIDField):
    """The id of an anchor."""

    default_error_messages = {"invalid": "This is not the id of a face."}


class ImageField(serializers.DictField):
    """Bytes or S3Object: see images.py."""


def _name_of_user(**options: Any) -> Name:
    return Name(shapes.USER, **options)


def _token_of_client() -> Name:
    return Name(REQUEST_NAME, required=False)


def _filter(usual: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(FILTERS, default=usual)


def _page_token() -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)


class Nothing(serializers.Serializer):
    pass


class Detect(serializers.Serializer):
    Image = ImageField()
    Attributes = serializers.ListField(child=serializers.CharField(), default=list)


class Compare(serializers.Serializer):
    SourceImage = ImageField()
    TargetImage = ImageField()
    SimilarityThreshold = Percent(default=80.0)
    QualityFilter = _filter("NONE")


class Collection(serializers.Serializer):
    CollectionId = Name(shapes.COLLECTION)


class Page(serializers.Serializer):
    NextToken = _page_token()
    MaxResults = serializers.IntegerField(min_value=0, max_value=MOST_RESULTS, default=1000)


class Index(Collection):
    Image = ImageField()
    ExternalImageId = Name(shapes.IMAGE, default="")
    MaxFaces = serializers.IntegerField(min_value=1, default=100)
    QualityFilter = _filter("AUTO")


class Faces(Collection, Page):
    UserId = _name_of_user(required=False)
    FaceIds = serializers.ListField(
        child=FaceId(), min_length=1, max_length=MOST_RESULTS, required=False
    )


class FacesToDelete(Collection):
    FaceIds = serializers.ListField(child=FaceId(), min_length=1, max_length=MOST_RESULTS)


class FacesLike(Collection):
    FaceMatchThreshold = Percent(default=80.0)
    MaxFaces = serializers.IntegerField(min_value=1, max_value=MOST_RESULTS, default=80)


class FacesLikeFace(FacesLike):
    FaceId = FaceId()


class FacesLikeImage(FacesLike):
    Image = ImageField()
    QualityFilter = _filter("NONE")


class User(Collection):
    UserId = _name_of_user()
    ClientRequestToken = _token_of_client()


class Users(Collection):
    NextToken = _page_token()
    MaxResults = serializers.IntegerField(min_value=1, max_value=MOST_USERS, default=MOST_USERS)


class FacesOfUser(User):
    FaceIds = serializers.ListField(child=FaceId(), min_length=1, max_length=MOST_ASSOCIATED)


class FacesForUser(FacesOfUser):
    UserMatchThreshold = Percent(default=75.0)


class UsersLike(Collection):
    UserMatchThreshold = Percent(default=80.0)
    MaxUsers = serializers.IntegerField(min_value=1, max_value=MOST_USERS, default=80)


class UsersLikeThing(UsersLike):
    UserId = _name_of_user(required=False)
    FaceId = FaceId(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("UserId" in attrs) == ("FaceId" in attrs):
            raise serializers.ValidationError("Give either UserId or FaceId.")
        return attrs


class UsersLikeImage(UsersLike):
    Image = ImageField()
    QualityFilter = _filter("NONE")
